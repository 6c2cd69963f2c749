// A delivery is the result sheets of one source as somebody sends them, without versions; its report says what
// became of each of them.
//
// These are plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/code.h"
#include "count/sheets.h"
#include "election/entry.h"
#include "election/sheet_act.h"
#include "store/delivery_store.h"

namespace teller {

// How far ahead of ours the clock of whoever says a time may be.
inline constexpr std::int64_t future_us_max = 600'000'000;

// A sheet that waits: a row of it was refused where the file was read, and half a sheet is no result.
struct HeldSheet {
  SheetKey key;
  std::string why;  // The first refused row in words; may be empty.
};

// Figures of a sheet of which the sender says that they are not known. A figure that is neither here nor in the sheet
// is not mentioned, and keeps what stands.
struct UnknownFigures {
  SheetKey key;
  std::vector<std::uint16_t> columns;  // Of options, or slots of count/step.h.
};

struct Delivery {
  std::string source;                              // Who the figures are of: "Rill County".
  std::string file;                                // What the sender called it; may be empty.
  std::optional<std::int64_t> figures_at_us = {};  // When they were true; empty: nobody said.
  // Where nobody said: when the file came, by its time of modification. It is taken instead, unless the
  // same was delivered before, whose time stays.
  std::optional<std::int64_t> came_at_us = {};
  // What is meant: newer figures, a correction of wrong ones, or that the figures of these sheets
  // are taken away, for they do not belong there.
  Sheet::Act act = Sheet::Act::update;
  std::string reason = {};  // Not empty but for an update.
  std::string sender = {};
  std::vector<Sheet> sheets = {};    // Each key once; version, act and reason in them mean nothing.
  std::vector<HeldSheet> held = {};  // None of them is among `sheets`.
  std::vector<UnknownFigures> unknown = {};  // Of `sheets`; each key once.
  // Of `sheets`: the file ends within their last line. A figure of them that falls may be cut off.
  std::vector<SheetKey> cut = {};
  // What of the file is in no sheet and may be results: rows of places that nobody knows, columns that nobody reads. It
  // stands in the delivery's record.
  std::string noted = {};
  // First figures of a place without those that most sheets of its contest have are taken; else they are held.
  bool in_part = false;
  // Sheets of units in which no ballot style gives their contest are taken; else they are held.
  bool elsewhere = false;
};

enum class Became {
  fresh,      // The first figures of this key.
  updated,    // Other figures than those that stood.
  corrected,  // The same, and it was said why the old ones were wrong.
  withdrawn,  // The figures that stood are taken away.
  unchanged,  // The same figures stood already: nothing was sent.
  stale,      // Older than what stands, or withdrawn since: left out; then `detail` says so.
  refused,    // Not taken; `code` and `detail` say why.
  held,  // Not sent, for it is not whole: a row of it was refused or is missing; `detail` says which.
  waiting,  // Recorded, and not counted yet: its partition is halted.
};
[[nodiscard]] std::string_view to_text(Became became);  // "new", "updated", …

// One sheet, and what became of it.
struct SheetReport {
  Sheet sheet;  // With the version that it got; 0: none. Of a held one only its place.
  Became became = Became::fresh;
  std::optional<Sheet> before = {};  // What stood, if anything did.
  Code code = {};                    // When it was refused.
  std::string detail = {};
  // Of one that was sent: how its votes do not go with its cards (against_cards()); mostly empty.
  std::string against_cards = {};
  bool not_whole = false;  // Of one that is held for want of a row, or of a line's end.
  // What stood and stays, for the delivery does not mention it; mostly empty.
  std::vector<std::pair<std::uint16_t, Figure>> kept = {};
};

struct DeliveryReport {
  std::uint64_t number = 0;  // Of the delivery; 0: nothing of it was new, and none was stored.
  // Then: the delivery that said the same before. Its sheets are told as they would be now: unchanged,
  // or stale where later figures stand by now.
  std::uint64_t again = 0;
  std::optional<std::int64_t> figures_at_us = {};
  std::vector<SheetReport> sheets;  // By key. Unchanged ones are among them.
  // Something was noted that was not in the update before of this source, which there was.
  bool noted_is_new = false;
  // Sheets that stand, that this source has delivered, and that this delivery does not mention:
  // they keep their figures.
  std::vector<Sheet> missing;
  [[nodiscard]] std::uint64_t count_of(Became became) const;
  // Whether all that was sent stands now, or stood already.
  [[nodiscard]] bool all_stand() const;
};

// What the store keeps as the reason of a delivery: its own, and what was noted.
[[nodiscard]] std::string recorded_reason(const Delivery& delivery);

// What check 13 of `teller verify` will say of a sheet's votes and its cards (verify/vote_law.h); empty: nothing.
[[nodiscard]] std::string against_cards(const Sheet& sheet, const Rules& rules);

// Whether they say the same figures, whatever their versions.
[[nodiscard]] bool same_figures(const Sheet& a, const Sheet& b);

// How many figures of `after` are smaller than the same of `before`, or not known any more.
[[nodiscard]] std::size_t smaller_figures(const Sheet& before, const Sheet& after);

}  // namespace teller
