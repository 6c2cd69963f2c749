// Files, where it matters that they are still there after the power fails.
//
// Every call syncs what it wrote and the folder that names it before it returns.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace teller {

// An open file descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Errors of all of these: stop file.io, retry file.full, reject file.missing; with the path and
// the system's words.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);
// Replaces `path` as a whole: another name, fsync, rename, fsync of the folder.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, ByteView bytes,
                                      unsigned mode = 0644);
[[nodiscard]] Result<void> make_folders(const std::filesystem::path& path, unsigned mode = 0755);
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& path);
[[nodiscard]] Result<Descriptor> open_file(const std::filesystem::path& path, int flags,
                                           unsigned mode = 0644);
// Writes all of it at `offset`.
[[nodiscard]] Result<void> write_at(const Descriptor& file, ByteView bytes, std::uint64_t offset,
                                    const std::filesystem::path& path);
[[nodiscard]] Result<void> sync_data(const Descriptor& file, const std::filesystem::path& path);
// The error for the current errno.
[[nodiscard]] Error file_error(const std::filesystem::path& path, std::string_view what);

// Takes the exclusive lock of a data folder for as long as the descriptor lives; a second process
// is refused: reject home.locked.
[[nodiscard]] Result<Descriptor> lock_folder(const std::filesystem::path& folder);

}  // namespace teller
