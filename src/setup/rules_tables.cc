#include "setup/rules_tables.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/utf8.h"
#include "election/rules_text.h"
#include "results/unit_id.h"
#include "setup/ballot_styles.h"
#include "setup/typed_table.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Json = RulesJson::Json;
using Column = TypedTable::Column;

constexpr std::size_t id_bytes_max = 200;

// The columns of each table, by their places.
namespace contest_column {
enum { name, id, kind, vote_for, seats, write_ins, share_of, decides, unit, counted_from, card };
}
const std::vector<Column> contest_columns = {{"contest", {"title", "name", "office"}, true},
                                             {"id"},
                                             {"kind"},
                                             {"vote for", {"votes allowed", "votes", "ranks"}},
                                             {"seats"},
                                             {"write ins", {"write in"}},
                                             {"share of", {"share base"}},
                                             {"decides", {"decided by"}},
                                             {"unit", {"district"}},
                                             {"counted from"},
                                             {"card"}};

namespace option_column {
enum { name, id, contest, party, candidate, kind };
}
const std::vector<Column> option_columns = {{"option", {"name"}},          {"id"},
                                            {"contest", {"office"}},       {"party", {"parties"}},
                                            {"candidate", {"candidates"}}, {"kind"}};

namespace unit_column {
enum { name, id, parent, kind, contests, style, registered };
}
const std::vector<Column> unit_columns = {{"unit", {"name"}, true},
                                          {"id"},
                                          {"parent", {"part of"}},
                                          {"kind"},
                                          {"contests"},
                                          {"style"},
                                          {"registered"}};

// Things of a table by what they may be called: their id, and their name where it is one thing's alone.
class Names {
 public:
  void add(const std::string& id, const std::string& name, std::size_t place) {
    by_id_.emplace(id, place);
    const auto [found, is_new] = by_name_.emplace(name, place);
    if (!is_new) found->second = several;
  }
  [[nodiscard]] std::optional<std::size_t> find(const std::string& text) const {
    if (const auto found = by_id_.find(text); found != by_id_.end()) return found->second;
    const auto found = by_name_.find(text);
    if (found == by_name_.end() || found->second == several) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] bool is_of_several(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found != by_name_.end() && found->second == several;
  }

 private:
  static constexpr std::size_t several = ~std::size_t{0};
  std::map<std::string, std::size_t> by_id_, by_name_;
};

class TablesReader {
 public:
  TablesReader(const RulesHead& head, TypedTable contests, TypedTable options, TypedTable units,
               TableFaults& faults)
      : head_(head),
        contests_(std::move(contests)),
        options_(std::move(options)),
        units_(std::move(units)),
        faults_(faults) {}

  void read() {
    read_units();
    read_contests();
    read_options();
    find_ballots();
  }

  [[nodiscard]] MadeRules made();

 private:
  struct UnitOf {
    std::size_t row = 0;
    std::string id, name, kind;
    std::int64_t parent = -1;
    bool has_parts = false;
  };
  struct ContestOf {
    std::size_t row = 0;
    std::string id, name;
    Json json;
    std::int64_t unit = -1;  // In which it is decided, as the table says.
    std::size_t card = 1;
    std::vector<Json> options;
    std::map<std::string, std::size_t> option_rows;  // By id.
    bool ranked = false;
  };

  void read_units();
  void part_cards();
  [[nodiscard]] std::vector<std::int64_t> read_parents();
  void add_units(std::vector<std::int64_t> parents);
  void add_unit(std::size_t row, std::int64_t parent);
  void add_whole();
  void read_contests();
  void read_contest(std::size_t row);
  void read_options();
  void read_option(std::size_t row);
  void find_ballots();
  [[nodiscard]] std::vector<std::size_t> contests_listed(std::size_t row);
  void decide_where();
  [[nodiscard]] std::vector<BallotStyles::Unit> style_units() const;

  void fault(const TypedTable& table, std::size_t row, std::size_t column, std::string_view what) {
    table.fault(row, column, what, faults_);
  }
  [[nodiscard]] std::uint64_t number(std::size_t row, std::size_t column, std::uint64_t most,
                                     std::uint64_t otherwise);
  [[nodiscard]] bool flag(std::size_t row, std::size_t column);
  [[nodiscard]] std::string id_of(const TypedTable& table, std::size_t row, std::size_t column,
                                  const std::string& otherwise);

  const RulesHead& head_;
  TypedTable contests_, options_, units_;
  TableFaults& faults_;
  std::vector<std::string> notes_;
  bool is_flat_ = true;
  std::vector<UnitOf> unit_list_;  // A parent stands before its children.
  std::vector<ContestOf> contest_list_;
  Names unit_names_, contest_names_;
  std::vector<std::string> parties_;
  BallotStyles styles_;
};

std::uint64_t TablesReader::number(std::size_t row, std::size_t column, std::uint64_t most,
                                   std::uint64_t otherwise) {
  const std::string& text = contests_.text(row, column);
  if (text.empty()) return otherwise;
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 1 ||
      value > most) {
    fault(contests_, row, column, fmt::format("must be a whole number from 1 to {}, as 2", most));
    return otherwise;
  }
  return value;
}

bool TablesReader::flag(std::size_t row, std::size_t column) {
  const std::string text = ascii_lower(contests_.text(row, column));
  if (text == "yes" || text == "x" || text == "1" || text == "true") return true;
  if (!text.empty() && text != "no" && text != "0" && text != "false")
    fault(contests_, row, column, "must be yes or no");
  return false;
}

std::string TablesReader::id_of(const TypedTable& table, std::size_t row, std::size_t column,
                                const std::string& otherwise) {
  const std::string& id = table.text(row, column);
  if (id.empty()) return id_of_name(otherwise);
  if (id.size() > id_bytes_max)
    fault(table, row, column, fmt::format("an id has at most {} bytes", id_bytes_max));
  return id;
}

// By row: the row of its parent, or -1.
std::vector<std::int64_t> TablesReader::read_parents() {
  Names rows;
  for (std::size_t row = 0; row < units_.rows(); ++row) {
    const std::string& name = units_.text(row, unit_column::name);
    const std::string& id = units_.text(row, unit_column::id);
    rows.add(id.empty() ? name : id, name, row);
  }
  std::vector<std::int64_t> parents(units_.rows(), -1);
  for (std::size_t row = 0; row < units_.rows(); ++row) {
    const std::string& parent = units_.text(row, unit_column::parent);
    if (parent.empty()) continue;
    const auto found = rows.find(parent);
    if (found && *found != row) {
      parents[row] = static_cast<std::int64_t>(*found);
      continue;
    }
    const std::string example =
        units_.rows() > 1 ? units_.text(row == 0 ? 1 : 0, unit_column::name) : "";
    fault(units_, row, unit_column::parent,
          found ? "a unit is no part of itself"
          : rows.is_of_several(parent)
              ? "several units have this name: give them ids, and write the id"
              : "is no unit of this table: write the name or the id of another row, as " +
                    shown(example));
  }
  return parents;
}

// Adds the unit of a row, whose parent is there.
void TablesReader::add_unit(std::size_t row, std::int64_t parent) {
  UnitOf unit;
  unit.row = row;
  unit.parent = parent;
  unit.name = units_.text(row, unit_column::name);
  if (unit.name.empty()) fault(units_, row, unit_column::name, "each row names a unit");
  unit.kind = units_.text(row, unit_column::kind);
  if (unit.kind.empty()) unit.kind = "unit";
  std::string id;
  if (parent >= 0) {
    UnitOf& above = unit_list_[static_cast<std::size_t>(parent)];
    above.has_parts = true;
    id = above.id;
  }
  UnitIdJoiner("/", is_flat_ ? 1 : 2).append(id, unit.name, parent < 0 ? 0 : 1);
  unit.id = id_of(units_, row, unit_column::id, id);
  if (const auto twice = unit_names_.find(unit.id);
      twice && unit_list_[*twice].id == unit.id && !unit.name.empty()) {
    fault(units_, row, unit_column::name,
          fmt::format("{} has the id {} already; where two units have one name, give each an id "
                      "of its own",
                      units_.place(unit_list_[*twice].row), shown(unit.id)));
  }
  unit_names_.add(unit.id, unit.name, unit_list_.size());
  unit_list_.push_back(std::move(unit));
}

// Adds all units, each behind its parent, else in the order of the rows.
void TablesReader::add_units(std::vector<std::int64_t> parents) {
  constexpr std::int64_t not_yet = -1, now = -2;
  std::vector<std::int64_t> place_of(units_.rows(), not_yet);
  for (std::size_t row = 0; row < units_.rows(); ++row) {
    std::vector<std::size_t> chain;
    auto at = static_cast<std::int64_t>(row);
    for (; at >= 0 && place_of[static_cast<std::size_t>(at)] == not_yet;
         at = parents[static_cast<std::size_t>(at)]) {
      place_of[static_cast<std::size_t>(at)] = now;
      chain.push_back(static_cast<std::size_t>(at));
    }
    if (at >= 0 && place_of[static_cast<std::size_t>(at)] == now) {
      fault(units_, chain.back(), unit_column::parent, "this unit is a part of itself in the end");
      parents[chain.back()] = -1;
    }
    for (const std::size_t one : std::views::reverse(chain)) {
      place_of[one] = static_cast<std::int64_t>(unit_list_.size());
      add_unit(one, parents[one] < 0 ? -1 : place_of[static_cast<std::size_t>(parents[one])]);
    }
  }
}

// Several units without a parent: the whole that they are parts of is the election's own.
void TablesReader::add_whole() {
  UnitOf whole;
  whole.row = ~std::size_t{0};
  whole.name = head_.election;
  whole.id = id_of_name(head_.election);
  whole.kind = "whole";
  whole.has_parts = true;
  if (unit_names_.find(whole.id)) {
    faults_.add(
        fmt::format("{}: several units have no parent: add a row for the whole, and name "
                    "it as their parent",
                    units_.name()));
    return;
  }
  for (UnitOf& unit : unit_list_) unit.parent = unit.parent < 0 ? 0 : unit.parent + 1;
  notes_.push_back(fmt::format(
      "{}: several units have no parent; they were put below one that is called as the election "
      "is, {}. If there is another whole, give it a row and name it as their parent",
      units_.name(), shown(whole.name)));
  unit_list_.insert(unit_list_.begin(), std::move(whole));
  unit_names_ = {};
  for (std::size_t i = 0; i < unit_list_.size(); ++i)
    unit_names_.add(unit_list_[i].id, unit_list_[i].name, i);
}

void TablesReader::read_units() {
  if (units_.rows() == 0)
    faults_.add(units_.name() + ": has no unit; one row a place that reports, as \"Old mill\"");
  auto parents = read_parents();
  is_flat_ = std::all_of(parents.begin(), parents.end(), [](auto at) { return at < 0; });
  add_units(std::move(parents));
  const auto roots = std::count_if(unit_list_.begin(), unit_list_.end(),
                                   [](const UnitOf& unit) { return unit.parent < 0; });
  if (roots > 1) add_whole();
  if (units_.has(unit_column::registered)) {
    notes_.push_back(units_.name() +
                     ": the column registered was read and left out, for rules hold no figures: "
                     "registered voters come with result sheets ([sheet] of a mapping)");
  }
}

void TablesReader::read_contest(std::size_t row) {
  using namespace contest_column;
  ContestOf contest;
  contest.row = row;
  contest.name = contests_.text(row, name);
  if (contest.name.empty()) fault(contests_, row, name, "each row names a contest, as Council");
  contest.id = id_of(contests_, row, id, contest.name);
  const std::string& of_kind = contests_.text(row, kind);
  contest.ranked = of_kind == "ranked";
  if (!of_kind.empty() && of_kind != "plurality" && of_kind != "ranked")
    fault(contests_, row, kind, "must be plurality (marks, each a vote) or ranked");
  contest.json = Json{{"id", contest.id},
                      {"name", contest.name},
                      {"kind", contest.ranked ? "ranked" : "plurality"},
                      {"seats", number(row, seats, 1'000, 1)},
                      {"votes_allowed", number(row, vote_for, 255, contest.ranked ? 0 : 1)},
                      {"write_ins", flag(row, write_ins)}};
  const std::string& share = contests_.text(row, share_of);
  if (!share.empty() && share != "votes" && share != "cards")
    fault(contests_, row, share_of, "must be votes (valid votes) or cards (all that carry it)");
  contest.json["share_base"] = share.empty() ? "votes" : share;
  if (const std::string& how = contests_.text(row, decides); !how.empty())
    contest.json["decides"] = how;
  contest.json["unit"] = nullptr;  // In its place; see decide_where().
  const std::string& where = contests_.text(row, unit);
  if (!where.empty()) {
    const auto found = unit_names_.find(where);
    if (found) {
      contest.unit = static_cast<std::int64_t>(*found);
    } else {
      fault(contests_, row, unit,
            unit_list_.empty() ? "is no unit"
                               : "is no unit of " + units_.name() + ", as " +
                                     shown(unit_list_.front().name) + " is");
    }
  }
  const std::string& from = contests_.text(row, counted_from);
  if (!from.empty() && from != "ballots" && from != "sheets")
    fault(contests_, row, counted_from, "must be ballots or sheets");
  contest.json["counted_from"] = !from.empty()                                ? from
                                 : head_.counted_from == CountedFrom::ballots ? "ballots"
                                                                              : "sheets";
  contest.card = number(row, card, 255, 1);
  if (const auto twice = contest_names_.find(contest.id);
      twice && contest_list_[*twice].id == contest.id) {
    fault(contests_, row, name,
          fmt::format("{} has this contest already; where two have one name, give each an id of "
                      "its own",
                      contests_.place(contest_list_[*twice].row)));
  }
  contest_names_.add(contest.id, contest.name, contest_list_.size());
  contest_list_.push_back(std::move(contest));
}

void TablesReader::read_contests() {
  if (contests_.rows() == 0)
    faults_.add(contests_.name() + ": has no contest; one row a contest, as \"Council\"");
  for (std::size_t row = 0; row < contests_.rows(); ++row) read_contest(row);
  part_cards();
}

// A card with a contest that sheets bring could never be counted as a ballot: it would be refused with that contest and
// without it.
void TablesReader::part_cards() {
  const auto from_sheets = [](const ContestOf& contest) {
    return contest.json["counted_from"] == "sheets";
  };
  std::map<std::size_t, std::string> of_ballots;  // Card -> the first contest on it.
  for (const ContestOf& contest : contest_list_) {
    if (!from_sheets(contest)) of_ballots.emplace(contest.card, contest.name);
  }
  const std::size_t behind = of_ballots.empty() ? 1 : of_ballots.rbegin()->first + 1;
  for (ContestOf& contest : contest_list_) {
    if (!from_sheets(contest)) continue;
    if (contests_.text(contest.row, contest_column::card).empty()) contest.card = behind;
    if (const auto both = of_ballots.find(contest.card); both != of_ballots.end()) {
      fault(contests_, contest.row, contest_column::card,
            fmt::format("is that of {}, which is counted from ballots; what is counted from sheets "
                        "stands on another one, or on none that is named",
                        both->second));
    }
  }
}

void TablesReader::read_option(std::size_t row) {
  using namespace option_column;
  const std::string& of = options_.text(row, contest);
  const auto found = of.empty() && contest_list_.size() == 1 ? std::optional<std::size_t>(0)
                                                             : contest_names_.find(of);
  if (!found) {
    fault(options_, row, contest,
          contest_names_.is_of_several(of)
              ? "several contests have this name: give them ids, and write the id"
          : contest_list_.empty() ? "is no contest"
                                  : "is no contest of " + contests_.name() + ", as " +
                                        shown(contest_list_.front().name) + " is");
    return;
  }
  ContestOf& into = contest_list_[*found];
  // Where options have no column of their own, each is its candidate.
  const bool is_candidate_alone = !options_.has(name);
  const auto people =
      is_candidate_alone ? std::vector<std::string>() : options_.texts(row, candidate);
  std::string called = options_.text(row, is_candidate_alone ? candidate : name);
  if (called.empty()) called = fmt::format("{}", fmt::join(people, " / "));
  if (called.empty()) {
    fault(options_, row, is_candidate_alone ? candidate : name, "each row names an option, as Ada");
    return;
  }
  Json option{{"id", id_of(options_, row, id, called)}, {"name", called}};
  const std::string id_given = option["id"];
  if (const auto [twice, is_new] = into.option_rows.emplace(id_given, row); !is_new) {
    fault(options_, row, is_candidate_alone ? candidate : name,
          fmt::format("{} is this option of {} already; where two have one name, give each an id "
                      "of its own",
                      options_.place(twice->second), into.name));
  }
  std::string of_kind = options_.text(row, kind);
  std::replace(of_kind.begin(), of_kind.end(), ' ', '_');
  if (of_kind.empty()) of_kind = "candidate";
  if (of_kind != "candidate" && of_kind != "none_of_the_above" && of_kind != "measure")
    fault(options_, row, kind, "must be candidate, none of the above or measure");
  option["kind"] = of_kind;
  for (const std::string& person : people)
    option["candidates"].push_back({{"id", id_of_name(person)}, {"name", person}});
  for (const std::string& its : options_.texts(row, party)) {
    if (std::find(parties_.begin(), parties_.end(), its) == parties_.end()) parties_.push_back(its);
    option["parties"].push_back(id_of_name(its));
  }
  into.options.push_back(std::move(option));
}

void TablesReader::read_options() {
  if (!options_.has(option_column::name) && !options_.has(option_column::candidate))
    faults_.add(options_.name() + ":1: has no column \"option\" or \"candidate\"");
  else
    for (std::size_t row = 0; row < options_.rows(); ++row) read_option(row);
  for (ContestOf& contest : contest_list_) {
    if (contest.options.empty()) {
      fault(contests_, contest.row, contest_column::name, "has no option in " + options_.name());
    }
    // A voter may rank all of them unless the table says how many.
    auto& allowed = contest.json["votes_allowed"];
    if (allowed == 0) allowed = std::clamp<std::size_t>(contest.options.size(), 1, 255);
  }
}

// Of a unit's cell `contests`: their places.
std::vector<std::size_t> TablesReader::contests_listed(std::size_t row) {
  std::vector<std::size_t> listed;
  for (const std::string& text : units_.texts(row, unit_column::contests)) {
    const auto found = contest_names_.find(text);
    if (found) {
      listed.push_back(*found);
    } else {
      fault(units_, row, unit_column::contests,
            fmt::format("{} is no contest of {}; several have \";\" between them", shown(text),
                        contests_.name()));
    }
  }
  std::sort(listed.begin(), listed.end());
  listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
  return listed;
}

// What stands on the ballot of each unit that reports: what its row lists, or that of the unit above;
// else the contests that are decided in it or above.
void TablesReader::find_ballots() {
  const std::size_t units = unit_list_.size();
  std::vector<std::optional<std::vector<std::size_t>>> listed(units);
  std::vector<std::string> names(units);
  std::vector<bool> is_listed(contest_list_.size());
  for (std::size_t i = 0; i < units; ++i) {
    const UnitOf& unit = unit_list_[i];
    if (unit.parent >= 0) {
      listed[i] = listed[static_cast<std::size_t>(unit.parent)];
      names[i] = names[static_cast<std::size_t>(unit.parent)];
    }
    if (unit.row >= units_.rows()) continue;
    if (auto own = contests_listed(unit.row); !own.empty()) {
      for (const std::size_t contest : own) is_listed[contest] = true;
      listed[i] = std::move(own);
    }
    if (const std::string& own = units_.text(unit.row, unit_column::style); !own.empty())
      names[i] = own;
  }
  const auto lies_in = [&](std::size_t unit, std::int64_t district) {
    for (auto at = static_cast<std::int64_t>(unit); at >= 0;
         at = unit_list_[static_cast<std::size_t>(at)].parent) {
      if (at == district) return true;
    }
    return false;
  };
  for (std::size_t i = 0; i < units; ++i) {
    if (unit_list_[i].has_parts) continue;
    std::vector<std::size_t> on = listed[i].value_or(std::vector<std::size_t>{});
    for (std::size_t k = 0; !listed[i] && k < contest_list_.size(); ++k) {
      const std::int64_t district = contest_list_[k].unit;
      if (district < 0 ? !is_listed[k] : lies_in(i, district)) on.push_back(k);
    }
    if (on.empty()) {
      notes_.push_back(fmt::format("{}: the unit {} has no contest: nobody votes there",
                                   units_.name(), shown(unit_list_[i].name)));
      continue;
    }
    if (const auto other = styles_.add(i, names[i], on); !other.empty()) {
      fault(units_, unit_list_[i].row, unit_column::style,
            fmt::format("the style {} has other contests here than before; one style is one "
                        "ballot",
                        shown(other)));
    }
  }
  decide_where();
}

// A contest is decided where its row says, or where all units meet that vote on it.
void TablesReader::decide_where() {
  const auto units = style_units();
  for (std::size_t k = 0; k < contest_list_.size(); ++k) {
    ContestOf& contest = contest_list_[k];
    const std::int64_t meet = styles_.meeting_of(k, units);
    if (meet < 0) {
      fault(contests_, contest.row, contest_column::name,
            "is on the ballot of no unit; see the columns unit here and contests of the units");
    }
    const std::int64_t where = contest.unit >= 0 ? contest.unit : std::max<std::int64_t>(meet, 0);
    if (unit_list_.empty()) continue;
    contest.json["unit"] = unit_list_[static_cast<std::size_t>(where)].id;
  }
}

std::vector<BallotStyles::Unit> TablesReader::style_units() const {
  std::vector<BallotStyles::Unit> units;
  for (const UnitOf& unit : unit_list_) units.push_back({unit.id, unit.parent});
  return units;
}

MadeRules TablesReader::made() {
  RulesJson rules;
  rules.election = Json{{"name", head_.election},
                        {"date", head_.date},
                        {"time_zone", head_.time_zone.empty() ? "UTC" : head_.time_zone}};
  for (const std::string& party : parties_)
    rules.parties.push_back({{"id", id_of_name(party)}, {"name", party}});
  if (head_.methods.empty()) rules.methods.push_back({{"id", "all"}, {"name", "All"}});
  for (const std::string& method : head_.methods)
    rules.methods.push_back({{"id", id_of_name(method)}, {"name", method}});
  for (const UnitOf& unit : unit_list_) {
    Json item{{"id", unit.id}, {"name", unit.name}, {"kind", unit.kind}};
    if (unit.parent >= 0) item["parent"] = unit_list_[static_cast<std::size_t>(unit.parent)].id;
    rules.units.push_back(std::move(item));
  }
  std::vector<BallotStyles::Contest> on_cards;
  for (ContestOf& contest : contest_list_) {
    on_cards.push_back({contest.id, contest.card});
    contest.json["options"] = contest.options;
    rules.contests.push_back(std::move(contest.json));
  }
  rules.styles = styles_.json(on_cards, style_units());
  return {rules_text(rules), std::move(notes_)};
}

}  // namespace

std::string id_of_name(std::string_view name) {
  if (name.size() <= id_bytes_max) return std::string(name);
  constexpr std::size_t kept = 180, digits = 12;
  return fmt::format("{}… {}", cut_at_character(name, kept),
                     to_hex(sha256(as_bytes(name))).substr(0, digits));
}

Result<MadeRules> rules_of_tables(const RulesTables& tables, const RulesHead& head) {
  TableFaults faults;
  const bool is_one = !tables.workbook.empty();
  const auto table = [&](const std::string& file, const char* sheet,
                         const std::vector<Column>& columns) {
    return is_one ? TypedTable::read(tables.workbook, sheet, columns, faults)
                  : TypedTable::read(file, "", columns, faults);
  };
  auto contests = table(tables.contests, "contests", contest_columns);
  if (!contests) return std::unexpected(contests.error());
  auto options = table(tables.options, "options", option_columns);
  if (!options) return std::unexpected(options.error());
  auto units = table(tables.units, "units", unit_columns);
  if (!units) return std::unexpected(units.error());
  // Of a column that is missing every row would be wrong, and of a row that is missing those that name it.
  if (!contests->is_whole() || !options->is_whole() || !units->is_whole())
    return std::unexpected(faults.error("rules.table_invalid"));
  TablesReader reader(head, std::move(*contests), std::move(*options), std::move(*units), faults);
  reader.read();
  if (!faults.none()) return std::unexpected(faults.error("rules.table_invalid"));
  return reader.made();
}

}  // namespace teller
