// What a feed makes of the files that it is given: with an engine that counts, in memory.
#include "feed/feed.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/time.h"
#include "deliver/deliverer.h"
#include "deliver/delivery_json.h"
#include "gateway/recorder_sender.h"
#include "testing/home_in_memory.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view mapping_text = R"(teller = "mapping/1"
unused = "allow"
[figures_at]
column = "at"
[[unit]]
kind = "precinct"
id = "{precinct}"
[contest]
id = "hall"
[option]
id = "{answer}"
[method]
id = "in-person"
[votes]
column = "votes"
)";

// Gives what a test puts in.
class Given final : public FeedSource {
 public:
  explicit Given(const TestFolder& folder) : folder_(folder) {}
  void put(const std::string& name, std::string_view rows) {
    waiting[name] = folder_.write(name, "at,precinct,answer,votes\n" + std::string(rows));
  }
  Look look(std::int64_t) override {
    Look look;
    look.trouble = std::exchange(trouble, std::nullopt);
    for (const auto& [name, path] : waiting) look.files.push_back({name, path, 5'000'000});
    waiting.clear();
    return look;
  }
  bool is_unchanged(const FeedFile&) override { return !changes; }
  void offer_again(const FeedFile& file) override { waiting[file.name] = file.path; }

  std::map<std::string, std::string> waiting;
  std::optional<Error> trouble;
  bool changes = false;

 private:
  const TestFolder& folder_;
};

class FeedTest : public MemoryHome<> {
 protected:
  FeedTest() : source(folder) {
    engine = start();
    recorder.emplace(home->count, engine->journal());
    sender.emplace(home->definition(), *recorder, "file", 10s, [] { return false; });
    begin();
  }
  // A feed, and the side that takes its deliveries, as after a start.
  void begin() {
    deliverer.emplace(Deliverer::Parts{.definition = home->definition(),
                                       .store = &store,
                                       .segments = &segments,
                                       .sender = &*sender,
                                       .clock = &clock,
                                       .counted = [this] { return engine->drain(); }});
    auto mapping = Mapping::parse(mapping_text, "hall.toml");
    ASSERT_TRUE(mapping) << mapping.error().detail;
    feed = std::make_unique<Feed>(Feed::Parts{
        .source = &source,
        .mapping = std::move(*mapping),
        .definition = home->definition(),
        .name = "Town",
        .deliver = [this](const Delivery& one) -> Result<std::string> {
          if (away) return std::unexpected(*away);
          const auto report = deliverer->deliver(one);
          if (!report) return std::unexpected(report.error());
          return report_json(one, *report, {}, home->rules);
        },
        .is_end = [](const Error& error) { return error.remedy == Remedy::stop; },
        .told = [this](const FeedDelivery& one) { told.emplace_back(one.file, one.kind); },
        .trouble =
            [this](const std::string& file, const Error& error) {
              troubles.push_back(file + ": " + std::string(error.code.text()));
            },
        .stop = [this] { return stop; }});
  }
  // After all times that the files say: what is further ahead than a clock may be is refused.
  static constexpr std::int64_t now_us = 1'777'939'200'000'000;  // 2026-05-05
  Feed::Pass pass() {
    const auto passed = feed->pass(now_us);
    EXPECT_TRUE(passed) << to_text(passed.error());
    return passed.value_or(Feed::Pass{});
  }
  std::int64_t yes() {
    const auto snapshot = store.snapshot();
    for (const TotalRow& row : snapshot->totals) {
      if (row.key == TotalKey{example::hall, 0, example::north, {0}} && row.total.known > 0)
        return row.total.value;
    }
    return -1;
  }
  static std::string at(int hour, int yes, int no, const std::string& unit = "north") {
    std::string rows;
    for (const auto& [answer, votes] : {std::pair("yes", yes), std::pair("no", no)})
      rows += fmt::format("2026-05-03T{}:00Z,{},{},{}\n", hour, unit, answer, votes);
    return rows;
  }
  std::uint64_t sheets(const char* word) {
    const auto& became = feed->summary().became;
    return became.contains(word) ? became.at(word) : 0;
  }
  using Kind = FeedDelivery::Kind;
  using Told = std::vector<std::pair<std::string, Kind>>;

  Given source;
  std::unique_ptr<Engine> engine;
  std::optional<Recorder> recorder;
  std::optional<RecorderSender> sender;
  std::optional<Deliverer> deliverer;
  std::unique_ptr<Feed> feed;
  std::optional<Error> away;
  bool stop = false;
  Told told;
  std::vector<std::string> troubles;
};

TEST_F(FeedTest, WhatAPassFindsIsDeliveredInTheOrderOfItsTimes) {
  source.put("a.csv", at(22, 30, 3));
  source.put("b.csv", at(20, 10, 1));
  source.put("c.csv", at(21, 20, 5));
  EXPECT_TRUE(pass().was_good);
  EXPECT_EQ(
      told,
      (Told{{"b.csv", Kind::delivered}, {"c.csv", Kind::delivered}, {"a.csv", Kind::delivered}}));
  EXPECT_EQ(yes(), 30);
  EXPECT_EQ(feed->summary().falls, 1) << "no: 5 to 3";
  EXPECT_TRUE(feed->summary().all_well());
}

TEST_F(FeedTest, WhatIsOlderIsLeftOutAndWhatCameBeforeIsNothingNew) {
  source.put("a.csv", at(20, 10, 1));
  pass();
  source.put("b.csv", at(22, 30, 3));
  pass();
  source.put("a again.csv", at(20, 10, 1));
  source.put("b again.csv", at(22, 30, 3));
  pass();
  EXPECT_EQ(feed->summary().came_late, 1);
  EXPECT_EQ(feed->summary().again, 1);
  EXPECT_TRUE(feed->summary().all_well()) << "both were counted when they came";
  source.put("c.csv", at(21, 20, 2));
  pass();
  EXPECT_EQ(sheets("stale"), 1);
  EXPECT_FALSE(feed->summary().all_well()) << "these figures were never counted";
  EXPECT_EQ(yes(), 30);
}

// 100 at eight and at ten: then figures of nine are old, although nothing was recorded at ten.
TEST_F(FeedTest, FiguresThatCameOnceMoreAreAsNewAsTheLastThatSaidThem) {
  for (const int hour : {20, 22}) {
    source.put(fmt::format("{}.csv", hour), at(hour, 100, 1));
    pass();
  }
  source.put("21.csv", at(21, 90, 1));
  pass();
  EXPECT_EQ(sheets("stale"), 1);
  EXPECT_EQ(yes(), 100);
}

TEST_F(FeedTest, AFeedThatBeginsAnewRepeatsNothing) {
  const auto put_all = [&] {
    source.put("a.csv", at(20, 10, 1));
    source.put("b.csv", at(21, 20, 2));
    source.put("c.csv", at(22, 30, 3));
  };
  put_all();
  pass();
  told.clear();
  begin();
  put_all();
  pass();
  EXPECT_EQ(told, (Told{{"a.csv", Kind::again}, {"b.csv", Kind::again}, {"c.csv", Kind::again}}));
  EXPECT_EQ(store.deliveries(1, 10)->size(), 3);
  EXPECT_EQ(yes(), 30);
  EXPECT_TRUE(feed->summary().all_well());
}

TEST_F(FeedTest, ATimeLineIsADeliveryForEachOfItsTimes) {
  source.put("line.csv", at(22, 30, 3) + at(20, 10, 9) + at(21, 20, 2));
  source.put("between.csv", at(21, 7, 8, "south"));
  pass();
  ASSERT_EQ(told.size(), 4);
  EXPECT_EQ(told[1].first, "between.csv");
  EXPECT_EQ(yes(), 30);
  EXPECT_EQ(feed->summary().falls, 1);
}

TEST_F(FeedTest, AFileThatCannotBeReadIsToldAndTheNextIsTaken) {
  source.put("a.csv", "");
  source.put("b.csv", at(20, 10, 1) + "2026-05-03T20:00Z,south,yes,many\n");
  source.put("c.csv", "soon,north,yes,1\n");
  pass();
  EXPECT_EQ(troubles, (std::vector<std::string>{"a.csv: mapping.invalid", "c.csv: feed.no_time"}));
  EXPECT_EQ(told, (Told{{"b.csv", Kind::delivered}}));
  EXPECT_EQ(yes(), 10);
  EXPECT_EQ(feed->summary().open.size(), 3) << "b.csv has a sheet that is held";
  EXPECT_EQ(sheets("held"), 1);
  const auto kept = store.delivered_sheets(1);
  ASSERT_EQ(kept->size(), 2);
  EXPECT_EQ(kept->at(1).became, "held") << "it stands in the record, too";
  EXPECT_TRUE(kept->at(1).why.starts_with("line 4: votes \"many\"")) << kept->at(1).why;
  EXPECT_FALSE(feed->summary().all_well());

  source.put("a.csv", at(21, 11, 1));
  source.put("b.csv", at(20, 10, 1) + at(20, 4, 5, "south"));
  source.put("c.csv", at(22, 12, 1));
  pass();
  EXPECT_TRUE(feed->summary().all_well());
  EXPECT_EQ(yes(), 12);
}

TEST_F(FeedTest, ARefusedRowWithoutAWholeSheetIsHeld) {
  source.put("a.csv", "2026-05-03T20:00Z,south,yes,many\n");
  pass();
  EXPECT_EQ(told, (Told{{"a.csv", Kind::held}}));
  EXPECT_EQ(feed->summary().open.at("a.csv"), "rows refused: 1, sheets held: 1");
}

TEST_F(FeedTest, WhatCannotBeDeliveredNowIsDeliveredLaterInItsOrder) {
  away = Error{Remedy::retry, "http.unreachable", "no route"};
  source.put("a.csv", at(20, 10, 1));
  source.put("b.csv", at(21, 20, 2));
  EXPECT_FALSE(pass().was_good);
  EXPECT_EQ(troubles, std::vector<std::string>{"a.csv: http.unreachable"});
  EXPECT_TRUE(feed->summary().is_behind);
  EXPECT_EQ(yes(), -1);
  away.reset();
  EXPECT_TRUE(pass().was_good);
  EXPECT_EQ(told, (Told{{"a.csv", Kind::delivered}, {"b.csv", Kind::delivered}}));
  EXPECT_TRUE(feed->summary().all_well());

  away = Error{Remedy::stop, "file.io", "the disk failed"};
  source.put("c.csv", at(22, 30, 3));
  EXPECT_FALSE(feed->pass(now_us)) << "nothing can be counted any more";
}

TEST_F(FeedTest, AFileThatChangesWhileItIsReadIsReadAgain) {
  source.changes = true;
  source.put("a.csv", at(20, 10, 1));
  EXPECT_TRUE(pass().is_waiting);
  EXPECT_EQ(troubles, std::vector<std::string>{"a.csv: feed.still_written"});
  source.changes = false;
  EXPECT_FALSE(pass().is_waiting);
  EXPECT_EQ(yes(), 10);
}

TEST_F(FeedTest, WhoeverEndsItEndsItBetweenTwoDeliveries) {
  stop = true;
  source.put("a.csv", at(20, 10, 1));
  EXPECT_FALSE(pass().was_good);
  EXPECT_TRUE(told.empty());
  EXPECT_FALSE(feed->summary().all_well());
}

TEST_F(FeedTest, ASourceThatCannotBeLookedAtIsTold) {
  source.trouble = Error{Remedy::retry, "http.unreachable", "no route"};
  EXPECT_FALSE(pass().was_good);
  EXPECT_EQ(troubles, std::vector<std::string>{": http.unreachable"});
  EXPECT_TRUE(pass().was_good);
}

}  // namespace
}  // namespace teller
