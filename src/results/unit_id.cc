#include "results/unit_id.h"

#include "tables/unicode.h"

namespace teller {
namespace {

constexpr std::string_view percent = "%25";

bool is_ascii_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

bool UnitIdJoiner::can_join(std::string_view separator) {
  return !separator.empty() && separator.front() != '%' &&
         !is_ascii_letter_or_digit(separator.front());
}

UnitIdJoiner::UnitIdJoiner(std::string_view separator, std::size_t levels)
    : separator_(separator),
      first_(separator.substr(0, first_code_point(separator).bytes)),
      levels_(levels) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : first_) {
    const auto byte = static_cast<unsigned char>(c);
    escape_ += {'%', digits[byte >> 4], digits[byte & 0xF]};
  }
}

// Whether the first separator in `level` and what follows it is the one that follows it.
bool UnitIdJoiner::reads_back(std::string_view level, bool last) const {
  if (last) return level.find(separator_) == std::string_view::npos;
  // "A:" and "::" make "A:::", where the first separator stands one character too early.
  return (std::string(level) + separator_).find(separator_) == level.size();
}

void UnitIdJoiner::append(std::string& id, std::string_view level, std::size_t number) const {
  if (number > 0) id += separator_;
  // What is left as it is holds neither escape, and what is changed holds one: they never meet.
  if (levels_ == 1 ||
      (reads_back(level, number + 1 == levels_) && level.find(escape_) == std::string_view::npos &&
       level.find(percent) == std::string_view::npos)) {
    id += level;
    return;
  }
  while (!level.empty()) {
    if (level.starts_with(first_)) {
      id += escape_;
      level.remove_prefix(first_.size());
    } else if (level.front() == '%') {
      id += percent;
      level.remove_prefix(1);
    } else {
      id += level.front();
      level.remove_prefix(1);
    }
  }
}

}  // namespace teller
