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
#include "setup/rules_tables.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Json = RulesJson::Json;
using Table = ResultsTable;

// The unit in which a contest is decided that is voted on in several units of which none lies in another.
// Empty: there is no such contest.
std::string whole_of(const Table& table, const Mapping& mapping) {
  const auto root_of = [&](std::uint32_t unit) {
    while (table.units[unit].parent >= 0)
      unit = static_cast<std::uint32_t>(table.units[unit].parent);
    return unit;
  };
  std::map<std::uint32_t, std::uint32_t> roots;  // By contest.
  const bool is_split = std::ranges::any_of(table.cells, [&](const auto& cell) {
    const std::uint32_t root = root_of(cell.unit);
    return roots.emplace(cell.contest, root).first->second != root;
  });
  if (!is_split) return {};
  std::string id = id_of_name(mapping.election.empty() ? "whole" : mapping.election);
  while (std::ranges::any_of(table.units, [&](const auto& unit) { return unit.id == id; }))
    id += " (whole)";
  return id;
}

// A unit's contests make its ballot style. `before`: how many units stand before those of the table.
BallotStyles styles_of(const Table& table, std::size_t before) {
  std::map<std::uint32_t, std::set<std::size_t>> on_ballot;  // By unit.
  for (const auto& cell : table.cells) on_ballot[cell.unit].insert(cell.contest);
  BallotStyles styles;
  for (const auto& [unit, here] : on_ballot)
    static_cast<void>(styles.add(before + unit, "", {here.begin(), here.end()}));
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

// `meet` is the id of the unit in which the contest is decided; empty if no row is about it.
Json contest_json(const Table::Contest& contest, const std::string& meet, const Table& table,
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
  if (!meet.empty()) item["unit"] = meet;
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
  const std::string whole = whole_of(table, mapping);
  const std::int64_t before = whole.empty() ? 0 : 1;
  std::vector<BallotStyles::Unit> units;
  if (!whole.empty()) {
    rules.units.push_back({{"id", whole}, {"name", whole}, {"kind", "whole"}});
    units.push_back({whole, -1});
  }
  for (const auto& unit : table.units) {
    Json item{{"id", unit.id}, {"name", unit.name}, {"kind", unit.kind}};
    if (unit.parent >= 0) {
      item["parent"] = table.units[static_cast<std::size_t>(unit.parent)].id;
    } else if (!whole.empty()) {
      item["parent"] = whole;
    }
    rules.units.push_back(std::move(item));
    units.push_back({unit.id, unit.parent >= 0 ? unit.parent + before : before - 1});
  }
  const BallotStyles styles = styles_of(table, static_cast<std::size_t>(before));
  std::vector<BallotStyles::Contest> contests;
  for (std::size_t i = 0; i < table.contests.size(); ++i) {
    contests.push_back({table.contests[i].id});
    const std::int64_t meet = styles.meeting_of(i, units);
    rules.contests.push_back(contest_json(table.contests[i],
                                          meet < 0 ? "" : units[static_cast<std::size_t>(meet)].id,
                                          table, mapping, from));
  }
  rules.styles = styles.json(contests, units);
  return rules_text(rules);
}

std::vector<std::string> starter_notes(const ResultsTable& table, const Mapping& mapping) {
  std::vector<std::string> notes = name_doubts(table);
  if (const std::string whole = whole_of(table, mapping); !whole.empty()) {
    notes.push_back(fmt::format(
        "no unit of the file holds all that vote on one contest; they were put below one that is "
        "called as the election is, {}. If there is another whole, give it a [[unit]] in the "
        "mapping before the others, as kind = \"state\" and id = \"Ohio\"",
        shown(whole)));
  }
  return notes;
}

}  // namespace teller
