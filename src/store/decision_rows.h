// The rows that a change's decisions become, for every adapter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "count/step.h"

namespace teller {

// A decision of officers, as the table `decisions` has it. `entry` alone is evidence: the other
// members are what it says, for who reads tables.
struct DecisionRow {
  std::uint16_t partition = 0;
  std::uint64_t step = 0;
  std::uint32_t place = 0;
  std::uint64_t commit = 0;
  std::string action, reason, officers;
  std::uint32_t number = 0;  // 0: about a ballot.
  std::optional<std::uint64_t> statement = {};
  Bytes entry;
  [[nodiscard]] bool about_stage() const { return number > 0; }
};

// decode_change() let the change through, so that each of its decisions can be read.
[[nodiscard]] std::vector<DecisionRow> decision_rows(const Change& change, std::uint64_t commit);

// SQL of both databases: the status that the decisions of the table give.
inline constexpr const char* set_status_sql =
    "update head set status = case when partitions = (select count(*) from decisions d where "
    "d.action = 'certify' and d.number = (select max(x.number) from decisions x where "
    "x.partition = d.partition)) then 'official' else 'unofficial' end";

}  // namespace teller
