// The first step of an import: rows of a file, in its publisher's words, become a table in ours.
#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/utf8.h"
#include "count/step.h"
#include "election/entry.h"
#include "results/import.h"
#include "results/number_format.h"
#include "results/row_faults.h"
#include "results/unicode.h"
#include "results/unit_id.h"

namespace teller {
namespace {

constexpr std::size_t id_bytes_max = 200;
constexpr std::uint16_t no_column = 0xFFFF;

template <typename Key>
std::uint32_t intern(std::unordered_map<std::string, std::uint32_t>& index, const Key& id,
                     std::size_t next) {
  return index.try_emplace(id, static_cast<std::uint32_t>(next)).first->second;
}

auto key_of(const ResultsTable::Cell& cell) {
  return std::tuple(cell.unit, cell.method, cell.contest, cell.column);
}

// Reads rows into a table. Holds what one row needs again and again.
class TableReader {
 public:
  TableReader(const Mapping& mapping, ResultsTable& table)
      : mapping_(mapping),
        table_(table),
        joiner_(mapping.unit_separator, mapping.units.size()),
        unit_columns_(unit_columns()) {
    table.repeated_rows_add = mapping.repeated == Mapping::Repeated::add;
  }

  void row(const CsvRow& row) {
    ++table_.rows_read;
    line_ = row.line;
    fields_ = row.fields;
    place_ = {};
    if (is_passed_over()) {
      ++table_.rows_passed_over;
      return;
    }
    if (!read_row()) {
      look_up_place();
      table_.refused.insert(place_);
    }
  }

  // A row that cannot be cut into its fields; `raw` is its line.
  void malformed(std::uint64_t line, const Error& error, std::string_view raw) {
    ++table_.rows_read;
    // The line stands in front of the detail already, and in the fault.
    const std::string& detail = error.detail;
    refuse_row(table_, {.line = line,
                        .code = error.code,
                        .detail = detail.substr(detail.find(": ") + 2),
                        .found = shown(raw)});
    if (malformed_.size() < malformed_max) {
      malformed_.push_back({std::string(raw.substr(0, raw_bytes_max)), error.code});
    } else {
      table_.refused.insert(ResultsTable::Refused{});
    }
  }

  // Puts the cells in order and finds those that are there twice.
  void finish() {
    auto& cells = table_.cells;
    // Of two with one key, the one that stands first in the file is first.
    const auto by_key = [](const auto& a, const auto& b) {
      return std::pair(key_of(a), a.line) < std::pair(key_of(b), b.line);
    };
    std::sort(cells.begin(), cells.end(), by_key);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (kept == 0 || key_of(cells[kept - 1]) != key_of(cells[i])) {
        cells[kept++] = cells[i];
      } else if (mapping_.repeated == Mapping::Repeated::add) {
        ResultsTable::Cell& first = cells[kept - 1];
        if (first.value + cells[i].value >= Figure::limit) {
          refuse_cell(
              cells[i], "import.number_too_large",
              fmt::format("with this row the sum of rows from line {} on would be 2^53 or more",
                          first.line));
          continue;
        }
        first.withheld = first.withheld || cells[i].withheld;
        first.value += cells[i].value;
        ++rows_added_;
      } else {
        refuse_cell(
            cells[i], "import.row_repeated",
            fmt::format("the same unit, contest, method and option stand on line {}, and it "
                        "cannot be told which is right, or whether both are; take one away, or, "
                        "if they are to be added up, set repeated = \"add\" in [[votes]]",
                        cells[kept - 1].line));
      }
    }
    cells.resize(kept);

    std::sort(sheet_cells_.begin(), sheet_cells_.end(), by_key);
    const std::size_t votes = cells.size();
    for (const ResultsTable::Cell& cell : sheet_cells_) {
      if (cells.size() == votes || key_of(cells.back()) != key_of(cell)) {
        cells.push_back(cell);
      } else if (cells.back().value != cell.value || cells.back().withheld != cell.withheld) {
        refuse_cell(
            cell, "import.figure_differs",
            fmt::format("a figure of the whole unit is not the one of line {}", cells.back().line));
      }
    }
    std::sort(cells.begin(), cells.end(), by_key);
    place_malformed();
    if (rows_added_ > 0) {
      table_.notes.push_back(fmt::format(
          "{} rows were added to rows of the same unit, contest, method and option, as "
          "repeated = \"add\" says; nothing can tell a copy of a row from a second place",
          rows_added_));
    }
    settle_faults(table_);
  }

 private:
  struct Malformed {
    std::string raw;
    Code code;
  };
  static constexpr std::size_t malformed_max = 10'000, raw_bytes_max = 4'096;

  void fault(Code code, std::string detail, const std::string& column = {},
             std::string found = {}) {
    refuse_row(table_, {.line = line_,
                        .code = code,
                        .detail = std::move(detail),
                        .column = column,
                        .found = std::move(found)});
  }

  // A figure that was read and is not kept; its sheet is known.
  void refuse_cell(const ResultsTable::Cell& cell, Code code, std::string detail) {
    line_ = cell.line;
    fault(code, std::move(detail));
    table_.refused.insert(place_of(cell));
  }

  static ResultsTable::Refused place_of(const ResultsTable::Cell& cell) {
    return {.unit = cell.unit, .contest = cell.contest, .method = cell.method, .certain = true};
  }

  [[nodiscard]] bool matches(const Mapping::Where& condition) const {
    return condition.values.contains(std::string(fields_[condition.at]));
  }

  bool is_passed_over() {
    const auto mine = [&](const Mapping::Where& condition) { return matches(condition); };
    if (!std::all_of(mapping_.where.begin(), mapping_.where.end(), mine) ||
        std::any_of(mapping_.leave_out.begin(), mapping_.leave_out.end(), mine)) {
      return true;
    }
    mapping_.option.id.expand(fields_, text_);
    return mapping_.option_skip.contains(text_);
  }

  // False: the row was refused, and place_ has what is known of where it belongs.
  bool read_row() {
    std::uint16_t column = no_column;
    mapping_.option.id.expand(fields_, text_);
    if (const auto figure = mapping_.option_figures.find(text_);
        figure != mapping_.option_figures.end()) {
      column = figure->second;
    }
    const auto unit = read_unit();
    if (!unit) return false;
    const auto contest = named_thing(mapping_.contest, "contest", table_.contests, contest_index_);
    if (!contest) return false;
    place_.contest = *contest;
    bool good_option = true;
    if (column == no_column) {
      const auto option = read_option(table_.contests[*contest]);
      good_option = option.has_value();
      column = option.value_or(no_column);
    }
    for (const Mapping::Votes& votes : mapping_.votes) {
      const auto method = read_method(votes);
      if (!method) return false;
      ResultsTable::Cell cell{.unit = *unit,
                              .contest = static_cast<std::uint16_t>(*contest),
                              .method = static_cast<std::uint16_t>(*method),
                              .column = column,
                              .line = line_};
      if (!good_option) {
        table_.refused.insert(place_of(cell));
        continue;
      }
      if (take_number(votes.column, votes.at, cell)) table_.cells.push_back(cell);
      for (const auto& [slot, figure] : mapping_.sheet) {
        cell.column = slot;
        cell.withheld = false;
        if (take_number(figure.column, figure.at, cell)) sheet_cells_.push_back(cell);
      }
    }
    return true;
  }

  std::optional<std::uint32_t> read_method(const Mapping::Votes& votes) {
    if (votes.method.empty())
      return named_thing(mapping_.method, "method", table_.methods, method_index_);
    const std::uint32_t method = intern(method_index_, votes.method, table_.methods.size());
    if (method == table_.methods.size()) {
      table_.methods.push_back(
          {votes.method, votes.method_name.empty() ? votes.method : votes.method_name});
    }
    return method;
  }

  // Fills in what a refused row says of its place behind the fault.
  void look_up_place() {
    const auto known = [&](const Mapping::Naming& naming, const auto& index) -> std::int64_t {
      naming.id.expand(fields_, text_);
      const auto ours = naming.ids.find(text_);
      const auto found = index.find(ours == naming.ids.end() ? text_ : ours->second);
      return found == index.end() ? -1 : static_cast<std::int64_t>(found->second);
    };
    if (place_.contest < 0) place_.contest = known(mapping_.contest, contest_index_);
    if (place_.contest < 0) return;
    mapping_.option.id.expand(fields_, text_);
    const auto figure = mapping_.option_figures.find(text_);
    place_.column = figure != mapping_.option_figures.end()
                        ? figure->second
                        : known(mapping_.option, contest_of_place().option_index);
    if (mapping_.votes.size() == 1) place_.method = known(mapping_.method, method_index_);
  }

  [[nodiscard]] const ResultsTable::Contest& contest_of_place() const {
    return table_.contests[static_cast<std::size_t>(place_.contest)];
  }

  // The columns that name a unit, as they stood on its first row: by them a line that is only nearly a
  // row finds its unit.
  [[nodiscard]] std::vector<std::size_t> unit_columns() const {
    std::vector<std::size_t> columns;
    for (const Mapping::Level& level : mapping_.units) {
      for (const std::size_t at : level.id.places()) columns.push_back(at);
    }
    return columns;
  }

  // A line with a field too many, or a quote astray, belongs to the unit whose names stand in it. One
  // whose text is damaged, or that names none, may be of any.
  void place_malformed() {
    for (const Malformed& line : malformed_) {
      const bool is_text = line.code == Code("csv.field_count") ||
                           line.code == Code("csv.quote_in_field") ||
                           line.code == Code("csv.text_after_quote");
      bool found = false;
      std::set<std::string, std::less<>> parts;
      for (std::string_view left = line.raw; is_text && !left.empty();) {
        const std::size_t end = std::min(left.find_first_of("\",;\t|\r\n"), left.size());
        parts.emplace(trimmed(left.substr(0, end)));
        left.remove_prefix(std::min(end + 1, left.size()));
      }
      for (const std::string& part : parts) {
        const auto [from, to] = units_by_name_.equal_range(part);
        for (auto unit = from; unit != to; ++unit) {
          const auto& names = unit_names_.at(unit->second);
          if (!std::all_of(names.begin(), names.end(),
                           [&](const std::string& name) { return parts.contains(name); })) {
            continue;
          }
          found = true;
          table_.refused.insert({.unit = unit->second});
        }
      }
      if (!found) table_.refused.insert(ResultsTable::Refused{});
    }
  }

  // An id that has just been put together in `id`.
  bool good_id(const std::string& id, std::string_view what) {
    if (id.empty()) {
      fault("import.value_missing", "the " + std::string(what) + " is empty");
      return false;
    }
    if (id.size() > id_bytes_max || !is_clean_utf8(id)) {
      fault("import.value_invalid", "the " + std::string(what) +
                                        " makes an id of more than 200 bytes or with a line break");
      return false;
    }
    return true;
  }

  std::optional<std::uint32_t> read_unit() {
    std::int32_t parent = -1;
    unit_id_.clear();
    bool is_new_unit = false;
    for (std::size_t i = 0; i < mapping_.units.size(); ++i) {
      const Mapping::Level& level = mapping_.units[i];
      level.id.expand(fields_, text_);
      if (!good_id(text_, level.kind)) return std::nullopt;
      joiner_.append(unit_id_, text_, i);
      const auto [found, is_new] =
          unit_index_.try_emplace(unit_id_, static_cast<std::uint32_t>(table_.units.size()));
      if (is_new) {
        if (!good_id(unit_id_, level.kind)) {
          unit_index_.erase(found);
          return std::nullopt;
        }
        if (!level.name.empty()) level.name.expand(fields_, text_);
        table_.units.push_back({unit_id_, text_, level.kind, parent});
      }
      is_new_unit = is_new;
      parent = static_cast<std::int32_t>(found->second);
      place_.unit = parent;
    }
    if (is_new_unit) {
      auto& names = unit_names_[static_cast<std::uint32_t>(parent)];
      for (const std::size_t at : unit_columns_) names.emplace_back(trimmed(fields_[at]));
      if (!names.empty()) units_by_name_.emplace(names.back(), static_cast<std::uint32_t>(parent));
    }
    return static_cast<std::uint32_t>(parent);
  }

  // A contest, method or party by its mapped id.
  template <typename T>
  std::optional<std::uint32_t> named_thing(const Mapping::Naming& naming, std::string_view what,
                                           std::vector<T>& things,
                                           std::unordered_map<std::string, std::uint32_t>& index) {
    naming.id.expand(fields_, text_);
    if (!good_id(text_, what)) return std::nullopt;
    const auto ours = naming.ids.find(text_);
    const std::string& id = ours == naming.ids.end() ? text_ : ours->second;
    const std::uint32_t place = intern(index, id, things.size());
    if (place == things.size()) {
      T& made = things.emplace_back();
      made.id = id;
      made.name = text_;
      if (!naming.name.empty()) naming.name.expand(fields_, made.name);
    }
    return place;
  }

  std::optional<std::uint16_t> read_option(ResultsTable::Contest& contest) {
    const auto place =
        named_thing(mapping_.option, "option", contest.options, contest.option_index);
    if (!place) return std::nullopt;
    if (*place >= slot::first_counter) {
      fault("import.value_invalid", "the contest has more options than fit (65,280)");
      return std::nullopt;
    }
    if (mapping_.party) {
      mapping_.party->id.expand(fields_, text_);
      if (!text_.empty()) {
        const auto party = named_thing(*mapping_.party, "party", table_.parties, party_index_);
        if (!party) return std::nullopt;
        auto& parties = contest.options[*place].parties;
        if (std::find(parties.begin(), parties.end(), *party) == parties.end()) {
          if (!parties.empty() && mapping_.repeated == Mapping::Repeated::refuse) {
            fault("import.party_differs", "\"" + contest.options[*place].id + "\" stands for \"" +
                                              table_.parties[*party].id + "\" here and for \"" +
                                              table_.parties[parties.front()].id + "\" before");
            return std::nullopt;
          }
          parties.push_back(*party);
        }
      }
    }
    return static_cast<std::uint16_t>(*place);
  }

  // False if there is no figure: unknown, or a fault, which holds the sheet.
  bool take_number(const std::string& column, std::size_t at, ResultsTable::Cell& cell) {
    const std::string_view text = fields_[at];
    if (!mapping_.withheld.empty() && mapping_.withheld.contains(std::string(text))) {
      cell.withheld = true;
      cell.value = 0;
      return true;
    }
    if (!mapping_.unknown.empty() && mapping_.unknown.contains(std::string(text))) return false;
    const NumberKind kind = read_number(text, mapping_.numbers, cell.value);
    if (kind == NumberKind::number) return true;
    fault(kind == NumberKind::too_large ? Code("import.number_too_large")
                                        : Code("import.not_a_number"),
          std::string(words(kind)), column, shown(text));
    table_.refused.insert(place_of(cell));
    return false;
  }

  const Mapping& mapping_;
  ResultsTable& table_;
  UnitIdJoiner joiner_;
  const std::vector<std::size_t> unit_columns_;
  std::uint64_t line_ = 0;
  ResultsTable::Refused place_;  // What is known so far of where the row belongs.
  std::span<const std::string_view> fields_;
  std::string text_, unit_id_;
  std::unordered_map<std::string, std::uint32_t> unit_index_, contest_index_, method_index_,
      party_index_;
  std::vector<ResultsTable::Cell> sheet_cells_;
  std::uint64_t rows_added_ = 0;
  std::vector<Malformed> malformed_;
  std::unordered_map<std::uint32_t, std::vector<std::string>> unit_names_;
  std::unordered_multimap<std::string, std::uint32_t> units_by_name_;
};

}  // namespace

Result<ResultsTable> read_results(CsvReader& csv, Mapping& mapping) {
  ResultsTable table;
  CsvRow row;
  const auto first = csv.next(row);
  if (!first) return std::unexpected(first.error());
  std::vector<std::string> header;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    header.push_back(mapping.header ? std::string(row.fields[i]) : std::to_string(i + 1));
    if (!header.back().empty() &&
        std::find(header.begin(), header.end() - 1, header.back()) != header.end() - 1) {
      return fail(Remedy::reject, "import.column_repeated",
                  "two columns have the name " + header.back() + "; rename one of them");
    }
  }
  if (const auto bound = mapping.bind(header); !bound) return std::unexpected(bound.error());
  TableReader reader(mapping, table);
  if (*first && !mapping.header) reader.row(row);
  for (;;) {
    const auto more = csv.next(row);
    if (!more) {
      if (!CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
      reader.malformed(row.line, more.error(), csv.malformed_line());
      continue;
    }
    if (!*more) break;
    reader.row(row);
  }
  reader.finish();
  return table;
}

}  // namespace teller
