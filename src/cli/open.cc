#include "cli/open.h"

#include <utility>

#include "cli/person.h"
#include "home/kafka_identity.h"
#include "journal/journal_file.h"
#include "journal/journal_kafka.h"
#include "operate/audit.h"
#include "publish/log_files.h"
#include "publish/status.h"
#include "store/store_postgres.h"

namespace teller::cli {
namespace {

template <typename HomeOf>
Result<OpenedAs<HomeOf>> open_home(const Where& where, StoreUse use) {
  OpenedAs<HomeOf> opened;
  auto home = HomeOf::open(where.home);
  if (!home) return std::unexpected(home.error());
  opened.home = std::move(*home);
  auto store = open_home_store(*opened.home, use);
  if (!store) return std::unexpected(store.error());
  opened.store = std::move(*store);
  return opened;
}

template <typename HomeOf>
Result<OpenedAs<HomeOf>> find_service(const std::string& file, std::string_view role) {
  OpenedAs<HomeOf> opened;
  auto config = load_config(file);
  if (!config) return std::unexpected(config.error());
  auto home = HomeOf::open(*config);
  if (!home) return std::unexpected(home.error());
  opened.home = std::move(*home);
  opened.config = std::move(*config);
  const auto postgres = need(*opened.config, opened.config->postgres, "postgres");
  if (!postgres) return std::unexpected(postgres.error());
  opened.store = std::make_unique<PostgresStore>(postgres->conninfo_as(role));
  return opened;
}

template <typename HomeOf>
Result<OpenedAs<HomeOf>> open_service(const Where& where, std::string_view role) {
  auto opened = find_service<HomeOf>(where.config, role);
  if (!opened) return opened;
  if (auto right = opened->store->open(opened->home->count); !right) {
    return std::unexpected(right.error());
  }
  return opened;
}

template <typename HomeOf>
Result<OpenedAs<HomeOf>> open_as(const Where& where, std::string_view role, StoreUse use) {
  return where.home.empty() ? open_service<HomeOf>(where, role) : open_home<HomeOf>(where, use);
}

template <typename HomeOf>
Result<void> not_behind(OpenedAs<HomeOf>& opened) {
  if (!opened.config) {
    auto good = teller::check_not_behind(*opened.home, *opened.store, StoreUse::look);
    if (!good) return good;
    const auto second = look_at_second_place(*opened.home);
    if (!second) return std::unexpected(second.error());
    opened.second_place = *second;
    if (*second == SecondPlace::away) say_second_place_away(*opened.home);
    return {};
  }
  return teller::check_not_behind(*opened.home, *opened.store, opened.config->published.directory,
                                  nullptr);
}

template <typename HomeOf>
Result<void> may_tell(const OpenedAs<HomeOf>& opened, const Where& where) {
  if (!where.tells_votes) return {};
  const auto held_back = is_held_back(opened.home->count, *opened.store);
  if (!held_back) return std::unexpected(held_back.error());
  if (!*held_back) return {};
  if (!where.before_close) return std::unexpected(why_not_told(opened.home->count));
  // Line first, look afterwards.
  const auto changing = open_for_change(where);
  if (!changing) return std::unexpected(changing.error());
  const SystemClock clock;
  const auto line = write_audit(opened.home->count, *changing->store, clock,
                                {.actor = where.actor,
                                 .action = "look-before-close",
                                 .subject = "teller " + where.command,
                                 .reason = where.reason});
  if (!line) return std::unexpected(line.error());
  return {};
}

template <typename HomeOf>
Result<OpenedAs<HomeOf>> open_to_read(const Where& where, std::string_view role) {
  auto opened = open_as<HomeOf>(where, role, StoreUse::look);
  if (!opened) return opened;
  const auto head = opened->store->head();
  if (!head) return std::unexpected(head.error());
  if (auto decided = check_status(*head, opened->home->count, *opened->store); !decided) {
    return std::unexpected(decided.error());
  }
  if (auto good = not_behind(*opened); !good) return std::unexpected(good.error());
  if (auto good = may_tell(*opened, where); !good) return std::unexpected(good.error());
  return opened;
}

}  // namespace

Result<void> check_may_tell(const Opened& opened, const Where& where) {
  return may_tell(opened, where);
}

void add_before_close(CLI::App* command, Where& where) {
  where.command = command->get_name();
  where.actor = login_name();
  auto* reason =
      command->add_option("--reason", where.reason, "With --before-close: why, for the audit log");
  command
      ->add_flag("--before-close", where.before_close,
                 "Look although voting is not closed; leaves a line in the audit log")
      ->needs(reason);
  command->add_option("--actor", where.actor, "With --before-close: who looks")
      ->capture_default_str();
}

void add_where(CLI::App* command, Where& where) {
  auto* group = command->add_option_group("count", "Which count");
  group->add_option("--home", where.home, "The home of an embedded count (made by teller init)")
      ->type_name("DIR");
  group->add_option("--config", where.config, "teller.toml of a count on the servers")
      ->type_name("FILE");
  group->require_option(1);
}

Result<Opened> find_on_servers(const std::string& config, std::string_view role) {
  return find_service<Home>(config, role);
}

Result<Opened> open_to_compare(const Where& where, std::string_view role) {
  return open_as<Home>(where, role, StoreUse::look);
}

Result<void> check_not_behind(Opened& opened) { return not_behind(opened); }

void say_second_place_away(const HomeFolder& home) {
  say_event(is_away(home) +
            ": it could not be asked, and nobody knows whether this home was set back as a whole; "
            "mount it");
}

Result<Opened> open_store(const Where& where, std::string_view role) {
  return open_to_read<Home>(where, role);
}

Result<OpenedAs<HomeFolder>> open_store_only(const Where& where, std::string_view role) {
  return open_to_read<HomeFolder>(where, role);
}

Result<Opened> open_to_mend(const Where& where) {
  return open_as<Home>(where, "teller_owner", StoreUse::count);
}

Result<Opened> open_for_change(const Where& where) {
  auto opened = open_to_mend(where);
  if (!opened) return opened;
  if (auto good = check_not_behind(*opened); !good) return std::unexpected(good.error());
  return opened;
}

Result<std::unique_ptr<Journal>> open_journal_to_read(const Opened& opened) {
  const Home& home = *opened.home;
  if (!opened.config) {
    FileJournal::Options options;
    options.read_only = true;
    auto journal = FileJournal::open(home.journal(), home.count, options);
    if (!journal) return std::unexpected(journal.error());
    return std::move(*journal);
  }
  const auto kafka = need(*opened.config, opened.config->kafka, "kafka");
  if (!kafka) return std::unexpected(kafka.error());
  return open_kafka_journal(kafka_settings(*kafka, "spark", kafka->entries), home.count.partitions);
}

std::string segments_folder(const Opened& opened) {
  return opened.config ? opened.config->segments.directory : opened.home->segments();
}

std::filesystem::path public_log_folder(const Opened& opened) {
  return (opened.config ? opened.config->published.directory : opened.home->published()) /
         log_folder;
}

}  // namespace teller::cli
