// Files in which options stand beside each other become rows, one a figure, before the mapping reads them: what stands above
// a column or in its group, as columns of each row.
//
// Pure but for TableReader, which gets the rows. Called by read_results.cc alone, for one file after the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

#include "results/import.h"
#include "results/table_reader.h"

namespace teller {

// The rows of a header. What stands above several columns stands in the first of them, as merged
// cells are saved.
class Headers {
 public:
  void add(std::vector<std::string> names) { rows_.push_back(std::move(names)); }
  // As they stand there.
  [[nodiscard]] const std::vector<std::vector<std::string>>& raw() const { return raw_; }
  [[nodiscard]] const std::vector<std::string>& last() const { return rows_.back(); }
  // A cell that is merged downwards has its name in the upper row alone.
  void name_what_is_merged() {
    raw_ = rows_;
    for (std::size_t row = rows_.size() - 1; row-- > 0;) {
      for (std::size_t i = 0; i < rows_.back().size() && i < rows_[row].size(); ++i) {
        if (rows_.back()[i].empty()) rows_.back()[i] = rows_[row][i];
      }
    }
  }
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  // `row` from 0; all but the last are filled from the left.
  [[nodiscard]] std::string_view at(std::size_t row, std::size_t column) const {
    const auto& names = rows_[row];
    while (row + 1 < rows_.size() && column > 0 && names[column].empty()) --column;
    return names[column];
  }

 private:
  std::vector<std::vector<std::string>> rows_, raw_;
};

// What a file and its sheet are called, as columns behind all others, where the mapping names them.
class NameColumns {
 public:
  NameColumns(const TableName& called, const std::vector<std::string>& header) {
    for (const auto& [column, value] : {std::pair(Mapping::file_column, &called.file),
                                        std::pair(Mapping::sheet_column, &called.sheet)}) {
      // JSON may have a member that is called so.
      if (std::ranges::find(header, column) == header.end()) columns_.emplace_back(column, *value);
    }
  }
  // Behind `names`.
  [[nodiscard]] std::vector<std::string> behind(std::vector<std::string> names) const {
    for (const auto& [column, value] : columns_) names.push_back(column);
    return names;
  }
  // The mapping was bound: what it does not name is not needed.
  void keep(const std::set<std::string>& named) {
    // They stand behind each other, so that the first cannot go where the second is needed.
    while (!columns_.empty() && !named.contains(columns_.back().first)) columns_.pop_back();
  }
  void add_to(std::vector<std::string_view>& fields) const {
    for (const auto& [column, value] : columns_) fields.emplace_back(value);
  }

 private:
  std::vector<std::pair<std::string, std::string>> columns_;
};

// Of a file in which options stand beside each other: each column of votes becomes a row, with what
// stands above it and its figure as further columns. Other files pass as they are.
class WideRows {
 public:
  WideRows(const Mapping& mapping, const Headers& headers, const TableName& called)
      : wide_(mapping.wide), headers_(headers), name_(mapping.name) {
    if (mapping.hidden != TableFiles::Wanted::Hidden::leave_out) return;
    for (const std::size_t at : called.hidden_columns) left_out_.insert(at - 1);
  }

  // Errors: reject import.column_missing.
  [[nodiscard]] Result<void> find_columns() {
    const auto& names = headers_.last();
    const auto place = [&](const std::string& name) -> Result<std::size_t> {
      const auto found = std::find(names.begin(), names.end(), name);
      if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
      return fail(Remedy::reject, "import.column_missing",
                  fmt::format("{}: the file has no column {}; it has {}", name_, name,
                              fmt::join(names, ", ")));
    };
    for (const std::string& name : wide_.columns) {
      const auto found = place(name);
      if (!found) return std::unexpected(found.error());
      columns_.push_back(*found);
    }
    for (const std::string& name : wide_.names) {
      const auto found = place(name);
      if (!found) return std::unexpected(found.error());
      name_columns_.push_back(*found);
    }
    if (wide_.from.empty()) return {};
    const auto from = place(wide_.from);
    auto to = wide_.to.empty() ? Result<std::size_t>(names.size() - 1) : place(wide_.to);
    // Below two contests the same names may come again: the last of them is meant.
    for (std::size_t at = 0; to && !wide_.to.empty() && at < names.size(); ++at) {
      if (names[at] == wide_.to) *to = at;
    }
    if (!from) return std::unexpected(from.error());
    if (!to) return std::unexpected(to.error());
    if (*from > *to) {
      return fail(
          Remedy::reject, "mapping.invalid",
          fmt::format("{}: columns_from {} stands behind columns_to {} in the header: exchange "
                      "them",
                      name_, shown(wide_.from), shown(wide_.to)));
    }
    for (const std::string& name : wide_.except) {
      if (const auto found = place(name); !found) return std::unexpected(found.error());
    }
    for (std::size_t at = *from; at <= *to; ++at) {
      if (!wide_.except.contains(names[at]) && !left_out_.contains(at)) columns_.push_back(at);
    }
    for (std::size_t at = 0; at < names.size(); ++at) {
      const bool is_read = std::ranges::find(columns_, at) != columns_.end();
      auto& [read, others] = by_names_[names_above(at)];
      ++(is_read ? read : others);
    }
    return {};
  }

  // In a header that comes once more. "From one column to another" means those of the first header, wherever they
  // stand now.
  // Errors: also reject import.column_missing (it has not the same columns).
  [[nodiscard]] Result<void> find_columns_again(const WideRows& first) {
    if (wide_.from.empty()) return find_columns();
    std::map<Names, std::size_t> now;
    for (std::size_t at = 0; at < headers_.last().size(); ++at) ++now[names_above(at)];
    const bool is_same =
        now.size() == first.by_names_.size() && std::ranges::all_of(now, [&](const auto& column) {
          const auto before = first.by_names_.find(column.first);
          if (before == first.by_names_.end()) return false;
          const auto& [read, others] = before->second;
          return read + others == column.second && (read == 0 || others == 0);
        });
    if (!is_same) {
      return fail(Remedy::reject, "import.column_missing",
                  fmt::format("it has not the columns of the first header ({})",
                              fmt::join(headers_.last(), ", ")));
    }
    by_names_ = first.by_names_;
    for (std::size_t at = 0; at < headers_.last().size(); ++at) {
      if (by_names_[names_above(at)].first > 0) columns_.push_back(at);
    }
    return {};
  }

  // Takes apart what stands above the columns, as the mapping says. Errors: reject mapping.invalid (one
  // that no form fits).
  [[nodiscard]] Result<void> take_headers_apart() {
    for (const HeaderForm& form : wide_.forms) {
      for (const std::string& part : form.parts()) {
        if (std::ranges::find(parts_, part) == parts_.end()) parts_.push_back(part);
      }
    }
    for (const std::size_t column : parts_.empty() ? std::vector<std::size_t>() : columns_) {
      const std::string_view header = headers_.last()[column];
      auto& texts = texts_.emplace_back(parts_.size());
      std::optional<std::vector<std::string>> found;
      for (auto form = wide_.forms.begin(); !found && form != wide_.forms.end(); ++form) {
        found = form->read(header);
        for (std::size_t i = 0; found && i < found->size(); ++i) {
          const auto at = std::ranges::find(parts_, form->parts()[i]) - parts_.begin();
          texts[static_cast<std::size_t>(at)] = std::move((*found)[i]);
        }
        if (found) forms_used_.insert(form->text());
      }
      if (found) continue;
      return fail(
          Remedy::reject, "mapping.invalid",
          fmt::format("{}: {} stands above a column of votes, and no header_form fits it: add "
                      "one that does, or name the column in columns_except",
                      name_, shown(header)));
    }
    return {};
  }

  [[nodiscard]] const std::set<std::string>& forms_used() const { return forms_used_; }

  // The places of the columns that are read as votes, or as their names.
  [[nodiscard]] std::set<std::size_t> places() const {
    std::set<std::size_t> all(columns_.begin(), columns_.end());
    all.insert(name_columns_.begin(), name_columns_.end());
    return all;
  }

  // The names of all columns of a row as the mapping sees it.
  [[nodiscard]] std::vector<std::string> columns() const {
    std::vector<std::string> names = headers_.last();
    if (!wide_.is_used()) return names;
    names.emplace_back("header");
    for (std::size_t i = 1; i <= headers_.rows(); ++i) names.push_back(fmt::format("header {}", i));
    for (const std::string& part : parts_) names.push_back("header " + part);
    names.emplace_back(Mapping::wide_figure);
    return names;
  }

  void read(const CsvRow& row, const NameColumns& names, TableReader& reader, Mapping& mapping) {
    CsvRow one = row;
    if (!wide_.is_used()) {
      names.add_to(one.fields);
      return reader.row(one);
    }
    bool is_more = false;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      const std::size_t column = columns_[at];
      // Of a place with fewer options than others: neither a name nor a figure.
      if (is_more && !name_columns_.empty() && trimmed(row.fields[name_columns_[at]]).empty() &&
          trimmed(row.fields[column]).empty())
        continue;
      one.fields.assign(row.fields.begin(), row.fields.end());
      one.fields.push_back(name_columns_.empty() ? headers_.at(headers_.rows() - 1, column)
                                                 : row.fields[name_columns_[at]]);
      for (std::size_t i = 0; i < headers_.rows(); ++i)
        one.fields.push_back(headers_.at(i, column));
      if (!texts_.empty())
        one.fields.insert(one.fields.end(), texts_[at].begin(), texts_[at].end());
      one.fields.push_back(row.fields[column]);
      names.add_to(one.fields);
      mapping.votes.front().column = headers_.last()[column];  // For messages.
      reader.row(one, is_more, column);
      is_more = true;
    }
    mapping.votes.front().column = Mapping::wide_figure;
  }

 private:
  using Names = std::vector<std::string>;
  [[nodiscard]] Names names_above(std::size_t column) const {
    Names names;
    for (std::size_t row = 0; row < headers_.rows(); ++row)
      names.emplace_back(headers_.at(row, column));
    return names;
  }

  const Mapping::Wide wide_;
  const Headers& headers_;
  // Of a span of columns: how many are called so that are read, and that are not.
  std::map<Names, std::pair<std::size_t, std::size_t>> by_names_;
  const std::string name_;
  std::vector<std::size_t> columns_, name_columns_;
  std::vector<std::string> parts_;               // Of all forms of a header,
  std::vector<std::vector<std::string>> texts_;  // and what they are, for each of columns_.
  std::set<std::string> forms_used_;
  std::set<std::size_t> left_out_;  // Places of columns that are hidden.
};

// Of a file in which a line has a group of columns for each option: each group becomes a row, as if it
// stood where the first one stands. Other files pass as they are.
class GroupRows {
 public:
  GroupRows(const Mapping& mapping, std::vector<std::string> columns)
      : mapping_(mapping), columns_(std::move(columns)) {}

  // Errors: reject import.column_missing, mapping.invalid.
  [[nodiscard]] Result<void> find_groups() {
    const auto& [from, to] = mapping_.groups;
    if (from.empty()) return {};
    const auto first = std::find(columns_.begin(), columns_.end(), from);
    const auto last = std::find(first, columns_.end(), to);
    if (last == columns_.end()) {
      return fail(
          Remedy::reject, "import.column_missing",
          fmt::format("{}: the file has no column {}{}; it has {}", mapping_.name,
                      first == last ? from : to, first == last ? "" : " at or behind " + from,
                      fmt::join(columns_, ", ")));
    }
    begin_ = static_cast<std::size_t>(first - columns_.begin());
    width_ = static_cast<std::size_t>(last - first) + 1;
    const std::size_t more = columns_.size() - end();
    if (more % width_ != 0) {
      return fail(Remedy::reject, "mapping.invalid",
                  fmt::format("{}: behind {} the header has {} columns, which are no groups of {}, "
                              "as those from {} on are: [groups]",
                              mapping_.name, to, more, width_, from));
    }
    columns_.resize(end());
    return {};
  }

  [[nodiscard]] bool is_used() const { return width_ > 0; }
  [[nodiscard]] std::size_t end() const { return begin_ + width_; }
  [[nodiscard]] std::size_t width() const { return width_; }
  // As the mapping sees them.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }

  void read(const CsvRow& row, const NameColumns& names, TableReader& reader) const {
    const std::size_t votes = mapping_.votes.front().at;
    CsvRow one = row;
    one.fields.resize(end());
    names.add_to(one.fields);
    bool is_more = false;
    for (std::size_t at = begin_; at + width_ <= row.fields.size(); at += width_) {
      const std::span group = std::span(row.fields).subspan(at, width_);
      // Of a place with fewer options than others.
      if (is_more &&
          std::ranges::all_of(group, [](std::string_view field) { return trimmed(field).empty(); }))
        continue;
      std::ranges::copy(group, one.fields.begin() + static_cast<std::ptrdiff_t>(begin_));
      reader.row(one, is_more, votes < begin_ ? votes : votes - begin_ + at);
      is_more = true;
    }
  }

 private:
  const Mapping& mapping_;
  std::vector<std::string> columns_;
  std::size_t begin_ = 0, width_ = 0;
};

}  // namespace teller
