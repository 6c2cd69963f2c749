#include "generate/test_deck.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json_text.h"
#include "generate/card_in_use.h"

namespace teller {
namespace {

constexpr std::size_t marks_max = 255;  // What an entry can say of one contest.
constexpr std::string_view deck_write_in = "Test Deck";

// One way in which a contest is marked, and what that must add.
struct Pattern {
  Selection selection;
  struct Added {
    std::string_view column;  // Empty: an option.
    std::uint32_t option;
    std::uint32_t by;
  };
  std::vector<Added> added;
};

void add_votes(Pattern& pattern, OptionId option) {
  pattern.added.push_back({"", option.value, 1});
}
void add_column(Pattern& pattern, std::string_view column, std::size_t by) {
  if (by > 0) pattern.added.push_back({column, 0, static_cast<std::uint32_t>(by)});
}

Pattern whole(ContestId contest, Selection::Form form, std::string_view column) {
  Pattern pattern{{contest, form, {}, {}, {}}, {}};
  add_column(pattern, column, 1);
  return pattern;
}

// How often an option is chosen alone.
std::uint32_t deck_votes(std::uint32_t option) { return 1 + option % deck_votes_max; }

// The ways of one contest, and the one with which further cards are filled: it chooses the last
// option, which has the most votes already.
struct Ways {
  std::vector<Pattern> patterns;
  Pattern filler;
};

Ways plurality_ways(ContestId id, const Contest& contest) {
  Ways ways;
  const auto n = static_cast<std::uint32_t>(contest.options.size());
  const std::size_t allowed = contest.votes_allowed;
  const auto of = [&](std::uint32_t first, std::size_t marks, std::size_t written) {
    Pattern pattern{{id, Selection::Form::marks, {}, {}, {}}, {}};
    for (std::uint32_t i = 0; i < marks; ++i) pattern.selection.marks.push_back({first + i});
    if (written > 0) pattern.selection.write_ins.emplace_back(deck_write_in);
    if (marks + written > allowed) {
      add_column(pattern, "overvotes", allowed);
      return pattern;
    }
    for (const OptionId option : pattern.selection.marks) add_votes(pattern, option);
    add_column(pattern, "write_ins", written);
    add_column(pattern, "undervotes", allowed - marks - written);
    return pattern;
  };
  for (std::uint32_t i = 0; i < n; ++i) {
    for (std::uint32_t vote = 0; vote < deck_votes(i); ++vote) ways.patterns.push_back(of(i, 1, 0));
  }
  const std::size_t full = std::min({allowed, std::size_t{n}, marks_max});
  if (full > 1) ways.patterns.push_back(of(n - static_cast<std::uint32_t>(full), full, 0));
  ways.patterns.push_back(of(0, 0, 0));
  if (n > allowed && allowed < marks_max) {
    ways.patterns.push_back(of(0, allowed + 1, 0));
  } else if (n == allowed && contest.write_ins && n < marks_max) {
    ways.patterns.push_back(of(0, allowed, 1));
  }
  if (contest.write_ins) ways.patterns.push_back(of(0, 0, 1));
  ways.filler = of(n - 1, 1, 0);
  return ways;
}

Ways ranked_ways(ContestId id, const Contest& contest) {
  Ways ways;
  const auto n = static_cast<std::uint32_t>(contest.options.size());
  const std::size_t allowed = contest.votes_allowed;
  const auto of = [&](std::vector<std::vector<OptionId>> ranks) {
    return Pattern{{id, Selection::Form::ranking, {}, {}, std::move(ranks)}, {}};
  };
  const auto first = [&](std::vector<std::vector<OptionId>> ranks, std::uint32_t option) {
    Pattern pattern = of(std::move(ranks));
    add_votes(pattern, OptionId{option});
    return pattern;
  };
  for (std::uint32_t i = 0; i < n; ++i) {
    for (std::uint32_t vote = 0; vote < deck_votes(i); ++vote) {
      ways.patterns.push_back(first({{OptionId{i}}}, i));
    }
  }
  if (allowed > 1 && n > 1) {  // The last one first, then those before it.
    std::vector<std::vector<OptionId>> all;
    for (std::uint32_t i = n; i > 0 && all.size() < std::min(allowed, marks_max); --i) {
      all.push_back({OptionId{i - 1}});
    }
    ways.patterns.push_back(first(std::move(all), n - 1));
    ways.patterns.push_back(first({{}, {OptionId{n - 1}}}, n - 1));  // Nobody in the first rank.
  }
  if (n > 1) {
    ways.patterns.push_back(of({{OptionId{0}, OptionId{1}}}));
    add_column(ways.patterns.back(), "overvotes", 1);
  }
  ways.patterns.push_back(of({}));
  add_column(ways.patterns.back(), "exhausted", 1);
  ways.filler = first({{OptionId{n - 1}}}, n - 1);
  return ways;
}

Ways ways_of(ContestId id, const Contest& contest) {
  Ways ways =
      contest.kind == ContestKind::ranked ? ranked_ways(id, contest) : plurality_ways(id, contest);
  ways.patterns.push_back(whole(id, Selection::Form::blank, "blank"));
  ways.patterns.push_back(whole(id, Selection::Form::invalid, "invalid"));
  return ways;
}

// Whether voters of the unit are given the style.
bool given_in(const Rules& rules, const Style& style, UnitId unit) {
  if (!style.units) return true;
  for (std::optional<UnitId> at = unit; at; at = rules.units[at->value].parent) {
    if (std::ranges::binary_search(*style.units, *at)) return true;
  }
  return false;
}

class DeckMaker {
 public:
  DeckMaker(const Rules& rules, const CountId& count, const DeckSink& sink)
      : rules_(rules), sink_(sink) {
    Bytes seed;
    ByteWriter writer(seed);
    writer.raw("teller test deck 1\n");
    writer.raw(ByteView(count.bytes));
    id_key_ = sha256(seed);
  }

  Result<TestDeck> make() {
    find_places();
    for (const Place& place : places_) {
      if (auto cast = cast_all(place); !cast) return std::unexpected(cast.error());
    }
    for (std::uint32_t contest = 0; contest < rules_.contests.size(); ++contest) {
      if (auto sent = report(ContestId{contest}); !sent) return std::unexpected(sent.error());
    }
    if (deck_.ballots + deck_.sheets == 0) {
      return fail(Remedy::reject, "generate.no_ballots",
                  "the rules have no card that can be cast and nothing counted from sheets");
    }
    return std::move(deck_);
  }

 private:
  // A card in a unit. `nth`: of each of its contests, which of the places of that contest it is.
  struct Place {
    UnitId unit;
    CardInUse in_use;
    std::vector<std::uint32_t> nth;
  };

  [[nodiscard]] const std::vector<ContestId>& contests_of(const CardInUse& in_use) const {
    return rules_.styles[in_use.style.value].cards[in_use.card - 1U].contests;
  }

  void find_places() {
    places_of_.resize(rules_.contests.size());
    const auto cards = cards_in_use(rules_);
    for (std::uint32_t unit = 0; unit < rules_.units.size(); ++unit) {
      if (!rules_.is_leaf(UnitId{unit})) continue;
      for (const CardInUse& in_use : cards) {
        if (!given_in(rules_, rules_.styles[in_use.style.value], UnitId{unit})) continue;
        Place place{UnitId{unit}, in_use, {}};
        for (const ContestId contest : contests_of(in_use)) {
          place.nth.push_back(places_of_[contest.value]++);
        }
        places_.push_back(std::move(place));
      }
    }
    for (std::uint32_t contest = 0; contest < rules_.contests.size(); ++contest) {
      ways_.push_back(
          places_of_[contest] > 0 ? ways_of(ContestId{contest}, rules_.contests[contest]) : Ways{});
    }
  }

  // The patterns of a contest are dealt out to its places, one after the other.
  const Pattern* dealt(ContestId contest, std::uint32_t nth, std::size_t turn) const {
    const auto& patterns = ways_[contest.value].patterns;
    const std::size_t at = nth + turn * places_of_[contest.value];
    return at < patterns.size() ? &patterns[at] : nullptr;
  }

  Result<void> cast_all(const Place& place) {
    const auto& contests = contests_of(place.in_use);
    const auto left = [&](std::size_t turn) {
      for (std::size_t i = 0; i < contests.size(); ++i) {
        if (dealt(contests[i], place.nth[i], turn) != nullptr) return true;
      }
      return false;
    };
    for (std::size_t turn = 0; turn == 0 || left(turn); ++turn) {
      Entry entry{
          next_id(),
          Ballot{place.unit, place.in_use.style, place.in_use.card, place.in_use.method, {}}};
      Ballot& ballot = std::get<Ballot>(entry.body);
      expect({place.unit, place.in_use.method, DeckKey::whole_unit, "cards", 0}, 1);
      for (std::size_t i = 0; i < contests.size(); ++i) {
        const Pattern* pattern = dealt(contests[i], place.nth[i], turn);
        if (pattern == nullptr) pattern = &ways_[contests[i].value].filler;
        ballot.selections.push_back(pattern->selection);
        const DeckKey key{place.unit, place.in_use.method, contests[i].value, "cards", 0};
        expect(key, 1);
        for (const Pattern::Added& added : pattern->added) {
          expect({key.unit, key.method, key.contest, added.column, added.option}, added.by);
        }
      }
      ++deck_.ballots;
      if (auto sent = sink_(entry); !sent) return sent;
    }
    return {};
  }

  Result<void> report(ContestId contest) {
    std::uint32_t nth = 0;
    for (const UnitId unit : rules_.units_expected(contest)) {
      for (std::uint32_t method = 0; method < rules_.methods.size(); ++method) {
        if (!rules_.counted_from(contest, MethodId{method}, CountedFrom::sheets)) continue;
        Entry entry{{}, sheet_of(contest, unit, MethodId{method}, nth++ % 100)};
        entry.id = sheet_id(std::get<Sheet>(entry.body));
        ++deck_.sheets;
        if (auto sent = sink_(entry); !sent) return sent;
      }
    }
    return {};
  }

  // Every figure of it is another, and they balance: votes, under- and overvotes and write-ins are
  // what its cards may carry.
  Sheet sheet_of(ContestId id, UnitId unit, MethodId method, std::uint32_t nth) {
    const Contest& contest = rules_.contest(id);
    Sheet sheet;
    sheet.unit = unit;
    sheet.method = method;
    sheet.contest = id;
    const auto figure = [&](std::string_view column, std::uint32_t option, std::uint64_t value) {
      expect({unit, method, id.value, column, option}, value);
      return Figure::of(value);
    };
    std::uint64_t marks = 0, most = 0;
    for (std::uint32_t option = 0; option < contest.options.size(); ++option) {
      const std::uint64_t votes = deck_votes(option) + nth;
      sheet.votes.emplace_back(OptionId{option}, figure("", option, votes));
      marks += votes;
      most = std::max(most, votes);
    }
    const std::uint64_t allowed = contest.kind == ContestKind::ranked ? 1 : contest.votes_allowed;
    const std::uint64_t over = 2 * allowed, blank = 3, invalid = 4;  // Two cards are overvoted.
    if (contest.write_ins) {
      sheet.write_ins = figure("write_ins", 0, 5);
      marks += 5;
    }
    // Cards with a mark: no option has more votes than these.
    const std::uint64_t marked = std::max((marks + allowed - 1) / allowed, most) + 1;
    sheet.undervotes = figure("undervotes", 0, marked * allowed - marks);
    sheet.overvotes = figure("overvotes", 0, over);
    sheet.blank = figure("blank", 0, blank);
    sheet.invalid = figure("invalid", 0, invalid);
    sheet.cards = figure("cards", 0, marked + 2 + blank + invalid);
    expect({unit, method, DeckKey::whole_unit, "sheets", 0}, 1);
    return sheet;
  }

  void expect(const DeckKey& key, std::uint64_t by) { deck_.expected[key] += by; }

  EntryId next_id() {
    std::array<char, 8> raw;
    std::memcpy(raw.data(), &deck_.ballots, sizeof(deck_.ballots));
    return derived_id(id_key_, std::string_view(raw.data(), raw.size()));
  }

  const Rules& rules_;
  const DeckSink& sink_;
  Hash id_key_{};
  std::vector<Place> places_;
  std::vector<std::uint32_t> places_of_;  // By contest: how many places it has.
  std::vector<Ways> ways_;                // By contest.
  TestDeck deck_;
};

}  // namespace

Result<TestDeck> make_test_deck(const Rules& rules, const CountId& count, const DeckSink& sink) {
  return DeckMaker(rules, count, sink).make();
}

std::string expected_json(const TestDeck& deck, const Rules& rules, const CountId& count) {
  std::string json = fmt::format(
      "{{\"teller\": \"test-deck/1\", \"count\": \"{}\", \"rules\": \"{}\",\n"
      " \"ballots\": {}, \"sheets\": {}, \"expected\": [",
      count.hex(), to_hex(rules.hash()), deck.ballots, deck.sheets);
  const auto member = [&](std::string_view name, std::string_view value) {
    json += fmt::format("\"{}\": ", name);
    append_json_text(json, value);
    json += ", ";
  };
  bool first = true;
  for (const auto& [key, value] : deck.expected) {
    json += first ? "\n  {" : ",\n  {";
    first = false;
    member("unit", rules.units[key.unit.value].id);
    member("method", rules.methods[key.method.value].id);
    if (key.contest != DeckKey::whole_unit) {
      const Contest& contest = rules.contests[key.contest];
      member("contest", contest.id);
      if (key.column.empty()) member("option", contest.options[key.option].id);
    }
    if (!key.column.empty()) member("column", key.column);
    json += fmt::format("\"votes\": {}}}", value);
  }
  return json + "\n]}\n";
}

}  // namespace teller
