#include "operate/retire.h"

#include <algorithm>

#include <fmt/format.h>

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
                fmt::format("no statement says yet that commit {} is official; publish it first. "
                            "Nothing was deleted",
                            head->commit));
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

Result<bool> retire_began(AuditStore& store) { return has_audit_line(store, "retire"); }

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
    const std::string partition = fmt::format("partition {}", row.partition);
    const auto end = parts.journal->end(row.partition);
    if (!end) return std::unexpected(end.error());
    if (row.halted || *end != row.committed.position) {
      return open(partition + " has records that are not counted");
    }
    ends += fmt::format("{} position {}\n", partition, *end);
    done.records += *end;
  }

  person.subject =
      fmt::format("the order of arrival: {} records in {} partitions", done.records, rows->size());
  person.before = sha256(as_bytes(ends));
  person.after = {};
  const auto line = write_audit(parts.home->count, *parts.store, *parts.clock, person);
  if (!line) return std::unexpected(line.error());
  done.audit_line = *line;
  const std::string because =
      fmt::format("retired after certification (audit line {})\n{}", *line, ends);
  if (auto removed = parts.remove(because); !removed) return std::unexpected(removed.error());
  return done;
}

}  // namespace teller
