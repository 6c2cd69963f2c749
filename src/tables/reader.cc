#include "tables/reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/check.h"
#include "base/freed_by.h"

namespace teller {
namespace {

constexpr std::size_t read_block_bytes = 256 * 1024;

std::unexpected<Error> refuse(Code code, std::string detail) {
  return fail(Remedy::reject, code, std::move(detail));
}

// What a Mac adds to an archive beside each file.
bool is_of_mac(std::string_view member) {
  return member.starts_with("__MACOSX/") ||
         member.substr(member.find_last_of('/') + 1).starts_with("._");
}

bool exists(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0;
}

// "a.zip:b.csv" is member b.csv of a.zip, unless there is a file of the whole name; so with a tar.
std::pair<std::string, std::string> split_member(const std::string& path) {
  if (path == "-" || exists(path)) return {path, {}};
  for (const std::string_view end :
       {".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"}) {
    const std::size_t at = path.find(std::string(end) + ":");
    if (at != std::string::npos)
      return {path.substr(0, at + end.size()), path.substr(at + end.size() + 1)};
  }
  return {path, {}};
}

// Feeds libarchive from a file descriptor. gzip is undone here, by zlib, because libarchive 3.6
// does not look at gzip's checksums: a flipped bit would be counted.
class Source {
 public:
  explicit Source(int fd) : fd_(fd), block_(read_block_bytes) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() {
    if (gzip_) inflateEnd(&inflate_);
    if (fd_ != STDIN_FILENO) close(fd_);
  }

  // Reads the first bytes and looks whether they are gzip.
  [[nodiscard]] bool begin() {
    while (size_ < 2) {
      const ssize_t got = take(std::span(block_).subspan(size_));
      if (got < 0) return false;
      if (got == 0) break;
      size_ += static_cast<std::size_t>(got);
    }
    held_ = true;
    gzip_ = size_ >= 2 && block_[0] == 0x1F && block_[1] == 0x8B;
    if (gzip_) {
      plain_.resize(read_block_bytes);
      check(inflateInit2(&inflate_, 15 + 16) == Z_OK, "zlib can be started");
    }
    return true;
  }
  [[nodiscard]] bool gzip() const { return gzip_; }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

  static la_ssize_t read(archive* handle, void* source, const void** out) {
    return static_cast<Source*>(source)->next(handle, out);
  }
  // Only a plain file can be sought in (a zip's list of members stands at its end).
  static la_int64_t seek(archive* handle, void* source, la_int64_t offset, int whence) {
    Source& self = *static_cast<Source*>(source);
    const off_t at = lseek(self.fd_, offset, whence);
    self.held_ = false;
    if (at < 0) archive_set_error(handle, errno, "%s", std::strerror(errno));
    return at < 0 ? ARCHIVE_FATAL : at;
  }

 private:
  [[nodiscard]] ssize_t take(std::span<std::uint8_t> out) {
    for (;;) {
      const ssize_t got = ::read(fd_, out.data(), out.size());
      if (got < 0 && errno == EINTR) continue;
      if (got > 0) taken_ += static_cast<std::uint64_t>(got);
      return got;
    }
  }

  // The next raw bytes in block_[0, size_).
  [[nodiscard]] bool refill() {
    if (held_) {
      held_ = false;
      return true;
    }
    const ssize_t got = take(block_);
    size_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got >= 0;
  }

  [[nodiscard]] la_ssize_t next(archive* handle, const void** out) {
    const auto broken = [&](const char* why) {
      archive_set_error(handle, EIO, "%s", why);
      return la_ssize_t{-1};
    };
    if (!gzip_) {
      if (!refill()) return broken(std::strerror(errno));
      *out = block_.data();
      return static_cast<la_ssize_t>(size_);
    }
    inflate_.next_out = plain_.data();
    inflate_.avail_out = static_cast<uInt>(plain_.size());
    while (inflate_.avail_out == plain_.size()) {
      if (inflate_.avail_in == 0) {
        if (!refill()) return broken(std::strerror(errno));
        if (size_ == 0) {
          if (between_members_) return 0;
          return broken("gzip data ends too early");
        }
        inflate_.next_in = block_.data();
        inflate_.avail_in = static_cast<uInt>(size_);
      }
      between_members_ = false;
      const int state = inflate(&inflate_, Z_NO_FLUSH);
      if (state == Z_STREAM_END) {
        // Several gzip files may stand one behind the other.
        between_members_ = true;
        if (inflateReset(&inflate_) != Z_OK) return broken("zlib gave up");
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        return broken(inflate_.msg != nullptr ? inflate_.msg : "not gzip data");
      }
    }
    *out = plain_.data();
    return static_cast<la_ssize_t>(plain_.size() - inflate_.avail_out);
  }

  int fd_;
  std::vector<std::uint8_t> block_, plain_;
  std::size_t size_ = 0;
  bool held_ = false;  // block_ was filled by begin() and not given yet.
  bool gzip_ = false, between_members_ = false;
  z_stream inflate_{};
  std::uint64_t taken_ = 0;
};

}  // namespace

struct Reader::State {
  std::unique_ptr<Source> source;  // Outlives `handle`.
  std::unique_ptr<archive, FreedBy<archive_read_free>> handle;
  std::string name;
  std::uint64_t size = 0;
  Growth growth;  // None: it may grow as it likes.
  bool at_end = false;
  std::optional<Error> broken;  // Comes after the good bytes before it, and then for ever.

  std::vector<char> buffer;  // [from, to) has been taken from the archive and not given yet.
  std::size_t from = 0, to = 0;
  std::uint64_t line = 0;

  // The steps of open_member(), in this order.
  void start(const std::string& file);
  [[nodiscard]] Result<void> open_source(const std::string& file);
  // Its fields are those of the next member; what libarchive says of it.
  [[nodiscard]] int next_member(archive_entry*& entry) const;
  [[nodiscard]] bool has_members() const {
    const int format = archive_format(handle.get()) & ARCHIVE_FORMAT_BASE_MASK;
    return format == ARCHIVE_FORMAT_ZIP || format == ARCHIVE_FORMAT_TAR;
  }
  [[nodiscard]] Result<std::string> find_member(const std::string& file, const std::string& member,
                                                int header, archive_entry*& entry) const;
  [[nodiscard]] Result<void> begin_text(Text text);

  [[nodiscard]] Error trouble() const {
    const char* const text = archive_error_string(handle.get());
    return {Remedy::reject, "file.damaged",
            name + ": cannot be read to its end (" + (text != nullptr ? text : "unknown fault") +
                "): fetch or copy it again"};
  }

  // What is wrong with a file that is unpacked to so many bytes, or says that it will be.
  [[nodiscard]] std::optional<Error> too_large(std::uint64_t bytes) const {
    const std::uint64_t packed = std::max(size, source->taken());
    if (bytes > growth_free && bytes / growth_max > packed) {
      return Error{Remedy::reject, "file.too_large",
                   name +
                       ": grows to more than 200 times its size, as no results do; unpack it and "
                       "look at what is in it"};
    }
    if (bytes > growth->at_most && bytes > packed) {
      return Error{
          Remedy::reject, "file.too_large",
          fmt::format("{}: is more than {} MiB when it is unpacked; unpack it, look at what "
                      "is in it, and give it in parts",
                      name, growth->at_most >> 20)};
    }
    return std::nullopt;
  }

  // Straight from the archive. 0 at the end.
  [[nodiscard]] Result<std::size_t> pull(std::span<char> out) {
    if (broken) return std::unexpected(*broken);
    if (at_end || out.empty()) return 0;
    la_ssize_t got = ARCHIVE_RETRY;
    while (got == ARCHIVE_RETRY) {
      got = archive_read_data(handle.get(), out.data(), out.size());
    }
    if (got < 0) {
      broken = trouble();
      return std::unexpected(*broken);
    }
    at_end = got == 0;
    if (growth) {
      growth->bytes += static_cast<std::uint64_t>(got);
      broken = too_large(growth->bytes);
      if (broken) return std::unexpected(*broken);
    }
    return static_cast<std::size_t>(got);
  }

  // Makes room behind `to` and pulls. False at the end.
  [[nodiscard]] Result<bool> fill() {
    if (from > 0) {
      std::memmove(buffer.data(), buffer.data() + from, to - from);
      to -= from;
      from = 0;
    }
    if (to == buffer.size()) buffer.resize(buffer.size() * 2);
    const auto got = pull(std::span(buffer).subspan(to));
    if (!got) return std::unexpected(got.error());
    to += *got;
    return *got > 0;
  }
};

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const std::string& path, Text text) {
  const auto [file, member] = split_member(path);
  return open_member(file, member, text);
}

void Reader::State::start(const std::string& file) {
  name = file == "-" ? "standard input" : file;
  buffer.resize(read_block_bytes);
  handle.reset(archive_read_new());
  check(handle != nullptr, "libarchive can be started");
  archive_read_support_filter_zstd(handle.get());
  archive_read_support_filter_bzip2(handle.get());
  archive_read_support_filter_xz(handle.get());
  archive_read_support_format_zip(handle.get());
  archive_read_support_format_tar(handle.get());
  archive_read_support_format_raw(handle.get());
  archive_read_support_format_empty(handle.get());
}

Result<void> Reader::State::open_source(const std::string& file) {
  int fd = STDIN_FILENO;
  bool can_seek = false;
  if (file != "-") {
    fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      const int why = errno;
      return refuse(
          why == ENOENT || why == ENOTDIR ? Code("file.not_found") : Code("file.unreadable"),
          fmt::format("{}: {}", file, std::strerror(why)));
    }
  }
  source = std::make_unique<Source>(fd);
  struct stat found;
  if (fd != STDIN_FILENO && fstat(fd, &found) == 0) {
    if (S_ISDIR(found.st_mode))
      return refuse("file.unreadable", file + ": is a folder; name a file in it");
    can_seek = S_ISREG(found.st_mode);
    if (can_seek) size = static_cast<std::uint64_t>(found.st_size);
  }
  if (!source->begin())
    return refuse("file.unreadable", fmt::format("{}: {}", name, std::strerror(errno)));
  archive_read_set_read_callback(handle.get(), Source::read);
  archive_read_set_callback_data(handle.get(), source.get());
  if (can_seek && !source->gzip()) archive_read_set_seek_callback(handle.get(), Source::seek);
  if (archive_read_open1(handle.get()) != ARCHIVE_OK) return std::unexpected(trouble());
  return {};
}

int Reader::State::next_member(archive_entry*& entry) const {
  int got = ARCHIVE_RETRY;
  while (got == ARCHIVE_RETRY) got = archive_read_next_header(handle.get(), &entry);
  return got;
}

// The member of the zip that is wanted: `member`, or the only one. A member's data can only be
// taken in passing: where it is `member`, the archive stands at it now; without a name the whole
// list has been read, and the file is to be opened again for that one.
Result<std::string> Reader::State::find_member(const std::string& file, const std::string& member,
                                               int header, archive_entry*& entry) const {
  std::vector<std::string> names;
  for (; header != ARCHIVE_EOF; header = next_member(entry)) {
    if (header < ARCHIVE_WARN) return std::unexpected(trouble());
    const char* const raw_name = archive_entry_pathname(entry);
    std::string one = raw_name != nullptr ? raw_name : "";
    if (archive_entry_filetype(entry) != AE_IFREG || is_of_mac(one)) continue;
    if (!member.empty() && one == member) return member;
    names.push_back(std::move(one));
  }
  const auto shown = std::span(names).first(std::min<std::size_t>(names.size(), 10));
  const std::string list = names.empty() ? "nothing"
                                         : fmt::format("{}{}", fmt::join(shown, ", "),
                                                       names.size() > shown.size() ? ", …" : "");
  if (!member.empty() || names.empty())
    return refuse("file.member_unknown",
                  fmt::format("{}: has no file {}; it holds {}", file, member, list));
  if (file == "-")
    return refuse("file.member_unknown", "an archive on standard input: save it as a file first");
  if (names.size() > 1)
    return refuse(
        "file.member_unknown",
        fmt::format("{}: holds several files ({}); name one as {}:NAME", file, list, file));
  return names.front();
}

// Leaves out the byte order mark.
Result<void> Reader::State::begin_text(Text text) {
  while (to - from < 3) {
    const auto more = fill();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
  }
  const std::string_view front(buffer.data(), to);
  if (front.starts_with("\xEF\xBB\xBF")) from = 3;
  if (text == Text::any) return {};
  if (front.starts_with("\xFF\xFE") || front.starts_with("\xFE\xFF"))
    return refuse("file.encoding", name + ": is UTF-16; save it as UTF-8");
  return {};
}

Result<Reader> Reader::open_member(const std::string& file, const std::string& member, Text text,
                                   Growth growth) {
  auto state = std::make_unique<State>();
  state->start(file);
  if (text == Text::any) state->growth = growth;
  if (auto opened = state->open_source(file); !opened) return std::unexpected(opened.error());
  archive_entry* entry = nullptr;
  const int header = state->next_member(entry);
  if (state->has_members()) {
    auto found = state->find_member(file, member, header, entry);
    if (!found) return std::unexpected(found.error());
    if (member.empty()) return open_member(file, *found, text, std::move(growth));
    // Most say how large they are, and are refused before anything is unpacked.
    if (state->growth && archive_entry_size_is_set(entry) != 0) {
      const auto stated = static_cast<std::uint64_t>(archive_entry_size(entry));
      if (auto fault = state->too_large(stated)) return std::unexpected(*fault);
    }
  } else if (header == ARCHIVE_EOF) {
    state->at_end = true;
    return Reader(std::move(state));
  } else if (header < ARCHIVE_WARN) {
    return std::unexpected(state->trouble());
  } else if (!member.empty()) {
    return refuse("file.member_unknown",
                  fmt::format("{}: is no zip or tar, so it has no {}", file, member));
  }
  if (auto begun = state->begin_text(text); !begun) return std::unexpected(begun.error());
  return Reader(std::move(state));
}

Result<std::vector<std::string>> Reader::members(const std::string& file) {
  constexpr std::size_t members_max = 100'000;
  std::vector<std::string> names;
  if (file == "-") return names;
  State state;
  state.start(file);
  state.growth = new_growth();
  std::uint64_t stated = 0;
  if (auto opened = state.open_source(file); !opened) return std::unexpected(opened.error());
  archive_entry* entry = nullptr;
  int header = state.next_member(entry);
  if (!state.has_members()) return names;
  for (; header != ARCHIVE_EOF; header = state.next_member(entry)) {
    if (header < ARCHIVE_WARN) return std::unexpected(state.trouble());
    const char* const name = archive_entry_pathname(entry);
    // A tar has no list: what stands before the next name is unpacked on the way to it.
    stated += static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0));
    if (archive_format(state.handle.get()) != ARCHIVE_FORMAT_ZIP) {
      if (auto fault = state.too_large(stated)) return std::unexpected(*fault);
    }
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG || is_of_mac(name)) continue;
    names.emplace_back(name);
    if (names.size() > members_max)
      return refuse("file.too_large", file + ": holds more than 100,000 files");
  }
  return names;
}

Result<std::size_t> Reader::read(std::span<char> buffer) {
  State& state = *state_;
  if (state.from < state.to) {
    const std::size_t size = std::min(buffer.size(), state.to - state.from);
    std::memcpy(buffer.data(), state.buffer.data() + state.from, size);
    state.from += size;
    return size;
  }
  return state.pull(buffer);
}

Result<std::optional<std::string_view>> Reader::line() {
  State& state = *state_;
  std::size_t searched = 0;
  for (;;) {
    char* const begin = state.buffer.data() + state.from;
    const std::size_t size = state.to - state.from;
    const void* const found = std::memchr(begin + searched, '\n', size - searched);
    std::size_t taken = size;
    if (found != nullptr) {
      taken = static_cast<std::size_t>(static_cast<const char*>(found) - begin);
    } else {
      if (size > line_bytes_max) {
        return refuse("file.line_too_long",
                      fmt::format("{}: line {} is longer than 16 MiB: is this the right file?",
                                  state.name, state.line + 1));
      }
      searched = size;
      const auto more = state.fill();
      if (!more) return std::unexpected(more.error());
      if (*more) continue;
      if (size == 0) return std::nullopt;
    }
    // fill() may have moved the bytes; only a found line or the end comes here.
    std::string_view line(state.buffer.data() + state.from, taken);
    state.from += taken + (found != nullptr ? 1 : 0);
    ++state.line;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
}

std::uint64_t Reader::line_number() const { return state_->line; }

Result<std::string> Reader::all(std::size_t bytes_max) {
  std::string text;
  std::vector<char> buffer(read_block_bytes);
  for (;;) {
    const auto got = read(buffer);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return text;
    if (text.size() + *got > bytes_max) {
      return refuse("file.too_large",
                    fmt::format("{}: is larger than {} bytes", state_->name, bytes_max));
    }
    text.append(buffer.data(), *got);
  }
}

std::uint64_t Reader::file_bytes_read() const { return state_->source->taken(); }

std::uint64_t Reader::file_bytes() const { return state_->size; }

Result<std::string> read_text(const std::string& path, std::size_t bytes_max) {
  auto reader = Reader::open(path);
  if (!reader) return std::unexpected(reader.error());
  return reader->all(bytes_max);
}

}  // namespace teller
