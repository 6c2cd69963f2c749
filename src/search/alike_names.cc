#include "search/alike_names.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>

#include "search/folded.h"
#include "search/letters_apart.h"

namespace teller {
namespace {

// What is compared of a group: its letters without blanks, and which letters those are.
struct Letters {
  std::string word;
  std::u32string characters;
  std::size_t wrong = 0;    // How many of them may be wrong.
  std::uint64_t which = 0;  // A bit a letter, several of one bit.
};

Letters letters_of(std::string_view folded_name) {
  Letters letters;
  letters.word = in_one_word(folded_name);
  letters.characters = characters_of(letters.word);
  letters.wrong = wrong_letters(letters.word, letters.characters.size());
  for (const char32_t character : letters.characters) {
    letters.which |= std::uint64_t{1} << (character % 64);
  }
  return letters;
}

std::string words_in_order(std::string_view folded_name) {
  auto words = words_of(folded_name);
  std::ranges::sort(words);
  std::string all;
  for (const std::string_view word : words) all += std::string(word) + " ";
  return all;
}

bool are_nearly(const Letters& one, const Letters& other) {
  const std::size_t wrong = std::min(one.wrong, other.wrong);
  // A wrong letter takes one of the one name away and brings one of the other; most pairs end here.
  if (wrong == 0 || std::popcount(one.which ^ other.which) > 2 * static_cast<int>(wrong)) {
    return false;
  }
  return letters_apart(one.characters, other.characters, wrong) <= wrong;
}

}  // namespace

std::vector<AlikeNames> alike_names(const std::vector<std::string>& names) {
  std::vector<AlikeNames> groups;
  std::vector<Letters> letters;
  std::unordered_map<std::string, std::size_t> by_word;
  std::map<std::string, std::vector<std::size_t>> by_words;  // Whatever their order.
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = folded(names[i]);
    Letters of_name = letters_of(name);
    // What has neither letters nor digits is alike to nothing but itself, and no folded word begins so.
    const std::string key = of_name.word.empty() ? "=" + names[i] : of_name.word;
    const auto [at, is_new] = by_word.emplace(key, groups.size());
    if (is_new) {
      groups.emplace_back();
      letters.push_back(std::move(of_name));
    }
    groups[at->second].names.push_back(i);
    if (name.empty()) continue;
    auto& alike = by_words[words_in_order(name)];
    if (alike.empty() || alike.back() != at->second) alike.push_back(at->second);
  }
  const auto suggest = [&](std::size_t one, std::size_t other) {
    if (one == other) return;
    groups[one].perhaps.push_back(other);
    groups[other].perhaps.push_back(one);
  };
  const std::size_t compared = groups.size() > nearly_alike_max ? 0 : groups.size();
  for (std::size_t i = 0; i < compared; ++i) {
    for (std::size_t j = i + 1; j < compared; ++j) {
      if (are_nearly(letters[i], letters[j])) suggest(i, j);
    }
  }
  for (const auto& [words, alike] : by_words) {
    for (std::size_t i = 0; i < alike.size(); ++i) {
      for (std::size_t j = i + 1; j < alike.size(); ++j) suggest(alike[i], alike[j]);
    }
  }
  for (AlikeNames& group : groups) {
    std::ranges::sort(group.perhaps);
    group.perhaps.erase(std::ranges::unique(group.perhaps).begin(), group.perhaps.end());
  }
  return groups;
}

}  // namespace teller
