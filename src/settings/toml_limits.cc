#include "settings/toml_limits.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/grouped.h"

namespace teller {
namespace {

// Behind the string that begins at `at`. One that is not closed ends with its line, or with the
// text when it may have several lines.
std::size_t behind_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const auto quotes_at = [&](std::size_t from) {
    return std::min(text.find_first_not_of(quote, from), text.size()) - from;
  };
  const std::size_t quotes = quotes_at(at);
  if (quotes == 2) return at + 2;
  const bool many_lines = quotes >= 3;
  at += many_lines ? 3 : 1;
  while (at < text.size()) {
    const char c = text[at];
    if (c == quote) {
      if (!many_lines) return at + 1;
      // Three end it; up to two more before them are its own.
      const std::size_t run = quotes_at(at);
      if (run >= 3) return at + std::min<std::size_t>(run, 5);
      at += run;
    } else if (c == '\n' && !many_lines) {
      return at;
    } else {
      at += c == '\\' && quote == '"' ? 2 : 1;
    }
  }
  return text.size();
}

}  // namespace

std::optional<TomlExcess> beyond_limits(std::string_view text) {
  using Limits = TomlLimits;
  if (text.size() > Limits::bytes_max)
    return TomlExcess{
        0, fmt::format("is larger than {} MiB: is this the right file?", Limits::bytes_max >> 20)};
  std::size_t at = 0, line = 1, brackets = 0, values = 0, parts = 1;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      const std::size_t end = behind_string(text, at);
      line += static_cast<std::size_t>(std::ranges::count(text.substr(at, end - at), '\n'));
      at = end;
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    ++at;
    if (c == '.') {
      ++parts;
    } else if (c == '=' || c == ',' || c == '\n' || c == '[' || c == ']' || c == '{' || c == '}') {
      parts = 1;  // No key goes on behind these.
    }
    if (c == '[' || c == '{') ++brackets;
    if ((c == ']' || c == '}') && brackets > 0) --brackets;
    if (c == '.' || c == '=' || c == ',' || c == '[' || c == '{') ++values;
    if (parts > Limits::key_parts_max)
      return TomlExcess{line, fmt::format("has a key of more than {} parts (a.b.c has three)",
                                          Limits::key_parts_max)};
    if (brackets > Limits::brackets_max)
      return TomlExcess{line, fmt::format("has more than {} lists and tables in each other",
                                          Limits::brackets_max)};
    if (values > Limits::values_max)
      return TomlExcess{line,
                        fmt::format("holds more than {} values", grouped(Limits::values_max))};
    if (c == '\n') ++line;
  }
  return std::nullopt;
}

}  // namespace teller
