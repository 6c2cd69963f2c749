#include "definition.h"

#include <sstream>

#include "decisions.h"
#include "election/decisions.h"

namespace teller::deck {

void Definition::methods(Words& words) {
  while (!words.done()) rules_["methods"].push_back({{"id", words.next()}});
}

void Definition::units(Words& words) {
  std::vector<std::string> names;
  std::string parent;
  while (!words.done()) {
    if (words.take("in")) {
      parent = words.next();
    } else {
      names.push_back(words.next());
    }
  }
  for (const std::string& name : names) {
    Json unit = {{"id", name}, {"kind", "unit"}};
    if (!parent.empty()) unit["parent"] = parent;
    rules_["units"].push_back(std::move(unit));
  }
}

void Definition::parties(Words& words) {
  while (!words.done()) rules_["parties"].push_back({{"id", words.next()}});
}

void Definition::contest(Words& words) {
  Json contest = {{"id", words.next()}, {"kind", "plurality"}, {"options", Json::array()}};
  while (!words.done()) {
    if (words.take("vote-for")) {
      contest["votes_allowed"] = words.number();
    } else if (words.take("ranked")) {
      contest["kind"] = "ranked";
      contest["votes_allowed"] = words.number();
    } else if (words.take("write-ins")) {
      contest["write_ins"] = true;
    } else if (words.take("sheets")) {
      contest["counted_from"] = "sheets";
    } else if (words.take("sheets-by")) {
      for (const auto& method : rules_["methods"]) {
        contest["counted_from"][method["id"].get<std::string>()] = "ballots";
      }
      contest["counted_from"][words.next()] = "sheets";
    } else {
      contest["options"].push_back(option(words.next()));
    }
  }
  rules_["contests"].push_back(std::move(contest));
}

Definition::Json Definition::option(const std::string& word) {
  if (word == "none-of-the-above") return {{"id", word}, {"kind", "none_of_the_above"}};
  std::istringstream parts(word);
  std::string part, candidate;
  std::getline(parts, part, '/');
  const std::size_t equals = part.find('=');
  Json option = {{"id", part.substr(0, equals)}};
  if (equals != std::string::npos) {
    std::istringstream candidates(part.substr(equals + 1));
    while (std::getline(candidates, candidate, '+')) {
      option["candidates"].push_back({{"id", candidate}});
    }
  }
  while (std::getline(parts, part, '/')) option["parties"].push_back(part);
  return option;
}

void Definition::style(Words& words) {
  Json style = {{"id", words.next()}, {"cards", Json::array()}};
  while (!words.done()) {
    if (words.take("card:")) {
      style["cards"].push_back(Json::array());
    } else {
      const std::string contest = words.next();
      if (style["cards"].empty()) throw Wrong("'card:' must stand before '" + contest + "'");
      style["cards"].back().push_back(contest);
    }
  }
  rules_["styles"].push_back(std::move(style));
}

void Definition::officers(Words& words) {
  while (!words.done()) {
    const std::string word = words.next();
    const std::size_t slash = word.find('/');
    const auto role = role_named(slash == std::string::npos ? "" : word.substr(slash + 1));
    if (!role) throw Wrong("'" + word + "' must be a name and a role: NAME/ROLE");
    officers_.push_back(officer(word.substr(0, slash), *role));
  }
}

Rules Definition::finish() {
  if (rules_["methods"].empty()) rules_["methods"].push_back({{"id", "in-person"}});
  Json card = Json::array();
  for (const auto& contest : rules_["contests"]) {
    if (!contest.contains("counted_from") || contest["counted_from"].is_object()) {
      card.push_back(contest["id"]);
    }
  }
  if (!card.empty()) {
    rules_["styles"].push_back({{"id", "all"}, {"cards", Json::array({card})}});
  }
  auto rules = Rules::parse(rules_.dump(1), "deck");
  if (!rules) throw Wrong(rules.error().detail);
  return std::move(*rules);
}

}  // namespace teller::deck
