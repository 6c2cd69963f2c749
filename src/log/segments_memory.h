#pragma once

#include <map>
#include <mutex>

#include "log/segments.h"

namespace teller {

// Keeps segments for as long as the process lives. Safe from any thread.
class MemorySegments final : public Segments {
 public:
  [[nodiscard]] Result<void> put(std::uint16_t partition, std::uint64_t number, const Hash& hash,
                                 ByteView segment) override;
  [[nodiscard]] Result<Bytes> get(std::uint16_t partition, std::uint64_t number,
                                  const Hash& hash) override;
  [[nodiscard]] Result<std::vector<Hash>> list(std::uint16_t partition,
                                               std::uint64_t number) override;

 private:
  std::mutex mutex_;
  std::map<std::pair<std::uint16_t, std::uint64_t>, std::map<Hash, Bytes>> segments_;
};

}  // namespace teller
