#include "host/publisher.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "publish/digest.h"

namespace teller {

Result<void> Publisher::catch_up_log() {
  for (;;) {
    auto rows = store_->statements(log_.size(), 1000);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    for (StatementRow& row : *rows) {
      if (row.number != log_.size()) {
        return fail(Remedy::stop, "log.rollback",
                    "statement " + std::to_string(log_.size()) + " is missing from the store");
      }
      log_.append(leaf_hash(row.bytes));
      last_ = std::move(row);
    }
  }
}

Result<bool> Publisher::state(const Snapshot& snapshot) {
  const std::uint64_t stated = last_ ? last_->commit : 0;
  if (snapshot.head.commit < stated) {
    return fail(Remedy::stop, "log.rollback",
                "statement " + std::to_string(last_->number) + " speaks of commit " +
                    std::to_string(stated) + ", but the store is at commit " +
                    std::to_string(snapshot.head.commit) +
                    ": an older copy was restored; nothing is signed");
  }
  // Nothing new; only a count that never had a statement begins with an empty one.
  if (last_ && snapshot.head.commit == stated) return false;
  const auto steps = store_->steps(stated, snapshot.head.commit);
  if (!steps) return std::unexpected(steps.error());

  Statement statement;
  statement.count = home_->count.id;
  statement.number = log_.size();
  if (last_) statement.previous = sha256(last_->bytes);
  statement.commit = snapshot.head.commit;
  statement.time_us = snapshot.head.committed_at_us;
  statement.rules = home_->rules.hash();
  statement.count_file = home_->count.hash();
  statement.presentation = snapshot.presentation;
  statement.mode = to_text(home_->count.mode);
  statement.status = snapshot.head.status;
  statement.policy = home_->count.publication;
  for (const PartitionRow& row : snapshot.partitions) {
    statement.partitions.push_back({row.partition, row.committed});
  }
  statement.steps = sha256(as_bytes(to_text(*steps)));
  statement.digest = digest_of(home_->rules.hash(), snapshot.totals);
  const auto random = Signer::new_seed();
  std::copy_n(random.begin(), statement.random.size(), statement.random.begin());

  const std::string text = to_text(statement);
  check(text.size() <= statement_bytes_max, "a statement fits into its limit");
  StatementRow row;
  row.number = statement.number;
  row.commit = statement.commit;
  row.bytes.assign(text.begin(), text.end());
  CompactRange log = log_;
  log.append(leaf_hash(row.bytes));
  row.checkpoint = signer_->sign(to_text(Checkpoint{home_->count.origin, log.size(), log.root()}));
  auto put = store_->put_statement(row);
  if (!put) return std::unexpected(put.error());
  if (!*put) return false;  // Another publisher was first; the next pass reads theirs.
  log_ = std::move(log);
  last_ = std::move(row);
  return true;
}

// The sinks are asked before the store: a statement is in the store before a sink can have it.
Result<void> Publisher::check_published() {
  for (Reader& reader : readers_) {
    if (reader.asked) continue;
    const auto cursor = reader.sink->cursor();
    reader.asked = cursor.has_value();
    reader.away = cursor ? std::nullopt : std::optional(cursor.error());
    if (cursor) published_ = std::max(published_, cursor->statements);
  }
  if (auto caught = catch_up_log(); !caught) return caught;
  if (published_ > log_.size()) {
    return fail(Remedy::stop, "log.rollback",
                std::to_string(published_) + " statements have been published, the store has " +
                    std::to_string(log_.size()) +
                    ": an older copy was restored; nothing is signed. Run `teller recover`");
  }
  if (!readers_.empty() && std::ranges::none_of(readers_, &Reader::asked)) {
    return std::unexpected(*readers_.front().away);
  }
  return {};
}

Result<void> Publisher::publish_to(Sink& sink, const Snapshot* stated) {
  const auto cursor = sink.cursor();
  if (!cursor) return std::unexpected(cursor.error());
  if (cursor->commit >= last_->commit && cursor->statements > last_->number) return {};
  Publication publication;
  if (stated != nullptr) {
    publication.snapshot = *stated;
    std::erase_if(publication.snapshot.totals,
                  [&](const TotalRow& row) { return row.changed_at_commit <= cursor->commit; });
  } else {
    auto totals = store_->totals_since(cursor->commit);
    if (!totals) return std::unexpected(totals.error());
    publication.snapshot = std::move(*totals);
    // The store went on meanwhile: the next pass states that, and publishes it.
    if (publication.snapshot.head.commit != last_->commit) return {};
  }
  auto incidents = store_->incidents(cursor->commit, 100'000);
  if (!incidents) return std::unexpected(incidents.error());
  std::erase_if(*incidents, [&](const Store::IncidentRow& row) {
    return row.commit > publication.snapshot.head.commit;
  });
  publication.incidents = std::move(*incidents);
  auto statements = store_->statements(cursor->statements, 10'000);
  if (!statements) return std::unexpected(statements.error());
  std::erase_if(*statements, [&](const StatementRow& row) { return row.number > last_->number; });
  std::uint64_t after = 0;
  if (cursor->statements > 0 && !statements->empty()) {
    const auto before = store_->statements(cursor->statements - 1, 1);
    if (!before) return std::unexpected(before.error());
    if (!before->empty()) after = before->front().commit;
  }
  for (const StatementRow& row : *statements) {
    auto steps = store_->steps(after, row.commit);
    if (!steps) return std::unexpected(steps.error());
    publication.steps.push_back(std::move(*steps));
    after = row.commit;
  }
  publication.statements = std::move(*statements);
  return sink.publish(publication);
}

void Publisher::publish(const Snapshot* stated, std::vector<Error>& behind) {
  for (const Reader& reader : readers_) {
    // Not asked twice in one pass: a server that does not answer costs seconds.
    Result<void> done;
    if (!reader.asked) {
      done = std::unexpected(*reader.away);
    } else {
      done = publish_to(*reader.sink, stated);
    }
    if (!done) behind.push_back(done.error());
  }
}

Result<Publisher::Pass> Publisher::run_once() {
  if (auto good = check_published(); !good) return std::unexpected(good.error());
  auto head = store_->head();
  if (!head) return std::unexpected(head.error());
  Pass pass;
  std::optional<Snapshot> snapshot;
  if (!last_ || head->commit != last_->commit) {
    auto taken = store_->snapshot();
    if (!taken) return std::unexpected(taken.error());
    const auto stated = state(*taken);
    if (!stated) return std::unexpected(stated.error());
    pass.stated = *stated;
    if (*stated) snapshot = std::move(*taken);
  }
  pass.commit = last_ ? last_->commit : 0;
  if (last_) publish(snapshot ? &*snapshot : nullptr, pass.sinks_behind);
  return pass;
}

}  // namespace teller
