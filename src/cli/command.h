// What all commands share: how they are added, how they end, and how they talk.
//
// Exit codes: 0 done, 1 a check found something, 2 wrong usage, 3 could not finish.
// Data goes to stdout, everything else to stderr.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/event.h"

namespace teller::cli {

inline constexpr int done = 0, found = 1, usage = 2, unfinished = 3;

// Each is in src/cli/<command>.cc.
void add_init(CLI::App& app);
void add_rules(CLI::App& app);
void add_serve(CLI::App& app);
void add_gateway(CLI::App& app);
void add_api(CLI::App& app);
void add_withdraw(CLI::App& app);
void add_deliveries(CLI::App& app);
void add_load(CLI::App& app);
void add_import(CLI::App& app);
void add_feed(CLI::App& app);
void add_mapping(CLI::App& app);
void add_generate(CLI::App& app);
void add_totals(CLI::App& app);
void add_digest(CLI::App& app);
void add_check(CLI::App& app);
void add_complete(CLI::App& app);
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
void add_officer(CLI::App& app);
void add_token(CLI::App& app);
void add_decide(CLI::App& app);
void add_enter(CLI::App& app);
void add_resolve(CLI::App& app);
void add_write_ins(CLI::App& app);
void add_zero(CLI::App& app);
void add_report(CLI::App& app);
void add_test_deck(CLI::App& app);
void add_voters(CLI::App& app);

// Adds a subcommand with its examples shown below its options. `run` returns the exit code.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& summary,
                      const std::string& examples);
void on_run(CLI::App* command, std::function<int()> run);
[[nodiscard]] int exit_code();  // Of the command that ran.

// Writes a file that a command was asked for, in place of one of that name. `output.unwritable`.
[[nodiscard]] Result<void> write_file(const std::string& path, std::string_view text);

// Prints "teller: code: detail" and what to do (of schema/events.toml), and gives the exit code: 2
// when the remedy is reject, 3 otherwise.
int report(const Error& error);
// Prints a note to stderr, made printable (terminal_text.h). Any thread.
void say(std::string_view text);
// The same with "teller: " before it: what happens while a command works.
void say_event(const std::string& text);
// What a command that runs all night tells its operator: to stderr as a line with the time, the
// same error once a minute (base/event.h). Any thread.
[[nodiscard]] OnEvent to_operator();

}  // namespace teller::cli
