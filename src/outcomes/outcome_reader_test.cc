// What became of records, over a journal, a store and segments in memory that the engine counts.
#include "outcomes/outcome_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "outcomes/outcomes_endpoint.h"
#include "testing/home_in_memory.h"

namespace teller {
namespace {

class OutcomeReaderTest : public MemoryHomeTest {
 protected:
  OutcomeReaderTest() : MemoryHome(1) {}

  Entry sheet(std::uint64_t yes, std::uint64_t no, std::uint32_t version = 1) const {
    Sheet sheet;
    sheet.unit = example::north;
    sheet.contest = example::hall;
    sheet.version = version;
    sheet.votes = {{OptionId{0}, Figure::of(yes)}, {OptionId{1}, Figure::of(no)}};
    return {sheet_id(sheet), sheet};
  }
  RecordPlace send(const std::vector<Entry>& entries, std::string_view sender = "clerk") {
    RecordBuilder record(home->count.id, 0);
    std::uint64_t number = 0;
    for (const Entry& entry : entries) {
      const Envelope envelope{.sender = sender, .batch = "", .number = number++};
      EXPECT_TRUE(record.add(entry.id, encode(entry, home->count.id), envelope));
    }
    return {0, append(journal, 0, record.finish()), static_cast<std::uint32_t>(entries.size())};
  }
  OutcomeReader reader(std::size_t incidents_max = 1000) {
    return OutcomeReader({home->definition(), &journal, &store, &segments, incidents_max});
  }
  OutcomesAnswer ask(const std::vector<RecordPlace>& records, std::string_view sender = "clerk") {
    auto answer = reader().ask(records, sender);
    EXPECT_TRUE(answer) << to_text(answer.error());
    return answer ? std::move(*answer) : OutcomesAnswer();
  }
};

TEST_F(OutcomeReaderTest, WhatIsCountedAndItsCopyAreOneNumber) {
  const RecordPlace first = send({example::entry(1, {0}), example::entry(2, {1})});
  const RecordPlace again = send({example::entry(1, {0})});
  count();
  const OutcomesAnswer answer = ask({first, again});
  EXPECT_EQ(answer.counted, 3);
  EXPECT_EQ(answer.conflict + answer.rejected + answer.waiting, 0);
  EXPECT_TRUE(answer.ask_again.empty());
}

TEST_F(OutcomeReaderTest, AConflictOfSheetsIsToldWithBothFigures) {
  send({sheet(120, 80)}, "another");
  const RecordPlace ours = send({example::entry(1, {0}), sheet(150, 80)});
  count();
  const OutcomesAnswer answer = ask({ours});
  EXPECT_EQ(answer.counted, 1);
  EXPECT_EQ(answer.conflict, 1);
  ASSERT_EQ(answer.incidents.size(), 1);
  EXPECT_EQ(answer.incidents[0].words,
            "conflict: north, in-person, hall, version 1: counted yes 120; sent yes 150. A new "
            "version brings it in: \"version\": 2, or the next that is free");
  EXPECT_NE(answer.incidents[0].json.find(R"("number":1,"outcome":"conflict")"), std::string::npos)
      << answer.incidents[0].json;
  EXPECT_NE(answer.incidents[0].json.find(R"("counted":{"votes":{"yes":120,"no":80})"),
            std::string::npos)
      << answer.incidents[0].json;
}

// Another reason under the same version is another entry.
TEST_F(OutcomeReaderTest, AConflictThatIsNotOfFiguresSaysWhatDiffers) {
  send({sheet(120, 80)});
  Entry corrected = sheet(120, 80);
  std::get<Sheet>(corrected.body).act = Sheet::Act::correction;
  std::get<Sheet>(corrected.body).reason = "typing error";
  const RecordPlace ours = send({corrected});
  count();
  const OutcomesAnswer answer = ask({ours});
  ASSERT_EQ(answer.incidents.size(), 1);
  EXPECT_NE(answer.incidents[0].words.find(
                "the same figures, counted as update, sent as correction (typing error)"),
            std::string::npos)
      << answer.incidents[0].words;
}

TEST_F(OutcomeReaderTest, AWithdrawalHasNoFiguresToShow) {
  send({sheet(120, 80), sheet(130, 80, 2)});
  Sheet withdrawn = std::get<Sheet>(sheet(0, 0, 2).body);
  withdrawn.act = Sheet::Act::withdrawal;
  withdrawn.reason = "another precinct's";
  withdrawn.votes.clear();
  const RecordPlace ours = send({{sheet_id(withdrawn), withdrawn}});
  count();
  const OutcomesAnswer answer = ask({ours});
  ASSERT_EQ(answer.incidents.size(), 1);
  EXPECT_NE(answer.incidents[0].words.find(
                "counted yes 130, no 80; sent withdrawal (another precinct's)"),
            std::string::npos)
      << answer.incidents[0].words;
}

TEST_F(OutcomeReaderTest, OfABallotNobodyIsToldHowItWasMarked) {
  send({example::entry(1, {2})}, "another");
  const RecordPlace ours = send({example::entry(1, {1})});
  count();
  const OutcomesAnswer answer = ask({ours});
  ASSERT_EQ(answer.incidents.size(), 1);
  EXPECT_EQ(answer.incidents[0].words, "conflict: a ballot of north, id " +
                                           to_text(example::id(1)) +
                                           ": another entry with this id was counted before it");
  for (const char* mark : {"cruz", "bell", "ada"}) {
    EXPECT_EQ(answer.incidents[0].json.find(mark), std::string::npos);
  }
  // An officer is told the same without the id.
  IncidentReader incidents(home->definition(), journal, store, segments);
  const auto told = incidents.tell(*store.incidents(0, 10), ToldTo::officer);
  ASSERT_TRUE(told) << to_text(told.error());
  EXPECT_EQ((*told)[0].words,
            "a ballot of north: another entry with this id was counted before it");
}

TEST_F(OutcomeReaderTest, WhatTheRulesDoNotAllowIsToldWithItsReason) {
  Entry hopeless = example::entry(1, {0});
  std::get<Ballot>(hopeless.body).style = {77};
  const RecordPlace ours = send({example::entry(2, {0}), hopeless});
  count();
  const OutcomesAnswer answer = ask({ours});
  EXPECT_EQ(answer.rejected, 1);
  ASSERT_EQ(answer.incidents.size(), 1);
  EXPECT_NE(answer.incidents[0].words.find("entry.style.unknown"), std::string::npos)
      << answer.incidents[0].words;
}

// Whether somebody else's record stands there, or none, or the partition does not exist.
TEST_F(OutcomeReaderTest, WhatIsNotTheAskersIsRefusedWithoutSayingWhy) {
  const RecordPlace ours = send({example::entry(1, {0})});
  const RecordPlace theirs = send({example::entry(2, {0})}, "another");
  RecordBuilder mixed(home->count.id, 0);
  for (const auto& [n, sender] : {std::pair(3, "clerk"), std::pair(4, "another")}) {
    const Entry entry = example::entry(static_cast<std::uint32_t>(n), {0});
    ASSERT_TRUE(
        mixed.add(entry.id, encode(entry, home->count.id), {.sender = sender, .batch = ""}));
  }
  const RecordPlace shared{0, append(journal, 0, mixed.finish()), 2};
  count();
  EXPECT_EQ(ask({ours}).counted, 1);
  const auto refusal = [&](const RecordPlace& place) {
    const auto answer = reader().ask(std::vector{ours, place}, "clerk");
    EXPECT_FALSE(answer);
    std::string said = answer ? std::string() : to_text(answer.error());
    const std::string where =
        fmt::format("record {} of partition {}", place.position, place.partition);
    const auto at = said.find(where);
    EXPECT_NE(at, std::string::npos) << said;
    return at == std::string::npos ? said : said.replace(at, where.size(), "it");
  };
  const std::string said = refusal(theirs);
  EXPECT_EQ(said, "outcomes.not_yours: it is not one that you sent");
  EXPECT_EQ(refusal(shared), said);
  EXPECT_EQ(refusal({0, 99, 1}), said);
  EXPECT_EQ(refusal({0, ~std::uint64_t{0}, 1}), said);
  EXPECT_EQ(refusal({9, 0, 1}), said);
}

TEST_F(OutcomeReaderTest, WhatIsNotCommittedWaits) {
  const RecordPlace first = send({example::entry(1, {0})});
  count();
  const RecordPlace second = send({example::entry(2, {0}), example::entry(3, {0})});
  ASSERT_TRUE(store.halt(0, "a test"));
  const OutcomesAnswer answer = ask({first, second});
  EXPECT_EQ(answer.counted, 1);
  EXPECT_EQ(answer.waiting, 2);
  EXPECT_EQ(answer.halted, 2);
  EXPECT_EQ(answer.ask_again, std::vector<RecordPlace>{second});
}

// An answer is not longer than somebody can read: what is left is asked again.
TEST_F(OutcomeReaderTest, ALongAnswerEndsAndNamesTheRest) {
  send({sheet(1, 1, 1), sheet(1, 1, 2), sheet(1, 1, 3)});
  const std::vector<RecordPlace> ours{send({sheet(2, 1, 1)}), send({sheet(2, 1, 2)}),
                                      send({sheet(2, 1, 3)})};
  count();
  OutcomeReader some = reader(2);
  const auto answer = some.ask(ours, "clerk");
  ASSERT_TRUE(answer) << to_text(answer.error());
  EXPECT_EQ(answer->conflict, 2);
  EXPECT_EQ(answer->waiting, 0);
  EXPECT_EQ(answer->ask_again, std::vector<RecordPlace>{ours[2]});
}

TEST(OutcomesJson, QuestionAndAnswerAreReadAsTheyWereWritten) {
  const std::vector<RecordPlace> records{{1, 2, 3}, {65535, ~std::uint64_t{0}, 4'000'000'000}};
  EXPECT_EQ(parse_outcomes_question(outcomes_question(records)), records);
  EXPECT_EQ(parse_outcomes_question(R"([{"partition":1,"position":2}])"),
            (std::vector<RecordPlace>{{1, 2, 0}}));
  for (const char* bad :
       {"", "{}", "[1]", "[[]]", R"([{"partition":1}])", R"([{"partition":65536,"position":2}])",
        R"([{"partition":-1,"position":2}])", R"([{"partition":1,"position":2.5}])",
        R"([{"partition":1,"position":"2"}])"}) {
    EXPECT_FALSE(parse_outcomes_question(bad)) << bad;
  }
  EXPECT_FALSE(parse_outcomes_question(outcomes_question(std::vector<RecordPlace>(1001))));

  OutcomesAnswer answer{.counted = 1, .conflict = 2, .rejected = 3, .waiting = 4, .halted = 5};
  answer.ask_again = records;
  answer.incidents = {
      {Outcome::rejected, "rejected: as it is", R"({"outcome":"rejected","words":"as it is"})"}};
  const auto read = parse_outcomes_answer(to_json(answer));
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_EQ(to_json(*read), to_json(answer));
  EXPECT_EQ(read->incidents[0].words, answer.incidents[0].words);
  for (const char* bad : {"", "[]", "{}", R"({"error":{"code":"http.full","detail":""}})"}) {
    EXPECT_FALSE(parse_outcomes_answer(bad)) << bad;
  }
}

}  // namespace
}  // namespace teller
