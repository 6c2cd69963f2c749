#pragma once

#include <mutex>

#include "journal/journal.h"

namespace teller {

// Keeps records for as long as the process lives: for tests. Safe from any thread; `done` is
// called before append() returns.
class MemoryJournal final : public Journal {
 public:
  explicit MemoryJournal(std::uint16_t partitions) : records_(partitions) {}

  void append(std::uint16_t partition, Bytes record, Done done) override;
  [[nodiscard]] Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                                        std::size_t bytes_max) override;
  [[nodiscard]] Result<Position> end(std::uint16_t partition) override;

 private:
  std::mutex mutex_;
  std::vector<std::vector<Bytes>> records_;
};

}  // namespace teller
