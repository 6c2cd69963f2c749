#include "verify/evidence_store.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "publish/audit_line.h"
#include "publish/status.h"
#include "store/cell_moves.h"
#include "store/definition_check.h"
#include "store/each_audit_line.h"
#include "store/told_tables.h"
#include "verify/verify.h"

namespace teller {

std::uint64_t StoreEvidence::leaves() const {
  std::uint64_t sum = 0;
  for (const PartitionRow& row : snapshot_.partitions) sum += row.committed.log_size;
  return sum;
}

Result<std::vector<StatementRow>> StoreEvidence::statements(std::uint64_t first,
                                                            std::uint64_t limit) {
  auto rows = store_->statements(first, limit);
  if (!rows) return rows;
  std::erase_if(*rows, [&](const StatementRow& row) { return row.commit > snapshot_.head.commit; });
  return rows;
}

Result<std::vector<StepRow>> StoreEvidence::steps(std::uint64_t, std::uint64_t after,
                                                  std::uint64_t upto) {
  return store_->steps(after, upto);
}

Result<std::vector<StepRow>> StoreEvidence::unstated(std::uint64_t after) {
  return store_->steps(after, snapshot_.head.commit);
}

Result<Bytes> StoreEvidence::segment(const StepRow& step, const Committed&) {
  return segments_->get(step.partition, step.number, step.segment);
}

Result<void> StoreEvidence::compare_definition(Findings& findings) {
  const auto definition = check_definition(*rules_, *presentation_, *count_, *store_);
  if (!definition) return std::unexpected(definition.error());
  for (const std::string& what : definition->differences) {
    findings.found(Check::definition, what);
  }
  findings.more += definition->more;
  if (snapshot_.presentation != presentation_->hash()) {
    findings.found(Check::definition, "presentation.json is not the one that the store holds");
  }
  const auto decided = check_status(snapshot_.head, *count_, *store_);
  if (!decided && decided.error().code != Code("status.undecided")) {
    return std::unexpected(decided.error());
  }
  if (!decided) findings.found(Check::definition, decided.error().detail);
  return {};
}

// A commit holds at least one step. Only recovery leaves numbers out: those that readers have seen
// and nobody can count again; it says so in the audit log.
Result<void> StoreEvidence::compare_commit(const Counted& counted, Findings& findings) {
  const std::uint64_t said = snapshot_.head.commit;
  if (said == counted.commit) return {};
  const auto recovered = has_audit_line(*store_, audit_recover);
  if (!recovered) return std::unexpected(recovered.error());
  if (said < counted.commit || !*recovered) {
    findings.found(Check::counted_again,
                   fmt::format("the store says commit {}, its last step is of commit {}", said,
                               counted.commit));
  }
  return {};
}

// What the views of units and areas are made of beside the totals. Read behind the snapshot, so that
// it is held only if nothing was committed meanwhile.
Result<void> StoreEvidence::compare_cells(Findings& findings) {
  const std::vector<CellMove> ours = cells_of(snapshot_.totals);
  auto at = ours.begin();
  std::optional<CellMove> wrong;
  auto read = store_->definition_rows(cells_table(), [&](std::span<const DefinitionValue> row) {
    const CellMove there = cell_of_row(row);
    const CellMove nothing{.contest = there.contest, .unit = there.unit, .method = there.method};
    if (wrong || there == nothing) return;
    if (at == ours.end() || there != *at) {
      wrong = there;
    } else {
      ++at;
    }
  });
  // An older program kept none, and showed none.
  if (!read && read.error().code == Code("store.older")) return {};
  if (!read) return read;
  if (!wrong && at != ours.end()) wrong = *at;
  if (!wrong) return {};
  const auto head = store_->head();
  if (!head) return std::unexpected(head.error());
  if (head->commit != snapshot_.head.commit) return {};
  findings.found(
      Check::totals,
      fmt::format("contest {}, unit {}: what is known there (cells) differs from the totals",
                  wrong->contest.value,
                  wrong->unit.value < rules_->units.size() ? rules_->units[wrong->unit.value].id
                                                           : std::to_string(wrong->unit.value)));
  return {};
}

// Which entries were recorded anew, and where: the audit line that did it has the hash of that.
Result<void> StoreEvidence::compare_replays(Findings& findings) {
  std::map<std::int64_t, std::string> told;
  auto read = store_->definition_rows(replays_table(), [&](std::span<const DefinitionValue> row) {
    const auto n = [&](std::size_t at) {
      const auto* number = std::get_if<std::int64_t>(&row[at]);
      return number == nullptr ? -1 : *number;
    };
    told[n(6)] += fmt::format("{} {} {} {} {} {}\n", n(3), n(4), n(5), n(0), n(1), n(2));
  });
  if (!read && read.error().code != Code("store.older")) return read;
  const auto differs = [&](auto line) {
    findings.found(
        Check::definition,
        fmt::format("replays, audit_number {}: they are not those that this audit line names, "
                    "by their partition, position, place and as_partition, as_position, "
                    "as_place ",
                    line));
  };
  read = for_each_audit_line(*store_, 0, [&](const AuditRow& row) -> Result<void> {
    const auto line = parse_audit_line(as_text(row.bytes));
    if (!line || line->action != audit_replayed) return {};
    const auto found = told.find(static_cast<std::int64_t>(row.number));
    if (sha256(as_bytes(found == told.end() ? std::string() : found->second)) != line->after) {
      differs(row.number);
    }
    if (found != told.end()) told.erase(found);
    return {};
  });
  for (const auto& [line, rows] : told) differs(line);
  return read;
}

Result<void> StoreEvidence::compare(const Counted& counted, Findings& findings) {
  if (auto compared = compare_definition(findings); !compared) return compared;
  if (auto compared = compare_replays(findings); !compared) return compared;
  findings.not_here(Check::tiles);
  findings.not_here(Check::files);
  for (const PartitionRow& row : snapshot_.partitions) {
    const std::string name = fmt::format("partition {}", row.partition);
    if (row.outcomes.counted != row.committed.log_size) {
      findings.found(Check::outcomes, name + ": counted and the number of leaves differ");
    }
    if (counted.complete && row.partition < counted.at.size() &&
        !(counted.at[row.partition] == row.committed)) {
      findings.found(Check::counted_again, name + ": the store is not where its steps lead");
    }
  }
  if (counted.authentic && counted.last && counted.last->commit == snapshot_.head.commit &&
      counted.last->presentation != snapshot_.presentation) {
    findings.found(Check::presentation, "the store holds another presentation than is stated");
  }
  if (!counted.complete) return {};
  if (auto commit = compare_commit(counted, findings); !commit) return commit;
  if (auto cells = compare_cells(findings); !cells) return cells;
  if (auto told = told_.compare(counted.times, findings); !told) return told;
  const auto differs = [&](const TotalKey& key) {
    findings.found(
        Check::totals,
        fmt::format("contest {}, slot {}, unit {}: the store and the count done again differ",
                    key.contest.value, key.slot,
                    key.unit.value < rules_->units.size() ? rules_->units[key.unit.value].id
                                                          : std::to_string(key.unit.value)));
  };
  auto again = counted.totals.begin();
  for (const TotalRow& row : snapshot_.totals) {
    if (row.total.is_zero()) continue;
    while (again != counted.totals.end() && again->total.is_zero()) ++again;
    if (again == counted.totals.end() || !(again->key == row.key) || !(again->total == row.total)) {
      differs(row.key);
      return {};
    }
    ++again;
  }
  while (again != counted.totals.end() && again->total.is_zero()) ++again;
  if (again != counted.totals.end()) differs(again->key);
  return {};
}

Result<Verification> verify(const Rules& rules, const CountFile& count,
                            const Presentation& presentation, Store& store, Segments& segments,
                            const VerifyProgress& progress) {
  auto snapshot = store.snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  StoreEvidence evidence(rules, count, presentation, store, segments, std::move(*snapshot));
  return verify(rules, count, evidence, progress);
}

}  // namespace teller
