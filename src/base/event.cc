#include "base/event.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/time.h"

namespace teller {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto interval = std::chrono::minutes(1);

Event::Level level_of(Remedy remedy) {
  const bool passes = remedy == Remedy::retry || remedy == Remedy::abort;
  return passes ? Event::Level::warning : Event::Level::error;
}

std::string_view to_text(Event::Level level) {
  switch (level) {
    case Event::Level::info:
      return "info";
    case Event::Level::warning:
      return "warning";
    case Event::Level::error:
      break;
  }
  return "error";
}

// What is known of one kind of event.
struct Said {
  Steady::time_point at;
  std::uint64_t left_out = 0;
};

// What the copies of one function share.
struct Memory {
  std::mutex mutex;
  std::map<std::string, Said, std::less<>> kinds;

  // How many were left out since this kind was last told; nothing: leave this one out as well.
  std::optional<std::uint64_t> to_tell(const std::string& kind, Steady::time_point now) {
    const std::scoped_lock lock(mutex);
    const auto found = kinds.find(kind);
    if (found != kinds.end() && now - found->second.at < interval) {
      ++found->second.left_out;
      return std::nullopt;
    }
    const std::uint64_t left_out = found == kinds.end() ? 0 : found->second.left_out;
    std::erase_if(kinds, [now](const auto& each) { return now - each.second.at >= 2 * interval; });
    kinds.insert_or_assign(kind, Said{now, 0});
    return left_out;
  }
};

}  // namespace

std::string_view to_text(Remedy remedy) {
  switch (remedy) {
    case Remedy::reject:
      return "reject";
    case Remedy::retry:
      return "retry";
    case Remedy::abort:
      return "abort";
    case Remedy::stop:
      break;
  }
  return "stop";
}

Event Event::info(std::string_view name) { return {Level::info, name}; }

Event Event::warning(std::string_view name) { return {Level::warning, name}; }

Event::Event(std::string_view name, const Error& error) : Event(level_of(error.remedy), name) {
  with("code", error.code.text())
      .with("remedy", to_text(error.remedy))
      .with("detail", error.detail);
  kind_ = fmt::format("{} {}", name, error.code.text());
  if (level_ == Level::error) kind_ += error.detail;
}

Event& Event::with(std::string_view key, std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    quoted += c == '"' ? '\'' : byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return bare(key, quoted += '"');
}

Event& Event::bare(std::string_view key, std::string_view value) {
  text_ += fmt::format(" {}={}", key, value);
  return *this;
}

std::string Event::line(std::int64_t now_us) const {
  // Milliseconds: "2026-11-28T10:05:40.123456Z" without its last three digits.
  const std::string time = format_utc(now_us).substr(0, 23);
  return fmt::format("{}Z {} {}", time, to_text(level_), text_);
}

OnEvent seldom(OnEvent to, std::function<Steady::time_point()> now) {
  return [to = std::move(to), now = std::move(now),
          memory = std::make_shared<Memory>()](const Event& event) {
    if (event.level() == Event::Level::info) return to(event);
    const auto left_out = memory->to_tell(event.kind(), now());
    if (!left_out) return;
    if (*left_out == 0) return to(event);
    Event again = event;
    to(again.with("again", *left_out));
  };
}

}  // namespace teller
