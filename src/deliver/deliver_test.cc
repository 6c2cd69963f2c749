// Deliveries, from what is sent to what stands: with an engine that counts, in memory.
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/hash.h"
#include "deliver/deliverer.h"
#include "deliver/delivery_history.h"
#include "deliver/delivery_json.h"
#include "deliver/delivery_parts.h"
#include "deliver/kept_deliveries.h"
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
                         .counted = [this] { return counted ? counted() : engine->drain(); },
                         .turn = turn});
  }
  // The history, as `teller deliveries` reads it.
  nlohmann::json history(const SheetsAsked& asked) {
    DeliveryHistory reader(home->definition(), store, segments);
    const auto told = reader.sheets(asked);
    EXPECT_TRUE(told) << (told ? "" : to_text(told.error()));
    return told ? nlohmann::json::parse(*told) : nlohmann::json();
  }
  // As `teller load` does: no delivery knows of it.
  void record_past_deliveries(const Sheet& sheet) {
    const Entry entry{sheet_id(sheet), sheet};
    const std::uint16_t partition = partition_of(entry, home->count.partitions);
    RecordBuilder record(home->count.id, partition);
    EXPECT_TRUE(record.add(entry.id, encode(entry, home->count.id), {}));
    append(engine->journal(), partition, record.finish());
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
  std::function<Result<std::shared_ptr<void>>()> turn;
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
  EXPECT_EQ(smaller_figures(*report.sheets[0].before, report.sheets[0].sheet), 1);
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

TEST_F(DeliverTest, FiguresThatWereWithdrawnDoNotComeBackWithTheirFile) {
  const std::int64_t now = clock.now_us();
  const Delivery wrong = delivery({hall_sheet(120, 80)}, now - 2000);
  deliver(wrong);
  Delivery away = delivery({hall_sheet(120, 80)}, now - 1000);
  away.act = Sheet::Act::withdrawal;
  away.reason = "keyed to the wrong precinct";
  deliver(away);
  auto report = deliver(wrong);
  ASSERT_EQ(report.count_of(Became::stale), 1);
  EXPECT_TRUE(
      report.sheets[0].detail.starts_with("the figures of this place were withdrawn since"));
  EXPECT_EQ(yes(), -1);

  // A file that is taken away without a time has that of the file itself.
  report = deliver(delivery({hall_sheet(120, 80)}, now - 1000));
  EXPECT_EQ(report.count_of(Became::stale), 1);

  // Nor does an even older file with other figures. Later ones are taken, the same or not.
  report = deliver(delivery({hall_sheet(119, 80)}, now - 3000));
  EXPECT_EQ(report.count_of(Became::stale), 1);
  report = deliver(delivery({hall_sheet(120, 80)}, clock.now_us()));
  EXPECT_EQ(report.count_of(Became::fresh), 1);
  EXPECT_EQ(yes(), 120);
}

TEST_F(DeliverTest, AWithdrawalIsNoOlderThanWhatItTakesAway) {
  const std::int64_t now = clock.now_us();
  const Delivery wrong = delivery({hall_sheet(120, 80)}, now - 1000);
  deliver(wrong);
  Delivery away = delivery({hall_sheet(120, 80)}, now - 5000);  // A copy with an old date.
  away.act = Sheet::Act::withdrawal;
  away.reason = "keyed to the wrong precinct";
  deliver(away);
  EXPECT_EQ(deliver(wrong).count_of(Became::stale), 1);
  EXPECT_EQ(yes(), -1);
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
      record_past_deliveries(other);
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

// Two processes, one after the other: the second has seen the delivery of the first when it was begun,
// and must not take it for one that is still open.
TEST_F(DeliverTest, WhatAnotherProcessHasEndedIsNotGoneOnWith) {
  deliver(delivery({hall_sheet(120, 80)}));
  const auto other = make();
  int asked = 0;
  counted = [&]() -> Result<void> {
    if (++asked == 2) return fail(Remedy::retry, "engine.not_drained", "the power is gone");
    return engine->drain();
  };
  const Delivery cut = delivery({hall_sheet(150, 75)});
  ASSERT_FALSE(deliverer->deliver(cut));
  counted = {};
  ASSERT_TRUE(
      other->deliver(delivery({hall_sheet(10, 30, example::south)})));  // It reads the open one.

  deliverer = make();
  EXPECT_EQ(deliver(cut).number, 2);
  deliver(delivery({hall_sheet(151, 75)}));
  const auto stale = other->deliver(cut);
  ASSERT_TRUE(stale) << to_text(stale.error());
  EXPECT_EQ(stale->number, 0) << "2 is settled";
  EXPECT_EQ(stale->again, 2);
  EXPECT_EQ(stale->count_of(Became::stale), 1);
}

TEST_F(DeliverTest, NothingIsDoneBeforeItIsTheTurnOfThisProcess) {
  int held = 0;
  turn = [&]() -> Result<std::shared_ptr<void>> {
    if (held > 0) return fail(Remedy::retry, "delivery.busy", "another one delivers");
    ++held;
    return std::shared_ptr<void>(&held, [](void* count) { --*static_cast<int*>(count); });
  };
  deliverer = make();
  int inside = 0;
  counted = [&] {
    inside += held;
    return engine->drain();
  };
  deliver(delivery({hall_sheet(120, 80)}));
  EXPECT_EQ(inside, 2) << "compared and followed in its turn";
  EXPECT_EQ(held, 0) << "and given back";
  held = 1;
  EXPECT_EQ(deliverer->deliver(delivery({hall_sheet(1, 1)})).error().code, "delivery.busy");
  EXPECT_EQ(store.deliveries(1, 10)->size(), 1);
}

TEST_F(DeliverTest, ASheetThatIsHeldStandsInTheRecordAndComesInWhenItIsMended) {
  Delivery torn = delivery({hall_sheet(120, 80)});
  torn.held.push_back({.key = key_of(hall_sheet(0, 0, example::south)), .why = "line 7: votes 1x"});
  auto report = deliver(torn);
  EXPECT_EQ(report.count_of(Became::fresh), 1);
  EXPECT_EQ(report.count_of(Became::held), 1);
  EXPECT_FALSE(report.all_stand());
  const auto rows = store.delivered_sheets(report.number);
  ASSERT_EQ(rows->size(), 2);
  EXPECT_EQ(rows->at(1).became, "held");
  EXPECT_EQ(rows->at(1).why, "line 7: votes 1x");
  EXPECT_EQ(deliver(torn).number, 0) << "the same again is nothing new";

  report = deliver(delivery({hall_sheet(120, 80), hall_sheet(10, 30, example::south)}));
  EXPECT_EQ(report.count_of(Became::fresh), 1);
  EXPECT_EQ(yes(example::south), 10);

  Delivery twice = delivery({hall_sheet(120, 80)});
  twice.held.push_back({.key = key_of(hall_sheet(0, 0)), .why = ""});
  EXPECT_EQ(deliverer->deliver(twice).error().code, "delivery.invalid");
}

TEST_F(DeliverTest, TheHistoryOfASheetTellsEveryVersionAndWhoBroughtIt) {
  deliver(delivery({hall_sheet(120, 80)}, 2'000'000));
  deliver(delivery({hall_sheet(150, 75)}, 3'000'000));
  deliver(delivery({hall_sheet(119, 80)}, 2'000'000));  // Stale.
  Sheet loaded = hall_sheet(151, 75);
  loaded.version = 3;
  record_past_deliveries(loaded);
  Delivery away = delivery({hall_sheet(151, 75)});
  away.act = Sheet::Act::withdrawal;
  away.reason = "of another county";
  deliver(away);

  const auto told = history({.unit = home->rules.units[example::north.value].id});
  ASSERT_EQ(told["sheets"].size(), 1);
  const auto& versions = told["sheets"][0]["versions"];
  ASSERT_EQ(versions.size(), 4);
  EXPECT_EQ(versions[0]["now"], "replaced by version 2");
  EXPECT_EQ(versions[0]["brought_by"]["delivery"], 1);
  EXPECT_EQ(versions[0]["brought_by"]["figures_at"], "1970-01-01T00:00:02.000000Z");
  EXPECT_EQ(versions[0]["figures"][0]["value"], 120);
  EXPECT_TRUE(versions[2]["brought_by"].is_null()) << "by `teller load`";
  EXPECT_EQ(versions[2]["now"], "withdrawn by version 4");
  EXPECT_EQ(versions[3]["act"], "withdrawal");
  EXPECT_EQ(versions[3]["reason"], "of another county");
  EXPECT_EQ(versions[3]["now"], "stands");
  ASSERT_EQ(told["sheets"][0]["not_taken"].size(), 1);
  EXPECT_EQ(told["sheets"][0]["not_taken"][0]["became"], "stale");

  DeliveryHistory reader(home->definition(), store, segments);
  EXPECT_EQ(reader.sheets({.unit = "nowhere"}).error().code, "delivery.none");
  EXPECT_EQ(reader.delivery(9).error().code, "delivery.none");
  const auto first = nlohmann::json::parse(*reader.delivery(1));
  EXPECT_EQ(first["sheets"][0]["now"], "replaced by version 2");
  const auto page = nlohmann::json::parse(*reader.list(1, 2));
  EXPECT_EQ(page["deliveries"].size(), 2);
  EXPECT_EQ(page["next"], 3);
}

// What is larger than a request may be: nothing is lost at the cuts, and what one part does not mention
// is not called missing where another one has it.
TEST_F(DeliverTest, ADeliveryThatIsTooLargeIsCutAndToldAsOne) {
  deliver(delivery({hall_sheet(1, 1), hall_sheet(2, 2, example::south)}));
  Delivery whole = delivery({hall_sheet(120, 80, example::south), hall_sheet(10, 30)});
  EXPECT_EQ(bodies_of(whole, home->definition()), std::vector{to_body(whole, home->definition())});
  const auto bodies = bodies_of(whole, home->definition(), 400);
  ASSERT_EQ(bodies.size(), 2);
  std::ranges::reverse(whole.sheets);
  EXPECT_EQ(bodies, bodies_of(whole, home->definition(), 400)) << "whatever their order";

  std::vector<std::string> reports;
  for (const std::string& body : bodies) {
    EXPECT_LE(body.size(), 400);
    const auto read = parse_body(body, home->definition());
    ASSERT_TRUE(read) << to_text(read.error());
    const DeliveryReport report = deliver(read->delivery);
    EXPECT_EQ(report.missing.size(), 1);
    reports.push_back(report_json(read->delivery, report, {}, home->rules));
  }
  const auto joined = joined_reports(reports);
  ASSERT_TRUE(joined);
  const auto json = nlohmann::json::parse(*joined);
  EXPECT_EQ(json["became"]["updated"], 2);
  EXPECT_EQ(json["sheets"].size(), 2);
  EXPECT_TRUE(json["missing"].empty()) << json["missing"];
  EXPECT_EQ(json["deliveries"], nlohmann::json({2, 3}));
  EXPECT_EQ(json["all_stand"], true);
  EXPECT_EQ(joined_reports(std::vector<std::string>{"{}", "{}"}).error().code,
            "http.answer_invalid");
}

TEST_F(DeliverTest, ABodyIsReadAsItWasWritten) {
  Delivery sent = delivery({hall_sheet(120, 80)}, 2'000'000);
  sent.held.push_back({.key = key_of(hall_sheet(0, 0, example::south)), .why = "line 7: \"1x\""});
  sent.act = Sheet::Act::correction;
  sent.reason = "a \"reason\"";
  sent.came_at_us = 3'000'000;
  const std::string body = to_body(sent, home->definition());
  const auto read = parse_body(body, home->definition());
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_TRUE(read->refused.total == 0);
  EXPECT_EQ(read->delivery.source, sent.source);
  EXPECT_EQ(read->delivery.figures_at_us, sent.figures_at_us);
  EXPECT_EQ(read->delivery.came_at_us, sent.came_at_us);
  EXPECT_EQ(read->delivery.act, sent.act);
  EXPECT_EQ(read->delivery.reason, sent.reason);
  EXPECT_EQ(content_of(read->delivery, home->count.id), content_of(sent, home->count.id));
  ASSERT_EQ(read->delivery.held.size(), 1);
  EXPECT_EQ(read->delivery.held[0].why, "line 7: \"1x\"");

  const auto partly = parse_body(body + "{\"kind\": \"sheet\"}\n", home->definition());
  ASSERT_TRUE(partly);
  ASSERT_EQ(partly->refused.total, 1);
  EXPECT_EQ(partly->refused.first.at(0).line, 4);
  EXPECT_EQ(partly->delivery.sheets.size(), 1);
  for (const char* none : {R"({"held":1})", R"({"held":{"unit":"nowhere"}})", R"({"held":{})"}) {
    const std::string head = body.substr(0, body.find('\n') + 1);
    const auto others = parse_body(head + none + "\n", home->definition());
    ASSERT_TRUE(others);
    EXPECT_EQ(others->refused.first.at(0).line, 2) << none;
  }
  for (const char* wrong :
       {"", "{}", "[1]\n", "{\"delivery\": {\"sauce\": \"x\"}}", "{\"delivery\": {\"source\": 1}}",
        "{\"delivery\": {\"act\": \"undo\"}}", "{\"delivery\": {\"figures_at\": \"yesterday\"}}"}) {
    EXPECT_FALSE(parse_body(wrong, home->definition())) << wrong;
  }
}

// One of tens of thousands of sheets is longer than the 16 MiB that a file may have of which nobody says how long it is.
TEST_F(DeliverTest, WhatBecameOfALongDeliveryIsKeptToo) {
  const std::string body(small_file_bytes_max + 1, ' ');
  folder.write("000001.ndjson", body);
  DeliveryRow row;
  row.number = 1;
  const auto kept = keep_settled(folder, row, {});
  ASSERT_TRUE(kept) << to_text(kept.error());
  const auto settled = read_file(folder / "000001.settled");
  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->contains(to_hex(sha256(as_bytes(body))))) << *settled;
}

}  // namespace
}  // namespace teller
