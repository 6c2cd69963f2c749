#include "cli/open.h"

#include <filesystem>

#include "store/store_postgres.h"
#include "store/store_sqlite.h"

namespace teller::cli {
namespace {

Result<Opened> open_as(const Where& where, std::string_view role, bool read_only) {
  Opened opened;
  if (!where.home.empty()) {
    auto home = Home::open(where.home);
    if (!home) return std::unexpected(home.error());
    opened.home = std::move(*home);
    auto store = std::filesystem::exists(opened.home->store())
                     ? SqliteStore::open_file(opened.home->store(), read_only)
                     : fail(Remedy::reject, "file.missing", "there is no store.sqlite");
    if (!store) {
      return fail(Remedy::reject, "count.none",
                  "nothing has been counted in " + where.home + " yet: " + store.error().detail);
    }
    opened.store = std::move(*store);
  } else {
    auto config = load_config(where.config);
    if (!config) return std::unexpected(config.error());
    auto home = Home::open(config->count.home);
    if (!home) return std::unexpected(home.error());
    opened.home = std::move(*home);
    const auto postgres = need(*config, config->postgres, "postgres");
    if (!postgres) return std::unexpected(postgres.error());
    opened.store = std::make_unique<PostgresStore>(postgres->conninfo_as(role));
  }
  if (auto right = opened.store->open(opened.home->count); !right) {
    return std::unexpected(right.error());
  }
  return opened;
}

}  // namespace

void add_where(CLI::App* command, Where& where) {
  auto* group = command->add_option_group("count", "Which count");
  group->add_option("--home", where.home, "The home of an embedded count (made by teller init)")
      ->type_name("DIR");
  group->add_option("--config", where.config, "teller.toml of a count on the servers")
      ->type_name("FILE");
  group->require_option(1);
}

Result<Opened> open_store(const Where& where, std::string_view role) {
  return open_as(where, role, true);
}

Result<Opened> open_for_change(const Where& where) { return open_as(where, "teller_owner", false); }

std::string segments_folder(const Where& where, const Home& home) {
  if (!where.config.empty()) {
    if (const auto config = load_config(where.config)) return config->segments.directory;
  }
  return home.segments();
}

}  // namespace teller::cli
