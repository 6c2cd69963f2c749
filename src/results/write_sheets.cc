// The last step of an import: bound rows become result sheets.
#include <span>

#include "count/sheets.h"
#include "election/entry.h"
#include "results/arrival.h"
#include "results/import.h"

namespace teller {
namespace {

using Row = BoundResults::Row;

void set_figure(Sheet& sheet, const Row& row) {
  const Figure figure = row.withheld ? Figure::withheld() : Figure::of(row.value);
  for (const auto& [column, member] : sheet_counters) {
    if (column != row.column) continue;
    sheet.*member = figure;
    return;
  }
  sheet.votes.emplace_back(OptionId{row.column}, figure);
}

// The sheet that the rows at the front of `rows` make together; takes them off.
Entry take_sheet(std::span<const Row>& rows) {
  Entry entry;
  Sheet& sheet = entry.body.emplace<Sheet>();
  sheet.unit = rows.front().unit;
  sheet.method = rows.front().method;
  sheet.contest = rows.front().contest;
  while (!rows.empty() && rows.front().method == sheet.method &&
         rows.front().contest == sheet.contest) {
    set_figure(sheet, rows.front());
    rows = rows.subspan(1);
  }
  entry.id = sheet_id(sheet);
  return entry;
}

}  // namespace

Result<std::uint64_t> write_sheets(const BoundResults& results, const Rules& rules,
                                   const CountId& count, ByteView secret, const Portion& portion,
                                   const EntrySink& sink) {
  if (const auto good = check_counted_from(results, rules, CountedFrom::sheets); !good) {
    return std::unexpected(good.error());
  }
  std::uint64_t number = 0;
  for (auto rows : by_arrival(results, secret)) {
    for (; !rows.empty(); ++number) {
      const Entry entry = take_sheet(rows);
      if (number < portion.skip || number - portion.skip >= portion.take) continue;
      const auto sent = sink(encode(entry, count));
      if (!sent) return std::unexpected(sent.error());
    }
  }
  return number;
}

}  // namespace teller
