#include "outcomes/counted_sheets.h"

#include <algorithm>

#include "log/segment.h"

namespace teller {
namespace {

constexpr std::size_t kept_max = 10'000;

LeafBegin begin_of(const Hash& hash) {
  LeafBegin begin;
  std::copy_n(hash.begin(), begin.size(), begin.begin());
  return begin;
}

}  // namespace

Result<std::map<LeafBegin, Sheet>> CountedSheets::find(std::uint16_t partition,
                                                       const std::set<LeafBegin>& wanted) {
  const std::scoped_lock lock(mutex_);
  Found& kept = kept_[partition];
  Found found;
  std::set<LeafBegin> missing;
  for (const LeafBegin& leaf : wanted) {
    if (const auto it = kept.find(leaf); it != kept.end()) {
      found.insert(*it);
    } else {
      missing.insert(leaf);
    }
  }
  if (missing.empty()) return found;
  if (kept.size() > kept_max) kept.clear();
  if (auto good = read(partition, missing, found); !good) return std::unexpected(good.error());
  kept.insert(found.begin(), found.end());
  return found;
}

Result<void> CountedSheets::read(std::uint16_t partition, std::set<LeafBegin>& wanted,
                                 Found& found) {
  const auto head = store_->head();
  if (!head) return std::unexpected(head.error());
  auto steps = store_->steps(0, head->commit);
  if (!steps) return std::unexpected(steps.error());
  // What is asked for was counted lately, most often.
  std::ranges::reverse(*steps);
  Entry entry;
  for (const StepRow& step : *steps) {
    if (step.partition != partition) continue;
    const auto bytes = segments_->get(partition, step.number, step.segment);
    if (!bytes) return std::unexpected(bytes.error());
    const auto segment = decode_segment(*bytes, definition_.count->id);
    if (!segment) return std::unexpected(segment.error());
    for (std::size_t i = 0; i < segment->hashes.size(); ++i) {
      const auto leaf = wanted.find(begin_of(segment->hashes[i]));
      if (leaf == wanted.end()) continue;
      const bool read_well =
          !decode(segment->leaves[i], *definition_.rules, definition_.count->id, entry);
      if (const auto* sheet = std::get_if<Sheet>(&entry.body); read_well && sheet != nullptr) {
        found[*leaf] = *sheet;
      }
      wanted.erase(leaf);
      if (wanted.empty()) return {};
    }
  }
  return {};
}

}  // namespace teller
