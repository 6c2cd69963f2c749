#pragma once

#include <filesystem>
#include <mutex>
#include <set>

#include "log/segments.h"

namespace teller {

// Keeps segments as files in a folder that every host of the count sees:
//
//   DIR/p0003/000000/000000000012-<hash>.segment
//
// a thousand steps a folder, so that listing one stays cheap. A segment is written under another
// name, synced, renamed, and its folder synced: a name that is there has all its bytes.
// Safe from any thread and from many processes.
class DirectorySegments final : public Segments {
 public:
  explicit DirectorySegments(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] Result<void> put(std::uint16_t partition, std::uint64_t number, const Hash& hash,
                                 ByteView segment) override;
  [[nodiscard]] Result<Bytes> get(std::uint16_t partition, std::uint64_t number,
                                  const Hash& hash) override;
  [[nodiscard]] Result<std::vector<Hash>> list(std::uint16_t partition,
                                               std::uint64_t number) override;

  // Moves the segments of all steps behind `number` into `folder`, under their own names; gives how
  // many. For a recovery, after which those numbers are given again.
  [[nodiscard]] Result<std::uint64_t> set_aside_after(std::uint16_t partition, std::uint64_t number,
                                                      const std::filesystem::path& folder);

 private:
  [[nodiscard]] std::filesystem::path folder(std::uint16_t partition, std::uint64_t number) const;
  [[nodiscard]] std::filesystem::path file(std::uint16_t partition, std::uint64_t number,
                                           const Hash& hash) const;
  [[nodiscard]] Result<void> prepare(const std::filesystem::path& place);

  std::filesystem::path directory_;
  std::mutex mutex_;
  std::set<std::filesystem::path> prepared_;  // Folders whose names are on the disk.
};

}  // namespace teller
