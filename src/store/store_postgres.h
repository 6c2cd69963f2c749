// The store of the service form: PostgreSQL, with the tables of schema/sql/postgres.
//
// Always true:
//   - A commit is one transaction that begins by locking the head row. Whoever holds that row is
//     the only writer of totals; two owners of a partition queue there, and the second is refused.
//   - What is lost before COMMIT was sent has changed nothing (retry store.unavailable). What is
//     lost after it is unknown (abort store.unknown), whatever the server's last words were: it may
//     say "terminated" after it committed.
//   - A reading is one REPEATABLE READ transaction: all of it is true at one commit.
//   - One connection, made when it is first needed and again after it was lost.
//
// The Spark driver commits as teller_writer, `teller publish` and `teller reconcile` read, and
// store what they say, as teller_publisher, `teller init` creates as teller_owner, `teller api`
// delivers, takes decisions and typed sheets as teller_deliverer. Safe from any thread; calls wait for each other.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "store/approval_rows.h"
#include "store/entered_rows.h"
#include "store/store.h"

namespace teller {

namespace postgres {
class Session;  // store_postgres_session.h
struct AsMade;  // store_postgres_made.h
}  // namespace postgres

// How long a server that says nothing is waited for. One that is stopped, or behind a network that
// swallows, keeps its connections for ever: its kernel goes on to acknowledge.
struct PostgresPatience {
  // After that it is asked over a second connection: one that answers there is only slow.
  std::chrono::milliseconds ask_after{10'000};
  // In any case. Above the server's own limit of a statement.
  std::chrono::milliseconds silence_max{75'000};
};

// How lines come into the audit log: as its owner, or as an account that may add lines of persons'
// requests alone (schema/sql/017_entered_sheets.sql).
enum class AuditLines { all, of_requests };

class PostgresStore final : public Store, public ApprovalRows, public EnteredRows {
 public:
  // `conninfo` as libpq has it: "host=… dbname=… user=… passfile=… sslmode=verify-full …".
  explicit PostgresStore(std::string conninfo, PostgresPatience patience = {},
                         AuditLines lines = AuditLines::all);
  ~PostgresStore() override;

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
  [[nodiscard]] Result<std::vector<Row>> waiting() override;
  [[nodiscard]] Result<std::optional<std::string>> read_waiting(const std::string& id) override;
  [[nodiscard]] Result<bool> put_waiting(const std::string& id, const std::string& text,
                                         const std::optional<Hash>& before) override;
  [[nodiscard]] Result<bool> remove_waiting(const std::string& id,
                                            const std::optional<Hash>& only) override;
  [[nodiscard]] std::string called(const std::string& place) const override;
  [[nodiscard]] Result<std::vector<EnteredRow>> entered(bool with_texts) override;
  [[nodiscard]] Result<std::optional<EnteredRow>> read_entered(const std::string& place) override;
  [[nodiscard]] Result<bool> put_entered(const EnteredRow& row,
                                         const std::optional<Hash>& before) override;
  // How many of them are open; teller_publisher may ask it too.
  [[nodiscard]] Result<std::uint64_t> entered_open();
  // Deletes all of them; as teller_owner.
  [[nodiscard]] Result<void> remove_entered();
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
  const AuditLines lines_;
  std::unique_ptr<postgres::Session> session_;
  std::unique_ptr<postgres::AsMade> as_made_;  // The session's lock is its own.
};

}  // namespace teller
