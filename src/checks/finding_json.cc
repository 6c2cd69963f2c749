#include "checks/finding_json.h"

#include <utility>

namespace teller {

nlohmann::ordered_json to_json(const CheckFinding& finding, const Rules& rules) {
  using Json = nlohmann::ordered_json;
  Json units = Json::array();
  for (const UnitId unit : finding.units) units.push_back(rules.units.at(unit.value).id);
  return {{"check", to_text(finding.kind)},
          {"severity", to_text(finding.severity)},
          {"contest", finding.contest ? Json(rules.contest(*finding.contest).id) : Json()},
          {"units", std::move(units)},
          {"method", finding.method ? Json(rules.methods.at(finding.method->value).id) : Json()},
          {"what", finding.what},
          {"beside", finding.beside}};
}

}  // namespace teller
