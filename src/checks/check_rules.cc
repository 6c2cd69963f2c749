#include "checks/check_rules.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "count/step.h"
#include "embedded/checks_default.h"
#include "settings/toml_file.h"

namespace teller {
namespace {

constexpr std::array<std::string_view, check_kinds> kind_names{"balance",
                                                               "votes_above_cards",
                                                               "blank_share",
                                                               "invalid_share",
                                                               "above_registered",
                                                               "above_check_ins",
                                                               "check_ins_above_registered",
                                                               "list_total",
                                                               "same_votes",
                                                               "far_share",
                                                               "silent_unit",
                                                               "two_levels",
                                                               "fallen_figure",
                                                               "no_cards",
                                                               "no_registered",
                                                               "option_above_registered",
                                                               "admitted_difference",
                                                               "admitted_balance",
                                                               "far_from_before",
                                                               "sender_conflicts",
                                                               "night_work",
                                                               "many_refusals",
                                                               "undone_twice",
                                                               "declared_cards"};
constexpr std::array<Severity, 3> severities{Severity::note, Severity::warning, Severity::error};
constexpr std::int64_t threshold_max = 1'000'000'000;

// The counters that a report may leave to another of its figures.
constexpr std::array<std::uint16_t, 5> parts_of_cards{slot::undervotes, slot::overvotes,
                                                      slot::blank, slot::invalid, slot::exhausted};

void read_balance(const TomlTable& table, CheckRules::Balance& out) {
  table.number("tolerance", out.tolerance, 0, threshold_max);
  // An empty list, or none, is what a file without it says.
  const std::vector<std::string> names = table.texts("not_given");
  std::vector<std::string_view> known;
  for (const std::uint16_t part : parts_of_cards) known.push_back(slot::name(part));
  for (const std::string& name : names) {
    const auto found = std::ranges::find(known, name);
    if (found == known.end()) {
      table.fault("not_given", fmt::format("has \"{}\"; what can be left to another figure is {}",
                                           name, fmt::join(known, ", ")));
      continue;
    }
    out.not_given.push_back(parts_of_cards.at(static_cast<std::size_t>(found - known.begin())));
  }
}

void read_share(const TomlTable& table, CheckRules::Share& out) {
  table.number("cards_min", out.cards_min, 1, threshold_max);
  table.number("above_percent", out.above_percent, 0, 100);
  table.number("from_percent", out.from_percent, 0, 100);
  table.number("times_others", out.times_others, 0, 1000);
}

void read_list_total(const TomlTable& table, CheckRules::ListTotal& out) {
  table.text("lists", out.lists);
  table.text("candidates", out.candidates);
  table.flag("fewer", out.fewer);
  table.flag("list_given", out.list_given);
  if (out.lists.empty() != out.candidates.empty()) {
    table.fault(out.lists.empty() ? "lists" : "candidates",
                "must name a contest, for the other one does");
  }
}

void read_far_share(const TomlTable& table, CheckRules::FarShare& out) {
  table.number("votes_min", out.votes_min, 1, threshold_max);
  table.number("units_min", out.units_min, 3, threshold_max);
  table.number("points_above", out.points_above, 0, 100);
  table.number("times_spread", out.times_spread, 0, 1000);
}

void read_contests(const TomlTable& table, CheckRules::OfContests& out) {
  out.contests = table.texts("contests");
}

// Either all of these keys name something, or none does.
void want_all_or_none(const TomlTable& table,
                      std::initializer_list<std::pair<std::string_view, const std::string*>> keys) {
  const auto is_empty = [](const auto& key) { return key.second->empty(); };
  if (std::ranges::all_of(keys, is_empty)) return;
  for (const auto& [key, value] : keys) {
    if (value->empty()) table.fault(key, "is missing, and the others of this table are not");
  }
}

void read_option_above_registered(const TomlTable& table, CheckRules::OptionAboveRegistered& out) {
  table.text("contest", out.contest);
  table.text("option", out.option);
  want_all_or_none(table, {{"contest", &out.contest}, {"option", &out.option}});
}

void read_admitted_difference(const TomlTable& table, CheckRules::AdmittedDifference& out) {
  table.text("admitted", out.admitted);
  table.text("counted", out.counted);
  table.number("from_percent", out.from_percent, 0, 100);
  table.number("from_cards", out.from_cards, 0, threshold_max);
  want_all_or_none(table, {{"admitted", &out.admitted}, {"counted", &out.counted}});
}

void read_admitted_balance(const TomlTable& table, CheckRules::AdmittedBalance& out) {
  table.text("admitted", out.admitted);
  table.text("counted", out.counted);
  table.text("differences", out.differences);
  table.text("more", out.more);
  table.text("fewer", out.fewer);
  table.flag("both", out.both);
  want_all_or_none(table, {{"admitted", &out.admitted},
                           {"counted", &out.counted},
                           {"differences", &out.differences},
                           {"more", &out.more},
                           {"fewer", &out.fewer}});
}

// Of checks that hold no figure: what senders and persons did.
void read_conduct(const TomlTable& table, CheckKind kind, CheckRules& out) {
  if (kind == CheckKind::sender_conflicts) {
    table.number("conflicts_min", out.sender_conflicts.conflicts_min, 1, threshold_max);
  } else if (kind == CheckKind::night_work) {
    table.number("from_hour", out.night_work.from_hour, 0, 23);
    table.number("to_hour", out.night_work.to_hour, 0, 23);
  } else if (kind == CheckKind::many_refusals) {
    table.number("refusals_min", out.many_refusals.refusals_min, 1, threshold_max);
    table.number("within_minutes", out.many_refusals.within_minutes, 1, 525'600);
  } else if (kind == CheckKind::undone_twice) {
    table.number("times_min", out.undone_twice.times_min, 1, threshold_max);
  }
}

void read_thresholds(const TomlTable& table, CheckKind kind, CheckRules& out) {
  switch (kind) {
    case CheckKind::balance:
      return read_balance(table, out.balance);
    case CheckKind::blank_share:
      return read_share(table, out.blank);
    case CheckKind::invalid_share:
      return read_share(table, out.invalid);
    case CheckKind::list_total:
      return read_list_total(table, out.list_total);
    case CheckKind::same_votes:
      table.number("votes_min", out.same_votes.votes_min, 1, threshold_max);
      table.number("options_min", out.same_votes.options_min, 1, threshold_max);
      table.number("each_min", out.same_votes.each_min, 0, threshold_max);
      return;
    case CheckKind::far_share:
      return read_far_share(table, out.far_share);
    case CheckKind::silent_unit:
      table.number("units_min", out.silent_unit.units_min, 1, threshold_max);
      table.number("reported_percent", out.silent_unit.reported_percent, 1, 100);
      return;
    case CheckKind::no_cards:
      return read_contests(table, out.no_cards);
    case CheckKind::no_registered:
      return read_contests(table, out.no_registered);
    case CheckKind::option_above_registered:
      return read_option_above_registered(table, out.option_above_registered);
    case CheckKind::admitted_difference:
      return read_admitted_difference(table, out.admitted_difference);
    case CheckKind::admitted_balance:
      return read_admitted_balance(table, out.admitted_balance);
    case CheckKind::far_from_before:
      table.number("votes_min", out.far_from_before.votes_min, 1, threshold_max);
      table.number("points_above", out.far_from_before.points_above, 0, 100);
      return;
    case CheckKind::sender_conflicts:
    case CheckKind::night_work:
    case CheckKind::many_refusals:
    case CheckKind::undone_twice:
      return read_conduct(table, kind, out);
    case CheckKind::votes_above_cards:
    case CheckKind::above_registered:
    case CheckKind::above_check_ins:
    case CheckKind::check_ins_above_registered:
    case CheckKind::two_levels:
    case CheckKind::fallen_figure:
    case CheckKind::declared_cards:
      return;
  }
}

void read_rule(const TomlTable& table, CheckRules::Rule& out) {
  out.made = true;
  table.text("says", out.says, Need::not_empty);
  table.text("source", out.source, Need::not_empty);
  std::string name(to_text(out.severity));
  if (!table.text("severity", name, Need::not_empty)) return;
  const auto* const found =
      std::ranges::find(severities, name, [](Severity s) { return to_text(s); });
  if (found == severities.end()) {
    table.fault("severity", "must be \"error\", \"warning\" or \"note\"");
    return;
  }
  out.severity = *found;
}

// Over what `rules` say already.
Result<CheckRules> read_over(CheckRules rules, std::string_view text, const std::string& name) {
  auto file = TomlFile::parse(text, name, "checks.invalid");
  if (!file) return std::unexpected(file.error());
  const TomlTable root = file->root();
  for (std::size_t i = 0; i < check_kinds; ++i) {
    const auto kind = static_cast<CheckKind>(i);
    rules.rules[i].made = false;
    const auto table = root.table(to_text(kind));
    if (!table) continue;
    read_rule(*table, rules.rules[i]);
    read_thresholds(*table, kind, rules);
  }
  if (auto good = file->finish(); !good) return std::unexpected(good.error());
  return rules;
}

}  // namespace

std::string_view to_text(CheckKind kind) { return kind_names.at(static_cast<std::size_t>(kind)); }

std::optional<CheckKind> check_called(std::string_view name) {
  const auto* const found = std::ranges::find(kind_names, name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<CheckKind>(found - kind_names.begin());
}

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

Result<CheckRules> CheckRules::parse(std::string_view text, const std::string& name) {
  auto read = read_over(default_check_rules(), text, name);
  if (read) read->hash = to_hex(sha256(as_bytes(text)));
  return read;
}

const CheckRules& default_check_rules() {
  static const CheckRules rules = [] {
    auto read = read_over({}, embedded::checks_default, "checks/default.toml");
    check(read.has_value(), "the checks that are built in can be read");
    return *std::move(read);
  }();
  return rules;
}

}  // namespace teller
