#include "tables/table_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/ranges.h>
#include <unistd.h>

#include "tables/spreadsheet.h"
#include "tables/unicode.h"

namespace teller {
namespace {

bool is_named_as_table(const std::string& name) {
  std::string end = name.substr(name.size() - std::min<std::size_t>(name.size(), 4));
  std::transform(end.begin(), end.end(), end.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return end == ".csv" || end == ".tsv";
}

constexpr std::array table_ends{".xlsx", ".xlsm", ".xls",  ".ods", ".zip", ".gz",  ".zst",   ".bz2",
                                ".xz",   ".tgz",  ".json", ".7z",  ".rar", ".tab", ".txt.gz"};

// And not a member of a zip, or standard input.
bool is_whole_file(const std::string& path) {
  return path != "-" && access(path.c_str(), F_OK) == 0;
}

Result<std::string> json_at(const std::string& path, const JsonForm& json) {
  auto opened = Reader::open(path, Reader::Text::any);
  if (!opened) return std::unexpected(opened.error());
  const auto text = opened->all(json_bytes_max);
  if (!text) return std::unexpected(text.error());
  return json_as_csv(*text, json);
}

}  // namespace

Result<TableFiles> TableFiles::list(const std::string& path, const std::string& sheet,
                                    const JsonForm& json) {
  TableFiles files;
  files.path_ = path;
  files.names_ = {path};
  std::vector<std::string> members;
  if (is_whole_file(path)) {
    auto found = Reader::members(path);
    if (!found) return std::unexpected(found.error());
    members = std::move(*found);
  }
  if (const SpreadsheetKind kind = spreadsheet_kind(members); kind != SpreadsheetKind::none) {
    auto text = spreadsheet_as_csv(path, kind, sheet);
    if (!text) return std::unexpected(text.error());
    files.text_ = std::move(*text);
    files.is_spreadsheet_ = true;
  } else if (json.is_used) {
    auto text = json_at(path, json);
    if (!text) return std::unexpected(text.error());
    files.text_ = std::move(*text);
  } else {
    files.list_zip(std::move(members));
  }
  return files;
}

Result<TableFiles> TableFiles::list_one(const std::string& path, const std::string& sheet,
                                        const JsonForm& json) {
  auto files = list(path, sheet, json);
  if (!files || files->names_.size() == 1) return files;
  return fail(Remedy::reject, "file.member_unknown",
              fmt::format("{}: holds several tables ({}, …); name the one that is meant", path,
                          files->names_.front()));
}

Result<std::vector<std::string>> TableFiles::sheets(const std::string& path) {
  if (!is_whole_file(path)) return std::vector<std::string>();
  auto members = Reader::members(path);
  if (!members) return std::unexpected(members.error());
  const SpreadsheetKind kind = spreadsheet_kind(*members);
  if (kind == SpreadsheetKind::none) return std::vector<std::string>();
  return spreadsheet_sheets(path, kind);
}

// The files of a zip that are results; the others are said.
void TableFiles::list_zip(std::vector<std::string> members) {
  const auto others = std::partition(members.begin(), members.end(), is_named_as_table);
  const auto passed_over = members.end() - others;
  if (others != members.begin() && passed_over > 0) {
    left_out_.assign(others, members.end());
    std::ranges::sort(left_out_);
    std::vector<std::string> names;
    for (const std::string& name : left_out_) names.push_back(shown(name));
    note_ = fmt::format("{} files in {} are no CSV or TSV and were passed over: {}", passed_over,
                        path_, fmt::join(names, ", "));
    members.erase(others, members.end());
  }
  std::sort(members.begin(), members.end());
  if (members.size() > 1) {
    names_.clear();
    for (const std::string& member : members) names_.push_back(fmt::format("{}:{}", path_, member));
  }
  members_ = std::move(members);
}

bool TableFiles::may_hold_a_table(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(table_ends,
                             [&](std::string_view end) { return lower.ends_with(end); });
}

Result<CsvReader> TableFiles::open_left_out(std::size_t place, CsvForm form) {
  auto opened = Reader::open_member(path_, left_out_.at(place), Reader::Text::any, growth_);
  if (!opened) return std::unexpected(opened.error());
  return CsvReader(std::move(*opened), std::move(form));
}

Result<CsvReader> TableFiles::open(std::size_t place, CsvForm form) {
  if (text_) {
    if (form.delimiter != whole_lines) {
      form.delimiter = ',';
      form.quotes = true;
    }
    form.encoding.clear();
    return CsvReader(*text_, std::move(form));
  }
  auto opened = members_.empty()
                    ? Reader::open(path_, Reader::Text::any)
                    : Reader::open_member(path_, members_[place], Reader::Text::any, growth_);
  if (!opened) return std::unexpected(opened.error());
  return CsvReader(std::move(*opened), std::move(form));
}

}  // namespace teller
