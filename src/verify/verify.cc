#include "verify/verify.h"

#include <algorithm>
#include <map>
#include <optional>

#include "count/partition.h"
#include "publish/digest.h"
#include "publish/note.h"
#include "publish/statement.h"

namespace teller {
namespace {

constexpr std::string_view sentences[] = {
    "",
    "statements can be read strictly",
    "statements follow each other",
    "statements speak of this count and these rules",
    "checkpoints are signed by the count's key",
    "checkpoints have the root of their statements",
    "the list of steps is the one the statements signed",
    "every committed segment is there",
    "every segment has the hash its step names",
    "counted again, every segment gives the same leaves, root and size",
    "the digest of the count done again is the one stated",
    "the store's totals are those of the count done again",
    "recorded = counted + duplicate + conflict + rejected, and counted = leaves",
};

class Verifier {
 public:
  Verifier(const Rules& rules, const CountFile& count, Store& store, Segments& segments)
      : rules_(rules), count_(count), store_(store), segments_(segments) {}

  Verification result;

  Result<void> statements() {
    CompactRange log;
    Hash previous{};
    std::uint64_t stated = 0;
    for (std::uint64_t first = 0;;) {
      const auto rows = store_.statements(first, 500);
      if (!rows) return std::unexpected(rows.error());
      if (rows->empty()) break;
      for (const StatementRow& row : *rows) {
        const std::string name = "statement " + std::to_string(row.number);
        ++result.statements;
        const auto statement = parse_statement(as_text(row.bytes));
        if (!statement) {
          found(1, name + ": " + statement.error().detail);
        } else {
          if (row.number != first || statement->number != first ||
              statement->previous != previous || statement->commit < stated ||
              row.commit != statement->commit) {
            found(2, name + " does not follow the one before it");
          }
          if (!(statement->count == count_.id) || statement->rules != rules_.hash() ||
              statement->count_file != count_.hash() ||
              statement->partitions.size() != count_.partitions) {
            found(3, name + " speaks of another count or other rules");
          }
          auto steps = store_.steps(stated, statement->commit);
          if (!steps) return std::unexpected(steps.error());
          if (sha256(as_bytes(to_text(*steps))) != statement->steps) {
            found(6, "the steps between commit " + std::to_string(stated) + " and " +
                         std::to_string(statement->commit) + " are not those of " + name);
          }
          stated = statement->commit;
          last_ = *statement;
        }
        log.append(leaf_hash(row.bytes));
        const auto text = open_note(row.checkpoint, count_.public_key);
        if (!text) {
          found(4, "the checkpoint of " + name + ": " + text.error().detail);
        } else {
          const auto checkpoint = parse_checkpoint(*text);
          if (!checkpoint || checkpoint->origin != count_.origin ||
              checkpoint->size != log.size() || checkpoint->root != log.root()) {
            found(5, "the checkpoint of " + name + " does not have the root of the statements");
          }
        }
        previous = sha256(row.bytes);
        first = row.number + 1;
      }
    }
    return {};
  }

  // Counts every committed step again from its leaves.
  Result<void> steps(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    const auto head = store_.head();
    if (!head) return std::unexpected(head.error());
    const auto rows = store_.steps(0, head->commit);
    if (!rows) return std::unexpected(rows.error());
    std::vector<Partition> partitions;
    for (std::uint16_t i = 0; i < count_.partitions; ++i)
      partitions.emplace_back(rules_, count_, i);
    std::vector<bool> broken(count_.partitions);
    for (const StepRow& row : *rows) {
      if (progress) progress(result.steps, rows->size());
      ++result.steps;
      if (row.partition >= partitions.size()) continue;
      if (!broken[row.partition]) {
        broken[row.partition] = !step(row, partitions[row.partition]);
      } else {
        // The tree behind a broken step cannot be computed; its own bytes still can be checked.
        bytes_of(row);
      }
    }
    if (progress) progress(rows->size(), rows->size());
    complete_ = std::ranges::none_of(broken, [](bool b) { return b; });
    result.counted_again = complete_;
    for (std::uint16_t i = 0; i < count_.partitions; ++i) at_.push_back(partitions[i].at());
    return {};
  }

  Result<void> totals() {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return std::unexpected(snapshot.error());
    result.commit = snapshot->head.commit;
    for (const PartitionRow& row : snapshot->partitions) {
      const std::string name = "partition " + std::to_string(row.partition);
      if (row.outcomes.counted != row.committed.log_size) {
        found(12, name + ": counted and the number of leaves differ");
      }
      if (complete_ && row.partition < at_.size() &&
          (at_[row.partition].log_size != row.committed.log_size ||
           at_[row.partition].root != row.committed.root)) {
        found(9, name + ": the store's root is not that of its log");
      }
    }
    if (!complete_) return {};
    const auto rows = sorted(totals_);
    result.digest = digest_of(rules_.hash(), rows);
    std::size_t at = 0;
    for (const TotalRow& row : snapshot->totals) {
      if (row.total.is_zero()) continue;
      while (at < rows.size() && rows[at].total.is_zero()) ++at;
      if (at == rows.size() || !(rows[at].key == row.key) || !(rows[at].total == row.total)) {
        found(11, "contest " + std::to_string(row.key.contest.value) + ", slot " +
                      std::to_string(row.key.slot) + ", unit " +
                      rules_.units[row.key.unit.value].id +
                      ": the store and the count done again differ");
        return {};
      }
      ++at;
    }
    while (at < rows.size() && rows[at].total.is_zero()) ++at;
    if (at != rows.size()) found(11, "the count done again has totals that the store lacks");
    if (last_ && last_->commit == snapshot->head.commit && last_->digest != result.digest) {
      found(10, "statement " + std::to_string(last_->number) + " states another digest");
    }
    return {};
  }

 private:
  void found(int check, std::string what) {
    if (result.findings.size() < 100) {
      result.findings.push_back({check, std::move(what)});
    } else {
      ++result.more;
    }
  }

  std::optional<Bytes> bytes_of(const StepRow& row) {
    const std::string name = segment_name(row.partition, row.number);
    auto bytes = segments_.get(row.partition, row.number, row.segment);
    if (bytes) return std::move(*bytes);
    if (bytes.error().code == "segments.missing") {
      found(7, name + ": " + bytes.error().detail);
    } else {
      found(8, name + ": " + bytes.error().detail);
    }
    return std::nullopt;
  }

  bool step(const StepRow& row, Partition& partition) {
    const auto bytes = bytes_of(row);
    if (!bytes) return false;
    const std::string name = segment_name(row.partition, row.number);
    const auto segment = decode_segment(*bytes, count_.id);
    if (!segment) {
      found(9, name + ": " + segment.error().detail);
      return false;
    }
    // The leaves, as if they had just been recorded in this order: nothing may be a duplicate, a
    // conflict or a rejection, and the same segment must come out.
    std::vector<RecordedEntry> entries;
    for (std::size_t i = 0; i < segment->leaves.size(); ++i) {
      entries.push_back(
          {partition.at().position, static_cast<std::uint32_t>(i), segment->leaves[i]});
    }
    const std::uint64_t to = partition.at().position + (entries.empty() ? 0 : 1);
    const Step again = partition.step(to, entries);
    const auto change = decode_change(again.change);
    if (!change || change->number != row.number || change->outcomes.counted != entries.size() ||
        change->segment != row.segment || change->root != row.root ||
        change->log_size != row.log_size) {
      found(9, name + ": counted again, it gives another root, size or number of leaves");
      return false;
    }
    if (const auto settled = partition.settle(change->after()); !settled) return false;
    result.leaves += entries.size();
    for (const TotalChange& total : change->totals) {
      Total& sum = totals_[total.key];
      sum.value += total.by.value;
      sum.known = static_cast<std::int8_t>(sum.known + total.by.known);
      sum.withheld = static_cast<std::int8_t>(sum.withheld + total.by.withheld);
    }
    return true;
  }

  static std::vector<TotalRow> sorted(const std::map<TotalKey, Total>& totals) {
    std::vector<TotalRow> rows;
    for (const auto& [key, total] : totals) rows.push_back({key, total, 0});
    return rows;
  }

  const Rules& rules_;
  const CountFile& count_;
  Store& store_;
  Segments& segments_;
  std::optional<Statement> last_;
  std::map<TotalKey, Total> totals_;
  std::vector<Committed> at_;
  bool complete_ = false;
};

}  // namespace

std::string_view sentence_of_check(int check) { return sentences[check]; }

Result<Verification> verify(const Rules& rules, const CountFile& count, Store& store,
                            Segments& segments,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  Verifier verifier(rules, count, store, segments);
  if (auto done = verifier.statements(); !done) return std::unexpected(done.error());
  if (auto done = verifier.steps(progress); !done) return std::unexpected(done.error());
  if (auto done = verifier.totals(); !done) return std::unexpected(done.error());
  return std::move(verifier.result);
}

}  // namespace teller
