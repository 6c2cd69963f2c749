// Results in JSON: what is taken is a table that the reader of CSV reads to its end.
#include "tables/json_table.h"

#include <fmt/format.h>

#include "fuzz/target.h"
#include "tables/csv.h"

using namespace teller;

// The first byte says how many members lead to the records; "*" and "a" in turn.
FUZZ_TARGET(json_table) {
  if (input.empty()) return;
  JsonForm form{.is_used = true, .records = {}};
  for (unsigned i = 0; i < input[0] % 4U; ++i) form.records.emplace_back(i % 2 == 0 ? "a" : "*");
  const auto made = json_as_csv(as_text(input.subspan(1)), form);
  if (!made) {
    check(fuzz::is_known(made.error().code) && !made.error().detail.empty(),
          "a refusal has a code and a sentence");
    return;
  }
  CsvReader csv(*made, {});
  CsvRow row;
  for (;;) {
    const auto more = csv.next(row);
    if (!more) check(CsvReader::is_row_error(more.error()), "reading goes on to the end");
    if (more && !*more) break;
  }
}
