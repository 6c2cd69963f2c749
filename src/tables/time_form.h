// How a publisher writes times: in a column of its file, or in the file's name.
//
// Without a form a time is RFC 3339 (base/time.h), whose zone may be missing. A form is a text with
// places in braces: "{M}/{D}/{YYYY} {h}:{mm}:{ss} {AM}", "results-{YYYY}{MM}{DD}-{hh}{mm}*".
//
//   {YYYY} {MM} {DD} {hh} {mm} {ss}   so many digits
//   {M} {D} {h}                       one digit or two
//   {AM}                              AM or PM in any letters; hours are 1 to 12 then
//   {unix}                            seconds since 1970, instead of all the others
//   *                                 any text
//
// Nothing is guessed: what has no zone of its own has the one that the mapping states, as an offset,
// and a day that no calendar has is no time. A plain value; safe from any thread once parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace teller {

class TimeForm {
 public:
  TimeForm() = default;
  // `zone`: "Z", "+08:00", or empty. Errors: reject mapping.invalid, with what to write.
  [[nodiscard]] static Result<TimeForm> parse(std::string_view form, std::string_view zone);

  // Microseconds since 1970 in UTC; nothing where `text` is no such time.
  [[nodiscard]] std::optional<std::int64_t> read(std::string_view text) const;

  static constexpr std::size_t text_bytes_max = 300;  // Longer texts are no times.

 private:
  enum class Part { year, month, day, hour, minute, second, half_day, unix_seconds };
  [[nodiscard]] std::optional<std::int64_t> read_form(const std::string& text) const;

  std::string zone_;
  std::optional<std::regex> form_;
  std::vector<Part> parts_;  // What each group of it is.
};

}  // namespace teller
