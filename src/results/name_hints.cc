#include "results/name_hints.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "base/utf8.h"
#include "tables/unicode.h"

namespace teller {
namespace {

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find_first_of("-/. ");
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.size() > 4 || read.ec != std::errc{} ||
      read.ptr != text.data() + text.size())
    return std::nullopt;
  return value;
}

// "1 4" of "4-Jan", "Jan-04", "1-4", "2026-01-04" and the like: a day and a month, the smaller first.
// `date`: only of what is written as a date.
std::optional<std::string> two_numbers(std::string_view text, bool date) {
  auto parts = parts_of(text);
  if (parts.size() == 3 && parts.front().size() == 4) {
    parts.erase(parts.begin());
  } else if (parts.size() == 3 && parts.back().size() == 4) {
    parts.pop_back();
  } else if (date &&
             (parts.size() == 3 || (parts.size() == 2 && number(parts[0]) && number(parts[1])))) {
    return std::nullopt;
  }
  if (parts.size() != 2) return std::nullopt;
  std::array<unsigned, 2> values{};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string word = ascii_lower(parts[i]);
    const auto* const month = std::find(months.begin(), months.end(), word);
    const auto found = month != months.end()
                           ? std::optional(static_cast<unsigned>(month - months.begin()) + 1)
                           : number(parts[i]);
    if (!found || *found == 0 || *found > 99) return std::nullopt;
    values[i] = *found;
  }
  std::sort(values.begin(), values.end());
  return fmt::format("{} {}", values[0], values[1]);
}

std::optional<std::string> without_zeros(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  const std::size_t first = text.find_first_not_of('0');
  return std::string(first == std::string_view::npos ? "0" : text.substr(first));
}

}  // namespace

bool looks_like_date(std::string_view name) {
  return name.size() >= 5 && name.size() <= 11 && two_numbers(name, true).has_value();
}

void NameHints::add(const std::string& known) {
  const std::string look = as_seen(known);
  by_look_.emplace(look, known);
  by_letters_.emplace(ascii_lower(look), known);
  if (auto zeros = without_zeros(known)) by_number_.emplace(std::move(*zeros), known);
  if (auto date = two_numbers(known, false)) by_date_.emplace(std::move(*date), known);
}

std::string NameHints::hint(std::string_view unknown) const {
  const auto find = [](const auto& names, const std::optional<std::string>& key) {
    const auto found = key ? names.find(*key) : names.end();
    return found == names.end() ? std::string() : shown(found->second);
  };
  const std::string look = as_seen(unknown);
  if (const auto same = find(by_look_, look); !same.empty())
    return fmt::format("; it looks like {} and is written otherwise", same);
  if (const auto same = find(by_letters_, ascii_lower(look)); !same.empty())
    return fmt::format("; is it {}?", same);
  if (const auto same = find(by_number_, without_zeros(unknown)); !same.empty())
    return fmt::format("; is it {}, whose zeros a spreadsheet dropped? Format the column as text",
                       same);
  if (looks_like_date(unknown)) {
    if (const auto same = find(by_date_, two_numbers(unknown, true)); !same.empty())
      return fmt::format(
          "; is it {}, of which a spreadsheet made a date? Format the column as text", same);
  }
  return {};
}

std::string alike(const std::vector<std::string_view>& names) {
  std::unordered_map<std::string, std::string_view> by_look;
  for (const std::string_view name : names) {
    const auto [found, is_new] = by_look.emplace(as_seen(name), name);
    if (!is_new && found->second != name)
      return fmt::format("{} and {}", shown(found->second), shown(name));
  }
  return {};
}

}  // namespace teller
