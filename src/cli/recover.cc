// teller recover: brings a restored store back to what has been stated since.

#include <fmt/format.h>

#include "base/file.h"
#include "base/grouped.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "home/home_store.h"
#include "home/kafka_identity.h"
#include "journal/journal_file.h"
#include "journal/journal_kafka.h"
#include "log/segments_directory.h"
#include "operate/audit.h"
#include "operate/store_recovery.h"
#include "publish/audit_line.h"
#include "store/store_postgres.h"
#include "store/store_sqlite.h"

namespace teller::cli {
namespace {

struct RecoverOptions {
  Where where;
  std::string from;
  Person person;
};

// `changing` is the store as who may write audit lines.
int run(const RecoverOptions& options, const Home& home, const Published& published,
        RecoverParts parts, AuditStore& changing) {
  const auto key = home.signer();
  if (!key) return report(key.error());
  parts.signer = key->get();
  parts.replay.home = &home;
  parts.replay.noted = [](const Error& error) { say("teller: " + to_text(error)); };
  Progress progress("replaying");
  parts.progress = progress.counting("steps");
  const auto stands = parts.statements->last_statement();
  if (!stands) return report(stands.error());
  // An interrupted recovery that is run again leaves a second line, which is what happened.
  const auto line = write_audit(
      home.count, changing, SystemClock(),
      {.actor = options.person.actor,
       .action = audit_recover,
       .subject = fmt::format("{} published statements", published.statements.size()),
       .reason = options.person.reason,
       .before = *stands ? sha256((*stands)->bytes) : Hash{},
       .after = published.statements.empty() ? Hash{} : sha256(published.statements.back().bytes),
       .approver = options.person.approver});
  if (!line) return report(line.error());
  const auto recovery = recover(parts, published);
  progress.end();
  if (!recovery) return report(recovery.error());
  std::printf(
      "recovered from commit %s to %s: %s steps replayed, %s statements put back\ndigest %s\n",
      grouped(recovery->from_commit).c_str(), grouped(recovery->commit).c_str(),
      grouped(recovery->steps).c_str(), grouped(recovery->statements).c_str(),
      to_hex(recovery->digest).c_str());
  return done;
}

// Read before anything is written: without what was published nothing can be recovered.
Result<Published> published(const RecoverOptions& options, const Home& home,
                            const std::filesystem::path& folder) {
  if (!options.from.empty()) return read_published(options.from, home);
  auto here = read_published(folder, home);
  if (home.also_published.empty()) return here;
  // Whichever has more.
  const auto second = look_at_second_place(home);
  if (!second) return std::unexpected(second.error());
  if (*second == SecondPlace::away) say_second_place_away(home);
  auto there = read_published(home.also_published, home);
  if (!there || (here && here->statements.size() >= there->statements.size())) return here;
  return there;
}

// A store that is gone is made anew, and counted again up to what was stated.
Result<std::unique_ptr<SqliteStore>> store_to_recover(const Home& home) {
  auto store = SqliteStore::make_file(home.store());
  if (!store) return store;
  auto right = (*store)->create(home.rules, home.presentation, home.count);
  if (!right) return std::unexpected(right.error());
  return store;
}

// Segments that no committed step names any more: they were counted on the store that was lost, and
// their numbers will be given again.
int set_aside(const Home& home, CountStore& store, DirectorySegments& segments) {
  const auto rows = store.partitions();
  if (!rows) return report(rows.error());
  const auto aside = home.path / "set-aside";
  std::uint64_t moved = 0;
  for (const PartitionRow& row : *rows) {
    const auto some = segments.set_aside_after(row.partition, row.committed.number, aside);
    if (!some) return report(some.error());
    moved += *some;
  }
  if (moved > 0) {
    say("teller: " + grouped(moved) + " segments of steps that nobody has stated are in " +
        aside.string() + "; their entries are counted again from the journal");
  }
  return done;
}

int recover_home(const RecoverOptions& options) {
  const auto home = Home::open(options.where.home);
  if (!home) return report(home.error());
  if (auto own = check_private(**home); !own) return report(own.error());
  const auto lock = lock_folder((*home)->path);
  if (!lock) return report(lock.error());
  const auto from = published(options, **home, (*home)->published());
  if (!from) return report(from.error());
  auto store = store_to_recover(**home);
  if (!store) return report(store.error());
  FileJournal::Options read_only;
  read_only.read_only = true;
  auto journal = FileJournal::open((*home)->journal(), (*home)->count, read_only);
  if (!journal) return report(journal.error());
  DirectorySegments segments((*home)->segments());
  RecoverParts parts;
  parts.replay.store = store->get();
  parts.statements = store->get();
  parts.replay.journal = journal->get();
  parts.replay.segments = &segments;
  const int code = run(options, **home, *from, std::move(parts), **store);
  return code == done ? set_aside(**home, **store, segments) : code;
}

int recover_service(const RecoverOptions& options) {
  const auto config = load_config(options.where.config);
  if (!config) return report(config.error());
  const auto home = Home::open(*config);
  if (!home) return report(home.error());
  const auto postgres = need(*config, config->postgres, "postgres");
  if (!postgres) return report(postgres.error());
  const auto kafka = need(*config, config->kafka, "kafka");
  if (!kafka) return report(kafka.error());
  // Who commits may not state, and who states may not commit: here it takes both.
  PostgresStore committing(postgres->conninfo_as("teller_writer"));
  if (auto right = committing.open((*home)->count); !right) return report(right.error());
  PostgresStore stating(postgres->conninfo_as("teller_publisher"));
  if (auto right = stating.open((*home)->count); !right) return report(right.error());
  KafkaSettings settings = kafka_settings(*kafka, "reconcile", kafka->entries);
  settings.read_only = true;
  settings.on_event = [](const std::string& text) { say("teller: kafka: " + text); };
  const auto journal = open_kafka_journal(settings, (*home)->count.partitions);
  if (!journal) return report(journal.error());
  DirectorySegments segments(config->segments.directory);
  RecoverParts parts;
  parts.replay.store = &committing;
  parts.statements = &stating;
  parts.replay.journal = journal->get();
  parts.replay.segments = &segments;
  const auto changing = open_to_mend(options.where);
  if (!changing) return report(changing.error());
  const auto from = published(options, **home, config->published.directory);
  if (!from) return report(from.error());
  return run(options, **home, *from, std::move(parts), *changing->store);
}

}  // namespace

void add_recover(CLI::App& app) {
  const auto options = std::make_shared<RecoverOptions>();
  CLI::App* command = add_command(
      app, "recover", "Bring a restored store back to what has been published since",
      "Examples:\n"
      "  teller recover --home my-count --reason \"disk of the server failed, backup of 20:14\"\n"
      "  teller recover --config teller.toml --from published-copy --reason \"…\"\n"
      "For when `publish` or `serve` says log.rollback. Replays the published boundaries over the\n"
      "journal; the same roots must come out, or nothing is changed that was stated. Nobody may\n"
      "count meanwhile. Can be run again after it was interrupted.");
  add_where(command, options->where);
  command
      ->add_option("--from", options->from,
                   "Published files or an export; otherwise the count's own published folder")
      ->type_name("DIR");
  add_person(command, options->person);
  on_run(command, [options] {
    return options->where.home.empty() ? recover_service(*options) : recover_home(*options);
  });
}

}  // namespace teller::cli
