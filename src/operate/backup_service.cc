#include "operate/backup_service.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "log/segments_directory.h"
#include "store/store_postgres.h"
#include "voters/voters_tables_postgres.h"

extern char** environ;

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr const char* dump_name = "postgres.dump";
constexpr const char* roll_dump_name = "voters.dump";

Result<Config::Postgres> postgres_of(const Config& config) {
  return need(config, config.postgres, "postgres");
}

// pg_dump makes it as its umask says; in it is what nobody may read before it is published.
Result<void> add_dump(BackupFolder& backup, const std::string& name, const std::string& tables,
                      const std::string& conninfo) {
  const fs::path file = backup.path() / name;
  if (auto done = run_program({"pg_dump", "--format=custom", "--no-owner", "--no-password", tables,
                               "--file=" + file.string(), "--dbname=" + conninfo});
      !done) {
    return done;
  }
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  return backup.add_present(name);
}

Result<void> add_roll(BackupFolder& backup, const Config::Postgres& postgres) {
  const auto there = PostgresVoters::are_in(postgres.conninfo_as("teller_owner"));
  if (!there) return std::unexpected(there.error());
  if (!*there) return {};
  const std::string registrar = postgres.conninfo_as(PostgresVoters::account);
  // A dump has rows as they lie.
  if (auto ordered = PostgresVoters::put_in_order(registrar); !ordered) {
    Error why = ordered.error();
    why.detail +=
        "; the count has a voters' roll, and a backup without it would look whole: make it where "
        "the certificate of " +
        std::string(PostgresVoters::account) + " is";
    return std::unexpected(std::move(why));
  }
  return add_dump(backup, roll_dump_name, "--table=teller_voters.*", registrar);
}

// As the registrar's account, into the schema that is there. Nothing if the backup has no roll.
Result<void> into_registrars_schema(const Config::Postgres& postgres, const fs::path& dump) {
  if (!fs::exists(dump)) return {};
  auto done = run_program(
      {"pg_restore", "--no-owner", "--no-password", "--exit-on-error", "--single-transaction",
       "--dbname=" + postgres.conninfo_as(PostgresVoters::account), dump.string()});
  if (!done) {
    done.error().detail +=
        fmt::format("; the count is restored and its roll is not: restore {} of the backup as {}",
                    roll_dump_name, PostgresVoters::account);
  }
  return done;
}

Result<void> must_hold_no_roll(const Config::Postgres& postgres) {
  const auto there = PostgresVoters::are_in(postgres.conninfo_as("teller_owner"));
  if (!there) return std::unexpected(there.error());
  if (!*there) return {};
  return fail(
      Remedy::reject, "store.exists",
      "the database holds a voters' roll already; a restore never overwrites, name another");
}

// The tables and rows of a dump, and what an owner alone may add to them.
Result<void> into_database(const std::string& owner, const fs::path& dump, const CountFile& count) {
  if (auto done = run_program({"pg_restore", "--no-owner", "--no-password", "--exit-on-error",
                               "--single-transaction", "--clean", "--if-exists",
                               "--dbname=" + owner, dump.string()});
      !done) {
    return done;
  }
  // The one right that is the database's and not the schema's (schema/sql/postgres).
  const std::string grant =
      "do $$ begin execute format('grant temporary on database %I to teller_writer', "
      "current_database()); end $$";
  if (auto done = run_program(
          {"psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", owner, "-c", grant});
      !done) {
    return done;
  }
  // What an older program has backed up gets the tables of this one.
  return PostgresStore(owner).open(count);
}

}  // namespace

Result<void> run_program(const std::vector<std::string>& arguments) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::unexpected(file_error("pipe", "make"));
  const Descriptor reading(pipe[0]);
  std::vector<char*> raw;
  for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  pid_t child = 0;
  int failed = 0;
  {
    const Descriptor writing(pipe[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, writing.get(), 1);
    posix_spawn_file_actions_adddup2(&actions, writing.get(), 2);
    failed = ::posix_spawnp(&child, raw[0], &actions, nullptr, raw.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
  }
  if (failed != 0) {
    return fail(Remedy::stop, "program.failed",
                arguments[0] + " cannot be started: " + std::strerror(failed) +
                    "; install PostgreSQL's client programs");
  }
  std::string said;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t n = ::read(reading.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    said.append(buffer.data(), static_cast<std::size_t>(n));
    if (said.size() > 8192) said.erase(0, said.size() - 4096);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  while (said.ends_with('\n')) said.pop_back();
  return fail(Remedy::stop, "program.failed", arguments[0] + ": " + said);
}

Result<BackupManifest> back_up_service(const Config& config, const fs::path& folder,
                                       const BackupWanted& wanted) {
  const auto postgres = postgres_of(config);
  if (!postgres) return std::unexpected(postgres.error());
  const auto home = Home::open(config);
  if (!home) return std::unexpected(home.error());
  PostgresStore store(postgres->conninfo_as("teller_publisher"));
  if (auto right = store.open((*home)->count); !right) return std::unexpected(right.error());
  auto made = BackupFolder::make(folder, wanted.progress);
  if (!made) return std::unexpected(made.error());
  BackupFolder& backup = *made;
  backup.manifest.form = "service";
  backup.manifest.made_at = wanted.made_at;
  DirectorySegments segments(config.segments.directory);
  Result<void> done = backup.add_home(**home, wanted.key);
  if (done) done = backup.add_zero_reports(config.published.directory);
  if (done) done = backup.add_numbers(**home, store);
  if (done) {
    done = add_dump(backup, dump_name, "--schema=teller", postgres->conninfo_as("teller_owner"));
  }
  if (done) done = add_roll(backup, *postgres);
  if (done) done = backup.add_deliveries(**home, store);
  if (done) done = backup.add_segments(store, segments);
  if (!done) return std::unexpected(done.error());
  return backup.finish();
}

Result<BackupManifest> restore_service(const Config& config, const fs::path& folder,
                                       const BackupProgress& progress) {
  const auto postgres = postgres_of(config);
  if (!postgres) return std::unexpected(postgres.error());
  auto manifest = read_manifest(folder);
  if (!manifest) return manifest;
  if (manifest->form != "service") {
    return fail(Remedy::reject, "backup.form",
                folder.string() + " is a backup of a home; restore it with --home");
  }
  const std::string owner = postgres->conninfo_as("teller_owner");
  const auto count_text = read_file(folder / "count.json");
  if (!count_text) return std::unexpected(count_text.error());
  const auto count = CountFile::parse(*count_text, (folder / "count.json").string());
  if (!count) return std::unexpected(count.error());
  PostgresStore store(owner);
  const auto empty = store.open(*count);
  if (empty || empty.error().code == Code("count.other")) {
    return fail(Remedy::reject, "store.exists",
                "the database holds a count already; a restore never overwrites, name another");
  }
  if (empty.error().code != Code("count.none")) return std::unexpected(empty.error());
  if (auto free = must_hold_no_roll(*postgres); !free) return std::unexpected(free.error());

  const fs::path home_path = config.count.home;
  const bool home_is_there = fs::exists(home_path / "count.json");
  if (home_is_there) {
    const auto there = Home::open(home_path);
    if (!there) return std::unexpected(there.error());
    if (!((*there)->count.id == manifest->count)) {
      return fail(Remedy::reject, "home.exists", home_path.string() + " holds another count");
    }
  }
  // First everything that is only added; the database last.
  const fs::path beside = config.segments.directory;
  const fs::path dump = beside / fmt::format("restored-{}.dump", ::getpid());
  const fs::path roll_dump = beside / fmt::format("restored-{}.voters", ::getpid());
  if (auto made = make_folders(config.segments.directory, 0700); !made) {
    return std::unexpected(made.error());
  }
  // A file that is there already is left as it is, if it is the same.
  const auto place = [&](const std::string& name) -> fs::path {
    const bool segment = name.starts_with("segments/");
    const bool published = name.starts_with("published/");
    const std::string below = name.substr(name.find('/') + 1);
    const bool roll = name == roll_dump_name || name == VoterKey::file_name;
    const fs::path to = name == dump_name        ? dump
                        : name == roll_dump_name ? roll_dump
                        : segment                ? config.segments.directory / below
                        : published              ? config.published.directory / below
                                                 : home_path / name;
    const bool kept = segment || published || roll || name == dump_name ||
                      name.starts_with("import.key") || name.starts_with("earlier-totals/");
    if (!kept && home_is_there) return {};
    return fs::exists(to) ? fs::path() : to;
  };
  Result<void> done = copy_checked(folder, *manifest, place, progress);
  if (done) done = into_database(owner, dump, *count);
  if (done) done = into_registrars_schema(*postgres, roll_dump);
  std::error_code ignored;
  fs::remove(dump, ignored);
  fs::remove(roll_dump, ignored);
  if (!done) return std::unexpected(done.error());
  NewOnDisk named;
  if (auto given = give_name(home_path, config, named); !given) {
    return std::unexpected(given.error());
  }
  named.keep_all();
  const auto home = Home::open(config);
  if (!home) return std::unexpected(home.error());
  PostgresStore restored(postgres->conninfo_as("teller_publisher"));
  if (auto same = check_restored(*manifest, **home, restored); !same) {
    return std::unexpected(same.error());
  }
  return manifest;
}

}  // namespace teller
