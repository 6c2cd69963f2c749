// Rules and a presentation of an election that nobody holds, of any size.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "election/rules_text.h"
#include "generate/generate.h"
#include "generate/seed_streams.h"

namespace teller {
namespace {

using Json = RulesJson::Json;

constexpr const char* palette[] = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728",
                                   "#9467bd", "#8c564b", "#e377c2", "#7f7f7f",
                                   "#bcbd22", "#17becf", "#393b79", "#637939"};

// The id and the name of the thing at place `number`, from 0; both say it from 1.
std::string numbered_id(const char* word, std::uint32_t number) {
  return fmt::format("{}-{}", word, number + 1);
}

std::string numbered_name(const char* word, std::uint32_t number) {
  return fmt::format("{} {}", word, number + 1);
}

std::vector<Json> make_parties(std::uint32_t parties) {
  std::vector<Json> made;
  for (std::uint32_t i = 0; i < parties; ++i) {
    made.push_back({{"id", numbered_id("party", i)}, {"name", numbered_name("Party", i)}});
  }
  return made;
}

std::vector<Json> make_methods(std::uint32_t methods) {
  constexpr const char* ids[] = {"in-person", "postal", "early"};
  constexpr const char* names[] = {"In person", "By post", "Early"};
  std::vector<Json> made;
  for (std::uint32_t i = 0; i < methods; ++i) {
    made.push_back({{"id", i < 3 ? ids[i] : numbered_id("method", i)},
                    {"name", i < 3 ? names[i] : numbered_name("Method", i)}});
  }
  return made;
}

// A country, about the square root of `precincts` regions, and the precincts dealt out to them.
std::vector<Json> make_units(std::uint32_t precincts) {
  std::vector<Json> made;
  made.push_back({{"id", "land"}, {"name", "The land"}, {"kind", "country"}});
  const auto regions =
      std::max(1U, static_cast<std::uint32_t>(std::sqrt(static_cast<double>(precincts))));
  for (std::uint32_t i = 0; i < regions; ++i) {
    made.push_back({{"id", "land/" + numbered_id("region", i)},
                    {"name", numbered_name("Region", i)},
                    {"kind", "region"},
                    {"parent", "land"}});
  }
  for (std::uint32_t i = 0; i < precincts; ++i) {
    const std::string region = "land/" + numbered_id("region", i % regions);
    made.push_back({{"id", region + "/" + numbered_id("precinct", i)},
                    {"name", numbered_name("Precinct", i)},
                    {"kind", "precinct"},
                    {"parent", region}});
  }
  return made;
}

Json make_options(const GenerateRulesOptions& options, SeededRandom& random) {
  Json made = Json::array();
  for (std::uint32_t i = 0; i < options.options; ++i) {
    Json option{{"id", numbered_id("option", i)}, {"name", numbered_name("Candidate", i)}};
    if (options.parties > 0 && i < options.parties) {
      const std::uint32_t party = (i + random.below(options.parties)) % options.parties;
      option["parties"] = Json::array({numbered_id("party", party)});
    }
    made.push_back(std::move(option));
  }
  return made;
}

std::vector<Json> make_contests(const GenerateRulesOptions& options) {
  SeededRandom random(options.seed, options_stream);
  std::vector<Json> made;
  for (std::uint32_t i = 0; i < options.contests; ++i) {
    const bool ranked = options.contests - i <= options.ranked;
    // The first is vote-for-one; the others for one to three, every third takes write-ins.
    const std::uint32_t allowed =
        ranked ? std::min(options.options, 5U) : std::min(1 + i % 3, options.options);
    made.push_back({{"id", numbered_id("contest", i)},
                    {"name", numbered_name("Contest", i)},
                    {"kind", ranked ? "ranked" : "plurality"},
                    {"seats", ranked ? 1U : allowed},
                    {"votes_allowed", allowed},
                    {"write_ins", !ranked && i % 3 == 1},
                    {"share_base", "votes"},
                    {"decides", ranked ? "more than half of the votes" : "most votes"},
                    {"unit", "land"},
                    {"counted_from", "ballots"},
                    {"options", make_options(options, random)}});
  }
  return made;
}

// One style with all the contests, eight on a card, and one with the first alone.
std::vector<Json> make_styles(std::uint32_t contests) {
  Json cards = Json::array();
  for (std::uint32_t i = 0; i < contests; ++i) {
    if (i % 8 == 0) cards.push_back(Json::array());
    cards.back().push_back(numbered_id("contest", i));
  }
  std::vector<Json> made;
  made.push_back({{"id", "full"}, {"name", "Full"}, {"cards", cards}});
  if (contests > 1) {
    made.push_back({{"id", "short"},
                    {"name", "First contest only"},
                    {"cards", Json::array({Json::array({numbered_id("contest", 0)})})}});
  }
  return made;
}

}  // namespace

std::string generate_rules(const GenerateRulesOptions& options) {
  RulesJson rules;
  rules.election =
      Json{{"name", "Generated election"}, {"date", "2026-01-01"}, {"time_zone", "UTC"}};
  rules.parties = make_parties(options.parties);
  rules.methods = make_methods(options.methods);
  rules.units = make_units(options.units);
  rules.contests = make_contests(options);
  rules.styles = make_styles(options.contests);
  return rules_text(rules);
}

std::string generate_presentation(const GenerateRulesOptions& options) {
  Json parties = Json::object(), looks = Json::object();
  for (std::uint32_t i = 0; i < options.parties; ++i) {
    parties[numbered_id("party", i)] = {{"colour", palette[i % std::size(palette)]}};
  }
  for (std::uint32_t i = 0; i < options.contests; ++i) {
    for (std::uint32_t k = 0; k < options.options; ++k) {
      looks[numbered_id("contest", i) + "/" + numbered_id("option", k)] = {
          {"colour", palette[k % std::size(palette)]}};
    }
  }
  const Json all{{"teller", "presentation/1"},
                 {"title", "Generated election"},
                 {"subtitle", "Nobody cast these ballots"},
                 {"options", looks},
                 {"parties", parties}};
  return all.dump(1) + "\n";
}

}  // namespace teller
