// What each sheet of a delivery becomes, compared with what stands. Pure: no clock, no file, no
// thread.
//
// The rules, in this order, for each sheet:
//   - A unit above or below one whose sheets stand for the same contest and method is refused: a
//     county's sheet beside those of its precincts would count them twice. (delivery.other_level)
//   - A figure that stands and that the sheet does not mention, nor the delivery calls unknown, stays as it is, in
//     whatever the sheet becomes (`kept`).
//   - The figures that stand: unchanged.
//   - An update with other figures, of an earlier time than what stands: stale. So is one of the time
//     of a withdrawal, or earlier: an old file that comes once more brings nothing back.
//   - Figures come again that a correction has replaced: stale, until a correction says that they were right.
//   - A figure falls that stands where the file was cut off, perhaps: held.
//   - Nothing stands, and there is no figure of an option that more than half of the sheets of this contest and method
//     have, here or among those that stand: held, unless the delivery is taken in part.
//   - Nothing stands: new, in version 1 or the one after a withdrawal. A correction of nothing is
//     refused (delivery.nothing_stands), and so is a withdrawal.
//   - Other figures stand: updated or corrected, in the next version. A withdrawal takes away the
//     figures that were sent by mistake and no others, so it is refused where other ones stand
//     (delivery.others_stand).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "deliver/delivery.h"
#include "deliver/standing_sheets.h"
#include "election/rules.h"

namespace teller {

// When the figures of a counted version were true, as its delivery said; nothing if it came without.
using FiguresAt =
    std::function<std::optional<std::int64_t>(const SheetKey& key, std::uint32_t version)>;

// What each sheet of `delivery` becomes, by key; sheets that are to be sent have version, act and
// reason, and Became::fresh, updated, corrected or withdrawn. `figures_at_us` is the delivery's.
[[nodiscard]] std::vector<SheetReport> plan(const Delivery& delivery,
                                            std::optional<std::int64_t> figures_at_us,
                                            const StandingSheets& standing,
                                            const FiguresAt& figures_at, const Rules& rules);

// Gives `sheet` the figures of `stands` that it does not have and that are not among `unknown`, and says which.
[[nodiscard]] std::vector<std::pair<std::uint16_t, Figure>> keep_figures(
    Sheet& sheet, const Sheet& stands, const UnknownFigures* unknown);

// What a sheet that is sent becomes, where figures stand or do not.
[[nodiscard]] Became sent_as(Sheet::Act act, bool stands);
// Whether this sheet is to be sent.
[[nodiscard]] bool is_sent(Became became);
// Whether figures stand for a key: `sheet` is what StandingSheets::find() gives.
[[nodiscard]] bool has_figures(const Sheet* sheet);

}  // namespace teller
