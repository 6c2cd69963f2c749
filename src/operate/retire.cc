#include "operate/retire.h"

#include <algorithm>

#include "publish/audit_line.h"
#include "publish/statement.h"
#include "verify/verify_audit.h"

namespace teller {
namespace {

std::unexpected<Error> open(const std::string& what) {
  return fail(Remedy::reject, "retire.open", what + "; nothing was deleted");
}

Result<void> is_certified(Store& store) {
  const auto head = store.head();
  if (!head) return std::unexpected(head.error());
  if (head->status != "official") {
    return fail(Remedy::reject, "policy.not_certified",
                "the count is " + head->status +
                    " and not certified; its journal is kept, nothing was deleted");
  }
  const auto row = store.last_statement();
  if (!row) return std::unexpected(row.error());
  const auto last = *row ? parse_statement(as_text((*row)->bytes))
                         : fail(Remedy::reject, "retire.unstated", "there is no statement");
  if (!last || last->status != head->status || last->commit != head->commit) {
    return fail(Remedy::reject, "retire.unstated",
                "no statement says yet that commit " + std::to_string(head->commit) +
                    " is official; publish it first. Nothing was deleted");
  }
  return {};
}

Result<void> agrees(const RetireParts& parts) {
  const auto result = parts.reconcile();
  if (!result) return std::unexpected(result.error());
  if (!result->good()) {
    return open(result->differences.front().what + ": " + result->differences.front().where);
  }
  for (const ReconcileLine& line : result->lines) {
    if (line.agreement != Agreement::same) {
      return open(line.what + ": " + std::string(to_text(line.agreement)) + " (" + line.note + ")");
    }
  }
  return {};
}

}  // namespace

Result<bool> retire_began(AuditStore& store) {
  const auto rows = all_audit_lines(store);
  if (!rows) return std::unexpected(rows.error());
  return std::ranges::any_of(*rows, [](const AuditRow& row) {
    const auto line = parse_audit_line(as_text(row.bytes));
    return line && line->action == "retire";
  });
}

Result<Retired> retire(const RetireParts& parts, AuditEntry person) {
  if (auto certified = is_certified(*parts.store); !certified) {
    return std::unexpected(certified.error());
  }
  if (auto same = agrees(parts); !same) return std::unexpected(same.error());

  const auto rows = parts.store->partitions();
  if (!rows) return std::unexpected(rows.error());
  Retired done;
  std::string ends;  // "partition 0 position 17", a line each.
  for (const PartitionRow& row : *rows) {
    const std::string partition = "partition " + std::to_string(row.partition);
    const auto end = parts.journal->end(row.partition);
    if (!end) return std::unexpected(end.error());
    if (row.halted || *end != row.committed.position) {
      return open(partition + " has records that are not counted");
    }
    ends += partition + " position " + std::to_string(*end) + "\n";
    done.records += *end;
  }

  person.subject = "the order of arrival: " + std::to_string(done.records) + " records in " +
                   std::to_string(rows->size()) + " partitions";
  person.before = sha256(as_bytes(ends));
  person.after = {};
  const auto line = write_audit(parts.home->count, *parts.store, *parts.clock, person);
  if (!line) return std::unexpected(line.error());
  done.audit_line = *line;
  const std::string because =
      "retired after certification (audit line " + std::to_string(*line) + ")\n" + ends;
  if (auto removed = parts.remove(because); !removed) return std::unexpected(removed.error());
  return done;
}

}  // namespace teller
