#include "count/total_figure.h"

#include <fmt/format.h>

#include "base/grouped.h"

namespace teller {

std::string_view to_text(FigureState state) {
  switch (state) {
    case FigureState::not_reported:
      return "not reported";
    case FigureState::number:
      return "number";
    case FigureState::partial:
      return "partial";
    case FigureState::withheld:
      return "withheld";
    case FigureState::unknown:
      return "unknown";
  }
  return "";
}

FigureState TotalFigure::state() const {
  if (of == 0) return FigureState::not_reported;
  if (withheld_in + unknown_in == 0) return FigureState::number;
  if (numbers_in > 0) return FigureState::partial;
  return withheld_in > 0 ? FigureState::withheld : FigureState::unknown;
}

std::optional<std::int64_t> TotalFigure::value() const {
  const FigureState s = state();
  if (s == FigureState::number || s == FigureState::partial) return sum;
  return std::nullopt;
}

std::string in_words(const TotalFigure& figure, std::string_view cell) {
  const FigureState state = figure.state();
  if (state == FigureState::not_reported) return "not reported yet";
  if (!figure.value()) return std::string(to_text(state));
  std::string text = grouped(static_cast<std::uint64_t>(figure.sum));
  if (state == FigureState::number) return text;
  const std::string of =
      fmt::format("of {} {}{}", grouped(figure.of), cell, figure.of == 1 ? "" : "s");
  if (figure.unknown_in == 0) {
    return text + fmt::format(", withheld in {} {}", grouped(figure.withheld_in), of);
  }
  if (figure.withheld_in == 0) {
    return text + fmt::format(", unknown in {} {}", grouped(figure.unknown_in), of);
  }
  return text + fmt::format(", withheld in {} and unknown in {} {}", grouped(figure.withheld_in),
                            grouped(figure.unknown_in), of);
}

}  // namespace teller
