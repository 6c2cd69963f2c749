// Which count a command is about, and its store: a home with its SQLite store, or the service's
// PostgreSQL as teller.toml names it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/command.h"
#include "home/home.h"
#include "home/home_store.h"
#include "journal/journal.h"
#include "settings/config.h"
#include "store/store.h"

namespace teller::cli {

// `HomeOf`: a Home, or a HomeFolder for callers that need no rules.
template <typename HomeOf>
struct OpenedAs {
  std::unique_ptr<HomeOf> home;
  std::unique_ptr<Store> store;
  std::optional<Config> config;  // Of a count on the servers.
  // Of a home that has one (home/home_store.h); asked by what holds it against what lies beside it.
  std::optional<SecondPlace> second_place;
};
using Opened = OpenedAs<Home>;
struct Where {
  std::string home, config;
  // Of a command that says nothing about votes: it is not held back until voting is closed.
  bool tells_votes = true;
  bool before_close = false;
  std::string command = {}, reason = {}, actor = {};  // For the audit line of --before-close.
};
// Adds --home and --config; exactly one of them must be given.
void add_where(CLI::App* command, Where& where);
// Adds --before-close, with --reason and --actor, to a command that tells of votes.
void add_before_close(CLI::App* command, Where& where);

// For a command that only looks. `role` of PostgreSQL: teller_publisher reads everything,
// teller_writer commits. A store that is behind what lies beside it is refused (home/home_store.h),
// and one whose status nobody decided (publish/status.h); that the second place of a home is away is
// said. A count that is published after the close of voting is refused before it, unless
// --before-close is given, which writes an audit line first.
// Errors: those of Home, load_config(), open_home_store(), Store::open() and check_not_behind().
[[nodiscard]] Result<Opened> open_store(const Where& where, std::string_view role);
// The same without reading the rules.
[[nodiscard]] Result<OpenedAs<HomeFolder>> open_store_only(const Where& where,
                                                           std::string_view role);
// The same for a command that changes something, which writes an audit line (operate/audit.h): the
// home's SQLite store (whoever counts there may go on), or PostgreSQL as its owner.
[[nodiscard]] Result<Opened> open_for_change(const Where& where);
// What these commands ask before they tell anything. Errors: reject publication.before_close; those of write_audit().
[[nodiscard]] Result<void> check_may_tell(const Opened& opened, const Where& where);
// For the commands that say themselves what differs, or mend it: a store that is behind is opened
// too.
[[nodiscard]] Result<Opened> open_to_mend(const Where& where);
[[nodiscard]] Result<Opened> open_to_compare(const Where& where, std::string_view role);
// Says it where the second place of a home is away, and so cannot tell whether the home was set back.
[[nodiscard]] Result<void> check_not_behind(Opened& opened);
// Says it in the JSON of a command too: "second_place": "asked" or "away", where there is one.
template <typename Json>
void put_second_place(Json& json, const Opened& opened) {
  if (opened.second_place == SecondPlace::there) json["second_place"] = "asked";
  if (opened.second_place == SecondPlace::away) json["second_place"] = "away";
}
// Says that it is away.
void say_second_place_away(const HomeFolder& home);
// For the programs of the service form that go on running: the count of a teller.toml, and its store, which was not
// asked yet, since the servers may come later. Errors: those of load_config() and Home.
[[nodiscard]] Result<Opened> find_on_servers(const std::string& config, std::string_view role);

// The journal of that count, to look at: nothing is locked, cut off or written, and whoever counts
// goes on. Errors: those of FileJournal::open() and open_kafka_journal(); reject config.invalid.
[[nodiscard]] Result<std::unique_ptr<Journal>> open_journal_to_read(const Opened& opened);

// Where the segments of that count are.
[[nodiscard]] std::string segments_folder(const Opened& opened);
// And the public log, beside what is published.
[[nodiscard]] std::filesystem::path public_log_folder(const Opened& opened);

}  // namespace teller::cli
