#include "setup/guess_form.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// The number of a page, alone on its line.
bool is_page_row(const TableFront::Row& row) {
  const auto filled = std::ranges::count_if(row.fields, [](const auto& it) { return !it.empty(); });
  return filled == 1 && is_page_number(row.fields.front());
}

// Of lines that are passed over by how they begin: none of them may be the beginning of a row.
class SkippedLines {
 public:
  explicit SkippedLines(DraftColumns& all) : all_(all) {}

  void skip_pages() {
    const TableFront& front = all_.draft.front;
    std::map<std::string, std::uint64_t> pages;
    for (const TableFront::Row& row : front.rows) {
      if (is_page_row(row)) ++pages[row.fields.front()];
    }
    if (pages.empty()) return;
    const std::string first = pages.begin()->first;
    if (!are_all_known() &&
        all_.ask({"csv pages",
                  fmt::format("lines that begin with {} and the like number pages: are all of them "
                              "passed over (no place is called so)?",
                              shown(first)),
                  "yes",
                  {"yes", "no"}}) != "yes")
      return;
    std::vector<std::string> skipped;
    for (const auto& [text, rows] : pages) {
      if (!begins_a_row(text, pages)) skipped.push_back(text);
    }
    if (skipped.empty()) return;
    all_.draft.because(
        "csv", fmt::format("a line that begins with {}{} is no row: it numbers a "
                           "page",
                           shown(skipped.front()), skipped.size() > 1 ? " or the like" : ""));
    all_.draft.skip.insert(all_.draft.skip.end(), skipped.begin(), skipped.end());
  }

  // A line of one field is a note, if no place is called so.
  void skip_note(std::string_view line) {
    if (line.empty() || line.find_first_not_of("0123456789") == std::string_view::npos ||
        begins_a_row(std::string(line), {}))
      return;
    if (!are_all_known() &&
        all_.ask({"csv skip " + shown(line),
                  fmt::format("{} has not the columns of the header: is it a note that is passed "
                              "over, and each line that begins so (no place is called so)?",
                              shown(line)),
                  "yes",
                  {"yes", "no"}}) != "yes")
      return;
    all_.draft.skip.emplace_back(line);
    all_.draft.because(
        "csv",
        fmt::format("a line that begins with {} is no row: it has not the columns of the header",
                    shown(line)));
  }

 private:
  // Whether every row's beginning was kept.
  [[nodiscard]] bool are_all_known() const {
    return all_.columns().empty() || !all_.column(0).more_texts;
  }
  // One that is none of `pages`.
  [[nodiscard]] bool begins_a_row(const std::string& text,
                                  const std::map<std::string, std::uint64_t>& pages) const {
    if (all_.columns().empty()) return false;
    const auto& texts = all_.column(0).texts;
    for (auto at = texts.lower_bound(text); at != texts.end() && at->first.starts_with(text);
         ++at) {
      const auto known = pages.find(at->first);
      if (known == pages.end() || known->second < at->second.rows) return true;
    }
    return false;
  }

  DraftColumns& all_;
};

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
  SkippedLines lines(all);
  lines.skip_pages();
  if (!front.faults.contains("csv.field_count")) return;
  for (const std::string& line : front.bad_lines) {
    // A line of one field is a note; one that is torn is a row, and stays a fault.
    if (line.contains(front.form.delimiter)) continue;
    const std::string_view start = trimmed(line);
    if (start.empty()) continue;
    if (std::any_of(draft.skip.begin(), draft.skip.end(),
                    [&](const auto& have) { return start.starts_with(have); }))
      continue;
    lines.skip_note(start);
  }
  draft.empty_extra_columns =
      std::all_of(front.bad_lines.begin(), front.bad_lines.end(),
                  [&](const auto& line) { return trimmed(line).ends_with(front.form.delimiter); });
  if (draft.empty_extra_columns)
    draft.because("csv", fmt::format("{} rows have an empty field behind the last column",
                                     grouped(front.faults.at("csv.field_count"))));
}

}  // namespace teller
