// teller withdraw: takes away the figures that stand for a unit, without the file that brought them.
#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/delivery_target.h"
#include "cli/delivery_words.h"
#include "deliver/standing_figures.h"

namespace teller::cli {
namespace {

struct WithdrawOptions {
  std::string home;
  SheetsAsked sheets;
  DeliverOptions deliver;
  bool json = false;
};

// A withdrawal of the figures that stand now: other ones that come meanwhile are not taken away.
Result<Delivery> withdrawal_of(const WithdrawOptions& options, DeliveryTarget& target) {
  const Rules& rules = *target.definition().rules;
  const auto meant = sheets_meant(rules, options.sheets);
  if (!meant) return std::unexpected(meant.error());
  if (!meant->unit) return fail(Remedy::reject, "delivery.none", "--unit is empty");
  SheetsAsked asked = options.sheets;
  asked.unit = rules.units.at(meant->unit->value).id;
  const auto history = target.history(asked);
  if (!history) return std::unexpected(history.error());
  auto standing = standing_figures(*history, rules);
  if (!standing) return std::unexpected(standing.error());
  if (standing->sheets.empty()) {
    return fail(
        Remedy::reject, "delivery.nothing_stands",
        fmt::format("no figures stand for {}{}{}; `teller deliveries --unit` shows what became "
                    "of them",
                    asked.unit, asked.contest.empty() ? "" : ", " + asked.contest,
                    asked.method.empty() ? "" : ", " + asked.method));
  }
  auto delivery =
      delivery_of(options.deliver, standing->source.empty() ? "withdraw" : standing->source, "");
  if (delivery) delivery->sheets = std::move(standing->sheets);
  return delivery;
}

int run_withdraw(const WithdrawOptions& options) {
  const auto target = open_delivery_target(options.deliver, options.home);
  if (!target) return report(target.error());
  const auto delivery = withdrawal_of(options, **target);
  if (!delivery) return report(delivery.error());
  const auto answer = (*target)->deliver(*delivery);
  if (!answer) return report(answer.error());
  const auto told = tell_delivery(*answer);
  if (!told) return report(told.error());
  if (const auto finished = (*target)->finish(); !finished) return report(finished.error());
  std::fputs(options.json ? answer->c_str() : told->text.c_str(), stdout);
  return told->all_stand ? done : found;
}

}  // namespace

void add_withdraw(CLI::App& app) {
  CLI::App* const command = add_command(
      app, "withdraw", "Take away the figures that stand for a unit, without a file",
      "  teller withdraw --home count --unit \"Old mill\" --reason \"keyed to the wrong "
      "precinct\"\n"
      "  teller withdraw --to http://127.0.0.1:18400 --token-file count/token --unit Rill/P1 \\\n"
      "    --contest Mayor --reason \"of another county\"\n"
      "It is a delivery as `teller import --withdraw` makes one of a file: told sheet by sheet, "
      "and\n"
      "listed by `teller deliveries`. Afterwards the unit is not reported yet, which is not 0, "
      "and\n"
      "figures that are no later than this come back only with a later --at. Exit code 1: not all\n"
      "of it was withdrawn, for other figures came meanwhile.");
  const auto options = std::make_shared<WithdrawOptions>();
  options->deliver.withdraw = true;
  command
      ->add_option("--unit", options->sheets.unit,
                   "Whose figures: the unit's id, its name or the last part of its id")
      ->type_name("UNIT")
      ->required();
  command->add_option("--contest", options->sheets.contest, "Only of this contest")
      ->type_name("ID");
  command->add_option("--method", options->sheets.method, "Only of this voting method")
      ->type_name("ID");
  auto* const home = command->add_option("--home", options->home, "The count's folder");
  add_target_options(command, options->deliver);
  command->get_option("--to")->excludes(home);
  command->get_option("--source")
      ->description("Whose figures these are; else whose delivery brought them");
  command
      ->add_option("--at", options->deliver.at,
                   "When it is withdrawn, 2026-05-03T21:00+02:00; else now")
      ->type_name("TIME");
  command->add_option("--reason", options->deliver.reason, "Why they do not belong there")
      ->type_name("TEXT")
      ->required();
  command->add_flag("--json", options->json, "Report as JSON");
  on_run(command, [options] {
    if (options->home.empty() && options->deliver.to.url.empty()) {
      say("give one of --home and --to");
      return usage;
    }
    return run_withdraw(*options);
  });
}

}  // namespace teller::cli
