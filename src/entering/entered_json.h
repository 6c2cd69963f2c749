// What was typed of a sheet, as JSON: in the file of a sheet, and in what is sent and told over HTTP.
//
// Pure.
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "election/json_file.h"
#include "entering/entered_sheet.h"

namespace teller {

// A number, "withheld" or "unknown".
[[nodiscard]] nlohmann::ordered_json to_json(Figure figure);
[[nodiscard]] std::optional<Figure> figure_of_json(JsonValue value);
[[nodiscard]] nlohmann::ordered_json to_json(const DoneBy& done_by);

}  // namespace teller
