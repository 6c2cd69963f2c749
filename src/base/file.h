// Files, where it matters that they are still there after the power fails.
//
// Every call syncs what it wrote and the folder that names it before it returns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace teller {

// The system calls that everything here is made of, so that a simulated disk can stand in for the
// system (tests/simulation). As in POSIX: -1 and errno. Safe from any thread.
class Files {
 public:
  virtual ~Files() = default;
  virtual int open(const char* path, int flags, unsigned mode) = 0;
  virtual void close(int fd) noexcept = 0;
  virtual std::int64_t read_at(int fd, std::uint8_t* into, std::size_t size,
                               std::uint64_t offset) = 0;
  virtual std::int64_t write_at(int fd, const std::uint8_t* from, std::size_t size,
                                std::uint64_t offset) = 0;
  virtual int cut(int fd, std::uint64_t size) = 0;
  virtual std::int64_t size(int fd) = 0;
  virtual int sync_data(int fd) = 0;  // fdatasync
  virtual int sync(int fd) = 0;       // fsync
  virtual int lock(int fd) = 0;       // Exclusive, without waiting.
  virtual int rename(const char* from, const char* to) = 0;
  virtual int unlink(const char* path) = 0;
  virtual int make_folder(const char* path, unsigned mode) = 0;
  virtual bool is_folder(const char* path) = 0;
  virtual int list(const char* path, std::vector<std::string>& names) = 0;
};

// Puts `files` in the system's place for the whole process, for as long as it lives. For tests.
class FilesInPlace {
 public:
  explicit FilesInPlace(Files& files);
  ~FilesInPlace();
  FilesInPlace(const FilesInPlace&) = delete;
  FilesInPlace& operator=(const FilesInPlace&) = delete;

 private:
  Files* before_;
};

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

// What read_file() takes at most unless its caller says otherwise, and what a caller says who reads a file that grows with
// the count and that this machine's own programs wrote.
inline constexpr std::uint64_t small_file_bytes_max = std::uint64_t{16} << 20;
inline constexpr std::uint64_t own_file_bytes_max = std::uint64_t{1} << 32;

// Errors of all of these: stop file.io, retry file.full, reject file.missing; with the path and
// the system's words. Of read_file() also reject file.too_large, before anything is read.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::uint64_t bytes_max = small_file_bytes_max);
// Replaces `path` as a whole: another name, fsync, rename, fsync of the folder.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, ByteView bytes,
                                      unsigned mode = 0644);
// Makes `path`, which must not be there yet: stop file.io.
[[nodiscard]] Result<void> write_new_file(const std::filesystem::path& path, ByteView bytes,
                                          unsigned mode = 0644);
[[nodiscard]] Result<void> make_folders(const std::filesystem::path& path, unsigned mode = 0755);
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& path);
[[nodiscard]] Result<Descriptor> open_file(const std::filesystem::path& path, int flags,
                                           unsigned mode = 0644);
// The names in a folder, in no order.
[[nodiscard]] Result<std::vector<std::string>> list_folder(const std::filesystem::path& path);
// Fills `into` from `offset` on; stop file.io if the file ends before.
[[nodiscard]] Result<void> read_at(const Descriptor& file, std::span<std::uint8_t> into,
                                   std::uint64_t offset, const std::filesystem::path& path);
// Writes all of it at `offset`.
[[nodiscard]] Result<void> write_at(const Descriptor& file, ByteView bytes, std::uint64_t offset,
                                    const std::filesystem::path& path);
// Nothing of the file stays behind `size`.
[[nodiscard]] Result<void> cut_file(const Descriptor& file, std::uint64_t size,
                                    const std::filesystem::path& path);
[[nodiscard]] Result<void> sync_data(const Descriptor& file, const std::filesystem::path& path);
// All that was written to the file system that `folder` is on: one wait for many files.
[[nodiscard]] Result<void> sync_file_system(const std::filesystem::path& folder);
// The error for the current errno.
[[nodiscard]] Error file_error(const std::filesystem::path& path, std::string_view what);

// Takes the exclusive lock of a data folder for as long as the descriptor lives; a second process
// is refused: reject home.locked.
[[nodiscard]] Result<Descriptor> lock_folder(const std::filesystem::path& folder);

}  // namespace teller
