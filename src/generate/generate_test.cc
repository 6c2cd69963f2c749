#include "generate/generate.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "election/presentation.h"
#include "generate/test_deck.h"
#include "intake/accept.h"
#include "intake/entry_output.h"

namespace teller {
namespace {

using Kind = GeneratedItem::Kind;

struct Sent {
  Kind kind;
  std::uint32_t part;
  std::uint64_t index;
  EntryId id;
  std::string code, line;
  Bytes bytes;
  std::string truth;
};

class Generate : public testing::Test {
 protected:
  explicit Generate(GenerateRulesOptions make = {.contests = 4, .units = 20, .ranked = 1})
      : rules(Rules::parse(generate_rules(make), "rules.json").value()), made(make) {
    count.id.bytes = {1, 2, 3};
  }

  std::vector<Sent> sent(const GenerateOptions& options) {
    std::vector<Sent> all;
    const auto summary =
        generate(rules, count.id, options, [&](const GeneratedItem& item) -> Result<void> {
          Sent one{item.kind,
                   item.part,
                   item.index,
                   item.id,
                   std::string(item.code),
                   std::string(item.line),
                   Bytes(item.bytes.begin(), item.bytes.end()),
                   {}};
          append_truth(one.truth, item, rules);
          if (options.json && item.entry != nullptr) {
            one.line = to_json(*item.entry, rules, count.id);
          }
          all.push_back(std::move(one));
          return {};
        });
    EXPECT_TRUE(summary);
    return all;
  }

  GenerateOptions troubled(std::uint64_t ballots) {
    return {.ballots = ballots,
            .seed = 7,
            .duplicates = 0.05,
            .conflicts = 0.03,
            .invalid = 0.05,
            .overvotes = 0.1,
            .undervotes = 0.1,
            .blank = 0.05,
            .write_ins = 0.1,
            .parts = 3};
  }

  Rules rules;
  GenerateRulesOptions made;
  CountFile count;
};

// What accept() says: the code, or nothing.
std::string refusal(const auto& outcome) {
  return outcome ? "" : std::string(outcome.error().code);
}

TEST_F(Generate, EveryEntryIsAcceptedAndEveryInvalidOneRefusedByItsCode) {
  std::set<std::string> codes;
  for (const Sent& item : sent(troubled(4'000))) {
    ASSERT_EQ(refusal(accept({&rules, &count}, item.bytes)), item.code);
    codes.emplace(item.code);
  }
  EXPECT_EQ(codes.size(), 24U);  // All of them, and none.
}

TEST_F(Generate, TheJsonFormIsAcceptedAsTheSameBytes) {
  std::set<std::string> codes;
  GenerateOptions options = troubled(4'000);
  options.json = true;
  for (const Sent& item : sent(options)) {
    const auto outcome = accept_json({&rules, &count}, item.line);
    ASSERT_EQ(refusal(outcome), item.code) << item.line;
    if (outcome) {
      ASSERT_EQ(outcome->entry, item.bytes) << item.line;
    }
    codes.emplace(item.code);
  }
  EXPECT_EQ(codes.size(), 20U);
}

TEST_F(Generate, ACopyIsInThePartOfItsFirstAndBehindIt) {
  std::map<EntryId, Sent> firsts;
  std::map<Kind, int> kinds;
  std::map<std::uint32_t, std::uint64_t> next;
  for (const Sent& item : sent(troubled(4'000))) {
    EXPECT_EQ(item.index, next[item.part]++);
    ++kinds[item.kind];
    if (item.kind == Kind::first) {
      EXPECT_TRUE(firsts.emplace(item.id, item).second);
    } else if (item.kind != Kind::invalid) {
      const auto first = firsts.find(item.id);
      ASSERT_NE(first, firsts.end());
      EXPECT_EQ(first->second.part, item.part);
      EXPECT_EQ(first->second.bytes == item.bytes, item.kind == Kind::duplicate);
    }
  }
  EXPECT_EQ(kinds[Kind::first], 4'000);
  EXPECT_NEAR(kinds[Kind::duplicate], 200, 60);
  EXPECT_NEAR(kinds[Kind::conflict], 120, 50);
  EXPECT_NEAR(kinds[Kind::invalid], 200, 60);
  EXPECT_EQ(next.size(), 3U);
}

TEST_F(Generate, TheSameSeedGivesTheSameAndAnotherSeedOthers) {
  const auto one = sent(troubled(500)), again = sent(troubled(500));
  GenerateOptions options = troubled(500);
  options.seed = 8;
  const auto other = sent(options);

  ASSERT_EQ(one.size(), again.size());
  std::set<EntryId> ids;
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].bytes, again[i].bytes);
    EXPECT_EQ(one[i].truth, again[i].truth);
    ids.insert(one[i].id);
  }
  for (const Sent& item : other) EXPECT_FALSE(ids.contains(item.id));
}

TEST_F(Generate, SkewMakesUnitsUnequal) {
  const auto largest = [&](double skew) {
    std::map<std::uint32_t, int> units;
    Entry entry;
    for (const Sent& item : sent({.ballots = 4'000, .skew = skew})) {
      EXPECT_EQ(decode(item.bytes, rules, count.id, entry), std::nullopt);
      ++units[std::get<Ballot>(entry.body).unit.value];
    }
    int most = 0;
    for (const auto& [unit, ballots] : units) most = std::max(most, ballots);
    return most;
  };

  EXPECT_LT(largest(0), 300);  // 200 each.
  EXPECT_GT(largest(1.2), 800);
}

TEST_F(Generate, TheTruthIsOneLineAnItem) {
  for (const Sent& item : sent(troubled(300))) {
    EXPECT_EQ(std::count(item.truth.begin(), item.truth.end(), '\n'), 1);
    EXPECT_NE(item.truth.find(to_text(item.id)), std::string::npos);
    EXPECT_EQ(item.truth.find("\"\"allowed\"\"") == std::string::npos, item.kind == Kind::invalid);
  }
}

TEST_F(Generate, ThePresentationFitsTheRules) {
  EXPECT_TRUE(Presentation::parse(generate_presentation(made), "presentation.json", rules));
}

TEST_F(Generate, RulesWithoutBallotsAreRefusedByName) {
  std::string text = generate_rules({.contests = 1});
  const std::string from = "\"counted_from\":\"ballots\"";
  text.replace(text.find(from), from.size(), "\"counted_from\":\"sheets\"");
  const Rules sheets = Rules::parse(text, "rules.json").value();

  const auto none = generate(sheets, count.id, {.ballots = 1},
                             [](const GeneratedItem&) -> Result<void> { return {}; });

  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "generate.no_ballots");
}

// Whatever the rules: every entry of a deck is one that a count lets in, no id comes twice, and each
// option of each contest has votes.
TEST_F(Generate, ATestDeckIsLetInAndChoosesEveryOption) {
  for (const std::uint32_t options : {2U, 3U, 600U}) {
    const Rules of =
        Rules::parse(generate_rules({.contests = 3, .units = 3, .options = options, .ranked = 1}),
                     "rules.json")
            .value();
    std::set<EntryId> ids;
    Entry again;
    const auto deck = make_test_deck(of, count.id, [&](const Entry& entry) -> Result<void> {
      EXPECT_TRUE(ids.insert(entry.id).second);
      EXPECT_FALSE(decode(encode(entry, count.id), of, count.id, again));
      return {};
    });
    ASSERT_TRUE(deck) << to_text(deck.error());
    EXPECT_EQ(deck->ballots + deck->sheets, ids.size());
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> votes;
    for (const auto& [key, value] : deck->expected) {
      EXPECT_GT(value, 0);
      if (key.column.empty()) votes[{key.contest, key.option}] += value;
    }
    EXPECT_EQ(votes.size(), 3U * options);
    std::set<std::pair<std::uint32_t, std::uint64_t>> distinct;
    for (const auto& [option, value] : votes) {
      if (option.second < deck_votes_max) distinct.insert({option.first, value});
    }
    EXPECT_EQ(distinct.size(), 3U * std::min(options, deck_votes_max)) << options;
  }
}

}  // namespace
}  // namespace teller
