// Points in time as we write them: microseconds since 1970 in UTC, and RFC 3339 with six decimals
// ("2024-01-13T08:00:00.000000Z"), which sorts as text.
//
// Only hosts ask for the time; the count knows no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace teller {

[[nodiscard]] std::string format_utc(std::int64_t microseconds);
// 0 for anything format_utc() does not write.
[[nodiscard]] std::int64_t parse_utc(std::string_view text);
// A time as people write it, by RFC 3339: "2024-01-13T16:00+08:00", "2024-01-13 08:00:00Z". Seconds
// and their parts (six digits at most) may be left out, the zone may not. Nothing for all else.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text);

// Port: the time of day. A host has one; the simulator has its own.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t now_us() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_us() const override;
};

}  // namespace teller
