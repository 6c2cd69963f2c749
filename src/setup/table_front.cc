#include "setup/table_front.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "results/column_words.h"
#include "results/header_again.h"
#include "setup/column_groups.h"
#include "tables/delimiter.h"
#include "tables/json_table.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {

bool looks_like_mask(std::string_view text) {
  for (const std::string_view mask : {"x", "X", "na", "NA", "n/a", "N/A", "nil"}) {
    if (text == mask) return true;
  }
  return std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;
  });
}

bool looks_like_share(std::string_view text) {
  if (text.contains('/')) return false;  // "12/3" may be a place.
  std::uint64_t value = 0;
  const NumberKind kind = read_number(text, {}, value);
  return kind == NumberKind::fraction || kind == NumberKind::percent ||
         kind == NumberKind::negative || kind == NumberKind::exponent;
}

bool looks_like_percent(std::string_view text) {
  if (text.contains('/') || text.starts_with('-')) return false;
  std::uint64_t value = 0;
  const NumberKind kind = read_number(text, {}, value);
  if (kind != NumberKind::fraction && kind != NumberKind::percent) return false;
  const std::string_view whole = text.substr(0, text.find_first_not_of("0123456789"));
  return whole.size() < 3 || whole == "100";
}

bool is_page_number(std::string_view text) {
  const std::string id = as_id(text);
  return (id.starts_with("page-") || id.starts_with("seite-")) &&
         id.find_first_of("0123456789") == id.find('-') + 1;
}

std::vector<std::string> fields_of_line(std::string_view line, char delimiter) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == delimiter && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  for (std::string& field : fields) field = cleaned(field);
  return fields;
}

namespace {

constexpr std::size_t lines_looked_at = 60;

std::size_t filled(const std::vector<std::string>& fields) {
  return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(),
                                                [](const auto& field) { return !field.empty(); }));
}

// The first lines of a file, cut in one way.
struct Lines {
  std::vector<std::vector<std::string>> cut_up;  // Empty lines are there, as no fields.
  std::size_t columns = 0;                       // Of most lines.
  std::size_t agreeing = 0;                      // How many have as many.
  std::vector<bool> is_number;                   // Most lower lines have a number there.

  Lines(const std::vector<std::string>& lines, char delimiter) {
    std::map<std::size_t, std::size_t> sizes;
    for (const std::string& line : lines) {
      cut_up.push_back(trimmed(line).empty() ? std::vector<std::string>()
                                             : fields_of_line(line, delimiter));
      if (!cut_up.back().empty()) ++sizes[cut_up.back().size()];
    }
    for (const auto& [size, times] : sizes) {
      if (times <= agreeing) continue;
      columns = size;
      agreeing = times;
    }
    if (columns == 1) find_table_below_titles();
    drop_empty_column(sizes);
    for (std::size_t i = 0; i < columns; ++i) {
      std::size_t numbers = 0, texts = 0;
      // Titles and headers stand above, so the lower half tells.
      for (std::size_t line = cut_up.size() / 2; line < cut_up.size(); ++line) {
        const auto& fields = cut_up[line];
        if (fields.size() != columns || fields[i].empty()) continue;
        if (is_number_in_any_form(fields[i])) {
          ++numbers;
        } else if (!looks_like_mask(fields[i])) {
          ++texts;
        }
      }
      is_number.push_back(numbers > 0 && numbers >= texts);
    }
  }

  // More titles than rows may stand above a small table: then the last lines say how many columns there are.
  void find_table_below_titles() {
    constexpr std::size_t lines_min = 3;
    std::size_t size = 0, alike = 0;
    for (const auto& fields : cut_up) {
      if (fields.empty()) continue;
      alike = fields.size() == size ? alike + 1 : 1;
      size = fields.size();
    }
    if (size < 2 || alike < lines_min) return;
    columns = size;
    agreeing = alike;
  }

  // A comma too many at the end of most lines makes no column: the header has none there.
  void drop_empty_column(const std::map<std::size_t, std::size_t>& sizes) {
    const bool is_empty = std::all_of(cut_up.begin(), cut_up.end(), [&](const auto& fields) {
      return fields.size() != columns || fields.back().empty();
    });
    if (columns < 2 || !is_empty || !sizes.contains(columns - 1)) return;
    --columns;
    for (auto& fields : cut_up) {
      if (fields.size() == columns + 1) fields.pop_back();
    }
  }

  // Text above the columns of numbers. A mask ("***", "-", "x") is none.
  [[nodiscard]] bool is_header(const std::vector<std::string>& fields) const {
    if (fields.size() != columns || filled(fields) < 2) return false;
    std::size_t names = 0, above = 0, letters = 0;
    for (std::size_t i = 0; i < columns; ++i) {
      if (fields[i].empty()) continue;
      if (is_number[i] && is_number_in_any_form(fields[i])) return false;
      if (!is_number[i]) continue;
      ++above;
      names += looks_like_mask(fields[i]) ? 0 : 1;
      letters += fields[i] == "X" || fields[i] == "x" ? 1 : 0;
    }
    // Beside names "X" is one too.
    return above == 0 || names * 2 > above || (names > 0 && (names + letters) * 2 > above);
  }

  [[nodiscard]] bool is_data(const std::vector<std::string>& fields) const {
    if (fields.size() != columns) return false;
    for (std::size_t i = 0; i < columns; ++i) {
      if (is_number[i] && is_number_in_any_form(fields[i])) return true;
    }
    return false;
  }

  // A row without a number where the columns have them, of which one text there is a word that stands in
  // no other row.
  [[nodiscard]] bool has_no_number(std::size_t line) const {
    const auto& fields = cut_up[line];
    if (fields.size() != columns || is_data(fields)) return false;
    for (std::size_t i = 0; i < columns; ++i) {
      if (!is_number[i] || fields[i].empty() || looks_like_mask(fields[i])) continue;
      if (std::ranges::count_if(cut_up, [&](const auto& other) {
            return other.size() == columns && other[i] == fields[i];
          }) == 1)
        return true;
    }
    return false;
  }

  // Each text above a number has one below it in `below`: it stands above several columns.
  [[nodiscard]] bool stands_above_names(const std::vector<std::string>& fields,
                                        const std::vector<std::string>& below) const {
    for (std::size_t i = 0; i < columns; ++i) {
      if (is_number[i] && !fields[i].empty() && below[i].empty()) return false;
    }
    return stands_above_numbers(fields);
  }

  [[nodiscard]] bool stands_above_numbers(const std::vector<std::string>& fields) const {
    for (std::size_t i = 0; i < columns; ++i) {
      if (is_number[i] && !fields[i].empty()) return true;
    }
    return false;
  }
};

// A cell of the header may be typed on several lines: its line is put together, and the others are empty,
// so that lines keep their numbers.
void join_quoted_lines(std::vector<std::string>& lines) {
  constexpr std::size_t lines_max = 5;
  // Quotes that begin a field, or stand alone in one, say that it is not at its end.
  const auto is_open = [](std::string_view line) {
    bool open = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] != '"') continue;
      const bool begins = i == 0 || std::string_view(",;\t|").contains(line[i - 1]);
      if (open || begins) open = !open;
    }
    return open;
  };
  for (std::size_t at = 0; at < lines.size(); ++at) {
    std::string whole = lines[at];
    for (std::size_t end = at + 1; is_open(whole); ++end) {
      if (end == lines.size() || end - at >= lines_max) break;
      whole += " " + lines[end];
      if (is_open(whole)) continue;
      lines[at] = whole;
      for (std::size_t k = at + 1; k <= end; ++k) lines[k].clear();
      at = end;
      break;
    }
  }
}

struct Separated {
  char delimiter = ',';
  Lines lines;
};

Separated find_delimiter(const std::vector<std::string>& lines) {
  std::optional<Separated> best;
  double most = -1;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    Lines tried(lines, delimiter);
    const double score = tried.columns < 2 ? 0
                                           : static_cast<double>(tried.agreeing) *
                                                 std::log2(static_cast<double>(tried.columns));
    if (score <= most) continue;
    most = score;
    best.emplace(delimiter, std::move(tried));
  }
  return std::move(*best);
}

// The header of a table whose lines go on behind it: the first line that is all names, if those below have more.
std::optional<std::size_t> find_short_header(const Lines& lines) {
  constexpr std::size_t names_min = 3;
  const auto& all = lines.cut_up;
  const auto is_header = [](const std::vector<std::string>& names) {
    return names.size() >= names_min && std::ranges::none_of(names, [](const std::string& name) {
             return name.empty() || is_number_in_any_form(name);
           });
  };
  const auto header = std::ranges::find_if(all, is_header);
  if (header == all.end() || header->size() >= lines.columns) return std::nullopt;
  for (auto below = header + 1; below != all.end(); ++below) {
    if (!below->empty() && below->size() < header->size()) return std::nullopt;
  }
  return static_cast<std::size_t>(header - all.begin());
}

// Rows behind the header, whose first is at `at`, that are none of the table.
void find_rows_below(const Lines& lines, std::size_t at, TableFront& front) {
  constexpr std::uint32_t rows_max = 3;
  std::string text;
  for (; at < lines.cut_up.size() && front.rows_below < rows_max; ++at) {
    if (lines.cut_up[at].empty()) break;
    if (!lines.has_no_number(at)) break;
    ++front.rows_below;
    for (const std::string& field : lines.cut_up[at])
      text += field.empty() ? "" : (text.empty() ? "" : ", ") + shown(field);
  }
  if (front.rows_below == 0) return;
  front.below_why =
      fmt::format("below the header {} {} that holds no number ({})",
                  front.rows_below == 1 ? "stands" : "stand",
                  front.rows_below == 1 ? fmt::format("line {}", at)
                                        : fmt::format("{} lines up to {}", front.rows_below, at),
                  text);
}

// Where the header begins, and of how many rows it is.
void find_header(const Lines& lines, TableFront& front) {
  const auto& all = lines.cut_up;
  std::size_t at = 0;
  while (at < all.size() && !lines.is_header(all[at]) && !lines.is_data(all[at])) ++at;
  if (at == all.size() || lines.is_data(all[at])) {
    front.has_header = false;
    front.form.header_line = at == all.size() ? 1 : at + 1;
    front.header_why = fmt::format(
        "line {} has numbers where the lines below it have, so there is no header, and columns are "
        "called by their numbers",
        front.form.header_line);
    return;
  }
  // A row above that names fewer columns is a title, or says what stands above several of them.
  const auto is_more = [&](std::size_t line) {
    return line + 1 < all.size() && lines.is_header(all[line + 1]) &&
           filled(all[line]) < filled(all[line + 1]);
  };
  const std::size_t first = at;
  while (is_more(at) && is_more(at + 1)) ++at;
  const bool two = is_more(at) && lines.stands_above_numbers(all[at]);
  if (is_more(at) && !two) ++at;
  std::size_t rows = two ? 2 : 1;
  // What stands above two rows of names may be names too, of contests; or else it is a title.
  while (two && rows < 3 && at > first && lines.stands_above_names(all[at - 1], all[at])) {
    --at;
    ++rows;
  }
  front.header_rows = static_cast<std::uint32_t>(rows);
  front.form.header_line = at + 1;
  front.header_why =
      two ? fmt::format(
                "lines {} {} {} name the columns: there is text above the numbers, and what "
                "stands above several columns holds for all of them",
                at + 1, rows == 2 ? "and" : "to", at + rows)
          : fmt::format("line {} names the columns: there is text above the numbers", at + 1);
  find_rows_below(lines, at + rows, front);
}

// The lines at the front, as text.
Result<std::vector<std::string>> first_lines(TableFiles& files, TableFront& front,
                                             std::uint64_t from) {
  CsvForm form;
  form.last_line = front.form.last_line;
  form.delimiter = TableFiles::whole_lines;
  form.quotes = false;
  auto csv = files.open(0, std::move(form));
  if (!csv) return std::unexpected(csv.error());
  std::vector<std::string> lines;
  CsvRow row;
  while (lines.size() < lines_looked_at + from - 1) {
    const auto more = csv->next(row);
    if (!more && !CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
    if (more && !*more) break;
    if (row.line < from) continue;
    lines.resize(std::max<std::size_t>(row.line - 1, lines.size()));
    lines.emplace_back(more ? row.fields.front() : csv->malformed_line());
  }
  front.encoding_note = csv->encoding_note();
  front.encoding = csv->encoding();
  if (lines.empty())
    return fail(Remedy::reject, "file.damaged",
                "the file has no rows at all: was it fetched to its end?");
  join_quoted_lines(lines);
  return lines;
}

void note_field(ColumnFacts& column, const std::string& text, std::uint64_t line) {
  if (text.empty()) return;
  if (column.filled++ == 0) {
    column.first = text;
    column.first_line = line;
  }
  const bool is_number = is_number_in_any_form(text);
  column.numbers += is_number ? 1 : 0;
  column.shares += !is_number && looks_like_share(text) ? 1 : 0;
  column.masks += !is_number && looks_like_mask(text) ? 1 : 0;
  if (is_number && text.find_first_not_of("0123456789") == std::string::npos &&
      column.texts.size() > 50)
    return;
  if (column.texts.size() >= TableFront::texts_kept && !column.texts.contains(text)) {
    column.more_texts = true;
    return;
  }
  ColumnFacts::Text& kept = column.texts[text];
  if (kept.rows++ == 0) kept.first_line = line;
}

// Of each column that is empty in a row: what else stands there.
void note_gaps(TableFront& front, const std::vector<std::string>& fields) {
  const auto is_empty = [&](std::size_t i) { return i >= fields.size() || fields[i].empty(); };
  const bool are_shares = std::ranges::all_of(
      fields, [](const std::string& field) { return field.empty() || looks_like_percent(field); });
  for (std::size_t i = 0; i < front.columns.size(); ++i) {
    ColumnFacts& column = front.columns[i];
    if (is_empty(i)) ++(are_shares ? column.gaps_of_shares : column.gaps_of_others);
  }
}

// Takes the header of another table. False: it is made differently.
Result<bool> has_same_header(CsvReader& csv, const TableFront& front) {
  CsvRow row;
  std::vector<std::string> names, above, top;
  for (std::uint32_t left = front.has_header ? front.header_rows : 0; left > 0; --left) {
    const auto more = csv.next(row);
    if (!more && !CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
    if (!more || !*more) return false;
    top = std::move(above);
    above = std::move(names);
    names.clear();
    for (const std::string_view field : row.fields) names.push_back(cleaned(field));
  }
  if (!front.has_header) return true;
  if (names.size() != front.columns.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty() && i < above.size()) names[i] = above[i];
    if (names[i].empty() && i < top.size()) names[i] = top[i];
    if (names[i] != front.columns[i].name) return false;
  }
  return true;
}

// A header once more, of a file that was put together of several: where each of its columns is in the first one.
std::vector<std::size_t> places_of_columns(const std::vector<std::string>& names,
                                           const TableFront& front) {
  std::vector<std::size_t> places;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(front.columns, name, &ColumnFacts::name);
    places.push_back(static_cast<std::size_t>(found - front.columns.begin()));
  }
  return places;
}

// The fields as they would stand below the first header.
std::vector<std::string> in_order(std::vector<std::string> fields,
                                  const std::vector<std::size_t>& places, std::size_t columns) {
  if (places.empty()) return fields;
  std::vector<std::string> ordered(columns);
  for (std::size_t i = 0; i < std::min(fields.size(), places.size()); ++i) {
    if (places[i] < columns) ordered[places[i]] = std::move(fields[i]);
  }
  return ordered;
}

// Reads the rows behind the header.
Result<void> read_column_facts(CsvReader& csv, TableFront& front) {
  std::vector<std::string> header;
  for (const ColumnFacts& column : front.columns) header.push_back(column.name);
  HeaderNames names(header);
  const bool has_one_header = front.has_header && front.header_rows == 1;
  std::vector<std::size_t> places;
  CsvRow row;
  for (std::uint32_t below = front.rows_below;;) {
    const auto more = csv.next(row);
    if (!more && !CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
    if (more && *more && below > 0) {
      --below;
      continue;
    }
    if (!more) {
      ++front.faults[std::string(more.error().code.text())];
      front.bad_lines.emplace_back(csv.malformed_line().substr(0, 60));
      if (front.bad_lines.size() > 5) front.bad_lines.pop_back();
      continue;
    }
    if (!*more) return {};
    std::vector<std::string> fields;
    for (const std::string_view field : row.fields) fields.push_back(cleaned(field));
    const std::vector<std::string_view> seen(fields.begin(), fields.end());
    if (has_one_header && names.look(seen) != HeaderAgain::no) {
      places = places_of_columns(fields, front);
      continue;
    }
    fields = in_order(std::move(fields), places, front.columns.size());
    front.columns.resize(std::max(front.columns.size(), fields.size()));
    ++front.rows_all;
    for (std::size_t i = 0; i < fields.size(); ++i)
      note_field(front.columns[i], fields[i], row.line);
    note_gaps(front, fields);
    if (front.rows.size() < TableFront::rows_kept)
      front.rows.push_back({row.line, std::move(fields)});
  }
}

// The names of the columns, of the first table.
Result<void> read_column_names(CsvReader& csv, TableFront& front) {
  CsvRow row;
  for (std::uint32_t left = front.has_header ? front.header_rows : 0; left > 0; --left) {
    const auto more = csv.next(row);
    if (!more && !CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
    if (!more || !*more) break;
    front.columns.resize(std::max(front.columns.size(), row.fields.size()));
    for (std::size_t i = 0; i < row.fields.size(); ++i)
      (left == 1   ? front.columns[i].name
       : left == 2 ? front.columns[i].above
                   : front.columns[i].top) = cleaned(row.fields[i]);
  }
  for (ColumnFacts& column : front.columns) {  // Of a cell that is merged downwards.
    if (front.header_rows > 1 && column.name.empty()) column.name = column.above;
    if (front.header_rows > 2 && column.name.empty()) column.name = column.top;
  }
  return {};
}

// Reads the whole table, as front.form says, and all that have its header: members of a zip, sheets of a
// workbook. `lines_go_on`: lines may have more columns than the header.
Result<void> read_columns(TableFiles& files, TableFront& front, bool lines_go_on = false) {
  front.columns.clear();
  front.rows.clear();
  front.faults.clear();
  front.rows_all = 0;
  for (std::size_t place = 0; place < files.names().size(); ++place) {
    auto csv = files.open(place, front.form);
    if (!csv) return std::unexpected(csv.error());
    if (lines_go_on) csv->allow_groups(0, 1);
    if (place == 0) {
      if (auto read = read_column_names(*csv, front); !read) return read;
    } else {
      const auto same = has_same_header(*csv, front);
      if (!same) return std::unexpected(same.error());
      if (!*same) continue;
    }
    if (auto read = read_column_facts(*csv, front); !read) return read;
  }
  return {};
}

void find_groups(TableFront& front) {
  if (!front.has_header || front.header_rows > 1) return;
  std::size_t named = front.columns.size();
  while (named > 0 && front.columns[named - 1].name.empty()) --named;
  front.groups = find_unnamed_groups(front.columns, named);
}

// Whether the table's lines have groups of columns of which the header has the first; `front` is of it then.
Result<bool> has_groups_behind_header(TableFiles& files, const Lines& lines, TableFront& front) {
  const auto header = find_short_header(lines);
  if (!header) return false;
  TableFront tried = front;
  tried.form.header_line = *header + 1;
  tried.header_why =
      fmt::format("line {} names the columns, and the lines below it go on behind it", *header + 1);
  if (auto read = read_columns(files, tried, true); !read) return std::unexpected(read.error());
  find_groups(tried);
  if (!tried.groups.are_there()) return false;
  front = std::move(tried);
  return true;
}

}  // namespace

bool ColumnFacts::is_number() const {
  return numbers > 0 && numbers >= shares && numbers * 2 >= filled - masks;
}

bool ColumnFacts::is_share() const { return shares > 0 && shares * 2 > filled - numbers; }

bool ColumnFacts::is_constant() const { return !more_texts && texts.size() <= 1; }

Result<TableFront> look_at_table(TableFiles& files, bool below, const TableLines* part) {
  TableFront front;
  if (part != nullptr) {
    front.form.last_line = part->to;
    front.title = part->title;
  }
  const auto lines = first_lines(files, front, part == nullptr ? 1 : part->from);
  if (!lines) return std::unexpected(lines.error());
  if (!files.is_spreadsheet() && looks_like_json(fmt::format("{}", fmt::join(*lines, "")))) {
    return fail(
        Remedy::reject, "mapping.invalid",
        "the file looks like JSON, and only tables are guessed at: write the mapping by hand, "
        "with [json] for where its records stand");
  }
  const Separated separated =
      files.is_spreadsheet() ? Separated{',', Lines(*lines, ',')} : find_delimiter(*lines);
  constexpr std::size_t lines_min = 3;  // A line or two may be anything.
  // A sheet of one column is one of notes.
  if (separated.lines.columns < 2 && lines->size() >= lines_min && !files.is_spreadsheet() &&
      !files.is_json()) {
    return fail(Remedy::reject, "mapping.invalid",
                "its lines are not cut into columns by a comma, a semicolon, a tab or \"|\": where "
                "columns stand below each other by blanks, as in a printed report, open it in a "
                "spreadsheet program (as text of fixed width) and save it as CSV");
  }
  front.form.delimiter = separated.delimiter;
  front.delimiter_why = fmt::format(
      "cut at {}, {} of the first {} lines have {} fields", delimiter_in_words(separated.delimiter),
      separated.lines.agreeing, lines->size(), separated.lines.columns);
  const auto grouped_behind = has_groups_behind_header(files, separated.lines, front);
  if (!grouped_behind) return std::unexpected(grouped_behind.error());
  if (*grouped_behind) return front;
  find_header(separated.lines, front);
  if (files.is_spreadsheet() && front.title.empty() && front.form.header_line > 1) {
    const auto& above = separated.lines.cut_up[front.form.header_line - 2];
    const auto title =
        std::ranges::find_if(above, [](const auto& field) { return !field.empty(); });
    if (filled(above) == 1) front.title = *title;
  }
  if (!below) front.rows_below = 0;
  if (auto read = read_columns(files, front); !read) return std::unexpected(read.error());
  const auto has_quote_faults = [&] {
    return front.faults.contains("csv.quote_in_field") ||
           front.faults.contains("csv.text_after_quote") ||
           front.faults.contains("csv.quote_not_closed");
  };
  if (has_quote_faults()) {
    // Quotes that are only characters: then no row is torn without them.
    TableFront plain = front;
    plain.form.quotes = false;
    plain.bad_lines.clear();
    if (auto read = read_columns(files, plain); !read) return std::unexpected(read.error());
    if (plain.faults.empty()) front = std::move(plain);
  }
  find_groups(front);
  for (std::size_t i = 0; i < front.columns.size(); ++i) {
    ColumnFacts& column = front.columns[i];
    if (!front.has_header) column.name = std::to_string(i + 1);
    if (i > 0 && column.above.empty()) column.above = front.columns[i - 1].above;
    if (i > 0 && column.top.empty()) column.top = front.columns[i - 1].top;
  }
  return front;
}

}  // namespace teller
