// teller verify: checks a count, or an export of one, and counts it again.
#include "verify/verify.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "deliver/kept_deliveries.h"
#include "log/segments_directory.h"
#include "publish/log_files_check.h"

namespace teller::cli {
namespace {

struct VerifyOptions {
  Where where;
  std::string exported, log, key;
  bool json = false, trust_key = false;
};

std::string_view word(Findings::State state) {
  switch (state) {
    case Findings::State::not_here:
      return "-";
    case Findings::State::good:
      return "ok";
    case Findings::State::open:
      return "open";
    case Findings::State::failed:
      return "FAILED";
  }
  return "";
}

void print_json(const Verification& result) {
  nlohmann::ordered_json json;
  json["good"] = result.good();
  json["counted_again"] = result.counted_again;
  json["key"] = result.key;
  json["commit"] = result.commit;
  json["statements"] = result.statements;
  json["steps"] = result.steps;
  json["leaves"] = result.leaves;
  json["digest"] = result.counted_again ? nlohmann::ordered_json(to_hex(result.digest)) : nullptr;
  json["checks"] = nlohmann::ordered_json::object();
  for (int check = 1; check <= checks; ++check) {
    json["checks"][std::to_string(check)] = word(result.findings.of(static_cast<Check>(check)));
  }
  json["sheets"] = {{"in_full", result.vote_law.sheets_in_full},
                    {"in_part", result.vote_law.sheets_in_part},
                    {"not_checked", result.vote_law.sheets_not}};
  json["findings"] = nlohmann::json::array();
  for (const Finding& finding : result.findings.list) {
    json["findings"].push_back(
        {{"check", static_cast<int>(finding.check)}, {"what", finding.what}});
  }
  json["notes"] = result.notes;
  print_as_json(json);
}

void print_text(const Verification& result) {
  bool any_open = false, any_not_here = false;
  for (int number = 1; number <= checks; ++number) {
    const auto check = static_cast<Check>(number);
    const Findings::State state = result.findings.of(check);
    any_open = any_open || state == Findings::State::open;
    any_not_here = any_not_here || state == Findings::State::not_here;
    std::printf("%2d  %-6s %s\n", number, std::string(word(state)).c_str(),
                std::string(sentence_of(check)).c_str());
  }
  for (const Finding& finding : result.findings.list) {
    std::printf("check %d: %s\n", static_cast<int>(finding.check),
                printable_line(finding.what).c_str());
  }
  if (result.findings.more > 0) {
    std::printf("and %s more\n", grouped(result.findings.more).c_str());
  }
  if (any_open) {
    std::printf("open: not made in full, because what it rests on is wrong or was left out\n");
  }
  if (any_not_here) std::printf("-: there is nothing of the kind here\n");
  if (const std::string sheets = sheets_in_words(result.vote_law); !sheets.empty()) {
    std::printf("%s\n", sheets.c_str());
  }
  std::printf("%s statements, %s steps, %s leaves, as of commit %s\n",
              grouped(result.statements).c_str(), grouped(result.steps).c_str(),
              grouped(result.leaves).c_str(), grouped(result.commit).c_str());
  for (const std::string& note : result.notes) std::printf("%s\n", printable_line(note).c_str());
  if (result.good() && result.counted_again) {
    std::printf("digest %s\n", to_hex(result.digest).c_str());
  }
}

// The log that everybody reads, where there is one.
Result<void> look_at_public_log(const Opened& opened, Segments& segments, Verification& result) {
  const auto log =
      check_log_files(public_log_folder(opened), opened.home->count, *opened.store, segments);
  if (!log) return std::unexpected(log.error());
  if (log->compared == 0) return {};
  result.findings.here(Check::tiles);
  for (const std::string& what : log->wrong)
    result.findings.found(Check::tiles, "the public log, " + what);
  if (!log->unread.empty()) result.findings.open(Check::tiles);
  if (const std::string note = in_words(*log); !note.empty())
    result.notes.push_back("the public log: " + note);
  return {};
}

Result<Verification> look(const VerifyOptions& options) {
  Progress shown("verifying");
  const auto progress = shown.counting("leaves");
  if (!options.exported.empty()) return verify_export(options.exported, options.key, progress);
  auto opened = open_to_compare(options.where, "teller_publisher");
  if (!opened) return std::unexpected(opened.error());
  if (auto may = check_may_tell(*opened, options.where); !may) return std::unexpected(may.error());
  if (auto good = check_not_behind(*opened); !good) return std::unexpected(good.error());
  const Home& home = *opened->home;
  DirectorySegments segments(options.log.empty() ? segments_folder(*opened) : options.log);
  auto result =
      verify(home.rules, home.count, home.presentation, *opened->store, segments, progress);
  if (!result) return result;
  const auto kept =
      check_kept_deliveries(home.deliveries(), *opened->store, home.definition(),
                            options.where.home.empty() ? Kept::in_part : Kept::all_here);
  if (!kept) return std::unexpected(kept.error());
  for (const std::string& what : kept->differences) result->findings.found(Check::definition, what);
  if (const std::string note = in_words(*kept); !note.empty()) result->notes.push_back(note);
  if (opened->second_place == SecondPlace::away) {
    result->notes.push_back(is_away(home) +
                            ": it could not be asked whether the home was set back");
  }
  if (auto looked = look_at_public_log(*opened, segments, *result); !looked)
    return std::unexpected(looked.error());
  return result;
}

int run(const VerifyOptions& options) {
  auto result = look(options);
  if (!result) return report(result.error());
  // Whoever makes up a whole count makes up a key for it.
  const bool believed = !options.exported.empty() && options.key.empty();
  if (believed && !options.trust_key) {
    result->findings.found(
        Check::checkpoint_signed,
        fmt::format("believed the key in the export, {}: anybody can make an export with a key of "
                    "his own. Give the one that the election office published (--key), or "
                    "--trust-key-in-export",
                    result->key));
  }
  if (options.json) {
    print_json(*result);
  } else {
    print_text(*result);
    if (believed && options.trust_key) {
      say("teller: believed the key in count.json, " + result->key +
          "\nteller: hold it against the one that the election office published (--key)");
    }
  }
  return result->good() ? done : found;
}

}  // namespace

void add_verify(CLI::App& app) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = add_command(
      app, "verify", "Check a count from what it left behind, and count it again",
      "Examples:\n"
      "  teller verify --export audit-copy --key 'election.example/2026+e3657a7e+Aep…'\n"
      "  teller verify --home my-count\n"
      "  teller verify --home my-count --log copy-of-its-segments --json\n"
      "Without --key the export's own key is believed, which is a finding.\n"
      "Exit code 1 when a check fails; each finding names what is wrong and where.");
  auto* which = command->add_option_group("count", "What to check");
  which->add_option("--export", options->exported, "An export (teller log export), by itself")
      ->type_name("DIR");
  which->add_option("--home", options->where.home, "The home of an embedded count")
      ->type_name("DIR");
  which->add_option("--config", options->where.config, "teller.toml of a count on the servers")
      ->type_name("FILE");
  which->require_option(1);
  add_before_close(command, options->where);
  command->add_option("--log", options->log, "Check this copy of the segments instead")
      ->type_name("DIR");
  command
      ->add_option("--key", options->key,
                   "The count's public key as its office published it (for --export)")
      ->type_name("KEY");
  command->add_flag(
      "--trust-key-in-export", options->trust_key,
      "Without --key: believe the export's own, which tells nothing about who made it");
  command->add_flag("--json", options->json, "For a program to read");
  on_run(command, [options] { return run(*options); });
}

}  // namespace teller::cli
