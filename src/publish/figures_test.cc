// Figures against a reading of the rules by hand, and the pub_* views of SQLite against both. That
// PostgreSQL's views say the same as SQLite's is a test of the store.
#include "publish/figures.h"

#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "count/step.h"
#include "store/store_sqlite.h"
#include "testing/command.h"
#include "testing/rules_with.h"
#include "testing/store_election.h"

namespace teller {
namespace {

// A mayor counted from sheets, with Ada on three party lines; a council of which polling places
// send ballots and the post sends sheets, in shares of cards; a measure without write-ins.
Rules rules_of_ash() {
  return rules_with(
      R"([
            {"id": "mayor", "name": "Mayor", "kind": "plurality", "seats": 1, "votes_allowed": 1,
             "write_ins": true, "share_base": "votes", "decides": "most votes", "unit": "ash",
             "counted_from": "sheets",
             "options": [
               {"id": "bell", "name": "Bell", "kind": "candidate",
                "candidates": [{"id": "bell", "name": "Bell"}], "parties": ["green"]},
               {"id": "ada-green", "name": "Ada", "kind": "candidate",
                "candidates": [{"id": "ada", "name": "Ada"}], "parties": ["green"]},
               {"id": "ada-tool", "name": "Ada", "kind": "candidate",
                "candidates": [{"id": "ada", "name": "Ada"}], "parties": ["tool"]},
               {"id": "ada-both", "name": "Ada", "kind": "candidate",
                "candidates": [{"id": "ada", "name": "Ada"}], "parties": ["tool", "rose"]},
               {"id": "none", "name": "None of them", "kind": "none_of_the_above"}]},
            {"id": "council", "name": "Council", "kind": "plurality", "seats": 1, "votes_allowed": 1,
             "write_ins": false, "share_base": "cards", "decides": "most votes", "unit": "ash",
             "counted_from": {"in-person": "ballots", "postal": "sheets"},
             "options": [{"id": "cruz", "name": "Cruz", "kind": "candidate",
                          "candidates": [{"id": "cruz", "name": "Cruz"}], "parties": []},
                         {"id": "dale", "name": "Dale", "kind": "candidate",
                          "candidates": [{"id": "dale", "name": "Dale"}], "parties": []},
                         {"id": "ezra", "name": "Ezra", "kind": "candidate",
                          "candidates": [{"id": "ezra", "name": "Ezra"}], "parties": ["rose"]}]},
            {"id": "park", "name": "A park", "kind": "plurality", "seats": 1, "votes_allowed": 1,
             "write_ins": false, "share_base": "votes", "decides": "most votes", "unit": "north",
             "counted_from": "sheets",
             "options": [{"id": "yes", "name": "Yes", "kind": "measure"},
                         {"id": "no", "name": "No", "kind": "measure"}]},
            {"id": "clerk", "name": "Clerk", "kind": "plurality", "seats": 1, "votes_allowed": 1,
             "write_ins": false, "share_base": "votes", "decides": "most votes", "unit": "ash",
             "counted_from": "sheets",
             "options": [{"id": "gil", "name": "Gil", "kind": "candidate",
                          "candidates": [{"id": "gil", "name": "Gil"}, {"id": "hal", "name": "Hal"}],
                          "parties": ["tool", "rose"]},
                         {"id": "ike", "name": "Ike", "kind": "candidate",
                          "candidates": [{"id": "gil+hal", "name": "Ike"}],
                          "parties": ["tool+rose"]}]}])",
      {.parties =
           R"([{"id": "green", "name": "Greens"}, {"id": "tool", "name": "Toolmakers"},
                      {"id": "rose", "name": "Roses"}, {"id": "tool+rose", "name": "Both"}])",
       .methods =
           R"([{"id": "in-person", "name": "In person"}, {"id": "postal", "name": "By post"}])",
       .units = R"([{"id": "ash", "name": "Ash", "kind": "city"},
                    {"id": "north", "name": "North", "kind": "district", "parent": "ash"},
                    {"id": "school", "name": "School", "kind": "polling place", "parent": "north"},
                    {"id": "station", "name": "Fire station", "kind": "polling place", "parent": "north"},
                    {"id": "south", "name": "South", "kind": "district", "parent": "ash"}])",
       .styles = R"([{"id": "all", "name": "All", "cards": [["mayor", "council"]]},
                     {"id": "south", "name": "South", "cards": [["clerk"]], "units": ["south"]}])"});
}

constexpr ContestId mayor{0}, council{1}, park{2}, clerk{3};
constexpr UnitId north{1}, school{2}, station{3}, south{4};
constexpr MethodId in_person{0}, postal{1};
constexpr Total withheld{0, 0, 1};
Total known(std::int64_t value) { return {value, 1, 0}; }
Total counted(std::int64_t value) { return {value, 0, 0}; }

class Figures : public testing::Test {
 protected:
  void put(ContestId contest, std::uint16_t slot, UnitId unit, MethodId method, Total total) {
    totals[{contest, slot, unit, method}] = total;
  }
  [[nodiscard]] ContestFigures of(ContestId contest) {
    rows.clear();
    for (const auto& [key, total] : totals) {
      if (key.contest == contest) rows.push_back({key, total, 1});
    }
    return {rules, contest, rows};
  }
  static std::string words(const TotalFigure& figure) { return in_words(figure, "unit"); }
  // "id 1,500 65.22", a line each.
  static std::string lines(const std::vector<FigureLine>& of) {
    std::string text;
    for (const FigureLine& line : of) {
      text += line.id + " " + words(line.votes);
      if (line.share) {
        text += fmt::format(" {:.2f}{}", 100 * line.share->share, line.share->of_known ? "?" : "");
      }
      text += "\n";
    }
    return text;
  }

  const Rules rules = rules_of_ash();
  std::map<TotalKey, Total> totals;
  std::vector<TotalRow> rows;
};

TEST_F(Figures, NobodyHasReportedYetIsNotZero) {
  const ContestFigures none = of(park);
  EXPECT_EQ(words(none.votes()), "not reported yet");
  EXPECT_EQ(lines(none.by_option()), "yes not reported yet\nno not reported yet\n");
  EXPECT_EQ(none.reporting().units, 0U);
  EXPECT_EQ(none.reporting().of, 2U);
  EXPECT_EQ(words(none.column(slot::cards)), "not reported yet");
}

TEST_F(Figures, OnlyUnitsInWhichAStyleCarriesTheContestAreWaitedFor) {
  EXPECT_EQ(of(clerk).reporting().of, 1U);
  put(clerk, 0, south, in_person, known(3));
  EXPECT_EQ(of(clerk).reporting().units, 1U);
  EXPECT_EQ(of(clerk).reporting().of, 1U);
  EXPECT_EQ(of(mayor).reporting().of, 3U) << "its style is given everywhere";
}

TEST_F(Figures, OneMaskedUnitLeavesANumberWithAPartMissing) {
  put(park, 0, school, in_person, known(1000));
  put(park, 1, school, in_person, known(500));
  put(park, 0, station, in_person, known(500));
  put(park, 1, station, in_person, known(300));
  put(park, 0, north, in_person, withheld);
  put(park, 1, north, in_person, withheld);
  EXPECT_EQ(
      lines(of(park).by_option()),
      "yes 1,500, withheld in 1 of 3 units 65.22?\nno 800, withheld in 1 of 3 units 34.78?\n");
  EXPECT_EQ(words(of(park).votes()), "2,300, withheld in 1 of 3 units");
  EXPECT_EQ(words(of(park).column(slot::cards)), "unknown") << "no sheet gave any";
  EXPECT_EQ(of(park).reporting().units, 3U);
  EXPECT_EQ(of(park).reporting().of, 3U) << "the district itself reports beside its two places";
  EXPECT_EQ(lines(of(park).in(north).by_option()), "yes withheld\nno withheld\n");
  EXPECT_EQ(lines(of(park).in(school).by_option()), "yes 1,000 66.67\nno 500 33.33\n");
}

TEST_F(Figures, AnUnknownRivalLeavesNoShare) {
  put(park, 0, school, in_person, known(1010));
  EXPECT_EQ(lines(of(park).by_option()), "yes 1,010\nno unknown\n");
  EXPECT_EQ(words(of(park).votes()), "1,010, unknown in 1 of 1 unit");
  put(park, 1, station, in_person, known(5));
  EXPECT_EQ(lines(of(park).by_option()),
            "yes 1,010, unknown in 1 of 2 units 99.51?\nno 5, unknown in 1 of 2 units 0.49?\n");
}

TEST_F(Figures, FromBallotsWhatNobodyMarkedIsANumber) {
  put(council, slot::cards, school, in_person, counted(4));
  put(council, 0, school, in_person, counted(3));
  EXPECT_EQ(lines(of(council).by_option()), "cruz 3 75.00\ndale 0 0.00\nezra 0 0.00\n");
  put(council, 0, school, postal, known(7));
  put(council, slot::cards, school, postal, known(10));
  put(council, 2, school, postal, withheld);
  const ContestFigures both = of(council);
  EXPECT_EQ(both.cell_word(), "report");
  EXPECT_EQ(both.reporting().units, 1U);
  EXPECT_EQ(lines(both.by_option()),
            "cruz 10 71.43\n"
            "dale 0, unknown in 1 of 2 units\n"
            "ezra 0, withheld in 1 of 2 units\n");
  EXPECT_EQ(words(both.votes()), "10, withheld in 1 of 2 units");
}

TEST_F(Figures, ACandidateOnThreePartyLinesGivesEachLineItsOwnVotes) {
  for (const auto& [slot, votes] :
       {std::pair{0, 40}, {1, 10}, {2, 20}, {3, 25}, {4, 5}, {int{slot::write_ins}, 0}}) {
    put(mayor, static_cast<std::uint16_t>(slot), school, in_person, known(votes));
  }
  EXPECT_EQ(lines(of(mayor).by_party()),
            "green 50 50.00\ntool+rose 25 25.00\ntool 20 20.00\n 5 5.00\n");
  EXPECT_EQ(of(mayor).by_party().back().name, "No party");
  EXPECT_EQ(lines(of(mayor).by_candidate()), "ada 55 55.00\nbell 40 40.00\nnone 5 5.00\n");
  // A line of which one column is missing in a cell is missing there; what is known is shown.
  put(mayor, 1, south, postal, withheld);
  put(mayor, 0, south, postal, known(3));
  EXPECT_EQ(of(mayor).by_party().front().id, "green");
  EXPECT_EQ(words(of(mayor).by_party().front().votes), "53, withheld in 1 of 2 units");
}

TEST_F(Figures, AnIdThatLooksLikeAListIsNotThatList) {
  put(clerk, 0, school, in_person, known(3));
  put(clerk, 1, school, in_person, known(1));
  EXPECT_EQ(lines(of(clerk).by_party()), "tool+rose 3 75.00\ntool%2Brose 1 25.00\n");
  EXPECT_EQ(of(clerk).by_party().back().name, "Both");
  EXPECT_EQ(lines(of(clerk).by_candidate()), "gil+hal 3 75.00\ngil%2Bhal 1 25.00\n");
}

TEST_F(Figures, WriteInsBelongToTheVotesWhereTheyAreAllowed) {
  put(park, 0, school, in_person, known(1));
  put(park, 1, school, in_person, known(2));
  EXPECT_EQ(words(of(park).votes()), "3") << "none are allowed, so that none are missing";
  for (std::uint16_t o = 0; o < 5; ++o) put(mayor, o, school, in_person, known(1));
  EXPECT_EQ(words(of(mayor).votes()), "5, unknown in 1 of 1 unit");
  put(mayor, slot::write_ins, school, in_person, known(2));
  EXPECT_EQ(words(of(mayor).votes()), "7");
}

TEST_F(Figures, EqualVotesStandInTheOrderOfTheRules) {
  put(park, 1, school, in_person, known(7));
  put(park, 0, school, in_person, known(7));
  EXPECT_EQ(lines(of(park).by_option()), "yes 7 50.00\nno 7 50.00\n");
}

TEST_F(Figures, RegisteredVotersAreOfTheUnitAndNotOfTheMethod) {
  put(mayor, slot::registered, school, in_person, known(900));
  put(mayor, slot::registered, school, postal, known(900));
  put(mayor, slot::registered, south, postal, known(100));
  EXPECT_EQ(words(of(mayor).column(slot::registered)), "1,000");
  put(mayor, 0, station, postal, known(1));
  EXPECT_EQ(words(of(mayor).column(slot::registered)), "1,000, unknown in 1 of 3 units");
}

// ------------------------------------------------------------------------------- the pub_* views

// A row a line, its cells with a space between them and "-" where there is none.
std::string ask(const std::filesystem::path& file, const std::string& queries) {
  const std::string command =
      "python3 -c '\
import sqlite3, sys\n\
db = sqlite3.connect(sys.argv[1])\n\
for query in sys.argv[2].split(\";\"):\n\
    for row in db.execute(query):\n\
        print(*(\"-\" if cell is None else cell for cell in row))' " +
      file.string() + " \"" + queries + "\"";
  return output_of(command);
}

std::string as_row(const TotalFigure& figure) {
  const auto value = figure.value();
  return fmt::format("{} {} {} {} {}", value ? std::to_string(*value) : "-",
                     to_text(figure.state()), figure.withheld_in, figure.unknown_in, figure.of);
}
std::string as_row(const std::optional<Share>& share) {
  if (!share) return "- -";
  return fmt::format("{:.9f} {}", share->share, share->of_known ? "known" : "all");
}

// What every view should say of the rows, in one text.
std::string by_figures(const Rules& rules, const std::vector<TotalRow>& rows) {
  std::string text;
  const auto parts = rows_by_contest(rules, rows);
  for (std::uint32_t c = 0; c < rules.contests.size(); ++c) {
    const ContestFigures figures(rules, {c}, parts[c]);
    const auto [units, of] = figures.reporting();
    text += fmt::format("contest {} {} {} {}\n", c, as_row(figures.votes()), units, of);
    for (std::uint16_t s = slot::cards; s < slot::registered; ++s) {
      text += fmt::format("counter {} {} {}\n", c, s, as_row(figures.column(s)));
      if (s == slot::exhausted) continue;
      text += fmt::format("of contest {} {} {}\n", c, slot::name(s), as_row(figures.column(s)));
    }
    auto options = figures.by_option();
    std::ranges::sort(options, {}, &FigureLine::slots);
    for (const FigureLine& line : options) {
      text += fmt::format("option {} {} {} {}\n", c, line.slots.front(), as_row(line.votes),
                          as_row(line.share));
    }
    auto parties = figures.by_party();
    std::ranges::sort(parties, {}, &FigureLine::slots);
    for (const FigureLine& line : parties) {
      text +=
          fmt::format("party {} {} {} {}\n", c, line.id, as_row(line.votes), as_row(line.share));
    }
    for (const UnitId unit : figures.units_heard()) {
      const ContestFigures here = figures.in(unit);
      for (std::uint16_t o = 0; o < rules.contests[c].options.size(); ++o) {
        text += fmt::format("unit {} {} {} {}\n", c, unit.value, o, as_row(here.column(o)));
      }
    }
  }
  return text;
}

// As the view of figures has them, and as columns of pub_contests.
std::string counters_of(std::uint32_t contest) {
  std::string queries;
  for (std::uint16_t s = slot::cards; s < slot::registered; ++s) {
    queries += fmt::format(
        "select 'counter', contest, slot, value, how, withheld_in, unknown_in, reports from "
        "contest_figures where kind = 'column' and contest = {} and slot = {};",
        contest, s);
    if (s == slot::exhausted) continue;
    queries += fmt::format(
        "select 'of contest', contest, '{0}', {0}, {0}_how, {0}_withheld_in, {0}_unknown_in, "
        "of_reports from pub_contests where contest = {1};",
        slot::name(s), contest);
  }
  return queries;
}

std::string by_views(const std::filesystem::path& file, const Rules& rules) {
  std::string queries;
  for (std::uint32_t c = 0; c < rules.contests.size(); ++c) {
    const std::string of = fmt::format(" where contest = {}", c);
    const std::string figure = "how, withheld_in, unknown_in, ";
    const std::string share =
        "of_reports, case when share is null then null else printf('%.9f', share) end, share_of ";
    queries +=
        "select 'contest', contest, votes, votes_how, votes_withheld_in, votes_unknown_in, "
        "of_reports, reporting, units from pub_contests" +
        of + ";" + counters_of(c) + "select 'option', contest, slot, votes, " + figure + share +
        "from pub_options" + of + " order by slot" + ";select 'party', contest, party_id, votes, " +
        figure + share + "from pub_parties" + of + " order by place" +
        ";select 'unit', contest, unit, slot, value, " + figure +
        "of_reports from pub_unit_figures" + of + " and is_option = 1 order by unit, slot;";
  }
  queries.pop_back();
  return ask(file, queries);
}

// Random sheets and ballots, then other ones: what is committed is the difference.
TEST_F(Figures, TheViewsOfTheStoreSayTheSame) {
  const CountFile count = ContractElection::count(
      rules,
      *Presentation::parse(R"({"teller": "presentation/1", "title": "Ash"})", "presentation.json",
                           rules),
      0x5A);
  const Presentation presentation =
      *Presentation::parse(R"({"teller": "presentation/1", "title": "Ash"})", "p", rules);
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    const auto draw = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    const std::filesystem::path file =
        fmt::format("{}/teller-figures-{}-{}.sqlite", testing::TempDir(), ::getpid(), seed);
    {
      auto store = SqliteStore::make_file(file);
      ASSERT_TRUE(store);
      ASSERT_TRUE((*store)->create(rules, presentation, count));
      ContractPartition partition(count.id, 0);
      std::map<TotalKey, Total> before;
      for (std::int64_t commit = 1; commit <= 2; ++commit) {
        totals.clear();
        const std::uint32_t missing = draw(4);  // 0: everything is known.
        for (std::uint32_t c = 0; c < rules.contests.size(); ++c) {
          for (const UnitId unit : {north, school, station, south}) {
            for (const MethodId method : {in_person, postal}) {
              if (draw(3) == 0) continue;
              const bool sheet = rules.counted_from({c}, method, CountedFrom::sheets);
              std::int64_t cards = 0;  // Of ballots: each vote is on one.
              const auto slots = static_cast<std::uint16_t>(rules.contests[c].options.size());
              for (std::uint16_t s = 0; s < slots + 6; ++s) {
                const auto column =
                    static_cast<std::uint16_t>(s < slots ? s : slot::cards + s - slots);
                const auto value = static_cast<std::int64_t>(draw(5));
                if (!sheet) {
                  if (column == slot::cards) continue;
                  cards += value;
                  if (value > 0) put({c}, column, unit, method, counted(value));
                } else if (missing == 0 || draw(4) >= missing) {
                  put({c}, column, unit, method, known(value));
                } else if (draw(2) == 0) {
                  put({c}, column, unit, method, withheld);
                }
              }
              if (cards > 0) put({c}, slot::cards, unit, method, counted(cards));
            }
          }
        }
        for (const auto& [key, total] : before) totals.try_emplace(key, Total{});
        for (const auto& [key, total] : totals) {
          Total by = total;
          if (const auto was = before.find(key); was != before.end()) by -= was->second;
          if (!by.is_zero()) partition.add(key, by);
        }
        before = totals;
        const Bytes change = encode(partition.outcome({.counted = 1}).step());
        const auto done = (*store)->commit(std::span(&change, 1), commit * 1'000'000);
        ASSERT_TRUE(done) << to_text(done.error());
        ASSERT_TRUE(done->verdicts.at(0).accepted) << to_text(done->verdicts.at(0).refusal);
      }
      const auto snapshot = (*store)->snapshot();
      ASSERT_TRUE(snapshot);
      rows = snapshot->totals;
    }
    EXPECT_EQ(by_figures(rules, rows), by_views(file, rules)) << "seed " << seed;
    for (const char* more : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + more);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace teller
