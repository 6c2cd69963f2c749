// The third step of an import: the rows of a table in the numbers of the rules.
#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "count/step.h"
#include "results/import.h"
#include "results/row_faults.h"

namespace teller {
namespace {

// What the rules know of the things of a table, by their places there.
struct Known {
  struct Option {
    std::optional<OptionId> id;
    std::string wrong_party;  // A party of the table that the rules do not give it; mostly empty.
  };
  std::vector<std::optional<UnitId>> units;
  std::vector<std::optional<ContestId>> contests;
  std::vector<std::optional<MethodId>> methods;
  std::vector<std::vector<Option>> options;  // [contest][option]
};

Known::Option find_option(const ResultsTable& table, const ResultsTable::Option& option,
                          const Rules& rules, ContestId contest) {
  Known::Option found{.id = rules.find_option(contest, option.id), .wrong_party = {}};
  if (!found.id) return found;
  const auto& known = rules.contest(contest).options.at(found.id->value).parties;
  for (const auto party : option.parties) {
    const std::string& id = table.parties[party].id;
    if (std::none_of(known.begin(), known.end(), [&](const PartyId candidate) {
          return rules.parties.at(candidate.value).id == id;
        })) {
      found.wrong_party = id;
    }
  }
  return found;
}

Known find_known(const ResultsTable& table, const Rules& rules) {
  Known known;
  for (const auto& unit : table.units) known.units.push_back(rules.find_unit(unit.id));
  for (const auto& method : table.methods) known.methods.push_back(rules.find_method(method.id));
  for (const auto& contest : table.contests) {
    const auto id = rules.find_contest(contest.id);
    known.contests.push_back(id);
    auto& options = known.options.emplace_back();
    for (const auto& option : contest.options) {
      options.push_back(id ? find_option(table, option, rules, *id) : Known::Option{});
    }
  }
  return known;
}

// Whether the rules know all that `cell` names; if not, its fault is noted.
bool check_known(ResultsTable& table, const ResultsTable::Cell& cell, const Known& known) {
  const auto unknown = [&](Code code, const char* what, const std::string& id, const char* advice) {
    refuse_row(table, cell.line, code,
               fmt::format("the rules have no {} \"{}\"{}", what, id, advice));
    return false;
  };
  const auto& contest = table.contests[cell.contest];
  if (!known.units[cell.unit]) {
    return unknown("import.unit_unknown", "reporting unit", table.units[cell.unit].id, "");
  }
  if (!known.contests[cell.contest]) {
    return unknown("import.contest_unknown", "contest", contest.id,
                   "; give it its id in [contest.ids], or leave such rows out with [where]");
  }
  if (!known.methods[cell.method]) {
    return unknown("import.method_unknown", "voting method", table.methods[cell.method].id,
                   "; give it its id in [method.ids]");
  }
  if (cell.column >= slot::first_counter) return true;
  const Known::Option& option = known.options[cell.contest][cell.column];
  if (!option.id) {
    return unknown("import.option_unknown", "option", contest.options[cell.column].id,
                   "; give it its id in [option.ids], or name it in figures or skip of [option]");
  }
  if (!option.wrong_party.empty()) {
    refuse_row(table, cell.line, "import.party_differs",
               fmt::format("\"{}\" stands for the party \"{}\" here, not in the rules",
                           contest.options[cell.column].id, option.wrong_party));
    return false;
  }
  return true;
}

}  // namespace

BoundResults bind(ResultsTable& table, const Rules& rules) {
  BoundResults bound;
  for (const Contest& contest : rules.contests) bound.sums.emplace_back(contest.options.size());
  const Known known = find_known(table, rules);
  for (const auto& cell : table.cells) {
    if (!check_known(table, cell, known)) continue;
    BoundResults::Row row{.unit = *known.units[cell.unit],
                          .method = *known.methods[cell.method],
                          .contest = *known.contests[cell.contest],
                          .column = cell.column,
                          .withheld = cell.withheld,
                          .value = cell.value};
    if (cell.column < slot::first_counter) {
      row.column = static_cast<std::uint16_t>(known.options[cell.contest][cell.column].id->value);
      bound.sums[row.contest.value][row.column] += row.value;
    }
    bound.rows.push_back(row);
  }
  std::sort(bound.rows.begin(), bound.rows.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.unit, a.method, a.contest, a.column) <
           std::tuple(b.unit, b.method, b.contest, b.column);
  });
  settle_faults(table);
  return bound;
}

}  // namespace teller
