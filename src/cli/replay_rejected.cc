// teller replay-rejected: records rejected entries anew, after a fix.
#include "operate/replay_rejected.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/grouped.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "home/kafka_identity.h"
#include "journal/journal_file.h"
#include "journal/journal_kafka.h"

namespace teller::cli {
namespace {

struct ReplayRejectedOptions {
  Where where;
  Person person;
  bool json = false;
};

// Embedded: the home's own journal, with the home's lock. On the servers: the topic, as the
// administrator, who may read and write it.
struct OpenJournal {
  Descriptor lock;
  std::unique_ptr<Journal> journal;
};
Result<OpenJournal> open_journal(const ReplayRejectedOptions& options, const Home& home) {
  OpenJournal opened;
  if (!options.where.home.empty()) {
    auto lock = lock_folder(home.path);
    if (!lock) return std::unexpected(lock.error());
    opened.lock = std::move(*lock);
    auto journal = FileJournal::open(home.journal(), home.count);
    if (!journal) return std::unexpected(journal.error());
    opened.journal = std::move(*journal);
    return opened;
  }
  const auto config = load_config(options.where.config);
  if (!config) return std::unexpected(config.error());
  const auto kafka = need(*config, config->kafka, "kafka");
  if (!kafka) return std::unexpected(kafka.error());
  auto journal =
      open_kafka_journal(kafka_settings(*kafka, "admin", kafka->entries), home.count.partitions);
  if (!journal) return std::unexpected(journal.error());
  opened.journal = std::move(*journal);
  return opened;
}

std::string text_of(const EntryPlace& place) {
  return fmt::format("{}/{}/{}", place.partition, place.position, place.index);
}

int replay(const ReplayRejectedOptions& options) {
  const auto opened = open_for_change(options.where);
  if (!opened) return report(opened.error());
  const auto journal = open_journal(options, *opened->home);
  if (!journal) return report(journal.error());
  const auto outcome =
      replay_rejected(*opened->home, *journal->journal, *opened->store, SystemClock(),
                      {.actor = options.person.actor,
                       .action = "replay-rejected",
                       .subject = "rejected entries",
                       .reason = options.person.reason,
                       .approver = options.person.approver});
  if (!outcome) return report(outcome.error());
  nlohmann::ordered_json json{{"recorded", nlohmann::json::array()},
                              {"refused", nlohmann::json::array()},
                              {"replayed_before", outcome->replayed_before}};
  std::vector<std::vector<std::string>> rows;
  for (const auto& [rejected, again] : outcome->replays) {
    json["recorded"].push_back({{"rejected", text_of(rejected)}, {"again", text_of(again)}});
    rows.push_back({text_of(rejected), "recorded anew", text_of(again)});
  }
  for (const auto& [place, code] : outcome->refused) {
    json["refused"].push_back({{"rejected", text_of(place)}, {"code", code}});
    rows.push_back({text_of(place), "still refused", std::string(code)});
  }
  if (options.json) {
    print_as_json(json);
  } else if (!rows.empty()) {
    std::fputs(table({"Rejected", "Outcome", "Place or reason"}, rows).c_str(), stdout);
  }
  say("teller: " + grouped(outcome->replays.size()) + " recorded anew, " +
      grouped(outcome->refused.size()) + " still refused, " + grouped(outcome->replayed_before) +
      " replayed before");
  return outcome->refused.empty() ? done : found;
}

}  // namespace

void add_replay_rejected(CLI::App& app) {
  auto options = std::make_shared<ReplayRejectedOptions>();
  CLI::App* command = add_command(
      app, "replay-rejected", "Record rejected entries anew, after a program was fixed",
      "Examples:\n"
      "  teller incidents --home my-count\n"
      "  teller replay-rejected --home my-count --reason \"version 0.1.1 reads style 7 again\"\n"
      "Each is judged again by this program. What it accepts is recorded once more and counted\n"
      "once, however often this is run; what it refuses stays rejected (exit code 1). In the\n"
      "embedded form `teller serve` must be stopped first: the journal has one writer.");
  add_where(command, options->where);
  add_person(command, options->person);
  command->add_flag("--json", options->json, "For a program to read");
  on_run(command, [options] { return replay(*options); });
}

}  // namespace teller::cli
