#include "base/file.h"

#include <atomic>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail_point.h"

namespace teller {
namespace {

// "file.before_rename.segment": a fail point for each kind of file, which is its ending.
void fail_point_at(std::string_view when, const std::filesystem::path& path) {
  if (internal::fail_points_set) {
    fail_point("file." + std::string(when) + path.extension().string());
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
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
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!file.open()) return std::unexpected(file_error(path, "open"));
  return file;
}

Result<std::string> read_file(const std::filesystem::path& path) {
  auto file = open_file(path, O_RDONLY);
  if (!file) return std::unexpected(file.error());
  struct stat info{};
  if (::fstat(file->get(), &info) != 0) return std::unexpected(file_error(path, "read"));
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::read(file->get(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(file_error(path, "read"));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  text.resize(done);
  return text;
}

Result<void> write_at(const Descriptor& file, ByteView bytes, std::uint64_t offset,
                      const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(file_error(path, "write"));
    offset += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> sync_data(const Descriptor& file, const std::filesystem::path& path) {
  if (::fdatasync(file.get()) != 0) return std::unexpected(file_error(path, "sync"));
  return {};
}

Result<void> sync_folder(const std::filesystem::path& path) {
  auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::unexpected(folder.error());
  if (::fsync(folder->get()) != 0) return std::unexpected(file_error(path, "sync"));
  return {};
}

Result<void> write_file(const std::filesystem::path& path, ByteView bytes, unsigned mode) {
  static std::atomic<std::uint64_t> next{0};
  std::filesystem::path temporary = path;
  temporary += ".new-" + std::to_string(::getpid()) + "-" + std::to_string(next++);
  {
    auto file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!file) return std::unexpected(file.error());
    auto written = write_at(*file, bytes, 0, temporary);
    if (written) written = sync_data(*file, temporary);
    if (!written) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  fail_point_at("before_rename", path);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const Error error = file_error(path, "rename");
    ::unlink(temporary.c_str());
    return std::unexpected(error);
  }
  fail_point_at("after_rename", path);
  return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

Result<void> make_folders(const std::filesystem::path& path, unsigned mode) {
  if (path.empty() || std::filesystem::is_directory(path)) return {};
  if (path.has_parent_path() && path.parent_path() != path) {
    if (auto made = make_folders(path.parent_path(), mode); !made) return made;
  }
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
    return std::unexpected(file_error(path, "make folder"));
  }
  return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

Result<Descriptor> lock_folder(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "lock";
  auto file = open_file(path, O_RDWR | O_CREAT, 0600);
  if (!file) return file;
  if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Remedy::reject, "home.locked",
                folder.string() +
                    " is in use by another process of teller; stop it first, or talk "
                    "to it over HTTP");
  }
  return file;
}

}  // namespace teller
