#include "deliver/plan.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "count/sheets.h"
#include "count/step.h"

namespace teller {
namespace {

// Units that report in a contest with a method: those whose sheets stand, and those of the delivery.
class Levels {
 public:
  Levels(const Delivery& delivery, const StandingSheets& standing, const Rules& rules)
      : rules_(rules) {
    std::set<std::pair<ContestId, MethodId>> wanted;
    for (const Sheet& sheet : delivery.sheets) {
      wanted.insert({sheet.contest, sheet.method});
      if (delivery.act != Sheet::Act::withdrawal) add(key_of(sheet));
    }
    for (const auto& [key, versions] : standing.all()) {
      if (wanted.contains({key.contest, key.method}) && has_figures(standing.find(key))) add(key);
    }
  }

  // The unit above or below that reports beside `key`, if there is one.
  [[nodiscard]] std::optional<UnitId> beside(const SheetKey& key) const {
    std::optional<UnitId> found;
    each_above(key.unit, [&](UnitId above) {
      if (!found && reporting_.contains({key.contest, key.method, above})) found = above;
    });
    if (found) return found;
    const auto below = above_.find({key.contest, key.method, key.unit});
    if (below != above_.end()) found = below->second;
    return found;
  }

 private:
  using Place = std::tuple<ContestId, MethodId, UnitId>;

  template <typename Each>
  void each_above(UnitId unit, const Each& each) const {
    for (auto up = rules_.units.at(unit.value).parent; up; up = rules_.units.at(up->value).parent) {
      each(*up);
    }
  }
  void add(const SheetKey& key) {
    if (!reporting_.insert({key.contest, key.method, key.unit}).second) return;
    each_above(key.unit, [&](UnitId above) {
      above_.try_emplace({key.contest, key.method, above}, key.unit);
    });
  }

  const Rules& rules_;
  std::set<Place> reporting_;
  std::map<Place, UnitId> above_;  // Of each of them; and one that lies below it.
};

// Of an option: in how many sheets of a contest and method it has a figure, or is called unknown.
class MostHave {
 public:
  MostHave(const Delivery& delivery, const StandingSheets& standing,
           const std::map<SheetKey, const UnknownFigures*>& unknown) {
    if (delivery.act == Sheet::Act::withdrawal || delivery.in_part) return;
    std::set<SheetKey> here;
    for (const Sheet& sheet : delivery.sheets) {
      here.insert(key_of(sheet));
      const auto found = unknown.find(key_of(sheet));
      add(sheet, found == unknown.end() ? nullptr : found->second);
    }
    for (const auto& [key, versions] : standing.all()) {
      const Sheet* const stands = standing.find(key);
      if (sheets_.contains({key.contest, key.method}) && !here.contains(key) && has_figures(stands))
        add(*stands, nullptr);
    }
  }

  // The first option that most sheets have and this one does not mention, in how many of how many.
  struct Lack {
    std::uint16_t option = 0;
    std::uint64_t have = 0, of = 0;
  };
  [[nodiscard]] std::optional<Lack> lack_of(const Sheet& sheet,
                                            const UnknownFigures* unknown) const {
    const auto found = sheets_.find({sheet.contest, sheet.method});
    if (found == sheets_.end() || sheet.votes.empty()) return std::nullopt;
    const auto columns = columns_of(sheet, unknown);
    for (const auto& [option, have] : found->second.by_option) {
      if (2 * have > found->second.all && !columns.contains(option))
        return Lack{option, have, found->second.all};
    }
    return std::nullopt;
  }

 private:
  struct Counted {
    std::uint64_t all = 0;
    std::map<std::uint16_t, std::uint64_t> by_option;
  };
  static std::set<std::uint16_t> columns_of(const Sheet& sheet, const UnknownFigures* unknown) {
    std::set<std::uint16_t> columns;
    for (const auto& [option, figure] : sheet.votes)
      columns.insert(static_cast<std::uint16_t>(option.value));
    if (unknown != nullptr) columns.insert(unknown->columns.begin(), unknown->columns.end());
    return columns;
  }
  void add(const Sheet& sheet, const UnknownFigures* unknown) {
    if (sheet.votes.empty()) return;
    Counted& counted = sheets_[{sheet.contest, sheet.method}];
    ++counted.all;
    for (const std::uint16_t column : columns_of(sheet, unknown)) {
      if (column < slot::first_counter) ++counted.by_option[column];
    }
  }
  std::map<std::pair<ContestId, MethodId>, Counted> sheets_;
};

// The time that an update must not be older than: that of the figures that stand, or of the withdrawal after
// which none do and of what it took away. Nothing where nobody said.
std::optional<std::int64_t> time_of(const SheetKey& key, const Sheet* last,
                                    const FiguresAt& figures_at) {
  if (last == nullptr) return std::nullopt;
  const auto then = figures_at(key, last->version);
  return has_figures(last) ? then : std::max(then, figures_at(key, last->version - 1));
}

// Whether each figure that a correction changed is again what it was before.
bool undoes(const Sheet& corrected, const Sheet* before, const Sheet& sheet) {
  if (corrected.act != Sheet::Act::correction || before == nullptr) return false;
  std::map<std::uint16_t, Figure> was, is, comes;
  for (const auto& [column, figure] : figures_of(*before)) was[column] = figure;
  for (const auto& [column, figure] : figures_of(corrected)) is[column] = figure;
  for (const auto& [column, figure] : figures_of(sheet)) comes[column] = figure;
  const auto at = [](const auto& figures, std::uint16_t column) {
    const auto found = figures.find(column);
    return found == figures.end() ? Figure{} : found->second;
  };
  std::set<std::uint16_t> columns;
  for (const auto& [column, figure] : was) columns.insert(column);
  for (const auto& [column, figure] : is) columns.insert(column);
  bool is_changed = false;
  for (const std::uint16_t column : columns) {
    if (at(was, column) == at(is, column)) continue;
    is_changed = true;
    if (at(was, column) != at(comes, column)) return false;
  }
  return is_changed;
}

void refuse(SheetReport& report, Code code, std::string detail) {
  report.became = Became::refused;
  report.sheet.version = 0;
  report.code = code;
  report.detail = std::move(detail);
}

}  // namespace

std::vector<std::pair<std::uint16_t, Figure>> keep_figures(Sheet& sheet, const Sheet& stands,
                                                           const UnknownFigures* unknown) {
  std::vector<std::pair<std::uint16_t, Figure>> kept;
  std::set<std::uint16_t> mentioned;
  if (unknown != nullptr) mentioned.insert(unknown->columns.begin(), unknown->columns.end());
  for (const auto& [column, figure] : figures_of(sheet)) mentioned.insert(column);
  for (const auto& [column, figure] : figures_of(stands)) {
    if (mentioned.contains(column)) continue;
    kept.emplace_back(column, figure);
    if (column < slot::first_counter) sheet.votes.emplace_back(OptionId{column}, figure);
    for (const auto& [counter, member] : sheet_counters) {
      if (counter == column) sheet.*member = figure;
    }
  }
  std::ranges::sort(sheet.votes, {}, &std::pair<OptionId, Figure>::first);
  return kept;
}

Became sent_as(Sheet::Act act, bool stands) {
  if (act == Sheet::Act::withdrawal) return Became::withdrawn;
  if (!stands) return Became::fresh;
  return act == Sheet::Act::correction ? Became::corrected : Became::updated;
}

bool is_sent(Became became) {
  return became == Became::fresh || became == Became::updated || became == Became::corrected ||
         became == Became::withdrawn;
}

bool has_figures(const Sheet* sheet) {
  return sheet != nullptr && sheet->act != Sheet::Act::withdrawal;
}

std::vector<SheetReport> plan(const Delivery& delivery, std::optional<std::int64_t> figures_at_us,
                              const StandingSheets& standing, const FiguresAt& figures_at,
                              const Rules& rules) {
  const Levels levels(delivery, standing, rules);
  std::map<SheetKey, const UnknownFigures*> unknown;
  for (const UnknownFigures& figures : delivery.unknown) unknown[figures.key] = &figures;
  const std::set<SheetKey> cut(delivery.cut.begin(), delivery.cut.end());
  const MostHave most(delivery, standing, unknown);
  const bool withdraws = delivery.act == Sheet::Act::withdrawal;
  std::vector<SheetReport> reports;
  reports.reserve(delivery.sheets.size());
  for (const Sheet& sheet : delivery.sheets) {
    SheetReport& report = reports.emplace_back();
    report.sheet = sheet;
    report.sheet.version = 0;
    report.sheet.act = delivery.act;
    report.sheet.reason = delivery.reason;
    const SheetKey key = key_of(sheet);
    const Sheet* const last = standing.find(key);
    const bool stands = has_figures(last);
    const auto named = unknown.find(key);
    const UnknownFigures* const not_known = named == unknown.end() ? nullptr : named->second;
    if (stands) report.before = *last;
    if (stands && !withdraws) report.kept = keep_figures(report.sheet, *last, not_known);

    if (const auto beside = levels.beside(key); beside && !withdraws) {
      refuse(report, "delivery.other_level",
             fmt::format("{0} reports in this contest too, and one lies in the other: its figures "
                         "would be counted twice; if those of {0} stand and are not meant, take "
                         "them away first: teller withdraw --unit {0}",
                         rules.units.at(beside->value).id));
    } else if (delivery.act != Sheet::Act::update && !stands) {
      refuse(report, "delivery.nothing_stands",
             withdraws ? "no figures stand that could be withdrawn"
                       : "no figures stand that could be corrected; deliver it without --correct");
    } else if (withdraws && !same_figures(*last, sheet)) {
      refuse(report, "delivery.others_stand",
             "other figures stand by now; withdraw the file that brought those");
    } else if (stands && !withdraws && same_figures(*last, report.sheet)) {
      report.became = Became::unchanged;
      report.sheet = *last;
    } else if (const auto then = time_of(key, last, figures_at);
               delivery.act == Sheet::Act::update && then && figures_at_us &&
               (stands ? *figures_at_us < *then : *figures_at_us <= *then)) {
      report.became = Became::stale;
      if (!stands) {
        report.detail =
            "the figures of this place were withdrawn since; if these are right, say of "
            "which later time they are: --at";
      }
    } else if (stands && delivery.act == Sheet::Act::update &&
               undoes(*last, standing.at(key, last->version - 1), report.sheet)) {
      report.became = Became::stale;
      report.detail = fmt::format(
          "a correction stood: {}; these are the figures that it replaced. If "
          "they are right after all, say so: --correct",
          last->reason);
    } else if (stands && delivery.act == Sheet::Act::update && cut.contains(key) &&
               smaller_figures(*last, report.sheet) > 0) {
      report.became = Became::held;
      report.not_whole = true;
      report.detail =
          "the file ends within its last line, and a figure there is smaller than the "
          "one that stands: it may be cut off; the next whole file is taken";
    } else if (const auto lack = stands ? std::nullopt : most.lack_of(sheet, not_known)) {
      report.became = Became::held;
      report.not_whole = true;
      report.detail = fmt::format(
          "no row for {}, which {} of {} sheets of this contest have; where such a row is left out "
          "because it is 0, say missing_rows = \"zero\" in [votes]",
          rules.contest(sheet.contest).options.at(lack->option).id, lack->have, lack->of);
    } else if (last != nullptr && last->version == std::numeric_limits<std::uint32_t>::max()) {
      refuse(report, "delivery.no_version_left",
             "the highest version that there is stands already; only void can take it away");
    } else {
      report.became = sent_as(delivery.act, stands);
      if (stands && delivery.act == Sheet::Act::update && last->act == Sheet::Act::correction)
        report.detail = fmt::format("a correction stood: {}", last->reason);
      report.sheet.version = last == nullptr ? 1 : last->version + 1;
      if (withdraws) {
        Sheet none;
        none.unit = sheet.unit;
        none.method = sheet.method;
        none.contest = sheet.contest;
        none.version = report.sheet.version;
        none.act = Sheet::Act::withdrawal;
        none.reason = delivery.reason;
        report.sheet = std::move(none);
      }
    }
  }
  std::ranges::sort(reports, {}, [](const SheetReport& report) { return key_of(report.sheet); });
  return reports;
}

}  // namespace teller
