// What may be said of a sum of figures that units report: the one place that decides whether it is a number, a number
// with parts missing, withheld, unknown or not reported yet. src/publish/figures.h makes such sums of totals that were
// counted, src/results/result_sums.h of files that are not counted yet.
//
// A *cell* is what one reporting unit says of one contest with one voting method.
//
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace teller {

// `partial`: there is a number, and some cells do not give theirs. Only `number` and `partial` have
// a value that may be shown.
enum class FigureState : std::uint8_t { not_reported, number, partial, withheld, unknown };
[[nodiscard]] std::string_view to_text(FigureState state);  // "not reported", "number", …

// One column, or several added up, over cells.
struct TotalFigure {
  std::int64_t sum = 0;           // Of what is known.
  std::uint32_t of = 0;           // Cells heard from.
  std::uint32_t numbers_in = 0;   // Cells in which at least one column is a number.
  std::uint32_t withheld_in = 0;  // Cells in which a column is withheld.
  std::uint32_t unknown_in = 0;   // Cells in which none is withheld and one is unknown.

  [[nodiscard]] FigureState state() const;
  // What may be shown; nothing unless the state is `number` or `partial`.
  [[nodiscard]] std::optional<std::int64_t> value() const;
  [[nodiscard]] bool operator==(const TotalFigure&) const = default;
};

// "1,500", "1,500, withheld in 1 of 3 units", "withheld", "unknown", "not reported yet". `cell`: "unit",
// or "report" where one unit reports once for each of several methods.
[[nodiscard]] std::string in_words(const TotalFigure& figure, std::string_view cell);

}  // namespace teller
