#include "setup/starter_rules.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "election/rules_text.h"
#include "setup/ballot_styles.h"

namespace teller {
namespace {

using Json = RulesJson::Json;
using Table = ResultsTable;

// Where the contests of a table are held.
struct Places {
  std::vector<std::int64_t> meets;  // By contest: the unit in which all of its units meet, or -1.
  std::map<std::uint32_t, std::vector<std::uint16_t>>
      on_ballot;  // By unit: its contests, each once.
};

// A contest is decided where all its units meet. A unit's contests make its ballot style.
Places find_places(const Table& table) {
  Places places{.meets = std::vector<std::int64_t>(table.contests.size(), -1), .on_ballot = {}};
  const auto parent = [&](std::int64_t unit) {
    return static_cast<std::int64_t>(table.units[static_cast<std::size_t>(unit)].parent);
  };
  for (const auto& cell : table.cells) {
    auto& here = places.on_ballot[cell.unit];
    if (std::find(here.begin(), here.end(), cell.contest) != here.end()) continue;
    here.push_back(cell.contest);
    std::int64_t& meet = places.meets[cell.contest];
    if (meet < 0) {
      meet = cell.unit;
      continue;
    }
    // A parent has the smaller number: the larger of the two climbs until they are one.
    std::int64_t other = cell.unit;
    while (meet != other && meet >= 0 && other >= 0) {
      (meet > other ? meet : other) = parent(std::max(meet, other));
    }
    if (meet != other) meet = 0;
  }
  for (auto& [unit, here] : places.on_ballot) std::sort(here.begin(), here.end());
  return places;
}

// The people of a ticket, whose names stand in the option's.
Json candidates_of(const Table::Option& option, const Mapping& mapping) {
  Json people = Json::array();
  const auto ids = mapping.candidate_ids.find(option.id);
  std::string_view left = option.name;
  for (std::size_t n = 0; !left.empty(); ++n) {
    const std::size_t at = left.find(mapping.candidate_separator);
    const std::string name(left.substr(0, at));
    left.remove_prefix(at == std::string_view::npos ? left.size()
                                                    : at + mapping.candidate_separator.size());
    const bool has_id = ids != mapping.candidate_ids.end() && n < ids->second.size();
    people.push_back({{"id", has_id ? ids->second[n] : name}, {"name", name}});
  }
  return people;
}

Json option_json(const Table::Option& option, const Table& table, const Mapping& mapping) {
  Json item{{"id", option.id}, {"name", option.name}};
  const auto kind = mapping.option_kinds.find(option.id);
  const bool candidate =
      kind == mapping.option_kinds.end() || kind->second == OptionKind::candidate;
  item["kind"] = candidate                                       ? "candidate"
                 : kind->second == OptionKind::none_of_the_above ? "none_of_the_above"
                                                                 : "measure";
  if (candidate && !mapping.candidate_separator.empty()) {
    item["candidates"] = candidates_of(option, mapping);
  }
  if (!option.parties.empty()) {
    item["parties"] = Json::array();
    for (const auto party : option.parties) item["parties"].push_back(table.parties[party].id);
  }
  return item;
}

// `meet` is the unit in which the contest is decided; below 0 if no row is about it.
Json contest_json(const Table::Contest& contest, std::int64_t meet, const Table& table,
                  const Mapping& mapping, CountedFrom from) {
  std::vector<Json> options;
  for (const auto& option : contest.options) options.push_back(option_json(option, table, mapping));
  Json item{
      {"id", contest.id},
      {"name", contest.name},
      {"kind", "plurality"},
      {"seats", contest.seats > 0 ? contest.seats : mapping.seats},
      {"votes_allowed", contest.votes_allowed > 0 ? contest.votes_allowed : mapping.votes_allowed},
      {"write_ins", mapping.write_ins},
      {"share_base", mapping.share_base}};
  if (!mapping.decides.empty()) item["decides"] = mapping.decides;
  if (meet >= 0) item["unit"] = table.units[static_cast<std::size_t>(meet)].id;
  item["counted_from"] = from == CountedFrom::ballots ? "ballots" : "sheets";
  item["options"] = options;
  return item;
}

std::vector<Json> styles_json(const Places& places, const Table& table) {
  BallotStyles styles;
  for (const auto& [unit, here] : places.on_ballot)
    static_cast<void>(styles.add(unit, "", {here.begin(), here.end()}));
  std::vector<BallotStyles::Contest> contests;
  for (const auto& contest : table.contests) contests.push_back({contest.id});
  std::vector<BallotStyles::Unit> units;
  for (const auto& unit : table.units) units.push_back({unit.id, unit.parent});
  return styles.json(contests, units);
}

}  // namespace

std::string starter_rules(const ResultsTable& table, const Mapping& mapping, CountedFrom from) {
  RulesJson rules;
  rules.election = Json{{"name", mapping.election},
                        {"date", mapping.date},
                        {"time_zone", mapping.time_zone.empty() ? "UTC" : mapping.time_zone}};
  for (const auto& party : table.parties) {
    rules.parties.push_back({{"id", party.id}, {"name", party.name}});
  }
  for (const auto& method : table.methods) {
    rules.methods.push_back({{"id", method.id}, {"name", method.name}});
  }
  for (const auto& unit : table.units) {
    Json item{{"id", unit.id}, {"name", unit.name}, {"kind", unit.kind}};
    if (unit.parent >= 0) item["parent"] = table.units[static_cast<std::size_t>(unit.parent)].id;
    rules.units.push_back(std::move(item));
  }
  const Places places = find_places(table);
  for (std::size_t i = 0; i < table.contests.size(); ++i) {
    rules.contests.push_back(
        contest_json(table.contests[i], places.meets[i], table, mapping, from));
  }
  rules.styles = styles_json(places, table);
  return rules_text(rules);
}

}  // namespace teller
