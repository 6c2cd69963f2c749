#include "base/file.h"

#include <atomic>
#include <cerrno>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail_point.h"

namespace teller {
namespace {

class SystemFiles final : public Files {
 public:
  int open(const char* path, int flags, unsigned mode) override {
    return ::open(path, flags | O_CLOEXEC, mode);
  }
  void close(int fd) noexcept override { ::close(fd); }
  std::int64_t read_at(int fd, std::uint8_t* into, std::size_t size,
                       std::uint64_t offset) override {
    return ::pread(fd, into, size, static_cast<off_t>(offset));
  }
  std::int64_t write_at(int fd, const std::uint8_t* from, std::size_t size,
                        std::uint64_t offset) override {
    return ::pwrite(fd, from, size, static_cast<off_t>(offset));
  }
  int cut(int fd, std::uint64_t size) override { return ::ftruncate(fd, static_cast<off_t>(size)); }
  std::int64_t size(int fd) override {
    struct stat info{};
    return ::fstat(fd, &info) == 0 ? info.st_size : -1;
  }
  int sync_data(int fd) override { return ::fdatasync(fd); }
  int sync(int fd) override { return ::fsync(fd); }
  int lock(int fd) override { return ::flock(fd, LOCK_EX | LOCK_NB); }
  int rename(const char* from, const char* to) override { return ::rename(from, to); }
  int unlink(const char* path) override { return ::unlink(path); }
  int make_folder(const char* path, unsigned mode) override { return ::mkdir(path, mode); }
  bool is_folder(const char* path) override {
    struct stat info{};
    return ::stat(path, &info) == 0 && S_ISDIR(info.st_mode);
  }
  int list(const char* path, std::vector<std::string>& names) override {
    DIR* const folder = ::opendir(path);
    if (folder == nullptr) return -1;
    errno = 0;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int wrong = errno;
    ::closedir(folder);
    errno = wrong;
    return wrong == 0 ? 0 : -1;
  }
};

constinit SystemFiles system_files;
constinit std::atomic<Files*> files_in_place{&system_files};

Files& files() { return *files_in_place.load(std::memory_order_relaxed); }

// "file.before_rename.segment": a fail point for each kind of file, which is its ending.
void fail_point_at(std::string_view when, const std::filesystem::path& path) {
  if (internal::fail_points_set) {
    fail_point("file." + std::string(when) + path.extension().string());
  }
}

}  // namespace

FilesInPlace::FilesInPlace(Files& files_to_use) : before_(files_in_place.exchange(&files_to_use)) {}
FilesInPlace::~FilesInPlace() { files_in_place = before_; }

Descriptor::~Descriptor() {
  if (fd_ >= 0) files().close(fd_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Error file_error(const std::filesystem::path& path, std::string_view what) {
  const int number = errno;
  const std::string detail = std::string(what) + " " + path.string() + ": " + std::strerror(number);
  if (number == ENOSPC || number == EDQUOT) return {Remedy::retry, "file.full", detail};
  if (number == ENOENT) return {Remedy::reject, "file.missing", detail};
  return {Remedy::stop, "file.io", detail};
}

Result<Descriptor> open_file(const std::filesystem::path& path, int flags, unsigned mode) {
  Descriptor file(files().open(path.c_str(), flags, mode));
  if (!file.open()) return std::unexpected(file_error(path, "open"));
  return file;
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
  auto file = open_file(path, O_RDONLY);
  if (!file) return std::unexpected(file.error());
  const std::int64_t size = files().size(file->get());
  if (size < 0) return std::unexpected(file_error(path, "read"));
  if (static_cast<std::uint64_t>(size) > bytes_max) {
    return fail(Remedy::reject, "file.too_large",
                fmt::format("{}: is larger than {} bytes", path.string(), bytes_max));
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const std::int64_t n = files().read_at(
        file->get(), reinterpret_cast<std::uint8_t*>(text.data()) + done, text.size() - done, done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(file_error(path, "read"));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  text.resize(done);
  return text;
}

Result<std::vector<std::string>> list_folder(const std::filesystem::path& path) {
  std::vector<std::string> names;
  if (files().list(path.c_str(), names) != 0) return std::unexpected(file_error(path, "list"));
  return names;
}

Result<void> read_at(const Descriptor& file, std::span<std::uint8_t> into, std::uint64_t offset,
                     const std::filesystem::path& path) {
  while (!into.empty()) {
    const std::int64_t n = files().read_at(file.get(), into.data(), into.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(file_error(path, "read"));
    if (n == 0) return fail(Remedy::stop, "file.io", path.string() + " ends too early");
    offset += static_cast<std::uint64_t>(n);
    into = into.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> write_at(const Descriptor& file, ByteView bytes, std::uint64_t offset,
                      const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const std::int64_t n = files().write_at(file.get(), bytes.data(), bytes.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(file_error(path, "write"));
    offset += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> cut_file(const Descriptor& file, std::uint64_t size,
                      const std::filesystem::path& path) {
  if (files().cut(file.get(), size) != 0) return std::unexpected(file_error(path, "cut"));
  return {};
}

Result<void> sync_data(const Descriptor& file, const std::filesystem::path& path) {
  if (files().sync_data(file.get()) != 0) return std::unexpected(file_error(path, "sync"));
  return {};
}

Result<void> sync_folder(const std::filesystem::path& path) {
  auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::unexpected(folder.error());
  if (files().sync(folder->get()) != 0) return std::unexpected(file_error(path, "sync"));
  return {};
}

Result<void> sync_file_system(const std::filesystem::path& folder) {
  auto opened = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!opened) return std::unexpected(opened.error());
  if (::syncfs(opened->get()) != 0) return std::unexpected(file_error(folder, "sync"));
  return {};
}

Result<void> write_file(const std::filesystem::path& path, ByteView bytes, unsigned mode) {
  static std::atomic<std::uint64_t> next{0};
  std::filesystem::path temporary = path;
  temporary += fmt::format(".new-{}-{}", ::getpid(), next++);
  {
    auto file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!file) return std::unexpected(file.error());
    auto written = write_at(*file, bytes, 0, temporary);
    if (written) written = sync_data(*file, temporary);
    if (!written) {
      files().unlink(temporary.c_str());
      return written;
    }
  }
  fail_point_at("before_rename", path);
  if (files().rename(temporary.c_str(), path.c_str()) != 0) {
    const Error error = file_error(path, "rename");
    files().unlink(temporary.c_str());
    return std::unexpected(error);
  }
  fail_point_at("after_rename", path);
  return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

Result<void> write_new_file(const std::filesystem::path& path, ByteView bytes, unsigned mode) {
  const auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file) return std::unexpected(file.error());
  if (auto written = write_at(*file, bytes, 0, path); !written) return written;
  if (auto synced = sync_data(*file, path); !synced) return synced;
  return sync_folder(path.parent_path());
}

Result<void> make_folders(const std::filesystem::path& path, unsigned mode) {
  if (path.empty() || files().is_folder(path.c_str())) return {};
  if (path.has_parent_path() && path.parent_path() != path) {
    if (auto made = make_folders(path.parent_path(), mode); !made) return made;
  }
  if (files().make_folder(path.c_str(), mode) != 0 && errno != EEXIST) {
    return std::unexpected(file_error(path, "make folder"));
  }
  return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

Result<Descriptor> lock_folder(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "lock";
  auto file = open_file(path, O_RDWR | O_CREAT, 0600);
  if (!file) return file;
  if (files().lock(file->get()) != 0) {
    return fail(Remedy::reject, "home.locked",
                folder.string() +
                    " is in use by another process of teller; stop it first, or talk "
                    "to it over HTTP");
  }
  return file;
}

}  // namespace teller
