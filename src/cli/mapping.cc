// teller mapping new: a first mapping for a file of results, with its guesses explained and its
// questions marked.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/terminal_text.h"
#include "setup/guess_mapping.h"

namespace teller::cli {
namespace {

namespace fs = std::filesystem;

struct NewMappingOptions {
  std::string out, name, date, time_zone, sheet;
  std::vector<std::string> files, answers;
  bool ask = true;
};

using Answers = std::map<std::string, std::string>;

// What the options answer. A key may hold "=", a value does not.
Result<Answers> answers_of(const NewMappingOptions& options) {
  Answers answers;
  for (const std::string& text : options.answers) {
    const std::size_t at = text.rfind('=');
    if (at == std::string::npos || at == 0)
      return fail(
          Remedy::reject, "mapping.invalid",
          fmt::format("--answer {}: write it as KEY=VALUE, with the key of a question", text));
    answers[text.substr(0, at)] = text.substr(at + 1);
  }
  for (const auto& [key, value] :
       {std::pair("election name", &options.name), std::pair("election date", &options.date),
        std::pair("election time_zone", &options.time_zone),
        std::pair("csv sheet", &options.sheet)}) {
    if (!value->empty()) answers[key] = *value;
  }
  return answers;
}

// Asks at the terminal. False: nobody answers any more.
bool ask(const MappingQuestion& question, Answers& answers) {
  for (;;) {
    fmt::print(stderr, "{}\n", printable_line(question.text));
    if (!question.choices.empty())
      fmt::print(stderr, "  one of {}\n",
                 printable_line(fmt::format("{}", fmt::join(question.choices, ", "))));
    fmt::print(stderr, "  [{}] ", printable_line(question.guess));
    std::fflush(stderr);
    std::string answer;
    if (!std::getline(std::cin, answer)) return false;
    const bool is_good = answer.empty() || question.choices.empty() ||
                         std::ranges::find(question.choices, answer) != question.choices.end();
    if (!is_good) continue;
    answers[question.key] = answer;
    return true;
  }
}

// Guesses, asks what is open, and guesses again with what was answered.
Result<MappingGuess> guess_and_ask(std::span<const std::string> files, Answers& answers,
                                   bool can_ask) {
  for (;;) {
    auto guess = guess_mapping(files, answers);
    if (!guess || !can_ask) return guess;
    bool asked = false;
    for (const MappingQuestion& question : guess->open) {
      if (answers.contains(question.key)) continue;
      if (!ask(question, answers)) {
        can_ask = false;
        break;
      }
      asked = true;
    }
    if (!asked) return guess;
  }
}

// How a question is asked, in short: its key, and what can be answered.
std::string in_short(const MappingQuestion& question) {
  return question.choices.empty()
             ? question.key
             : fmt::format("{} ({})", question.key, fmt::join(question.choices, ", "));
}

// Every answer was asked for, and is one of those that there are.
Result<void> check_answers(const Answers& given, const std::vector<MappingQuestion>& asked) {
  const auto is_choice = [](const MappingQuestion& question, std::string_view value) {
    return value.empty() || question.choices.empty() ||
           std::ranges::find(question.choices, value) != question.choices.end();
  };
  std::string wrong;
  for (const auto& [key, value] : given) {
    const auto question = std::ranges::find(asked, key, &MappingQuestion::key);
    if (question == asked.end()) {
      wrong += fmt::format("{}nothing was asked that is called {}", wrong.empty() ? "" : "; ", key);
      continue;
    }
    bool is_good = is_choice(*question, value);
    for (std::string_view left = value; !is_good && question->takes_several && !left.empty();) {
      const std::size_t end = std::min(left.find(MappingQuestion::between), left.size());
      if (!is_choice(*question, left.substr(0, end))) break;
      left.remove_prefix(std::min(end + MappingQuestion::between.size(), left.size()));
      is_good = left.empty();
    }
    if (!is_good)
      wrong +=
          fmt::format("{}{} cannot be answered with {}", wrong.empty() ? "" : "; ", key, value);
  }
  if (wrong.empty()) return {};
  std::vector<std::string> questions;
  for (const MappingQuestion& question : asked) {
    std::string text = in_short(question);
    if (std::ranges::find(questions, text) == questions.end()) questions.push_back(std::move(text));
  }
  return fail(
      Remedy::reject, "mapping.invalid",
      fmt::format("--answer: {}. Of this file is asked: {}", wrong,
                  questions.empty() ? "nothing" : fmt::format("{}", fmt::join(questions, "; "))));
}

int run_new(const NewMappingOptions& options) {
  if (std::ranges::find(options.files, "-") != options.files.end()) {
    say("a guess reads the file several times: save it as a file first");
    return usage;
  }
  auto answers = answers_of(options);
  if (!answers) return report(answers.error());
  const Answers given = *answers;
  if (!options.out.empty() && fs::exists(options.out)) {
    return report({Remedy::stop, "output.unwritable",
                   options.out +
                       ": is there already, and what somebody decided in it would be lost; "
                       "name another file"});
  }
  const bool can_ask = options.ask && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
  const auto guess = guess_and_ask(options.files, *answers, can_ask);
  if (!guess) return report(guess.error());
  if (auto good = check_answers(given, guess->asked); !good) return report(good.error());
  if (options.out.empty()) {
    std::fwrite(guess->text.data(), 1, guess->text.size(), stdout);
  } else if (auto written = write_file(options.out, guess->text); !written) {
    return report(written.error());
  }
  for (const std::string& sentence : guess->takes) say(sentence);
  if (guess->open.empty()) return done;
  say(guess->open.size() == 1 ? "One question is open:"
                              : fmt::format("{} questions are open:", guess->open.size()));
  for (const MappingQuestion& question : guess->open)
    say(fmt::format("? {}: {} Meanwhile: {}", question.key, question.text, question.guess));
  return found;
}

}  // namespace

void add_mapping(CLI::App& app) {
  CLI::App* const command = add_command(app, "mapping", "Make a mapping for a file of results",
                                        "  teller mapping new results.csv --out mapping.toml\n"
                                        "`teller mapping new --help` shows its options.");
  command->require_subcommand(1);
  CLI::App* const make = add_command(
      *command, "new", "Read a file and write a mapping, with each guess explained",
      "  teller mapping new results.csv --out mapping.toml\n"
      "  teller mapping new results.xlsx --sheet Votes --name \"Council\" --date 2026-05-17 \\\n"
      "    --time-zone Europe/Zurich --answer 'votes mask \"-\"=zero' > mapping.toml\n"
      "The mapping is tried on the whole file. What no cell can say is a question: at a terminal "
      "it\n"
      "is asked, otherwise it stands in the mapping as a comment that begins with # ?, and "
      "--answer\n"
      "KEY= takes what is likely. Exit code 0: nothing is open; 1: somebody has to decide "
      "something.");
  const auto options = std::make_shared<NewMappingOptions>();
  make->add_option("file", options->files,
                   "The results: CSV, TSV, a zip of them, XLSX, ODS; several of one form are one")
      ->required();
  make->add_option("--out", options->out, "Write the mapping here; otherwise to stdout");
  make->add_option("--name", options->name, "What the election is called");
  make->add_option("--date", options->date, "When it was, as 2026-05-17");
  make->add_option("--time-zone", options->time_zone, "Of its times, as Europe/Zurich");
  make->add_option("--sheet", options->sheet, "Of a workbook: which sheet has the votes");
  make->add_option("--answer", options->answers, "Answer a question: KEY=VALUE (may be repeated)")
      ->allow_extra_args(false);
  make->add_flag("!--no-questions", options->ask, "Ask nothing, also at a terminal");
  on_run(make, [options] { return run_new(*options); });
}

}  // namespace teller::cli
