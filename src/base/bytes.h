// Bytes, and the one way we read and write numbers in them.
//
// All our binary formats are little-endian with fixed widths; a string is its length and its
// bytes. ByteReader never reads past the end: it turns `ok()` false, once and for good, and gives
// zeros, so that a parser may read a whole struct and ask once.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace teller {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(&out) {}

  template <std::unsigned_integral T>
  void number(T value) {
    std::array<std::uint8_t, sizeof(T)> raw;
    std::memcpy(raw.data(), &value, sizeof(T));  // x86-64 and arm64 are little-endian.
    out_->insert(out_->end(), raw.begin(), raw.end());
  }
  void u8(std::uint8_t value) { out_->push_back(value); }
  void u16(std::uint16_t value) { number(value); }
  void u32(std::uint32_t value) { number(value); }
  void u64(std::uint64_t value) { number(value); }
  void raw(ByteView bytes) { out_->insert(out_->end(), bytes.begin(), bytes.end()); }
  void raw(std::string_view text) { raw(as_bytes(text)); }
  void text8(std::string_view text) {
    u8(static_cast<std::uint8_t>(text.size()));
    raw(text);
  }
  void text16(std::string_view text) {
    u16(static_cast<std::uint16_t>(text.size()));
    raw(text);
  }

 private:
  Bytes* out_;
};

class ByteReader {
 public:
  explicit ByteReader(ByteView in) : in_(in) {}

  template <std::unsigned_integral T>
  [[nodiscard]] T number() {
    T value = 0;
    const ByteView raw = take(sizeof(T));
    if (raw.size() == sizeof(T)) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }
  [[nodiscard]] std::uint8_t u8() { return number<std::uint8_t>(); }
  [[nodiscard]] std::uint16_t u16() { return number<std::uint16_t>(); }
  [[nodiscard]] std::uint32_t u32() { return number<std::uint32_t>(); }
  [[nodiscard]] std::uint64_t u64() { return number<std::uint64_t>(); }
  [[nodiscard]] std::string_view text8() { return as_text(take(u8())); }
  [[nodiscard]] std::string_view text16() { return as_text(take(u16())); }

  // The next `size` bytes, or nothing at all (and ok() turns false) if there are fewer.
  [[nodiscard]] ByteView take(std::size_t size) {
    if (size > in_.size()) {
      ok_ = false;
      in_ = {};
      return {};
    }
    const ByteView taken = in_.first(size);
    in_ = in_.subspan(size);
    return taken;
  }
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> result{};
    const ByteView raw = take(N);
    if (raw.size() == N) std::copy(raw.begin(), raw.end(), result.begin());
    return result;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return in_.size(); }
  // Whether `items` of at least `item_bytes` each may still come: a list that claims more than that
  // is not read at all.
  [[nodiscard]] bool can_hold(std::uint64_t items, std::size_t item_bytes) const {
    return ok_ && items <= in_.size() / item_bytes;
  }
  // True when all was there and nothing is left over.
  [[nodiscard]] bool done() const { return ok_ && in_.empty(); }

 private:
  ByteView in_;
  bool ok_ = true;
};

[[nodiscard]] std::string to_hex(ByteView bytes);
// False unless `hex` is exactly 2 × out.size() lower-case or upper-case digits.
[[nodiscard]] bool from_hex(std::string_view hex, std::span<std::uint8_t> out);

// RFC 4648 base64 with padding, as C2SP notes use it.
[[nodiscard]] std::string to_base64(ByteView bytes);
[[nodiscard]] Result<Bytes> from_base64(std::string_view text);

// CRC-32C (Castagnoli, RFC 3720): finds accidents, not attackers.
[[nodiscard]] std::uint32_t crc32c(ByteView bytes);

}  // namespace teller
