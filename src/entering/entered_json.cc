#include "entering/entered_json.h"

#include "base/time.h"
#include "entering/sheet_fields.h"

namespace teller {

nlohmann::ordered_json to_json(Figure figure) {
  if (figure.is_number()) return figure.raw;
  return to_text(figure);
}

std::optional<Figure> figure_of_json(JsonValue value) {
  if (const auto number = value.natural()) {
    return *number < Figure::limit ? std::optional(Figure::of(*number)) : std::nullopt;
  }
  const auto word = value.is_text() ? figure_of_text(value.text()) : std::nullopt;
  return word && !word->is_number() ? word : std::nullopt;
}

nlohmann::ordered_json to_json(const DoneBy& done_by) {
  return {{"by", done_by.by}, {"at", format_utc(done_by.at_us)}, {"reason", done_by.reason}};
}

}  // namespace teller
