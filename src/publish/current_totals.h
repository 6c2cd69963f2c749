// What a sink knows while it runs: all totals at one commit, and the cards of each reporting unit.
//
// Publications bring only what changed; sums and whole files need everything. It begins empty, is
// told everything once (a publication since commit 0) and then follows. It says for every
// row at which commit it last changed, so that a sink sends on only what is new to its readers.
//
// Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "election/rules.h"
#include "election/unit_places.h"
#include "publish/figures.h"
#include "store/count_store.h"

namespace teller {

class CurrentTotals {
 public:
  // The rules outlive it.
  explicit CurrentTotals(const Rules& rules);

  // Brings in the rows of a later snapshot (all of them, or those that changed).
  void add(const Snapshot& snapshot);

  // Of the last snapshot; 0 before the first.
  [[nodiscard]] std::uint64_t commit() const { return commit_; }
  [[nodiscard]] const std::vector<TotalRow>& rows() const { return totals_; }  // Ascending.

  // The rows of one contest, for ContestFigures.
  [[nodiscard]] std::span<const TotalRow> rows(ContestId contest) const;
  // The commit at which any of them last changed.
  [[nodiscard]] std::uint64_t changed(ContestId contest) const;

  // What lies in the unit itself.
  struct UnitSum {
    std::int64_t cards = 0, sheets = 0;
    std::uint64_t changed = 0;  // 0: never.
    // The cards as pub_units says them: those of ballots. Where the unit has sent sheets instead, how
    // many it has is not known here.
    [[nodiscard]] TotalFigure cards_known() const;
  };
  [[nodiscard]] const UnitSum& unit(UnitId unit) const { return units_.at(unit.value); }

  [[nodiscard]] const UnitPlace& place(UnitId unit) const { return places_.at(unit.value); }

 private:
  void move(const TotalKey& key, const Total& before, const Total& after, std::uint64_t commit);

  std::uint64_t commit_ = 0;
  std::vector<TotalRow> totals_;
  std::vector<std::uint64_t> changed_;  // By contest.
  std::vector<UnitSum> units_;
  std::vector<UnitPlace> places_;
};

// Of an option its id and name, of a counter its name twice.
[[nodiscard]] std::string_view column_id(const Rules& rules, ContestId contest, std::uint16_t slot);
[[nodiscard]] std::string_view column_name(const Rules& rules, ContestId contest,
                                           std::uint16_t slot);

}  // namespace teller
