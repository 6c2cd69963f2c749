// What is committed, in one SQLite file: WAL, synchronous=FULL, so that a commit that returned is
// on the disk. One writer (the engine's committer); readers open the file for themselves.
// Safe from any thread: one lock, one connection.
#pragma once

#include <filesystem>
#include <memory>

#include "store/store.h"

namespace teller {

namespace sqlite {
struct Connection;  // store_sqlite_connection.h
}

class SqliteStore final : public Store {
 public:
  // Opens a file that is there; `read_only` never changes it, not even the tables of an older
  // program. Nothing is ever made by opening: a store that was lost must not come back empty.
  // Errors: stop store.io, reject file.missing.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open_file(
      const std::filesystem::path& path, bool read_only = false);
  // The same, and makes the file if it is not there: for who makes a count, or makes one anew of
  // what was published.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> make_file(
      const std::filesystem::path& path);
  ~SqliteStore() override;

  [[nodiscard]] Result<void> create(const Rules& rules, const Presentation& presentation,
                                    const CountFile& count) override;
  [[nodiscard]] Result<void> open(const CountFile& count) override;
  [[nodiscard]] Result<void> definition_rows(
      const DefinitionTable& table,
      const std::function<void(std::span<const DefinitionValue>)>& row) override;
  [[nodiscard]] Result<std::uint64_t> check_made(
      const std::function<void(std::string)>& found) override;
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
  explicit SqliteStore(std::unique_ptr<sqlite::Connection> connection);
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open_with(
      const std::filesystem::path& path, int flags, bool read_only);
  std::unique_ptr<sqlite::Connection> connection_;
};

}  // namespace teller
