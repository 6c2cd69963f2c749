#include "tables/csv.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/utf8.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::size_t room_bytes = 4'096;  // The decoder makes whole characters.
constexpr std::size_t line_shown_bytes = 4'096;
constexpr std::string_view order_mark = "\xEF\xBB\xBF";

bool is_blank_field(std::string_view field) { return trimmed(field).empty(); }

// A number, or what stands in the place of one that is kept back.
bool is_figure_field(std::string_view field) {
  field = trimmed(field);
  if (!field.empty() && field.find_first_not_of('*') == std::string_view::npos) return true;
  return is_number_in_any_form(field);
}

std::size_t filled_in(const CsvRow& row) {
  const auto filled = std::ranges::count_if(
      row.fields, [](std::string_view field) { return !is_blank_field(field); });
  return static_cast<std::size_t>(filled);
}

}  // namespace

bool is_merge_mark(std::string_view line) {
  for (const std::string_view mark : {"<<<<<<<", "=======", ">>>>>>>", "|||||||"}) {
    if (line.starts_with(mark) && (line.size() == mark.size() || line[mark.size()] == ' '))
      return true;
  }
  return false;
}

CsvReader::CsvReader(Reader reader, CsvForm form)
    : reader_(std::move(reader)),
      form_(std::move(form)),
      decoder_(form_.encoding),
      buffer_(block_bytes) {}

CsvReader::CsvReader(std::string_view text, CsvForm form)
    : form_(std::move(form)),
      decoder_({}),
      buffer_(text.begin(), text.end()),
      to_(text.size()),
      at_end_(true) {}

Result<bool> CsvReader::fill() {
  if (at_end_) return false;
  if (from_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + from_, to_ - from_);
    to_ -= from_;
    from_ = 0;
  }
  if (buffer_.size() - to_ < room_bytes) buffer_.resize(buffer_.size() * 2);
  const auto got = decoder_.read(*reader_, std::span(buffer_).subspan(to_));
  if (!got) return std::unexpected(got.error());
  to_ += *got;
  at_end_ = *got == 0;
  return !at_end_;
}

void CsvReader::skip_line() {
  const char* const begin = buffer_.data() + from_;
  const void* const found = std::memchr(begin, '\n', to_ - from_);
  if (found == nullptr) {
    from_ = to_;
    return;
  }
  from_ += static_cast<std::size_t>(static_cast<const char*>(found) - begin) + 1;
  ++line_;
}

CsvReader::Parsed CsvReader::fault(const CsvRow& row, Cut& cut, Code code, std::string_view why) {
  cut.code = code;
  cut.detail = fmt::format("field {} {}", row.fields.size() + 1, why);
  return Parsed::row;
}

// Takes the field that begins with a quote at cut.at; nothing if it is taken, else what parse() answers.
std::optional<CsvReader::Parsed> CsvReader::quoted_field(CsvRow& row, Cut& cut) {
  const char* const data = buffer_.data();
  std::size_t& at = cut.at;
  const std::size_t begin = ++at;
  std::size_t piece = begin;
  std::optional<std::size_t> unescaped_at;
  for (;;) {
    const auto* const quote = static_cast<const char*>(std::memchr(data + at, '"', to_ - at));
    if (quote == nullptr) {
      if (!at_end_) return Parsed::more;
      return fault(row, cut, "csv.quote_not_closed",
                   "opens a quote that is never closed; close it, or double each quote that "
                   "belongs to the text");
    }
    at = static_cast<std::size_t>(quote - data) + 1;
    if (at == to_ && !at_end_) return Parsed::more;
    if (at == to_ || data[at] != '"') break;
    if (!unescaped_at) {
      // Everything of this row fits, so that no view of it moves.
      unescaped_.reserve(to_ - from_);
      unescaped_at = unescaped_.size();
    }
    unescaped_.append(data + piece, at - piece);
    piece = ++at;
  }
  const std::size_t close = at - 1;
  if (at < to_ && data[at] == '\r' && at + 1 == to_ && !at_end_) return Parsed::more;
  const bool crlf = at + 1 < to_ && data[at] == '\r' && data[at + 1] == '\n';
  if (at < to_ && data[at] != form_.delimiter && data[at] != '\n' && !crlf) {
    return fault(row, cut, "csv.text_after_quote",
                 "goes on behind its closing quote; double each quote that belongs to the text");
  }
  cut.lines += static_cast<std::uint64_t>(std::count(data + begin, data + close, '\n'));
  if (unescaped_at) {
    unescaped_.append(data + piece, close - piece);
    row.fields.push_back(std::string_view(unescaped_).substr(*unescaped_at));
  } else {
    row.fields.emplace_back(data + begin, close - begin);
  }
  return std::nullopt;
}

// The same of a field without quotes round it.
std::optional<CsvReader::Parsed> CsvReader::plain_field(CsvRow& row, Cut& cut) {
  const char* const data = buffer_.data();
  std::size_t& at = cut.at;
  const std::size_t begin = at;
  while (at < to_ && data[at] != form_.delimiter && data[at] != '\n' &&
         (data[at] != '"' || !form_.quotes))
    ++at;
  if (at == to_ && !at_end_) return Parsed::more;
  if (at < to_ && data[at] == '"' && form_.quotes) {
    return fault(row, cut, "csv.quote_in_field",
                 "has a quote in its middle; put the whole field in quotes and double each quote "
                 "that belongs to the text, or, where quotes mean nothing in this file, write "
                 "quotes = false in [csv]");
  }
  std::size_t stop = at;
  if (stop > begin && data[stop - 1] == '\r' && at < to_ && data[at] == '\n') --stop;
  if (std::memchr(data + begin, '\r', stop - begin) != nullptr) {
    return fault(
        row, cut, "csv.carriage_return",
        "has a carriage return that ends no line; save the file with LF or CRLF line ends");
  }
  row.fields.emplace_back(data + begin, stop - begin);
  return std::nullopt;
}

// Looks at buffer_[from_, to_) without taking it. `more`: the row may go on behind the buffer.
// `row`: a row, or a fault if cut.code is set, ends before cut.at and holds cut.lines line ends.
CsvReader::Parsed CsvReader::parse(CsvRow& row, Cut& cut) {
  row.fields.clear();
  row.line = line_;
  unescaped_.clear();
  cut = {.at = from_};
  const char* const data = buffer_.data();
  std::size_t& at = cut.at;
  if (at == to_) return at_end_ ? Parsed::end : Parsed::more;
  if (to_ - at < order_mark.size() && !at_end_) return Parsed::more;
  while (std::string_view(data + at, to_ - at).starts_with(order_mark)) at += order_mark.size();

  for (;;) {
    const bool quoted = form_.quotes && at < to_ && data[at] == '"';
    if (const auto answer = quoted ? quoted_field(row, cut) : plain_field(row, cut)) return *answer;
    // `at` stands on a delimiter, on the line end or at the end of the file.
    if (at == to_) return Parsed::row;
    if (data[at] != form_.delimiter) break;
    ++at;
    if (at == to_ && !at_end_) return Parsed::more;
  }
  at += data[at] == '\r' ? 2 : 1;
  ++cut.lines;
  return Parsed::row;
}

// Takes the line at the front off, however long it is.
Result<void> CsvReader::drop_line() {
  // What is buffered may be no whole line.
  std::size_t dropped = 0;
  while (std::memchr(buffer_.data() + from_, '\n', to_ - from_) == nullptr) {
    const auto more = fill();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    if (to_ - from_ <= 2 * row_bytes_max) continue;
    dropped += to_ - from_;
    from_ = to_;  // Of this line nothing is needed.
    if (dropped > Reader::line_bytes_max) {
      return fail(Remedy::reject, "file.line_too_long",
                  fmt::format("line {} is longer than 16 MiB: is this the right file?", line_));
    }
  }
  skip_line();
  return {};
}

// A merge always begins and ends with these two; a line of "=======" alone may be there to look nice.
Result<void> CsvReader::check_merged() {
  constexpr std::size_t bytes_needed =
      12;  // A byte order mark, the mark, and what stands behind it.
  while (to_ - from_ < bytes_needed) {
    const auto more = fill();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
  }
  std::string_view front(buffer_.data() + from_, std::min(to_ - from_, line_shown_bytes));
  if (front.starts_with(order_mark)) front.remove_prefix(order_mark.size());
  if (!front.starts_with("<<<<<<<") && !front.starts_with(">>>>>>>")) return {};
  const std::string_view line = front.substr(0, front.find_first_of("\r\n"));
  if (!is_merge_mark(line)) return {};
  return fail(
      Remedy::reject, "file.damaged",
      fmt::format("line {}: {} is the mark of a merge that nobody finished: the file is two "
                  "versions in one; choose one of them",
                  line_, shown(line)));
}

// Title and header of another table stand behind a table that ends there. A row that has figures is one more of its rows,
// which nobody would miss; so is one behind blank lines and notes, where it has figures below those of the last row.
Result<void> CsvReader::check_last_line() {
  if (!is_behind_the_last() || looked_behind_) return {};
  const bool is_next = line_ == form_.last_line + 1;
  CsvRow behind;
  Cut cut;
  while (parse(behind, cut) == Parsed::more) {
    if (to_ - from_ > row_bytes_max) return {};
    const auto more = fill();
    if (!more) return std::unexpected(more.error());
  }
  const std::size_t filled = filled_in(behind);
  if (cut.code.empty() && filled < 2) return {};
  looked_behind_ = true;
  if (!cut.code.empty()) return {};
  // The header of the next table, which may have numbers of places in it.
  if (!first_field_.empty() && trimmed(behind.fields.front()) == first_field_) return {};
  if (std::ranges::none_of(behind.fields, is_figure_field)) {
    // A note may have a comma in it; rows of this table may stand behind it.
    looked_behind_ = filled >= first_filled_;
    return {};
  }
  const bool is_like_the_last =
      !figure_places_.empty() && std::ranges::all_of(figure_places_, [&](std::size_t at) {
        return at < behind.fields.size() && is_figure_field(behind.fields[at]);
      });
  const std::string_view raw(buffer_.data() + from_, cut.at - from_);
  if (!is_next && (!is_like_the_last || trimmed(raw) == first_row_)) return {};
  return fail(Remedy::reject, "mapping.invalid",
              fmt::format("line {} stands behind the last line of the table (last_line = {} in "
                          "[csv]) and has figures, so the table may have grown: set last_line to "
                          "where it ends now; where that line is no row of it, name it in "
                          "[leave_out] or [expect]",
                          line_, form_.last_line));
}

// Where the last row of the table has figures.
void CsvReader::note_row_before(const CsvRow& row, std::string_view raw) {
  if (form_.last_line == 0) return;
  if (columns_ == 0) {
    first_row_ = trimmed(raw);
    first_field_ = trimmed(row.fields.front());
    first_filled_ = filled_in(row);
  }
  figure_places_.clear();
  for (std::size_t at = 0; at < row.fields.size(); ++at) {
    if (is_figure_field(row.fields[at])) figure_places_.push_back(at);
  }
}

// Whether the line at the front is one that is passed over whatever it holds.
Result<bool> CsvReader::is_skipped() {
  if (line_ < form_.header_line || is_behind_the_last()) return from_ < to_ || !at_end_;
  for (const std::string& beginning : form_.skip) {
    while (to_ - from_ < beginning.size() + 1) {
      const auto more = fill();
      if (!more) return std::unexpected(more.error());
      if (!*more) break;
    }
    std::string_view line(buffer_.data() + from_, to_ - from_);
    if (form_.quotes && line.starts_with('"')) line.remove_prefix(1);
    if (line.starts_with(beginning)) return true;
  }
  return false;
}

// Of the line at the front, which is passed over: whether a person should know it.
void CsvReader::note_skipped() {
  std::string_view line(buffer_.data() + from_, to_ - from_);
  line = line.substr(0, line.find('\n'));
  if (line_ >= form_.header_line && !is_behind_the_last()) return skipped_.note(line_);
  const bool is_behind = is_behind_the_last();
  std::size_t numbers = 0, filled = 0;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(form_.delimiter), line.size());
    std::string_view field = trimmed(line.substr(0, end));
    if (field.size() > 1 && field.starts_with('"') && field.ends_with('"'))
      field = field.substr(1, field.size() - 2);
    filled += field.empty() ? 0 : 1;
    numbers += !field.empty() && field.find_first_not_of("0123456789.,") == std::string_view::npos;
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  if (is_behind && filled > 0) behind_.note(line_);
  if (!is_behind && numbers > 0 && filled > 1) numbers_above_.note(line_);
}

// What is wrong with a row that could be cut into fields; empty: nothing.
Code CsvReader::fault_of(CsvRow& row, std::string_view raw, std::string& detail) {
  if (!is_utf8(raw)) {
    detail = "the row is not UTF-8 text; save the file as UTF-8";
    return "csv.not_utf8";
  }
  if (std::any_of(raw.begin(), raw.end(), [](unsigned char c) {
        return (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
      })) {
    detail = "the row holds a control character; remove it";
    return "csv.control_character";
  }
  if (columns_ == 0 || row.fields.size() == columns_) return {};
  if (group_width_ > 0) {
    if (row.fields.size() >= groups_begin_ &&
        (row.fields.size() - groups_begin_) % group_width_ == 0)
      return {};
    detail = fmt::format("the row has {} fields, which are not {} and groups of {}",
                         row.fields.size(), groups_begin_, group_width_);
    return "csv.field_count";
  }
  const bool only_empty_more =
      row.fields.size() > columns_ &&
      std::all_of(row.fields.begin() + static_cast<std::ptrdiff_t>(columns_), row.fields.end(),
                  is_blank_field);
  if (only_empty_more && form_.empty_extra_columns) {
    row.fields.resize(columns_);
    shortened_.note(row.line);
    return {};
  }
  detail = fmt::format("the row has {} fields, the header has {}{}", row.fields.size(), columns_,
                       only_empty_more ? "; where fields behind the last column are always empty, "
                                         "write empty_extra_columns = true in [csv]"
                                       : "");
  return "csv.field_count";
}

Result<bool> CsvReader::next(CsvRow& row) {
  for (;;) {
    row.line = line_;
    if (const auto whole = check_merged(); !whole) return std::unexpected(whole.error());
    if (const auto ends = check_last_line(); !ends) return std::unexpected(ends.error());
    const auto skipped = is_skipped();
    if (!skipped) return std::unexpected(skipped.error());
    if (*skipped) {
      note_skipped();
      if (const auto dropped = drop_line(); !dropped) return std::unexpected(dropped.error());
      continue;
    }
    Cut cut;
    Parsed parsed = Parsed::more;
    while ((parsed = parse(row, cut)) == Parsed::more) {
      if (to_ - from_ > row_bytes_max) {
        parsed = Parsed::row;
        cut.code = "csv.row_too_long";
        cut.detail = "the row does not end within 1 MiB; a quote that is never closed?";
        break;
      }
      const auto more = fill();
      if (!more) return std::unexpected(more.error());
    }
    if (parsed == Parsed::end) return false;
    if (cut.code.empty()) {
      const std::string_view raw(buffer_.data() + from_, cut.at - from_);
      if (std::all_of(row.fields.begin(), row.fields.end(), is_blank_field)) {
        if (raw != "\n" && raw != "\r\n") empty_rows_.note(line_);
        from_ = cut.at;
        line_ += cut.lines;
        continue;
      }
      if (raw.starts_with(order_mark)) order_marks_.note(line_);
      cut.code = fault_of(row, raw, cut.detail);
      if (cut.code.empty()) note_row_before(row, raw);
    }
    if (!cut.code.empty()) {
      const std::uint64_t line = line_;
      const std::string_view left(buffer_.data() + from_, std::min(to_ - from_, line_shown_bytes));
      malformed_ = left.substr(0, left.find('\n'));
      if (const auto dropped = drop_line(); !dropped) return std::unexpected(dropped.error());
      row.fields.clear();
      return fail(Remedy::reject, cut.code, fmt::format("line {}: {}", line, cut.detail));
    }
    if (columns_ == 0) columns_ = row.fields.size();
    from_ = cut.at;
    line_ += cut.lines;
    return true;
  }
}

}  // namespace teller
