#include "deliver/plan.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include <fmt/format.h>

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

// The time that an update must not be older than: that of the figures that stand, or of the withdrawal after
// which none do and of what it took away. Nothing where nobody said.
std::optional<std::int64_t> time_of(const SheetKey& key, const Sheet* last,
                                    const FiguresAt& figures_at) {
  if (last == nullptr) return std::nullopt;
  const auto then = figures_at(key, last->version);
  return has_figures(last) ? then : std::max(then, figures_at(key, last->version - 1));
}

void refuse(SheetReport& report, Code code, std::string detail) {
  report.became = Became::refused;
  report.sheet.version = 0;
  report.code = code;
  report.detail = std::move(detail);
}

}  // namespace

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
    if (stands) report.before = *last;

    if (const auto beside = levels.beside(key); beside && !withdraws) {
      refuse(report, "delivery.other_level",
             fmt::format("{} reports in this contest too, and one lies in the other: its figures "
                         "would be counted twice",
                         rules.units.at(beside->value).id));
    } else if (delivery.act != Sheet::Act::update && !stands) {
      refuse(report, "delivery.nothing_stands",
             withdraws ? "no figures stand that could be withdrawn"
                       : "no figures stand that could be corrected; deliver it without --correct");
    } else if (withdraws && !same_figures(*last, sheet)) {
      refuse(report, "delivery.others_stand",
             "other figures stand by now; withdraw the file that brought those");
    } else if (stands && !withdraws && same_figures(*last, sheet)) {
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
    } else if (last != nullptr && last->version == std::numeric_limits<std::uint32_t>::max()) {
      refuse(report, "delivery.no_version_left",
             "the highest version that there is stands already; only void can take it away");
    } else {
      report.became = sent_as(delivery.act, stands);
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
