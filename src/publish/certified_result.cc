#include "publish/certified_result.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/csv_text.h"
#include "base/file.h"
#include "count/step.h"
#include "publish/figures.h"
#include "publish/small_units.h"
#include "publish/stated.h"
#include "publish/status.h"

namespace teller {
namespace {

using ResultJson = nlohmann::ordered_json;

// Never more than were counted: of a sheet that does not give its cards, as many as the rest of it takes. Only 0 where
// nothing else was said either, for a unit of none is told.
std::uint64_t cards_of(const Contest& contest, const ContestFigures& figures) {
  using Known = ContestFigures::Known;
  std::vector<std::int64_t> at_least(figures.cells().size(), 0);
  // Of a card at most `of_one` are in the column.
  const auto look_at = [&](std::uint16_t column, std::int64_t of_one) {
    const auto parts = figures.parts(column);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      at_least[i] = std::max(at_least[i], (parts[i].value + of_one - 1) / of_one);
    }
  };
  const std::int64_t allowed = std::max<std::int64_t>(1, contest.votes_allowed);
  for (std::size_t o = 0; o < contest.options.size(); ++o) {
    look_at(static_cast<std::uint16_t>(o), 1);
  }
  for (const std::uint16_t column : {slot::blank, slot::invalid, slot::exhausted}) {
    look_at(column, 1);
  }
  for (const std::uint16_t column : {slot::undervotes, slot::overvotes, slot::write_ins}) {
    look_at(column, allowed);
  }
  std::uint64_t cards = 0;
  const auto given = figures.parts(slot::cards);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const bool is_given = given[i].known == Known::number;
    const std::int64_t of_cell = is_given && at_least[i] > 0
                                     ? std::max<std::int64_t>(1, given[i].value)
                                 : is_given ? given[i].value
                                            : std::max<std::int64_t>(1, at_least[i]);
    cards += static_cast<std::uint64_t>(std::max<std::int64_t>(0, of_cell));
  }
  return cards;
}

// A line of a contest's result: a unit with all below it, or what it reported itself beside those.
struct ResultUnit {
  UnitId unit;
  bool itself = false;
  bool has_below = false;
};

struct ContestResult {
  std::uint64_t cards = 0;
  std::vector<ResultUnit> units;
  std::vector<CountedUnit> counted;
  std::vector<bool> told;
};

class ResultOfContest {
 public:
  ResultOfContest(const Rules& rules, ContestId contest, const ContestFigures& figures)
      : rules_(rules), contest_(contest), figures_(figures) {}

  // Units that may report, or did; and those above them, up to the one in which the contest is decided.
  ContestResult read(std::uint64_t small) {
    std::set<UnitId> in_tree, heard;
    for (const UnitId unit : figures_.units_heard()) {
      heard.insert(unit);
      climb(unit, in_tree);
    }
    for (const UnitId unit : rules_.units_expected(contest_)) climb(unit, in_tree);
    for (const UnitId unit : in_tree) add(unit, in_tree);
    for (const UnitId unit : heard) add_own(unit);
    add_up();
    result_.told = units_told(result_.cards, result_.counted, small);
    return std::move(result_);
  }

 private:
  [[nodiscard]] UnitId top() const { return rules_.contest(contest_).unit; }

  // A unit that lies elsewhere stands in the tree without those above it, which hold others too.
  void climb(UnitId unit, std::set<UnitId>& in_tree) {
    std::set<UnitId> way;
    std::optional<UnitId> at = unit;
    for (; at && *at != top(); at = rules_.units.at(at->value).parent) way.insert(*at);
    if (at) {
      in_tree.merge(way);
    } else if (in_tree.insert(unit).second) {
      elsewhere_.insert(unit);
    }
  }

  // Ascending: whoever lies above stands there already.
  void add(UnitId unit, const std::set<UnitId>& in_tree) {
    const auto parent = rules_.units.at(unit.value).parent;
    std::optional<std::size_t> above;
    if (!elsewhere_.contains(unit) && parent && in_tree.contains(*parent) &&
        !elsewhere_.contains(*parent)) {
      above = place_.at(*parent);
      result_.units[*above].has_below = true;
    }
    place_.emplace(unit, result_.units.size());
    result_.units.push_back({.unit = unit});
    result_.counted.push_back({above, 0});
  }

  void add_own(UnitId unit) {
    const std::uint64_t cards = cards_of(rules_.contest(contest_), figures_.in(unit));
    const auto place = place_.find(unit);
    if (place != place_.end() && !result_.units[place->second].has_below) {
      result_.counted[place->second].cards = cards;
      return;
    }
    if (place_.empty()) {  // The contest's unit has none below it: it is the whole.
      result_.cards += cards;
      return;
    }
    // What it reported itself is a part of it beside others.
    std::optional<std::size_t> above;
    if (place != place_.end()) above = place->second;
    result_.units.push_back({.unit = unit, .itself = true});
    result_.counted.push_back({above, cards});
  }

  void add_up() {
    for (std::size_t i = result_.counted.size(); i-- > 0;) {
      const CountedUnit& unit = result_.counted[i];
      (unit.above ? result_.counted[*unit.above].cards : result_.cards) += unit.cards;
    }
  }

  const Rules& rules_;
  ContestId contest_;
  const ContestFigures& figures_;
  std::set<UnitId> elsewhere_;
  std::map<UnitId, std::size_t> place_;
  ContestResult result_;
};

// A column that is told: an option, or a counter.
struct ResultColumn {
  std::uint16_t slot;
  std::string_view id, name;
  bool is_option;
};

class ResultWriter {
 public:
  ResultWriter(const Definition& definition, const Snapshot& snapshot)
      : definition_(definition),
        snapshot_(snapshot),
        small_(definition.count->small_units),
        withheld_(
            fmt::format("withheld: fewer than {} cards, or told together with such", small_)) {}

  CertifiedResult write() {
    const Rules& rules = *definition_.rules;
    const CountFile& count = *definition_.count;
    ResultJson json{{"teller", "result/1"},
                    {"count_id", count.id.hex()},
                    {"mode", to_text(count.mode)},
                    {"label", count.label},
                    {"status", snapshot_.head.status},
                    {"election", rules.election},
                    {"date", rules.date},
                    {"rules_hash", to_hex(count.rules)},
                    {"small_units", small_},
                    {"contests", ResultJson::array()}};
    csv_ = "contest,unit,part,column,is_option,value,how\n";
    const auto rows = rows_by_contest(rules, snapshot_.totals);
    for (std::uint32_t c = 0; c < rules.contests.size(); ++c) {
      json["contests"].push_back(contest({c}, rows.at(c)));
    }
    return {json.dump(2, ' ', false, ResultJson::error_handler_t::replace) + "\n", std::move(csv_)};
  }

 private:
  ResultJson contest(ContestId id, std::span<const TotalRow> rows) {
    const Rules& rules = *definition_.rules;
    const Contest& about = rules.contest(id);
    const ContestFigures figures(rules, id, rows);
    const ContestResult result = ResultOfContest(rules, id, figures).read(small_);
    contest_ = csv_shown(about.id);
    ResultJson json{{"contest", about.id}, {"name", about.name}};
    if (about.kind == ContestKind::ranked) json["first_preferences"] = true;
    if (!is_large(result.cards, small_)) {
      json["withheld"] = withheld_;
      csv_ += fmt::format("{},,all,,,,{}\n", contest_, csv_shown(withheld_));
      return json;
    }
    const std::vector<ResultColumn> columns = columns_of(about, figures, json);
    put_figures(json, columns, figures, {}, "all");
    json["units"] = ResultJson::array();
    for (std::size_t i = 0; i < result.units.size(); ++i) {
      json["units"].push_back(unit(columns, figures, result, i));
    }
    return json;
  }

  // Those that every report gives. Of a column that some leave out a sum would be of the others alone, which may be few.
  // Registered voters are not what was counted.
  std::vector<ResultColumn> columns_of(const Contest& about, const ContestFigures& figures,
                                       ResultJson& json) {
    std::vector<ResultColumn> columns;
    const auto look_at = [&](const ResultColumn& column) {
      const FigureState state = figures.column(column.slot).state();
      if (state == FigureState::number || state == FigureState::not_reported) {
        columns.push_back(column);
      } else if (column.is_option || state != FigureState::unknown) {
        const std::string_view why = "withheld: not every report gives it";
        json["withheld_columns"].push_back(column.id);
        csv_ += fmt::format("{},,all,{},{},,{}\n", contest_, csv_shown(column.id), column.is_option,
                            why);
      }
    };
    for (std::size_t o = 0; o < about.options.size(); ++o) {
      look_at({static_cast<std::uint16_t>(o), about.options[o].id, about.options[o].name, true});
    }
    for (std::uint16_t s = slot::first_counter; s < slot::registered; ++s) {
      look_at({s, slot::name(s), {}, false});
    }
    return columns;
  }

  ResultJson unit(const std::vector<ResultColumn>& columns, const ContestFigures& figures,
                  const ContestResult& result, std::size_t at) {
    const Rules& rules = *definition_.rules;
    const ResultUnit& line = result.units[at];
    const Unit& named = rules.units.at(line.unit.value);
    const auto above = result.counted[at].above;
    const std::string_view part = line.itself ? "itself" : "all";
    ResultJson json{{"unit", named.id}, {"name", named.name}, {"kind", named.kind}};
    json["in"] =
        above ? ResultJson(rules.units.at(result.units[*above].unit.value).id) : ResultJson();
    json["part"] = part;
    if (result.told[at]) {
      put_figures(json, columns,
                  line.has_below ? figures.within({.under = line.unit}) : figures.in(line.unit),
                  named.id, part);
    } else {
      json["withheld"] = withheld_;
      csv_ += fmt::format("{},{},{},,,,{}\n", contest_, csv_shown(named.id), part,
                          csv_shown(withheld_));
    }
    return json;
  }

  // A line of options and counters, of a unit or, without one, of the whole.
  void put_figures(ResultJson& json, const std::vector<ResultColumn>& columns,
                   const ContestFigures& figures, std::string_view unit, std::string_view part) {
    json["options"] = ResultJson::array();
    json["counters"] = ResultJson::object();
    for (const ResultColumn& column : columns) {
      const TotalFigure figure = figures.column(column.slot);
      const auto value = figure.value();
      const ResultJson shown = value ? ResultJson(*value) : ResultJson();
      if (column.is_option) {
        json["options"].push_back({{"option", column.id}, {"name", column.name}, {"votes", shown}});
      } else {
        json["counters"][std::string(column.id)] = shown;
      }
      csv_ += fmt::format("{},{},{},{},{},{},{}\n", contest_, csv_shown(unit), part,
                          csv_shown(column.id), column.is_option,
                          value ? std::to_string(*value) : "", to_text(figure.state()));
    }
  }

  const Definition definition_;
  const Snapshot& snapshot_;
  std::uint32_t small_;
  std::string withheld_;
  std::string csv_;
  std::string contest_;  // Its id, as CSV has it.
};

}  // namespace

CertifiedResult certified_result(const Definition& definition, const Snapshot& snapshot) {
  return ResultWriter(definition, snapshot).write();
}

std::string text_to_sign(const CertifiedResult& result, const CountFile& count) {
  return fmt::format("teller result/1\ncount {}\n{} {}\n{} {}\n", count.id.hex(), result_json_file,
                     to_hex(sha256(as_bytes(result.json))), result_csv_file,
                     to_hex(sha256(as_bytes(result.csv))));
}

Result<bool> publish_result(const Definition& definition, Store& store, const Signer& signer,
                            const std::filesystem::path& folder) {
  const CountFile& count = *definition.count;
  if (!publishes_result_alone(count)) return false;
  std::error_code none;
  if (std::filesystem::exists(folder / result_json_file, none)) return true;
  const auto now = is_certified_once(count, store, ~std::uint64_t{0});
  if (!now || !*now) return now;
  const auto snapshot = store.snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  if (auto decided = check_status(snapshot->head, count, store); !decided) {
    return std::unexpected(decided.error());
  }
  // Reopened between two readings, or certified after this one.
  const auto then = is_certified_once(count, store, snapshot->head.commit);
  if (!then || !*then) return then;
  const auto last = store.last_statement();
  if (!last) return std::unexpected(last.error());
  if (!*last || (*last)->commit != snapshot->head.commit) return false;  // The next pass states it.
  if (auto same = check_stated(*definition.rules, *snapshot, store); !same) {
    return std::unexpected(same.error());
  }
  const CertifiedResult result = certified_result(definition, *snapshot);
  if (auto made = make_folders(folder); !made) return std::unexpected(made.error());
  const std::string note = signer.sign(text_to_sign(result, count));
  // The first one last: it says that all are there.
  for (const auto& [name, bytes] :
       {std::pair(result_signed_file, &note), std::pair(result_csv_file, &result.csv),
        std::pair(result_json_file, &result.json)}) {
    if (auto written = write_file(folder / name, as_bytes(*bytes)); !written) {
      return std::unexpected(written.error());
    }
  }
  return true;
}

}  // namespace teller
