#include "base/time.h"

#include <chrono>
#include <cstdio>
#include <regex>
#include <string>

#include <fmt/format.h>

namespace teller {

using namespace std::chrono;

std::string format_utc(std::int64_t microseconds_since_1970) {
  const sys_time<microseconds> time{microseconds(microseconds_since_1970)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", int{date.year()},
                     unsigned{date.month()}, unsigned{date.day()}, clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::int64_t parse_utc(std::string_view text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, us = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%6dZ", &y, &mo, &d, &h, &mi, &s, &us) !=
      7) {
    return 0;
  }
  const sys_days day =
      year(y) / month(static_cast<unsigned>(mo)) / std::chrono::day(static_cast<unsigned>(d));
  return duration_cast<microseconds>(day.time_since_epoch() + hours(h) + minutes(mi) + seconds(s))
             .count() +
         us;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  static const std::regex form(
      R"((\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?:[Zz]|([+-])(\d\d):(\d\d)))");
  std::match_results<std::string_view::const_iterator> found;
  if (!std::regex_match(text.begin(), text.end(), found, form)) return std::nullopt;
  const auto number = [&](std::size_t group) {
    return found[group].matched ? std::stoi(found[group].str()) : 0;
  };
  const year_month_day date(year(number(1)), month(static_cast<unsigned>(number(2))),
                            day(static_cast<unsigned>(number(3))));
  if (!date.ok() || number(4) > 23 || number(5) > 59 || number(6) > 59 || number(9) > 23 ||
      number(10) > 59) {
    return std::nullopt;
  }
  std::string parts = found[7].str();
  parts.resize(6, '0');
  const minutes offset = hours(number(9)) + minutes(number(10));
  const auto time = sys_days(date).time_since_epoch() + hours(number(4)) + minutes(number(5)) +
                    seconds(number(6)) + microseconds(std::stoi(parts)) -
                    (found[8].str() == "-" ? -offset : offset);
  return duration_cast<microseconds>(time).count();
}

std::int64_t SystemClock::now_us() const {
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace teller
