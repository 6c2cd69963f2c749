#include "tables/table_files.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/ranges.h>
#include <unistd.h>

#include "base/utf8.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// In any capitals.
bool ends_as(std::string_view name, std::string_view end) {
  return ascii_lower(name).ends_with(end);
}

bool has_one(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_named_as_table(const std::string& name) {
  return ends_as(name, ".csv") || ends_as(name, ".tsv");
}

constexpr std::array<std::string_view, 15> table_ends{".xlsx", ".xlsm", ".xls", ".ods", ".zip",
                                                      ".gz",   ".zst",  ".bz2", ".xz",  ".tgz",
                                                      ".json", ".7z",   ".rar", ".tab", ".txt.gz"};
// What a file's name ends in that says nothing of what is in it.
constexpr std::array<std::string_view, 13> title_ends{".csv",  ".tsv",  ".tab", ".txt", ".json",
                                                      ".xlsx", ".xlsm", ".ods", ".zip", ".gz",
                                                      ".zst",  ".bz2",  ".xz"};

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

std::string these_are(std::string_view what, const std::vector<std::size_t>& places) {
  constexpr std::size_t told_max = 5;
  const std::size_t told = std::min(places.size(), told_max);
  const auto end = places.begin() + static_cast<std::ptrdiff_t>(told);
  return fmt::format("{}{} {}{} {}", what, places.size() == 1 ? "" : "s",
                     fmt::join(places.begin(), end, ", "),
                     places.size() > told ? fmt::format(" and {} more", places.size() - told) : "",
                     places.size() == 1 ? "is" : "are");
}

Result<TableFiles> TableFiles::list(const std::string& path, const Wanted& wanted,
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
    files.kind_ = kind;
    auto book = Workbook::open(path, kind, wanted.hidden == Wanted::Hidden::leave_out);
    if (!book) return std::unexpected(book.error());
    files.book_ = std::make_shared<Workbook>(std::move(*book));
    if (auto listed = files.list_sheets(wanted); !listed) return std::unexpected(listed.error());
  } else if (json.is_used) {
    auto text = json_at(path, json);
    if (!text) return std::unexpected(text.error());
    files.text_ = std::move(*text);
  } else {
    files.list_zip(std::move(members));
  }
  return files;
}

Result<TableFiles> TableFiles::list_one(const std::string& path, const std::string& sheet) {
  Wanted wanted;
  if (!sheet.empty()) wanted.sheets = {sheet};
  return list_one(path, wanted);
}

Result<TableFiles> TableFiles::list_one(const std::string& path, const Wanted& wanted,
                                        const JsonForm& json) {
  auto files = list(path, wanted, json);
  if (!files) return files;
  if (files->names_.size() == 1) {
    if (!files->is_spreadsheet() || wanted.hidden != Wanted::Hidden::ask) return files;
    if (const auto opened = files->open(0, {}); !opened) return std::unexpected(opened.error());
    if (files->hidden_rows_.empty()) return files;
    return fail(Remedy::reject, "file.member_unknown",
                fmt::format("{}: {} hidden in the sheet, and numbers stand there: show what is "
                            "meant and delete what is not",
                            path, these_are("row", files->hidden_rows_)));
  }
  return fail(Remedy::reject, "file.member_unknown",
              fmt::format("{}: holds several tables ({}, …); name the one that is meant", path,
                          files->names_.front()));
}

std::vector<Workbook::Sheet> TableFiles::sheets() const {
  return book_ ? book_->sheets() : std::vector<Workbook::Sheet>();
}

TableFiles TableFiles::only(std::size_t place) const {
  TableFiles one = *this;
  if (place < members_.size()) one.members_ = {members_[place]};
  one.names_ = {names_.at(place)};
  return one;
}

// The sheets that are wanted.
Result<void> TableFiles::list_sheets(const Wanted& wanted) {
  std::vector<std::string> all, unseen;
  for (const Workbook::Sheet& sheet : book_->sheets()) {
    all.push_back(sheet.name);
    if (sheet.is_hidden && !has_one(wanted.sheets, sheet.name)) unseen.push_back(sheet.name);
  }
  const auto refuse = [&](std::string why) {
    return fail(Remedy::reject, "file.member_unknown", fmt::format("{}: {}", path_, why));
  };
  if (all.empty()) return refuse("has no sheet");
  if (all.size() > workbook_sheets_max) return refuse("has more than 1,000 sheets");
  const bool takes_all = has_one(wanted.sheets, all_sheets);
  for (const std::string& name : wanted.sheets) {
    if (name == all_sheets || has_one(all, name)) continue;
    return refuse(
        fmt::format("has no sheet {}; it has {}. Name one in the mapping, as in [csv] sheet = {}",
                    shown(name), fmt::join(all, ", "), shown(all.front())));
  }
  if (wanted.sheets.empty() && all.size() > 1) {
    return refuse(fmt::format(
        "has several sheets; it has {}. Name one in the mapping, as in [csv] sheet = {}, or "
        "several "
        "that are made alike, as in sheets = [{}, {}]; sheets = \"*\" is all of them",
        fmt::join(all, ", "), shown(all.front()), shown(all.front()), shown(all.at(1))));
  }
  if (takes_all && !unseen.empty() && wanted.hidden == Wanted::Hidden::ask) {
    return refuse(fmt::format(
        "of its sheets these are hidden: {}. {}, or by naming the sheets that are meant instead of "
        "\"*\"",
        fmt::join(unseen, ", "), ask_hidden));
  }
  for (const std::string& name : all) {
    const bool is_left_out =
        takes_all && wanted.hidden == Wanted::Hidden::leave_out && has_one(unseen, name);
    const bool is_wanted = takes_all || wanted.sheets.empty() || has_one(wanted.sheets, name);
    (is_wanted && !is_left_out ? members_ : left_out_).push_back(name);
  }
  if (members_.empty()) return refuse("has hidden sheets alone, which are left out");
  if (takes_all) hidden_sheets_ = std::move(unseen);
  if (members_.size() < 2) return {};
  names_.clear();
  for (const std::string& name : members_) names_.push_back(fmt::format("{}:{}", path_, name));
  return {};
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
  return std::ranges::any_of(table_ends, [&](std::string_view end) { return ends_as(name, end); });
}

std::string TableFiles::file_title(std::size_t place) const {
  const bool is_member = !is_spreadsheet() && place < members_.size();
  std::string name = is_member ? members_[place] : path_ == "-" ? "" : path_;
  name = name.substr(name.find_last_of('/') + 1);
  for (bool is_cut = true; is_cut;) {
    is_cut = false;
    for (const std::string_view end : title_ends) {
      if (name.size() <= end.size() || !ends_as(name, end)) continue;
      name.resize(name.size() - end.size());
      is_cut = true;
    }
  }
  return name;
}

std::string TableFiles::sheet(std::size_t place) const {
  return is_spreadsheet() ? members_.at(place) : "";
}

Result<CsvReader> TableFiles::open_sheet(const std::string& sheet, CsvForm form) {
  const auto& all = book_->sheets();
  const auto at = std::ranges::find(all, sheet, &Workbook::Sheet::name) - all.begin();
  const auto text = book_->sheet(static_cast<std::size_t>(at));
  if (!text) return std::unexpected(text.error());
  hidden_rows_ = (*text)->hidden_rows;
  hidden_columns_ = (*text)->hidden_columns;
  return open_text((*text)->csv, std::move(form));
}

// What was made CSV here is written in one way.
CsvReader TableFiles::open_text(const std::string& text, CsvForm form) {
  if (form.delimiter != whole_lines) {
    form.delimiter = ',';
    form.quotes = true;
  }
  form.encoding.clear();
  return CsvReader(text, std::move(form));
}

Result<CsvReader> TableFiles::open_left_out(std::size_t place, CsvForm form) {
  if (is_spreadsheet()) return open_sheet(left_out_.at(place), std::move(form));
  auto opened = Reader::open_member(path_, left_out_.at(place), Reader::Text::any, growth_);
  if (!opened) return std::unexpected(opened.error());
  return CsvReader(std::move(*opened), std::move(form));
}

Result<CsvReader> TableFiles::open(std::size_t place, CsvForm form) {
  if (is_spreadsheet()) return open_sheet(members_.at(place), std::move(form));
  if (text_) return open_text(*text_, std::move(form));
  auto opened = members_.empty()
                    ? Reader::open(path_, Reader::Text::any)
                    : Reader::open_member(path_, members_[place], Reader::Text::any, growth_);
  if (!opened) return std::unexpected(opened.error());
  return CsvReader(std::move(*opened), std::move(form));
}

}  // namespace teller
