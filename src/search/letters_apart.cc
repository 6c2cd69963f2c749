#include "search/letters_apart.h"

#include <algorithm>
#include <vector>

#include "search/folded.h"

namespace teller {

std::size_t wrong_letters(std::string_view folded_text, std::size_t characters) {
  if (std::ranges::any_of(folded_text, [](char c) { return c >= '0' && c <= '9'; })) return 0;
  const std::size_t letters = characters * (has_ideographs(folded_text) ? 2 : 1);
  return letters < 4 ? 0 : letters < 8 ? 1 : 2;
}

std::size_t letters_apart(std::u32string_view one, std::u32string_view other, std::size_t most) {
  const std::size_t apart =
      one.size() > other.size() ? one.size() - other.size() : other.size() - one.size();
  if (apart > most) return most + 1;
  std::vector<std::size_t> before, last(other.size() + 1), row(other.size() + 1);
  for (std::size_t j = 0; j < last.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= other.size(); ++j) {
      row[j] = std::min(
          {last[j] + 1, row[j - 1] + 1, last[j - 1] + (one[i - 1] != other[j - 1] ? 1 : 0)});
      if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    if (std::ranges::min(row) > most) return most + 1;
    before = last;
    last = row;
  }
  return last.back();
}

}  // namespace teller
