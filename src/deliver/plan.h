// Compares each sheet of a delivery with what stands, and says what it becomes. Pure: it knows no clock, no file and no
// thread.
//
// What is asked of each sheet, in this order; the first that fits decides:
//   - Is it of a unit above or below one whose sheets stand for the same contest and method? It is refused: a county's
//     sheet beside those of its precincts would count them twice. (delivery.other_level)
//   - Does it bring first votes by a method that is the sum of others, or is called so, beside votes of the same unit
//     and contest by those others, or the others beside their sum? It is refused (delivery.other_level).
//   - Does a correction or a withdrawal find no figures that stand? It is refused (delivery.nothing_stands).
//   - Does a withdrawal find other figures than those that it names? It is refused (delivery.others_stand): it takes
//     away the figures that were sent by mistake and no others.
//   - Do the same figures stand? The sheet is unchanged.
//   - Is an update of an earlier time than what stands? It is stale. So is one of the time of a withdrawal, or of an
//     earlier one: an old file that comes once more brings nothing back.
//   - Does an update bring back what a correction has replaced? It is stale, until a correction says that it was right.
//   - Does a figure become smaller where the file may have been cut off? The sheet is held.
//   - Is this the first sheet of its place, and does no ballot style give the contest to voters of the unit? It is held,
//     unless the delivery says that sheets may come from elsewhere.
//   - Is this the first sheet of its place, and does it lack an option that more than half of the sheets of this contest
//     and method have, here or among those that stand? It is held, unless the delivery is taken in part.
//   - Otherwise it is sent: as new, in version 1 or the one after a withdrawal; as updated, corrected or withdrawn, in
//     the next version.
//
// A figure that stands, and that the sheet does not mention nor the delivery call unknown, stays as it is, whatever the
// sheet becomes (`kept`).
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

// When the figures of a counted version were true, as its delivery said; nothing if it did not say.
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

// What a sheet that is sent becomes; `stands`: whether figures stand there.
[[nodiscard]] Became sent_as(Sheet::Act act, bool stands);
// Whether this sheet is to be sent.
[[nodiscard]] bool is_sent(Became became);
// Whether figures stand for a key: `sheet` is what StandingSheets::find() gives.
[[nodiscard]] bool has_figures(const Sheet* sheet);

}  // namespace teller
