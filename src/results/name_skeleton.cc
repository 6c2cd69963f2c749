#include "results/name_skeleton.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "tables/unicode.h"

namespace teller {
namespace {

struct LooksLike {
  std::int32_t point;
  char as;
};

// Of the confusables of Unicode Technical Standard 39 (confusables.txt, version 15): letters of Cyrillic
// and Greek whose capital, or else small, form looks like a Latin letter; by the small letter, since
// case is folded before. And dashes, quotes and apostrophes of any kind.
constexpr std::array look_alikes = {
    LooksLike{0x0430, 'a'},  LooksLike{0x0432, 'b'},  LooksLike{0x0435, 'e'},
    LooksLike{0x0455, 's'},  LooksLike{0x0456, 'i'},  LooksLike{0x0458, 'j'},
    LooksLike{0x043A, 'k'},  LooksLike{0x043C, 'm'},  LooksLike{0x043D, 'h'},
    LooksLike{0x043E, 'o'},  LooksLike{0x0440, 'p'},  LooksLike{0x0441, 'c'},
    LooksLike{0x0442, 't'},  LooksLike{0x0443, 'y'},  LooksLike{0x0445, 'x'},
    LooksLike{0x04AF, 'y'},  LooksLike{0x04BB, 'h'},  LooksLike{0x04CF, 'l'},
    LooksLike{0x0501, 'd'},  LooksLike{0x051B, 'q'},  LooksLike{0x051D, 'w'},
    LooksLike{0x03B1, 'a'},  LooksLike{0x03B2, 'b'},  LooksLike{0x03B5, 'e'},
    LooksLike{0x03B6, 'z'},  LooksLike{0x03B7, 'h'},  LooksLike{0x03B9, 'i'},
    LooksLike{0x03BA, 'k'},  LooksLike{0x03BC, 'm'},  LooksLike{0x03BD, 'n'},
    LooksLike{0x03BF, 'o'},  LooksLike{0x03C1, 'p'},  LooksLike{0x03C4, 't'},
    LooksLike{0x03C5, 'y'},  LooksLike{0x03C7, 'x'},  LooksLike{0x0131, 'i'},
    LooksLike{0x2010, '-'},  LooksLike{0x2011, '-'},  LooksLike{0x2012, '-'},
    LooksLike{0x2013, '-'},  LooksLike{0x2014, '-'},  LooksLike{0x2015, '-'},
    LooksLike{0x2212, '-'},  LooksLike{0xFE63, '-'},  LooksLike{0xFF0D, '-'},
    LooksLike{0x0060, '\''}, LooksLike{0x00B4, '\''}, LooksLike{0x02B9, '\''},
    LooksLike{0x02BB, '\''}, LooksLike{0x02BC, '\''}, LooksLike{0x2018, '\''},
    LooksLike{0x2019, '\''}, LooksLike{0x201A, '\''}, LooksLike{0x201B, '\''},
    LooksLike{0x2032, '\''}, LooksLike{0xFF07, '\''}, LooksLike{0x00AB, '"'},
    LooksLike{0x00BB, '"'},  LooksLike{0x201C, '"'},  LooksLike{0x201D, '"'},
    LooksLike{0x201E, '"'},  LooksLike{0x201F, '"'},  LooksLike{0x2033, '"'}};

// Accents of these scripts may be left out; in others a mark is a vowel.
constexpr std::int32_t alphabets_end = 0x0530;

}  // namespace

std::string name_skeleton(std::string_view name) {
  std::string skeleton;
  const std::string seen = as_seen(name);
  for (std::string_view left = seen; !left.empty();) {
    const CodePoint next = first_code_point(left);
    const std::string_view one = left.substr(0, next.bytes);
    left.remove_prefix(next.bytes);
    const std::string folded =
        next.point >= 0 && next.point < alphabets_end ? plain_word(one) : std::string(one);
    const std::int32_t point = folded.empty() ? -1 : first_code_point(folded).point;
    const auto* const found =
        std::find_if(look_alikes.begin(), look_alikes.end(),
                     [&](const LooksLike& each) { return each.point == point; });
    if (found == look_alikes.end()) {
      skeleton += folded;
    } else {
      skeleton += found->as;
    }
  }
  return skeleton;
}

std::string two_spellings(std::string_view one, std::string_view other) {
  std::string text = fmt::format("{} and {}", shown(one), shown(other));
  while (!one.empty() && !other.empty()) {
    const CodePoint a = first_code_point(one), b = first_code_point(other);
    if (a.point != b.point) {
      text +=
          fmt::format(" (U+{:04X} and U+{:04X})", static_cast<std::uint32_t>(std::max(a.point, 0)),
                      static_cast<std::uint32_t>(std::max(b.point, 0)));
      return text;
    }
    one.remove_prefix(a.bytes);
    other.remove_prefix(b.bytes);
  }
  return text;
}

std::vector<LikeNames> like_names(const std::vector<std::string_view>& names) {
  std::vector<LikeNames> pairs;
  std::unordered_map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto [found, is_new] = first.emplace(name_skeleton(names[i]), i);
    if (!is_new && names[found->second] != names[i]) pairs.push_back({found->second, i});
  }
  return pairs;
}

}  // namespace teller
