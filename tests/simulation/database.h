// A database that outlives processes and keeps transactions whole, the connections to it, which do
// not, and what the public has been shown.
#pragma once

#include <memory>
#include <variant>

#include "faults.h"
#include "home/home.h"
#include "publish/sink.h"
#include "store/store_memory.h"

namespace teller::simulation {

// What people have seen. It is never forgotten, whatever dies.
struct Public {
  std::vector<Bytes> statements;  // By number.
  std::uint64_t commit = 0;
  std::map<TotalKey, Total> totals;
};

class Database {
 public:
  explicit Database(const Home& home) : home_(&home) { restore(0); }

  [[nodiscard]] MemoryStore& store() { return *store_; }
  // How much has happened to it: what restore() takes to bring back the copy of now.
  [[nodiscard]] std::size_t size() const { return done_.size(); }
  // An older copy takes its place.
  void restore(std::size_t size);

  Result<CommitOutcome> commit(std::span<const Bytes> changes, std::int64_t at_us);
  Result<bool> put_statement(const StatementRow& row);
  Result<void> halt(std::uint16_t partition, std::string_view because);

 private:
  struct Commit {
    std::vector<Bytes> changes;
    std::int64_t at_us;
  };
  struct Halt {
    std::uint16_t partition;
    std::string because;
  };
  using Event = std::variant<Commit, StatementRow, Halt>;
  void apply(const Event& event);

  const Home* home_;
  std::vector<Event> done_;
  std::unique_ptr<MemoryStore> store_;
};

// How often a connection fails: one call in so many; 0: never.
struct StoreFaults {
  std::uint32_t away = 0;     // Refused, nothing written.
  std::uint32_t unknown = 0;  // The answer is lost, whatever was done.
};

// One process's connection.
class Connection final : public Store {
 public:
  Connection(Database& database, Faults& faults, const StoreFaults& how, const Public& seen)
      : database_(&database), faults_(&faults), how_(&how), seen_(&seen) {}

  Result<void> create(const Rules&, const Presentation&, const CountFile&) override { return {}; }
  Result<void> open(const CountFile&) override { return {}; }
  // Nobody changes names in the simulation; and how often they are read is a matter of the clock, so
  // that it must not draw from the faults.
  Result<std::uint64_t> check_made(const std::function<void(std::string)>& found) override {
    return database_->store().check_made(found);
  }
  Result<void> definition_rows(
      const DefinitionTable& table,
      const std::function<void(std::span<const DefinitionValue>)>& row) override {
    return database_->store().definition_rows(table, row);
  }
  Result<CommitOutcome> commit(std::span<const Bytes> changes, std::int64_t at_us) override;
  Result<std::vector<PartitionRow>> partitions() override;
  Result<Snapshot> snapshot() override;
  Result<Head> head() override;
  Result<Snapshot> totals_since(std::uint64_t after) override;
  Result<std::vector<StepRow>> steps(std::uint64_t after, std::uint64_t upto) override;
  Result<std::optional<StepRow>> step(std::uint16_t partition, std::uint64_t number) override;
  Result<std::vector<IncidentRow>> incidents(std::uint64_t after, std::uint64_t limit) override;
  // Nobody asks for them in the simulation.
  Result<std::vector<IncidentRow>> incidents_in(std::uint16_t, std::uint64_t,
                                                std::uint64_t) override {
    return std::vector<IncidentRow>{};
  }
  Result<std::vector<DecisionRow>> decisions(std::uint64_t after, std::uint64_t limit) override;
  Result<std::vector<DecisionRow>> stage_decisions() override;
  Result<bool> put_statement(const StatementRow& row) override;
  Result<std::optional<StatementRow>> last_statement() override;
  Result<std::vector<StatementRow>> statements(std::uint64_t first, std::uint64_t limit) override;
  Result<void> halt(std::uint16_t partition, std::string_view because) override;
  // No officer acts in the simulation.
  Result<bool> put_audit(const AuditRow&, const OfficerAction&) override { return true; }
  Result<std::vector<AuditRow>> audit(std::uint64_t, std::uint64_t) override {
    return std::vector<AuditRow>{};
  }
  Result<std::optional<AuditRow>> last_audit() override { return std::optional<AuditRow>{}; }
  Result<void> put_audit_checkpoint(const AuditCheckpoint&) override { return {}; }
  Result<std::vector<AuditCheckpoint>> audit_checkpoints() override {
    return std::vector<AuditCheckpoint>{};
  }
  // Nobody delivers in the simulation: a delivery is a sender, and its sheets come as any others.
  Result<bool> put_delivery(const DeliveryRow&, std::span<const DeliveredSheet>) override {
    return true;
  }
  Result<bool> put_delivered(std::uint64_t, std::span<const DeliveredSheet>, std::uint64_t,
                             std::optional<std::int64_t>) override {
    return true;
  }
  Result<std::vector<DeliveryRow>> deliveries(std::uint64_t, std::uint64_t) override {
    return std::vector<DeliveryRow>{};
  }
  Result<std::vector<DeliveredSheet>> delivered_sheets(std::uint64_t) override {
    return std::vector<DeliveredSheet>{};
  }
  Result<void> put_reconciliation(const ReconciliationRow&) override { return {}; }
  Result<std::optional<ReconciliationRow>> last_reconciliation() override {
    return std::optional<ReconciliationRow>{};
  }
  Result<void> skip_to(std::uint64_t) override { return {}; }
  Result<void> bind_journal(std::string_view) override { return {}; }

 private:
  template <typename Read>
  auto read(Read read) -> decltype(read(std::declval<MemoryStore&>()));
  template <typename Write>
  auto write(Write write) -> decltype(write(std::declval<Database&>()));

  Database* database_;
  Faults* faults_;
  const StoreFaults* how_;
  const Public* seen_;
};

// What shows statements and totals to the public. It holds what must never be seen: a statement
// that the store does not have, another one under a number that was seen, a hole.
class Window final : public Sink {
 public:
  Window(Public& seen, Database& database, Faults& faults, const StoreFaults& how)
      : seen_(&seen), database_(&database), faults_(&faults), how_(&how) {}

  Result<Cursor> cursor() override;
  Result<void> publish(const Publication& publication) override;
  Result<ReadBack> read_back(bool) override { return ReadBack{}; }

 private:
  [[nodiscard]] Result<void> away();
  Public* seen_;
  Database* database_;
  Faults* faults_;
  const StoreFaults* how_;
};

}  // namespace teller::simulation
