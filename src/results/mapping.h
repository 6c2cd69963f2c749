// A mapping: how the columns of somebody's results file become units, contests, options, parties,
// methods and votes of ours. A TOML file, documented in docs/reference/mapping.md; every key is
// checked, an unknown one is a fault with its line.
//
// Wherever a value comes from the file it is written as a template: "{county}" is the column
// county, "tw" is itself, "{polling_place} {village}" joins two columns. Without a header line
// columns are named "1", "2", ….
//
// Parsed once by `teller import`; a plain value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/rules.h"
#include "results/header_form.h"
#include "tables/csv.h"
#include "tables/json_table.h"
#include "tables/number_format.h"
#include "tables/table_files.h"
#include "tables/time_form.h"

namespace teller {

class Template {
 public:
  Template() = default;
  // Errors: reject mapping.invalid (a brace without its other half).
  [[nodiscard]] static Result<Template> parse(std::string_view text);

  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  // The columns it names, in order.
  [[nodiscard]] std::vector<std::string> columns() const;
  // Of the columns it names, after bind().
  [[nodiscard]] std::vector<std::size_t> places() const;
  // Gives every column its place in `header`; the name of the first one that is not there.
  [[nodiscard]] std::optional<std::string> bind(const std::vector<std::string>& header);
  // Of a row. bind() first. `out` is overwritten.
  void expand(std::span<const std::string_view> row, std::string& out) const;

 private:
  struct Piece {
    std::string text;  // Literal, or the column's name.
    bool is_column = false;
    std::size_t at = 0;
  };
  std::vector<Piece> pieces_;
};

// Where a column stands in a header: by its name, or, "#2", by its place where it has none; its size: nowhere.
[[nodiscard]] std::size_t place_of_column(const std::vector<std::string>& header,
                                          const std::string& name);

struct Mapping {
  // What a thing is called in the file, and what we call it.
  struct Naming {
    Template id, name;                         // Of the row; `name` left out: as `id`.
    std::map<std::string, std::string> ids;    // From the expanded `id` to ours; others stay.
    std::map<std::string, std::string> names;  // By our id; of others `name`.
  };
  struct Level {
    std::string kind;
    Template id, name;
    std::set<std::string> empty;  // Where one of these stands, the row is of the unit above.
  };
  struct Votes {
    std::string column;
    std::string method, method_name;  // Set where each method has its own column.
    std::size_t at = 0;
  };
  struct SheetColumn {
    std::string column;
    std::size_t at = 0;
  };
  // A second row for the same unit, contest, method and option: refused, added, or added where it is for another
  // party (the lines of one candidate), or where the file calls its option otherwise, before [option.ids].
  enum class Repeated { refuse, add, add_parties, add_names };

  std::string name;  // Of the mapping's file, for messages.

  // For rules that are made from the results.
  std::string election, date, time_zone;

  // When the figures of a file were true, where the file says it: in a column of each row, or in its
  // own name.
  struct FiguresAt {
    std::string column;  // Empty: in the name.
    TimeForm form;
    std::size_t at = 0;
  };
  std::optional<FiguresAt> figures_at;

  JsonForm json;
  CsvForm csv;
  bool header = true;
  std::uint32_t header_rows = 1;
  std::vector<std::string>
      sheets;  // Of a workbook with several: their names, or TableFiles::all_sheets.
  // What of a workbook is hidden: refused until the mapping says it.
  TableFiles::Wanted::Hidden hidden = TableFiles::Wanted::Hidden::ask;
  // Columns that a file has from what it is called: its own name, and that of a workbook's sheet.
  static constexpr const char *file_column = "/file", *sheet_column = "/sheet";
  // Where options stand beside each other: the columns of votes, by name, or from one to another.
  // Each is read as a row of its own, with {header} (or {header 1}, ... from the top) for what stands
  // above it, or in the row's columns `names`, one for each of `columns`.
  struct Wide {
    std::vector<std::string> columns, names;
    std::string from, to;          // `to` empty: the last one.
    std::set<std::string> except;  // Of those between.
    // What stands above each of them, taken apart: the first form that fits it.
    std::vector<HeaderForm> forms;
    [[nodiscard]] bool is_used() const { return !columns.empty() || !from.empty(); }
  };
  Wide wide;
  static constexpr const char* wide_figure = "figure";
  // Where a line has a group of columns for each option: the first column of the first group and its
  // last one. All columns behind it are more groups like it, whatever the header calls them, if it does.
  // Each group is read as a row of its own, as if it stood where the first one stands.
  struct Groups {
    std::string from, to;
    [[nodiscard]] bool is_used() const { return !from.empty(); }
  };
  Groups groups;
  std::uint32_t skip_rows = 0;  // Behind the header.
  // Columns in which an empty cell means the one above it (fill_down.h).
  std::vector<std::string> fill_down;
  struct Where {
    std::string column;
    std::set<std::string> values;
    std::size_t at = 0;
  };
  std::vector<Where> where;      // Rows that do not match all of them are passed over.
  std::vector<Where> leave_out;  // Rows that match one of them are: sums, for one.
  std::vector<Where> expect;     // Rows that match one are sums, and are compared.

  std::set<std::string> no_sums;  // Ids that look like sums and are none.
  bool unused_allowed = false;    // Keys that fit no row are no error.

  NumberFormat numbers;

  std::vector<Level> units;          // From the root to the unit that reports.
  std::string unit_separator = "/";  // UnitIdJoiner joins the levels with it.

  Naming method;
  Naming contest;
  std::map<std::string, Template> contest_each;  // By what `id` gives: an id for each unit's own.
  bool elsewhere_allowed = false;  // A contest may have sheets of units in which no style gives it.
  ContestKind contest_kind = ContestKind::plurality;
  std::map<std::string, std::uint16_t>
      contest_figures;  // Pseudo-contests: name in the file -> slot.
  std::uint16_t seats = 1, votes_allowed = 1;
  std::optional<SheetColumn> seats_column, votes_allowed_column;  // Where they differ by contest.
  bool write_ins = false;
  std::string share_base = "votes", decides;

  Naming option;
  std::map<std::string, OptionKind> option_kinds;       // By our id.
  std::map<std::string, std::uint16_t> option_figures;  // Pseudo-options: name in the file -> slot.
  std::set<std::string> option_skip;                    // Pseudo-options: sums and the like.
  std::string candidate_separator;  // A ticket's; empty: no candidates are made.
  std::map<std::string, std::vector<std::string>> candidate_ids;  // By our option id.

  std::optional<Naming> party;

  std::vector<Votes> votes;
  std::set<std::string> withheld;       // What stands where a number is withheld: "*".
  std::set<std::string> unknown;        // What stands where there is none: "".
  std::set<std::string> not_on_ballot;  // What stands where the contest is not voted on: "X".
  std::set<std::string> zero;           // What stands for 0: "-".
  // Of `withheld`: whether it has this text, or one in which # stands for digits: "<#".
  [[nodiscard]] bool is_withheld(std::string_view text) const;
  Repeated repeated = Repeated::refuse;
  bool missing_rows_zero = false;  // An option of which a sheet has no row has 0 there.
  std::optional<SheetColumn> sum;  // What holds the sum of the votes of its row: a control total.

  std::map<std::uint16_t, SheetColumn> sheet;  // Slot -> column that repeats on each row of a unit.
  std::string sheet_method;  // Whose sheet those figures are of, where there are several methods.

  std::set<std::string> named;  // After bind(): the columns that it reads.

  // Errors: reject mapping.invalid with every fault on a line of its own.
  [[nodiscard]] static Result<Mapping> parse(std::string_view text, std::string_view name);

  // Finds all columns in the header. Errors: reject import.column_missing, import.column_repeated
  // (two columns have a name that is needed).
  [[nodiscard]] Result<void> bind(const std::vector<std::string>& header);

  [[nodiscard]] TableFiles::Wanted wanted_sheets() const { return {sheets, hidden}; }
};

// What the keys of [option.figures] and [sheet] call a slot of count/step.h.
[[nodiscard]] std::string_view figure_name(std::uint16_t slot);

}  // namespace teller
