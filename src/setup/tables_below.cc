#include "setup/tables_below.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "tables/number_format.h"

namespace teller {
namespace {

// A line, by what stands in it.
struct SeenLine {
  std::uint64_t line = 0;
  std::vector<std::string> fields = {};
  std::size_t filled = 0, numbers = 0;
};

SeenLine seen_line(std::uint64_t line, std::string_view text, char delimiter) {
  SeenLine seen{.line = line, .fields = fields_of_line(text, delimiter)};
  for (const std::string& field : seen.fields) {
    seen.filled += field.empty() ? 0 : 1;
    seen.numbers += !field.empty() && is_number_in_any_form(field) ? 1 : 0;
  }
  return seen;
}

std::size_t first_filled(const SeenLine& line) {
  const auto is_filled = [](const std::string& field) { return !field.empty(); };
  return static_cast<std::size_t>(std::ranges::find_if(line.fields, is_filled) -
                                  line.fields.begin());
}

// In whatever order they stand.
std::multiset<std::string> names_of_line(const SeenLine& line) {
  std::multiset<std::string> names(line.fields.begin(), line.fields.end());
  names.erase("");
  return names;
}

// What may be a header, and what stands above it.
struct HeaderCandidate {
  SeenLine line;
  std::vector<std::string> titles;
  std::uint64_t last_data = 0;
  std::size_t looked_at = 0;
};

class TableFinder {
 public:
  void take(SeenLine line) {
    const bool is_blank = line.filled == 0;
    if (!is_blank && candidate_) decide(line);
    if (is_blank) {
      is_apart_ = true;
    } else if (line.numbers > 0 && line.filled > 1) {
      last_data_ = line.line;
      is_apart_ = false;
      titles_.clear();
    } else if (line.filled == 1) {
      is_apart_ = true;
      const std::string& title = line.fields[first_filled(line)];
      if (!is_page_number(title)) titles_.push_back(title);
    } else if (!candidate_ && may_be_header(line)) {
      candidate_.emplace(std::move(line), titles_, last_data_);
    }
  }

  [[nodiscard]] std::vector<TableLines> tables() const { return tables_; }

 private:
  [[nodiscard]] bool may_be_header(const SeenLine& line) const {
    if (headers_.empty()) return true;
    // Its rows stand between it and the header before.
    if (last_data_ < tables_.back().header) return false;
    const SeenLine& before = headers_.front();
    const std::size_t at = first_filled(line), first = first_filled(before);
    const bool begins_alike = at == first && line.fields[at] == before.fields[first];
    if (begins_alike || !titles_.empty()) return true;
    // Below a blank line alone: each of its names stands once, as no words for missing figures do.
    std::set<std::string> names;
    return is_apart_ && std::ranges::all_of(line.fields, [&](const std::string& field) {
             return field.empty() || names.insert(field).second;
           });
  }

  // Whether there is text above numbers of one of the next lines.
  void decide(const SeenLine& below) {
    constexpr std::size_t lines_max = 3;
    const SeenLine& header = candidate_->line;
    std::size_t names = 0;
    for (std::size_t i = 0; i < std::min(header.fields.size(), below.fields.size()); ++i) {
      const std::string& name = header.fields[i];
      names += !name.empty() && !looks_like_mask(name) && !below.fields[i].empty() &&
               is_number_in_any_form(below.fields[i]);
    }
    if (names > 0) return found();
    if (++candidate_->looked_at >= lines_max) candidate_.reset();
  }

  void found() {
    HeaderCandidate one = std::move(*candidate_);
    candidate_.reset();
    bool may_go_on = false;
    if (!headers_.empty()) {
      const bool is_same = names_of_line(headers_.back()) == names_of_line(one.line);
      // The same header below another title is another table; below "Page 2 of 7", and below nothing, it goes on.
      const auto is_of_this = [&](const std::string& title) { return of_this_.contains(title); };
      if (is_same && std::ranges::all_of(one.titles, is_of_this)) return;
      may_go_on = is_same && are_alike(one.titles);
      tables_.back().to = one.last_data;
    }
    TableLines& table = tables_.emplace_back();
    table.from = headers_.empty() ? 1 : one.last_data + 1;
    table.header = one.line.line;
    if (!one.titles.empty()) table.title = one.titles.back();
    table.may_go_on = may_go_on;
    headers_.push_back(std::move(one.line));
    of_this_ = {one.titles.begin(), one.titles.end()};
  }

  // But for their digits they are those of the table above.
  [[nodiscard]] bool are_alike(const std::vector<std::string>& titles) const {
    std::set<std::string> before;
    for (const std::string& title : of_this_) before.insert(without_digits(title));
    return std::ranges::all_of(
        titles, [&](const std::string& title) { return before.contains(without_digits(title)); });
  }

  static std::string without_digits(std::string text) {
    std::erase_if(text, [](unsigned char c) { return c >= '0' && c <= '9'; });
    return text;
  }

  std::vector<TableLines> tables_;
  std::vector<SeenLine> headers_;  // Of them.
  std::optional<HeaderCandidate> candidate_;
  std::vector<std::string> titles_;  // Above the next header.
  std::set<std::string> of_this_;    // Above that of the table that goes on.
  std::uint64_t last_data_ = 0;
  bool is_apart_ = true;  // A blank line, or a title, stands above.
};

}  // namespace

Result<std::vector<TableLines>> find_tables_below(TableFiles& files, char delimiter) {
  constexpr std::size_t tables_max = 200;
  if (files.names().size() != 1) return std::vector<TableLines>();
  CsvForm form;
  form.delimiter = TableFiles::whole_lines;
  form.quotes = false;
  auto csv = files.open(0, std::move(form));
  if (!csv) return std::unexpected(csv.error());
  TableFinder finder;
  CsvRow row;
  std::uint64_t last = 0;
  while (finder.tables().size() < tables_max) {
    const auto more = csv->next(row);
    if (!more && !CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
    if (more && !*more) break;
    if (row.line > last + 1) finder.take({.line = last + 1});  // Empty lines are passed over.
    last = row.line;
    if (more) finder.take(seen_line(row.line, row.fields.front(), delimiter));
  }
  return finder.tables();
}

}  // namespace teller
