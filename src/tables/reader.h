// Reads a file of any kind that people send: plain, gzip, zstd, bzip2, xz, or one member of a zip;
// "-" is standard input (of the same kinds). What comes out is the plain bytes, as a stream: memory
// does not grow with the file.
//
// A UTF-8 byte order mark at the beginning is dropped. A file that was cut off or damaged on its
// way is an error, never a short file: what was read before the fault is given first. A small file
// that grows without end (a zip bomb) is refused before it costs more than a large one.
//
// Called by csv.h, import.h and the commands that read files. Not thread-safe. The only includer
// of archive.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace teller {

class Reader {
 public:
  // utf8: another encoding is refused where it shows; any: the bytes are given as they are.
  enum class Text { utf8, any };

  // `path` names a file, or a member of a zip as "results.zip:county.csv" (only needed when the
  // zip holds several files), or standard input as "-".
  //
  // Errors: reject file.not_found, file.unreadable, file.damaged, file.member_unknown,
  // file.encoding (UTF-16).
  [[nodiscard]] static Result<Reader> open(const std::string& path, Text text = Text::utf8);

  // What the readers of one file have given so far. Of text that is `any`, all of them together give
  // at most growth_max times what the file has, once it is more than growth_free; and where they
  // give more than the file has, `at_most`. What is not packed may be as large as it is.
  struct Given {
    std::uint64_t bytes = 0, at_most = 0;
  };
  using Growth = std::shared_ptr<Given>;
  static constexpr std::uint64_t growth_free = std::uint64_t{16} << 20;
  static constexpr std::uint64_t growth_max = 200;
  static constexpr std::uint64_t unpacked_bytes_max = std::uint64_t{4} << 30;
  [[nodiscard]] static Growth new_growth(std::uint64_t bytes_max = unpacked_bytes_max) {
    return std::make_shared<Given>(Given{0, bytes_max});
  }

  // A member of a zip by its name. Errors: as open(); reject file.too_large.
  [[nodiscard]] static Result<Reader> open_member(const std::string& file,
                                                  const std::string& member, Text text,
                                                  Growth growth = new_growth());
  // The files in a zip, without what a Mac adds; none for any other file, and for standard input.
  // Errors: as open(); reject file.too_large (more than 100,000).
  [[nodiscard]] static Result<std::vector<std::string>> members(const std::string& file);

  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  // Fills the front of `buffer` and tells how much; 0 at the end.
  // Errors: reject file.damaged, file.unreadable, file.too_large (beyond growth_max or unpacked_bytes_max).
  [[nodiscard]] Result<std::size_t> read(std::span<char> buffer);

  // The next line without its line end (LF or CRLF), or nothing at the end. The view holds until
  // the next call. May be mixed with read().
  // Errors: as read(); reject file.line_too_long (line_bytes_max; then read on is not possible).
  [[nodiscard]] Result<std::optional<std::string_view>> line();
  // Of the line that line() gave last, from 1.
  [[nodiscard]] std::uint64_t line_number() const;

  // All that is left. Errors: as read(); reject file.too_large.
  [[nodiscard]] Result<std::string> all(std::size_t bytes_max = std::size_t{1} << 30);

  // For a progress bar: bytes of the file taken so far, and how large it is (0: not known).
  [[nodiscard]] std::uint64_t file_bytes_read() const;
  [[nodiscard]] std::uint64_t file_bytes() const;

  static constexpr std::size_t line_bytes_max = std::size_t{16} << 20;

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The whole of a file: Reader::open(path) and all().
[[nodiscard]] Result<std::string> read_text(const std::string& path,
                                            std::size_t bytes_max = std::size_t{1} << 30);

}  // namespace teller
