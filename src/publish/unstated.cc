#include "publish/unstated.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "count/count_again.h"
#include "count/count_ballot.h"
#include "log/segment.h"
#include "publish/digest.h"
#include "publish/stated.h"
#include "publish/statement.h"

namespace teller {
namespace {

// Gives the leaves of committed steps.
class Leaves {
 public:
  Leaves(const Definition& definition, Segments& segments)
      : count_(*definition.count), segments_(segments) {}

  // They point into this object, and until the next call.
  Result<Segment> of(const StepRow& step) {
    auto bytes = segments_.get(step.partition, step.number, step.segment);
    if (!bytes) {
      const bool lost = bytes.error().code == Code("segments.missing") ||
                        bytes.error().code == Code("segments.corrupt");
      if (!lost) return std::unexpected(bytes.error());
      return fail(Remedy::retry, "publish.log_away",
                  "the next statement waits for the log: " + bytes.error().detail);
    }
    bytes_ = std::move(*bytes);
    auto segment = decode_segment(bytes_, count_.id);
    if (!segment) return segment;
    const SegmentHead& head = segment->head;
    if (head.partition != step.partition || head.number != step.number ||
        head.first_leaf + head.leaves != step.log_size || head.root_after != step.root) {
      return not_of_its_step(step);
    }
    return segment;
  }

  static std::unexpected<Error> not_of_its_step(const StepRow& step) {
    return fail(Remedy::stop, "log.broken",
                fmt::format("{} is not what its step says: nothing is signed",
                            segment_name(step.partition, step.number)));
  }

 private:
  const CountFile& count_;
  Segments& segments_;
  Bytes bytes_;
};

// What these steps add, if there are only ballots in them: a ballot adds the same whatever was counted before it.
Result<std::optional<std::vector<TotalChange>>> of_ballots(const Definition& definition,
                                                           const std::vector<StepRow>& steps,
                                                           Leaves& leaves) {
  TotalChanges totals;
  Entry entry;
  for (const StepRow& step : steps) {
    const auto segment = leaves.of(step);
    if (!segment) return std::unexpected(segment.error());
    for (const ByteView leaf : segment->leaves) {
      if (decode(leaf, *definition.rules, definition.count->id, entry))
        return Leaves::not_of_its_step(step);
      const Ballot* ballot = std::get_if<Ballot>(&entry.body);
      if (ballot == nullptr) return std::nullopt;
      count_ballot(*definition.rules, *ballot, totals);
    }
  }
  return totals.finish();
}

Result<std::vector<TotalRow>> from_the_first_step(const Definition& definition,
                                                  const std::vector<StepRow>& steps,
                                                  Leaves& leaves) {
  std::map<TotalKey, Total> totals;
  std::optional<Partition> partition;
  std::uint16_t number = 0;
  for (const StepRow& step : steps) {  // By partition and number.
    if (step.partition >= definition.count->partitions) return Leaves::not_of_its_step(step);
    if (!partition || step.partition != number) {
      number = step.partition;
      partition.emplace(*definition.rules, *definition.count, number);
    }
    const auto segment = leaves.of(step);
    if (!segment) return std::unexpected(segment.error());
    const auto again = count_again(*partition, *segment);
    if (!again || again->number != step.number || again->root != step.root)
      return Leaves::not_of_its_step(step);
    for (const TotalChange& change : again->totals) totals[change.key] += change.by;
  }
  std::vector<TotalRow> rows;
  rows.reserve(totals.size());
  for (const auto& [key, total] : totals) rows.push_back({key, total, 0});
  return rows;
}

// The totals without what was added; a total that is not there cannot have been added to.
std::optional<std::vector<TotalRow>> without(std::vector<TotalRow> totals,
                                             const std::vector<TotalChange>& added) {
  auto row = totals.begin();
  for (const TotalChange& change : added) {
    row = std::lower_bound(row, totals.end(), change.key,
                           [](const TotalRow& at, const TotalKey& key) { return at.key < key; });
    if (row == totals.end() || row->key != change.key) return std::nullopt;
    row->total -= change.by;
  }
  return totals;
}

}  // namespace

Result<void> check_unstated(const Definition& definition, const Snapshot& snapshot, Store& store,
                            Segments& segments) {
  const auto last = store.last_statement();
  if (!last) return std::unexpected(last.error());
  const std::uint64_t stated = *last ? (*last)->commit : 0;
  if (snapshot.head.commit <= stated) return {};
  const Hash& rules = definition.rules->hash();
  const auto others = [&](std::string_view what) {
    return fail(Remedy::stop, "store.not_stated",
                fmt::format("{}, at commit {}, counted again behind commit {}: nothing is signed",
                            what, snapshot.head.commit, stated));
  };
  constexpr std::string_view totals = "the totals are not those of the log";

  // The statement says where the log of each partition stands.
  for (const PartitionRow& row : snapshot.partitions) {
    if (row.committed.number == 0) continue;
    const auto step = store.step(row.partition, row.committed.number);
    if (!step) return std::unexpected(step.error());
    if (!*step || (*step)->log_size != row.committed.log_size ||
        (*step)->root != row.committed.root)
      return others(
          fmt::format("partition {} does not stand where its last step ends", row.partition));
  }

  Leaves leaves(definition, segments);
  if (*last) {
    const auto steps = store.steps(stated, snapshot.head.commit);
    if (!steps) return std::unexpected(steps.error());
    const auto added = of_ballots(definition, *steps, leaves);
    if (!added) return std::unexpected(added.error());
    if (*added) {
      const auto statement = parse_statement(as_text((*last)->bytes));
      const auto before = without(snapshot.totals, **added);
      if (!statement || !before || digest_of(rules, *before) != statement->digest)
        return others(totals);
      return {};
    }
  }
  const auto steps = store.steps(0, snapshot.head.commit);
  if (!steps) return std::unexpected(steps.error());
  const auto again = from_the_first_step(definition, *steps, leaves);
  if (!again) return std::unexpected(again.error());
  if (digest_of(rules, *again) != digest_of(rules, snapshot.totals)) return others(totals);
  return {};
}

}  // namespace teller
