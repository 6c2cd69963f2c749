// teller audit: who changed what, when and why; and whether that list is whole.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/grouped.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "log/merkle.h"
#include "publish/audit_line.h"
#include "verify/verify_audit.h"

namespace teller::cli {
namespace {

struct AuditOptions {
  Where where;
  bool json = false, all_signed = false;
  std::vector<std::string> checkpoints;
};

std::string hash_or_nothing(const Hash& hash) { return hash == Hash{} ? "" : to_hex(hash); }

int show(const AuditOptions& options) {
  const auto opened = open_store_only(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const auto rows = all_audit_lines(*opened->store);
  if (!rows) return report(rows.error());
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> cells;
  for (const AuditRow& row : *rows) {
    const auto line = parse_audit_line(as_text(row.bytes));
    if (!line) {
      return report(
          during(fmt::format("line {} (teller audit verify says more)", row.number), line.error()));
    }
    all.push_back({{"number", line->number},
                   {"time", format_utc(line->time_us)},
                   {"actor", line->actor},
                   {"action", line->action},
                   {"subject", line->subject},
                   {"reason", line->reason},
                   {"before", hash_or_nothing(line->before)},
                   {"after", hash_or_nothing(line->after)},
                   {"approver", line->approver},
                   {"leaf", to_hex(leaf_hash(row.bytes))}});
    cells.push_back({std::to_string(line->number), format_utc(line->time_us), line->actor,
                     line->approver, line->action, line->subject, line->reason});
  }
  if (options.json) {
    print_as_json(all);
  } else {
    std::fputs(
        table({"No>", "Time", "Actor", "Approver", "Action", "Subject", "Reason"}, cells).c_str(),
        stdout);
  }
  return done;
}

int verify(const AuditOptions& options) {
  auto opened = open_to_compare(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  std::vector<std::string> kept;
  for (const std::string& file : options.checkpoints) {
    auto text = read_file(file);
    if (!text) return report(text.error());
    kept.push_back(std::move(*text));
  }
  // Checkpoints first: a line more is no fault, a checkpoint without its lines would be.
  const auto checkpoints = opened->store->audit_checkpoints();
  if (!checkpoints) return report(checkpoints.error());
  const auto lines = all_audit_lines(*opened->store);
  if (!lines) return report(lines.error());
  const AuditVerification result =
      verify_audit(opened->home->count, *lines, *checkpoints, kept, options.all_signed);
  // Lines that were taken away are a finding with its number; a store that is behind in something
  // else is not called good.
  if (result.good()) {
    if (auto beside = check_not_behind(*opened); !beside) {
      return report(beside.error());
    }
  }
  if (options.json) {
    nlohmann::ordered_json json{{"good", result.good()},
                                {"lines", result.lines},
                                {"checkpoints", result.checkpoints},
                                {"not_signed", result.not_signed},
                                {"root", to_hex(result.root)},
                                {"findings", nlohmann::json::array()}};
    put_second_place(json, *opened);
    for (const AuditFinding& finding : result.findings) {
      json["findings"].push_back({{"check", finding.check},
                                  {"sentence", sentence_of_audit_check(finding.check)},
                                  {"what", finding.what}});
    }
    print_as_json(json);
  } else {
    for (const AuditFinding& finding : result.findings) {
      std::printf("%d  FAILED  %s: %s\n", finding.check,
                  std::string(sentence_of_audit_check(finding.check)).c_str(),
                  printable_line(finding.what).c_str());
    }
    std::printf("%s: %s audit line(s), %s checkpoint(s), %s line(s) not signed yet; root %s\n",
                result.good() ? "good" : "NOT GOOD", grouped(result.lines).c_str(),
                grouped(result.checkpoints).c_str(), grouped(result.not_signed).c_str(),
                to_hex(result.root).c_str());
  }
  return result.good() ? done : found;
}

}  // namespace

void add_audit(CLI::App& app) {
  CLI::App* audit =
      add_command(app, "audit", "Show who changed what, when and why",
                  "Examples:\n"
                  "  teller audit show --home my-count\n"
                  "  teller audit verify --config teller.toml --checkpoint kept/audit-checkpoint");
  audit->require_subcommand(1);
  auto options = std::make_shared<AuditOptions>();
  CLI::App* shown = audit->add_subcommand("show", "List the lines of the audit log, oldest first");
  add_where(shown, options->where);
  options->where.tells_votes = false;
  shown->add_flag("--json", options->json, "For a program to read; with all hashes");
  on_run(shown, [options] { return show(*options); });

  CLI::App* verified = audit->add_subcommand(
      "verify", "Check lines, chain, tree and signatures; exit code 1 when something is wrong");
  add_where(verified, options->where);
  verified
      ->add_option("--checkpoint", options->checkpoints,
                   "An audit-checkpoint that somebody kept: its lines must still be there")
      ->type_name("FILE");
  verified->add_flag("--all-signed", options->all_signed,
                     "Also fail when the publisher has not signed the last line yet");
  verified->add_flag("--json", options->json, "For a program to read");
  on_run(verified, [options] { return verify(*options); });
}

}  // namespace teller::cli
