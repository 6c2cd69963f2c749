// teller backup, teller restore: a folder from which a count goes on elsewhere.
#include "base/grouped.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "operate/audit.h"
#include "operate/backup_service.h"

namespace teller::cli {
namespace {

struct BackupOptions {
  Where where;
  std::string folder;
  bool without_key = false;
  Person person;  // restore
};

BackupProgress shown_by(Progress& progress) {
  return [&progress](std::uint64_t done, std::uint64_t all, std::uint64_t bytes) {
    progress.show(done, all, [&] {
      return grouped(done) + " of " + grouped(all) + " files, " + grouped(bytes >> 20) + " MB";
    });
  };
}

void print(const BackupManifest& manifest, const std::string& what) {
  std::printf("%s: count %s, commit %s%s, %s statements, %s files, %s bytes\ndigest %s\n",
              what.c_str(), manifest.count.hex().c_str(), grouped(manifest.commit).c_str(),
              manifest.form == "service" ? " or later" : "", grouped(manifest.statements).c_str(),
              grouped(manifest.files.size()).c_str(), grouped(manifest.bytes()).c_str(),
              to_hex(manifest.digest).c_str());
  if (!manifest.key) {
    say("teller: the private key is not in it; keep it where it is: without it nothing can be "
        "stated any more");
  }
}

int back_up(const BackupOptions& options) {
  BackupWanted wanted;
  wanted.key = !options.without_key;
  wanted.made_at = format_utc(SystemClock().now_us());
  Progress progress("copying");
  wanted.progress = shown_by(progress);
  Result<BackupManifest> made;
  if (!options.where.home.empty()) {
    const auto home = Home::open(options.where.home);
    if (!home) return report(home.error());
    const auto second = look_at_second_place(**home);
    if (!second) return report(second.error());
    if (*second == SecondPlace::away) say_second_place_away(**home);
    made = back_up_home(**home, options.folder, wanted);
  } else {
    const auto config = load_config(options.where.config);
    if (!config) return report(config.error());
    made = back_up_service(*config, options.folder, wanted);
  }
  progress.end();
  if (!made) return report(made.error());
  print(*made, options.folder);
  return done;
}

int restore(const BackupOptions& options) {
  Result<BackupManifest> manifest;
  Progress progress("restoring");
  if (!options.where.home.empty()) {
    manifest = restore_home(options.folder, options.where.home, shown_by(progress));
  } else {
    const auto config = load_config(options.where.config);
    if (!config) return report(config.error());
    manifest = restore_service(*config, options.folder, shown_by(progress));
  }
  progress.end();
  if (!manifest) return report(manifest.error());
  // The audit log is in what was restored: its line can only be written afterwards.
  const auto opened = open_to_mend(options.where);
  if (!opened) return report(opened.error());
  const auto line = write_audit(opened->home->count, *opened->store, SystemClock(),
                                {.actor = options.person.actor,
                                 .action = "restore",
                                 .subject = "the backup of " + manifest->made_at,
                                 .reason = options.person.reason,
                                 .before = {},
                                 .after = manifest->digest,
                                 .approver = options.person.approver});
  if (!line) return report(line.error());
  print(*manifest, "restored");
  say("teller: before anything counts: if statements were published after this backup, run "
      "`teller recover` first");
  return done;
}

}  // namespace

void add_backup(CLI::App& app) {
  const auto options = std::make_shared<BackupOptions>();
  CLI::App* command = add_command(
      app, "backup", "Copy a count into a folder from which it can go on elsewhere",
      "Examples:\n"
      "  teller backup /backups/2026-11-03 --home my-count\n"
      "  teller backup /backups/2026-11-03 --config teller.toml --without-key\n"
      "The count goes on meanwhile. The folder must not be there; nothing is ever overwritten.\n"
      "In it is everything that was counted, and who has it can count it: keep it like the home.");
  command->add_option("folder", options->folder, "Where to, a new folder")
      ->required()
      ->type_name("DIR");
  add_where(command, options->where);
  command->add_flag("--without-key", options->without_key, "Leave the private key out");
  on_run(command, [options] { return back_up(*options); });
}

void add_restore(CLI::App& app) {
  const auto options = std::make_shared<BackupOptions>();
  CLI::App* command = add_command(
      app, "restore", "Make a count out of a backup",
      "Examples:\n"
      "  teller restore /backups/2026-11-03 --home new-home\n"
      "  teller restore /backups/2026-11-03 --config teller.toml\n"
      "Every file is held against the backup's list of SHA-256. Nothing is overwritten:\n"
      "the home must be new, the database empty.");
  command->add_option("folder", options->folder, "The backup")->required()->type_name("DIR");
  auto* group = command->add_option_group("count", "Where to");
  group->add_option("--home", options->where.home, "A new home")->type_name("DIR");
  group->add_option("--config", options->where.config, "teller.toml of the servers")
      ->type_name("FILE");
  group->require_option(1);
  add_person(command, options->person, "restored from a backup");
  on_run(command, [options] { return restore(*options); });
}

}  // namespace teller::cli
