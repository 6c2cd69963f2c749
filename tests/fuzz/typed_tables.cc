// Tables that people typed: three of rules (with a form feed between them), one of ballots, and the
// mapping of the latter. What is taken is good by the rules; what is refused has a code.
#include <array>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/target.h"
#include "results/ballot_table.h"
#include "setup/rules_tables.h"
#include "testing/rules_with.h"

using namespace teller;

namespace {

class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : file_(memfd_create("input", MFD_CLOEXEC)) {
    check(file_ >= 0 && write(file_, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
          "there is memory for the input");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(file_); }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

std::string_view part_of(std::string_view& left) {
  const std::size_t end = left.find('\f');
  const std::string_view part = left.substr(0, end);
  left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
  return part;
}

void make_rules(std::string_view text) {
  const MemoryFile contests(part_of(text)), options(part_of(text)), units(part_of(text));
  const auto made =
      rules_of_tables({.workbook = {},
                       .contests = contests.path(),
                       .options = options.path(),
                       .units = units.path()},
                      {.election = "E", .date = "2026-05-17", .time_zone = "UTC", .methods = {}});
  if (!made) {
    check(fuzz::is_known(made.error().code) && !made.error().detail.empty(),
          "a refusal has a code and a sentence");
    return;
  }
  const auto rules = Rules::parse(made->text, "rules.json");
  check(rules || fuzz::is_known(rules.error().code), "a refusal has a code");
}

const Rules& rules_of_ballots() {
  static const Rules rules = rules_with(
      R"([{"id":"b","kind":"plurality","votes_allowed":2,"write_ins":true,"options":[{"id":"x"},{"id":"y"},{"id":"z"}]},
{"id":"c","kind":"ranked","votes_allowed":3,"options":[{"id":"x"},{"id":"y"},{"id":"z"}]}])",
      {.units = R"([{"id":"u","kind":"u"}])", .styles = R"([{"id":"s","cards":[["b"],["c"]]}])"});
  return rules;
}

void read_typed_ballots(std::string_view text) {
  auto mapping = BallotMapping::parse(
      "teller = \"mapping/1\"\nkind = \"ballots\"\n[ballot]\nnumber = \"{N}\"\n[unit]\nid = \"u\"\n"
      "[[contest]]\nid = \"b\"\ncolumn = \"B\"\n[[contest]]\nid = \"c\"\nranks = [\"1\", \"2\"]\n"
      "[marks]\novervote = [\"o\"]\nwrite_in = [\"w\"]\nblank = [\"-\"]\n",
      "mapping.toml");
  check(mapping.has_value(), "the mapping is good");
  const Rules& rules = rules_of_ballots();
  BallotMaker maker(rules, CountId{}, Bytes(32), "source");
  CsvReader csv(text, {});
  const auto read = read_ballots(csv, "ballots.csv", std::move(*mapping), rules, maker);
  if (!read) return check(fuzz::is_known(read.error().code), "a refusal has a code");
  check(read->rows_refused() <= read->rows_read, "only rows that were read are refused");
  check(read->ballots.size() == 2 * (read->rows_read - read->rows_refused()),
        "a row is taken with all its cards, or refused");
  Entry entry;
  for (const MadeBallot& ballot : read->ballots)
    check(!decode(ballot.entry, rules, CountId{}, entry), "what is made is good");
}

}  // namespace

FUZZ_TARGET(typed_tables) {
  const std::string_view text = as_text(input);
  make_rules(text);
  read_typed_ballots(text);
  const auto mapping = BallotMapping::parse(text, "mapping.toml");
  check(mapping || fuzz::is_known(mapping.error().code), "a refusal has a code");
}
