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
  // By the letter: what stands behind a time, or in it, would be shown by whoever shows the text itself.
  constexpr std::string_view form = "0000-00-00T00:00:00.000000Z";
  if (text.size() != form.size()) return 0;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return 0;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (const char digit : text.substr(at, digits)) value = value * 10 + (digit - '0');
    return value;
  };
  const year_month_day date(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2))));
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return 0;
  const auto time = sys_days(date).time_since_epoch() + hours(number(11, 2)) +
                    minutes(number(14, 2)) + seconds(number(17, 2)) + microseconds(number(20, 6));
  return duration_cast<microseconds>(time).count();
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
