#include "host/publisher.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "base/fail_point.h"
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
  fail_point("publisher.before_statement");
  auto put = store_->put_statement(row);
  fail_point("publisher.after_statement");
  if (!put) return std::unexpected(put.error());
  if (!*put) return false;  // Another publisher was first; the next pass reads theirs.
  log_ = std::move(log);
  last_ = std::move(row);
  return true;
}

void Publisher::publish(std::vector<Error>& behind) {
  for (const auto& sink : sinks_) {
    const auto attempt = [&]() -> Result<void> {
      const auto cursor = sink->cursor();
      if (!cursor) return std::unexpected(cursor.error());
      if (last_ && cursor->commit >= last_->commit && cursor->statements > last_->number) return {};
      auto totals = store_->totals_since(cursor->commit);
      if (!totals) return std::unexpected(totals.error());
      auto incidents = store_->incidents(cursor->commit, 100'000);
      if (!incidents) return std::unexpected(incidents.error());
      auto statements = store_->statements(cursor->statements, 10'000);
      if (!statements) return std::unexpected(statements.error());
      return sink->publish({std::move(*totals), std::move(*incidents), std::move(*statements)});
    };
    if (auto done = attempt(); !done) behind.push_back(done.error());
  }
}

Result<Publisher::Pass> Publisher::run_once() {
  if (auto caught = catch_up_log(); !caught) return std::unexpected(caught.error());
  auto head = store_->head();
  if (!head) return std::unexpected(head.error());
  Pass pass;
  if (!last_ || head->commit != last_->commit) {
    const auto snapshot = store_->snapshot();
    if (!snapshot) return std::unexpected(snapshot.error());
    const auto stated = state(*snapshot);
    if (!stated) return std::unexpected(stated.error());
    pass.stated = *stated;
  }
  pass.commit = last_ ? last_->commit : 0;
  publish(pass.sinks_behind);
  return pass;
}

}  // namespace teller
