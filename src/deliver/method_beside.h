// Votes of one unit and contest by another method that add up, or are, the same votes: "Total" beside the election day
// and the absentees, or a method whose figures are the sum of some others'. Each would be counted twice.
//
// What always holds: it is asked of first figures beside those that stand and that the delivery does not mention. What
// stands together in one file, the check of its mapping has seen (results/sums.h), or a person has said what it is.
// Pure. Called by plan.cc.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "deliver/delivery.h"
#include "deliver/standing_sheets.h"
#include "election/rules.h"
#include "results/import.h"

namespace teller {

class MethodBeside {
 public:
  MethodBeside(const Delivery& delivery, const StandingSheets& standing, const Rules& rules);

  // Why the votes of this sheet would be counted twice, in words; nothing: they would not.
  [[nodiscard]] std::optional<std::string> why(const SheetKey& key) const;

 private:
  using Place = std::pair<UnitId, ContestId>;
  struct Votes {
    std::set<MethodId> fresh,
        stand;  // Those that the delivery brings first; those that it does not mention.
  };

  void find_places(const Delivery& delivery, const StandingSheets& standing);
  void refuse_totals();
  void refuse_sums(const Delivery& delivery, const StandingSheets& standing);
  // `beside` stands there, and `says` what of it, or of `method`, makes them the same votes.
  void refuse(const Place& place, MethodId method, MethodId beside, const std::string& says);

  const Rules& rules_;
  std::map<Place, Votes> places_;  // Those at which a method comes beside another one.
  std::map<SheetKey, std::string> why_;
};

}  // namespace teller
