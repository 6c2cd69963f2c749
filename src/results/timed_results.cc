#include "results/timed_results.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/csv_text.h"
#include "tables/table_files.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Time = std::int64_t;

std::unexpected<Error> no_time(std::string why) {
  return fail(Remedy::reject, "feed.no_time", std::move(why));
}

// A row as it is written again, and the line on which it stood.
using Line = std::pair<std::uint64_t, std::string>;

// Each row on the line on which it stood, so that messages name the file's own lines.
std::string text_of(const std::vector<Line>& lines) {
  // Those of one line stay in their order.
  const std::multimap<std::uint64_t, std::string_view> by_line(lines.begin(), lines.end());
  std::string text;
  std::uint64_t at = 1;
  for (const auto& [line, row] : by_line) {
    for (; at < line; ++at) text += '\n';
    text += row;
    text += '\n';
    at += static_cast<std::uint64_t>(std::ranges::count(row, '\n')) + 1;
  }
  return text;
}

std::string row_of(const CsvRow& row) {
  std::string text;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    if (i > 0) text += ',';
    text += csv_text(row.fields[i]);
  }
  return text;
}

// The rows of a time line by their times. A line that cannot be read may be of any time, so each has it.
Result<std::map<Time, std::vector<Line>>> rows_by_time(
    CsvReader& csv, const Mapping& mapping, const std::unordered_map<std::string, Time>& times) {
  std::map<Time, std::vector<Line>> rows;
  std::vector<Line> all;  // What belongs to each of them.
  CsvRow row;
  std::uint64_t header = mapping.header ? mapping.header_rows : 0, skip = mapping.skip_rows;
  for (;;) {
    const auto more = csv.next(row);
    if (!more && !CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
    if (more && !*more) break;
    if (header > 0) {
      if (!more) return std::unexpected(more.error());
      --header;
      all.emplace_back(row.line, row_of(row));
    } else if (skip > 0) {
      --skip;
    } else if (!more) {
      all.emplace_back(row.line, csv.malformed_line());
    } else if (const auto time = times.find(cleaned(row.fields[mapping.figures_at->at]));
               time != times.end()) {
      rows[time->second].emplace_back(row.line, row_of(row));
    }
  }
  for (auto& [time, lines] : rows) lines.insert(lines.end(), all.begin(), all.end());
  return rows;
}

// A mapping for what row_of() writes.
Mapping of_written_rows(const Mapping& mapping) {
  Mapping written = mapping;
  written.csv = {};
  written.figures_at.reset();
  written.skip_rows = 0;
  return written;
}

// `whole`: the file read as one table. What is left out of it is left out of each time: the rows of a time alone may
// show other columns to be of numbers, and a delivery would say that something is new.
Result<std::vector<TimedResults>> read_time_line(
    const std::string& path, const Mapping& mapping, ResultsTable whole,
    const std::unordered_map<std::string, Time>& times) {
  auto files = TableFiles::list_one(path, mapping.wanted_sheets(), mapping.json);
  if (!files) return std::unexpected(files.error());
  auto csv = files->open(0, mapping.csv);
  if (!csv) return std::unexpected(csv.error());
  auto rows = rows_by_time(*csv, mapping, times);
  if (!rows) return std::unexpected(rows.error());
  std::vector<TimedResults> all;
  for (auto& [time, lines] : *rows) {
    Mapping written = of_written_rows(mapping);
    CsvReader one(text_of(lines), written.csv);
    auto table = read_results(one, written,
                              {files->file_title(0), files->sheet(0), files->hidden_columns()});
    if (!table) return std::unexpected(table.error());
    table->files = {path};
    std::erase_if(table->notes, [&](const std::string& note) {
      return std::ranges::find(table->left_out, note) != table->left_out.end();
    });
    table->left_out = whole.left_out;
    table->unread_columns = whole.unread_columns;
    table->notes.insert(table->notes.begin(), whole.notes.begin(), whole.notes.end());
    whole.notes.clear();  // They are told once.
    all.push_back({time, std::move(*table)});
  }
  return all;
}

// Files of one delivery are true at one time. Nothing: it does not stand in their names.
Result<std::optional<Time>> time_of_names(std::span<const NamedFile> files,
                                          const Mapping& mapping) {
  std::optional<Time> found;
  if (!mapping.figures_at || !mapping.figures_at->column.empty()) return found;
  for (const NamedFile& file : files) {
    const auto time = mapping.figures_at->form.read(file.name);
    if (!time) {
      return no_time(fmt::format("{} has no time in its name, as file_name in [figures_at] says it",
                                 shown(file.name)));
    }
    if (found && *found != *time) {
      return no_time(
          fmt::format("{} and {} are of two times, and a delivery has one: deliver them "
                      "one after the other, or say it with --at",
                      shown(files.front().name), shown(file.name)));
    }
    found = time;
  }
  return found;
}

}  // namespace

Result<std::vector<TimedResults>> read_timed_results(std::span<const NamedFile> files,
                                                     const Mapping& mapping, CellTrace* trace) {
  std::vector<TimedResults> all;
  Mapping bound = mapping;
  const auto of_name = time_of_names(files, mapping);
  if (!of_name) return std::unexpected(of_name.error());
  std::vector<std::string> paths;
  for (const NamedFile& file : files) paths.push_back(file.path);
  auto table = read_results(paths, bound, trace);
  if (!table) return std::unexpected(table.error());
  std::unordered_map<std::string, Time> times;
  std::optional<Time> last;
  for (const std::string& text : table->times) {
    const auto time = mapping.figures_at->form.read(text);
    if (!time) {
      return no_time(
          fmt::format("{} in the column {} is no time, as [figures_at] says how it is written",
                      shown(text), mapping.figures_at->column));
    }
    times.emplace(text, *time);
    last = time;
  }
  if (table->times.size() < 2) {
    all.push_back({*of_name ? *of_name : last, std::move(*table)});
    return all;
  }
  if (table->files.size() > 1 || table->has_other_headers) {
    return no_time(
        fmt::format("its rows have several times, and it holds several {}: take it apart",
                    table->files.size() > 1 ? "files" : "headers"));
  }
  return read_time_line(paths.front(), bound, std::move(*table), times);
}

}  // namespace teller
