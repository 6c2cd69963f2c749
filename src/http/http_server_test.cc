// The server over real sockets: what it answers, whom it lets in, and what it does to clients that
// are slow, greedy or gone.
#include "http/http_server.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/resource.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "http/http_client.h"
#include "testing/certificates.h"
#include "testing/socket.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

// Requests to /held wait here until the test answers them.
class HeldRequests {
 public:
  void hold(HttpResponder responder) {
    const std::scoped_lock lock(mutex_);
    held_.push_back(std::move(responder));
    came_.notify_all();
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(came_.wait_for(lock, 60s, [&] { return held_.size() >= count; }));
  }
  void answer_all() {
    const std::scoped_lock lock(mutex_);
    for (const HttpResponder& responder : held_) responder.send({.body = "later"});
    held_.clear();
  }
  void answer(std::size_t number, const std::string& body) {
    const std::scoped_lock lock(mutex_);
    held_.at(number).send({.body = body});
  }
  void drop_all() {
    const std::scoped_lock lock(mutex_);
    held_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<HttpResponder> held_;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpRouter router() {
    HttpRouter router;
    router.add("POST", "/echo", HttpAccess::sender, [](HttpRequest request, HttpResponder to) {
      HttpResponse response;
      response.content_type = "text/plain";
      response.body = request.sender + "|" + request.query + "|" +
                      std::string(request.header("x-test")) + "|" + request.body;
      to.send(std::move(response));
    });
    router.add("POST", "/held", HttpAccess::sender,
               [this](const HttpRequest&, HttpResponder to) { held.hold(std::move(to)); });
    router.add("POST", "/size", HttpAccess::sender, [](HttpRequest request, HttpResponder to) {
      to.send({.body = std::to_string(request.body.size())});
    });
    router.add(
        "POST", "/mine", HttpAccess::known,
        [](const HttpRequest& request, HttpResponder to) { to.send({.body = request.sender}); });
    router.add("GET", "/health", HttpAccess::anyone,
               [](const HttpRequest&, const HttpResponder& to) { to.send({.body = "well"}); });
    return router;
  }
  void start(HttpServerOptions options) {
    options.threads = 2;
    auto started = HttpServer::start(std::move(options), router());
    ASSERT_TRUE(started) << to_text(started.error());
    server = std::move(*started);
  }
  void start() { start({}); }

  HttpServerOptions tls_options() {
    const auto files = certificates.issue("server");
    return {.certificate = files.certificate, .key = files.key, .client_ca = certificates.ca()};
  }
  std::string tokens_file(const std::string& name = "county", const std::string& token = "secret") {
    return folder.write("tokens",
                        "# who may send\n\n" + to_hex(sha256(as_bytes(token))) + " " + name + "\n");
  }
  HttpClient client(HttpClientOptions options = {}) {
    options.url = server->url();
    options.answer_timeout = 20s;
    auto opened = HttpClient::open(options);
    EXPECT_TRUE(opened) << to_text(opened.error());
    return std::move(*opened);
  }
  HttpClient::Answer post(HttpClient& from, std::string_view path, std::string_view body,
                          const HttpClient::Headers& headers = {}) {
    auto answer = from.request("POST", path, body, headers);
    EXPECT_TRUE(answer) << to_text(answer.error());
    return answer ? *answer : HttpClient::Answer{};
  }

  TestFolder folder;
  TestCertificates certificates;
  HeldRequests held;
  std::unique_ptr<HttpServer> server;
};

// What the server sees a moment after its client does.
bool soon(const std::function<bool()>& holds) {
  for (int i = 0; i < 6000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

std::string request(std::string_view path, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}", path,
                     body.size(), body);
}

TEST_F(HttpServerTest, TheHandlerSeesTheRequestAndTheClientTheAnswer) {
  start();
  auto from = client();
  const auto answer = post(from, "/echo?a=1", "hello", {{"X-Test", "yes"}});
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, "loopback|a=1|yes|hello");
}

TEST_F(HttpServerTest, OneConnectionCarriesManyRequestsInOrder) {
  start();
  TestSocket socket(server->port());
  // Sent together, before the first answer.
  socket.send(request("/echo", "one") + request("/echo", "two") + request("/echo", "three"));
  EXPECT_TRUE(socket.answer().ends_with("|one"));
  EXPECT_TRUE(socket.answer().ends_with("|two"));
  EXPECT_TRUE(socket.answer().ends_with("|three"));
  EXPECT_TRUE(soon([&] { return server->load().connections == 1U; }));
}

TEST_F(HttpServerTest, AnAnswerMayComeLaterFromAnotherThread) {
  start();
  TestSocket socket(server->port());
  socket.send(request("/held", "x"));
  held.wait_for(1);
  std::thread([&] { held.answer_all(); }).join();
  EXPECT_TRUE(socket.answer().ends_with("later"));
}

TEST_F(HttpServerTest, ARequestThatItsHandlerDropsIsAnswered500) {
  start();
  TestSocket socket(server->port());
  socket.send(request("/held", "x"));
  held.wait_for(1);
  held.drop_all();
  EXPECT_TRUE(socket.answer().starts_with("HTTP/1.1 500"));
}

TEST_F(HttpServerTest, AHandlerThatTakesTooLongIsAnsweredForAndItsLateAnswerIsNotSent) {
  start({.answer_timeout = 300ms});
  TestSocket socket(server->port());
  socket.send(request("/held", "x"));
  EXPECT_TRUE(socket.answer().starts_with("HTTP/1.1 504"));
  socket.send(request("/held", "y"));
  held.wait_for(2);
  held.answer(0, "too late");
  held.answer(1, "in time");
  EXPECT_TRUE(socket.answer().ends_with("in time"));
}

TEST_F(HttpServerTest, UnknownPathsAndMethodsAreNamed) {
  start();
  auto from = client();
  EXPECT_EQ(post(from, "/nothing", "").status, 404U);
  EXPECT_EQ(post(from, "/echo/", "").status, 404U);
  EXPECT_EQ(post(from, "/health", "").status, 405U);
  EXPECT_EQ(from.request("GET", "/health", {}, {})->status, 200U);
}

TEST_F(HttpServerTest, WhatIsNotHttpIsAnswered400) {
  start();
  TestSocket socket(server->port());
  socket.send("\x16\x03\x01 this is not http\r\n\r\n");
  EXPECT_TRUE(socket.answer().starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(socket.ends());
}

// What one reader takes for the end of a request and another does not is how a stranger's bytes become
// somebody else's ballot. So it is refused, and what follows on the connection is not read.
TEST_F(HttpServerTest, ARequestThatCanBeReadInTwoWaysIsAnswered400AndNothingAfterIt) {
  start();
  for (const char* fields : {
           "Transfer-Encoding: xchunked",
           "Transfer-Encoding: identity",
           "Transfer-Encoding: gzip",
           "Transfer-Encoding: chunked, identity",
           "Transfer-Encoding: gzip, chunked",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
           "Transfer-Encoding:",
           "Transfer-Encoding: chunked\r\nContent-Length: 5",
           "Content-Length: 0\r\nContent-Length: 0",
           "Content-Length: 0, 0",
           "Content-Length: +0",
           "Content-Length: 0x0",
           "Content-Length: ",
           "Content-Length: 99999999999999999999",
           "X: folded\r\n Content-Length: 5",
           "X : y",
           "X@: y",
           "no colon",
           ": no name",
           "Host: localhost",
       }) {
    SCOPED_TRACE(fields);
    TestSocket socket(server->port());
    socket.send("GET /health HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) + "\r\n\r\n" +
                request("/echo", "smuggled"));
    const std::string said = socket.everything();
    EXPECT_TRUE(said.starts_with("HTTP/1.1 400")) << said;
    EXPECT_NE(said.find("http.not_http"), std::string::npos) << said;
    EXPECT_EQ(said.find("HTTP/1.1 ", 1), std::string::npos) << said;
  }
}

TEST_F(HttpServerTest, ARequestWithoutItsHostIsAnswered400) {
  start();
  TestSocket socket(server->port());
  socket.send("GET /health HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(socket.answer().starts_with("HTTP/1.1 400"));
  TestSocket old(server->port());  // HTTP/1.0 knows none, and closes.
  old.send("GET /health HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.answer().ends_with("well"));
  EXPECT_TRUE(old.ends());
}

TEST_F(HttpServerTest, BrokenChunksAreAnswered400) {
  start();
  for (const char* body :
       {"z\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", "5 \r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n", "4\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n", "5;\r\nhello\r\n0\r\n\r\n", "\r\n", "5;a=\"b\r\nhello\r\n",
        "11111111111111111\r\n", "0\r\nno colon\r\n\r\n"}) {
    SCOPED_TRACE(body);
    TestSocket socket(server->port());
    socket.send("POST /size HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
                std::string(body));
    EXPECT_TRUE(socket.answer().starts_with("HTTP/1.1 400"));
    EXPECT_TRUE(socket.ends());
  }
}

TEST_F(HttpServerTest, ExtensionsAndTrailersOfChunksMeanNothing) {
  start();
  TestSocket socket(server->port());
  socket.send(
      "POST /size HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "5;a;b=c;d=\"e \\\" f\"\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n" +
      request("/echo", "next"));
  EXPECT_TRUE(socket.answer().ends_with("\r\n\r\n5"));
  EXPECT_TRUE(socket.answer().ends_with("|next"));
}

// A length without the body, or a client would take the next answer for it.
TEST_F(HttpServerTest, HeadIsAnsweredAsGetIsWithoutTheBody) {
  start();
  TestSocket socket(server->port());
  socket.send(
      "HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\nHEAD /nothing HTTP/1.1\r\nHost: "
      "localhost\r\n\r\n");
  const std::string said = socket.everything();
  EXPECT_TRUE(said.starts_with("HTTP/1.1 200")) << said;
  EXPECT_NE(said.find("\r\nContent-Length: 4\r\n"), std::string::npos) << said;
  EXPECT_NE(said.find("\r\n\r\nHTTP/1.1 404"), std::string::npos) << said;
  EXPECT_TRUE(said.ends_with("\r\n\r\n")) << said;
}

TEST_F(HttpServerTest, AHeaderThatIsTooLargeIsAnswered431) {
  start({.header_bytes_max = 1000});
  TestSocket socket(server->port());
  socket.send("GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(5000, 'x') +
              "\r\n\r\n");
  EXPECT_TRUE(socket.answer().starts_with("HTTP/1.1 431"));
}

TEST_F(HttpServerTest, ABodyThatIsTooLargeIsAnswered413AndItsConnectionGoesOn) {
  start({.body_bytes_max = 100});
  TestSocket socket(server->port());
  socket.send(request("/size", std::string(101, 'x')) + request("/size", std::string(100, 'x')));
  const std::string refused = socket.answer();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 413")) << refused;
  EXPECT_NE(refused.find("http.too_large"), std::string::npos);
  EXPECT_TRUE(socket.answer().ends_with("\r\n\r\n100"));
}

TEST_F(HttpServerTest, AVeryLargeBodyIsAnswered413BeforeItIsSent) {
  start();
  TestSocket socket(server->port());
  socket.send("POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n");
  EXPECT_TRUE(socket.answer().starts_with("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, AChunkedBodyIsTakenAndBoundedTheSame) {
  start({.body_bytes_max = 100});
  TestSocket socket(server->port());
  const std::string head =
      "POST /size HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  socket.send(head + "20\r\n" + std::string(32, 'x') + "\r\n10\r\n" + std::string(16, 'x') +
              "\r\n0\r\n\r\n");
  EXPECT_TRUE(socket.answer().ends_with("\r\n\r\n48"));
  socket.send(head + "60\r\n" + std::string(96, 'x') + "\r\n10\r\n" + std::string(16, 'x') +
              "\r\n0\r\n\r\n");
  EXPECT_TRUE(socket.answer().starts_with("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, AClientThatAsksFirstIsToldToSendOrRefused) {
  start({.body_bytes_max = 100});
  TestSocket good(server->port());
  good.send(
      "POST /size HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
      "5\r\n\r\n");
  EXPECT_TRUE(good.answer().starts_with("HTTP/1.1 100"));
  good.send("hello");
  EXPECT_TRUE(good.answer().ends_with("\r\n\r\n5"));

  TestSocket large(server->port());
  large.send(
      "POST /size HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
      "500\r\n\r\n");
  EXPECT_TRUE(large.answer().starts_with("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, MoreBytesThanTheHouseHoldsAreAnswered503UntilThereIsRoom) {
  start({.bodies_bytes_max = 2000});
  TestSocket first(server->port()), second(server->port());
  first.send(request("/held", std::string(800, 'x')));
  held.wait_for(1);
  EXPECT_TRUE(soon([&] { return server->load().bodies_bytes == 800U; }));

  second.send(request("/size", std::string(800, 'x')));
  const std::string busy = second.answer();
  EXPECT_TRUE(busy.starts_with("HTTP/1.1 503")) << busy;
  EXPECT_NE(busy.find("Retry-After: 1\r\n"), std::string::npos);

  held.answer_all();
  EXPECT_TRUE(first.answer().ends_with("later"));
  second.send(request("/size", std::string(800, 'x')));
  EXPECT_TRUE(second.answer().ends_with("\r\n\r\n800"));
  EXPECT_TRUE(soon([&] { return server->load().bodies_bytes == 0U; }));
}

// What a sender says that it will send costs nothing yet.
TEST_F(HttpServerTest, BytesThatWereOnlyAnnouncedTakeNoRoom) {
  start({.body_bytes_max = 1U << 20, .bodies_bytes_max = 2U << 20});
  std::vector<std::unique_ptr<TestSocket>> idle;
  for (int i = 0; i < 8; ++i) {
    idle.push_back(std::make_unique<TestSocket>(server->port()));
    idle.back()->send("POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\nx");
  }
  EXPECT_TRUE(soon([&] { return server->load().bodies_bytes == 8U << 16; }));
  TestSocket other(server->port());
  other.send(request("/size", std::string(300'000, 'x')));
  EXPECT_TRUE(other.answer().ends_with("\r\n\r\n300000"));
}

// One who fills what he may fill leaves room for who comes after him.
TEST_F(HttpServerTest, EachSenderHasAShareOfTheHouse) {
  HttpServerOptions options;
  options.bodies_bytes_max = 3000;
  options.tokens =
      folder.write("two", to_hex(sha256(as_bytes(std::string_view("a")))) + " ada\n" +
                              to_hex(sha256(as_bytes(std::string_view("b")))) + " bell\n");
  start(options);
  const auto sent = [](std::string_view token, std::string_view path) {
    std::string text = request(path, std::string(500, 'x'));
    return text.insert(text.find("\r\n") + 2,
                       "Authorization: Bearer " + std::string(token) + "\r\n");
  };
  std::vector<std::unique_ptr<TestSocket>> of_ada;
  for (int i = 0; i < 3; ++i) {
    of_ada.push_back(std::make_unique<TestSocket>(server->port()));
    of_ada.back()->send(sent("a", "/held"));
  }
  held.wait_for(3);
  TestSocket ada(server->port()), bell(server->port());
  ada.send(sent("a", "/size"));
  EXPECT_TRUE(ada.answer().starts_with("HTTP/1.1 503"));
  bell.send(sent("b", "/size"));
  EXPECT_TRUE(bell.answer().ends_with("\r\n\r\n500"));
  held.answer_all();
}

// However long a body may be, it has to come at a pace: what was said of its length buys no time.
TEST_F(HttpServerTest, ABodyThatComesTooSlowlyIsAnswered408AndOneThatComesSteadilyIsTaken) {
  start({.body_timeout = 1s, .body_bytes_per_s_min = 1000});
  TestSocket slow(server->port()), steady(server->port());
  const std::string head =
      "POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n";
  slow.send(head + "x");
  steady.send(head);
  for (int i = 0; i < 10; ++i) {
    steady.send(std::string(1000, 'x'));
    std::this_thread::sleep_for(200ms);
  }
  EXPECT_TRUE(steady.answer().ends_with("\r\n\r\n10000"));
  const std::string refused = slow.answer();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 408")) << refused;
  EXPECT_NE(refused.find("http.too_slow"), std::string::npos);
  EXPECT_TRUE(slow.ends());
}

TEST_F(HttpServerTest, AClientThatIsSilentSlowOrIdleLosesItsConnection) {
  start({.idle_timeout = 4s,
         .header_timeout = 2s,
         .body_timeout = 2s,
         .body_bytes_per_s_min = 1U << 20});
  TestSocket silent(server->port()), header(server->port()), body(server->port()),
      idle(server->port());
  header.send("POST /echo HT");
  body.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345");
  idle.send(request("/echo", "x"));
  EXPECT_TRUE(idle.answer().ends_with("|x"));
  // Nobody waits behind them.
  TestSocket other(server->port());
  other.send(request("/echo", "y"));
  EXPECT_TRUE(other.answer().ends_with("|y"));

  EXPECT_TRUE(header.ends());
  EXPECT_TRUE(body.answer().starts_with("HTTP/1.1 408"));
  EXPECT_TRUE(body.ends());
  EXPECT_TRUE(silent.ends());
  EXPECT_TRUE(idle.ends());
  EXPECT_TRUE(soon([&] { return server->load().bodies_bytes == 0U; }));
}

TEST_F(HttpServerTest, WhereAllAreAtWorkOneTooManyIsAnswered503ButHealthIsAnswered) {
  start({.connections_max = 2});
  TestSocket one(server->port()), two(server->port());
  for (TestSocket* socket : {&one, &two}) socket->send(request("/held", "x"));
  held.wait_for(2);
  {
    TestSocket three(server->port());
    three.send(request("/echo", "x"));
    EXPECT_TRUE(three.answer().starts_with("HTTP/1.1 503"));
    EXPECT_TRUE(three.ends());
  }
  {
    TestSocket probe(server->port());
    probe.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(probe.answer().ends_with("well"));
  }
  held.answer_all();
  EXPECT_TRUE(one.answer().ends_with("later"));
  EXPECT_TRUE(two.answer().ends_with("later"));
}

// Beyond an eighth more it is not even accepted, and is when somebody leaves.
TEST_F(HttpServerTest, AConnectionBeyondThatWaitsUntilOneEnds) {
  start({.connections_max = 1});
  TestSocket one(server->port());
  one.send(request("/held", "x"));
  held.wait_for(1);  // Before it is at work it would give way to the next one.
  TestSocket two(server->port());
  two.send("GET /health HTTP/1.1\r\n");  // One too many, and not done.
  EXPECT_TRUE(soon([&] { return server->load().connections == 2U; }));
  TestSocket three(server->port());
  three.send(request("/echo", "z"));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(server->load().connections, 2U);
  held.answer_all();
  EXPECT_TRUE(one.answer().ends_with("later"));
  two.send("Host: localhost\r\n\r\n");
  EXPECT_TRUE(two.answer().ends_with("well"));
  EXPECT_TRUE(three.answer().starts_with("HTTP/1.1 "));
}

// Somebody who opens connections and says nothing, or not enough, takes nobody's place.
TEST_F(HttpServerTest, ThoseWhoWaitGiveWayStrangersFirst) {
  start({.connections_max = 4});
  TestSocket known(server->port());
  known.send(request("/echo", "x"));
  EXPECT_TRUE(known.answer().ends_with("|x"));
  std::vector<std::unique_ptr<TestSocket>> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(std::make_unique<TestSocket>(server->port()));
    if (i % 2 == 0) silent.back()->send("POST /echo HTTP/1.1\r\n");
    if (i % 5 == 0) silent.back()->send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  TestSocket other(server->port());
  other.send(request("/echo", "y"));
  EXPECT_TRUE(other.answer().ends_with("|y"));
  EXPECT_TRUE(silent.front()->everything().find("503") == std::string::npos);
  known.send(request("/echo", "z"));
  EXPECT_TRUE(known.answer().ends_with("|z"));
}

TEST_F(HttpServerTest, ConnectionsTakeNoMoreThanTheHalfOfTheDescriptors) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  ASSERT_GE(before.rlim_max, 256U);
  const rlimit low{before.rlim_max / 2, before.rlim_max};  // As a shell has it; a start raises it.
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  start({.connections_max = 1U << 20});
  EXPECT_LE(server->load().connections_max, before.rlim_max / 2);
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  EXPECT_EQ(now.rlim_cur, now.rlim_max);
}

TEST_F(HttpServerTest, StoppingLetsRequestsThatBeganFinish) {
  start();
  const std::uint16_t port = server->port();
  TestSocket working(port), idle(port);
  idle.send(request("/echo", "x"));
  EXPECT_TRUE(idle.answer().ends_with("|x"));
  working.send(request("/held", "x"));
  held.wait_for(1);

  auto stopped = std::async(std::launch::async, [&] { server->stop(60s); });
  EXPECT_TRUE(idle.ends());
  EXPECT_TRUE(soon([&] { return !TestSocket(port).connected(); }));
  EXPECT_EQ(stopped.wait_for(50ms), std::future_status::timeout);
  held.answer_all();
  const std::string answer = working.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(stopped.wait_for(60s), std::future_status::ready);
}

TEST_F(HttpServerTest, AnAnswerAfterTheServerIsGoneHarmsNothing) {
  start();
  TestSocket socket(server->port());
  socket.send(request("/held", "x"));
  held.wait_for(1);
  server.reset();
  held.answer_all();
  EXPECT_TRUE(socket.ends());
}

TEST_F(HttpServerTest, AClientThatLeavesBeforeItsAnswerHarmsNothing) {
  start();
  {
    TestSocket socket(server->port());
    socket.send(request("/held", "x"));
    held.wait_for(1);
  }
  held.answer_all();
  auto from = client();
  EXPECT_EQ(post(from, "/echo", "still here").status, 200U);
}

// ----------------------------------------------------------------------------------- known senders

TEST_F(HttpServerTest, ACertificateSaysWhoSends) {
  start(tls_options());
  const auto station = certificates.issue("station-12");
  auto from =
      client({.ca = certificates.ca(), .certificate = station.certificate, .key = station.key});
  EXPECT_EQ(post(from, "/echo", "x").body, "station-12|||x");
  EXPECT_EQ(post(from, "/echo", std::string(1 << 20, 'y')).body.size(), 13U + (1 << 20));
}

TEST_F(HttpServerTest, WithoutACertificateNothingIsAnswered) {
  start(tls_options());
  auto from = client({.ca = certificates.ca()});
  const auto answer = from.request("GET", "/health", {}, {});
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().remedy, Remedy::retry) << to_text(answer.error());
  EXPECT_TRUE(soon([&] { return server->load().handshakes_refused == 1U; }));
}

TEST_F(HttpServerTest, ACertificateOfAnotherAuthorityIsRefused) {
  start(tls_options());
  TestCertificates others("other CA");
  const auto stranger = others.issue("station-12");
  auto from =
      client({.ca = certificates.ca(), .certificate = stranger.certificate, .key = stranger.key});
  EXPECT_FALSE(from.request("GET", "/health", {}, {}));
  EXPECT_TRUE(soon([&] { return server->load().handshakes_refused == 1U; }));
}

TEST_F(HttpServerTest, TheClientRefusesAServerOfAnotherAuthority) {
  start(tls_options());
  TestCertificates others("other CA");
  auto from = client({.ca = others.ca()});
  const auto answer = from.request("GET", "/health", {}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http.untrusted");
}

// The handshake of a client that knows TLS versions up to `version`; true if it succeeds.
bool shakes_hands(std::uint16_t port, int version, const TestCertificates::Files& files) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_max_proto_version(context, version);
  SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str());
  SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM);
  TestSocket socket(port);
  SSL* connection = SSL_new(context);
  SSL_set_fd(connection, socket.native());
  const bool done = SSL_connect(connection) == 1;
  SSL_free(connection);
  SSL_CTX_free(context);
  return done;
}

TEST_F(HttpServerTest, OnlyTls13IsSpoken) {
  start(tls_options());
  const auto station = certificates.issue("station");
  EXPECT_TRUE(shakes_hands(server->port(), TLS1_3_VERSION, station));
  EXPECT_FALSE(shakes_hands(server->port(), TLS1_2_VERSION, station));
  TestSocket plain(server->port());
  plain.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_FALSE(plain.answer().starts_with("HTTP"));
}

TEST_F(HttpServerTest, ATokenSaysWhoSends) {
  HttpServerOptions options;
  options.tokens = tokens_file();
  start(options);
  auto right = client({.token_file = folder.write("token", "secret\n")});
  auto wrong = client({.token_file = folder.write("wrong", "Secret\n")});
  auto none = client();
  EXPECT_EQ(post(right, "/echo", "x").body, "county|||x");
  EXPECT_EQ(post(wrong, "/echo", "x").status, 401U);
  EXPECT_EQ(post(none, "/echo", "x").status, 401U);
  EXPECT_EQ(none.request("GET", "/health", {}, {})->status, 200U);
}

TEST_F(HttpServerTest, TheTokenOfTheOwnerIsAskedForWithAndWithoutTls) {
  const auto files = certificates.issue("server");
  for (HttpServerOptions options :
       {HttpServerOptions{},
        HttpServerOptions{.certificate = files.certificate, .key = files.key}}) {
    options.owner_token = "secret";
    start(options);
    auto right = client({.ca = certificates.ca(), .token_file = folder.write("token", "secret\n")});
    auto none = client({.ca = certificates.ca()});
    EXPECT_EQ(post(right, "/echo", "x").body, "owner|||x");
    EXPECT_EQ(post(none, "/echo", "x").status, 401U);
  }
}

TEST_F(HttpServerTest, WhatIsPublicIsForEveryNameAndOrigin) {
  const std::string asked =
      "GET /health HTTP/1.1\r\nHost: log.example\r\nOrigin: https://page.example\r\n\r\n";
  start({.is_public = true});
  TestSocket open(server->port());
  open.send(asked);
  EXPECT_TRUE(open.answer().ends_with("well"));
  start();
  TestSocket closed(server->port());
  closed.send(asked);
  EXPECT_TRUE(closed.answer().starts_with("HTTP/1.1 421"));
}

TEST_F(HttpServerTest, WithBothACertificateOrATokenWillDo) {
  auto options = tls_options();
  options.tokens = tokens_file();
  start(options);
  const auto station = certificates.issue("station");
  auto by_certificate =
      client({.ca = certificates.ca(), .certificate = station.certificate, .key = station.key});
  auto by_token =
      client({.ca = certificates.ca(), .token_file = folder.write("token", "secret\n")});
  auto by_nothing = client({.ca = certificates.ca()});
  EXPECT_EQ(post(by_certificate, "/echo", "x").body, "station|||x");
  EXPECT_EQ(post(by_token, "/echo", "x").body, "county|||x");
  EXPECT_EQ(post(by_nothing, "/echo", "x").status, 401U);
}

TEST_F(HttpServerTest, AKnownSenderThatIsNotAllowedIsAnswered403) {
  HttpServerOptions options;
  options.tokens = tokens_file();
  options.senders = {"somebody else"};
  start(options);
  auto from = client({.token_file = folder.write("token", "secret\n")});
  EXPECT_EQ(post(from, "/echo", "x").status, 403U);
  EXPECT_EQ(post(from, "/mine", "x").body, "county");
}

// -------------------------------------------------------------------------------- how it is started

TEST_F(HttpServerTest, ItDoesNotListenBeyondLoopbackWithoutTlsAndKnownSenders) {
  const auto files = certificates.issue("server");
  std::vector<HttpServerOptions> wrong(5);
  wrong[1].certificate = files.certificate;
  wrong[1].key = files.key;
  wrong[2].tokens = tokens_file();
  for (int i = 0; i < 3; ++i) wrong[static_cast<std::size_t>(i)].listen = "0.0.0.0:0";
  wrong[3].listen = "[::]:0";
  wrong[4].listen = "192.0.2.1:8080";
  for (const auto& options : wrong) {
    const auto started = HttpServer::start(options, router());
    ASSERT_FALSE(started) << options.listen;
    EXPECT_EQ(started.error().code, "http.plain_beyond_loopback");
  }
  auto right = tls_options();
  right.listen = "0.0.0.0:0";
  EXPECT_TRUE(HttpServer::start(right, router()));
}

TEST_F(HttpServerTest, WhatIsWrongWithItsSettingsIsNamed) {
  const auto code = [&](const HttpServerOptions& options) {
    const auto started = HttpServer::start(options, router());
    return started ? std::string("none") : std::string(started.error().code);
  };
  for (const char* listen :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "nowhere:80", "::1:80", "127.0.0.1:8o"})
    EXPECT_EQ(code({.listen = listen}), "http.address_invalid") << listen;
  EXPECT_EQ(code({.listen = "localhost:0"}), "none");
  EXPECT_EQ(code({.client_ca = certificates.ca()}), "http.tls_invalid");
  EXPECT_EQ(code({.certificate = "/nowhere.crt", .key = "/nowhere.key"}), "http.tls_invalid");
  EXPECT_EQ(code({.tokens = "/nowhere"}), "http.tokens_invalid");
  EXPECT_EQ(code({.tokens = folder.write("empty", "# nobody\n")}), "http.tokens_invalid");
  EXPECT_EQ(code({.tokens = folder.write("short", "abcd county\n")}), "http.tokens_invalid");

  start();
  EXPECT_EQ(code({.listen = fmt::format("127.0.0.1:{}", server->port())}), "http.listen_failed");
}

TEST_F(HttpServerTest, EachAnswerIsObservedOnce) {
  std::mutex mutex;
  std::vector<std::string> seen;
  HttpServerOptions options;
  options.observe = [&](std::string_view route, unsigned status, std::chrono::nanoseconds took) {
    const std::scoped_lock lock(mutex);
    EXPECT_GE(took.count(), 0);
    seen.push_back(fmt::format("{} {}", route, status));
  };
  start(options);
  auto from = client();
  post(from, "/echo", "x");
  post(from, "/nothing", "x");
  server->stop(5s);
  EXPECT_EQ(seen, (std::vector<std::string>{"/echo 200", " 404"}));
}

TEST_F(HttpServerTest, TheClientTellsUnreachableFromUnknown) {
  start();
  auto from = client();
  EXPECT_EQ(post(from, "/echo", "x").status, 200U);
  // It was sent, and then the connection ended.
  std::thread leaves([&] {
    held.wait_for(1);
    server.reset();
  });
  const auto unknown = from.request("POST", "/held", "x", {});
  leaves.join();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().remedy, Remedy::abort) << to_text(unknown.error());
  const auto unreachable = from.request("POST", "/echo", "x", {});
  ASSERT_FALSE(unreachable);
  EXPECT_EQ(unreachable.error().code, "http.unreachable");
  held.drop_all();
}

// What it had was answered with the word that it closes, so nothing that follows was sent.
TEST_F(HttpServerTest, AServerThatStopsInOrderLeavesNothingUnknown) {
  start();
  auto from = client();
  EXPECT_EQ(post(from, "/echo", "x").status, 200U);
  std::thread stops([&] {
    held.wait_for(1);
    std::thread answers([&] {
      std::this_thread::sleep_for(300ms);
      held.answer_all();
    });
    server->stop(10s);
    answers.join();
  });
  EXPECT_EQ(post(from, "/held", "x").body, "later");
  stops.join();
  const auto next = from.request("POST", "/echo", "x", {});
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, "http.unreachable") << to_text(next.error());
}

}  // namespace
}  // namespace teller
