// Published results (CSV, one row an option and a reporting unit, in the words of whoever published
// them) through a mapping into entries of ours:
//
//   read_results   file + mapping                   -> a table in our words, and its faults
//   check_…        table + mapping                  -> that nothing in it would count twice
//   bind           table + rules                    -> the rows that the rules know, and more faults
//   write_sheets   bound rows                       -> one result sheet a unit, method and contest
//   write_ballots  bound rows, vote-for-one only    -> single ballots, synthesised
//
// A row that is wrong is a fault with its line and never stops the others; but the sheets that it
// belongs to, or may belong to, are held: half a sheet is no result. Nothing is corrected on the way:
// what is not understood is refused by name.
//
// Memory grows with the rows of the file, never with the votes in it. Called by src/cli/import.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "election/count_file.h"
#include "election/rules.h"
#include "results/mapping.h"
#include "tables/csv.h"

namespace teller {

// One row, or one figure of it, that was refused.
struct RowFault {
  std::uint64_t line = 0;
  std::size_t file = 0;  // Its place in ResultsTable::files.
  Code code;
  std::string detail;       // What is wrong, and what to do.
  std::string column = {};  // Where it is one column that is wrong: its name,
  std::string found = {};   // and what stood there.
};

// Faults of one kind. A hundred thousand rows with the same fault are one of these.
struct FaultGroup {
  std::uint64_t rows = 0;
  std::vector<RowFault> examples;  // The first three.
};

// What became of the rows of a delivery's files.
struct RowFaults {
  // What was seen and settled by the mapping or by a default, each said once.
  std::vector<std::string> notes;

  // What may be results and was not read: columns of numbers that the mapping does not name, members of a zip. Each is
  // among the notes too.
  std::vector<std::string> left_out;
  bool results_left_out = false;  // A member of a zip that is a table, or may be.

  // The first thousand faults, by line; all of them by kind; and how many rows had one.
  std::vector<std::string> files;  // Those that the rows came from.
  std::vector<RowFault> faults;
  std::map<std::string, FaultGroup> fault_groups;
  std::uint64_t rows_read = 0, rows_passed_over = 0;
  [[nodiscard]] std::uint64_t rows_refused() const { return refused_lines.size(); }
  std::vector<std::uint64_t> refused_lines;  // With their files: ascending, each once.

  // A line of a file as one number, as cells have it; and in words for a message.
  static constexpr unsigned line_bits = 40;
  [[nodiscard]] static std::uint64_t line_of(std::size_t file, std::uint64_t line) {
    return (static_cast<std::uint64_t>(file) << line_bits) + line;
  }
  [[nodiscard]] std::string in_words(std::uint64_t line) const;
  // With what is wrong there, as long as that fault was kept.
  [[nodiscard]] std::string fault_in_words(std::uint64_t line) const;
};

struct ResultsTable : RowFaults {
  struct Unit {
    std::string id, name, kind;
    std::int32_t parent = -1;
  };
  struct Option {
    std::string id, name;
    std::vector<std::uint32_t> parties;
  };
  struct Contest {
    std::string id, name;
    std::vector<Option> options;
    std::unordered_map<std::string, std::uint32_t> option_index;
    std::uint16_t seats = 0, votes_allowed = 0;  // By columns of the rows; 0: they do not say.
  };
  struct Method {
    std::string id, name;
  };
  struct Party {
    std::string id, name;
  };
  // One figure. `column` is an option's place, or a slot of count/step.h for a figure of the sheet.
  struct Cell {
    std::uint32_t unit = 0;
    std::uint16_t contest = 0;
    std::uint16_t method = 0;
    std::uint16_t column = 0;
    bool withheld = false;
    bool masked = false;      // Of an unknown one: something stands there ("NA").
    bool doubted = false;     // Another row says it too, and was refused: neither is taken.
    std::uint16_t party = 0;  // Of the row: its place + 1; 0: none.
    std::uint64_t value = 0;
    std::uint64_t line = 0;
  };

  std::vector<Unit> units;  // A parent stands before its children.
  std::vector<Contest> contests;
  std::vector<Method> methods;
  std::vector<Party> parties;
  std::vector<Cell> cells;  // By unit, method, contest and column; each once.
  // Figures of which the file says that they are not known, or not there: a mask that the mapping takes for that. A
  // figure that is neither here nor in `cells` is not mentioned. In any order; what has a cell means nothing.
  std::vector<Cell> unknown;
  bool missing_rows_zero = false;        // Mapping::missing_rows_zero.
  std::set<std::string> unread_columns;  // Of numbers, and not named by the mapping.
  std::uint64_t last_line = 0;           // The last one that holds a row, whatever became of it.

  // What is known of where a refused row or figure belongs: places in the lists above, -1 for what is not known.
  // `unit` may be a parent of the one that is meant; `column` may be a slot.
  struct Refused {
    std::int64_t unit = -1, contest = -1, method = -1, column = -1;
    bool certain = false;    // It is a row of that unit, contest and method, and of no other.
    std::uint64_t line = 0;  // Of the first one; 0: not known. Rows of one place are one of these.
    [[nodiscard]] auto operator<=>(const Refused& other) const {
      return std::tie(unit, contest, method, column, certain) <=>
             std::tie(other.unit, other.contest, other.method, other.column, other.certain);
    }
  };
  std::set<Refused> refused;
  bool repeated_rows_add = false;
  bool elsewhere_allowed = false;  // Mapping::elsewhere_allowed.
  bool unused_allowed = false;     // Mapping::unused_allowed.

  bool has_other_headers = false;  // Its rows do not all have the columns of the first header.

  // What stands in the column of times, in the rows that were not passed over. If it is more than one,
  // rows repeat each other, and of each figure one is kept: timed_results.h takes them apart.
  std::set<std::string> times;

  // Of the mapping: what fits no row, as "[option.ids] \"Ada\"".
  std::vector<std::string> unused_keys;
  // And what it only allows, and no row needed: a mask, a separator of digits. A file of another hour may, so
  // that it is told where a mapping is tried (--check), and not of each delivery.
  std::vector<std::string> idle_keys;
};

// The cells of a file that one unit's sheets are made of, or would be, in the order of the file.
struct CellTrace {
  std::string unit;  // Its id or its name.
  struct Figure {
    std::uint64_t line = 0;  // ResultsTable::line_of.
    std::string unit, contest, method, figure;
    std::string column;  // Its name, and its letter in a spreadsheet.
    std::string text;    // As it stood there.
    std::string became;  // The number, or another word.
  };
  std::vector<Figure> figures;
};

// Errors: reject import.column_missing, import.column_repeated, file.damaged (empty, or two versions in one), file.too_large,
// csv.… of the header; as of Reader.
// Everything else is a fault: import.not_a_number, import.number_too_large, import.value_missing,
// import.value_invalid, import.row_repeated, import.figure_differs, import.party_differs, csv.….
// `name`: what its file and its sheet are called, for {/file} and {/sheet}.
struct TableName {
  std::string file = {}, sheet = {};
  std::vector<std::size_t> hidden_columns = {};  // Of a sheet, from 1.
};
[[nodiscard]] Result<ResultsTable> read_results(CsvReader& csv, Mapping& mapping,
                                                const TableName& name = {});

// The same of a file as people have it: CSV in any packing, JSON, XLSX, ODS; of a zip all CSV and TSV
// files in it (or the one of them that `path` names) as one table.
// Errors: also reject file.member_unknown, file.encoding.
[[nodiscard]] Result<ResultsTable> read_results(const std::string& path, Mapping& mapping);
// Of several files, as one delivery. `trace`: may be null.
[[nodiscard]] Result<ResultsTable> read_results(std::span<const std::string> paths,
                                                Mapping& mapping, CellTrace* trace);

// Adds what another file of the same delivery holds, that was read through a mapping of its own. What
// stands in both is refused, and its sheet held.
// Errors: reject mapping.invalid (the mappings call contests of one id by two names).
[[nodiscard]] Result<void> join(ResultsTable& table, const ResultsTable& more);

// Checks that the mapping means this file: something was taken, all of its keys fit some row, and no sum is added to
// the lines of parties that it is of. What other mappings read is joined to it only then.
// Errors: reject mapping.invalid.
[[nodiscard]] Result<void> check_mapping(const ResultsTable& table, const Mapping& mapping);
// Which keys of the mapping fit no row, in words; there are some.
[[nodiscard]] std::string unused_in_words(const ResultsTable& table, const Mapping& mapping);

// Checks that nothing would be counted twice: no unit, option or method is the sum of others.
// Errors: reject mapping.invalid.
[[nodiscard]] Result<void> check_sums(const ResultsTable& table, const Mapping& mapping);

// Checks, before rules are made of `table`, that no two of its names look the same, or nearly and with the same
// figures, and that no option is called like a figure.
// Errors: reject mapping.invalid.
[[nodiscard]] Result<void> check_names(const ResultsTable& table, const Mapping& mapping);
// Names in it that differ and are nearly the same, as "Lee" and "lee": in words, for a person to look at.
[[nodiscard]] std::vector<std::string> name_doubts(const ResultsTable& table);

// The rows of `table` in the numbers of `rules`.
struct BoundResults {
  struct Row {
    UnitId unit{};
    MethodId method{};
    ContestId contest{};
    std::uint16_t column = 0;  // Option or slot, as in ResultsTable::Cell.
    bool withheld = false;
    std::uint64_t value = 0;
  };
  // One sheet, or what would be one.
  struct Key {
    UnitId unit{};
    MethodId method{};
    ContestId contest{};
    auto operator<=>(const Key&) const = default;
  };
  std::vector<Row> rows;  // By unit, method, contest, column.
  // Of which a row was refused, or may have been, and the line of the first one (ResultsTable::line_of;
  // 0: not known). Unless they are taken in part, `rows` have nothing of them.
  std::map<Key, std::uint64_t> held;
  // Figures of these sheets that the file says are not known, and of sheets that are taken in part those of refused
  // rows; what is in neither list is not mentioned.
  std::map<Key, std::set<std::uint16_t>> unknown;
};

// Adds to `table.faults`: import.unit_unknown, import.contest_unknown (also where styles say who gets the
// contest, and nobody in the unit does), import.option_unknown,
// import.method_unknown, import.party_differs.
enum class Incomplete { hold, take_in_part };
[[nodiscard]] BoundResults bind(ResultsTable& table, const Rules& rules,
                                Incomplete incomplete = Incomplete::hold);

// Takes each entry's canonical bytes in the order of sending. An error stops the writing.
using EntrySink = std::function<Result<void>(ByteView entry)>;

struct Portion {
  std::uint64_t skip = 0;
  std::uint64_t take = ~std::uint64_t{0};
};

// The order of both is that of an imagined night: units come in one after the other, small ones
// rather early, their ballots interleaved with those of some hundred others. It depends on `secret`
// and the results only, so that a portion can be sent again, or the next one after it. Both give how many
// entries there are in all (not how many the portion had).
//
// Errors: reject import.counted_from (the rules want the other kind of entry), and the sink's.
[[nodiscard]] Result<std::uint64_t> write_sheets(const BoundResults& results, const Rules& rules,
                                                 const CountId& count, ByteView secret,
                                                 const Portion& portion, const EntrySink& sink);

// One ballot a vote, each with a UUID 8 derived from `secret`, unit, method, option and a number:
// made again they are the same, byte for byte. They show nothing that the results do not.
//
// Errors: as write_sheets(); reject import.synthesise_unsupported (more than one contest on a
// ballot, votes_allowed above 1, ranked, a figure that is no vote for an option).
[[nodiscard]] Result<std::uint64_t> write_ballots(const BoundResults& results, const Rules& rules,
                                                  const CountId& count, ByteView secret,
                                                  const Portion& portion, const EntrySink& sink);

// The secret of a count's derived ids: `home`/import.key, 32 bytes, 0600, made on first use, and its
// hash in import.key.sha256. `renew`: whatever secret there was is forgotten; the one that is there
// now, or a new one, is right.
// Errors: stop import.key (cannot be made or read; is gone, or is not the one of before).
[[nodiscard]] Result<Bytes> import_secret(const std::string& home, bool renew = false);

}  // namespace teller
