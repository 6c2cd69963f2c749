// The requests of llhttp's own tests (tests/fixtures/http-llhttp) against our server: what a strict
// parser calls broken is answered 400 and ends the connection, and never are more requests read
// than were sent. A second one that nobody sent would be a smuggled ballot.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/http_server.h"
#include "testing/socket.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string name, bytes;
  bool lenient = false;      // Read by who forgives; its log says nothing of us.
  std::size_t requests = 0;  // Of which the whole head was read.
  bool broken = false;
};

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size()))
    ++count;
  return count;
}

// As llhttp's runner does it: lines end with CR LF, and escapes stand for bytes.
std::string unescaped(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '\n') {
      bytes += "\r\n";
    } else if (text[i] != '\\' || next == '\0') {
      bytes += text[i];
    } else if (next >= '0' && next <= '7') {
      std::size_t used = 0;
      bytes += static_cast<char>(std::stoul(text.substr(i + 1, 3), &used, 8));
      i += used;
    } else {
      const std::size_t known = std::string_view("rntf\n").find(next);
      if (known == std::string_view::npos) {
        bytes += text[i];
        continue;
      }
      if (next != '\n') bytes += "\r\n\t\f"[known];
      ++i;
    }
  }
  return bytes;
}

// Almost no case names its host, and without one, or for that of another, we answer no HTTP/1.1.
std::string with_host(const std::string& bytes) {
  static const std::regex line("( HTTP/1\\.1\r\n)(?!Host:)", std::regex::icase);
  static const std::regex other("\r\nHost: a\r\n");
  return bytes.find("Host:") == std::string::npos
             ? std::regex_replace(bytes, line, "$1Host: localhost\r\n")
             : std::regex_replace(bytes, other, "\r\nHost: localhost\r\n");
}

// What stands in the next fence of this kind; `text` goes on behind it.
std::string next_fence(std::string_view& text, std::string_view kind) {
  const std::string fence = "```" + std::string(kind) + "\n";
  text.remove_prefix(text.find(fence) + fence.size());
  std::string inside(text.substr(0, text.find("```")));
  text.remove_prefix(inside.size() + 3);
  return inside;
}

std::vector<Case> cases() {
  std::vector<Case> found;
  for (const auto& file :
       fs::directory_iterator(fs::path(TELLER_SOURCE_DIR) / "tests/fixtures/http-llhttp/request")) {
    std::ifstream in(file.path());
    std::stringstream read;
    read << in.rdbuf();
    const std::string whole = read.str();
    std::string_view text = whole;
    for (std::size_t number = 1, at = 0; (at = text.find("meta=")) != std::string_view::npos;
         ++number) {
      const std::string_view meta = text.substr(at, text.find('\n', at) - at);
      text.remove_prefix(at + meta.size());
      const std::string request = next_fence(text, "http");
      const std::string log = next_fence(text, "log");
      // Pauses are of llhttp's interface (21) and of protocols that follow (22); and what comes
      // after the last request of a connection (5) is not read here at all.
      const std::size_t faults = count_of(log, "error code=") - count_of(log, "error code=5 ") -
                                 count_of(log, "error code=21 ") - count_of(log, "error code=22 ");
      found.push_back({.name = fmt::format("{} {}", file.path().stem().string(), number),
                       .bytes = with_host(unescaped(request)),
                       .lenient = meta.find("lenient") != std::string_view::npos,
                       .requests = count_of(log, "headers complete"),
                       .broken = faults > 0});
    }
  }
  return found;
}

class LlhttpSuite : public testing::Test {
 protected:
  LlhttpSuite() {
    HttpRouter router;
    for (const char* method : {"GET", "POST", "PUT"})
      for (const char* path : {"/", "/{path}"})
        router.add(method, path, HttpAccess::sender,
                   [](const HttpRequest&, const HttpResponder& to) { to.send({.body = "taken"}); });
    auto started = HttpServer::start({.is_public = true, .threads = 2}, std::move(router));
    EXPECT_TRUE(started) << to_text(started.error());
    server = std::move(*started);
  }
  // The statuses of all answers to `bytes`, in their order.
  std::vector<unsigned> answers_to(const std::string& bytes) {
    static const std::regex status("HTTP/1\\.1 ([0-9]{3}) ");
    TestSocket socket(server->port());
    socket.send(bytes);
    const std::string said = socket.everything();
    std::vector<unsigned> statuses;
    for (std::sregex_iterator at(said.begin(), said.end(), status), end; at != end; ++at)
      statuses.push_back(static_cast<unsigned>(std::stoul((*at)[1])));
    return statuses;
  }
  std::unique_ptr<HttpServer> server;
};

// Where we are stricter: HTTP/0.9, ICE and RTSP are no HTTP/1.1, and chunks are the only coding.
const std::set<std::string> refused_here = {
    "sample 10",           "method 12", "method 13", "method 14", "transfer-encoding 20",
    "transfer-encoding 21"};
// And a method that nobody here knows is answered 404 or 405, not 400: its request has an end.
const std::set<std::string> unknown_here = {"method 15", "invalid 4", "invalid 14"};

TEST_F(LlhttpSuite, NoMoreRequestsAreReadThanWereSentAndWhatIsBrokenIsAnswered400) {
  const std::vector<Case> all = cases();
  EXPECT_EQ(all.size(), 166U);
  for (const Case& one : all) {
    SCOPED_TRACE(one.name + "\n" + one.bytes);
    std::string bytes = one.bytes;
    // Some are cut off where llhttp has seen enough.
    if (one.broken && bytes.find("\r\n\r\n") == std::string::npos)
      bytes += bytes.ends_with("\r\n") ? "\r\n" : "\r\n\r\n";
    std::vector<unsigned> statuses = answers_to(bytes);
    if (unknown_here.contains(one.name)) {
      EXPECT_TRUE(!statuses.empty() && (statuses[0] == 404 || statuses[0] == 405));
      continue;
    }
    const bool refused = !statuses.empty() && statuses.back() == 400;
    if (refused) statuses.pop_back();
    EXPECT_LE(statuses.size(), one.requests);
    if (one.lenient) continue;
    EXPECT_EQ(refused, one.broken || refused_here.contains(one.name));
  }
}

}  // namespace
}  // namespace teller
