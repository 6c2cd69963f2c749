#include "election/rules_text.h"

namespace teller {

std::string rules_text(const RulesJson& rules) {
  std::string out = "{\n \"teller\": \"rules/1\",\n \"election\": " + rules.election.dump();
  const auto list = [&](const char* name, const std::vector<RulesJson::Json>& items) {
    out += std::string(",\n \"") + name + "\": [";
    for (std::size_t i = 0; i < items.size(); ++i) {
      out += (i == 0 ? "\n  " : ",\n  ") + items[i].dump();
    }
    out += "\n ]";
  };
  list("parties", rules.parties);
  list("methods", rules.methods);
  list("units", rules.units);
  list("contests", rules.contests);
  list("styles", rules.styles);
  return out + "\n}\n";
}

}  // namespace teller
