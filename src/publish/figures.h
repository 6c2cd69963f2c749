// What may be said of a contest's sums, each a TotalFigure (count/total_figure.h), and what share may be shown of
// it. Whoever shows totals asks here (in C++) or shows what the pub_* views say, which a test holds to this.
// The rules, with examples: docs/design/figures.md.
//
// A *cell* is what one reporting unit says of one contest with one voting method. It is heard from
// as soon as any of its figures is known or withheld, or a card was counted there. Cells that were
// not heard from are no part of any sum.
//
// Pure; a ContestFigures may be read from any thread once it is made.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "count/total_figure.h"
#include "election/rules.h"
#include "store/count_store.h"

namespace teller {

// A share of the contest's votes or cards, as the rules have it. `of_known`: parts are missing, so
// that it is a share of what is known.
struct Share {
  double share = 0;
  bool of_known = false;
};

// One line of a table: an option, a list of parties, a candidate.
struct FigureLine {
  std::string id, name;
  std::vector<std::uint16_t> slots;  // The options that it adds up, in the order of the rules.
  TotalFigure votes;
  std::optional<Share> share;
};

// Which cells are meant; empty: all.
struct FigureScope {
  std::optional<UnitId> under = {};  // Those of this unit and of the units below it.
  std::optional<MethodId> method = {};
};

class ContestFigures {
 public:
  // `rows`: all total rows of this contest, ascending by key. `rules` and `rows` outlive it.
  ContestFigures(const Rules& rules, ContestId contest, std::span<const TotalRow> rows);

  // The figures of one unit alone.
  [[nodiscard]] ContestFigures in(UnitId unit) const;
  // The figures of these cells alone.
  [[nodiscard]] ContestFigures within(const FigureScope& scope) const;
  // Units that were heard from, ascending.
  [[nodiscard]] std::vector<UnitId> units_heard() const;

  // An option or a counter. Registered voters, which a sheet repeats for each method, are of a unit:
  // the largest of its methods.
  [[nodiscard]] TotalFigure column(std::uint16_t slot) const;
  // Several columns added up.
  [[nodiscard]] TotalFigure columns(std::span<const std::uint16_t> slots) const;
  // All options and the write-ins. Sheets need not give write-ins where the contest allows none.
  [[nodiscard]] TotalFigure votes() const { return votes_; }
  [[nodiscard]] std::optional<Share> share(const TotalFigure& figure) const;

  // The most votes first; lines without a value last; equals in the order of the rules.
  [[nodiscard]] std::vector<FigureLine> by_option() const;
  // A line for each list of parties that options have ("a+b" for a fusion or an alliance; a "+" or "%" in the
  // id of one is %2B or %25), and one
  // with the id "" and the name "No party" for options that have none: with the write-ins the lines
  // add up to the votes.
  [[nodiscard]] std::vector<FigureLine> by_party() const;
  // A line for each list of candidates: one who stands on three party lines is one line. Options
  // without a candidate (a measure, none of the above) are lines of their own.
  [[nodiscard]] std::vector<FigureLine> by_candidate() const;

  // How many reporting units were heard from, of how many.
  struct Reporting {
    std::uint32_t units = 0, of = 0;
  };
  [[nodiscard]] Reporting reporting() const;
  // "unit", or "report" where one unit reports once for each of several methods.
  [[nodiscard]] std::string_view cell_word() const;

  struct Cell {
    UnitId unit;
    MethodId method;
    bool from_sheets;
  };
  // Those that were heard from, ascending by unit and method.
  [[nodiscard]] std::span<const Cell> cells() const { return cells_; }

  enum class Known : std::uint8_t { number, withheld, unknown };
  struct Part {
    Known known = Known::number;
    std::int64_t value = 0;  // 0 unless it is a number.
  };
  // What each of cells() says of the column, one by one.
  [[nodiscard]] std::vector<Part> parts(std::uint16_t slot) const;

 private:
  ContestFigures() = default;
  void find_votes();
  [[nodiscard]] TotalFigure registered() const;
  template <typename Spell>
  [[nodiscard]] std::vector<FigureLine> lines_by(Spell spell) const;

  const Rules* rules_ = nullptr;
  ContestId contest_{};
  std::span<const TotalRow> rows_;
  std::optional<UnitId> only_;
  std::optional<UnitId> under_;
  std::vector<Cell> cells_;
  TotalFigure votes_, base_;
  bool share_of_known_ = false;  // A share of what is known may be shown.
};

// The rows of each contest among all rows of a snapshot, by contest; both ascending.
[[nodiscard]] std::vector<std::span<const TotalRow>> rows_by_contest(
    const Rules& rules, std::span<const TotalRow> rows);

// "number", "withheld" or "unknown", of one row. Only a number's value may be shown.
[[nodiscard]] std::string_view state_of(const Rules& rules, const TotalRow& row);

}  // namespace teller
