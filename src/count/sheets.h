// The sheets that a partition has counted: for each unit, method and contest the figures that stand.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "count/step.h"
#include "count/total_changes.h"
#include "election/entry.h"

namespace teller {

struct SheetKey {
  UnitId unit{};
  MethodId method{};
  ContestId contest{};
  [[nodiscard]] auto operator<=>(const SheetKey&) const = default;
};

[[nodiscard]] SheetKey key_of(const Sheet& sheet);

// The figures of a sheet that are no votes for an option, and the columns they stand in; ascending.
inline constexpr std::array<std::pair<std::uint16_t, Figure Sheet::*>, 7> sheet_counters{{
    {slot::cards, &Sheet::cards},
    {slot::undervotes, &Sheet::undervotes},
    {slot::overvotes, &Sheet::overvotes},
    {slot::blank, &Sheet::blank},
    {slot::invalid, &Sheet::invalid},
    {slot::write_ins, &Sheet::write_ins},
    {slot::registered, &Sheet::registered},
}};

// All figures of a sheet by column, ascending; unknown ones left out.
[[nodiscard]] std::vector<std::pair<std::uint16_t, Figure>> figures_of(const Sheet& sheet);

// The figures that stand for a sheet's key: those of its highest version.
struct SheetState {
  std::uint32_t version = 0;
  std::vector<std::pair<std::uint16_t, Figure>> figures;  // By slot, ascending; unknown left out.

  // False after a withdrawal, which alone has no figure: to the totals the key is as one that was
  // never heard from, and only its version says that lower ones come too late.
  [[nodiscard]] bool reports() const { return !figures.empty(); }
};

// The figures that `sheet` made smaller, going from `before` to `after`, its own; of an update alone:
// a correction is meant to, and a withdrawal has no number.
[[nodiscard]] std::vector<FigureDecrease> decreases_of(const Sheet& sheet, const SheetState& before,
                                                       const SheetState& after);

// Sheets by key, in two layers: what is committed, and above it what a step in the making adds.
class Sheets {
 public:
  // Takes `sheet` if its version is not below the one that stands; an older one changes nothing.
  // `committed` may be null: this is the lowest layer.
  //
  // Restoring calls take(); counting calls count(), which also moves `totals` from the figures
  // before to those after, and notes in `decreases` every figure that an update made smaller.
  void take(const Sheet& sheet, const Sheets* committed);
  void count(const Sheet& sheet, const Sheets* committed, TotalChanges& totals,
             std::vector<FigureDecrease>& decreases);

  // All of `above` stands now; what it replaces is forgotten.
  void adopt(Sheets&& above);

 private:
  [[nodiscard]] const SheetState* find(const SheetKey& key, const Sheets* committed) const;

  std::map<SheetKey, SheetState> sheets_;
};

}  // namespace teller
