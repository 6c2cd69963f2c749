// The bytes of a file of results as UTF-8 text with LF line ends where it had CR alone: the encoding
// is the one that is stated, or is found out from the file's front and said (note()).
//
// What is no table of text at all is refused by name with what to do: a web page, an XLS, a PDF. A
// text that is UTF-8 passes as it is. Memory is bounded by the front that is looked at.
//
// Not thread-safe. Called by csv.cc; the only includer of uchardet and iconv.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "tables/reader.h"

namespace teller {

class TextDecoder {
 public:
  // `stated`: the encoding's name as iconv has it; empty: found out.
  explicit TextDecoder(std::string stated);
  TextDecoder(TextDecoder&&) noexcept;
  TextDecoder& operator=(TextDecoder&&) noexcept;
  ~TextDecoder();

  // Fills the front of `out` and tells how much; 0 at the end.
  // Errors: reject file.encoding (not text of that encoding, none that is known, or no table);
  // as of Reader.
  [[nodiscard]] Result<std::size_t> read(Reader& reader, std::span<char> out);

  // What a person should know of how the file was read; mostly empty. Set by the first read().
  [[nodiscard]] const std::string& note() const;
  // What it is read from; empty: UTF-8. Set by the first read().
  [[nodiscard]] const std::string& encoding() const;
  // Where an encoding was stated: whether anything read so far is more than plain ASCII.
  [[nodiscard]] bool is_beyond_ascii() const;

  static constexpr std::size_t front_bytes = std::size_t{1} << 20;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace teller
