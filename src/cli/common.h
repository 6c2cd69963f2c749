// What all commands share: how they are added, how they end, and how they talk.
//
// Exit codes: 0 done, 1 a check found something, 2 wrong usage, 3 could not finish.
// Data goes to stdout, everything else to stderr.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "home/home.h"
#include "host/stop_signals.h"
#include "settings/config.h"
#include "store/store.h"

namespace teller::cli {

inline constexpr int done = 0, found = 1, usage = 2, unfinished = 3;

// Each is in src/cli/<command>.cc.
void add_init(CLI::App& app);
void add_serve(CLI::App& app);
void add_gateway(CLI::App& app);
void add_load(CLI::App& app);
void add_import(CLI::App& app);
void add_generate(CLI::App& app);
void add_totals(CLI::App& app);
void add_digest(CLI::App& app);
void add_verify(CLI::App& app);
void add_log(CLI::App& app);
void add_prove(CLI::App& app);
void add_keys(CLI::App& app);
void add_topics(CLI::App& app);
void add_publish(CLI::App& app);
void add_inspect(CLI::App& app);
void add_audit(CLI::App& app);
void add_incidents(CLI::App& app);
void add_replay_rejected(CLI::App& app);
void add_resume(CLI::App& app);
void add_reconcile(CLI::App& app);
void add_backup(CLI::App& app);
void add_restore(CLI::App& app);
void add_recover(CLI::App& app);
void add_retire(CLI::App& app);

// Adds a subcommand with its examples shown below its options. `run` returns the exit code.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& summary,
                      const std::string& examples);
void on_run(CLI::App* command, std::function<int()> run);
[[nodiscard]] int exit_code();  // Of the command that ran.

// Prints "teller: code: detail" and what to do, and gives the exit code: 2 when the remedy is
// reject, 3 otherwise.
int report(const Error& error);
// Prints a note to stderr.
void say(std::string_view text);

// What reading commands look at: a home with its SQLite store, or the service's PostgreSQL as the
// reader that teller.toml names.
struct Opened {
  std::unique_ptr<Home> home;
  std::unique_ptr<Store> store;
};
struct Where {
  std::string home, config;
};
// Adds --home and --config; exactly one of them must be given.
void add_where(CLI::App* command, Where& where);
// `role` of PostgreSQL: teller_publisher reads everything, teller_writer commits.
[[nodiscard]] Result<Opened> open_store(const Where& where, std::string_view role);

// Where the segments of that count are.
[[nodiscard]] std::string segments_folder(const Where& where, const Home& home);

// Shows "teller: WHAT 12 of 345" on stderr while it goes on; nothing where that is no terminal.
[[nodiscard]] std::function<void(std::uint64_t, std::uint64_t)> progress_on_terminal(
    std::string what);

// The same for a command that changes something, which writes an audit line (operate/audit.h): the
// home's SQLite store (whoever counts there may go on), or PostgreSQL as its owner.
[[nodiscard]] Result<Opened> open_for_change(const Where& where);

// Who changes something, and why: for the audit log. The actor is the login name unless told.
struct Person {
  std::string actor, reason, approver;
};
// Adds --reason (required when there is no `usual_reason`), --actor and --approver.
void add_person(CLI::App* command, Person& person, const std::string& usual_reason = {});

// "13,947,506"
[[nodiscard]] std::string grouped(std::uint64_t number);
// A table with a line under its head; columns whose name ends with ">" are aligned right. Widths
// are those of the terminal, so that CJK names line up.
[[nodiscard]] std::string table(const std::vector<std::string>& head,
                                const std::vector<std::vector<std::string>>& rows);
// One line of CSV (RFC 4180).
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

}  // namespace teller::cli
