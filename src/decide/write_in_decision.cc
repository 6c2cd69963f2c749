#include "decide/write_in_decision.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "count/count_ballot.h"
#include "decide/count_now.h"
#include "decide/decision_id.h"
#include "log/merkle.h"
#include "store/each_incident.h"

namespace teller {
namespace {

// Of a superseding, beside the bytes of its two ballots: head, reason, eight officers' signatures.
constexpr std::size_t beside_two_ballots_max = 5'000;
constexpr std::size_t marks_max = 255;

Selection* selection_in(Ballot& ballot, ContestId contest) {
  const auto found = std::ranges::find(ballot.selections, contest, &Selection::contest);
  return found == ballot.selections.end() ? nullptr : &*found;
}

// What officers decided about a ballot without what they took back: it ends where an earlier content
// came back.
std::vector<const Superseding*> in_force(std::span<const Superseding> superseded) {
  std::vector<const Superseding*> left;
  for (const Superseding& one : superseded) {
    const auto back = std::ranges::find(left, one.after, &Superseding::before);
    if (back != left.end()) {
      left.erase(back, left.end());
    } else {
      left.push_back(&one);
    }
  }
  return left;
}

// Leaf hashes of what was sent, and not counted when it came.
Result<std::set<Hash>> sent_in_conflict(CountReader& store) {
  std::set<Hash> sent;
  auto read = for_each_incident(store, 0, [&](const IncidentRow& row) {
    if (row.incident.outcome == Outcome::conflict) sent.insert(row.incident.leaf);
  });
  if (!read) return std::unexpected(read.error());
  return sent;
}

class WriteInFinder {
 public:
  // `sent`: sent_in_conflict(), for taking back.
  WriteInFinder(const Definition& definition, const GivingAsked& asked, std::set<Hash> sent)
      : definition_(definition), asked_(asked), sent_(std::move(sent)) {}

  Result<void> look_at(const StandingBallot& standing) {
    auto ballot = read_ballot(definition_, standing.bytes);
    if (!ballot) return std::unexpected(ballot.error());
    Selection* stands = selection_in(*ballot, asked_.contest);
    if (stands == nullptr) return {};
    std::optional<Selection> other;
    if (!asked_.take_back) {
      other = given_to(*stands, asked_.names, asked_.option);
    } else if (auto before = before_giving(standing, *stands); before) {
      other = std::move(*before);
    } else {
      return std::unexpected(before.error());
    }
    if (!other) return {};
    if (standing.is_void) {
      found_.on_void.push_back(standing.id);
      return {};
    }
    propose(standing, *ballot, *stands, std::move(*other));
    return {};
  }

  GivingFound finish() {
    add_moves(after_, 1);
    add_moves(before_, -1);
    // The log has them in the order in which they came.
    for (auto* some : {&found_.marked_too, &found_.overvotes, &found_.still_overvotes,
                       &found_.on_void, &found_.otherwise, &found_.too_long, &found_.settled}) {
      std::ranges::sort(*some);
    }
    return std::move(found_);
  }

 private:
  // What stood in the contest before these names were given, in one decision or in several; nothing
  // where they were not, or where officers decided about the contest once more since. What somebody
  // sent was given by nobody: it settled a conflict, and what it was put in the place of is not what
  // stands on the paper.
  Result<std::optional<Selection>> before_giving(const StandingBallot& standing,
                                                 const Selection& stands) {
    bool were_there = false, is_giving = true, is_settled = false;
    std::optional<Selection> result;
    const std::vector<const Superseding*> decided = in_force(standing.superseded);
    for (std::size_t i = decided.size(); i-- > 0;) {
      is_settled = is_settled || sent_.contains(leaf_hash(decided[i]->after));
      is_giving = is_giving && !is_settled;
      auto before = selection_of(decided[i]->before);
      auto after = selection_of(decided[i]->after);
      if (!before || !after) return std::unexpected((before ? after : before).error());
      if (*before == *after) continue;  // It was about another contest.
      were_there = were_there || given_to(*before, asked_.names, asked_.option);
      is_giving = is_giving && gives_some(*before, *after);
      if (is_giving) result = std::move(*before);
    }
    if (!result && were_there && !given_to(stands, asked_.names, asked_.option)) {
      (is_settled ? found_.settled : found_.otherwise).push_back(standing.id);
    }
    return result;
  }

  // Whether `after` is `before` with a mark in place of some of these names, and of no other.
  [[nodiscard]] bool gives_some(const Selection& before, const Selection& after) const {
    std::set<std::string> gone;
    std::ranges::set_difference(before.write_ins, after.write_ins, std::inserter(gone, gone.end()));
    const auto given = given_to(before, gone, asked_.option);
    return given && *given == after && std::ranges::includes(asked_.names, gone);
  }

  Result<Selection> selection_of(const Bytes& bytes) {
    auto ballot = read_ballot(definition_, bytes);
    if (!ballot) return std::unexpected(ballot.error());
    const Selection* selection = selection_in(*ballot, asked_.contest);
    return selection == nullptr ? Selection{asked_.contest, {}, {}, {}, {}} : *selection;
  }

  void propose(const StandingBallot& standing, Ballot& ballot, const Selection& stands,
               Selection other) {
    const Selection& written = asked_.take_back ? other : stands;
    const bool was = is_overvote(stands, *definition_.rules);
    const bool is = is_overvote(other, *definition_.rules);
    if (was != is) {
      found_.overvotes.push_back(standing.id);
      if (asked_.overvotes == Overvotes::leave) return;
    }
    Ballot in_place = ballot;
    *selection_in(in_place, asked_.contest) = other;
    Bytes bytes = encode(Entry{standing.id, in_place}, definition_.count->id);
    if (other.marks.size() > marks_max ||
        standing.bytes.size() + bytes.size() + beside_two_ballots_max > entry_bytes_max) {
      found_.too_long.push_back(standing.id);
      return;
    }
    if (was && is) found_.still_overvotes.push_back(standing.id);
    if (std::ranges::binary_search(written.marks, asked_.option)) {
      found_.marked_too.push_back(standing.id);
    }
    for (const std::string& name : written.write_ins) {
      if (asked_.names.contains(name)) ++found_.names[name];
    }
    count_ballot(*definition_.rules, ballot, before_);
    count_ballot(*definition_.rules, in_place, after_);
    found_.ballots.emplace(
        standing.id,
        GivingFound::Ballot{Bytes(standing.bytes.begin(), standing.bytes.end()), std::move(bytes)});
  }

  void add_moves(TotalChanges& totals, std::int64_t sign) {
    for (const TotalChange& change : totals.finish()) {
      if (change.key.contest != asked_.contest) continue;
      std::int64_t& by = found_.moves[change.key.slot];
      by += sign * change.by.value;
    }
    std::erase_if(found_.moves, [](const auto& move) { return move.second == 0; });
  }

  const Definition definition_;
  const GivingAsked& asked_;
  const std::set<Hash> sent_;
  GivingFound found_;
  TotalChanges before_, after_;
};

}  // namespace

std::optional<Selection> given_to(const Selection& selection, const std::set<std::string>& names,
                                  OptionId option) {
  Selection given = selection;
  if (std::erase_if(given.write_ins,
                    [&](const std::string& name) { return names.contains(name); }) == 0) {
    return std::nullopt;
  }
  const auto at = std::ranges::lower_bound(given.marks, option);
  if (at == given.marks.end() || *at != option) given.marks.insert(at, option);
  return given;
}

Result<GivingFound> find_write_ins(const Definition& definition, CountReader& store,
                                   Segments& segments, const GivingAsked& asked) {
  auto sent = asked.take_back ? sent_in_conflict(store) : std::set<Hash>();
  if (!sent) return std::unexpected(sent.error());
  WriteInFinder finder(definition, asked, std::move(*sent));
  auto read = for_each_standing_ballot(
      *definition.count, store, segments,
      [&](const StandingBallot& standing) { return finder.look_at(standing); });
  if (!read) return std::unexpected(read.error());
  return finder.finish();
}

Result<Decision> new_write_in_decision(const CountFile& count, Store& store,
                                       const GivingFound& found, const std::string& reason) {
  const auto now = count_now(count, store, Control::Action::supersede, reason);
  if (!now) return std::unexpected(now.error());
  if (found.ballots.empty()) {
    return fail(Remedy::reject, "decision.no_ballot",
                "no ballot that counts has such a name in this contest, or had it given so; "
                "`teller write-ins list` has them as they were written, and `teller resolve` takes "
                "back how a conflict was settled");
  }
  Control control;
  control.action = Control::Action::supersede;
  control.reason = reason;
  Decision decision{count.id, control.action, reason, {}};
  for (const auto& [id, ballot] : found.ballots) {
    control.target = ballot.stands;
    control.other = ballot.other;
    decision.entries.push_back({new_decision_id(), control});
  }
  return decision;
}

}  // namespace teller
