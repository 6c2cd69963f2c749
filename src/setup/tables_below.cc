#include "setup/tables_below.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "results/column_words.h"

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
    seen.numbers += !field.empty() && looks_like_number(field) ? 1 : 0;
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
  std::string title;
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
      title_.clear();
    } else if (line.filled == 1) {
      is_apart_ = true;
      title_ = line.fields[first_filled(line)];
    } else if (!candidate_ && may_be_header(line)) {
      candidate_.emplace(std::move(line), title_, last_data_);
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
    if (begins_alike || !title_.empty()) return true;
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
               looks_like_number(below.fields[i]);
    }
    if (names > 0) return found();
    if (++candidate_->looked_at >= lines_max) candidate_.reset();
  }

  void found() {
    HeaderCandidate one = std::move(*candidate_);
    candidate_.reset();
    if (!headers_.empty()) {
      const bool is_same = std::ranges::any_of(headers_, [&](const SeenLine& other) {
        return names_of_line(other) == names_of_line(one.line);
      });
      // The same header below another title is another table; below "Page 2 of 7", and below nothing, it goes on.
      const bool is_title = !one.title.empty() && !tables_.front().title.empty() &&
                            !as_id(one.title).starts_with("page") &&
                            titles_.insert(without_digits(one.title)).second;
      if (is_same && !is_title) return;
      tables_.back().to = one.last_data;
    } else {
      titles_.insert(without_digits(one.title));
    }
    TableLines& table = tables_.emplace_back();
    table.from = headers_.empty() ? 1 : one.last_data + 1;
    table.header = one.line.line;
    table.title = one.title;
    headers_.push_back(std::move(one.line));
  }

  static std::string without_digits(std::string text) {
    std::erase_if(text, [](unsigned char c) { return c >= '0' && c <= '9'; });
    return text;
  }

  std::vector<TableLines> tables_;
  std::vector<SeenLine> headers_;  // Of them.
  std::optional<HeaderCandidate> candidate_;
  std::set<std::string> titles_;
  std::string title_;
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
