// How a rules.json that we make is laid out: one thing a line, so that it can be read, compared and
// pointed at. The same values give the same bytes. No errors: whether they are good rules is for
// Rules::parse() to say. Called by starter_rules.cc and generate_rules.cc.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace teller {

// The members of a rules.json (schema/rules.schema.json), one object each in the lists.
struct RulesJson {
  using Json = nlohmann::ordered_json;

  Json election;
  std::vector<Json> parties, methods, units, contests, styles;
};

[[nodiscard]] std::string rules_text(const RulesJson& rules);

}  // namespace teller
