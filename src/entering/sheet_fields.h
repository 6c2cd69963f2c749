// What the figures of a result sheet are called where people type them: an option by its id, and the other figures by
// their names ("cards", "blank"). Where an option has the name of such a figure, both are written with what they are:
// "option:blank", "figure:blank".
//
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "count/sheets.h"
#include "election/rules.h"

namespace teller {

// By column (count/step.h), ascending; what is unknown is left out.
using SheetFigures = std::vector<std::pair<std::uint16_t, Figure>>;

// All columns that a sheet of the contest can have: its options, then the other figures.
[[nodiscard]] std::vector<std::uint16_t> sheet_columns(const Contest& contest);
[[nodiscard]] std::string field_of(std::uint16_t column, const Contest& contest);
// For people: the option's name, or the figure's.
[[nodiscard]] std::string field_name(std::uint16_t column, const Contest& contest);
// Errors: reject entering.figures_invalid (no figure of the contest is called so, or two are).
[[nodiscard]] Result<std::uint16_t> column_called(std::string_view field, const Contest& contest);

// "120", "withheld", "unknown".
[[nodiscard]] std::string to_text(Figure figure);
[[nodiscard]] std::optional<Figure> figure_of_text(std::string_view text);

[[nodiscard]] Figure figure_at(const SheetFigures& figures, std::uint16_t column);
// In place of what stood there; unknown: nothing does.
void put_figure(SheetFigures& figures, std::uint16_t column, Figure figure);
[[nodiscard]] Sheet sheet_of(const SheetKey& key, const SheetFigures& figures);

// Of all figures that somebody typed, an unknown one with that word: those that are known. An option
// that was left out is a fault and not a 0. Errors: reject entering.figures_invalid.
[[nodiscard]] Result<SheetFigures> typed_figures(
    const std::vector<std::pair<std::string, Figure>>& typed, const Contest& contest);

}  // namespace teller
