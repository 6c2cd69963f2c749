#include "publish/publisher.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/fail_point.h"
#include "base/random.h"
#include "log/merkle.h"
#include "publish/audit_line.h"
#include "publish/digest.h"
#include "publish/stated.h"
#include "publish/statement.h"
#include "publish/status.h"
#include "publish/unstated.h"
#include "store/definition_check.h"
#include "store/each_audit_line.h"
#include "store/each_incident.h"
#include "store/each_statement.h"

namespace teller {

Result<void> Publisher::catch_up_log() {
  return for_each_statement(*store_, log_.size(), [&](StatementRow row) -> Result<void> {
    if (row.number != log_.size()) {
      return fail(Remedy::stop, "log.rollback",
                  fmt::format("statement {} is missing from the store", log_.size()));
    }
    log_.append(leaf_hash(row.bytes));
    last_ = std::move(row);
    return {};
  });
}

Result<bool> Publisher::state(const Snapshot& snapshot) {
  const std::uint64_t stated = last_ ? last_->commit : 0;
  if (snapshot.head.commit < std::max(stated, published_commit_)) {
    return fail(Remedy::stop, "log.rollback",
                fmt::format("commit {} has been stated or shown to readers, but the store is at "
                            "commit {}: an older copy was restored; nothing is signed",
                            std::max(stated, published_commit_), snapshot.head.commit));
  }
  // Nothing new; only a count that never had a statement begins with an empty one.
  if (last_ && snapshot.head.commit == stated) return false;
  const auto steps = store_->steps(stated, snapshot.head.commit);
  if (!steps) return std::unexpected(steps.error());

  Statement statement;
  statement.count = definition_.count->id;
  statement.number = log_.size();
  if (last_) statement.previous = sha256(last_->bytes);
  statement.commit = snapshot.head.commit;
  statement.time_us = snapshot.head.committed_at_us;
  statement.rules = definition_.rules->hash();
  statement.count_file = definition_.count->hash();
  statement.presentation = snapshot.presentation;
  statement.mode = to_text(definition_.count->mode);
  statement.status = snapshot.head.status;
  statement.policy = definition_.count->publication;
  for (const PartitionRow& row : snapshot.partitions) {
    statement.partitions.push_back({row.partition, row.committed});
  }
  statement.steps = sha256(as_bytes(to_text(*steps)));
  statement.digest = digest_of(definition_.rules->hash(), snapshot.totals);
  const auto random = random_bytes();
  std::copy_n(random.begin(), statement.random.size(), statement.random.begin());

  const std::string text = to_text(statement);
  check(text.size() <= statement_bytes_max, "a statement fits into its limit");
  StatementRow row;
  row.number = statement.number;
  row.commit = statement.commit;
  row.bytes.assign(text.begin(), text.end());
  CompactRange log = log_;
  log.append(leaf_hash(row.bytes));
  row.checkpoint =
      signer_->sign(to_text(Checkpoint{definition_.count->origin, log.size(), log.root()}));
  fail_point("publisher.before_statement");
  auto put = store_->put_statement(row);
  if (!put) return std::unexpected(put.error());
  fail_point("publisher.after_statement");
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
  const auto take = [&](const AuditRow& row) -> Result<void> {
    const auto line = parse_audit_line(as_text(row.bytes));
    if (!line || row.number != audit_.size() || line->number != row.number ||
        line->previous != audit_previous_ || !(line->count == definition_.count->id)) {
      return corrupt(fmt::format(
          "audit line {} is not one of ours, or does not follow the one before it", row.number));
    }
    audit_.append(leaf_hash(row.bytes));
    audit_previous_ = sha256(row.bytes);
    if (audit_.size() != audit_checkpoint_.size) return {};
    const auto before = open_checkpoint(audit_checkpoint_.note, definition_.count->public_key);
    if (!before || before->root != audit_.root() || before->size != audit_.size()) {
      return corrupt(
          fmt::format("the first {} audit lines are not those that were signed", audit_.size()));
    }
    return {};
  };
  if (auto read = for_each_audit_line(*store_, audit_.size(), take); !read) return read;
  if (audit_.size() < audit_checkpoint_.size) {
    return corrupt(fmt::format("of {} audit lines that were signed {} are left",
                               audit_checkpoint_.size, audit_.size()));
  }
  if (audit_.size() == audit_checkpoint_.size) return {};
  AuditCheckpoint next{audit_.size(),
                       signer_->sign(to_text(Checkpoint{audit_origin(*definition_.count),
                                                        audit_.size(), audit_.root()}))};
  // Ed25519 gives the same bytes for the same lines: whoever else publishes has signed just this.
  if (auto put = store_->put_audit_checkpoint(next); !put) return put;
  audit_checkpoint_ = std::move(next);
  return {};
}

// The sinks are asked before the store: a statement is in the store before a sink can have it.
Result<void> Publisher::check_published() {
  for (Reader& reader : readers_) {
    if (reader.asked) continue;
    const auto cursor = reader.sink->cursor();
    reader.asked = cursor.has_value();
    reader.away = cursor ? std::nullopt : std::optional(cursor.error());
    if (cursor) {
      published_ = std::max(published_, cursor->statements);
      published_commit_ = std::max(published_commit_, cursor->commit);
    }
  }
  // What this object has read may be gone from the store by now.
  std::uint64_t stored = log_.size();
  if (last_) {
    const auto ours = store_->statements(last_->number, 1);
    if (!ours) return std::unexpected(ours.error());
    if (ours->empty() || ours->front().bytes != last_->bytes) stored = last_->number;
  }
  if (stored == log_.size()) {
    if (auto caught = catch_up_log(); !caught) return caught;
    stored = log_.size();
  }
  if (std::max(published_, log_.size()) > stored) {
    return fail(Remedy::stop, "log.rollback",
                fmt::format("{} statements have been published, the store has {}: an older copy "
                            "was restored; nothing is signed. Run `teller recover`",
                            std::max(published_, log_.size()), stored));
  }
  if (!readers_.empty() && std::ranges::none_of(readers_, &Reader::asked)) {
    return std::unexpected(*readers_.front().away);
  }
  return {};
}

// Those up to the last one that this object knows, each with the steps since the one before it.
Result<void> Publisher::add_statements(Publication& publication, std::uint64_t first) {
  if (first > last_->number) return {};
  std::uint64_t after = 0;
  if (first > 0) {
    const auto before = store_->statements(first - 1, 1);
    if (!before) return std::unexpected(before.error());
    if (!before->empty()) after = before->front().commit;
  }
  return for_each_statement(*store_, first, [&](StatementRow row) -> Result<void> {
    if (row.number > last_->number) return {};
    auto steps = store_->steps(after, row.commit);
    if (!steps) return std::unexpected(steps.error());
    publication.steps.push_back(std::move(*steps));
    after = row.commit;
    publication.statements.push_back(std::move(row));
    return {};
  });
}

Result<void> Publisher::publish_to(Sink& sink, const Snapshot* stated) {
  const auto cursor = sink.cursor();
  if (!cursor) return std::unexpected(cursor.error());
  if (cursor->commit >= last_->commit && cursor->statements > last_->number &&
      cursor->audit >= audit_checkpoint_.size) {
    return {};
  }
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
    if (auto decided = check_status(publication.snapshot.head, *definition_.count, *store_);
        !decided)
      return decided;
    // A status that was decided since is stated first, and then shown.
    if (const auto last = parse_statement(as_text(last_->bytes))) {
      publication.snapshot.head.status = last->status;
    }
  }
  auto read = for_each_incident(*store_, cursor->commit, [&](const IncidentRow& row) {
    if (row.commit <= publication.snapshot.head.commit) publication.incidents.push_back(row);
  });
  if (!read) return read;
  if (auto added = add_statements(publication, cursor->statements); !added) return added;
  if (cursor->audit < audit_checkpoint_.size) {
    auto lines = store_->audit(cursor->audit, audit_checkpoint_.size - cursor->audit);
    if (!lines) return std::unexpected(lines.error());
    publication.audit = std::move(*lines);
    publication.audit_checkpoint = audit_checkpoint_;
  }
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

Result<void> Publisher::check_beside(const Head& head) {
  if (auto decided = check_status(head, *definition_.count, *store_); !decided) return decided;
  using std::chrono::steady_clock;
  const auto began = steady_clock::now();
  if (began < names_due_) return {};
  const auto names =
      check_definition(*definition_.rules, *presentation_, *definition_.count, *store_);
  if (!names) return std::unexpected(names.error());
  if (!names->good()) {
    return fail(Remedy::stop, "store.definition",
                fmt::format("{}: nothing is signed or published", names->differences.front()));
  }
  const auto took = steady_clock::now() - began;
  names_due_ = began + std::max<steady_clock::duration>(std::chrono::seconds(5), 20 * took);
  return {};
}

// Nothing is signed on top of totals that changed while nobody looked.
Result<void> Publisher::begin() {
  if (began_) return {};
  const auto taken = store_->snapshot();
  if (!taken) return std::unexpected(taken.error());
  if (auto good = check_beside(taken->head); !good) return good;
  if (auto same = check_stated(*definition_.rules, *taken, *store_); !same) return same;
  if (segments_ != nullptr) {
    if (auto same = check_unstated(definition_, *taken, *store_, *segments_); !same) return same;
  }
  began_ = true;
  return {};
}

Result<Publisher::Pass> Publisher::run_once() {
  if (auto good = check_published(); !good) return std::unexpected(good.error());
  auto head = store_->head();
  if (!head) return std::unexpected(head.error());
  if (auto good = check_beside(*head); !good) return std::unexpected(good.error());
  Pass pass;
  std::optional<Snapshot> snapshot;
  if (auto good = begin(); !good) return std::unexpected(good.error());
  if (!last_ || head->commit != last_->commit) {
    // What readers have by now must be in the store before anything new is signed: another
    // publisher may have shown them more than this one ever read.
    for (Reader& reader : readers_) reader.asked = false;
    if (auto good = check_published(); !good) return std::unexpected(good.error());
    auto taken = store_->snapshot();
    if (!taken) return std::unexpected(taken.error());
    if (auto decided = check_status(taken->head, *definition_.count, *store_); !decided) {
      return std::unexpected(decided.error());
    }
    if (auto good = check_keys(*definition_.rules, *taken); !good) {
      return std::unexpected(good.error());
    }
    const auto stated = state(*taken);
    if (!stated) return std::unexpected(stated.error());
    pass.stated = *stated;
    if (*stated) snapshot = std::move(*taken);
  }
  pass.commit = last_ ? last_->commit : 0;
  if (auto signed_audit = sign_audit(); !signed_audit) {
    if (signed_audit.error().code != Code("audit.corrupt"))
      return std::unexpected(signed_audit.error());
    pass.audit = signed_audit.error();
  }
  if (!last_) return pass;
  const auto held_back = is_held_back(*definition_.count, *store_);
  if (!held_back) return std::unexpected(held_back.error());
  pass.held_back = *held_back;
  if (!pass.held_back) publish(snapshot ? &*snapshot : nullptr, pass.sinks_behind);
  return pass;
}

}  // namespace teller
