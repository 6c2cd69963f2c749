// Loading files: how they are cut, in which order they go, and what is said of what was refused.
// And the two senders behind it: what they send again, and when they give up.
#include "gateway/loader.h"

#include <atomic>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gateway/http_sender.h"
#include "http/http_server.h"
#include "testing/certificates.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

// Takes everything, and refuses the lines that say "wrong".
class FakeSender : public EntrySender {
 public:
  Result<Sent> send(const EntryBody& body) override {
    const unsigned before = at_once_++;
    {
      const std::scoped_lock lock(mutex);
      most_at_once = std::max(most_at_once, before + 1);
      bodies.push_back(body);
      if (bodies.size() == fails_at) {
        --at_once_;
        return fail(Remedy::stop, "load.gave_up", "nobody is there");
      }
    }
    std::this_thread::sleep_for(1ms);
    Sent sent;
    if (body.format == BodyFormat::packed) {
      std::uint32_t n;
      std::memcpy(&n, body.bytes.data() + 21, sizeof n);
      sent.answer.recorded = n;
    } else {
      std::uint64_t line = 0, index = 0;
      std::string_view rest = body.bytes;
      while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
        const std::string_view text = rest.substr(0, end + 1);
        rest.remove_prefix(end + 1);
        ++line;
        if (text == "\n") continue;
        if (text.find("wrong") == std::string_view::npos) {
          ++sent.answer.recorded;
        } else {
          ++sent.answer.refused_total;
          sent.answer.refused.push_back({index, line, "entry.json.syntax", "it says wrong"});
        }
        ++index;
      }
    }
    --at_once_;
    return sent;
  }

  std::mutex mutex;
  std::vector<EntryBody> bodies;
  unsigned most_at_once = 0;
  std::size_t fails_at = 0;

 private:
  std::atomic<unsigned> at_once_{0};
};

class LoaderTest : public testing::Test {
 protected:
  Result<void> load(const std::string& file) {
    options.on_refused = [this](const std::string& place, const RefusedEntry& refused) {
      refusals.push_back(place.substr(place.rfind('/') + 1) + " " + refused.code);
    };
    Loader loader(sender, options);
    auto result = loader.file(file);
    auto finished = loader.finish();
    summary = loader.summary();
    return result ? finished : result;
  }
  static std::string batch(unsigned entries, std::size_t size = 100) {
    BatchWriter writer(CountId{});
    for (unsigned i = 0; i < entries; ++i) writer.add(Bytes(size, static_cast<std::uint8_t>(i)));
    return std::string(as_text(writer.finish()));
  }

  TestFolder folder;
  FakeSender sender;
  LoadOptions options;
  LoadSummary summary;
  std::vector<std::string> refusals;
};

TEST_F(LoaderTest, EntriesFromMemoryAreCutIntoBodiesAndAddedUpAsThoseOfAFile) {
  options.body_bytes = 1'000;
  options.in_flight = 1;
  options.any_version = true;
  Loader loader(sender, options);
  ASSERT_TRUE(loader.entries(CountId{}, std::vector<Bytes>(25, Bytes(100)), "the decision"));
  ASSERT_TRUE(loader.finish());
  EXPECT_EQ(sender.bodies.size(), 3U);
  EXPECT_EQ(loader.summary().recorded, 25U);

  ASSERT_TRUE(loader.entries(CountId{}, {}, "the decision"));
  ASSERT_TRUE(loader.finish());
  EXPECT_EQ(sender.bodies.size(), 3U);
}

// A time that stands in the column of versions would be the last word on that sheet for ever.
TEST_F(LoaderTest, AVersionThatJumpsEndsTheFileUnlessItIsForced) {
  const auto sheet = [](std::string_view unit, std::uint64_t version) {
    return fmt::format(
        R"({{"kind":"sheet","unit":"{}","method":"m","contest":"c","version":{},"votes":{{}}}})",
        unit, version);
  };
  const std::string good = sheet("a", 1) + "\n\n" + sheet("a", 1001) + "\n" + sheet("a", 2001) +
                           "\n" + sheet("b", 7) + "\n{\"kind\":\"ballot\",\"version\":9999}\n";
  ASSERT_TRUE(load(folder.write("good.ndjson", good)));
  const std::string jumps = good + sheet("b", 20211101) + "\n";
  const auto refused = load(folder.write("jumps.ndjson", jumps));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "load.version_jump");
  EXPECT_TRUE(refused.error().detail.contains("jumps.ndjson:7: a sheet of version 20211101"))
      << refused.error().detail;
  EXPECT_EQ(load(folder.write("list.json", "[" + sheet("a", 1) + "," + sheet("a", 1002) + "]"))
                .error()
                .code,
            "load.version_jump");

  const auto packed = [](std::uint32_t version) {
    Sheet one;
    one.unit = UnitId{5};
    one.version = version;
    one.cards = Figure::of(1);
    BatchWriter writer(CountId{});
    writer.add(encode({sheet_id(one), one}, CountId{}));
    return std::string(as_text(writer.finish()));
  };
  ASSERT_TRUE(load(folder.write("good.packed", packed(1) + packed(900) + packed(1900))));
  EXPECT_EQ(load(folder.write("jumps.packed", packed(1) + packed(1002))).error().code,
            "load.version_jump");
  options.any_version = true;
  EXPECT_TRUE(load(folder.write("jumps.packed", packed(1) + packed(1002))));
}

TEST_F(LoaderTest, LinesAreCutAtLineEndsAndNothingIsLost) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += fmt::format("{{\"number\":{}}}\n", i);
  text += "{\"last\":\"without a line end\"}";
  options.in_flight = 1;
  options.body_bytes = 1000;
  ASSERT_TRUE(load(folder.write("entries.ndjson", text)));
  std::string seen;
  for (const EntryBody& body : sender.bodies) {
    EXPECT_EQ(body.format, BodyFormat::ndjson);
    EXPECT_LE(body.bytes.size(), 1000U);
    seen += body.bytes;
  }
  EXPECT_EQ(seen, text);
  EXPECT_EQ(summary.recorded, 3001U);
  EXPECT_EQ(sender.most_at_once, 1U);
}

TEST_F(LoaderTest, ARefusedLineIsNamedByItsNumberInTheFile) {
  std::string text = "{}\n\n";
  for (int i = 3; i <= 2000; ++i) text += i == 1500 ? "{wrong}\n" : "{}\n";
  options.body_bytes = 500;
  ASSERT_TRUE(load(folder.write("entries.ndjson", text)));
  EXPECT_EQ(refusals, std::vector<std::string>{"entries.ndjson:1500 entry.json.syntax"});
  EXPECT_EQ(summary.recorded, 1998U);
  EXPECT_EQ(summary.refused_total, 1U);
  EXPECT_EQ(summary.refused.at("entry.json.syntax"), 1U);
}

TEST_F(LoaderTest, PackedBatchesAreSentAsTheyAre) {
  options.in_flight = 1;
  const std::string first = batch(10), second = batch(0), third = batch(3000);
  ASSERT_TRUE(load(folder.write("entries.packed", first + second + third)));
  ASSERT_EQ(sender.bodies.size(), 3U);
  EXPECT_EQ(sender.bodies[0].bytes, first);
  EXPECT_EQ(sender.bodies[2].bytes, third);
  EXPECT_EQ(summary.recorded, 3010U);
}

TEST_F(LoaderTest, ABatchThatIsTooLargeForOneRequestIsPackedAnew) {
  options.body_bytes = 5000;
  options.body_bytes_max = 20'000;
  ASSERT_TRUE(load(folder.write("entries.packed", batch(1000) + batch(1))));
  EXPECT_GT(sender.bodies.size(), 10U);
  for (const EntryBody& body : sender.bodies) EXPECT_LE(body.bytes.size(), 5200U);
  EXPECT_EQ(summary.recorded, 1001U);

  std::string damaged = batch(1000);
  damaged[500] ^= 1;
  const auto result = load(folder.write("damaged.packed", damaged));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "batch.checksum");
}

TEST_F(LoaderTest, AFileThatWasCutOffIsAnErrorAfterWhatIsThere) {
  const std::string text = batch(10) + batch(20);
  const auto result = load(folder.write("entries.packed", text.substr(0, text.size() - 1)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "load.truncated");
  EXPECT_EQ(summary.recorded, 10U);
}

TEST_F(LoaderTest, WhatIsNeitherIsNamed) {
  const auto result = load(folder.write("results.csv", "unit,votes\na,1\n"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "load.format_unknown");
  EXPECT_TRUE(load(folder.write("empty", "")));
}

TEST_F(LoaderTest, ALineWithoutAnEndIsNotReadForEver) {
  options.body_bytes = 1000;
  options.body_bytes_max = 4000;
  const auto result = load(folder.write("entries.ndjson", "{}\n{" + std::string(10'000, 'x')));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "load.line_too_long");
  EXPECT_EQ(summary.recorded, 1U);
}

TEST_F(LoaderTest, SeveralBodiesAreInFlightUnlessInOrder) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "{}\n";
  options.body_bytes = 100;
  ASSERT_TRUE(load(folder.write("entries.ndjson", text)));
  EXPECT_GT(sender.most_at_once, 1U);
  EXPECT_LE(sender.most_at_once, 4U);
  EXPECT_EQ(summary.recorded, 3000U);
}

TEST_F(LoaderTest, WhenTheSenderGivesUpTheFileEndsAndTheSummaryHolds) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "{}\n";
  options.body_bytes = 99;
  options.in_flight = 1;
  sender.fails_at = 3;
  const auto result = load(folder.write("entries.ndjson", text));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "load.gave_up");
  EXPECT_EQ(summary.recorded, 66U);
  EXPECT_EQ(sender.bodies.size(), 3U);
}

// -------------------------------------------------------------------------------------- HttpSender

// Answers as a script says, one line a request.
class HttpSenderTest : public testing::Test {
 protected:
  void start(std::vector<HttpResponse> given) {
    script = std::move(given);
    HttpRouter router;
    router.add("POST", "/v1/entries", HttpAccess::sender,
               [this](HttpRequest request, const HttpResponder& to) {
                 const std::scoped_lock lock(mutex);
                 bodies.push_back(std::move(request.body));
                 if (bodies.size() <= script.size()) to.send(script[bodies.size() - 1]);
                 // Otherwise it is dropped: 500.
               });
    server = std::move(*HttpServer::start({}, std::move(router)));
    sender =
        std::move(*HttpSender::open({.url = server->url()}, 30s, [this] { return stop.load(); }));
  }
  static HttpResponse answer(unsigned status, std::uint64_t recorded, std::uint64_t unknown = 0,
                             std::uint64_t not_recorded = 0) {
    EntriesAnswer answer;
    answer.recorded = recorded;
    answer.unknown = unknown;
    answer.not_recorded = not_recorded;
    return {.status = status, .body = to_json(answer)};
  }

  std::mutex mutex;
  std::vector<HttpResponse> script;
  std::vector<std::string> bodies;
  std::atomic<bool> stop{false};
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpSender> sender;
};

TEST_F(HttpSenderTest, TheSameBytesAreSentAgainUntilAllIsKnown) {
  start({answer(503, 4, 0, 6), answer(504, 7, 3), busy_response("http.full", "later", 0),
         error_response(500, "http.no_answer", "dropped"), answer(200, 10)});
  const auto sent = sender->send({.format = BodyFormat::ndjson, .bytes = "the same"});
  ASSERT_TRUE(sent) << to_text(sent.error());
  EXPECT_EQ(sent->answer.recorded, 10U);
  EXPECT_EQ(sent->sent_again, 4U);
  EXPECT_EQ(sent->unknown_resolved, 3U);
  EXPECT_EQ(bodies, std::vector<std::string>(5, "the same"));
}

TEST_F(HttpSenderTest, ARefusalOfTheSenderIsNotTriedAgain) {
  start({error_response(413, "http.too_large", "in parts")});
  const auto sent = sender->send({.format = BodyFormat::ndjson, .bytes = "x"});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, "load.not_allowed");
  EXPECT_EQ(bodies.size(), 1U);
}

TEST_F(HttpSenderTest, ADamagedBodyIsAnOutcome) {
  start({error_response(400, "batch.checksum", "damaged")});
  const auto sent = sender->send({.format = BodyFormat::packed, .bytes = "x"});
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->answer.error_code, "batch.checksum");
}

TEST_F(HttpSenderTest, ItWaitsForAServerThatIsNotThereAndGivesUpInTheEnd) {
  start({});
  HttpServerOptions same;
  same.listen = fmt::format("127.0.0.1:{}", server->port());
  server.reset();
  std::thread comes_back([&] {
    std::this_thread::sleep_for(200ms);
    HttpRouter router;
    router.add("POST", "/v1/entries", HttpAccess::sender,
               [](const HttpRequest&, const HttpResponder& to) { to.send(answer(200, 1)); });
    server = std::move(*HttpServer::start(same, std::move(router)));
  });
  const auto sent = sender->send({.format = BodyFormat::ndjson, .bytes = "x"});
  comes_back.join();
  ASSERT_TRUE(sent) << to_text(sent.error());
  EXPECT_GE(sent->sent_again, 1U);

  const auto impatient = std::move(*HttpSender::open({.url = server->url()}, 300ms, {}));
  server.reset();
  const auto gave_up = impatient->send({.format = BodyFormat::ndjson, .bytes = "x"});
  ASSERT_FALSE(gave_up);
  EXPECT_EQ(gave_up.error().code, "load.gave_up");
}

// Else `teller load` looks as if it hung, for five minutes, after its engine has gone.
TEST_F(HttpSenderTest, ItSaysWhomItWaitsForWhileItWaits) {
  start({});
  const std::string url = server->url();
  server.reset();
  std::string said;
  const auto waiting = std::move(*HttpSender::open(
      {.url = url}, 30s, [this] { return stop.load(); },
      [&](const std::string& text) {
        said = text;
        stop = true;
      }));
  EXPECT_FALSE(waiting->send({.format = BodyFormat::ndjson, .bytes = "x"}));
  EXPECT_TRUE(said.contains("for 30 s at most")) << said;
  EXPECT_TRUE(said.contains(url)) << said;
}

TEST(WaitToldTest, AShortWaitIsNotToldAndALongOneEveryTenSeconds) {
  WaitTold::Clock::time_point now{};
  std::vector<std::string> said;
  WaitTold told([&](const std::string& text) { said.push_back(text); }, [&] { return now; });
  told.waits("away");
  now += 1s;
  told.waits("away");
  told.goes_on();
  EXPECT_TRUE(said.empty());

  for (int second = 0; second <= 13; ++second, now += 1s) told.waits("away");
  told.goes_on();
  told.goes_on();
  EXPECT_EQ(said,
            (std::vector<std::string>{"waits for 2 s: away", "waits for 12 s: away", "goes on"}));
}

TEST_F(HttpSenderTest, ItStopsWhenItIsTold) {
  start({});
  server.reset();
  stop = true;
  const auto sent = sender->send({.format = BodyFormat::ndjson, .bytes = "x"});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, "load.gave_up");
}

}  // namespace
}  // namespace teller
