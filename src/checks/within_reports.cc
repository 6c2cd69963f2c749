// Checks of a report by itself, and of its shares against those of the contest's other reports.
#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/grouped.h"
#include "checks/findings_to.h"

namespace teller {
namespace {

std::string number_of(std::int64_t figure) {
  return figure < 0 ? "-" + grouped(static_cast<std::uint64_t>(-figure))
                    : grouped(static_cast<std::uint64_t>(figure));
}

// "46 cards of 1 vote each"
std::string cards_in_words(std::int64_t cards, std::int64_t votes_each) {
  return fmt::format("{} card{} of {} vote{} each", number_of(cards), cards == 1 ? "" : "s",
                     votes_each, votes_each == 1 ? "" : "s");
}

// "1,000 votes"
std::string votes_in_words(std::int64_t votes) {
  return fmt::format("{} vote{}", number_of(votes), votes == 1 ? "" : "s");
}

double percent_of(std::int64_t part, std::int64_t whole) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// True: it was told.
bool check_votes_above_cards(const ContestReports& reports, std::size_t report, FindingsTo& to) {
  const auto cards = reports.figure(report, slot::cards);
  const ContestReports::Votes votes = reports.votes(report);
  if (!cards || !votes.any) return false;
  constexpr auto kind = CheckKind::votes_above_cards;
  to.held(kind);
  const std::int64_t each = reports.votes_a_card();
  if (votes.known > each * *cards) {
    to.found(kind, reports, report,
             fmt::format("{}{} on {}", votes.all ? "" : "at least ", votes_in_words(votes.known),
                         cards_in_words(*cards, each)));
    return true;
  }
  const auto& options = reports.contest().options;
  for (std::size_t o = 0; o < options.size(); ++o) {
    const auto of_option = reports.figure(report, static_cast<std::uint16_t>(o));
    if (of_option.value_or(0) <= *cards) continue;
    to.found(kind, reports, report,
             fmt::format("{} for {} on {} cards", votes_in_words(*of_option), options[o].name,
                         number_of(*cards)));
    return true;
  }
  return false;
}

// What a report gives of its cards besides votes.
struct Remainder {
  std::optional<std::int64_t> undervotes, overvotes, blank, invalid, exhausted;
};

// Whether the report says of every card what became of it.
bool says_all(const ContestReports& reports, std::size_t report, const Remainder& rest,
              const std::vector<std::uint16_t>& not_given) {
  if (!reports.votes(report).all) return false;
  const auto given = [&](const std::optional<std::int64_t>& figure, std::uint16_t slot) {
    return figure || std::ranges::find(not_given, slot) != not_given.end();
  };
  const bool undervotes = given(rest.undervotes, slot::undervotes);
  const bool overvotes = given(rest.overvotes, slot::overvotes);
  const bool blank = given(rest.blank, slot::blank);
  const bool invalid = given(rest.invalid, slot::invalid);
  const Contest& contest = reports.contest();
  if (contest.kind == ContestKind::ranked && !given(rest.exhausted, slot::exhausted)) return false;
  // A card of one vote that holds none is blank or undervoted, and one with too many invalid or
  // overvoted: a sheet has the one or the other.
  if (contest.votes_allowed == 1) return (undervotes || blank) && (overvotes || invalid);
  return undervotes && overvotes && blank && invalid;
}

// "40 votes + 3 undervotes + 2 × (1 blank + 1 invalid) = 47"
std::string sum_in_words(std::int64_t votes, const Remainder& rest, std::int64_t each,
                         std::int64_t sum) {
  std::string text = votes_in_words(votes), whole;
  const auto add = [](std::string& to, const std::optional<std::int64_t>& figure,
                      std::string_view name) {
    if (!figure) return;
    if (!to.empty()) to += " + ";
    to += fmt::format("{} {}", number_of(*figure), name);
  };
  add(text, rest.undervotes, rest.undervotes == 1 ? "undervote" : "undervotes");
  add(text, rest.overvotes, rest.overvotes == 1 ? "overvote" : "overvotes");
  add(text, rest.exhausted, "exhausted");
  add(each == 1 ? text : whole, rest.blank, "blank");
  add(each == 1 ? text : whole, rest.invalid, "invalid");
  if (!whole.empty()) text += fmt::format(" + {} × ({})", each, whole);
  return fmt::format("{} = {}", text, number_of(sum));
}

void check_balance(const ContestReports& reports, std::size_t report, FindingsTo& to) {
  const auto cards = reports.figure(report, slot::cards);
  if (!cards) return;
  const auto figure = [&](std::uint16_t slot) { return reports.figure(report, slot); };
  Remainder rest{figure(slot::undervotes), figure(slot::overvotes), figure(slot::blank),
                 figure(slot::invalid), figure(slot::exhausted)};
  if (reports.contest().kind != ContestKind::ranked) rest.exhausted.reset();
  const CheckRules::Balance& rule = to.rules().balance;
  const ContestReports::Votes votes = reports.votes(report);
  const bool all = says_all(reports, report, rest, rule.not_given);
  const bool anything =
      votes.any || rest.undervotes || rest.overvotes || rest.blank || rest.invalid;
  if (!anything) return;
  if (all) to.held(CheckKind::balance);
  const std::int64_t each = reports.votes_a_card();
  const std::int64_t sum = votes.known + rest.undervotes.value_or(0) + rest.overvotes.value_or(0) +
                           rest.exhausted.value_or(0) +
                           each * (rest.blank.value_or(0) + rest.invalid.value_or(0));
  const std::int64_t too_many = sum - each * *cards;
  if (too_many <= rule.tolerance && (!all || too_many >= -rule.tolerance)) return;
  to.found(CheckKind::balance, reports, report,
           fmt::format("{}{}, and {} are {}: {} too {}", all ? "" : "at least ",
                       sum_in_words(votes.known, rest, each, sum), cards_in_words(*cards, each),
                       number_of(each * *cards), number_of(std::abs(too_many)),
                       too_many > 0 ? "many" : "few"));
}

// Cards of the contest by method: those of reports that give both, and how many of them are of the part.
struct OfCards {
  std::int64_t cards = 0, part = 0;
};

void check_share(const ContestReports& reports, std::uint16_t part, CheckKind kind,
                 const CheckRules::Share& rule, FindingsTo& to) {
  std::vector<OfCards> together(reports.rules().methods.size());
  const auto of = [&](std::size_t report) -> std::optional<OfCards> {
    const auto cards = reports.figure(report, slot::cards), value = reports.figure(report, part);
    if (!cards || !value || *cards <= 0) return std::nullopt;
    return OfCards{*cards, *value};
  };
  for (std::size_t r = 0; r < reports.size(); ++r) {
    if (const auto one = of(r)) {
      OfCards& all = together.at(reports.cell(r).method.value);
      all.cards += one->cards;
      all.part += one->part;
    }
  }
  for (std::size_t r = 0; r < reports.size(); ++r) {
    const auto one = of(r);
    if (!one || one->cards < rule.cards_min) continue;
    to.held(kind);
    const double share = percent_of(one->part, one->cards);
    const bool is_large = rule.from_percent > 0 ? 100 * one->part >= rule.from_percent * one->cards
                                                : share > static_cast<double>(rule.above_percent);
    if (!is_large) continue;
    const OfCards& all = together.at(reports.cell(r).method.value);
    const OfCards others{all.cards - one->cards, all.part - one->part};
    std::string beside;
    if (others.cards > 0) {
      const double usual = percent_of(others.part, others.cards);
      if (share <= static_cast<double>(rule.times_others) * usual) continue;
      beside = fmt::format("in the other reports of this contest {} of {}, {:.2f} %",
                           number_of(others.part), number_of(others.cards), usual);
    }
    to.found(kind, reports, r,
             fmt::format("{} of {} cards are {}, {:.2f} %", number_of(one->part),
                         number_of(one->cards), slot::name(part), share),
             std::move(beside));
  }
}

// The registered voters of the unit: the most that a sheet of the contest gives, else those that are
// known beside the count.
struct Registered {
  std::int64_t voters = 0;
  std::string_view beside;  // Where it is known from, if not from a sheet.
};
std::optional<Registered> registered_of(const ContestReports& reports, std::size_t first,
                                        std::size_t last, const CheckedCount& count) {
  std::optional<Registered> most;
  for (std::size_t r = first; r < last; ++r) {
    const auto given = reports.figure(r, slot::registered);
    if (given) most = {std::max(*given, most ? most->voters : 0), ""};
  }
  if (most) return most;
  const UnitId unit = reports.cell(first).unit;
  const auto found = count.registered.find(reports.rules().units.at(unit.value).id);
  if (found != count.registered.end()) {
    return Registered{static_cast<std::int64_t>(found->second), " (presentation.json)"};
  }
  if (count.voters.empty()) return std::nullopt;
  return Registered{static_cast<std::int64_t>(count.voters[unit.value].registered),
                    " (the voters' roll)"};
}

bool is_held(const CheckRules::OfContests& rule, const Contest& contest) {
  return std::ranges::find(rule.contests, contest.id) != rule.contests.end();
}

void check_no_cards(const ContestReports& reports, std::size_t report, FindingsTo& to) {
  const auto cards = reports.figure(report, slot::cards);
  if (!cards && !reports.is_unknown(report, slot::cards)) return;  // Withheld is not empty.
  to.held(CheckKind::no_cards);
  if (cards.value_or(0) > 0) return;
  to.found(CheckKind::no_cards, reports, report, cards ? "0 cards" : "it gives no cards");
}

// The reports of one unit: [first, last).
struct ReportsOfUnit {
  std::size_t first = 0, last = 0;
};

void check_no_registered(const ContestReports& reports, ReportsOfUnit of,
                         const std::optional<Registered>& registered, FindingsTo& to) {
  for (std::size_t r = of.first; r < of.last && !registered; ++r) {
    if (reports.cell(r).from_sheets && !reports.figure(r, slot::registered) &&
        !reports.is_unknown(r, slot::registered)) {
      return;  // Withheld is not empty.
    }
  }
  to.held(CheckKind::no_registered);
  if (registered && registered->voters > 0) return;
  const UnitId unit = reports.cell(of.first).unit;
  to.found(CheckKind::no_registered, reports.id(), {unit}, std::nullopt,
           fmt::format("{}: {}", reports.place(unit),
                       registered ? fmt::format("0 registered voters{}", registered->beside)
                                  : "nothing says how many voters are registered"));
}

// One option of all methods against the registered voters.
void check_option_above_registered(const ContestReports& reports, ReportsOfUnit of,
                                   const std::optional<Registered>& registered, FindingsTo& to) {
  const CheckRules::OptionAboveRegistered& rule = to.rules().option_above_registered;
  // That there are none is told by the check that asks for them.
  const bool none = !registered || (registered->voters == 0 && to.wanted(CheckKind::no_registered));
  if (rule.contest != reports.contest().id || none) return;
  const auto option = reports.rules().find_option(reports.id(), rule.option);
  if (!option) return;
  std::int64_t sum = 0;
  bool any = false;
  for (std::size_t r = of.first; r < of.last; ++r) {
    const auto given = reports.figure(r, static_cast<std::uint16_t>(option->value));
    sum += given.value_or(0);
    any = any || given;
  }
  if (!any) return;
  to.held(CheckKind::option_above_registered);
  if (sum <= registered->voters) return;
  const UnitId unit = reports.cell(of.first).unit;
  to.found(CheckKind::option_above_registered, reports.id(), {unit}, std::nullopt,
           fmt::format("{}: {} {}, and {} registered voters{}", reports.place(unit),
                       reports.contest().options.at(option->value).name, number_of(sum),
                       number_of(registered->voters), registered->beside));
}

// What the unit's reports of the contest give of cards, together.
struct CardsOfUnit {
  std::int64_t known = 0;
  bool any = false, all = true;
};
CardsOfUnit cards_of(const ContestReports& reports, std::size_t first, std::size_t last) {
  CardsOfUnit cards;
  for (std::size_t r = first; r < last; ++r) {
    const auto given = reports.figure(r, slot::cards);
    cards.known += given.value_or(0);
    cards.any = cards.any || given;
    cards.all = cards.all && given;
  }
  return cards;
}

// "40 voters checked in", or how few at most: a small number of people is in no message.
std::string check_ins_in_words(std::int64_t checked_in) {
  constexpr std::int64_t small = 10;
  if (checked_in < small) return fmt::format("fewer than {} voters checked in", small);
  return number_of(checked_in) + " voters checked in";
}

void check_above_registered(const ContestReports& reports, UnitId unit, const CardsOfUnit& cards,
                            const Registered& registered, FindingsTo& to) {
  to.held(CheckKind::above_registered);
  if (cards.known <= registered.voters) return;
  to.found(CheckKind::above_registered, reports.id(), {unit}, std::nullopt,
           fmt::format("{}: {}{} cards, and {} registered voters{}", reports.place(unit),
                       cards.all ? "" : "at least ", number_of(cards.known),
                       number_of(registered.voters), registered.beside));
}

// Cards against check-ins, and these against registered voters.
void check_check_ins(const ContestReports& reports, UnitId unit, const CardsOfUnit& cards,
                     const std::optional<Registered>& registered, const CheckedCount& count,
                     FindingsTo& to) {
  const auto came = static_cast<std::int64_t>(count.voters[unit.value].checked_in);
  if (cards.any && to.wanted(CheckKind::above_check_ins)) {
    to.held(CheckKind::above_check_ins);
    if (cards.known > came) {
      to.found(
          CheckKind::above_check_ins, reports.id(), {unit}, std::nullopt,
          fmt::format("{}: {}{} cards, and {}", reports.place(unit), cards.all ? "" : "at least ",
                      number_of(cards.known), check_ins_in_words(came)));
    }
  }
  if (!registered || !to.wanted(CheckKind::check_ins_above_registered)) return;
  to.held(CheckKind::check_ins_above_registered);
  if (came <= registered->voters) return;
  to.found(
      CheckKind::check_ins_above_registered, reports.id(), {unit}, std::nullopt,
      fmt::format("{}: {}, and {} registered voters{}", reports.place(unit),
                  check_ins_in_words(came), number_of(registered->voters), registered->beside));
}

void check_against_voters(const ContestReports& reports, const CheckedCount& count,
                          FindingsTo& to) {
  const bool no_registered =
      to.wanted(CheckKind::no_registered) && is_held(to.rules().no_registered, reports.contest());
  for (std::size_t first = 0, last = 0; first < reports.size(); first = last) {
    const UnitId unit = reports.cell(first).unit;
    while (last < reports.size() && reports.cell(last).unit == unit) ++last;
    const auto registered = registered_of(reports, first, last, count);
    const CardsOfUnit cards = cards_of(reports, first, last);
    if (no_registered) check_no_registered(reports, {first, last}, registered, to);
    if (to.wanted(CheckKind::option_above_registered)) {
      check_option_above_registered(reports, {first, last}, registered, to);
    }
    if (registered && cards.any && to.wanted(CheckKind::above_registered)) {
      check_above_registered(reports, unit, cards, *registered, to);
    }
    if (!count.voters.empty()) check_check_ins(reports, unit, cards, registered, count, to);
  }
}

}  // namespace

void check_within_reports(const ContestReports& reports, const CheckedCount& count,
                          FindingsTo& to) {
  const bool no_cards =
      to.wanted(CheckKind::no_cards) && is_held(to.rules().no_cards, reports.contest());
  for (std::size_t r = 0; r < reports.size(); ++r) {
    if (no_cards) check_no_cards(reports, r, to);
    // More votes than places for them are told once.
    const bool told =
        to.wanted(CheckKind::votes_above_cards) && check_votes_above_cards(reports, r, to);
    if (to.wanted(CheckKind::balance) && !told) check_balance(reports, r, to);
  }
  const CheckRules& rules = to.rules();
  if (to.wanted(CheckKind::blank_share)) {
    check_share(reports, slot::blank, CheckKind::blank_share, rules.blank, to);
  }
  if (to.wanted(CheckKind::invalid_share)) {
    check_share(reports, slot::invalid, CheckKind::invalid_share, rules.invalid, to);
  }
  check_against_voters(reports, count, to);
}

}  // namespace teller
