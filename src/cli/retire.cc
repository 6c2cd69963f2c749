// teller retire: the order of arrival is deleted, once it is of no more use.
#include "operate/retire.h"

#include <array>

#include <fmt/format.h>

#include "base/file.h"
#include "base/grouped.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/table.h"
#include "cli/voters_place.h"
#include "entering/entered_files.h"
#include "home/kafka_identity.h"
#include "home/topics.h"
#include "journal/journal_kafka.h"
#include "operate/home_reconciler.h"
#include "operate/reconciler_service.h"
#include "store/store_postgres.h"

namespace teller::cli {
namespace {

struct RetireOptions {
  Where where;
  Person person;
};

int run(const RetireOptions& options, const RetireParts& parts) {
  const auto done = retire(parts, {.actor = options.person.actor,
                                   .action = "retire",
                                   .subject = {},
                                   .reason = options.person.reason,
                                   .approver = options.person.approver});
  if (!done) return report(done.error());
  say(
      fmt::format("teller: {} records and all they said of senders and order are deleted (audit "
                  "line {}). Backups made before still have them.",
                  grouped(done->records), done->audit_line));
  return cli::done;
}

// The roll goes before the order of arrival: once that is gone nobody comes back for it.
Result<void> retire_roll(const Home& home, const std::optional<Config>& config,
                         const Clock& clock) {
  const auto place = place_of_roll(home, config, "teller_owner");
  if (!place) return std::unexpected(place.error());
  return *place ? VotersRoll::retire(**place, home.definition(), clock) : Result<void>();
}

int retire_home(const RetireOptions& options, const Opened& opened) {
  const Home& home = *opened.home;
  const auto lock = lock_folder(home.path);
  if (!lock) return report(lock.error());
  FileJournal::Options read_only;
  read_only.read_only = true;
  const auto journal = FileJournal::open(home.journal(), home.count, read_only);
  if (!journal && journal.error().code == Code("journal.retired")) {
    if (auto rest = FileJournal::retire(home.journal(), ""); !rest) return report(rest.error());
  }
  if (!journal) return report(journal.error());
  auto looked_at = open_store(options.where, "teller_publisher");
  if (!looked_at) return report(looked_at.error());
  HomeReconciler reconciler(std::move(looked_at->home), std::move(looked_at->store));
  const SystemClock clock;
  return run(options,
             {.home = &home,
              .store = opened.store.get(),
              .clock = &clock,
              .journal = journal->get(),
              .reconcile = [&] { return reconciler.run({true, true, true}); },
              .remove = [&](const std::string& because) -> Result<void> {
                if (auto gone = retire_roll(home, {}, clock); !gone) return gone;
                if (auto gone = EnteredFiles::remove(home.path / EnteredFiles::folder_name);
                    !gone) {
                  return gone;
                }
                return FileJournal::retire(home.journal(), because);
              }});
}

int retire_service(const RetireOptions& options, const Opened& opened) {
  auto config = load_config(options.where.config);
  if (!config) return report(config.error());
  const auto kafka = need(*config, config->kafka, "kafka");
  if (!kafka) return report(kafka.error());
  const auto postgres = need(*config, config->postgres, "postgres");
  if (!postgres) return report(postgres.error());
  const auto event = [](const std::string& text) { say("teller: kafka: " + text); };
  KafkaSettings settings = kafka_settings(*kafka, "admin", kafka->entries);
  settings.on_event = event;
  settings.read_only = true;
  // Typed sheets before the journal: once that is gone nobody comes back for them. Of the topics that of the entries
  // first: without it nobody takes the others for a count that goes on.
  const auto remove = [&](const std::string&) -> Result<void> {
    PostgresStore sheets(postgres->conninfo_as("teller_owner"));
    if (auto right = sheets.open(opened.home->count); !right) return right;
    if (auto gone = sheets.remove_entered(); !gone) return gone;
    return delete_topics(settings, std::array{kafka->entries, kafka->inbox, kafka->refused});
  };
  auto journal = open_kafka_journal(settings, opened.home->count.partitions);
  if (!journal && journal.error().code == Code("journal.topic_missing")) {
    const auto began = retire_began(*opened.store);
    if (!began) return report(began.error());
    if (*began) {
      if (auto rest = remove(""); !rest) return report(rest.error());
      // Whoever made the topic anew, as is said where one is missing, would have a count without its entries.
      return report(Error{Remedy::reject, "journal.retired",
                          kafka->entries + " was deleted by an earlier `teller retire`"});
    }
  }
  if (!journal) return report(journal.error());
  auto reconciler = ServiceReconciler::open(std::move(*config), event);
  if (!reconciler) return report(reconciler.error());
  const SystemClock clock;
  return run(options, {.home = opened.home.get(),
                       .store = opened.store.get(),
                       .clock = &clock,
                       .journal = journal->get(),
                       .reconcile = [&] { return (*reconciler)->run({true, true, true}); },
                       .remove = [&](const std::string& because) -> Result<void> {
                         auto gone = retire_roll(*opened.home, opened.config, clock);
                         if (!gone) return gone;
                         // First nobody reads any more: librdkafka 2.0 does not come back from
                         // closing a consumer whose topic has been deleted.
                         reconciler->reset();
                         journal->reset();
                         return remove(because);
                       }});
}

}  // namespace

void add_retire(CLI::App& app) {
  const auto options = std::make_shared<RetireOptions>();
  CLI::App* command = add_command(
      app, "retire", "Delete the order of arrival, after certification",
      "Example:\n"
      "  teller retire --home my-count --reason \"§ 73: four weeks after the result stood\"\n"
      "The journal (on the servers the topics entries, inbox and refused) ties entries to "
      "senders,\n"
      "batches and order. It is deleted when the count is official, a statement says so, and\n"
      "everything agrees with everything; otherwise nothing is. A voters' roll and who came is "
      "deleted\n"
      "too (on the servers as teller_registrar), and so is what each person typed of a sheet that "
      "was\n"
      "entered twice; what may be said of the turnout stays. Stop what counts first. Log,\n"
      "statements and totals stay: verify, log export and prove work as before. Officers make a\n"
      "count official (teller decide certify).");
  options->where.tells_votes = false;
  add_where(command, options->where);
  add_person(command, options->person);
  on_run(command, [options] {
    const auto opened = open_for_change(options->where);
    if (!opened) return report(opened.error());
    return options->where.home.empty() ? retire_service(*options, *opened)
                                       : retire_home(*options, *opened);
  });
}

}  // namespace teller::cli
