// The reports of one contest, one a cell: what each unit says of it with each method, as far as it
// is a number. publish/figures.h says whether it is one.
//
// Pure. Reads all figures of the contest at once, so that a check of 18,000 units asks for none twice.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "count/step.h"
#include "election/rules.h"
#include "publish/figures.h"

namespace teller {

class ContestReports {
 public:
  // `rules` and `rows` (all total rows of the contest, ascending) outlive it.
  ContestReports(const Rules& rules, ContestId contest, std::span<const TotalRow> rows);

  [[nodiscard]] const Rules& rules() const { return *rules_; }
  [[nodiscard]] ContestId id() const { return id_; }
  [[nodiscard]] const Contest& contest() const { return rules_->contest(id_); }
  [[nodiscard]] const ContestFigures& figures() const { return figures_; }
  [[nodiscard]] std::size_t size() const { return figures_.cells().size(); }
  [[nodiscard]] const ContestFigures::Cell& cell(std::size_t report) const {
    return figures_.cells()[report];
  }
  // The reports of one unit: [first, last).
  [[nodiscard]] std::pair<std::size_t, std::size_t> of_unit(UnitId unit) const;

  // An option or a counter; nothing where it is withheld or unknown.
  [[nodiscard]] std::optional<std::int64_t> figure(std::size_t report, std::uint16_t slot) const;
  // Nothing stands there; what is withheld is not unknown.
  [[nodiscard]] bool is_unknown(std::size_t report, std::uint16_t slot) const;
  // The report of this unit and method.
  [[nodiscard]] std::optional<std::size_t> report_of(UnitId unit, MethodId method) const;
  struct Votes {
    std::int64_t known = 0;  // Of all options and the write-ins that are numbers.
    bool all = true;         // None is missing.
    bool any = false;
  };
  [[nodiscard]] Votes votes(std::size_t report) const;
  // Votes that a card can carry.
  [[nodiscard]] std::int64_t votes_a_card() const {
    return contest().kind == ContestKind::ranked ? 1 : std::int64_t{contest().votes_allowed};
  }

  // "Place P05, Mayor", and "Place P05, Mayor, By post" where there are several methods.
  [[nodiscard]] std::string place(std::size_t report) const;
  [[nodiscard]] std::string place(UnitId unit) const;

 private:
  [[nodiscard]] const ContestFigures::Part& part(std::size_t report, std::uint16_t slot) const {
    return slot < slot::first_counter
               ? options_.at(slot)[report]
               : counters_.at(std::size_t{slot} - slot::first_counter)[report];
  }

  const Rules* rules_;
  ContestId id_;
  ContestFigures figures_;
  std::vector<std::vector<ContestFigures::Part>> options_, counters_;  // By slot, then by report.
};

}  // namespace teller
