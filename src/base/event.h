// What a process that runs all night tells its operator, a line each on stderr:
//
//   2026-11-28T10:05:40.123Z warning publish.trouble code="sink.unavailable" remedy="retry" …
//
// time (UTC), level, name, then key=value. A text stands in double quotes, which it has none of
// itself, and on one line; numbers, true and false stand bare. Java's Events.java prints the same,
// and docs/reference/events.md lists the names of both.
//
// Nobody's votes ever stand in it. There are no errors. An Event is a value; any thread may call seldom().
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace teller {

class Event {
 public:
  enum class Level { info, warning, error };
  // Of something that is no error. `name` is a literal of docs/reference/events.md.
  [[nodiscard]] static Event info(std::string_view name);
  [[nodiscard]] static Event warning(std::string_view name);
  // Of an error: code, remedy and detail; a warning if it may pass by itself (retry, abort).
  Event(std::string_view name, const Error& error);

  // Adds a pair; `key` is a word.
  Event& with(std::string_view key, std::string_view text);
  Event& with(std::string_view key, const char* text) { return with(key, std::string_view(text)); }
  Event& with(std::string_view key, std::integral auto number) {
    if constexpr (std::same_as<decltype(number), bool>)
      return bare(key, number ? "true" : "false");
    else
      return bare(key, std::to_string(number));
  }

  [[nodiscard]] Level level() const { return level_; }
  // "publish.trouble code="sink.unavailable" remedy=…": the line without time and level.
  [[nodiscard]] const std::string& text() const { return text_; }
  // The whole line without its end; `now_us` as Clock gives it.
  [[nodiscard]] std::string line(std::int64_t now_us) const;
  // Equal for events that tell an operator the same again: the name and, of an error, its code; of
  // an error that will not pass the detail too, since each such is news.
  [[nodiscard]] const std::string& kind() const { return kind_; }

 private:
  Event(Level level, std::string_view name) : level_(level), text_(name), kind_(name) {}
  Event& bare(std::string_view key, std::string_view value);

  Level level_;
  std::string text_, kind_;
};

using OnEvent = std::function<void(const Event&)>;

// `to`, but told once a minute of errors that are the same again: the first at once, the next that
// comes a minute later, with the number of those left out between as again=39037. What is no error
// is told always. Copies share what they know. `now` may be another clock in a test.
[[nodiscard]] OnEvent seldom(
    OnEvent to,
    std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now);

// remedy="retry"
[[nodiscard]] std::string_view to_text(Remedy remedy);

}  // namespace teller
