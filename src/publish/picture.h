// What a sink knows while it runs: all totals at one commit, and their sums by contest option and
// by reporting unit.
//
// Publications bring only what changed; sums and whole files need everything. A picture begins
// empty, is told everything once (a publication since commit 0) and then follows. It says for every
// row at which commit it last changed, so that a sink sends on only what is new to its readers.
//
// Pure; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "election/count_file.h"
#include "election/rules.h"
#include "store/store.h"

namespace teller {

class Picture {
 public:
  // Both outlive the picture.
  Picture(const Rules& rules, const CountFile& count);

  // Brings in the rows of a later snapshot (all of them, or those that changed).
  void add(const Snapshot& snapshot);

  // Of the last snapshot; 0 before the first.
  [[nodiscard]] std::uint64_t commit() const { return commit_; }
  [[nodiscard]] const std::vector<TotalRow>& totals() const { return totals_; }  // Ascending.

  // One column of a contest over all units and methods.
  struct Sum {
    std::int64_t value = 0;
    std::int64_t withheld = 0;  // Figures that are withheld and not in `value`.
  };
  [[nodiscard]] Sum sum(ContestId contest, std::uint16_t slot) const;
  // Valid votes, or cards, as the contest has it; what shares are shares of.
  [[nodiscard]] std::int64_t share_base(ContestId contest) const;
  [[nodiscard]] std::uint64_t changed(ContestId contest) const;

  // What lies in the unit itself.
  struct UnitSum {
    std::int64_t cards = 0, sheets = 0;
    std::uint64_t changed = 0;
  };
  [[nodiscard]] const UnitSum& unit(UnitId unit) const { return units_.at(unit.value); }

  // Where a unit stands in the tree. `top`: the unit of depth 1 above it or itself.
  struct Place {
    std::uint32_t depth = 0;
    std::optional<UnitId> top;
    bool leaf = true;
  };
  [[nodiscard]] const Place& place(UnitId unit) const { return places_.at(unit.value); }

  [[nodiscard]] const Rules& rules() const { return *rules_; }
  [[nodiscard]] const CountFile& count() const { return *count_; }

 private:
  struct ContestSums {
    std::vector<Sum> options;
    std::array<Sum, 9> counters{};
    std::uint64_t changed = 0;
  };
  void move(const TotalKey& key, const Total& before, const Total& after, std::uint64_t commit);

  const Rules* rules_;
  const CountFile* count_;
  std::uint64_t commit_ = 0;
  std::vector<TotalRow> totals_;
  std::vector<ContestSums> contests_;
  std::vector<UnitSum> units_;
  std::vector<Place> places_;
};

// "number", "withheld" or "unknown". Only a number's value may be shown.
[[nodiscard]] std::string_view how(const Rules& rules, const TotalRow& row);

// Of an option its id and name, of a counter its name twice.
[[nodiscard]] std::string_view column_id(const Rules& rules, ContestId contest, std::uint16_t slot);
[[nodiscard]] std::string_view column_name(const Rules& rules, ContestId contest,
                                           std::uint16_t slot);

}  // namespace teller
