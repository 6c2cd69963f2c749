// The first step of an import: rows of a file, in its publisher's words, become a table in ours.
#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

#include "base/grouped.h"
#include "results/columns_to_rows.h"
#include "results/fill_down.h"
#include "results/header_again.h"
#include "results/import.h"
#include "results/name_hints.h"
#include "results/table_reader.h"
#include "results/unread_columns.h"
#include "tables/delimiter.h"
#include "tables/table_files.h"
#include "tables/unicode.h"

namespace teller {
namespace {

std::vector<std::string> names_of(std::span<const std::string_view> fields, bool header) {
  CleanFields clean;
  clean.row(fields);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < fields.size(); ++i)
    names.push_back(header ? std::string(clean.fields()[i]) : std::to_string(i + 1));
  return names;
}

// Where a file begins with a title, the header stands below: the line that has all columns, for
// the message.
std::string find_header(CsvReader& csv, const Mapping& mapping) {
  constexpr int rows_looked_at = 50;
  CsvRow row;
  for (int i = 0; i < rows_looked_at; ++i) {
    const auto more = csv.next(row);
    std::vector<std::string_view> fields = row.fields;
    if (!more && CsvReader::is_row_error(more.error())) {
      std::string_view left = csv.malformed_line();
      for (std::size_t end = 0; end != std::string_view::npos;) {
        end = left.find(csv.form().delimiter);
        fields.push_back(left.substr(0, end));
        if (end != std::string_view::npos) left.remove_prefix(end + 1);
      }
    } else if (!more || !*more) {
      return {};
    }
    Mapping tried = mapping;
    if (tried.bind(NameColumns({}, {}).behind(names_of(fields, true))))
      return fmt::format("; line {} has them all: write header_line = {} in [csv]", row.line,
                         row.line);
  }
  return {};
}

// Of a file among several each note says which one.
void note(ResultsTable& table, std::string text) {
  table.notes.push_back(table.files.size() > 1 ? table.files.back() + ": " + text
                                               : std::move(text));
}

void note_passed_over(ResultsTable& table, const CsvReader::PassedOver& passed,
                      std::string_view what) {
  if (passed.number == 0) return;
  note(table,
       fmt::format("{} {}, the first on line {}", grouped(passed.number), what, passed.first_line));
}

// Names that a spreadsheet may have changed.
void note_dates(ResultsTable& table) {
  const auto found = std::find_if(table.units.begin(), table.units.end(),
                                  [](const auto& unit) { return looks_like_date(unit.name); });
  if (found == table.units.end()) return;
  table.notes.push_back(fmt::format(
      "the {} {} looks like a date: a spreadsheet makes dates of names like 1-4, and 7 of 007; "
      "if so, format the column as text and fetch the file again",
      found->kind, shown(found->name)));
}

// Of which the first row was read. Errors: those of CsvReader.
Result<Headers> headers_from_row(CsvReader& csv, const Mapping& mapping, CsvRow& row) {
  Headers headers;
  headers.add(names_of(row.fields, mapping.header));
  for (std::uint32_t i = 1; i < mapping.header_rows; ++i) {
    const auto more = csv.next(row);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    headers.add(names_of(row.fields, true));
  }
  headers.name_what_is_merged();
  return headers;
}

// Errors: those of CsvReader; reject file.damaged.
Result<Headers> read_headers(CsvReader& csv, const Mapping& mapping, CsvRow& row) {
  const auto first = csv.next(row);
  if (!first) return std::unexpected(first.error());
  if (!*first) {
    return fail(Remedy::reject, "file.damaged",
                "the file has no rows at all: was it fetched to its end?");
  }
  return headers_from_row(csv, mapping, row);
}

// The columns of a file as its mapping sees them.
struct BoundColumns {
  std::vector<std::string> header;
  FillDown fill_down;
  WideRows wide;
  GroupRows groups;
  NameColumns names;

  // Binds `mapping` to them, which outlives them with `headers`.
  // Errors: reject import.column_missing, import.column_repeated, mapping.invalid.
  // `before`: of a header of this file that stood before this one; else null.
  [[nodiscard]] static Result<BoundColumns> find(Mapping& mapping, const Headers& headers,
                                                 const TableName& called,
                                                 const BoundColumns* before = nullptr) {
    if (before != nullptr && before->groups.is_used()) {
      return fail(Remedy::reject, "import.column_missing",
                  "its groups of columns are not those of the first header");
    }
    auto fill_down = FillDown::open(mapping, headers.last());
    if (!fill_down) return std::unexpected(fill_down.error());
    WideRows wide(mapping, headers, called);
    auto found_wide =
        before == nullptr ? wide.find_columns() : wide.find_columns_again(before->wide);
    if (!found_wide) return std::unexpected(found_wide.error());
    if (auto apart = wide.take_headers_apart(); !apart) return std::unexpected(apart.error());
    GroupRows groups(mapping, wide.columns());
    if (auto found = groups.find_groups(); !found) return std::unexpected(found.error());
    NameColumns names(called, groups.columns());
    if (const auto bound = mapping.bind(names.behind(groups.columns())); !bound)
      return std::unexpected(bound.error());
    return BoundColumns{headers.last(), std::move(*fill_down), std::move(wide), std::move(groups),
                        std::move(names)};
  }
};

// What to do where the file has one column and a mapping wants more.
std::string delimiter_hint(std::string_view header, const Mapping& mapping) {
  for (const char delimiter : {';', '\t', '|', ','}) {
    const auto times = std::ranges::count(header, delimiter);
    if (times == 0 || delimiter == mapping.csv.delimiter) continue;
    return fmt::format(
        "; the header is one column, with {} in it {} times: say in [csv] what separates columns, "
        "as "
        "in delimiter = \"{}\"",
        delimiter_in_words(delimiter), times,
        delimiter == '\t' ? "\\t" : std::string(1, delimiter));
  }
  return {};
}

// Where columns are missing: what the file may be instead, or where they are.
Error with_hint(Error error, std::string_view header, CsvReader& csv, const Mapping& mapping) {
  if (!mapping.header || error.code != Code("import.column_missing")) return error;
  const std::string hint = delimiter_hint(header, mapping);
  error.detail += hint.empty() ? find_header(csv, mapping) : hint;
  return error;
}

bool has_quote(std::span<const std::string_view> fields) {
  return std::ranges::any_of(fields, [](std::string_view field) { return field.contains('"'); });
}

// One file of the table, whose name is the last of table.files.
class FileRows {
 public:
  FileRows(CsvReader& csv, const TableName& called, Mapping& mapping, TableReader& reader,
           ResultsTable& table)
      : csv_(csv), called_(called), mapping_(mapping), reader_(reader), table_(table) {}

  [[nodiscard]] Result<void> read() {
    auto headers = read_headers(csv_, mapping_, row_);
    if (!headers) return std::unexpected(headers.error());
    // As it stands there, if it is one column.
    const std::string one_column(row_.fields.size() == 1 ? row_.fields.front() : "");
    if (auto bound = bind(std::move(*headers)); !bound)
      return std::unexpected(with_hint(bound.error(), one_column, csv_, mapping_));
    reader_.begin_file();
    if (!mapping_.header) take_row();
    for (std::uint32_t skip = mapping_.skip_rows;;) {
      const auto more = csv_.next(row_);
      if (!more && !CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
      if (more && !*more) break;
      const std::string_view front = more ? row_.fields.front() : csv_.malformed_line();
      if (is_merge_mark(trimmed(front))) {
        return fail(Remedy::reject, "file.damaged",
                    fmt::format("line {}: {} is the mark of a merge that nobody finished: the file "
                                "is two versions in one; choose one of them",
                                row_.line, shown(front)));
      }
      if (skip > 0) {
        --skip;
        reader_.used_csv("skip_rows");
        note(table_, fmt::format("line {} was passed over, as skip_rows in [csv] says: {}",
                                 row_.line, shown(fmt::format("{}", fmt::join(row_.fields, ",")))));
      } else if (!more) {
        reader_.malformed(row_.line, more.error(), csv_.malformed_line());
      } else if (const auto is_header = take_header(); !is_header) {
        return std::unexpected(is_header.error());
      } else if (!*is_header) {
        take_row();
      }
      if (auto good = reader_.within_limits(); !good) return good;
    }
    finish();
    return {};
  }

 private:
  // Errors: those of BoundColumns.
  [[nodiscard]] Result<void> bind(Headers headers) {
    keep_unread();
    headers_ = std::move(headers);
    auto columns = BoundColumns::find(mapping_, headers_, called_, columns_ ? &*columns_ : nullptr);
    if (!columns) {
      if (mapping_.hidden == TableFiles::Wanted::Hidden::leave_out &&
          !called_.hidden_columns.empty())
        columns.error().detail += "; " + these_are("column", called_.hidden_columns) +
                                  " hidden, and left out as hidden = \"leave_out\" says";
      return std::unexpected(columns.error());
    }
    columns_.emplace(std::move(*columns));
    columns_->names.keep(mapping_.named);
    for (const std::string& form : columns_->wide.forms_used()) {
      reader_.used_csv("header_form " + form);
    }
    const GroupRows& groups = columns_->groups;
    const std::vector<std::string>& header = columns_->header;
    if (groups.is_used()) csv_.allow_groups(groups.end(), groups.width());
    std::set<std::size_t> read = columns_->wide.places();
    for (std::size_t at = groups.is_used() ? groups.end() - groups.width() : header.size();
         at < header.size(); ++at)
      read.insert(at);
    if (auto seen = check_hidden_columns(read); !seen) return seen;
    unread_.emplace(header, mapping_, read);
    first_names_ = HeaderNames(headers_.raw().front());
    last_names_ = HeaderNames(headers_.rows() > 1 ? headers_.raw().back() : headers_.last());
    return {};
  }

  // A column that nobody sees, and that the mapping reads. `wide`: by their places.
  // Errors: reject mapping.invalid.
  [[nodiscard]] Result<void> check_hidden_columns(const std::set<std::size_t>& wide) {
    if (mapping_.hidden == TableFiles::Wanted::Hidden::leave_out &&
        !called_.hidden_columns.empty()) {
      reader_.used_csv("hidden");
      note(table_, these_are("column", called_.hidden_columns) +
                       " hidden in the sheet: what stands there was left out");
      return {};
    }
    std::vector<std::string> found;
    for (const std::size_t at : called_.hidden_columns) {
      if (at > columns_->header.size()) continue;
      const std::string& header = columns_->header[at - 1];
      const std::string name = header.empty() ? fmt::format("#{}", at) : header;
      if (wide.contains(at - 1) || mapping_.named.contains(name)) found.push_back(shown(name));
    }
    if (found.empty()) return {};
    const std::string columns = fmt::format("{}", fmt::join(found, ", "));
    if (mapping_.hidden == TableFiles::Wanted::Hidden::ask) {
      return fail(Remedy::reject, "mapping.invalid",
                  fmt::format("{}: columns that the mapping reads are hidden in the sheet: {}. {}",
                              mapping_.name, columns, TableFiles::ask_hidden));
    }
    reader_.used_csv("hidden");
    note(table_, "columns that are hidden in the sheet were read: " + columns);
    return {};
  }

  // A row that names a place alone, whose rows stand below it: with that it has said all.
  [[nodiscard]] bool is_heading() const {
    if (mapping_.fill_down.empty() || mapping_.wide.is_used() || mapping_.groups.is_used())
      return false;
    for (std::size_t i = 0; i < row_.fields.size(); ++i) {
      const auto& filled = mapping_.fill_down;
      if (trimmed(row_.fields[i]).empty() || i >= columns_->header.size()) continue;
      if (std::ranges::find(filled, columns_->header[i]) == filled.end()) return false;
    }
    return true;
  }

  // One that was read, and no row below it was yet.
  struct Heading {
    std::uint64_t line = 0;
    std::vector<std::size_t> columns;  // Those that it names.
    std::vector<std::string> fields;
  };

  [[nodiscard]] Heading heading_here() const {
    Heading made{.line = row_.line, .columns = {}, .fields = {}};
    for (std::size_t i = 0; i < row_.fields.size(); ++i) {
      if (!trimmed(row_.fields[i]).empty()) made.columns.push_back(i);
    }
    return made;
  }

  // Of those above the row that was read: it is of them, or they are rows that say nothing of their place.
  void take_headings(bool is_alone) {
    std::vector<Heading> open = std::exchange(open_headings_, {});
    for (Heading& above : open) {
      const bool is_of_it = std::ranges::all_of(above.columns, [&](std::size_t i) {
        return i < row_.fields.size() && trimmed(row_.fields[i]) == trimmed(above.fields[i]);
      });
      if (!is_of_it) {
        refuse_heading(above);
      } else if (is_alone) {
        open_headings_.push_back(std::move(above));
      } else {
        headings_.note(above.line);
      }
    }
  }
  void refuse_heading(const Heading& heading) {
    CsvRow row;
    row.line = heading.line;
    row.fields.assign(heading.fields.begin(), heading.fields.end());
    unread_->row(row.fields);
    columns_->wide.read(row, columns_->names, reader_, mapping_);
  }
  void refuse_headings() {
    for (const Heading& heading : std::exchange(open_headings_, {})) refuse_heading(heading);
  }

  void take_row() {
    const bool is_alone = is_heading();
    Heading made = is_alone ? heading_here() : Heading();
    columns_->fill_down.fill(row_.fields);
    take_headings(is_alone);
    if (is_alone) {
      made.fields.assign(row_.fields.begin(), row_.fields.end());
      open_headings_.push_back(std::move(made));
      return;
    }
    if (!mapping_.csv.quotes && has_quote(row_.fields)) reader_.used_csv("quotes");
    unread_->row(row_.fields);
    columns_->groups.is_used() ? columns_->groups.read(row_, columns_->names, reader_)
                               : columns_->wide.read(row_, columns_->names, reader_, mapping_);
  }

  // Whether the row is no row but the header once more, as files have that were joined; then it is taken, with
  // the rows of it that follow.
  // Errors: reject file.damaged (what follows has columns that are not those of the mapping).
  [[nodiscard]] Result<bool> take_header() {
    if (!mapping_.header) return false;
    clean_.row(row_.fields);
    const auto fields = clean_.fields();
    const std::uint64_t line = row_.line;
    const bool has_several = headers_.rows() > 1;
    HeaderAgain found = has_several ? first_names_.look(fields) : HeaderAgain::no;
    if (found != HeaderAgain::no) return take_headers(line);
    found = last_names_.look(fields);
    const bool was_below_figures =
        std::exchange(below_figures_, std::ranges::any_of(fields, [](std::string_view field) {
                        return !field.empty() && field.front() >= '0' && field.front() <= '9';
                      }));
    if (found == HeaderAgain::no) return false;
    if (found == HeaderAgain::same && (!has_several || was_below_figures)) {
      headers_again_.note(line);
      return true;
    }
    if (has_several) return std::unexpected(other_header(line, "the rows above it are others"));
    return take_headers(line);
  }

  // From the row that was read on.
  [[nodiscard]] Result<bool> take_headers(std::uint64_t line) {
    auto again = headers_from_row(csv_, mapping_, row_);
    if (!again) return std::unexpected(again.error());
    if (again->raw() == headers_.raw()) {
      headers_again_.note(line);
      return true;
    }
    refuse_headings();
    if (const auto bound = bind(std::move(*again)); !bound)
      return std::unexpected(other_header(line, bound.error().detail));
    reader_.bound_again();
    table_.has_other_headers = true;
    note(table_, fmt::format("line {} is a header once more, with its columns in another order or "
                             "of other names: from there on they were read as it says",
                             line));
    return true;
  }

  static Error other_header(std::uint64_t line, std::string_view why) {
    return {
        Remedy::reject, "file.damaged",
        fmt::format("line {} looks like a header once more, and it is another one: {}; the file "
                    "was put together of files that are made differently, so deliver each of "
                    "them by itself",
                    line, why)};
  }

  void keep_unread() {
    if (!unread_) return;
    for (std::string& name : unread_->names()) table_.unread_columns.insert(std::move(name));
  }

  void finish() {
    refuse_headings();
    keep_unread();
    if (csv_.skipped().number > 0) reader_.used_csv("skip");
    if (csv_.shortened().number > 0) reader_.used_csv("empty_extra_columns");
    if (csv_.needs_encoding()) reader_.used_csv("encoding");
    for (const std::string& name : columns_->fill_down.filled()) reader_.filled_down(name);
    if (!csv_.encoding_note().empty()) note(table_, csv_.encoding_note());
    note_passed_over(table_, csv_.empty_rows(), "empty rows were passed over");
    note_passed_over(table_, csv_.skipped(), "lines were passed over, as skip in [csv] says");
    note_passed_over(table_, csv_.numbers_above(),
                     "lines above the header have numbers and were passed over");
    if (csv_.behind().number > 0) reader_.used_csv("last_line");
    note_passed_over(table_, csv_.behind(),
                     "lines behind the table were passed over, as last_line in [csv] says");
    note_passed_over(table_, headings_,
                     "rows name alone what the rows below them are of, as fill_down says");
    note_passed_over(table_, headers_again_, "rows that are the header again were passed over");
    note_passed_over(table_, csv_.order_marks(),
                     "byte order marks in front of a row were dropped (files that were joined?)");
    note_passed_over(table_, reader_.lost_letters(),
                     "rows have a letter that was lost when the file was saved (U+FFFD)");
    note_passed_over(table_, reader_.garbled(),
                     "rows have names that look like UTF-8 that was read as something else and "
                     "saved (Ã© for é)");
  }

  CsvReader& csv_;
  const TableName& called_;
  Mapping& mapping_;
  TableReader& reader_;
  ResultsTable& table_;
  CsvRow row_;
  Headers headers_;
  std::optional<BoundColumns> columns_;
  std::optional<UnreadColumns> unread_;
  HeaderNames first_names_, last_names_;
  CleanFields clean_;
  CsvReader::PassedOver headers_again_, headings_;
  std::vector<Heading> open_headings_;
  bool below_figures_ = true;  // The row before had a figure.
};

// Whether a table that was passed over has all columns that the mapping names.
bool has_named_columns(CsvReader& csv, const Mapping& mapping) {
  CsvRow row;
  const auto headers = read_headers(csv, mapping, row);
  if (!headers) return false;
  const auto& has = headers->last();
  return std::ranges::all_of(mapping.named, [&](const std::string& column) {
    const bool is_made = (mapping.wide.is_used() &&
                          (column.starts_with("header") || column == Mapping::wide_figure)) ||
                         column == Mapping::file_column || column == Mapping::sheet_column ||
                         place_of_column(has, column) < has.size();
    return is_made || std::ranges::find(has, column) != has.end();
  });
}

// Members of a zip that were passed over and may be results, by how they are called, or by the columns they have; and
// sheets of a workbook that are made like those that were read.
void note_left_out(TableFiles& files, const Mapping& mapping, ResultsTable& table) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < files.left_out().size(); ++i) {
    const std::string& name = files.left_out()[i];
    bool is_table = !files.is_spreadsheet() && TableFiles::may_hold_a_table(name);
    if (!is_table) {
      auto csv = files.open_left_out(i, mapping.csv);
      is_table = csv && has_named_columns(*csv, mapping);
    }
    if (is_table) found.push_back(shown(name));
  }
  if (found.empty()) return;
  if (files.is_spreadsheet()) {
    // The mapping names those that it means.
    table.left_out.push_back(
        fmt::format("the workbook has sheets with the same columns that were not read: {}; if they "
                    "are results too, name them in sheets of [csv], or, where their options are "
                    "others, give the file once more with a mapping of its own",
                    fmt::join(found, ", ")));
    table.notes.push_back(table.left_out.back());
    return;
  }
  table.left_out.push_back(
      fmt::format("{} in the zip may be results and were not read: unpack them, or deliver them by "
                  "themselves",
                  fmt::join(found, ", ")));
  table.notes.push_back(table.left_out.back());
  table.results_left_out = true;
}

// Rows that a person who opens the sheet does not see: whether they are meant is not guessed.
// Errors: reject mapping.invalid.
Result<void> look_at_hidden_rows(const TableFiles& files, const Mapping& mapping,
                                 TableReader& reader, ResultsTable& table) {
  using Hidden = TableFiles::Wanted::Hidden;
  if (files.hidden_rows().empty()) return {};
  const std::string rows = these_are("row", files.hidden_rows());
  if (mapping.hidden == Hidden::ask) {
    return fail(Remedy::reject, "mapping.invalid",
                fmt::format("{}: {} hidden in the sheet, and numbers stand there. {}", mapping.name,
                            rows, TableFiles::ask_hidden));
  }
  reader.used_csv("hidden");
  note(table, fmt::format("{} hidden in the sheet: what stands there was {}", rows,
                          mapping.hidden == Hidden::read ? "read" : "left out"));
  return {};
}

// Of sheets of which all are wanted.
void note_hidden_sheets(const TableFiles& files, const Mapping& mapping, TableReader& reader,
                        ResultsTable& table) {
  if (files.hidden_sheets().empty()) return;
  reader.used_csv("hidden");
  table.notes.push_back(
      fmt::format("sheets that are hidden in the workbook were {}: {}",
                  mapping.hidden == TableFiles::Wanted::Hidden::read ? "read" : "left out",
                  fmt::join(files.hidden_sheets(), ", ")));
}

// Of a workbook of which all sheets are meant: one with nothing on it is passed over, and said.
bool is_empty_sheet(TableFiles& files, std::size_t place, ResultsTable& table) {
  if (!files.is_spreadsheet() || files.names().size() < 2) return false;
  auto csv = files.open(place, {});
  CsvRow row;
  const auto first = csv ? csv->next(row) : Result<bool>(true);
  if (!first || *first) return false;
  table.notes.push_back(fmt::format("{}: nothing stands on this sheet, and it was passed over",
                                    files.names()[place]));
  return true;
}

// Of a file of which the mapping does not say what separates its columns: whatever gives it those of the
// mapping.
void choose_delimiter(TableFiles& files, std::size_t place, Mapping& mapping, ResultsTable& table) {
  const char chosen = fitting_delimiter(files, place, mapping.csv, [&](CsvReader& csv) {
    Mapping tried = mapping;
    CsvRow row;
    const auto headers = read_headers(csv, tried, row);
    return headers && BoundColumns::find(tried, *headers, {});
  });
  if (chosen != mapping.csv.delimiter)  // Of several files it is said once.
    note(table, cut_otherwise(delimiter_in_words(chosen)));
  mapping.csv.delimiter = chosen;
}

// Why a table cannot be read, where that is not what its fault says.
Error what_it_is(TableFiles& files, std::size_t place, const Mapping& mapping, Error error) {
  if (mapping.json.is_used || !files.can_be_cut_otherwise()) return error;
  auto csv = files.open(place, {.delimiter = TableFiles::whole_lines, .quotes = false});
  CsvRow row;
  const auto first = csv ? csv->next(row) : Result<bool>(false);
  if (!first || !*first) return error;
  std::string front(row.fields.front());
  if (trimmed(front).size() < 2) {
    if (const auto second = csv->next(row); second && *second) front += row.fields.front();
  }
  if (!looks_like_json(front)) return error;
  error.detail =
      "the file looks like JSON: say in [json] of the mapping where its records stand, as in "
      "records = "
      "\"results\"; a file that is a list itself needs the line [json] alone";
  return error;
}

ResultsTable finished(TableReader& reader, ResultsTable& table) {
  reader.finish();
  if (!table.unread_columns.empty()) {
    std::vector<std::string> names;
    for (const std::string& name : table.unread_columns) names.push_back(shown(name));
    table.left_out.push_back(fmt::format(
        "columns of numbers that the mapping does not name, and nothing was read of: {}",
        fmt::join(names, ", ")));
    table.notes.push_back(table.left_out.back());
  }
  note_dates(table);
  return std::move(table);
}

}  // namespace

Result<ResultsTable> read_results(CsvReader& csv, Mapping& mapping, const TableName& name) {
  ResultsTable table;
  table.files = {""};
  TableReader reader(mapping, table);
  if (auto read = FileRows(csv, name, mapping, reader, table).read(); !read)
    return std::unexpected(read.error());
  return finished(reader, table);
}

Result<ResultsTable> read_results(std::span<const std::string> paths, Mapping& mapping,
                                  CellTrace* trace) {
  ResultsTable table;
  TableReader reader(mapping, table, trace);
  for (const std::string& path : paths) {
    auto files = TableFiles::list(path, mapping.wanted_sheets(), mapping.json);
    if (!files) return std::unexpected(files.error());
    note_hidden_sheets(*files, mapping, reader, table);
    if (!files->note().empty()) table.notes.push_back(files->note());
    for (std::size_t i = 0; i < files->names().size(); ++i) {
      if (is_empty_sheet(*files, i, table)) continue;
      table.files.push_back(files->names()[i]);
      choose_delimiter(*files, i, mapping, table);
      auto csv = files->open(i, mapping.csv);
      if (!csv) return std::unexpected(csv.error());
      if (files->can_be_cut_otherwise() || path == "-") reader.used_csv("delimiter");
      if (files->is_spreadsheet()) reader.used_csv("sheets");
      const TableName name{.file = files->file_title(i),
                           .sheet = files->sheet(i),
                           .hidden_columns = files->hidden_columns()};
      auto read = look_at_hidden_rows(*files, mapping, reader, table);
      if (read) read = FileRows(*csv, name, mapping, reader, table).read();
      if (!read) {
        Error error = what_it_is(*files, i, mapping, read.error());
        if (paths.size() > 1 || files->names().size() > 1)
          error.detail = table.files.back() + ": " + error.detail;
        if (files->is_spreadsheet() && files->names().size() > 1)
          error.detail +=
              "; where this sheet is not meant, name those that are: sheets = [\"…\"] in [csv]";
        return std::unexpected(error);
      }
    }
    note_left_out(*files, mapping, table);
  }
  return finished(reader, table);
}

Result<ResultsTable> read_results(const std::string& path, Mapping& mapping) {
  return read_results(std::span(&path, 1), mapping, nullptr);
}

}  // namespace teller
