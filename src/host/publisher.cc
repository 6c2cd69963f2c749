#include "host/publisher.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "publish/audit_line.h"
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

// Only a log that we have read whole, line after line, and that holds everything that was signed
// before, is signed again.
Result<void> Publisher::sign_audit() {
  const auto corrupt = [](const std::string& what) {
    return fail(Remedy::stop, "audit.corrupt", what + "; the audit log is not signed any more");
  };
  if (!audit_read_) {
    const auto checkpoints = store_->audit_checkpoints();
    if (!checkpoints) return std::unexpected(checkpoints.error());
    if (!checkpoints->empty()) audit_checkpoint_ = checkpoints->back();
    audit_read_ = true;
  }
  for (;;) {
    const auto rows = store_->audit(audit_.size(), 1000);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) break;
    for (const AuditRow& row : *rows) {
      const auto line = parse_audit_line(as_text(row.bytes));
      if (!line || row.number != audit_.size() || line->number != row.number ||
          line->previous != audit_previous_ || !(line->count == home_->count.id)) {
        return corrupt("audit line " + std::to_string(row.number) +
                       " is not one of ours, or does not follow the one before it");
      }
      audit_.append(leaf_hash(row.bytes));
      audit_previous_ = sha256(row.bytes);
      if (audit_.size() != audit_checkpoint_.size) continue;
      const auto text = open_note(audit_checkpoint_.note, home_->count.public_key);
      const auto before = text ? parse_checkpoint(*text) : std::unexpected(text.error());
      if (!before || before->root != audit_.root() || before->size != audit_.size()) {
        return corrupt("the first " + std::to_string(audit_.size()) +
                       " audit lines are not those that were signed");
      }
    }
  }
  if (audit_.size() < audit_checkpoint_.size) {
    return corrupt("of " + std::to_string(audit_checkpoint_.size) +
                   " audit lines that were signed " + std::to_string(audit_.size()) + " are left");
  }
  if (audit_.size() == audit_checkpoint_.size) return {};
  AuditCheckpoint next{
      audit_.size(),
      signer_->sign(to_text(Checkpoint{audit_origin(home_->count), audit_.size(), audit_.root()}))};
  // Ed25519 gives the same bytes for the same lines: whoever else publishes has signed just this.
  if (auto put = store_->put_audit_checkpoint(next); !put) return put;
  audit_checkpoint_ = std::move(next);
  return {};
}

void Publisher::publish(std::vector<Error>& behind) {
  for (const auto& sink : sinks_) {
    const auto attempt = [&]() -> Result<void> {
      const auto cursor = sink->cursor();
      if (!cursor) return std::unexpected(cursor.error());
      if (last_ && cursor->commit >= last_->commit && cursor->statements > last_->number &&
          cursor->audit >= audit_checkpoint_.size) {
        return {};
      }
      auto totals = store_->totals_since(cursor->commit);
      if (!totals) return std::unexpected(totals.error());
      auto incidents = store_->incidents(cursor->commit, 100'000);
      if (!incidents) return std::unexpected(incidents.error());
      auto statements = store_->statements(cursor->statements, 10'000);
      if (!statements) return std::unexpected(statements.error());
      Publication publication{std::move(*totals), std::move(*incidents), std::move(*statements)};
      if (cursor->audit < audit_checkpoint_.size) {
        auto lines = store_->audit(cursor->audit, audit_checkpoint_.size - cursor->audit);
        if (!lines) return std::unexpected(lines.error());
        publication.audit = std::move(*lines);
        publication.audit_checkpoint = audit_checkpoint_;
      }
      return sink->publish(publication);
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
  if (auto signed_audit = sign_audit(); !signed_audit) {
    if (signed_audit.error().code != "audit.corrupt") return std::unexpected(signed_audit.error());
    pass.audit = signed_audit.error();
  }
  publish(pass.sinks_behind);
  return pass;
}

}  // namespace teller
