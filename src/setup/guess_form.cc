#include "setup/guess_form.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "results/column_words.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// "Page 1 of 7", alone on its line.
bool is_page_number(const TableFront::Row& row) {
  const auto filled = std::ranges::count_if(row.fields, [](const auto& it) { return !it.empty(); });
  if (filled != 1 || row.fields.front().empty()) return false;
  const std::string id = as_id(row.fields.front());
  return (id.starts_with("page-") || id.starts_with("seite-")) &&
         id.find_first_of("0123456789") == id.find('-') + 1;
}

}  // namespace

void draft_form(DraftColumns& all) {
  MappingDraft& draft = all.draft;
  const TableFront& front = draft.front;
  draft.because("csv", front.delimiter_why + "; " + front.header_why);
  if (front.rows_below > 0) {
    draft.skip_rows = front.rows_below;
    draft.because("csv", front.below_why);
  }
  if (!front.form.quotes)
    draft.because("csv", "quotes stand within fields, so they are characters like any other");
  if (!front.encoding_note.empty()) draft.because("csv", front.encoding_note);
  draft.encoding = front.encoding;
  std::vector<std::string> unread;
  for (std::size_t i = 0; i < all.columns().size(); ++i) {
    if (!all.used.contains(i) && all.column(i).filled > 0) unread.push_back(all.column(i).name);
  }
  if (!unread.empty())
    draft.because("votes",
                  fmt::format("not read: {}", shown(fmt::format("{}", fmt::join(unread, ", ")))));
  const auto page = std::ranges::find_if(front.rows, is_page_number);
  if (page != front.rows.end()) {
    const std::string text = page->fields.front().substr(0, page->fields.front().find(' ') + 1);
    draft.skip.push_back(text);
    draft.because("csv",
                  fmt::format("a line that begins with {} is no row: it numbers a page (line {})",
                              shown(text), page->line));
  }
  if (!front.faults.contains("csv.field_count")) return;
  for (const std::string& line : front.bad_lines) {
    // A line of one field is a note; one that is torn is a row, and stays a fault.
    if (line.contains(front.form.delimiter)) continue;
    const std::string_view start = trimmed(line);
    if (start.empty()) continue;
    if (std::any_of(draft.skip.begin(), draft.skip.end(),
                    [&](const auto& have) { return start.starts_with(have); }))
      continue;
    draft.skip.emplace_back(start);
    draft.because(
        "csv",
        fmt::format("a line that begins with {} is no row: it has not the columns of the header",
                    shown(start)));
  }
  draft.empty_extra_columns =
      std::all_of(front.bad_lines.begin(), front.bad_lines.end(),
                  [&](const auto& line) { return trimmed(line).ends_with(front.form.delimiter); });
  if (draft.empty_extra_columns)
    draft.because("csv", fmt::format("{} rows have an empty field behind the last column",
                                     grouped(front.faults.at("csv.field_count"))));
}

}  // namespace teller
