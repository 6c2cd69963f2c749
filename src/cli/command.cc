#include "cli/command.h"

#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "base/time.h"
#include "cli/terminal.h"

namespace teller::cli {
namespace {

int code_of_last_run = usage;

}  // namespace

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& summary,
                      const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer(examples);
  return command;
}

void on_run(CLI::App* command, std::function<int()> run) {
  command->callback([run = std::move(run)] { code_of_last_run = run(); });
}

int exit_code() { return code_of_last_run; }

Result<void> write_file(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return fail(Remedy::stop, "output.unwritable", path + ": cannot be written");
  return {};
}

int report(const Error& error) {
  say("teller: " + to_text(error));
  if (error.remedy == Remedy::retry)
    say("teller: nothing was changed; the same command may succeed later");
  if (error.remedy == Remedy::abort)
    say("teller: the outcome is not known; run the same command again");
  if (!error.code.empty()) say(fmt::format("teller: {}", error.code.advice()));
  return error.remedy == Remedy::reject ? usage : unfinished;
}

void say(std::string_view text) { Terminal::standard_error().say(text); }

void say_event(const std::string& text) { say("teller: " + text); }

OnEvent to_operator() {
  return seldom([](const Event& event) { say(event.line(SystemClock().now_us())); });
}

}  // namespace teller::cli
