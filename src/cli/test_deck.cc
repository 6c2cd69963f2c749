// teller test-deck: marked ballots and sheets whose totals are known, and what a count of them says.
#include "generate/test_deck.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "base/grouped.h"
#include "base/time.h"
#include "cli/begin_count.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/terminal_text.h"
#include "generate/generate.h"
#include "intake/entry_output.h"
#include "operate/deck_check.h"
#include "tables/reader.h"

namespace teller::cli {
namespace {

namespace fs = std::filesystem;

struct TestDeckOptions {
  Where where;
  Person person;
  std::string rules, out, check;
};

// ---- Making one.

Result<fs::path> new_deck_folder(const std::string& path) {
  fs::path folder = path;
  std::error_code wrong;
  if (fs::exists(folder, wrong) && !fs::is_empty(folder, wrong)) {
    return fail(Remedy::stop, "output.unwritable",
                path + " is there already and not empty; name a new folder");
  }
  if (auto made = make_folders(folder); !made) return std::unexpected(made.error());
  return folder;
}

// A test count with these rules and nobody who must open it.
Result<std::unique_ptr<Home>> make_test_count(const TestDeckOptions& options) {
  auto rules = read_text(options.rules, Rules::file_bytes_max);
  if (!rules) return std::unexpected(rules.error());
  NewCount wanted;
  wanted.rules = std::move(*rules);
  wanted.rules_name = options.rules;
  wanted.label = "TEST DECK";
  NewOnDisk made;
  auto home = make_home(fs::path(options.out) / "count", wanted, made);
  if (!home) return home;
  if (auto begun = begin_in_folder(**home, options.person, made); !begun) {
    return std::unexpected(begun.error());
  }
  return home;
}

// The entries and, of the ballots, the list that tests/truth.sql and people can read.
class DeckFiles {
 public:
  DeckFiles(fs::path folder, const Rules& rules, const CountFile& count)
      : folder_(std::move(folder)), rules_(rules), count_(count), list_(truth_head) {}

  Result<void> add(const Entry& entry) {
    const bool ballot = std::holds_alternative<Ballot>(entry.body);
    std::optional<EntryOutput>& output = ballot ? ballots_ : sheets_;
    if (!output) {
      const fs::path path = folder_ / (ballot ? "ballots.ndjson" : "sheets.ndjson");
      auto opened =
          EntryOutput::open(path.string(), EntryOutput::Format::ndjson, rules_, count_.id);
      if (!opened) return std::unexpected(opened.error());
      output.emplace(std::move(*opened));
      files_.push_back(path.string());
    }
    if (ballot) {
      append_truth(list_, {.index = listed_++, .id = entry.id, .entry = &entry}, rules_);
    }
    return output->add(encode(entry, count_.id));
  }

  Result<void> finish(const TestDeck& deck) {
    for (std::optional<EntryOutput>* output : {&ballots_, &sheets_}) {
      if (!*output) continue;
      if (auto closed = (*output)->close(); !closed) return closed;
    }
    if (listed_ > 0) {
      if (auto written = write_file((folder_ / "ballots.csv").string(), list_); !written) {
        return written;
      }
    }
    return write_file((folder_ / "expected.json").string(), expected_json(deck, rules_, count_.id));
  }

  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

 private:
  fs::path folder_;
  const Rules& rules_;
  const CountFile& count_;
  std::optional<EntryOutput> ballots_, sheets_;
  std::vector<std::string> files_;
  std::string list_;
  std::uint64_t listed_ = 0;
};

int make_deck(const TestDeckOptions& options) {
  const auto folder = new_deck_folder(options.out);
  if (!folder) return report(folder.error());
  const auto home =
      options.rules.empty() ? Home::open(options.where.home) : make_test_count(options);
  if (!home) return report(home.error());
  const CountFile& count = (*home)->count;
  if (auto good = may_have_deck(count); !good) return report(good.error());
  DeckFiles files(*folder, (*home)->rules, count);
  const auto deck = make_test_deck((*home)->rules, count.id,
                                   [&](const Entry& entry) { return files.add(entry); });
  if (!deck) return report(deck.error());
  if (auto written = files.finish(*deck); !written) return report(written.error());
  const std::string at = (*home)->path.string();
  say(fmt::format("teller: {} ballots and {} sheets, {} figures expected", grouped(deck->ballots),
                  grouped(deck->sheets), grouped(deck->expected.size())));
  if (!count.officers.empty()) {
    say("teller: officers open the count first: teller decide open --home " + at);
  }
  say(fmt::format("teller: count them: teller load {} --home {}", fmt::join(files.files(), " "),
                  at));
  say(fmt::format("teller: then compare: teller test-deck --check {} --home {}", options.out, at));
  return done;
}

// ---- Comparing.

int compare_deck(const TestDeckOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const Home& home = *opened->home;
  if (auto good = may_have_deck(home.count); !good) return report(good.error());
  const auto signer = home.signer();
  if (!signer) return report(signer.error());
  const auto checked =
      check_deck(home, *opened->store, **signer, SystemClock(), fs::path(options.check));
  if (!checked) return report(checked.error());
  for (const std::string& line : checked->differences) {
    std::printf("%s\n", printable_line(line).c_str());
  }
  if (checked->differences.empty()) {
    std::printf("All %s figures of %s ballots and %s sheets are as expected.\n",
                grouped(checked->figures).c_str(), grouped(checked->ballots).c_str(),
                grouped(checked->sheets).c_str());
  } else {
    std::printf("%s figures differ.\n", grouped(checked->differences.size()).c_str());
  }
  say("teller: the signed report is in " + checked->report);
  return checked->differences.empty() ? done : found;
}

int run_test_deck(const TestDeckOptions& options) {
  const bool home = !options.where.home.empty(), config = !options.where.config.empty();
  if (!options.check.empty()) {
    if (home == config || !options.rules.empty()) {
      say("give one of --home and --config with --check");
      return usage;
    }
    return compare_deck(options);
  }
  if (options.out.empty() || config || home == !options.rules.empty()) {
    say("give --out and one of --home and --rules, or --check");
    return usage;
  }
  return make_deck(options);
}

}  // namespace

void add_test_deck(CLI::App& app) {
  const auto options = std::make_shared<TestDeckOptions>();
  CLI::App* command = add_command(
      app, "test-deck",
      "Test a count before it begins, by ballots and sheets whose totals are known",
      "Examples:\n"
      "  teller test-deck --rules rules.json --out deck\n"
      "  teller load deck/ballots.ndjson --home deck/count\n"
      "  teller test-deck --check deck --home deck/count\n"
      "Every option is chosen, each by another number; there are overvotes, undervotes, blanks,\n"
      "write-ins, every card in every unit that it is given in, and sheets where contests are\n"
      "counted from sheets. --rules makes a test count for it in FOLDER/count, --home takes a "
      "test\n"
      "count that holds nothing yet. --check names each figure that differs, by unit, contest and\n"
      "option, and leaves a signed report in the folder; exit code 1 when anything differs.\n"
      "ballots.csv says how each ballot is marked: whoever copies them onto paper tests the\n"
      "scanners too. A live count is refused.");
  command->add_option("--home", options->where.home, "The home of a test count")->type_name("DIR");
  command->add_option("--config", options->where.config, "teller.toml of a test count (--check)")
      ->type_name("FILE");
  command->add_option("--rules", options->rules, "Make a test count with these rules")
      ->type_name("FILE");
  CLI::Option* out =
      command->add_option("--out", options->out, "A new folder for it")->type_name("FOLDER");
  command->add_option("--check", options->check, "Compare what was counted with this deck")
      ->type_name("FOLDER")
      ->excludes(out);
  add_person(command, options->person, "a test deck");
  on_run(command, [options] { return run_test_deck(*options); });
}

}  // namespace teller::cli
