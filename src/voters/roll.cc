#include "voters/roll.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "tables/table_files.h"

namespace teller {
namespace {

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

constexpr std::array<std::string_view, 3 + demographics> column_names{
    "id", "unit", "style", demographic_names[0], demographic_names[1]};
enum : std::size_t { id_column, unit_column, style_column, first_group };

// Reads the rows of one file. A row's fault is a text; what ends the file is an Error.
class RollReader {
 public:
  RollReader(const Rules& rules, const VoterKey& key) : rules_(rules), key_(key) {
    for (std::uint32_t unit = 0; unit < rules.units.size(); ++unit) {
      if (!rules.is_leaf(UnitId{unit})) continue;
      only_unit_ = leaves_++ == 0 ? std::optional(UnitId{unit}) : std::nullopt;
    }
  }

  [[nodiscard]] Result<void> head(const std::vector<std::string_view>& names) {
    for (std::size_t at = 0; at < names.size(); ++at) {
      const std::string name = ascii_lower(without_blanks(names[at]));
      const auto* const known = std::ranges::find(column_names, name);
      if (known == column_names.end()) {
        if (!name.empty()) roll_.passed_over.emplace_back(without_blanks(names[at]));
        continue;
      }
      auto& column = columns_.at(static_cast<std::size_t>(known - column_names.begin()));
      if (column) {
        return fail(Remedy::reject, "voters.columns",
                    fmt::format("two columns are called \"{}\"", name));
      }
      column = at;
    }
    const auto missing = [](std::string_view name) {
      return fail(Remedy::reject, "voters.columns", fmt::format("there is no column \"{}\"", name));
    };
    if (!columns_[id_column]) return missing("id");
    if (!columns_[unit_column] && !only_unit_) return missing("unit");
    if (!columns_[style_column] && rules_.styles.size() != 1) return missing("style");
    return {};
  }

  [[nodiscard]] Result<void> row(const CsvRow& row) {
    if (roll_.rows.size() == roll_rows_max) {
      return fail(Remedy::reject, "voters.too_many",
                  fmt::format("line {} is behind the {}th voter", row.line, roll_rows_max));
    }
    RollRow made;
    made.line = static_cast<std::uint32_t>(row.line);
    std::string why;
    const std::string_view id = voter_id(field(row, id_column));
    if (id.empty()) {
      why = "there is no id: give each voter one, of at most 128 bytes";
    } else if (!place(row, made, why)) {
      // Said already.
    } else if (auto grouped = groups(row, made); !grouped) {
      return grouped;
    }
    if (!why.empty()) {
      fault(row.line, std::move(why));
      return {};
    }
    made.voter = key_.voter(id);
    roll_.rows.push_back(made);
    return {};
  }

  void fault(std::uint64_t line, std::string what) {
    roll_.faults.push_back({line, std::move(what)});
  }

  [[nodiscard]] std::size_t rows() const { return roll_.rows.size(); }

  [[nodiscard]] Roll finish() {
    auto& rows = roll_.rows;
    std::ranges::sort(rows, {}, [](const RollRow& one) { return std::tie(one.voter, one.line); });
    std::size_t kept = 0;
    for (std::size_t at = 0; at < rows.size(); ++at) {
      if (kept > 0 && rows[kept - 1].voter == rows[at].voter) {
        fault(rows[at].line,
              fmt::format("its id stands on line {} already: leave one of them, or give each voter "
                          "an id of their own",
                          rows[kept - 1].line));
      } else {
        rows[kept++] = rows[at];
      }
    }
    rows.resize(kept);
    std::ranges::sort(roll_.faults, {}, &Roll::Fault::line);
    return std::move(roll_);
  }

 private:
  // Empty where the file has no such column.
  [[nodiscard]] std::string_view field(const CsvRow& row, std::size_t column) const {
    return columns_.at(column) ? without_blanks(row.fields.at(*columns_[column]))
                               : std::string_view();
  }

  // Unit and style of the row, as the rules have them; false, with why not.
  [[nodiscard]] bool place(const CsvRow& row, RollRow& made, std::string& why) const {
    const std::string_view unit = field(row, unit_column), style = field(row, style_column);
    const auto found_unit = columns_[unit_column] ? rules_.find_unit(unit) : only_unit_;
    const auto found_style =
        columns_[style_column] ? rules_.find_style(style) : std::optional(StyleId{0});
    if (!found_unit) {
      why = fmt::format("the rules have no reporting unit \"{}\": write its id as in rules.json",
                        unit);
    } else if (!rules_.is_leaf(*found_unit)) {
      why = fmt::format("\"{}\" is divided further: name the unit below it where this voter votes",
                        unit);
    } else if (!found_style) {
      why = fmt::format("the rules have no ballot style \"{}\": write its id as in rules.json",
                        style);
    } else if (!is_given_in(*found_style, *found_unit)) {
      why = fmt::format(
          "ballot style \"{}\" is not given in \"{}\": correct one of them, or the rules",
          rules_.styles.at(found_style->value).id, rules_.units.at(found_unit->value).id);
    } else {
      made.unit = *found_unit;
      made.style = *found_style;
      return true;
    }
    return false;
  }

  // A style without a list is given everywhere, one with a list in its units and below them.
  [[nodiscard]] bool is_given_in(StyleId style, UnitId unit) const {
    const auto& units = rules_.styles.at(style.value).units;
    if (!units) return true;
    for (std::optional<UnitId> at = unit; at; at = rules_.units.at(at->value).parent) {
      if (std::ranges::binary_search(*units, *at)) return true;
    }
    return false;
  }

  [[nodiscard]] Result<void> groups(const CsvRow& row, RollRow& made) {
    for (std::size_t kind = 0; kind < demographics; ++kind) {
      const std::string_view name = field(row, first_group + kind);
      if (name.empty()) continue;
      auto& known = roll_.groups.at(kind);
      auto found = std::ranges::find(known, name);
      if (found == known.end()) {
        if (known.size() == groups_max || name.size() > group_bytes_max || !is_clean_line(name)) {
          return fail(
              Remedy::reject, "voters.not_coarse",
              fmt::format("column \"{}\", line {}: {}", demographic_names.at(kind), row.line,
                          known.size() == groups_max
                              ? fmt::format("this is the {}th group", groups_max + 1)
                              : fmt::format("no group is longer than {} bytes", group_bytes_max)));
        }
        found = known.insert(known.end(), std::string(name));
      }
      made.groups.at(kind) = static_cast<std::uint8_t>(found - known.begin() + 1);
    }
    return {};
  }

  const Rules& rules_;
  const VoterKey& key_;
  std::array<std::optional<std::size_t>, column_names.size()> columns_;
  std::size_t leaves_ = 0;
  std::optional<UnitId> only_unit_;
  Roll roll_;
};

// A comma, unless the first line has none and another mark that files have in its place.
Result<char> delimiter_of(TableFiles& files) {
  auto csv = files.open(0, {.delimiter = TableFiles::whole_lines});
  if (!csv) return std::unexpected(csv.error());
  CsvRow row;
  const auto first = csv->next(row);
  if (!first) return std::unexpected(first.error());
  if (!*first) return fail(Remedy::reject, "voters.columns", "the file is empty");
  const std::string_view line = row.fields.front();
  if (line.contains(',')) return ',';
  return line.contains(';') ? ';' : line.contains('\t') ? '\t' : ',';
}

}  // namespace

std::string_view voter_id(std::string_view text) {
  const std::string_view id = without_blanks(text);
  return id.size() <= voter_id_bytes_max && is_clean_line(id) ? id : std::string_view();
}

Result<Roll> read_roll(const std::string& path, const Rules& rules, const VoterKey& key,
                       const std::function<void(std::uint64_t)>& progress) {
  auto files = TableFiles::list_one(path, "");
  if (!files) return std::unexpected(files.error());
  const auto delimiter = delimiter_of(*files);
  if (!delimiter) return std::unexpected(delimiter.error());
  auto csv = files->open(0, {.delimiter = *delimiter});
  if (!csv) return std::unexpected(csv.error());
  RollReader reader(rules, key);
  CsvRow row;
  for (bool head = true;;) {
    const auto got = csv->next(row);
    if (!got && !CsvReader::is_row_error(got.error())) return std::unexpected(got.error());
    if (!got && head) return fail(Remedy::reject, "voters.columns", got.error().detail);
    if (!got) {
      reader.fault(row.line, got.error().detail);
      continue;
    }
    if (!*got) break;
    if (auto good = head ? reader.head(row.fields) : reader.row(row); !good) {
      return std::unexpected(good.error());
    }
    head = false;
    if (progress) progress(reader.rows());
  }
  return reader.finish();
}

}  // namespace teller
