// Says in words what became of a delivery, for whoever delivered it on a command line. It reads the JSON that
// report_json() of deliver/delivery_json.h makes, so that it speaks alike of a count in this process and of one
// elsewhere.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"

namespace teller::cli {

struct DeliveryTold {
  std::string text;  // Lines for people.
  // Everything that was sent stands now, or stood already; and nothing is left out that was not before.
  bool all_stand = false;
  bool most_fell = false;  // More than half of the figures that changed became smaller.
};

// Errors: reject http.answer_invalid.
[[nodiscard]] Result<DeliveryTold> tell_delivery(std::string_view report_json);
// One of many of a night: a line, and one more for each figure that fell and each sheet that was not
// taken. Errors: as above.
[[nodiscard]] Result<DeliveryTold> tell_delivery_shortly(std::string_view report_json);

// The place of a sheet that has unit, method and contest_name: "Rill/P1, all, Mayor".
[[nodiscard]] std::string place_text(const nlohmann::ordered_json& sheet);

}  // namespace teller::cli
