// Which error it is: a code of schema/events.toml, such as "entry.unit.unknown".
//
// What always holds: a Code is one that is declared there, with its sentence and with what a person
// does about it. Written as a literal it is looked up while compiling, so that a code that is not
// declared does not compile; one that comes from outside is asked for with named(). The build makes
// the table (tools/codes_source.py). A value, for any thread.
#pragma once

// Every file includes this: <algorithm> alone would cost each of them a tenth of a second.
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace teller {
namespace codes {

struct Row {
  std::string_view text;
  std::uint16_t number;
};

// All codes, ascending. The first says nothing, and is what a Code is that nobody has set.
inline constexpr Row rows[] = {
    {"", 0},
#include "codes/code_rows.inc"
};

// Where `text` stands in rows; 0 if it is not declared.
constexpr std::uint16_t row_of(std::string_view text) {
  std::size_t from = 0, to = std::size(rows);
  while (to - from > 1) {
    const std::size_t middle = (from + to) / 2;
    (rows[middle].text <= text ? from : to) = middle;
  }
  return rows[from].text == text ? static_cast<std::uint16_t>(from) : std::uint16_t{0};
}

// Where the code with this frozen number stands; 0 if none has it.
constexpr std::uint16_t row_numbered(std::uint16_t number) {
  std::size_t row = std::size(rows) - 1;
  while (row > 0 && rows[row].number != number) --row;
  return number == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(row);
}

// Has no body, so that it ends a compile-time evaluation: the compiler names it.
void this_code_is_not_declared_in_schema_events_toml();

}  // namespace codes

class Code {
 public:
  // Of an error that did not happen: its text is empty.
  constexpr Code() = default;
  // Of a literal, at compile time.
  consteval Code(const char* declared) : row_(codes::row_of(declared)) {  // NOLINT: reads as text.
    if (row_ == 0) codes::this_code_is_not_declared_in_schema_events_toml();
  }
  // Of a text that comes from outside; nothing if no code of this program reads so.
  [[nodiscard]] static constexpr std::optional<Code> named(std::string_view text) {
    return at(codes::row_of(text));
  }
  // Of a frozen number; nothing if no code has it.
  [[nodiscard]] static constexpr std::optional<Code> numbered(std::uint16_t number) {
    return at(codes::row_numbered(number));
  }

  [[nodiscard]] constexpr bool empty() const { return row_ == 0; }
  [[nodiscard]] constexpr std::string_view text() const { return codes::rows[row_].text; }
  // NOLINTNEXTLINE: it goes wherever a text goes.
  constexpr operator std::string_view() const { return text(); }
  // The frozen number of an entry's reason; 0 of all other codes.
  [[nodiscard]] constexpr std::uint16_t number() const { return codes::rows[row_].number; }
  // What happened, without the numbers of the case: "the rules have no such reporting unit".
  [[nodiscard]] std::string_view sentence() const;
  // What a person does: whole sentences.
  [[nodiscard]] std::string_view advice() const;

  friend constexpr bool operator==(Code, Code) = default;
  friend constexpr std::strong_ordering operator<=>(Code, Code) = default;
  // With a text that came from outside, and in tests. Other sources compare with Code("…"), which
  // the compiler looks up.
  template <typename Text>
    requires(std::convertible_to<const Text&, std::string_view> && !std::same_as<Text, Code>)
  friend constexpr bool operator==(Code code, const Text& text) {
    return code.text() == std::string_view(text);
  }

 private:
  static constexpr std::optional<Code> at(std::uint16_t row) {
    if (row == 0) return std::nullopt;
    Code code;
    code.row_ = row;
    return code;
  }

  std::uint16_t row_ = 0;
};

}  // namespace teller
