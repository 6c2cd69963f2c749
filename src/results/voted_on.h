// Where contests are voted on, as far as ballot styles say it. Of a contest nothing is known if a style of it names no
// units: it may be everywhere, or (an empty list) that of units which add up cards of others.
//
// Not thread-safe: what was asked once is kept. Called by bind_results.cc and by deliver/plan.cc.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "election/rules.h"

namespace teller {

class VotedOn {
 public:
  // `rules` outlives it.
  explicit VotedOn(const Rules& rules);

  // Whether some voter in `unit` gets `contest`, or nobody knows.
  [[nodiscard]] bool in(UnitId unit, ContestId contest);
  // "no ballot style of the rules gives Mayor to voters of P1"
  [[nodiscard]] static std::string not_in(std::string_view unit, std::string_view contest);

 private:
  [[nodiscard]] std::vector<bool> around(const std::set<UnitId>& given) const;

  const Rules& rules_;
  std::vector<std::set<UnitId>> given_in_;     // By contest; empty: nothing is known.
  std::vector<std::vector<bool>> by_contest_;  // By unit; made when first asked.
};

}  // namespace teller
