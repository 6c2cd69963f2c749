// The first step of an import: rows of a file, in its publisher's words, become a table in ours.
#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "base/utf8.h"
#include "count/step.h"
#include "election/entry.h"
#include "results/import.h"
#include "results/row_faults.h"
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
      : mapping_(mapping), table_(table), joiner_(mapping.unit_separator, mapping.units.size()) {}

  void row(const CsvRow& row) {
    ++table_.rows_read;
    for (const Mapping::Where& where : mapping_.where) {
      if (!where.values.contains(std::string(row.fields[where.at]))) {
        ++table_.rows_passed_over;
        return;
      }
    }
    line_ = row.line;
    fields_ = row.fields;
    mapping_.option.id.expand(fields_, text_);
    if (mapping_.option_skip.contains(text_)) {
      ++table_.rows_passed_over;
      return;
    }
    std::uint16_t column = no_column;
    if (const auto figure = mapping_.option_figures.find(text_);
        figure != mapping_.option_figures.end()) {
      column = figure->second;
    }
    const auto unit = read_unit();
    if (!unit) return;
    const auto contest = named_thing(mapping_.contest, "contest", table_.contests, contest_index_);
    if (!contest) return;
    if (column == no_column) {
      const auto option = read_option(table_.contests[*contest]);
      if (!option) return;
      column = *option;
    }
    for (const Mapping::Votes& votes : mapping_.votes) {
      std::optional<std::uint32_t> method;
      if (votes.method.empty()) {
        method = named_thing(mapping_.method, "method", table_.methods, method_index_);
      } else {
        method = intern(method_index_, votes.method, table_.methods.size());
        if (*method == table_.methods.size()) {
          table_.methods.push_back(
              {votes.method, votes.method_name.empty() ? votes.method : votes.method_name});
        }
      }
      if (!method) return;
      ResultsTable::Cell cell{.unit = *unit,
                              .contest = static_cast<std::uint16_t>(*contest),
                              .method = static_cast<std::uint16_t>(*method),
                              .column = column,
                              .line = line_};
      if (read_number(votes.column, votes.at, cell)) table_.cells.push_back(cell);
      for (const auto& [slot, figure] : mapping_.sheet) {
        cell.column = slot;
        cell.withheld = false;
        if (read_number(figure.column, figure.at, cell)) sheet_cells_.push_back(cell);
      }
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
        first.withheld = first.withheld || cells[i].withheld;
        first.value += cells[i].value;
      } else {
        fault(cells[i].line, "import.row_repeated",
              fmt::format("the same unit, contest, method and option stand on line {}, which was "
                          "kept; if they are to be added up, set repeated = \"add\" in [[votes]]",
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
        fault(cell.line, "import.figure_differs",
              fmt::format("a figure of the whole unit is not the one of line {}, which was kept",
                          cells.back().line));
      }
    }
    std::sort(cells.begin(), cells.end(), by_key);
    settle_faults(table_);
  }

 private:
  void fault(std::uint64_t line, Code code, std::string detail) {
    refuse_row(table_, line, code, std::move(detail));
  }

  // An id that has just been put together in `id`.
  bool good_id(const std::string& id, std::string_view what) {
    if (id.empty()) {
      fault(line_, "import.value_missing", "the " + std::string(what) + " is empty");
      return false;
    }
    if (id.size() > id_bytes_max || !is_clean_utf8(id)) {
      fault(
          line_, "import.value_invalid",
          "the " + std::string(what) + " makes an id of more than 200 bytes or with a line break");
      return false;
    }
    return true;
  }

  std::optional<std::uint32_t> read_unit() {
    std::int32_t parent = -1;
    unit_id_.clear();
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
      parent = static_cast<std::int32_t>(found->second);
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
      fault(line_, "import.value_invalid", "the contest has more options than fit (65,280)");
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
            fault(line_, "import.party_differs",
                  "\"" + contest.options[*place].id + "\" stands for \"" +
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

  // False if there is no figure: unknown, or a fault.
  bool read_number(const std::string& column, std::size_t at, ResultsTable::Cell& cell) {
    const std::string_view text = fields_[at];
    if (!mapping_.withheld.empty() && mapping_.withheld.contains(std::string(text))) {
      cell.withheld = true;
      cell.value = 0;
      return true;
    }
    if (!mapping_.unknown.empty() && mapping_.unknown.contains(std::string(text))) return false;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, cell.value);
    if (read.ec == std::errc::result_out_of_range ||
        (read.ec == std::errc{} && read.ptr == end && cell.value >= Figure::limit)) {
      fault(cell.line, "import.number_too_large", column + " must be below 2^53");
      return false;
    }
    if (text.empty() || read.ec != std::errc{} || read.ptr != end) {
      fault(
          cell.line, "import.not_a_number",
          column + " is \"" + std::string(text.substr(0, 40)) +
              "\"; it must be digits only (if it means withheld or unknown, say so in [[votes]])");
      return false;
    }
    return true;
  }

  const Mapping& mapping_;
  ResultsTable& table_;
  UnitIdJoiner joiner_;
  std::uint64_t line_ = 0;
  std::span<const std::string_view> fields_;
  std::string text_, unit_id_;
  std::unordered_map<std::string, std::uint32_t> unit_index_, contest_index_, method_index_,
      party_index_;
  std::vector<ResultsTable::Cell> sheet_cells_;
};

}  // namespace

Result<ResultsTable> read_results(CsvReader& csv, Mapping& mapping) {
  ResultsTable table;
  TableReader reader(mapping, table);
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
  if (*first && !mapping.header) reader.row(row);
  for (;;) {
    const auto more = csv.next(row);
    if (!more) {
      if (!CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
      ++table.rows_read;
      // The line stands in front of the detail already, and in the fault.
      const std::string& detail = more.error().detail;
      refuse_row(table, row.line, more.error().code, detail.substr(detail.find(": ") + 2));
      continue;
    }
    if (!*more) break;
    reader.row(row);
  }
  reader.finish();
  return table;
}

}  // namespace teller
