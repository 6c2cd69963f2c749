#include "database.h"

namespace teller::simulation {
namespace {

std::unexpected<Error> is_away() {
  return fail(Remedy::retry, "store.unavailable", "simulated: the store is away");
}
std::unexpected<Error> is_unknown() {
  return fail(Remedy::abort, "store.unknown", "simulated: the answer was lost");
}

}  // namespace

void Database::apply(const Event& event) {
  if (const auto* commit = std::get_if<Commit>(&event)) {
    (void)store_->commit(commit->changes, commit->at_us);
  } else if (const auto* row = std::get_if<StatementRow>(&event)) {
    (void)store_->put_statement(*row);
  } else {
    const auto& halt = std::get<Halt>(event);
    (void)store_->halt(halt.partition, halt.because);
  }
}

void Database::restore(std::size_t size) {
  store_ = std::make_unique<MemoryStore>();
  must(store_->create(home_->rules, home_->presentation, home_->count).has_value(),
       "a new store can be made");
  done_.resize(size);
  for (const Event& event : done_) apply(event);
}

Result<CommitOutcome> Database::commit(std::span<const Bytes> changes, std::int64_t at_us) {
  auto outcome = store_->commit(changes, at_us);
  if (outcome) done_.emplace_back(Commit{{changes.begin(), changes.end()}, at_us});
  return outcome;
}

Result<bool> Database::put_statement(const StatementRow& row) {
  auto put = store_->put_statement(row);
  if (put && *put) done_.emplace_back(row);
  return put;
}

Result<void> Database::halt(std::uint16_t partition, std::string_view because) {
  done_.emplace_back(Halt{partition, std::string(because)});
  return store_->halt(partition, because);
}

template <typename Read>
auto Connection::read(Read read) -> decltype(read(std::declval<MemoryStore&>())) {
  faults_->reached();
  if (how_->away > 0 && faults_->one_in(4 * how_->away)) return is_away();
  return read(database_->store());
}

template <typename Write>
auto Connection::write(Write write) -> decltype(write(std::declval<Database&>())) {
  faults_->reached();
  if (how_->away > 0 && faults_->one_in(how_->away)) return is_away();
  if (how_->unknown > 0 && faults_->one_in(how_->unknown)) {
    if (faults_->one_in(2)) (void)write(*database_);
    return is_unknown();
  }
  auto result = write(*database_);
  faults_->reached();
  return result;
}

Result<CommitOutcome> Connection::commit(std::span<const Bytes> changes, std::int64_t at_us) {
  return write([&](Database& to) { return to.commit(changes, at_us); });
}
Result<std::vector<PartitionRow>> Connection::partitions() {
  return read([](MemoryStore& store) { return store.partitions(); });
}
Result<Snapshot> Connection::snapshot() {
  return read([](MemoryStore& store) { return store.snapshot(); });
}
Result<Head> Connection::head() {
  return read([](MemoryStore& store) { return store.head(); });
}
Result<Snapshot> Connection::totals_since(std::uint64_t after) {
  return read([&](MemoryStore& store) { return store.totals_since(after); });
}
Result<std::vector<StepRow>> Connection::steps(std::uint64_t after, std::uint64_t upto) {
  return read([&](MemoryStore& store) { return store.steps(after, upto); });
}
Result<std::optional<StepRow>> Connection::step(std::uint16_t partition, std::uint64_t number) {
  return read([&](MemoryStore& store) { return store.step(partition, number); });
}
Result<std::vector<IncidentRow>> Connection::incidents(std::uint64_t after, std::uint64_t limit) {
  return read([&](MemoryStore& store) { return store.incidents(after, limit); });
}
Result<std::vector<DecisionRow>> Connection::decisions(std::uint64_t after, std::uint64_t limit) {
  return read([&](MemoryStore& store) { return store.decisions(after, limit); });
}
Result<std::vector<DecisionRow>> Connection::stage_decisions() {
  return read([](MemoryStore& store) { return store.stage_decisions(); });
}
Result<std::optional<StatementRow>> Connection::last_statement() {
  return read([](MemoryStore& store) { return store.last_statement(); });
}
Result<std::vector<StatementRow>> Connection::statements(std::uint64_t first, std::uint64_t limit) {
  return read([&](MemoryStore& store) { return store.statements(first, limit); });
}
Result<void> Connection::halt(std::uint16_t partition, std::string_view because) {
  return write([&](Database& to) { return to.halt(partition, because); });
}

Result<bool> Connection::put_statement(const StatementRow& row) {
  // Whatever the public has seen stands in the store; else it is an older copy, and what is signed
  // now can contradict what was signed.
  must(database_->store().statements(0, 1'000'000)->size() >= seen_->statements.size(),
       "a statement was signed on a store that is behind what the public has seen");
  return write([&](Database& to) { return to.put_statement(row); });
}

Result<void> Window::away() {
  faults_->reached();
  if (how_->away > 0 && faults_->one_in(how_->away)) {
    return fail(Remedy::retry, "sink.unavailable", "simulated: the reader is away");
  }
  return {};
}

Result<Sink::Cursor> Window::cursor() {
  if (auto here = away(); !here) return std::unexpected(here.error());
  return Cursor{seen_->commit, seen_->statements.size()};
}

Result<void> Window::publish(const Publication& publication) {
  if (auto here = away(); !here) return here;
  const auto stored = database_->store().statements(0, 1'000'000);
  for (const StatementRow& row : publication.statements) {
    const std::string name = "statement " + std::to_string(row.number);
    must(row.number <= seen_->statements.size(), name + " was shown, and one before it was not");
    must(row.number < stored->size() && (*stored)[row.number].bytes == row.bytes,
         name + " was shown, and the store does not have it");
    if (row.number < seen_->statements.size()) {
      must(seen_->statements[row.number] == row.bytes, name + " was shown as two different ones");
    } else {
      seen_->statements.push_back(row.bytes);
    }
    if (how_->away > 0 && faults_->one_in(8 * how_->away)) {
      return fail(Remedy::retry, "sink.partial", "simulated: the reader went away half-way");
    }
  }
  const std::uint64_t commit = publication.snapshot.head.commit;
  if (commit >= seen_->commit) {
    for (const TotalRow& row : publication.snapshot.totals) seen_->totals[row.key] = row.total;
    seen_->commit = commit;
  }
  faults_->reached();
  return {};
}

}  // namespace teller::simulation
