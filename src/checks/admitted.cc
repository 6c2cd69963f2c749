// Checks the voters who were admitted to a polling place against the cards that came out of its box, where
// both are on sheets: `admitted` and `counted` are contests, and their cards are the figures. What the
// sheet of `differences` says accounts for what is more or fewer.
#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/grouped.h"
#include "checks/findings_to.h"

namespace teller {
namespace {

std::string grouped_figure(std::int64_t figure) {
  return (figure < 0 ? "-" : "") + grouped(static_cast<std::uint64_t>(std::abs(figure)));
}

// Of one unit and method, where both are numbers.
struct AdmittedAndCounted {
  std::int64_t admitted = 0, counted = 0;
  [[nodiscard]] std::int64_t more() const { return counted - admitted; }
  // "1,000 voters admitted, and 1,020 cards"
  [[nodiscard]] std::string in_words() const {
    return fmt::format("{} voters admitted, and {} cards", grouped_figure(admitted),
                       grouped_figure(counted));
  }
};

std::optional<AdmittedAndCounted> both_of(const ContestReports& admitted,
                                          const ContestReports& counted, std::size_t report) {
  const auto& [unit, method, from_sheets] = counted.cell(report);
  const auto there = admitted.report_of(unit, method);
  if (!there) return std::nullopt;
  const auto voters = admitted.figure(*there, slot::cards);
  const auto cards = counted.figure(report, slot::cards);
  if (!voters || !cards) return std::nullopt;
  return AdmittedAndCounted{*voters, *cards};
}

// One figure that accounts for a difference.
struct Accounted {
  std::optional<std::int64_t> given;
  bool withheld = false;

  // What nobody gave accounts for nothing, and so is right only where there is nothing.
  [[nodiscard]] bool is(std::int64_t needed) const {
    return given ? *given == needed : needed == 0;
  }
  [[nodiscard]] std::string in_words() const {
    return given ? grouped_figure(*given) : "not given";
  }
};

Accounted accounted(const ContestReports& differences, std::optional<std::size_t> report,
                    OptionId option) {
  if (!report) return {};
  const auto column = static_cast<std::uint16_t>(option.value);
  const auto given = differences.figure(*report, column);
  return {given, !given && !differences.is_unknown(*report, column)};
}

}  // namespace

void check_admitted_difference(const ContestReports& admitted, const ContestReports& counted,
                               FindingsTo& to) {
  constexpr auto kind = CheckKind::admitted_difference;
  const CheckRules::AdmittedDifference& rule = to.rules().admitted_difference;
  for (std::size_t r = 0; r < counted.size(); ++r) {
    const auto figures = both_of(admitted, counted, r);
    if (!figures) continue;
    to.held(kind);
    const std::int64_t apart = std::abs(figures->more());
    const bool large =
        (rule.from_percent > 0 && 100 * apart >= rule.from_percent * figures->counted) ||
        (rule.from_cards > 0 && apart >= rule.from_cards);
    if (apart == 0 || !large) continue;
    std::string share;
    if (figures->counted > 0) {
      share = fmt::format(", {:.2f} % of them", 100.0 * static_cast<double>(apart) /
                                                    static_cast<double>(figures->counted));
    }
    to.found(kind, counted, r,
             fmt::format("{}: {} {}{}", figures->in_words(), grouped_figure(apart),
                         figures->more() > 0 ? "more" : "fewer", share));
  }
}

void check_admitted_balance(const ContestReports& admitted, const ContestReports& counted,
                            const ContestReports& differences, FindingsTo& to) {
  constexpr auto kind = CheckKind::admitted_balance;
  const CheckRules::AdmittedBalance& rule = to.rules().admitted_balance;
  const auto more_option = differences.rules().find_option(differences.id(), rule.more);
  const auto fewer_option = differences.rules().find_option(differences.id(), rule.fewer);
  if (!more_option || !fewer_option) return;  // check_count() refuses rules that name others.
  const std::string& more_name = differences.contest().options.at(more_option->value).name;
  const std::string& fewer_name = differences.contest().options.at(fewer_option->value).name;
  for (std::size_t r = 0; r < counted.size(); ++r) {
    const auto figures = both_of(admitted, counted, r);
    if (!figures) continue;
    const auto& [unit, method, from_sheets] = counted.cell(r);
    const auto there = differences.report_of(unit, method);
    const Accounted more = accounted(differences, there, *more_option);
    const Accounted fewer = accounted(differences, there, *fewer_option);
    if (more.withheld || fewer.withheld) continue;
    to.held(kind);
    if (rule.both && more.given && fewer.given) {
      const std::int64_t explained = figures->counted - *more.given + *fewer.given;
      if (explained == figures->admitted) continue;
      to.found(kind, counted, r,
               fmt::format("{} cards - {} ({}) + {} ({}) = {}, and {} voters admitted",
                           grouped_figure(figures->counted), more.in_words(), more_name,
                           fewer.in_words(), fewer_name, grouped_figure(explained),
                           grouped_figure(figures->admitted)));
      continue;
    }
    const std::int64_t more_needed = std::max<std::int64_t>(figures->more(), 0);
    const std::int64_t fewer_needed = std::max<std::int64_t>(-figures->more(), 0);
    if (more.is(more_needed) && fewer.is(fewer_needed)) continue;
    to.found(kind, counted, r,
             fmt::format("{}: {} {}, {} {}; should be {} and {}", figures->in_words(), more_name,
                         more.in_words(), fewer_name, fewer.in_words(), grouped_figure(more_needed),
                         grouped_figure(fewer_needed)));
  }
}

}  // namespace teller
