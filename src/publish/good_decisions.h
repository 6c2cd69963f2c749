// Decisions whose signatures were found good: each is checked once in the life of a process, and not
// again with every reading of totals (about 60 us a signature, for each officer who signed each
// decision about each partition).
//
// What always holds: only what not_decided() found good is remembered, under a hash of everything
// that its answer depends on: the count's id, partitions, approvals and officers, and every byte of
// the entry. So an entry that was changed in a store, or that is asked of another count, is checked
// anew; and what is no decision is checked every time, and fills nothing.
//
// Safe from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>

#include "base/hash.h"
#include "election/count_file.h"
#include "election/entry.h"

namespace teller {

class GoodDecisions {
 public:
  // Some 5 MB. More decisions than that are void ballots, which nobody reads with every total.
  static constexpr std::size_t remembered_max = 50'000;

  // What not_decided() says of a control; `bytes` are those that it was read from.
  [[nodiscard]] std::optional<Reason> why_not(const EntryId& id, const Control& control,
                                              const CountFile& count, ByteView bytes);
  // How often signatures were checked.
  [[nodiscard]] std::uint64_t checked() const;

 private:
  mutable std::mutex mutex_;
  std::set<Hash> good_;
  std::uint64_t checked_ = 0;
};

// The one of this process.
[[nodiscard]] GoodDecisions& good_decisions();

}  // namespace teller
