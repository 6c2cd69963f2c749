// Deliveries, from what is sent to what stands: with an engine that counts, in memory.
#include <gtest/gtest.h>

#include "deliver/deliverer.h"
#include "deliver/delivery_json.h"
#include "gateway/recorder_sender.h"
#include "testing/home_in_memory.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

Sheet hall_sheet(std::uint64_t yes, std::uint64_t no, UnitId unit = example::north) {
  Sheet sheet;
  sheet.unit = unit;
  sheet.contest = example::hall;
  sheet.votes = {{{0}, Figure::of(yes)}, {{1}, Figure::of(no)}};
  return sheet;
}

class DeliverTest : public MemoryHome<> {
 protected:
  DeliverTest() {
    engine = start();
    recorder.emplace(home->count, engine->journal());
    sender.emplace(home->definition(), *recorder, "clerk", 10s, [] { return false; });
    deliverer = make();
  }
  std::unique_ptr<Deliverer> make() {
    return std::make_unique<Deliverer>(
        Deliverer::Parts{.definition = home->definition(),
                         .store = &store,
                         .segments = &segments,
                         .sender = &*sender,
                         .clock = &clock,
                         .counted = [this] { return counted ? counted() : engine->drain(); }});
  }
  Delivery delivery(std::vector<Sheet> sheets, std::optional<std::int64_t> at = {}) const {
    return {.source = "Rill",
            .file = "rill.csv",
            .figures_at_us = at,
            .sender = "clerk",
            .sheets = std::move(sheets)};
  }
  DeliveryReport deliver(const Delivery& delivery) {
    auto report = deliverer->deliver(delivery);
    EXPECT_TRUE(report) << (report ? "" : to_text(report.error()));
    return report ? std::move(*report) : DeliveryReport{};
  }
  std::int64_t yes(UnitId unit = example::north) {
    const auto snapshot = store.snapshot();
    for (const TotalRow& row : snapshot->totals) {
      if (row.key == TotalKey{example::hall, 0, unit, {0}} && row.total.known > 0) {
        return row.total.value;
      }
    }
    return -1;
  }
  std::uint64_t conflicts() {
    std::uint64_t all = 0;
    const auto rows = store.partitions();
    for (const PartitionRow& row : *rows) all += row.outcomes.conflict;
    return all;
  }

  std::unique_ptr<Engine> engine;
  std::optional<Recorder> recorder;
  std::optional<RecorderSender> sender;
  std::function<Result<void>()> counted;
  std::unique_ptr<Deliverer> deliverer;
};

TEST_F(DeliverTest, OtherFiguresAreTheNextVersionAndTheSameOnesAreNothing) {
  auto report = deliver(delivery({hall_sheet(120, 80)}, 2000));
  EXPECT_EQ(report.count_of(Became::fresh), 1);
  EXPECT_EQ(yes(), 120);

  report = deliver(delivery({hall_sheet(150, 75), hall_sheet(10, 30, example::south)}, 2100));
  EXPECT_EQ(report.count_of(Became::updated), 1);
  EXPECT_EQ(report.count_of(Became::fresh), 1);
  ASSERT_EQ(report.sheets.size(), 2);
  EXPECT_EQ(report.sheets[0].sheet.version, 2);
  EXPECT_EQ(falls(*report.sheets[0].before, report.sheets[0].sheet).size(), 1);
  EXPECT_EQ(yes(), 150);
  EXPECT_EQ(yes(example::south), 10);

  const std::uint64_t number = report.number;
  report = deliver(delivery({hall_sheet(150, 75), hall_sheet(10, 30, example::south)}, 2100));
  EXPECT_EQ(report.count_of(Became::unchanged), 2);
  EXPECT_EQ(report.number, 0) << "nothing of it was new";
  EXPECT_EQ(store.deliveries(1, 10)->size(), number);
  EXPECT_EQ(conflicts(), 0);
}

TEST_F(DeliverTest, AnOlderFileSentAgainIsStaleAlsoWithoutATime) {
  deliver(delivery({hall_sheet(120, 80)}));
  deliver(delivery({hall_sheet(150, 75)}));
  const auto report = deliver(delivery({hall_sheet(120, 80)}));
  EXPECT_EQ(report.count_of(Became::stale), 1);
  EXPECT_FALSE(report.all_stand());
  EXPECT_EQ(yes(), 150);
  // Whoever says that these are the later figures is believed.
  EXPECT_EQ(deliver(delivery({hall_sheet(120, 80)}, clock.now_us())).count_of(Became::updated), 1);
  EXPECT_EQ(yes(), 120);
}

TEST_F(DeliverTest, TheSameSaidOfTheSameTimeIsNotRecordedTwice) {
  deliver(delivery({hall_sheet(120, 80)}, 2000));
  deliver(delivery({hall_sheet(150, 75)}, 2100));
  const auto report = deliver(delivery({hall_sheet(120, 80)}, 2000));
  EXPECT_EQ(report.count_of(Became::stale), 1);
  EXPECT_EQ(report.number, 0);
  EXPECT_EQ(report.again, 1);
  EXPECT_EQ(deliver(delivery({hall_sheet(150, 75)}, 2200)).again, 2);
  EXPECT_EQ(store.deliveries(1, 10)->size(), 2);
}

TEST_F(DeliverTest, TheTimeAtWhichAFileCameHoldsUnlessItCameBefore) {
  Delivery first = delivery({hall_sheet(120, 80)}), second = delivery({hall_sheet(150, 75)});
  first.came_at_us = 2000;
  second.came_at_us = 2100;
  EXPECT_EQ(deliver(first).figures_at_us, 2000);
  EXPECT_EQ(deliver(second).figures_at_us, 2100);
  first.came_at_us = 2200;  // The old file was copied once more.
  EXPECT_EQ(deliver(first).count_of(Became::stale), 1);
  EXPECT_EQ(yes(), 150);
}

// 100 at eight and, as another delivery says, at ten: so 90 at nine is old.
TEST_F(DeliverTest, FiguresThatCameOnceMoreAreAsNewAsTheLastThatSaidThem) {
  deliver(delivery({hall_sheet(100, 80)}, 2000));
  deliver(delivery({hall_sheet(100, 80), hall_sheet(1, 2, example::south)}, 2200));
  EXPECT_EQ(deliver(delivery({hall_sheet(90, 80)}, 2100)).count_of(Became::stale), 1);
  EXPECT_EQ(yes(), 100);
}

TEST_F(DeliverTest, ACorrectionSaysWhyAndNeedsSomethingToCorrect) {
  deliver(delivery({hall_sheet(120, 80)}));
  Delivery again = delivery({hall_sheet(102, 80), hall_sheet(1, 1, example::south)});
  again.act = Sheet::Act::correction;
  EXPECT_EQ(deliverer->deliver(again).error().code, "delivery.invalid");
  again.reason = "two digits were exchanged";
  const auto report = deliver(again);
  EXPECT_EQ(report.count_of(Became::corrected), 1);
  EXPECT_EQ(report.count_of(Became::refused), 1);
  EXPECT_EQ(report.sheets[1].code, "delivery.nothing_stands");
  EXPECT_EQ(yes(), 102);
  EXPECT_EQ(yes(example::south), -1);
}

TEST_F(DeliverTest, AWithdrawalTakesAwayWhatTheFileBroughtAndNothingElse) {
  deliver(delivery({hall_sheet(120, 80), hall_sheet(7, 8, example::south)}));
  deliver(delivery({hall_sheet(9, 8, example::south)}));
  Delivery away = delivery({hall_sheet(120, 80), hall_sheet(7, 8, example::south)});
  away.act = Sheet::Act::withdrawal;
  away.reason = "keyed to the wrong precinct";
  auto report = deliver(away);
  EXPECT_EQ(report.count_of(Became::withdrawn), 1);
  EXPECT_EQ(report.sheets[1].code, "delivery.others_stand");
  EXPECT_EQ(yes(), -1) << "not reported, and no 0";
  EXPECT_EQ(yes(example::south), 9);

  report = deliver(delivery({hall_sheet(121, 80)}));
  EXPECT_EQ(report.count_of(Became::fresh), 1);
  EXPECT_EQ(report.sheets[0].sheet.version, 3);
  EXPECT_EQ(yes(), 121);
}

TEST_F(DeliverTest, ACountysSheetBesideThoseOfItsPrecinctsIsRefused) {
  deliver(delivery({hall_sheet(120, 80)}));
  auto report = deliver(delivery({hall_sheet(300, 200, UnitId{0})}));
  ASSERT_EQ(report.count_of(Became::refused), 1);
  EXPECT_EQ(report.sheets[0].code, "delivery.other_level");
  report = deliver(delivery({hall_sheet(120, 80), hall_sheet(300, 200, UnitId{0})}));
  EXPECT_EQ(report.count_of(Became::refused), 2) << "which of them is right is not ours to guess";
}

TEST_F(DeliverTest, WhatIsNotMentionedKeepsItsFiguresAndIsListed) {
  deliver(delivery({hall_sheet(120, 80), hall_sheet(10, 30, example::south)}));
  const auto report = deliver(delivery({hall_sheet(121, 80)}));
  ASSERT_EQ(report.missing.size(), 1);
  EXPECT_EQ(report.missing[0].unit, example::south);
  EXPECT_EQ(yes(example::south), 10);
}

TEST_F(DeliverTest, ADeliveryWithoutASheetIsKeptAndTakesNothingAway) {
  deliver(delivery({hall_sheet(120, 80)}));
  const auto report = deliver(delivery({}));
  EXPECT_EQ(report.number, 2);
  EXPECT_EQ(report.missing.size(), 1);
  EXPECT_EQ(yes(), 120);
}

// Somebody else records the version that a delivery has taken, before it is counted.
TEST_F(DeliverTest, AVersionThatWasTakenMeanwhileIsTakenAgainAsTheNext) {
  deliver(delivery({hall_sheet(120, 80)}));
  int asked = 0;
  counted = [&] {
    auto drained = engine->drain();
    if (++asked == 1) {
      Sheet other = hall_sheet(1, 2);
      other.version = 2;
      const Entry entry{sheet_id(other), other};
      const std::uint16_t partition = partition_of(entry, home->count.partitions);
      RecordBuilder record(home->count.id, partition);
      EXPECT_TRUE(record.add(entry.id, encode(entry, home->count.id), {}));
      append(engine->journal(), partition, record.finish());
    }
    return drained;
  };
  const auto report = deliver(delivery({hall_sheet(150, 75)}));
  EXPECT_EQ(report.count_of(Became::updated), 1);
  EXPECT_EQ(report.sheets[0].sheet.version, 3);
  EXPECT_EQ(yes(), 150);
}

// A crash between sending and the end: the same delivery goes on under its number.
TEST_F(DeliverTest, ADeliveryThatWasCutShortGoesOn) {
  deliver(delivery({hall_sheet(120, 80)}));
  int asked = 0;
  counted = [&]() -> Result<void> {
    if (++asked == 2) return fail(Remedy::retry, "engine.not_drained", "the power is gone");
    return engine->drain();
  };
  const Delivery cut = delivery({hall_sheet(150, 75), hall_sheet(10, 30, example::south)});
  ASSERT_FALSE(deliverer->deliver(cut));
  ASSERT_TRUE(engine->drain());

  counted = {};
  deliverer = make();
  const auto report = deliver(cut);
  EXPECT_EQ(report.number, 2);
  EXPECT_EQ(report.count_of(Became::updated), 1);
  EXPECT_EQ(report.count_of(Became::fresh), 1);
  EXPECT_EQ(yes(), 150);
  EXPECT_EQ(conflicts(), 0);
  EXPECT_TRUE(store.deliveries(2, 1)->at(0).settled_at_us);
  EXPECT_EQ(store.delivered_sheets(2)->size(), 2);
}

TEST_F(DeliverTest, ABodyIsReadAsItWasWritten) {
  Delivery sent = delivery({hall_sheet(120, 80), hall_sheet(10, 30, example::south)}, 2'000'000);
  sent.act = Sheet::Act::correction;
  sent.reason = "a \"reason\"";
  sent.came_at_us = 3'000'000;
  const std::string body = to_body(sent, home->definition());
  const auto read = parse_body(body, home->definition());
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_TRUE(read->refused.empty());
  EXPECT_EQ(read->delivery.source, sent.source);
  EXPECT_EQ(read->delivery.figures_at_us, sent.figures_at_us);
  EXPECT_EQ(read->delivery.came_at_us, sent.came_at_us);
  EXPECT_EQ(read->delivery.act, sent.act);
  EXPECT_EQ(read->delivery.reason, sent.reason);
  EXPECT_EQ(content_of(read->delivery, home->count.id), content_of(sent, home->count.id));

  const auto partly = parse_body(body + "{\"kind\": \"sheet\"}\n", home->definition());
  ASSERT_TRUE(partly);
  ASSERT_EQ(partly->refused.size(), 1);
  EXPECT_EQ(partly->refused[0].line, 4);
  EXPECT_EQ(partly->delivery.sheets.size(), 2);
  for (const char* wrong :
       {"", "{}", "[1]\n", "{\"delivery\": {\"sauce\": \"x\"}}", "{\"delivery\": {\"source\": 1}}",
        "{\"delivery\": {\"act\": \"undo\"}}", "{\"delivery\": {\"figures_at\": \"yesterday\"}}"}) {
    EXPECT_FALSE(parse_body(wrong, home->definition())) << wrong;
  }
}

}  // namespace
}  // namespace teller
