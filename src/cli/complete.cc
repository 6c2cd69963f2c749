// teller complete: somebody declares that all cards of a unit are in, and how many they are. It changes
// no figure: `teller check` holds what is counted against it.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/grouped.h"
#include "base/time.h"
#include "checks/complete_units.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "deliver/unit_meant.h"
#include "operate/audit.h"

namespace teller::cli {
namespace {

struct CompleteOptions {
  Where where;
  Person person;
  std::string unit;
  std::optional<std::uint64_t> cards;
  bool undo = false;
};

// Whether its cards are those of the units in it: what is declared of it would be held against nothing.
Result<bool> only_units_in_it_report(const Opened& opened, UnitId unit) {
  const Rules& rules = opened.home->rules;
  if (rules.is_leaf(unit)) return false;
  const auto snapshot = opened.store->snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  const CompleteUnit asked{.unit = unit, .cards = 0};
  return !counted_cards(rules, snapshot->totals, {&asked, 1}).front().any;
}

int declare_complete(const CompleteOptions& options) {
  if (options.undo == options.cards.has_value()) {
    say("say how many cards the unit has (--cards), or --undo");
    return usage;
  }
  const auto opened = open_for_change(options.where);
  if (!opened) return report(opened.error());
  const Home& home = *opened->home;
  const auto meant = unit_meant(home.rules, options.unit);
  if (!meant) return report(meant.error());
  const Unit& unit = home.rules.units.at(meant->value);
  const auto units = complete_units(home.count, home.rules, *opened->store);
  if (!units) return report(units.error());
  const auto before = std::ranges::find(*units, *meant, &CompleteUnit::unit);
  const bool was_declared = before != units->end();
  if (options.undo && !was_declared) {
    say(fmt::format("teller: {} was not declared complete; nothing was changed", unit.id));
    return usage;
  }
  if (!options.undo) {
    const auto no_own = only_units_in_it_report(*opened, *meant);
    if (!no_own) return report(no_own.error());
    if (*no_own) {
      say(
          fmt::format("teller: {} has units below it and no cards of its own; declare the units in "
                      "it, each with its cards; nothing was changed",
                      unit.id));
      return usage;
    }
  }
  const auto hash_of = [&](std::uint64_t cards) {
    return sha256(as_bytes(complete_subject(unit.id, cards)));
  };
  const std::string subject =
      options.undo ? unit.id : complete_subject(unit.id, options.cards.value_or(0));
  const auto line =
      write_audit(home.count, *opened->store, SystemClock(),
                  {.actor = options.person.actor,
                   .action = std::string(options.undo ? audit_incomplete : audit_complete),
                   .subject = subject,
                   .reason = options.person.reason,
                   .before = was_declared ? hash_of(before->cards) : Hash{},
                   .after = options.undo ? Hash{} : hash_of(options.cards.value_or(0)),
                   .approver = options.person.approver});
  if (!line) return report(line.error());
  const std::string was =
      was_declared ? fmt::format("; it was declared with {}", grouped(before->cards)) : "";
  say(fmt::format("teller: {} is {} (audit line {}){}", unit.id,
                  options.undo ? "not complete any more"
                               : fmt::format("complete with {} card(s)", grouped(*options.cards)),
                  *line, was));
  return done;
}

}  // namespace

void add_complete(CLI::App& app) {
  auto options = std::make_shared<CompleteOptions>();
  CLI::App* command = add_command(
      app, "complete", "Declare that all cards of a unit are in, and how many they are",
      "Examples:\n"
      "  teller complete --home my-count --unit \"Rill North\" --cards 412 --reason \"Ballot "
      "account\"\n"
      "  teller complete --home my-count --unit \"Rill North\" --undo --reason \"A box was "
      "found\"\n"
      "  teller totals --home my-count --outstanding     has the units that are complete too\n"
      "No figure changes. It is a line of the audit log, `teller check` tells where more or fewer\n"
      "cards are counted, and certifying waits for that like for every error.");
  add_where(command, options->where);
  command->add_option("--unit", options->unit, "Its id or its name")->type_name("UNIT")->required();
  command
      ->add_option("--cards", options->cards, "How many cards it has, as its ballot account says")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{0}, declared_cards_max));
  command->add_flag("--undo", options->undo, "It is not complete after all");
  add_person(command, options->person);
  on_run(command, [options] { return declare_complete(*options); });
}

}  // namespace teller::cli
