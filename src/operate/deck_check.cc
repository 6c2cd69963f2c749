#include "operate/deck_check.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"
#include "count/step.h"
#include "generate/test_deck.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t deck_differences_shown = 1'000;

DeckTotals deck_counted(const Snapshot& snapshot) {
  DeckTotals counted;
  for (const TotalRow& row : snapshot.totals) {
    if (row.total.value == 0) continue;
    const TotalKey& key = row.key;
    DeckKey at{key.unit, key.method, DeckKey::whole_unit, {}, 0};
    if (key.contest != whole_unit) at.contest = key.contest.value;
    if (key.slot >= slot::first_counter) {
      at.column = slot::name(key.slot);
    } else {
      at.option = key.slot;
    }
    counted[at] = static_cast<std::uint64_t>(row.total.value);
  }
  return counted;
}

std::string deck_words(const DeckKey& key, const Rules& rules) {
  std::string what = fmt::format("{}, {}: ", rules.units[key.unit.value].name,
                                 rules.methods[key.method.value].name);
  if (key.contest == DeckKey::whole_unit) return what + std::string(key.column);
  const Contest& contest = rules.contests[key.contest];
  return what + contest.name + ", " +
         (key.column.empty() ? contest.options[key.option].name : std::string(key.column));
}

// One line a figure that differs.
std::vector<std::string> deck_differences(const DeckTotals& expected, const DeckTotals& counted,
                                          const Rules& rules) {
  std::map<DeckKey, std::pair<std::uint64_t, std::uint64_t>> both;
  for (const auto& [key, value] : expected) both[key].first = value;
  for (const auto& [key, value] : counted) both[key].second = value;
  std::vector<std::string> lines;
  for (const auto& [key, values] : both) {
    if (values.first == values.second) continue;
    lines.push_back(fmt::format("{}: expected {}, counted {}", deck_words(key, rules), values.first,
                                values.second));
  }
  return lines;
}

std::string deck_report_text(const Home& home, const Snapshot& snapshot, const TestDeck& deck,
                             std::string_view expected, const std::vector<std::string>& differ,
                             std::int64_t now_us) {
  const CountFile& count = home.count;
  std::string text = "teller test-deck 1\n";
  const auto line = [&](std::string_view word, std::string_view value) {
    text.append(word).append(" ").append(value).append("\n");
  };
  line("count", count.id.hex());
  line("mode", to_text(count.mode));
  line("election", home.rules.election);
  line("time", format_utc(now_us));
  line("commit", std::to_string(snapshot.head.commit));
  line("rules", to_hex(home.rules.hash()));
  line("count_file", to_hex(count.hash()));
  line("expected", to_hex(sha256(as_bytes(expected))));
  line("ballots", std::to_string(deck.ballots));
  line("sheets", std::to_string(deck.sheets));
  line("figures", std::to_string(deck.expected.size()));
  line("differences", std::to_string(differ.size()));
  for (std::size_t i = 0; i < std::min(differ.size(), deck_differences_shown); ++i) {
    line("difference", differ[i]);
  }
  line("result", differ.empty() ? "every figure is as expected" : "figures differ");
  line("key", count.public_key);
  return text;
}

// The name has the time, so that a later report never takes the place of one before.
Result<std::string> keep_deck_report(const fs::path& folder, std::string_view note,
                                     std::int64_t now_us) {
  std::string name = "report-" + format_utc(now_us) + ".txt";
  std::erase(name, ':');
  const fs::path file = folder / name;
  if (auto written = write_new_file(file, as_bytes(note)); !written) {
    return std::unexpected(written.error());
  }
  return file.string();
}

// What was written with the deck, if it is still what the rules give.
Result<std::string> deck_expected(const fs::path& folder, const TestDeck& deck, const Home& home) {
  auto text = read_file(folder / "expected.json", Rules::file_bytes_max);
  if (!text) return text;
  if (*text == expected_json(deck, home.rules, home.count.id)) return text;
  const bool other =
      !text->contains(home.count.id.hex()) || !text->contains(to_hex(home.rules.hash()));
  return fail(Remedy::reject, other ? Code("count.other") : Code("file.damaged"),
              (folder / "expected.json").string() +
                  (other ? " is of a deck for another count"
                         : " is not what was written with the deck, or by another version"));
}

}  // namespace

Result<void> may_have_deck(const CountFile& count) {
  if (count.mode != Mode::live) return {};
  return fail(Remedy::reject, "generate.live",
              "a test deck is never counted in a live count; `teller test-deck --rules` makes a "
              "test count with the same rules");
}

Result<DeckCheck> check_deck(const Home& home, CountReader& store, const Signer& signer,
                             const Clock& clock, const fs::path& folder) {
  if (auto good = may_have_deck(home.count); !good) return std::unexpected(good.error());
  const auto deck =
      make_test_deck(home.rules, home.count.id, [](const Entry&) -> Result<void> { return {}; });
  if (!deck) return std::unexpected(deck.error());
  const auto expected = deck_expected(folder, *deck, home);
  if (!expected) return std::unexpected(expected.error());
  const auto snapshot = store.snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  DeckCheck check{
      .ballots = deck->ballots,
      .sheets = deck->sheets,
      .figures = deck->expected.size(),
      .differences = deck_differences(deck->expected, deck_counted(*snapshot), home.rules),
      .report = {}};
  const std::int64_t now_us = clock.now_us();
  auto kept = keep_deck_report(
      folder,
      signer.sign(deck_report_text(home, *snapshot, *deck, *expected, check.differences, now_us)),
      now_us);
  if (!kept) return std::unexpected(kept.error());
  check.report = *std::move(kept);
  return check;
}

}  // namespace teller
