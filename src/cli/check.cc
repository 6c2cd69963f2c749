// teller check: the figures of a count against rules with thresholds.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/grouped.h"
#include "base/time.h"
#include "checks/check_count.h"
#include "checks/complete_units.h"
#include "checks/finding_json.h"
#include "cli/check_file.h"
#include "cli/command.h"
#include "cli/earlier_votes.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "cli/voters_place.h"
#include "host/conduct.h"
#include "publish/stated.h"

namespace teller::cli {

void add_checks(CLI::App* command, std::string& file) {
  command
      ->add_option("--checks", file,
                   "A file of checks and thresholds of your own (docs/reference/checks.md)")
      ->type_name("FILE");
}

Result<CheckRules> read_check_rules(const std::string& file) {
  constexpr std::uint64_t bytes_max = std::uint64_t{1} << 20;
  if (file.empty()) return default_check_rules();
  const auto text = read_file(file, bytes_max);
  if (!text) return std::unexpected(text.error());
  return CheckRules::parse(*text, file);
}

namespace {

struct CheckOptions {
  Where where;
  std::string checks, before, severity = "note";
  bool json = false;
};

// Of a home the senders too: its journal is here, and reading a topic takes its time.
Result<Conduct> read_conduct_of(const Opened& opened, const CheckRules& rules) {
  std::unique_ptr<Journal> journal;
  if (!opened.config && rules.of(CheckKind::sender_conflicts).made) {
    auto there = open_journal_to_read(opened);
    // That of a count that was retired is gone.
    if (!there && there.error().code != Code("journal.retired")) {
      return std::unexpected(there.error());
    }
    if (there) journal = std::move(*there);
  }
  return read_conduct(opened.home->count, rules, *opened.store, journal.get());
}

Severity severity_of(const std::string& name) {
  for (const Severity severity : {Severity::error, Severity::warning}) {
    if (name == to_text(severity)) return severity;
  }
  return Severity::note;
}

std::string numbered(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", grouped(number), what, number == 1 ? "" : "s");
}

// What is printed.
struct ToldChecks {
  const Opened& opened;
  const Head& head;
  const CheckRules& rules;
  const CountChecked& checked;
  Severity from;
  bool whole;  // All that the checks are made of could be read.
};

void print_checked_json(const ToldChecks& told) {
  const auto& [opened, head, rules, checked, from, whole] = told;
  using Json = nlohmann::ordered_json;
  const Home& home = *opened.home;
  Json json{{"good", checked.open() == 0 && whole},
            {"commit", head.commit},
            {"as_of", head.commit == 0 ? Json() : Json(format_utc(head.committed_at_us))},
            {"errors", checked.of(Severity::error)},
            {"warnings", checked.of(Severity::warning)},
            {"notes", checked.of(Severity::note)},
            {"checks", Json::object()},
            {"findings", Json::array()}};
  put_second_place(json, opened);
  for (std::size_t i = 0; i < check_kinds; ++i) {
    const auto kind = static_cast<CheckKind>(i);
    const CheckRules::Rule& rule = rules.of(kind);
    if (!rule.made) continue;
    json["checks"][std::string(to_text(kind))] = {{"severity", to_text(rule.severity)},
                                                  {"says", rule.says},
                                                  {"source", rule.source},
                                                  {"looked_at", checked.tallies.at(i).held},
                                                  {"found", checked.tallies.at(i).found}};
  }
  for (const CheckFinding& finding : checked.findings) {
    if (finding.severity < from) continue;
    json["findings"].push_back(to_json(finding, home.rules));
  }
  print_as_json(json);
}

void print_checked_text(const ToldChecks& told) {
  const auto& [opened, head, rules, checked, from, whole] = told;
  const Home& home = *opened.home;
  for (const CheckFinding& finding : checked.findings) {
    if (finding.severity < from) continue;
    std::string told_by(to_text(finding.kind));
    if (!rules.of(finding.kind).source.empty()) told_by += ", " + rules.of(finding.kind).source;
    // A name may be that of many units; an id is of one.
    if (!finding.units.empty())
      told_by += "; " + home.rules.units.at(finding.units.front().value).id;
    const std::string line =
        fmt::format("{}: {} ({})", to_text(finding.severity), in_words(finding), told_by);
    std::printf("%s\n", printable_line(line).c_str());
  }
  std::vector<std::vector<std::string>> rows;
  bool idle = false;
  for (std::size_t i = 0; i < check_kinds; ++i) {
    const auto kind = static_cast<CheckKind>(i);
    if (!rules.of(kind).made) continue;
    const auto& [held, found_by] = checked.tallies.at(i);
    const bool nothing = held == 0 && found_by == 0;
    idle = idle || nothing;
    rows.push_back({std::string(to_text(kind)), std::string(to_text(rules.of(kind).severity)),
                    nothing ? "-" : grouped(held), nothing ? "-" : grouped(found_by)});
  }
  std::printf("%s%s", checked.findings.empty() ? "" : "\n",
              table({"Check", "Severity", "Looked at>", "Found>"}, rows).c_str());
  if (idle) std::printf("-: nothing here gives what the check needs\n");
  std::printf("%s, %s, %s; %s totals as of commit %s\n",
              numbered(checked.of(Severity::error), "error").c_str(),
              numbered(checked.of(Severity::warning), "warning").c_str(),
              numbered(checked.of(Severity::note), "note").c_str(), head.status.c_str(),
              grouped(head.commit).c_str());
}

int check_figures(const CheckOptions& options) {
  const auto rules = read_check_rules(options.checks);
  if (!rules) return report(rules.error());
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const auto snapshot = opened->store->snapshot();
  if (!snapshot) return report(snapshot.error());
  const Home& home = *opened->home;
  if (auto good = check_stated(home.rules, *snapshot, *opened->store); !good) {
    return report(good.error());
  }
  const auto falls = fallen_figures(*opened->store);
  if (!falls) return report(falls.error());
  const auto voters = read_unit_voters(*opened);
  if (!voters) return report(voters.error());
  const auto earlier = read_earlier_votes(options.before, home.rules);
  if (!earlier) return report(earlier.error());
  const auto complete = complete_units(home.count, home.rules, *opened->store);
  if (!complete) return report(complete.error());
  auto read = read_conduct_of(*opened, *rules);
  const int missing = read ? done : report(read.error());
  const Conduct conduct = read ? *std::move(read) : Conduct{};
  const auto checked = check_count({.rules = home.rules,
                                    .registered = home.presentation.registered,
                                    .totals = snapshot->totals,
                                    .falls = *falls,
                                    .voters = *voters,
                                    .earlier = *earlier,
                                    .senders = conduct.senders,
                                    .audit = conduct.audit,
                                    .undone = conduct.undone,
                                    .complete = *complete},
                                   *rules);
  if (!checked) return report(checked.error());
  const Severity from = severity_of(options.severity);
  (options.json ? print_checked_json : print_checked_text)(
      {*opened, snapshot->head, *rules, *checked, from, missing == done});
  if (missing != done) return missing;
  return checked->open() == 0 ? done : found;
}

}  // namespace

void add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command = add_command(
      app, "check", "Hold the figures of a count against rules with thresholds",
      "Examples:\n"
      "  teller check --home my-count\n"
      "  teller check --config teller.toml --severity warning --json\n"
      "  teller check --home my-count --checks county.toml\n"
      "Ends with 0 when there is neither an error nor a warning, with 1 when there is. The checks\n"
      "that are built in, and how to write others: docs/reference/checks.md.");
  add_where(command, options->where);
  add_before_close(command, options->where);
  add_checks(command, options->checks);
  command
      ->add_option(
          "--before", options->before,
          "Votes of the last election, which far_from_before holds these against: CSV with the "
          "columns unit, contest, option, votes and the ids of this election")
      ->type_name("FILE");
  command
      ->add_option("--severity", options->severity,
                   "Show findings from this one on: error, warning or note")
      ->check(CLI::IsMember({"error", "warning", "note"}))
      ->capture_default_str();
  command->add_flag("--json", options->json, "For a program to read");
  on_run(command, [options] { return check_figures(*options); });
}

}  // namespace teller::cli
