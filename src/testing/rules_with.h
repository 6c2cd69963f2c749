// Rules for a test that asks about contests and about nothing else of an election: the rest of a made-up town is
// filled in. Every part is JSON as in rules.json, and can be given where a test needs it otherwise.
#pragma once

#include <string>
#include <string_view>

#include "base/check.h"
#include "election/rules.h"

namespace teller {

struct RulesParts {
  std::string_view parties = "[]";
  std::string_view methods = R"([{"id": "in-person", "name": "In person"}])";
  std::string_view units = R"([{"id": "town", "kind": "town"},
                               {"id": "north", "kind": "precinct", "parent": "town"},
                               {"id": "south", "kind": "precinct", "parent": "town"}])";
  // Without any, contests are counted from sheets.
  std::string_view styles = "[]";
};

// `contests`: a list. What the rules refuse is a fault of the test.
inline Rules rules_with(std::string_view contests, const RulesParts& parts = {}) {
  std::string text =
      R"({"teller": "rules/1", "election": {"name": "City of Ash", "date": "2030-05-05",
          "time_zone": "Europe/Vienna"})";
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append(", \"").append(name).append("\": ").append(value);
  };
  add("parties", parts.parties);
  add("methods", parts.methods);
  add("units", parts.units);
  add("contests", contests);
  add("styles", parts.styles);
  auto rules = Rules::parse(text + "}", "rules.json");
  check(rules.has_value(), rules ? "" : rules.error().detail.c_str());
  return *std::move(rules);
}

}  // namespace teller
