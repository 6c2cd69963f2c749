#include "operate/store_recovery.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "log/merkle.h"
#include "publish/digest.h"
#include "publish/statement.h"
#include "store/each_statement.h"
#include "verify/evidence_export.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> unusable(std::string what) {
  return fail(Remedy::reject, "recover.published", std::move(what));
}

bool same_step(const StepRow& a, const StepRow& b) {
  return a.number == b.number && a.from == b.from && a.to == b.to && a.log_size == b.log_size &&
         a.root == b.root && a.segment == b.segment;
}

Committed after(const StepRow& row) { return {row.number, row.to, row.log_size, row.root}; }

// Brings the numbers of one home and one folder together: every statement must follow the one
// before, and its list of steps lead to what it says.
class Checker {
 public:
  Checker(const Home& home, Published& to) : home_(home), to_(to) {
    at_.resize(home.count.partitions);
  }

  Result<void> add(ByteView bytes, std::vector<StepRow> steps) {
    const std::string name = fmt::format("statement {}", to_.statements.size());
    auto statement = parse_statement(as_text(bytes));
    if (!statement) return unusable(name + ": " + statement.error().detail);
    const Statement* before = to_.statements.empty() ? nullptr : &to_.statements.back().statement;
    const Hash previous = before == nullptr ? Hash{} : sha256(to_.statements.back().bytes);
    if (!(statement->count == home_.count.id) || statement->rules != home_.rules.hash() ||
        statement->count_file != home_.count.hash() ||
        statement->partitions.size() != home_.count.partitions) {
      return unusable(name + " is of another count");
    }
    if (statement->number != to_.statements.size() || statement->previous != previous ||
        (before != nullptr && statement->commit < before->commit)) {
      return unusable(name + " does not follow the one before it");
    }
    if (sha256(as_bytes(to_text(steps))) != statement->steps) {
      return unusable("the list of steps of " + name + " is not the one it signed");
    }
    for (const StepRow& row : steps) {
      if (row.partition >= at_.size() || row.number != at_[row.partition].number + 1 ||
          row.from != at_[row.partition].position) {
        return unusable("the list of steps of " + name + " does not follow the one before it");
      }
      at_[row.partition] = after(row);
    }
    for (const Statement::Partition& p : statement->partitions) {
      if (!(p.committed == at_.at(p.partition))) {
        return unusable("the list of steps of " + name + " does not lead to where it says");
      }
    }
    log_.append(leaf_hash(bytes));
    to_.statements.push_back(
        {std::move(*statement), Bytes(bytes.begin(), bytes.end()), std::move(steps)});
    return {};
  }

  Result<void> finish(std::string checkpoint) {
    if (to_.statements.empty()) return unusable("there is no statement here");
    const auto text = open_note(checkpoint, home_.count.public_key);
    if (!text) return unusable("the checkpoint: " + text.error().detail);
    const auto read = parse_checkpoint(*text);
    if (!read || read->origin != home_.count.origin || read->size != log_.size() ||
        read->root != log_.root()) {
      return unusable(
          fmt::format("the checkpoint is not one over these {} statements; take a copy of the "
                      "folder that nobody is writing",
                      log_.size()));
    }
    to_.checkpoint = std::move(checkpoint);
    to_.commit = std::max(to_.commit, to_.statements.back().statement.commit);
    return {};
  }

 private:
  const Home& home_;
  Published& to_;
  CompactRange log_;
  std::vector<Committed> at_;
};

Result<Published> from_export(const fs::path& folder, const Home& home) {
  Published published;
  Checker checker(home, published);
  const ExportedStatements there = find_statements(folder);
  ExportEvidence evidence(folder, home.rules, home.count, there.size);
  std::string checkpoint;
  std::uint64_t stated = 0;
  for (std::uint64_t first = 0; first < there.size;) {
    auto rows = evidence.statements(first, 500);
    if (!rows) return unusable(rows.error().detail);
    if (rows->empty()) break;
    for (StatementRow& row : *rows) {
      auto steps = evidence.steps(first, stated, row.commit);
      if (!steps) return unusable(steps.error().detail);
      if (auto added = checker.add(row.bytes, std::move(*steps)); !added) {
        return std::unexpected(added.error());
      }
      stated = row.commit;
      checkpoint = std::move(row.checkpoint);
      ++first;
    }
  }
  if (auto finished = checker.finish(std::move(checkpoint)); !finished) {
    return std::unexpected(finished.error());
  }
  return published;
}

Result<Published> from_static_files(const fs::path& folder, const Home& home) {
  Published published;
  Checker checker(home, published);
  const auto read = [&](const std::string& name) -> Result<std::string> {
    auto text = read_file(folder / name);
    if (!text) return unusable(text.error().detail);
    return text;
  };
  // The checkpoint says how many statements there are: one that is only half published, behind it,
  // was seen by nobody.
  auto checkpoint = read("checkpoint");
  if (!checkpoint) return std::unexpected(checkpoint.error());
  const auto size = open_checkpoint(*checkpoint, home.count.public_key);
  if (!size) return unusable("the checkpoint: " + size.error().detail);
  for (std::uint64_t n = 0; n < size->size; ++n) {
    const auto bytes = read(fmt::format("statement-{}", n));
    if (!bytes) return std::unexpected(bytes.error());
    const auto text = read(fmt::format("steps-{}", n));
    if (!text) return std::unexpected(text.error());
    auto steps = parse_steps(*text);
    if (!steps) return unusable(fmt::format("steps-{}: {}", n, steps.error().detail));
    if (auto added = checker.add(as_bytes(*bytes), std::move(*steps)); !added) {
      return std::unexpected(added.error());
    }
  }
  if (auto finished = checker.finish(std::move(*checkpoint)); !finished) {
    return std::unexpected(finished.error());
  }
  if (const auto head = read_file(folder / "head.json")) {
    const auto json = nlohmann::json::parse(*head, nullptr, false);
    if (json.is_object() && json.contains("commit_number") &&
        json["commit_number"].is_number_unsigned()) {
      published.commit = std::max(published.commit, json["commit_number"].get<std::uint64_t>());
    }
  }
  return published;
}

// One recovery while it runs.
class Recoverer {
 public:
  Recoverer(const RecoverParts& parts, const Published& published)
      : parts_(parts), published_(published), home_(*parts.replay.home) {}

  Recovery result;

  // The store must be an older state of what was published; nothing is written.
  Result<void> look() {
    auto read =
        for_each_statement(*parts_.statements, 0, [&](const StatementRow& row) -> Result<void> {
          if (statements_ >= published_.statements.size()) return not_needed();
          if (row.number != statements_ || row.bytes != published_.statements[statements_].bytes) {
            return fail(
                Remedy::stop, "recover.forked",
                fmt::format("statement {} in the store is not the one that was published: two were "
                            "signed under one number. Stop publishing, and keep both as evidence",
                            statements_));
          }
          ++statements_;
          return {};
        });
    if (!read) return read;
    if (statements_ == published_.statements.size()) return not_needed();

    const auto head = parts_.replay.store->head();
    if (!head) return std::unexpected(head.error());
    result.from_commit = head_ = head->commit;
    auto rows = parts_.replay.store->partitions();
    if (!rows) return std::unexpected(rows.error());
    rows_ = std::move(*rows);
    const auto steps = parts_.replay.store->steps(0, head_);
    if (!steps) return std::unexpected(steps.error());
    std::map<std::pair<std::uint16_t, std::uint64_t>, const StepRow*> stated;
    for (const Published::Stated& one : published_.statements) {
      for (const StepRow& row : one.steps) stated[{row.partition, row.number}] = &row;
    }
    for (const StepRow& row : *steps) {
      const auto found = stated.find({row.partition, row.number});
      if (found == stated.end() || !same_step(*found->second, row)) {
        return fail(
            Remedy::stop, "recover.diverged",
            fmt::format(
                "step {} of partition {} is not the one that was stated: the store counted on "
                "after it was restored. Restore it again, and recover before anything counts",
                row.number, row.partition));
      }
    }
    for (const Published::Stated& one : published_.statements) {
      for (const StepRow& row : one.steps) {
        if (row.number > rows_.at(row.partition).committed.number) ++steps_;
      }
    }
    return {};
  }

  Result<void> replay() {
    for (const PartitionRow& row : rows_) {
      auto partition = partition_at(parts_.replay, row.partition, row.committed);
      if (!partition) return std::unexpected(partition.error());
      partitions_.push_back(std::move(*partition));
    }
    for (const Published::Stated& one : published_.statements) {
      if (auto done = replay(one); !done) {
        return std::unexpected(
            during(fmt::format("statement {}", one.statement.number), done.error()));
      }
    }
    return parts_.replay.store->skip_to(published_.commit);
  }

  // All that was stated, before any of it is called recovered.
  Result<void> check() {
    const auto snapshot = parts_.replay.store->snapshot();
    if (!snapshot) return std::unexpected(snapshot.error());
    const Statement& last = published_.statements.back().statement;
    result.commit = snapshot->head.commit;
    result.digest = digest_of(home_.rules.hash(), snapshot->totals);
    for (const Statement::Partition& p : last.partitions) {
      if (!(snapshot->partitions.at(p.partition).committed == p.committed)) {
        return failed(fmt::format("partition {} is not where it was stated", p.partition));
      }
    }
    if (result.digest != last.digest) return failed("the digest is not the one that was stated");
    return {};
  }

  Result<void> put_statements() {
    CompactRange log;
    for (const Published::Stated& one : published_.statements) {
      log.append(leaf_hash(one.bytes));
      if (one.statement.number < statements_) continue;
      // Of an earlier size, the same bytes as then: Ed25519 signs the same text the same way.
      std::string checkpoint =
          parts_.signer->sign(to_text(Checkpoint{home_.count.origin, log.size(), log.root()}));
      if (log.size() == published_.statements.size() && checkpoint != published_.checkpoint) {
        return failed("the last checkpoint, signed again, is not the one that was published");
      }
      const auto put = parts_.statements->put_statement(
          {one.statement.number, one.statement.commit, one.bytes, std::move(checkpoint)});
      if (!put) return std::unexpected(put.error());
      if (!*put) return busy();
      ++result.statements;
    }
    return {};
  }

 private:
  static std::unexpected<Error> failed(const std::string& what) {
    return fail(Remedy::stop, "recover.failed", "replayed, " + what);
  }
  static std::unexpected<Error> busy() {
    return fail(Remedy::retry, "recover.busy",
                "somebody else is counting or publishing; stop that first");
  }
  [[nodiscard]] std::unexpected<Error> not_needed() const {
    return fail(Remedy::reject, "recover.not_needed",
                fmt::format("the store has {} statements, as many as were published here, or more; "
                            "nothing was changed",
                            statements_));
  }

  // What is still missing of the steps that one statement signed. They were committed in (commit of
  // the statement before, its own], and get numbers in there again: the last of them its own.
  Result<void> replay(const Published::Stated& one) {
    std::vector<std::vector<const StepRow*>> rounds;  // One step a partition in each.
    std::map<std::uint16_t, std::size_t> missing;
    for (const StepRow& row : one.steps) {
      if (row.number <= rows_[row.partition].committed.number) continue;
      const std::size_t round = missing[row.partition]++;
      if (rounds.size() <= round) rounds.emplace_back();
      rounds[round].push_back(&row);
    }
    if (rounds.empty()) return {};
    const std::uint64_t upto = one.statement.commit;
    if (upto < rounds.size() || head_ > upto - rounds.size()) {
      return failed(fmt::format("its steps do not fit between commit {} and {}", head_, upto));
    }
    if (auto skipped = parts_.replay.store->skip_to(upto - rounds.size()); !skipped) return skipped;
    for (const auto& round : rounds) {
      std::vector<Bytes> changes;
      for (const StepRow* row : round) {
        auto step =
            step_again(partitions_[row->partition], *row, *parts_.replay.journal, home_.count.id);
        if (!step) return std::unexpected(step.error());
        const auto change = decode_change(step->change);
        if (!change) return std::unexpected(change.error());
        if (!(change->after() == after(*row))) {
          return failed(fmt::format("step {} of partition {} has another root or size", row->number,
                                    row->partition));
        }
        if (auto put = parts_.replay.segments->put(row->partition, row->number, row->segment,
                                                   step->segment);
            !put) {
          return put;
        }
        changes.push_back(std::move(step->change));
        if (parts_.progress)
          parts_.progress(++result.steps, steps_);
        else
          ++result.steps;
      }
      const auto outcome = parts_.replay.store->commit(changes, one.statement.time_us);
      if (!outcome) return std::unexpected(outcome.error());
      for (const Verdict& verdict : outcome->verdicts) {
        if (verdict.accepted) continue;
        return verdict.refusal.code == Code("store.out_of_order")
                   ? busy()
                   : std::unexpected(verdict.refusal);
      }
      head_ = outcome->commit;
      for (const StepRow* row : round) {
        if (auto settled = partitions_[row->partition].settle(after(*row)); !settled) {
          return settled;
        }
      }
    }
    if (head_ != upto) return busy();
    return {};
  }

  const RecoverParts& parts_;
  const Published& published_;
  const Home& home_;
  std::uint64_t statements_ = 0;  // That the store has.
  std::uint64_t head_ = 0;
  std::uint64_t steps_ = 0;  // That are missing.
  std::vector<PartitionRow> rows_;
  std::vector<Partition> partitions_;
};

}  // namespace

Result<Published> read_published(const fs::path& folder, const Home& home) {
  if (fs::exists(folder / "steps.txt")) return from_export(folder, home);
  return from_static_files(folder, home);
}

Result<Recovery> recover(const RecoverParts& parts, const Published& published) {
  Recoverer recoverer(parts, published);
  Result<void> done = recoverer.look();
  if (done) done = recoverer.replay();
  if (done) done = recoverer.check();
  if (done) done = recoverer.put_statements();
  if (!done) return std::unexpected(done.error());
  return recoverer.result;
}

}  // namespace teller
