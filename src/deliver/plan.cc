#include "deliver/plan.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "count/sheets.h"
#include "count/step.h"
#include "deliver/method_beside.h"
#include "results/voted_on.h"

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
  using Reporting = std::tuple<ContestId, MethodId, UnitId>;

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
  std::set<Reporting> reporting_;
  std::map<Reporting, UnitId> above_;  // A unit above one that reports, and which one it is.
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

namespace {

// A delivery held against what stands. Each question is one group of the rules in plan.h, in their order: it
// fills in the report and says yes, or leaves the sheet to the next one.
class Comparison {
 public:
  Comparison(const Delivery& delivery, std::optional<std::int64_t> figures_at_us,
             const StandingSheets& standing, const FiguresAt& figures_at, const Rules& rules)
      : delivery_(delivery),
        figures_at_us_(figures_at_us),
        standing_(standing),
        figures_at_(figures_at),
        rules_(rules),
        unknown_(unknown_of(delivery)),
        cut_(delivery.cut.begin(), delivery.cut.end()),
        levels_(delivery, standing, rules),
        methods_(delivery, standing, rules),
        most_(delivery, standing, unknown_),
        voted_on_(rules) {}

  [[nodiscard]] SheetReport of(const Sheet& sheet) const {
    SheetReport report;
    report.sheet = sheet;
    report.sheet.version = 0;
    report.sheet.act = delivery_.act;
    report.sheet.reason = delivery_.reason;
    const SheetKey key = key_of(sheet);
    const Sheet* const last = standing_.find(key);
    const Sheet* const stands = has_figures(last) ? last : nullptr;
    const auto named = unknown_.find(key);
    const UnknownFigures* const unknown = named == unknown_.end() ? nullptr : named->second;
    if (stands != nullptr) report.before = *stands;
    if (stands != nullptr && !withdraws_) {
      report.kept = keep_figures(report.sheet, *stands, unknown);
    }
    if (is_refused(report, key, sheet, stands)) return report;
    if (stands != nullptr && !withdraws_ && same_figures(*stands, report.sheet)) {
      report.became = Became::unchanged;
      report.sheet = *stands;
      return report;
    }
    if (is_stale(report, key, last, stands) || is_held(report, key, sheet, stands, unknown)) {
      return report;
    }
    if (last != nullptr && last->version == std::numeric_limits<std::uint32_t>::max()) {
      refuse(report, "delivery.no_version_left",
             "the highest version that there is stands already; only void can take it away");
      return report;
    }
    send(report, last, stands);
    return report;
  }

 private:
  using Unknown = std::map<SheetKey, const UnknownFigures*>;

  static Unknown unknown_of(const Delivery& delivery) {
    Unknown unknown;
    for (const UnknownFigures& figures : delivery.unknown) unknown[figures.key] = &figures;
    return unknown;
  }

  bool is_refused(SheetReport& report, const SheetKey& key, const Sheet& sheet,
                  const Sheet* stands) const {
    if (const auto beside = levels_.beside(key); beside && !withdraws_) {
      refuse(report, "delivery.other_level",
             fmt::format("{0} reports in this contest too, and one lies in the other: its figures "
                         "would be counted twice; if those of {0} stand and are not meant, take "
                         "them away first: teller withdraw --unit {0}",
                         rules_.units.at(beside->value).id));
      return true;
    }
    if (const auto why = methods_.why(key)) {
      refuse(report, "delivery.other_level", *why);
      return true;
    }
    if (delivery_.act != Sheet::Act::update && stands == nullptr) {
      refuse(report, "delivery.nothing_stands",
             withdraws_ ? "no figures stand that could be withdrawn"
                        : "no figures stand that could be corrected; deliver it without --correct");
      return true;
    }
    if (withdraws_ && !same_figures(*stands, sheet)) {
      refuse(report, "delivery.others_stand",
             "other figures stand by now; withdraw the file that brought those");
      return true;
    }
    return false;
  }

  // Only an update can be: a correction and a withdrawal are said by somebody who knows what stands.
  bool is_stale(SheetReport& report, const SheetKey& key, const Sheet* last,
                const Sheet* stands) const {
    if (delivery_.act != Sheet::Act::update) return false;
    if (const auto then = time_of(key, last, figures_at_);
        then && figures_at_us_ &&
        (stands != nullptr ? *figures_at_us_ < *then : *figures_at_us_ <= *then)) {
      report.became = Became::stale;
      if (stands == nullptr) {
        report.detail =
            "the figures of this place were withdrawn since; if these are right, say of "
            "which later time they are: --at";
      }
      return true;
    }
    if (stands != nullptr &&
        undoes(*stands, standing_.at(key, stands->version - 1), report.sheet)) {
      report.became = Became::stale;
      report.detail = fmt::format(
          "a correction stood: {}; these are the figures that it replaced. If "
          "they are right after all, say so: --correct",
          stands->reason);
      return true;
    }
    return false;
  }

  bool is_held(SheetReport& report, const SheetKey& key, const Sheet& sheet, const Sheet* stands,
               const UnknownFigures* unknown) const {
    if (stands != nullptr) {
      if (delivery_.act != Sheet::Act::update || !cut_.contains(key) ||
          smaller_figures(*stands, report.sheet) == 0) {
        return false;
      }
      report.detail =
          "the file ends within its last line, and a figure there is smaller than the "
          "one that stands: it may be cut off; the next whole file is taken";
    } else if (!delivery_.elsewhere && !voted_on_.in(sheet.unit, sheet.contest)) {
      report.became = Became::held;
      report.detail = fmt::format(
          "{}; correct the unit, or deliver it as one that may come from elsewhere",
          VotedOn::not_in(rules_.units.at(sheet.unit.value).id, rules_.contest(sheet.contest).id));
      return true;
    } else {
      const auto lack = most_.lack_of(sheet, unknown);
      if (!lack) return false;
      report.detail = fmt::format(
          "no row for {}, which {} of {} sheets of this contest have; where such a row is left out "
          "because it is 0, say missing_rows = \"zero\" in [votes]",
          rules_.contest(sheet.contest).options.at(lack->option).id, lack->have, lack->of);
    }
    report.became = Became::held;
    report.not_whole = true;
    return true;
  }

  void send(SheetReport& report, const Sheet* last, const Sheet* stands) const {
    report.became = sent_as(delivery_.act, stands != nullptr);
    if (stands != nullptr && delivery_.act == Sheet::Act::update &&
        stands->act == Sheet::Act::correction) {
      report.detail = fmt::format("a correction stood: {}", stands->reason);
    }
    report.sheet.version = last == nullptr ? 1 : last->version + 1;
    if (!withdraws_) return;
    Sheet without_figures;
    without_figures.unit = report.sheet.unit;
    without_figures.method = report.sheet.method;
    without_figures.contest = report.sheet.contest;
    without_figures.version = report.sheet.version;
    without_figures.act = Sheet::Act::withdrawal;
    without_figures.reason = delivery_.reason;
    report.sheet = std::move(without_figures);
  }

  const Delivery& delivery_;
  std::optional<std::int64_t> figures_at_us_;
  const StandingSheets& standing_;
  const FiguresAt& figures_at_;
  const Rules& rules_;
  Unknown unknown_;
  std::set<SheetKey> cut_;
  Levels levels_;
  MethodBeside methods_;
  MostHave most_;
  mutable VotedOn voted_on_;  // It keeps what it was asked.
  bool withdraws_ = delivery_.act == Sheet::Act::withdrawal;
};

}  // namespace

std::vector<SheetReport> plan(const Delivery& delivery, std::optional<std::int64_t> figures_at_us,
                              const StandingSheets& standing, const FiguresAt& figures_at,
                              const Rules& rules) {
  const Comparison comparison(delivery, figures_at_us, standing, figures_at, rules);
  std::vector<SheetReport> reports;
  reports.reserve(delivery.sheets.size());
  for (const Sheet& sheet : delivery.sheets) reports.push_back(comparison.of(sheet));
  std::ranges::sort(reports, {}, [](const SheetReport& report) { return key_of(report.sheet); });
  return reports;
}

}  // namespace teller
