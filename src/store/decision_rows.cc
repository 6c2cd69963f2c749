#include "store/decision_rows.h"

#include "base/check.h"
#include "election/decisions.h"

namespace teller {

std::vector<DecisionRow> decision_rows(const Change& change, std::uint64_t commit) {
  std::vector<DecisionRow> rows;
  for (const Bytes& entry : change.decisions) {
    const auto read = read_control(entry, change.count);
    check(read.has_value(), "a change has no decision that cannot be read");
    const Control& control = std::get<Control>(read->body);
    DecisionRow& row = rows.emplace_back();
    row.partition = change.partition;
    row.step = change.number;
    row.place = static_cast<std::uint32_t>(rows.size() - 1);
    row.commit = commit;
    row.action = to_text(control.action);
    row.reason = control.reason;
    for (const Control::Signature& signature : control.signatures) {
      if (!row.officers.empty()) row.officers += ", ";
      row.officers += signature.officer;
    }
    row.number = control.number;
    if (control.action == Control::Action::certify) row.statement = control.certified.statement;
    row.entry = entry;
  }
  return rows;
}

}  // namespace teller
