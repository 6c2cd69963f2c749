// Makes a table of rows: what one row says of a unit, a contest, an option and a figure, what of it is
// refused, and where a refused row belongs. At the end: what stands twice, sums of rows, control
// totals, and keys of the mapping that fitted nothing.
//
// The mapping is bound to the columns of each file before begin_file(). Called by read_results.cc,
// which reads the files.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_set>

#include <fmt/format.h>

#include "base/grouped.h"
#include "base/utf8.h"
#include "count/step.h"
#include "election/entry.h"
#include "results/import.h"
#include "results/name_hints.h"
#include "results/row_faults.h"
#include "results/unit_id.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {

// The fields of a row as they are compared (cleaned() of unicode.h). Most are so already.
class CleanFields {
 public:
  void row(std::span<const std::string_view> fields) {
    made_.clear();
    fields_.clear();
    for (const std::string_view field : fields) {
      const std::string_view text = trimmed(field);
      const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80 && static_cast<unsigned char>(c) >= 0x20;
      });
      fields_.push_back(is_plain ? text : std::string_view(made_.emplace_back(cleaned(text))));
    }
  }
  [[nodiscard]] std::span<const std::string_view> fields() const { return fields_; }
  [[nodiscard]] bool is_plain() const { return made_.empty(); }

 private:
  std::deque<std::string> made_;
  std::vector<std::string_view> fields_;
};

// Reads rows into a table. Holds what one row needs again and again.
class TableReader {
 public:
  // `trace`: notes what became of the cells of one unit; mostly none.
  TableReader(const Mapping& mapping, ResultsTable& table, CellTrace* trace = nullptr)
      : mapping_(mapping),
        table_(table),
        trace_(trace),
        joiner_(mapping.unit_separator, mapping.units.size()) {
    table.repeated_rows_add = mapping.repeated != Mapping::Repeated::refuse;
    table.missing_rows_zero = mapping.missing_rows_zero;
    table.elsewhere_allowed = mapping.elsewhere_allowed;
    table.unused_allowed = mapping.unused_allowed;
  }

  // The mapping was bound to the columns of a file, the last of table.files.
  void begin_file();
  // And once more, in the middle of it.
  void bound_again() { unit_columns_ = unit_columns(); }

  static constexpr std::size_t no_wide_column = ~std::size_t{0};
  // `is_more`: of a line that was read already. `wide_column`: where its figure stands in the file.
  void row(const CsvRow& row, bool is_more = false, std::size_t wide_column = no_wide_column);

  [[nodiscard]] const CsvReader::PassedOver& lost_letters() const { return lost_letters_; }
  [[nodiscard]] const CsvReader::PassedOver& garbled() const { return garbled_; }

  // A key of [csv] had something to do.
  void used_csv(const std::string& key) { used_csv_.insert(key); }
  void filled_down(const std::string& column) { filled_down_.insert(column); }

  // A row that cannot be cut into its fields; `raw` is its line.
  void malformed(std::uint64_t line, const Error& error, std::string_view raw);

  // More than any nation has: memory stays bounded, whatever a file holds.
  static constexpr std::uint64_t figures_max = 50'000'000, names_max = 2'000'000;
  // Errors: reject file.too_large.
  [[nodiscard]] Result<void> within_limits() const;

  // Puts the cells in order and finds those that are there twice.
  void finish();

 private:
  struct Malformed {
    std::string raw;
    Code code;
  };
  // The votes of one line, while it is read, beside the column that holds their sum.
  struct RowSum {
    bool is_open = false, can_compare = true, is_withheld = false;
    std::uint64_t line = 0, added = 0, stands = 0;
    std::string text;
    std::set<ResultsTable::Refused> places;
  };
  struct ControlTotal {
    std::uint64_t line = 0, value = 0;
    std::vector<std::string> units;  // The ids that the row names, from the highest level down.
    std::string contest, option, method, column;
    std::uint16_t slot = 0;    // Of a figure; 0: `option`.
    bool of_its_unit = false;  // The row names its unit itself, and not those that it adds up.
    bool of_all_methods = false;
  };
  static constexpr std::size_t id_bytes_max = 200;
  static constexpr std::uint16_t no_column = 0xFFFF;
  static constexpr std::size_t malformed_max = 10'000, raw_bytes_max = 4'096;

  void fault(Code code, std::string detail, const std::string& column = {}, std::string found = {});

  // Names of which a letter was lost, or each was read as two, and saved so.
  void look_for_damage();

  // A figure that was read and is not kept; its sheet is known.
  void refuse_cell(const ResultsTable::Cell& cell, Code code, std::string detail);

  static ResultsTable::Refused place_of(const ResultsTable::Cell& cell);

  // Whether `keys` has it; notes that the key was of use.
  template <typename Keys>
  bool fits(const Keys& keys, const std::string& text) {
    const auto found = keys.find(text);
    if (found == keys.end()) return false;
    used_.insert(&*found);
    return true;
  }

  bool is_passed_over();
  // A row that is left out for it has no name in `column`: where it has figures, they may be of no sum.
  void note_nameless(const std::string& column);
  void say_nameless();

  // A row that is the sum of others, by the column that says so: of all units that have the same levels
  // above it, or, where it names an option, of all options of its sheet.
  void take_control_total(std::size_t at);
  // What stands there; nothing where it is kept back, or no number, which is a fault.
  std::optional<std::uint64_t> control_figure(const Mapping::Votes& votes);

  // One that is smaller than what is known of its rows differs, whatever is withheld of them.
  void compare_control_totals();
  void note_not_compared();
  // The unit that a control total is of: the lowest that it names and some other row has; -1 for the
  // whole contest, nothing if no row has any of them.
  [[nodiscard]] std::optional<std::int64_t> unit_of(const ControlTotal& total) const;

  void begin_row_sum();
  void add_to_row_sum(const ResultsTable::Cell& cell, bool is_figure);
  // Of the line before.
  void compare_row_sum();

  // A row of figures of the whole unit, whatever the contest. False: refused.
  bool read_unit_figures(std::uint32_t unit, std::uint16_t slot);
  // Gives them to the sheets of their units.
  void spread_unit_figures();
  // Of rows of one figure and unit; nothing where they differ, which is a fault.
  std::optional<ResultsTable::Cell> one_figure_of(const std::vector<ResultsTable::Cell>& rows);

  // The columns of a row that hold figures of the whole sheet.
  void take_sheet_figures(ResultsTable::Cell cell);

  // How many seats and votes a contest has, by its rows.
  bool read_contest_size(ResultsTable::Contest& contest);
  bool read_size(const std::optional<Mapping::SheetColumn>& column, std::uint16_t max,
                 std::uint16_t& size);

  // Rows of several times repeat each other: timed_results.h takes them apart.
  [[nodiscard]] bool is_time_line() const { return table_.times.size() > 1; }
  // Adds up or refuses what stands more than once for one key.
  void join_repeated();
  void join_sheet_figures();

  // The keys of the mapping that no row had a use for, and those that only allow what no row needed.
  void list_unused();
  void list_idle();
  void list_idle_csv();
  // A figure was read: which of [numbers] it needed.
  void note_number_form(std::string_view text);
  void note_withheld(const std::string& text);

  // False: the row was refused, and place_ has what is known of where it belongs.
  bool read_row();

  std::optional<std::uint32_t> read_method(const Mapping::Votes& votes);
  std::uint32_t method_named(const std::string& id, const std::string& name);

  // Fills in what a refused row says of its place behind the fault.
  void look_up_place();

  [[nodiscard]] const ResultsTable::Contest& contest_of_place() const;

  // The columns that name a unit, as they stood on its first row: by them a line that is only nearly a
  // row finds its unit.
  [[nodiscard]] std::vector<std::size_t> unit_columns() const;

  // A line with a field too many, or a quote astray, belongs to the unit whose names stand in it. One
  // whose text is damaged, or that names none, may be of any.
  void place_malformed();

  // An id that has just been put together in `id`.
  // `from`: what it was made of; `ids`: the table of the mapping that gives an id of its own; empty: none does.
  bool good_id(const std::string& id, std::string_view what, const Template& from,
               std::string_view ids);

  std::optional<std::uint32_t> read_unit();

  // A contest, method or party by its mapped id.
  template <typename T>
  std::optional<std::uint32_t> named_thing(const Mapping::Naming& naming, std::string_view what,
                                           std::vector<T>& things,
                                           std::unordered_map<std::string, std::uint32_t>& index);

  std::optional<std::uint16_t> read_option(ResultsTable::Contest& contest);
  // Which of the names of options it is.
  std::uint16_t name_in_file(const std::string& text);

  // False if there is no figure: unknown, or a fault, which holds `place`.
  bool take_number(const std::string& column, std::size_t at, ResultsTable::Cell& cell,
                   const ResultsTable::Refused& place);
  void note_cell(const std::string& column, std::size_t at, const ResultsTable::Cell& cell,
                 std::string_view became);
  void trace_passed_over();
  bool is_empty_below(std::size_t above);

  const Mapping& mapping_;
  ResultsTable& table_;
  CellTrace* const trace_;
  UnitIdJoiner joiner_;
  CleanFields clean_;
  std::vector<std::size_t> unit_columns_;
  std::uint64_t base_ = 0;  // What the lines of this file count from.
  std::uint64_t line_ = 0;
  ResultsTable::Refused place_;  // What is known so far of where the row belongs.
  std::span<const std::string_view> fields_;
  std::string text_, unit_id_;
  std::unordered_map<std::string, std::uint32_t> unit_index_, contest_index_, method_index_,
      party_index_, figure_party_index_, option_name_index_, option_skeletons_;
  std::vector<ResultsTable::Cell> sheet_cells_, unit_figures_;
  std::size_t wide_column_ = no_wide_column;
  RowSum row_sum_;
  // 0: none; else its place + 1. With `add_names` it is that of the option's name in the file.
  std::uint16_t row_party_ = 0;
  std::uint16_t refused_column_ = no_column;  // Of a row whose option is known, and was refused.
  std::uint64_t rows_added_ = 0, names_ = 0;
  std::set<std::string> used_csv_;  // Keys.
  bool used_other_digits_ = false, used_indian_ = false, used_sum_ = false;
  std::set<std::string> filled_down_;  // Columns of [csv] fill_down in which a cell was filled.
  std::vector<ControlTotal> totals_;
  CsvReader::PassedOver not_compared_;  // Control totals.
  CsvReader::PassedOver lost_letters_, garbled_;
  std::map<std::string, CsvReader::PassedOver> nameless_;  // By column.
  std::map<std::string, std::uint64_t> last_nameless_;     // The last line of them.
  std::unordered_set<const void*> used_;                   // Keys of the mapping.
  std::vector<Malformed> malformed_;
  std::unordered_map<std::uint32_t, std::vector<std::string>> unit_names_;
  std::unordered_multimap<std::string, std::uint32_t> units_by_name_;
};

}  // namespace teller
