#pragma once

#include <map>
#include <mutex>

#include "store/store.h"

namespace teller {

// Keeps what is committed for as long as the process lives: for tests and the simulator. The
// plainest reading of the contract. Safe from any thread.
class MemoryStore : public Store {
 public:
  [[nodiscard]] Result<void> create(const Rules& rules, const Presentation& presentation,
                                    const CountFile& count) override;
  [[nodiscard]] Result<void> open(const CountFile& count) override;
  [[nodiscard]] Result<void> definition_rows(
      const DefinitionTable& table,
      const std::function<void(std::span<const DefinitionValue>)>& row) override;
  [[nodiscard]] Result<std::uint64_t> check_made(const std::function<void(std::string)>&) override {
    return 0;  // It is made of what the compiler holds.
  }
  [[nodiscard]] Result<CommitOutcome> commit(std::span<const Bytes> changes,
                                             std::int64_t committed_at_us) override;
  [[nodiscard]] Result<std::vector<PartitionRow>> partitions() override;
  [[nodiscard]] Result<Snapshot> snapshot() override;
  [[nodiscard]] Result<Head> head() override;
  [[nodiscard]] Result<Snapshot> totals_since(std::uint64_t after) override;
  [[nodiscard]] Result<std::vector<StepRow>> steps(std::uint64_t after,
                                                   std::uint64_t upto) override;
  [[nodiscard]] Result<std::optional<StepRow>> step(std::uint16_t partition,
                                                    std::uint64_t number) override;
  [[nodiscard]] Result<std::vector<IncidentRow>> incidents(std::uint64_t after_commit,
                                                           std::uint64_t limit) override;
  [[nodiscard]] Result<std::vector<IncidentRow>> incidents_in(std::uint16_t partition,
                                                              std::uint64_t from,
                                                              std::uint64_t to) override;
  [[nodiscard]] Result<std::vector<DecisionRow>> decisions(std::uint64_t after_commit,
                                                           std::uint64_t limit) override;
  [[nodiscard]] Result<std::vector<DecisionRow>> stage_decisions() override;
  [[nodiscard]] Result<bool> put_statement(const StatementRow& row) override;
  [[nodiscard]] Result<std::optional<StatementRow>> last_statement() override;
  [[nodiscard]] Result<std::vector<StatementRow>> statements(std::uint64_t first,
                                                             std::uint64_t limit) override;
  [[nodiscard]] Result<void> halt(std::uint16_t partition, std::string_view because) override;
  [[nodiscard]] Result<bool> put_audit(const AuditRow& row, const OfficerAction& action) override;
  [[nodiscard]] Result<std::vector<AuditRow>> audit(std::uint64_t first,
                                                    std::uint64_t limit) override;
  [[nodiscard]] Result<std::optional<AuditRow>> last_audit() override;
  [[nodiscard]] Result<void> put_audit_checkpoint(const AuditCheckpoint& checkpoint) override;
  [[nodiscard]] Result<std::vector<AuditCheckpoint>> audit_checkpoints() override;
  [[nodiscard]] Result<bool> put_delivery(const DeliveryRow& row,
                                          std::span<const DeliveredSheet> sheets) override;
  [[nodiscard]] Result<bool> put_delivered(std::uint64_t number,
                                           std::span<const DeliveredSheet> sheets,
                                           std::uint64_t unchanged,
                                           std::optional<std::int64_t> settled_at_us) override;
  [[nodiscard]] Result<std::vector<DeliveryRow>> deliveries(std::uint64_t first,
                                                            std::uint64_t limit) override;
  [[nodiscard]] Result<std::vector<DeliveredSheet>> delivered_sheets(
      std::uint64_t delivery) override;
  [[nodiscard]] Result<void> put_reconciliation(const ReconciliationRow& row) override;
  [[nodiscard]] Result<std::optional<ReconciliationRow>> last_reconciliation() override;
  [[nodiscard]] Result<void> skip_to(std::uint64_t commit) override;
  [[nodiscard]] Result<void> bind_journal(std::string_view journal_id) override;

 private:
  [[nodiscard]] std::string status_of_decisions() const;
  [[nodiscard]] std::vector<IncidentRow> incidents_where(
      const std::function<bool(const IncidentRow&)>& wanted) const;
  // The tables of told_tables.h but the timeline, of which it keeps none. False: it is none of them.
  [[nodiscard]] Result<bool> told_rows(
      const DefinitionTable& table,
      const std::function<void(std::span<const DefinitionValue>)>& row) const;
  std::mutex mutex_;
  std::optional<CountId> count_;
  std::optional<Rules> rules_;
  Presentation shown_;
  CountFile file_;
  Head head_;
  Hash presentation_{};
  std::string journal_id_;
  std::vector<PartitionRow> partitions_;
  std::vector<AuditRow> audit_;
  std::vector<AuditCheckpoint> audit_checkpoints_;
  std::map<EntryPlace, EntryPlace> replays_;          // Rejected entry, its second copy.
  std::map<EntryPlace, std::uint64_t> replay_lines_;  // Of a second copy its audit line.
  std::map<TotalKey, TotalRow> totals_;
  std::vector<StepRow> steps_;
  std::vector<IncidentRow> incidents_;
  struct DecreaseAt {
    std::uint16_t partition = 0;
    std::uint64_t step = 0, place = 0, commit = 0;
    FigureDecrease figure;
  };
  std::vector<DecreaseAt> decreases_;
  std::vector<DecisionRow> decisions_;  // As they were committed.
  std::vector<StatementRow> statements_;
  std::optional<ReconciliationRow> reconciliation_;
  std::vector<DeliveryRow> deliveries_;                 // By number.
  std::vector<std::vector<DeliveredSheet>> delivered_;  // Of each of them.
};

}  // namespace teller
