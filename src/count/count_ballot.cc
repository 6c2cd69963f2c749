#include "count/count_ballot.h"

#include <algorithm>

namespace teller {
namespace {

// Adds to the columns of one contest of one ballot.
class Columns {
 public:
  Columns(const Ballot& ballot, ContestId contest, TotalChanges& totals)
      : ballot_(ballot), contest_(contest), totals_(totals) {}
  void add(std::uint16_t column, std::size_t by) {
    if (by == 0) return;
    totals_.add({contest_, column, ballot_.unit, ballot_.method}, static_cast<std::int64_t>(by));
  }
  void add(OptionId option) { add(static_cast<std::uint16_t>(option.value), 1); }

 private:
  const Ballot& ballot_;
  ContestId contest_;
  TotalChanges& totals_;
};

void count_marks(const Selection& selection, const Rules& rules, Columns& columns) {
  const std::size_t allowed = rules.contest(selection.contest).votes_allowed;
  if (is_overvote(selection, rules)) {
    // We cannot know which marks were meant, so none of them counts.
    columns.add(slot::overvotes, allowed);
    return;
  }
  for (const OptionId option : selection.marks) columns.add(option);
  columns.add(slot::write_ins, selection.write_ins.size());
  columns.add(slot::undervotes, allowed - selection.marks.size() - selection.write_ins.size());
}

// First preference: the first rank that was used. Several options there: overvoted.
void count_ranking(const Selection& selection, Columns& columns) {
  const auto first =
      std::ranges::find_if(selection.ranks, [](const auto& rank) { return !rank.empty(); });
  if (first == selection.ranks.end()) {
    columns.add(slot::exhausted, 1);
  } else if (first->size() > 1) {
    columns.add(slot::overvotes, 1);
  } else {
    columns.add(first->front());
  }
}

}  // namespace

bool is_overvote(const Selection& selection, const Rules& rules) {
  return selection.form == Selection::Form::marks &&
         selection.marks.size() + selection.write_ins.size() >
             rules.contest(selection.contest).votes_allowed;
}

void count_ballot(const Rules& rules, const Ballot& ballot, TotalChanges& totals) {
  totals.add({whole_unit, slot::cards, ballot.unit, ballot.method}, 1);
  for (const Selection& selection : ballot.selections) {
    Columns columns(ballot, selection.contest, totals);
    columns.add(slot::cards, 1);
    switch (selection.form) {
      case Selection::Form::blank:
        columns.add(slot::blank, 1);
        break;
      case Selection::Form::invalid:
        columns.add(slot::invalid, 1);
        break;
      case Selection::Form::marks:
        count_marks(selection, rules, columns);
        break;
      case Selection::Form::ranking:
        count_ranking(selection, columns);
        break;
    }
  }
}

}  // namespace teller
