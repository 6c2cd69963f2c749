// The third step of an import: the rows of a table in the numbers of the rules.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>

#include <fmt/format.h>

#include "count/step.h"
#include "results/held_sheets.h"
#include "results/import.h"
#include "results/name_hints.h"
#include "results/row_faults.h"
#include "results/voted_on.h"
#include "tables/unicode.h"

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
  std::vector<bool> options_missing;         // By contest: the rules have options that no row has.
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
    std::set<OptionId> met;
    for (const auto& option : options) {
      if (option.id) met.insert(*option.id);
    }
    known.options_missing.push_back(id && met.size() < rules.contest(*id).options.size());
  }
  return known;
}

// What an unknown name may have been before. Made when first asked, for mostly nobody asks.
class Hints {
 public:
  explicit Hints(const Rules& rules) : rules_(rules) {}

  std::string unit(const ResultsTable& table, std::uint32_t unit) {
    if (!units_) {
      units_.emplace();
      for (const Unit& known : rules_.units) {
        const std::string parent = known.parent ? rules_.units[known.parent->value].id : "";
        (*units_)[parent].add(known.name);
      }
    }
    const auto& [id, name, kind, parent] = table.units[unit];
    const auto siblings =
        units_->find(parent < 0 ? "" : table.units[static_cast<std::size_t>(parent)].id);
    return siblings == units_->end() ? "" : siblings->second.hint(name);
  }

  std::string option(ContestId contest, const std::string& id) {
    const auto [known, is_new] = options_.try_emplace(contest);
    if (is_new) {
      for (const auto& option : rules_.contest(contest).options) known->second.add(option.id);
    }
    return known->second.hint(id);
  }

 private:
  const Rules& rules_;
  std::optional<std::map<std::string, NameHints>> units_;
  std::map<ContestId, NameHints> options_;
};

// Whether the contest of `cell`, which the rules know, is voted on in its unit; if not, that is noted.
bool check_voted_on(ResultsTable& table, const ResultsTable::Cell& cell, const Known& known,
                    VotedOn& voted_on, bool& is_elsewhere) {
  if (voted_on.in(*known.units[cell.unit], *known.contests[cell.contest])) return true;
  if (table.elsewhere_allowed) return is_elsewhere = true;
  refuse_row(table, {.line = cell.line,
                     .code = "import.contest_unknown",
                     .detail = fmt::format(
                         "{}; correct the unit, or say elsewhere = \"allow\" in [contest]",
                         VotedOn::not_in(shown(table.units[cell.unit].id),
                                         shown(table.contests[cell.contest].id)))});
  return false;
}

// Whether the rules know all that `cell` names; if not, its fault is noted.
bool check_known(ResultsTable& table, const ResultsTable::Cell& cell, const Known& known,
                 Hints& hints) {
  const auto unknown = [&](Code code, const char* what, const std::string& id,
                           const std::string& advice) {
    refuse_row(table,
               {.line = cell.line,
                .code = code,
                .detail = fmt::format("the rules have no {} {}{}", what, shown(id), advice)});
    return false;
  };
  const auto& contest = table.contests[cell.contest];
  if (!known.units[cell.unit]) {
    return unknown("import.unit_unknown", "reporting unit", table.units[cell.unit].id,
                   hints.unit(table, cell.unit));
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
    return unknown(
        "import.option_unknown", "option", contest.options[cell.column].id,
        hints.option(*known.contests[cell.contest], contest.options[cell.column].id) +
            "; give it its id in [option.ids], or name it in figures or skip of [option]");
  }
  if (!option.wrong_party.empty()) {
    refuse_row(table, {.line = cell.line,
                       .code = "import.party_differs",
                       .detail = fmt::format("{} stands for the party {} here, not in the rules",
                                             shown(contest.options[cell.column].id),
                                             shown(option.wrong_party))});
    return false;
  }
  return true;
}

// Where a cell belongs that names something unknown: what is unknown may be another's name, misspelled.
ResultsTable::Refused place_of(const ResultsTable& table, const ResultsTable::Cell& cell,
                               const Known& known) {
  ResultsTable::Refused row{.line = cell.line};
  const bool unit = known.units[cell.unit].has_value();
  const std::int64_t parent = table.units[cell.unit].parent;
  row.unit = unit                                                           ? cell.unit
             : parent >= 0 && known.units[static_cast<std::size_t>(parent)] ? parent
                                                                            : -1;
  const bool contest = known.contests[cell.contest].has_value();
  if (contest) row.contest = cell.contest;
  const bool method = known.methods[cell.method].has_value();
  if (method) row.method = cell.method;
  row.certain = unit && contest && method;
  const bool column =
      cell.column >= slot::first_counter || known.options[cell.contest][cell.column].id.has_value();
  if (contest && column) row.column = cell.column;
  return row;
}

// The sheets that are held, in the numbers of the rules: also those of which every row was refused.
std::map<BoundResults::Key, std::uint64_t> held_keys(const ResultsTable& table, const Known& known,
                                                     std::span<const TableSheet> sheets) {
  std::map<BoundResults::Key, std::uint64_t> held;
  const auto add = [&](std::size_t unit, std::size_t method, std::size_t contest,
                       std::uint64_t line) {
    if (!known.units[unit] || !known.methods[method] || !known.contests[contest]) return;
    const BoundResults::Key key{*known.units[unit], *known.methods[method],
                                *known.contests[contest]};
    std::uint64_t& first = held[key];
    if (first == 0 || (line > 0 && line < first)) first = line;
  };
  for (const TableSheet& sheet : sheets) {
    const auto& cell = table.cells[sheet.begin];
    if (sheet.held) add(cell.unit, cell.method, cell.contest, sheet.line);
  }
  for (const auto& row : table.refused) {
    if (row.certain)
      add(static_cast<std::size_t>(row.unit), static_cast<std::size_t>(row.method),
          static_cast<std::size_t>(row.contest), row.line);
  }
  return held;
}

// Where the mapping says that a row that is missing means 0: each option of the rules that a sheet with votes does not
// mention. Of a sheet that is taken in part the row may be one that was refused.
bool add_zeros(BoundResults& bound, const Rules& rules) {
  bool added = false;
  using Key = BoundResults::Key;
  std::map<Key, std::set<std::uint16_t>> sheets;
  for (const BoundResults::Row& row : bound.rows) {
    const Key key{row.unit, row.method, row.contest};
    if (row.column < slot::first_counter && !bound.held.contains(key))
      sheets[key].insert(row.column);
  }
  for (const auto& [key, columns] : sheets) {
    const auto unknown = bound.unknown.find(key);
    for (std::uint16_t i = 0; i < rules.contest(key.contest).options.size(); ++i) {
      if (columns.contains(i) || (unknown != bound.unknown.end() && unknown->second.contains(i)))
        continue;
      bound.rows.push_back(
          {.unit = key.unit, .method = key.method, .contest = key.contest, .column = i});
      added = true;
    }
  }
  return added;
}

// A figure by its place in the table, in the numbers of the rules.
std::optional<std::uint16_t> column_of(const Known& known, std::size_t contest,
                                       std::uint16_t column) {
  if (column >= slot::first_counter) return column;
  const auto& option = known.options[contest][column].id;
  if (!option) return std::nullopt;
  return static_cast<std::uint16_t>(option->value);
}

// What the file says is not known, in the numbers of the rules.
void bind_unknown(const ResultsTable& table, const Known& known, BoundResults& bound) {
  for (const auto& cell : table.unknown) {
    const auto& unit = known.units[cell.unit];
    const auto& contest = known.contests[cell.contest];
    const auto& method = known.methods[cell.method];
    if (!unit || !contest || !method) continue;
    if (const auto column = column_of(known, cell.contest, cell.column))
      bound.unknown[{*unit, *method, *contest}].insert(*column);
  }
}

// Of sheets that are taken in part: the figures of refused rows are not known. Where a row may be of a sheet and does
// not say of which figure, each that the sheet has not may be meant; one that does not even name its unit says nothing.
void bind_refused(const ResultsTable& table, const Known& known, const Rules& rules,
                  BoundResults& bound) {
  std::map<BoundResults::Key, std::set<std::uint16_t>> has;
  for (const BoundResults::Row& row : bound.rows)
    has[{row.unit, row.method, row.contest}].insert(row.column);
  std::map<UnitId, std::vector<BoundResults::Key>> held;
  for (const auto& [key, line] : bound.held) held[key.unit].push_back(key);
  for (const ResultsTable::Refused& row : table.refused) {
    if (row.unit < 0) continue;
    const auto& unit = known.units[static_cast<std::size_t>(row.unit)];
    const auto mine = unit ? held.find(*unit) : held.end();
    if (mine == held.end()) continue;
    for (const BoundResults::Key& key : mine->second) {
      const auto contest = static_cast<std::size_t>(row.contest);
      const bool is_other =
          (row.contest >= 0 && known.contests[contest] != key.contest) ||
          (row.method >= 0 && known.methods[static_cast<std::size_t>(row.method)] != key.method);
      if (is_other) continue;
      auto& unknown = bound.unknown[key];
      const bool is_counter = row.column >= slot::first_counter;
      const auto column = row.column >= 0 && (row.contest >= 0 || is_counter)
                              ? column_of(known, contest, static_cast<std::uint16_t>(row.column))
                              : std::nullopt;
      if (column) {
        if (!has[key].contains(*column)) unknown.insert(*column);
        continue;
      }
      for (std::uint16_t i = 0; i < rules.contest(key.contest).options.size(); ++i) {
        if (!has[key].contains(i)) unknown.insert(i);
      }
    }
  }
}

}  // namespace

BoundResults bind(ResultsTable& table, const Rules& rules, Incomplete incomplete) {
  BoundResults bound;
  const Known known = find_known(table, rules);
  std::vector<ResultsTable::Cell> cells;
  Hints hints(rules);
  VotedOn voted_on(rules);
  bool is_elsewhere = false;
  for (const auto& cell : table.cells) {
    if (check_known(table, cell, known, hints) &&
        check_voted_on(table, cell, known, voted_on, is_elsewhere)) {
      cells.push_back(cell);
    } else {
      table.refused.insert(place_of(table, cell, known));
    }
  }
  table.cells = std::move(cells);
  const auto sheets = sheets_of(table, known.options_missing);
  bound.held = held_keys(table, known, sheets);
  for (const auto& cell : table.cells) {
    BoundResults::Row row{.unit = *known.units[cell.unit],
                          .method = *known.methods[cell.method],
                          .contest = *known.contests[cell.contest],
                          .column = cell.column,
                          .withheld = cell.withheld,
                          .value = cell.value};
    if (incomplete == Incomplete::hold && bound.held.contains({row.unit, row.method, row.contest}))
      continue;
    if (incomplete == Incomplete::take_in_part && cell.doubted) continue;
    if (cell.column < slot::first_counter) {
      row.column = static_cast<std::uint16_t>(known.options[cell.contest][cell.column].id->value);
    }
    bound.rows.push_back(row);
  }
  bind_unknown(table, known, bound);
  if (incomplete == Incomplete::take_in_part) bind_refused(table, known, rules, bound);
  if (table.missing_rows_zero && !add_zeros(bound, rules))
    table.idle_keys.emplace_back("[votes] missing_rows");
  if (table.elsewhere_allowed && !is_elsewhere) table.idle_keys.emplace_back("[contest] elsewhere");
  std::sort(bound.rows.begin(), bound.rows.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.unit, a.method, a.contest, a.column) <
           std::tuple(b.unit, b.method, b.contest, b.column);
  });
  settle_faults(table);
  return bound;
}

}  // namespace teller
