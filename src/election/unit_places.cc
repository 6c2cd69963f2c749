#include "election/unit_places.h"

namespace teller {

std::vector<UnitPlace> unit_places(const Rules& rules) {
  std::vector<UnitPlace> places(rules.units.size());
  for (std::uint32_t u = 0; u < places.size(); ++u) {
    const auto& parent = rules.units[u].parent;
    if (!parent) continue;
    const UnitPlace& above = places.at(parent->value);
    places[u] = {above.depth + 1, above.depth == 0 ? UnitId{u} : above.top};
  }
  return places;
}

}  // namespace teller
