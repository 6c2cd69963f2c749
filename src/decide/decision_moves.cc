#include "decide/decision_moves.h"

#include <algorithm>
#include <optional>

#include "count/count_ballot.h"
#include "count/total_changes.h"
#include "election/entry.h"

namespace teller {
namespace {

class Moves {
 public:
  Moves(const Rules& rules, const CountId& count) : rules_(rules), count_(count) {}

  void add(const Control& control) {
    if (control.action == Control::Action::void_ballot) {
      count_one(read(control.target), out_);
    } else if (control.action == Control::Action::reinstate) {
      count_one(read(control.target), in_);
    } else if (control.action == Control::Action::supersede) {
      const auto before = read(control.target), after = read(control.other);
      if (!before || !after) return;
      count_one(before, out_);
      count_one(after, in_);
      moves_.in_several += contests_that_differ(*before, *after) > 1 ? 1U : 0U;
    }
  }

  DecisionMoves finish() {
    add_up(in_, 1);
    add_up(out_, -1);
    std::erase_if(moves_.by, [](const auto& move) { return move.second == 0; });
    return std::move(moves_);
  }

 private:
  std::optional<Ballot> read(const Bytes& bytes) {
    Entry entry;
    const bool good = !decode(bytes, rules_, count_, entry);
    const Ballot* ballot = good ? std::get_if<Ballot>(&entry.body) : nullptr;
    if (ballot != nullptr) return *ballot;
    ++moves_.unreadable;
    return std::nullopt;
  }

  void count_one(const std::optional<Ballot>& ballot, TotalChanges& totals) const {
    if (ballot) count_ballot(rules_, *ballot, totals);
  }

  static std::size_t contests_that_differ(const Ballot& before, const Ballot& after) {
    std::size_t differ = 0;
    for (const Selection& one : before.selections) {
      const auto other = std::ranges::find(after.selections, one.contest, &Selection::contest);
      differ += other != after.selections.end() && *other == one ? 0 : 1;
    }
    return differ;
  }

  void add_up(TotalChanges& totals, std::int64_t sign) {
    for (const TotalChange& change : totals.finish()) {
      if (change.key.contest == whole_unit) continue;
      moves_.by[{change.key.contest, change.key.slot}] += sign * change.by.value;
    }
  }

  const Rules& rules_;
  const CountId& count_;
  DecisionMoves moves_;
  TotalChanges in_, out_;
};

}  // namespace

DecisionMoves moves_of(const Decision& decision, const Rules& rules) {
  Moves moves(rules, decision.count);
  for (const Entry& entry : decision.entries) moves.add(std::get<Control>(entry.body));
  return moves.finish();
}

}  // namespace teller
