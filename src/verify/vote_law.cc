#include "verify/vote_law.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include <fmt/format.h>

namespace teller {
namespace {

// What one unit says of one contest with one method.
struct Place {
  std::int64_t votes = 0, left_out = 0, most = 0;  // Of what is known.
  std::optional<std::int64_t> cards;
  std::uint32_t options = 0;  // Known.
  bool write_ins = false, undervotes = false, overvotes = false, blank = false, invalid = false;
  bool to_hold = false;         // Some figure that cards can be held against.
  bool says_something = false;  // Of a sheet; false where its rows stand at nothing.
};

void add(Place& place, std::uint16_t column, const Total& total, bool from_sheets) {
  place.says_something = place.says_something || total.known + total.withheld > 0;
  if (from_sheets && total.known == 0) return;
  switch (column) {
    case slot::cards:
      place.cards = total.value;
      return;
    case slot::registered:
    case slot::sheets:
      return;
    case slot::blank:
    case slot::invalid:
      place.left_out += total.value;
      (column == slot::blank ? place.blank : place.invalid) = true;
      place.to_hold = true;
      return;
    case slot::undervotes:
      place.undervotes = true;
      break;
    case slot::overvotes:
      place.overvotes = true;
      break;
    case slot::write_ins:
      place.write_ins = true;
      break;
    default:
      break;
  }
  place.to_hold = true;
  place.votes += total.value;
  if (column < slot::first_counter) {
    ++place.options;
    place.most = std::max(place.most, total.value);
  }
}

// A sheet has no figure for exhausted ballots, so that one of a ranked contest never says it all.
bool says_all(const Place& place, const Contest& contest) {
  return contest.kind != ContestKind::ranked && place.options == contest.options.size() &&
         (place.write_ins || !contest.write_ins) && place.undervotes && place.overvotes &&
         place.blank && place.invalid;
}

}  // namespace

VoteLaw against_vote_law(const Rules& rules, const std::vector<TotalRow>& totals) {
  std::map<std::tuple<ContestId, UnitId, MethodId>, Place> places;
  for (const TotalRow& row : totals) {
    const auto& [contest, column, unit, method] = row.key;
    if (contest == whole_unit) continue;
    const bool from_sheets = rules.counted_from(contest, method, CountedFrom::sheets);
    add(places[{contest, unit, method}], column, row.total, from_sheets);
  }
  VoteLaw law;
  for (const auto& [at, place] : places) {
    const auto& [id, unit, method] = at;
    const Contest& contest = rules.contest(id);
    const bool from_sheets = rules.counted_from(id, method, CountedFrom::sheets);
    if (from_sheets && !place.says_something) continue;
    if (!from_sheets) ++law.ballots;
    const bool in_full = !from_sheets || (place.cards && says_all(place, contest));
    if (from_sheets) {
      const bool in_part = place.cards && place.to_hold;
      ++(in_full ? law.sheets_in_full : in_part ? law.sheets_in_part : law.sheets_not);
      if (!in_part) continue;
    }
    const std::int64_t allowed =
        contest.kind == ContestKind::ranked ? 1 : std::int64_t{contest.votes_allowed};
    const std::int64_t cards = place.cards.value_or(0) - place.left_out;
    const bool balances = in_full ? place.votes == allowed * cards : place.votes <= allowed * cards;
    if (balances && (!from_sheets || place.most <= cards)) continue;
    law.wrong.push_back(fmt::format(
        "contest {} in {}, {}: {} votes, undervotes and overvotes on {} cards with {} each{}",
        contest.id, rules.units[unit.value].id, rules.methods[method.value].id, place.votes, cards,
        allowed, balances ? fmt::format(", and {} of them for one option", place.most) : ""));
  }
  return law;
}

std::string sheets_in_words(const VoteLaw& law) {
  if (law.sheets_in_full + law.sheets_in_part + law.sheets_not == 0) return "";
  return fmt::format(
      "result sheets against their cards: {} in full, {} as far as they say, {} cannot be checked",
      law.sheets_in_full, law.sheets_in_part, law.sheets_not);
}

}  // namespace teller
