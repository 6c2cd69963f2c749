// A file of results as somebody sends it, compressed or not: Reader and CsvReader. Whatever is in
// it, reading comes to an end, every fault has a code, and a row has the fields of the first one.
#include "results/csv.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/target.h"

using namespace teller;

namespace {

// So many rows show what a file is; what is compressed may hold a million.
constexpr int rows_max = 1'000;

void read_rows(const std::string& path) {
  auto reader = Reader::open(path);
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

}  // namespace

FUZZ_TARGET(csv) {
  const int file = memfd_create("input", MFD_CLOEXEC);
  check(file >= 0, "there is memory for the input");
  check(write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size()),
        "the input is a file");
  read_rows("/proc/self/fd/" + std::to_string(file));
  close(file);
}
