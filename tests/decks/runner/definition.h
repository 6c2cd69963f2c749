// What a deck declares before its first card: methods, units, parties, contests, ballot styles, which
// become a rules.json and are read like any other; and officers, who stand in the count file.
#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "election/officers.h"
#include "election/rules.h"
#include "words.h"

namespace teller::deck {

class Definition {
 public:
  // Each takes a line without its first word.
  void methods(Words& words);  // NAME…
  void units(Words& words);    // NAME… [in PARENT]
  void parties(Words& words);  // NAME…
  // NAME [vote-for N] [ranked N] [write-ins] [sheets] [sheets-by METHOD] OPTION…
  void contest(Words& words);
  void style(Words& words);     // NAME card: CONTEST… card: CONTEST…
  void officers(Words& words);  // NAME/ROLE…

  // Adds what a deck may leave out: the method `in-person`, and the style `all` of one card with
  // every contest that counts ballots. Throws Wrong if these are no rules.
  [[nodiscard]] Rules finish();
  [[nodiscard]] const std::vector<Officer>& officers() const { return officers_; }

 private:
  using Json = nlohmann::ordered_json;
  // NAME[=CANDIDATE+CANDIDATE…][/PARTY…], or none-of-the-above.
  [[nodiscard]] static Json option(const std::string& word);

  Json rules_ = {{"teller", "rules/1"},
                 {"election", {{"name", "Deck"}, {"date", "2026-01-01"}, {"time_zone", "UTC"}}},
                 {"parties", Json::array()},
                 {"methods", Json::array()},
                 {"units", Json::array()},
                 {"contests", Json::array()},
                 {"styles", Json::array()}};
  std::vector<Officer> officers_;
};

}  // namespace teller::deck
