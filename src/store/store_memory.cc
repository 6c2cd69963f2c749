#include "store/store_memory.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"
#include "store/cell_moves.h"
#include "store/commit_check.h"
#include "store/told_tables.h"

namespace teller {
namespace {

std::unexpected<Error> other() {
  return fail(Remedy::reject, "count.other", "this store holds another count");
}

}  // namespace

Result<void> MemoryStore::create(const Rules& rules, const Presentation& presentation,
                                 const CountFile& count) {
  const std::scoped_lock lock(mutex_);
  if (count_) return *count_ == count.id ? Result<void>{} : other();
  count_ = count.id;
  rules_ = rules;
  shown_ = presentation;
  file_ = count;
  presentation_ = presentation.hash();
  for (std::uint16_t i = 0; i < count.partitions; ++i) {
    partitions_.emplace_back().partition = i;
  }
  return {};
}

Result<void> MemoryStore::open(const CountFile& count) {
  const std::scoped_lock lock(mutex_);
  if (!count_) return fail(Remedy::reject, "count.none", "this store holds no count yet");
  if (!(*count_ == count.id)) return other();
  return {};
}

Result<void> MemoryStore::definition_rows(
    const DefinitionTable& table,
    const std::function<void(std::span<const DefinitionValue>)>& row) {
  const std::scoped_lock lock(mutex_);
  check(count_.has_value(), "a store is created before it is used");
  if (table.name == cells_table().name) {
    std::vector<TotalRow> rows;
    for (const auto& [key, total] : totals_) rows.push_back(total);
    for (const CellMove& cell : cells_of(rows)) row(row_of_cell(cell));
    return {};
  }
  const auto told = told_rows(table, row);
  if (!told) return std::unexpected(told.error());
  if (*told) return {};
  const auto values = teller::definition_rows(table, *rules_, shown_, file_);
  for (std::size_t at = 0; at < values.size(); at += table.columns.size()) {
    row(std::span(values).subspan(at, table.columns.size()));
  }
  return {};
}

Result<bool> MemoryStore::told_rows(
    const DefinitionTable& table,
    const std::function<void(std::span<const DefinitionValue>)>& row) const {
  const auto give = [&](const auto&... values) {
    const DefinitionValue columns[] = {DefinitionValue(values)...};
    row(columns);
  };
  const auto n = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };
  if (table.name == timeline_table().name) {
    return fail(Remedy::reject, "store.older", "a store in memory keeps no figures over time");
  }
  if (table.name == steps_table().name) {
    auto rows = steps_;
    std::ranges::sort(rows, {},
                      [](const StepRow& one) { return std::pair(one.partition, one.number); });
    for (const StepRow& step : rows) give(n(step.partition), n(step.number), n(step.commit));
    return true;
  }
  if (table.name == incidents_table().name) {
    auto rows = incidents_;
    std::ranges::sort(rows, {}, [](const IncidentRow& one) {
      return EntryPlace{one.partition, one.incident.position, one.incident.index};
    });
    for (const auto& [partition, commit, i, again] : rows) {
      const bool conflict = i.outcome == Outcome::conflict;
      const std::string reason(conflict ? std::string_view() : code_of(i.reason).text());
      give(n(partition), n(i.position), n(i.index), to_text(i.outcome), std::string_view(reason),
           as_text(i.id.bytes), as_text(i.leaf),
           conflict ? DefinitionValue(as_text(i.counted)) : DefinitionValue(), n(commit));
    }
    return true;
  }
  if (table.name == falls_table().name) {
    auto rows = decreases_;
    std::ranges::sort(rows, {}, [](const DecreaseAt& one) {
      return std::tuple(one.partition, one.step, one.place);
    });
    for (const DecreaseAt& f : rows) {
      const TotalKey& key = f.figure.key;
      give(n(f.partition), n(f.step), n(f.place), n(f.commit), n(key.contest.value), n(key.slot),
           n(key.unit.value), n(key.method.value), n(f.figure.before), n(f.figure.after),
           std::string_view(f.figure.reason));
    }
    return true;
  }
  if (table.name == decisions_table().name) {
    auto rows = decisions_;
    std::ranges::sort(rows, {}, [](const DecisionRow& one) {
      return std::tuple(one.partition, one.step, one.place);
    });
    for (const DecisionRow& d : rows) {
      give(n(d.partition), n(d.step), n(d.place), n(d.commit), std::string_view(d.action),
           n(d.number), std::string_view(d.reason), std::string_view(d.officers),
           d.statement ? DefinitionValue(n(*d.statement)) : DefinitionValue(), as_text(d.entry));
    }
    return true;
  }
  if (table.name != replays_table().name) return false;
  std::map<EntryPlace, EntryPlace> by_copy;
  for (const auto& [rejected, again] : replays_) by_copy.emplace(again, rejected);
  for (const auto& [again, rejected] : by_copy) {
    give(n(again.partition), n(again.position), n(again.index), n(rejected.partition),
         n(rejected.position), n(rejected.index), n(replay_lines_.at(again)));
  }
  return true;
}

Result<CommitOutcome> MemoryStore::commit(std::span<const Bytes> changes,
                                          std::int64_t committed_at_us) {
  const std::scoped_lock lock(mutex_);
  check(count_.has_value(), "a store is created before it is used");
  const auto decoded = decode_changes(changes, *count_, partitions_.size());
  if (!decoded) return std::unexpected(decoded.error());
  CommitOutcome outcome{head_.commit, {}};
  std::map<TotalKey, TotalRow> moved;
  std::vector<const Change*> accepted;
  for (const Change& change : *decoded) {
    if (auto refusal = refusal_of(change, partitions_[change.partition])) {
      outcome.verdicts.push_back({false, *refusal});
      continue;
    }
    outcome.verdicts.push_back({true, {}});
    outcome.commit = head_.commit + 1;
    accepted.push_back(&change);
    for (const TotalChange& total : change.totals) {
      const auto before = totals_.find(total.key);
      TotalRow& row =
          moved.try_emplace(total.key, before == totals_.end() ? TotalRow{} : before->second)
              .first->second;
      row.key = total.key;
      row.total += total.by;
      row.changed_at_commit = outcome.commit;
    }
  }
  for (const auto& [key, row] : moved) {
    const auto is_flag = [](std::int8_t value) { return value == 0 || value == 1; };
    if (row.total.value < 0 || !is_flag(row.total.known) || !is_flag(row.total.withheld)) {
      return fail(Remedy::stop, "store.io", "a total would fall below zero");
    }
  }
  if (accepted.empty()) return outcome;

  for (const auto& [key, row] : moved) totals_[key] = row;
  for (const Change* change : accepted) {
    PartitionRow& row = partitions_[change->partition];
    row.committed = change->after();
    row.outcomes += change->outcomes;
    steps_.push_back({change->partition, change->number, change->from, change->to, outcome.commit,
                      change->log_size, change->root, change->segment});
    for (const Incident& incident : change->incidents) {
      incidents_.push_back({change->partition, outcome.commit, incident});
    }
    for (std::size_t i = 0; i < change->decreases.size(); ++i) {
      decreases_.push_back(
          {change->partition, change->number, i, outcome.commit, change->decreases[i]});
    }
    std::ranges::move(decision_rows(*change, outcome.commit), std::back_inserter(decisions_));
  }
  head_.status = status_of_decisions();
  head_.commit = outcome.commit;
  head_.committed_at_us = committed_at_us;
  return outcome;
}

Result<std::vector<PartitionRow>> MemoryStore::partitions() {
  const std::scoped_lock lock(mutex_);
  return partitions_;
}

Result<Snapshot> MemoryStore::snapshot() { return totals_since(0); }

Result<Head> MemoryStore::head() {
  const std::scoped_lock lock(mutex_);
  return head_;
}

Result<Snapshot> MemoryStore::totals_since(std::uint64_t after) {
  const std::scoped_lock lock(mutex_);
  Snapshot snapshot{head_, presentation_, partitions_, {}};
  for (const auto& [key, row] : totals_) {
    if (row.changed_at_commit > after) snapshot.totals.push_back(row);
  }
  return snapshot;
}

Result<std::vector<StepRow>> MemoryStore::steps(std::uint64_t after, std::uint64_t upto) {
  const std::scoped_lock lock(mutex_);
  std::vector<StepRow> rows;
  for (const StepRow& row : steps_) {
    if (row.commit > after && row.commit <= upto) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const StepRow& a, const StepRow& b) {
    return std::pair(a.partition, a.number) < std::pair(b.partition, b.number);
  });
  return rows;
}

Result<std::optional<StepRow>> MemoryStore::step(std::uint16_t partition, std::uint64_t number) {
  const std::scoped_lock lock(mutex_);
  for (const StepRow& row : steps_) {
    if (row.partition == partition && row.number == number) return row;
  }
  return std::nullopt;
}

Result<std::vector<IncidentRow>> MemoryStore::incidents(std::uint64_t after_commit,
                                                        std::uint64_t limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<IncidentRow> rows =
      incidents_where([&](const IncidentRow& row) { return row.commit > after_commit; });
  std::size_t size = std::min<std::size_t>(limit, rows.size());
  while (size > 0 && size < rows.size() && rows[size].commit == rows[size - 1].commit) ++size;
  rows.resize(size);
  return rows;
}

Result<std::vector<IncidentRow>> MemoryStore::incidents_in(std::uint16_t partition,
                                                           std::uint64_t from, std::uint64_t to) {
  const std::scoped_lock lock(mutex_);
  return incidents_where([&](const IncidentRow& row) {
    return row.partition == partition && row.incident.position >= from &&
           row.incident.position < to;
  });
}

Result<std::vector<DecisionRow>> MemoryStore::decisions(std::uint64_t after_commit,
                                                        std::uint64_t limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<DecisionRow> rows;
  for (const DecisionRow& row : decisions_) {
    if (row.commit <= after_commit) continue;
    if (rows.size() >= limit && row.commit != rows.back().commit) break;
    rows.push_back(row);
  }
  return rows;
}

Result<std::vector<DecisionRow>> MemoryStore::stage_decisions() {
  const std::scoped_lock lock(mutex_);
  std::vector<DecisionRow> rows;
  std::ranges::copy_if(decisions_, std::back_inserter(rows), &DecisionRow::about_stage);
  std::ranges::sort(rows, {},
                    [](const DecisionRow& row) { return std::pair(row.partition, row.number); });
  return rows;
}

std::string MemoryStore::status_of_decisions() const {
  std::map<std::uint16_t, std::pair<std::uint32_t, std::string>> last;  // Number and action.
  for (const DecisionRow& row : decisions_) {
    auto& kept = last[row.partition];
    if (row.number > kept.first) kept = {row.number, row.action};
  }
  const auto certified =
      std::ranges::count_if(last, [](const auto& of) { return of.second.second == "certify"; });
  return static_cast<std::size_t>(certified) == partitions_.size() ? "official" : "unofficial";
}

// By commit and place, with what was recorded anew.
std::vector<IncidentRow> MemoryStore::incidents_where(
    const std::function<bool(const IncidentRow&)>& wanted) const {
  std::vector<IncidentRow> rows;
  for (const IncidentRow& row : incidents_) {
    if (!wanted(row)) continue;
    rows.push_back(row);
    const auto again = replays_.find({row.partition, row.incident.position, row.incident.index});
    if (again != replays_.end()) rows.back().replayed_as = again->second;
  }
  const auto place = [](const IncidentRow& row) {
    return std::tuple(row.commit, row.partition, row.incident.position, row.incident.index);
  };
  std::ranges::sort(rows, {}, place);
  return rows;
}

Result<bool> MemoryStore::put_statement(const StatementRow& row) {
  const std::scoped_lock lock(mutex_);
  for (const StatementRow& kept : statements_) {
    if (kept.number == row.number) return false;
  }
  statements_.push_back(row);
  return true;
}

Result<std::optional<StatementRow>> MemoryStore::last_statement() {
  const std::scoped_lock lock(mutex_);
  if (statements_.empty()) return std::nullopt;
  return statements_.back();
}

Result<std::vector<StatementRow>> MemoryStore::statements(std::uint64_t first,
                                                          std::uint64_t limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<StatementRow> rows;
  for (const StatementRow& row : statements_) {
    if (row.number >= first && rows.size() < limit) rows.push_back(row);
  }
  return rows;
}

Result<void> MemoryStore::halt(std::uint16_t partition, std::string_view because) {
  const std::scoped_lock lock(mutex_);
  partitions_.at(partition).halted = true;
  partitions_.at(partition).halted_because = because;
  return {};
}

Result<bool> MemoryStore::put_audit(const AuditRow& row, const OfficerAction& action) {
  const std::scoped_lock lock(mutex_);
  if (row.number != audit_.size()) return false;
  audit_.push_back(row);
  if (action.resumed) {
    partitions_.at(*action.resumed).halted = false;
    partitions_.at(*action.resumed).halted_because.clear();
  }
  for (const Replay& replay : action.replays) {
    if (replays_.emplace(replay.rejected, replay.again).second) {
      replay_lines_.emplace(replay.again, row.number);
    }
  }
  return true;
}

Result<std::vector<AuditRow>> MemoryStore::audit(std::uint64_t first, std::uint64_t limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<AuditRow> rows;
  for (const AuditRow& row : audit_) {
    if (row.number >= first && rows.size() < limit) rows.push_back(row);
  }
  return rows;
}

Result<std::optional<AuditRow>> MemoryStore::last_audit() {
  const std::scoped_lock lock(mutex_);
  if (audit_.empty()) return std::nullopt;
  return audit_.back();
}

Result<void> MemoryStore::put_audit_checkpoint(const AuditCheckpoint& checkpoint) {
  const std::scoped_lock lock(mutex_);
  const auto at =
      std::ranges::lower_bound(audit_checkpoints_, checkpoint.size, {}, &AuditCheckpoint::size);
  if (at == audit_checkpoints_.end() || at->size != checkpoint.size) {
    audit_checkpoints_.insert(at, checkpoint);
  }
  return {};
}

Result<std::vector<AuditCheckpoint>> MemoryStore::audit_checkpoints() {
  const std::scoped_lock lock(mutex_);
  return audit_checkpoints_;
}

Result<bool> MemoryStore::put_delivery(const DeliveryRow& row,
                                       std::span<const DeliveredSheet> sheets) {
  const std::scoped_lock lock(mutex_);
  if (row.number != deliveries_.size() + 1) return false;
  deliveries_.push_back(row);
  delivered_.emplace_back(sheets.begin(), sheets.end());
  return true;
}

Result<bool> MemoryStore::put_delivered(std::uint64_t number,
                                        std::span<const DeliveredSheet> sheets,
                                        std::uint64_t unchanged,
                                        std::optional<std::int64_t> settled_at_us) {
  const std::scoped_lock lock(mutex_);
  if (number == 0 || number > deliveries_.size()) return false;
  DeliveryRow& row = deliveries_[number - 1];
  if (row.settled_at_us) return false;
  row.unchanged = unchanged;
  row.settled_at_us = settled_at_us;
  delivered_[number - 1].assign(sheets.begin(), sheets.end());
  return true;
}

Result<std::vector<DeliveryRow>> MemoryStore::deliveries(std::uint64_t first, std::uint64_t limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<DeliveryRow> rows;
  for (const DeliveryRow& row : deliveries_) {
    if (row.number >= first && rows.size() < limit) rows.push_back(row);
  }
  return rows;
}

Result<std::vector<DeliveredSheet>> MemoryStore::delivered_sheets(std::uint64_t delivery) {
  const std::scoped_lock lock(mutex_);
  if (delivery == 0 || delivery > delivered_.size()) return std::vector<DeliveredSheet>{};
  auto rows = delivered_[delivery - 1];
  std::ranges::sort(rows, {}, [](const DeliveredSheet& sheet) {
    return std::tuple(sheet.unit, sheet.method, sheet.contest);
  });
  return rows;
}

Result<void> MemoryStore::put_reconciliation(const ReconciliationRow& row) {
  const std::scoped_lock lock(mutex_);
  ReconciliationRow now = row;
  if (reconciliation_) now.refused.merge(reconciliation_->refused);
  reconciliation_ = std::move(now);
  return {};
}

Result<std::optional<ReconciliationRow>> MemoryStore::last_reconciliation() {
  const std::scoped_lock lock(mutex_);
  return reconciliation_;
}

Result<void> MemoryStore::skip_to(std::uint64_t commit) {
  const std::scoped_lock lock(mutex_);
  head_.commit = std::max(head_.commit, commit);
  return {};
}

Result<void> MemoryStore::bind_journal(std::string_view journal_id) {
  const std::scoped_lock lock(mutex_);
  if (!journal_id_.empty() && journal_id_ != journal_id) {
    return fail(Remedy::reject, "journal.other", "the positions belong to another journal");
  }
  journal_id_ = journal_id;
  return {};
}

}  // namespace teller
