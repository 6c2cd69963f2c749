// A file of results as somebody sends it, compressed or not: Reader and CsvReader. Whatever is in
// it, reading comes to an end, every fault has a code, and a row has the fields of the first one.
#include "results/csv.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/target.h"
#include "results/import.h"

using namespace teller;

namespace {

// So many rows show what a file is; what is compressed may hold a million.
constexpr int rows_max = 1'000;

void read_rows(const std::string& path) {
  auto reader = Reader::open(path, Reader::Text::any);
  if (!reader) return check(fuzz::is_known(reader.error().code), "a refusal has a code");
  CsvReader csv(std::move(*reader));
  CsvRow row;
  std::size_t columns = 0;
  std::uint64_t line = 0;
  for (int i = 0; i < rows_max; ++i) {
    const auto more = csv.next(row);
    if (!more) {
      check(fuzz::is_known(more.error().code) && !more.error().detail.empty(),
            "a fault has a code and a sentence");
      if (!CsvReader::is_row_error(more.error())) return;
      check(row.line > line, "reading goes on behind a malformed row");
      line = row.line;
      continue;
    }
    if (!*more) return;
    check(row.line > line, "rows come in order");
    line = row.line;
    if (columns == 0) columns = row.fields.size();
    check(row.fields.size() == columns && columns > 0, "rows have the fields of the first");
  }
}

// The same as a table: whatever the file holds, each refused row is counted and has a code.
void read_table(const std::string& path) {
  auto mapping = Mapping::parse(
      "teller = \"mapping/1\"\n[[unit]]\nkind = \"place\"\nid = \"{1}\"\n[contest]\nid = \"c\"\n"
      "[option]\nid = \"{2}\"\n[method]\nid = \"all\"\n[votes]\ncolumn = \"3\"\n"
      "[csv]\nheader = false\n[numbers]\nthousands = [\",\"]\nother_digits = true\n",
      "mapping.toml");
  check(mapping.has_value(), "the mapping is good");
  auto table = read_results(path, *mapping);
  if (!table) return check(fuzz::is_known(table.error().code), "a refusal has a code");
  check(table->rows_refused() <= table->rows_read, "only rows that were read are refused");
  for (const RowFault& fault : table->faults)
    check(fuzz::is_known(fault.code) && !fault.detail.empty(), "a fault has a code and a sentence");
  for (const auto& good : {check_mapping(*table, *mapping), check_sums(*table, *mapping),
                           check_names(*table, *mapping)})
    check(good || fuzz::is_known(good.error().code), "a refusal has a code");
}

}  // namespace

FUZZ_TARGET(csv) {
  const int file = memfd_create("input", MFD_CLOEXEC);
  check(file >= 0, "there is memory for the input");
  check(write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size()),
        "the input is a file");
  read_rows("/proc/self/fd/" + std::to_string(file));
  read_table("/proc/self/fd/" + std::to_string(file));
  close(file);
}
