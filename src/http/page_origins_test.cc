// What pages in browsers may read, and what goes out compressed: over real sockets, header by header.
#include "http/page_origins.h"

#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/socket.h"

namespace teller {
namespace {

constexpr const char* news = "https://news.example";

class PageOrigins : public testing::Test {
 protected:
  void start(HttpServerOptions options) {
    HttpRouter router;
    const auto figures = [](const HttpRequest&, const HttpResponder& to) {
      to.send({.body = std::string(5000, 'v'),
               .headers = {{"ETag", "W/\"7\""}},
               .may_be_compressed = true});
    };
    const auto few = [](const HttpRequest&, const HttpResponder& to) {
      to.send({.body = std::string(1000, 'v'), .may_be_compressed = true});
    };
    const auto own = [](const HttpRequest&, const HttpResponder& to) {
      to.send({.body = std::string(5000, 'v')});
    };
    const auto known = [](const HttpRequest&, const HttpResponder& to) {
      to.send({.status = 304, .content_type = "", .may_be_compressed = true});
    };
    router.add("GET", "/figures", HttpAccess::sender, figures, HttpPages::may_read);
    router.add("GET", "/few", HttpAccess::sender, few, HttpPages::may_read);
    router.add("GET", "/known", HttpAccess::sender, known, HttpPages::may_read);
    router.add("GET", "/own", HttpAccess::sender, own);
    router.add("POST", "/own", HttpAccess::sender, own);
    options.threads = 1;
    auto started = HttpServer::start(std::move(options), std::move(router));
    ASSERT_TRUE(started) << to_text(started.error());
    server = std::move(*started);
    socket = std::make_unique<TestSocket>(server->port());
  }

  // All on one connection: an answer that a client cannot tell from the next one ends the test.
  std::string ask(std::string_view method, std::string_view path, std::string_view fields) {
    socket->send(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", method, path, fields));
    return method == "HEAD" ? socket->head() : socket->answer();
  }
  static std::string of(std::string_view origin) { return fmt::format("Origin: {}\r\n", origin); }
  static std::string preflight_of(std::string_view origin) {
    return fmt::format(
        "Origin: {}\r\nAccess-Control-Request-Method: GET\r\n"
        "Access-Control-Request-Headers: authorization\r\n",
        origin);
  }

  std::unique_ptr<HttpServer> server;
  std::unique_ptr<TestSocket> socket;
};

bool has(std::string_view answer, std::string_view part) {
  return answer.find(part) != std::string_view::npos;
}

TEST_F(PageOrigins, WithoutASettingNoPageReadsAnything) {
  start({});
  EXPECT_TRUE(ask("GET", "/figures", of(news)).starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(ask("OPTIONS", "/figures", preflight_of(news)).starts_with("HTTP/1.1 405"));
  const std::string plain = ask("GET", "/figures", "");
  EXPECT_TRUE(plain.starts_with("HTTP/1.1 200"));
  EXPECT_FALSE(has(plain, "Access-Control-"));
  EXPECT_FALSE(has(plain, "Origin"));
}

TEST_F(PageOrigins, APageOfANamedOriginReadsFigures) {
  start({.page_origins = {"http://localhost:8000", news}});
  const std::string may = ask("OPTIONS", "/figures", preflight_of(news));
  EXPECT_TRUE(may.starts_with("HTTP/1.1 204"));
  for (const char* field :
       {"Access-Control-Allow-Origin: https://news.example\r\n",
        "Access-Control-Allow-Methods: GET, HEAD\r\n",
        "Access-Control-Allow-Headers: Authorization, If-None-Match\r\n", "Vary: Origin\r\n"}) {
    EXPECT_TRUE(has(may, field)) << field << may;
  }
  EXPECT_FALSE(has(may, "Content-Length"));
  const std::string read = ask("GET", "/figures", of(news));
  EXPECT_TRUE(read.starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(has(read, "Access-Control-Allow-Origin: https://news.example\r\n"));
  EXPECT_TRUE(has(read, "Access-Control-Expose-Headers: ETag, Retry-After\r\n"));
  EXPECT_TRUE(has(read, "Vary: Accept-Encoding, Origin\r\n"));
  EXPECT_FALSE(has(may + read, "Credentials"));
  // Nobody's page: the same without a word to a browser, and a cache keeps the two apart.
  const std::string no_page = ask("GET", "/figures", "");
  EXPECT_FALSE(has(no_page, "Access-Control-"));
  EXPECT_TRUE(has(no_page, "Vary: Accept-Encoding, Origin\r\n"));
}

TEST_F(PageOrigins, OtherOriginsAndOtherPathsAreRefusedInWords) {
  start({.page_origins = {news}});
  for (const char* origin :
       {"https://news.example.evil.example", "https://news.example:8443", "http://news.example",
        "https://NEWS.example", "null", "*", "https://evil.example https://news.example"}) {
    const std::string answer = ask("GET", "/figures", of(origin));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403")) << origin;
    EXPECT_TRUE(has(answer, "pages of other origins may not ask here")) << origin;
    EXPECT_FALSE(has(answer, "Access-Control-")) << origin;
    const std::string before = ask("OPTIONS", "/figures", preflight_of(origin));
    EXPECT_TRUE(before.starts_with("HTTP/1.1 403")) << origin;
    EXPECT_FALSE(has(before, "Access-Control-")) << origin;
  }
  for (const char* method : {"GET", "POST"}) {
    const std::string answer = ask(method, "/own", of(news));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403")) << method;
    EXPECT_TRUE(has(answer, "may read figures, and nothing else")) << answer;
    EXPECT_FALSE(has(answer, "Access-Control-")) << method;
  }
  EXPECT_TRUE(ask("OPTIONS", "/own", preflight_of(news)).starts_with("HTTP/1.1 405"));
  EXPECT_TRUE(
      ask("OPTIONS", "/figures", of(news)).starts_with("HTTP/1.1 405"));  // No such question.
  EXPECT_TRUE(ask("OPTIONS", "/nothing", preflight_of(news)).starts_with("HTTP/1.1 404"));
}

// An origin says nothing about who asks; and a page can only tell its reader why it has no figures if
// it may read that it was refused.
TEST_F(PageOrigins, APageHasToSayWhoItIsAndMayReadThatItDidNot) {
  start({.owner_token = "secret", .page_origins = {news}});
  EXPECT_TRUE(ask("OPTIONS", "/figures", preflight_of(news)).starts_with("HTTP/1.1 204"));
  const std::string nobody = ask("GET", "/figures", of(news));
  EXPECT_TRUE(nobody.starts_with("HTTP/1.1 401"));
  EXPECT_TRUE(has(nobody, "Access-Control-Allow-Origin: https://news.example\r\n"));
  const std::string known = ask("GET", "/figures", of(news) + "Authorization: Bearer secret\r\n");
  EXPECT_TRUE(known.starts_with("HTTP/1.1 200"));
}

TEST_F(PageOrigins, AnOriginThatNoBrowserWouldNameIsRefusedAtTheStart) {
  for (const char* wrong :
       {"", "*", "null", "news.example", "https://", "https://news.example/",
        "https://News.example", "https://zürich.example", "https://news.example:443",
        "http://news.example:80", "https://news.example:", "https://news.example:99999999",
        "https://*.example", "https://a.example https://b.example", "ftp://news.example",
        "https://a@news.example"}) {
    const auto started = HttpServer::start({.page_origins = {news, wrong}}, {});
    ASSERT_FALSE(started) << wrong;
    EXPECT_EQ(started.error().code, "http.address_invalid");
    EXPECT_TRUE(has(started.error().detail, fmt::format("'{}'", wrong))) << wrong;
  }
  EXPECT_TRUE(
      check_page_origins({news, "http://localhost:8000", "http://127.0.0.1:18502", "http://[::1]",
                          "https://[::1]:8443", "https://xn--zrich-kva.example"}));
}

TEST_F(PageOrigins, FiguresGoOutCompressedToWhoTakesThemSo) {
  start({});
  const std::string packed = ask("GET", "/figures", "Accept-Encoding: br, gzip\r\n");
  EXPECT_TRUE(has(packed, "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(has(packed, "Vary: Accept-Encoding\r\n"));
  EXPECT_TRUE(has(packed, "ETag: W/\"7\"\r\n"));
  EXPECT_LT(packed.size(), 500U);
  const std::string body = packed.substr(packed.find("\r\n\r\n") + 4);
  EXPECT_TRUE(body.starts_with("\x1F\x8B"));
  const std::string length = fmt::format("Content-Length: {}\r\n", body.size());
  EXPECT_TRUE(has(packed, length));
  const std::string head = ask("HEAD", "/figures", "Accept-Encoding: gzip\r\n");
  EXPECT_TRUE(has(head, length) && has(head, "Content-Encoding: gzip\r\n")) << head;
  const std::string as_it_is = ask("GET", "/figures", "Accept-Encoding: identity\r\n");
  EXPECT_TRUE(as_it_is.ends_with(std::string(5000, 'v')));
  EXPECT_TRUE(has(as_it_is, "Vary: Accept-Encoding\r\n"));  // It would have been another one.
  EXPECT_FALSE(has(as_it_is, "Content-Encoding"));
}

TEST_F(PageOrigins, WhatIsShortOrMayHoldSecretsIsNeverCompressed) {
  start({});
  for (const char* path : {"/few", "/own", "/nothing", "/known"}) {
    const std::string answer = ask("GET", path, "Accept-Encoding: gzip\r\n");
    EXPECT_FALSE(has(answer, "Content-Encoding")) << answer;
  }
  EXPECT_FALSE(has(ask("GET", "/own", "Accept-Encoding: gzip\r\n"), "Vary"));
  EXPECT_TRUE(has(ask("GET", "/few", "Accept-Encoding: gzip\r\n"), "Vary: Accept-Encoding\r\n"));
  const std::string known = ask("GET", "/known", "Accept-Encoding: gzip\r\n");
  EXPECT_TRUE(known.starts_with("HTTP/1.1 304") && has(known, "Vary: Accept-Encoding\r\n"))
      << known;
  EXPECT_FALSE(has(known, "Content-Length"));
}

}  // namespace
}  // namespace teller
