#include "setup/starter_rules.h"

#include <algorithm>
#include <map>
#include <set>
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

// A unit's contests make its ballot style.
BallotStyles styles_of(const Table& table) {
  std::map<std::uint32_t, std::set<std::size_t>> on_ballot;  // By unit.
  for (const auto& cell : table.cells) on_ballot[cell.unit].insert(cell.contest);
  BallotStyles styles;
  for (const auto& [unit, here] : on_ballot)
    static_cast<void>(styles.add(unit, "", {here.begin(), here.end()}));
  return styles;
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
  const BallotStyles styles = styles_of(table);
  std::vector<BallotStyles::Unit> units;
  for (const auto& unit : table.units) units.push_back({unit.id, unit.parent});
  std::vector<BallotStyles::Contest> contests;
  for (std::size_t i = 0; i < table.contests.size(); ++i) {
    contests.push_back({table.contests[i].id});
    rules.contests.push_back(
        contest_json(table.contests[i], styles.meeting_of(i, units), table, mapping, from));
  }
  rules.styles = styles.json(contests, units);
  return rules_text(rules);
}

}  // namespace teller
