#include "search/name_index.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "base/utf8.h"
#include "search/folded.h"
#include "search/letters_apart.h"

namespace teller {
namespace {

std::unexpected<Error> not_searched(std::string detail) {
  return fail(Remedy::reject, "http.query_invalid", std::move(detail));
}

using Bigram = std::pair<char32_t, char32_t>;

std::set<Bigram> bigrams_of(const std::u32string& word) {
  std::set<Bigram> all;
  const std::u32string padded = U' ' + word + U' ';
  for (std::size_t i = 0; i + 1 < padded.size(); ++i) all.emplace(padded[i], padded[i + 1]);
  return all;
}

bool is_nearly(std::u32string_view part, std::u32string_view word, std::size_t wrong) {
  if (letters_apart(part, word, wrong) <= wrong) return true;
  // `wrong` is less than a part with so many wrong letters has.
  for (std::size_t size = part.size() - wrong; size <= part.size() + wrong; ++size) {
    if (size < word.size() && letters_apart(part, word.substr(0, size), wrong) <= wrong) {
      return true;
    }
  }
  return false;
}

}  // namespace

void NameIndex::Words::add(std::string_view word, std::uint32_t of) {
  auto at = place_of_.find(word);
  if (at == place_of_.end()) {
    at = place_of_.emplace(word, static_cast<std::uint32_t>(words_.size())).first;
    words_.push_back({std::string(word), {}});
  }
  std::vector<std::uint32_t>& all = words_[at->second].of;
  if (all.empty() || all.back() != of) all.push_back(of);
}

void NameIndex::Words::mark(const Word& word, Marks& marks) const {
  for (const std::uint32_t number : word.of) marks[number] = true;
}

void NameIndex::Words::mark_containing(std::string_view part, Marks& marks) const {
  for (const Word& word : words_) {
    if (word.text.find(part) != std::string::npos) mark(word, marks);
  }
}

const NameIndex::Words::Bigrams& NameIndex::Words::bigrams() const {
  std::call_once(bigrams_made_, [this] {
    for (std::uint32_t w = 0; w < words_.size(); ++w) {
      for (const Bigram& bigram : bigrams_of(characters_of(words_[w].text))) {
        bigrams_[bigram].push_back(w);
      }
    }
  });
  return bigrams_;
}

void NameIndex::Words::mark_nearly(std::string_view part, Marks& marks) const {
  const std::u32string characters = characters_of(part);
  const std::size_t wrong = wrong_letters(part, characters.size());
  if (wrong == 0) return;
  const std::set<Bigram> own = bigrams_of(characters);
  std::unordered_map<std::uint32_t, std::size_t> shared;
  for (const Bigram& bigram : own) {
    const auto found = bigrams().find(bigram);
    if (found == bigrams().end()) continue;
    for (const std::uint32_t w : found->second) ++shared[w];
  }
  // A letter wrong changes two of them, two that changed places three.
  const std::size_t least = own.size() > 2 + 3 * wrong ? own.size() - 1 - 3 * wrong : 1;
  for (const auto& [w, many] : shared) {
    if (many >= least && is_nearly(characters, characters_of(words_[w].text), wrong)) {
      mark(words_[w], marks);
    }
  }
}

NameIndex::NameIndex(Names names) : names_(std::move(names)) {
  folded_.reserve(names_.all.size());
  for (std::uint32_t i = 0; i < names_.all.size(); ++i) {
    const Named& each = names_.all[i];
    folded_.push_back(folded(each.name));
    std::string words = folded_.back();
    for (const std::string_view also : each.also) words += " " + folded(also);
    words += " " + folded(each.id.substr(each.id.rfind('/') + 1));  // npos + 1 is 0: all of it.
    for (const std::string_view word : words_of(words)) own_.add(word, i);
    if (each.in) add_above(*each.in);
  }
}

// The words of `number` and of all it is in, once it is known that something is below it.
void NameIndex::add_above(std::uint32_t number) {
  if (path_.contains(number)) return;
  std::vector<std::uint32_t> chain{number};
  while (names_.all[chain.back()].in) chain.push_back(*names_.all[chain.back()].in);
  std::ranges::reverse(chain);
  std::string path;
  std::set<std::string, std::less<>> words;
  for (const std::uint32_t each : chain) {
    path += in_one_word(folded_[each]);
    std::string said = folded_[each];
    for (const std::string_view also : names_.all[each].also) said += " " + folded(also);
    for (const std::string_view word : words_of(said)) words.emplace(word);
  }
  for (const std::string& word : words) above_.add(word, number);
  path_.emplace(number, std::move(path));
}

std::vector<std::string_view> NameIndex::within(std::uint32_t number) const {
  std::vector<std::string_view> names;
  for (auto in = named(number).in; in; in = named(*in).in) names.push_back(named(*in).name);
  std::ranges::reverse(names);
  return names;
}

// Written without spaces, from above into its own name: 台北市大安區.
void NameIndex::mark_in_one_word(std::string_view part, Marks& marks) const {
  for (std::uint32_t i = 0; i < folded_.size(); ++i) {
    const auto in = names_.all[i].in;
    if (!in || marks[i] || !has_ideographs(folded_[i])) continue;
    std::string_view above = path_.at(*in);
    if (above.size() >= part.size()) above.remove_prefix(above.size() - part.size() + 1);
    std::string text(above);
    text += in_one_word(folded_[i]);
    if (text.find(part) != std::string::npos) marks[i] = true;
  }
}

NameIndex::Marks NameIndex::hits(std::string_view said, const std::vector<std::string_view>& parts,
                                 bool nearly) const {
  const std::size_t size = names_.all.size();
  Marks found(size, !parts.empty());
  Marks in_own(size);
  for (const std::string_view part : parts) {
    Marks own(size), above(size);
    own_.mark_containing(part, own);
    above_.mark_containing(part, above);
    if (characters_of(part).size() > 2 && has_ideographs(part)) mark_in_one_word(part, own);
    if (nearly) {
      own_.mark_nearly(part, own);
      above_.mark_nearly(part, above);
    }
    for (std::uint32_t i = 0; i < size; ++i) {
      if (own[i]) in_own[i] = true;
      const auto in = names_.all[i].in;
      if (!own[i] && !(in && above[*in])) found[i] = false;
    }
  }
  for (std::uint32_t i = 0; i < size; ++i) {
    found[i] = (found[i] && in_own[i]) || names_.all[i].id == said;
  }
  return found;
}

FoundNames NameIndex::best_of(const Marks& found, std::string_view words) const {
  // What is called so, begins so, has it in it; an area before the places in it; in the rules' order.
  using Rank = std::tuple<int, bool, std::uint32_t>;
  std::array<std::vector<Rank>, named_kinds> ranks;
  for (std::uint32_t i = 0; i < found.size(); ++i) {
    if (!found[i]) continue;
    const std::string_view name = folded_[i];
    const int order = name == words             ? 0
                      : name.starts_with(words) ? 1
                      : name.contains(words)    ? 2
                                                : 3;
    ranks.at(static_cast<std::size_t>(named(i).kind)).emplace_back(order, named(i).reports, i);
  }
  FoundNames best;
  for (std::size_t kind = 0; kind < named_kinds; ++kind) {
    auto& of_kind = ranks.at(kind);
    best.of_kind.at(kind) = of_kind.size();
    const std::size_t told = std::min(of_kind.size(), told_of_kind_max);
    std::ranges::partial_sort(of_kind, of_kind.begin() + static_cast<std::ptrdiff_t>(told));
    for (std::size_t i = 0; i < told; ++i) best.best.push_back(std::get<2>(of_kind[i]));
  }
  return best;
}

Result<FoundNames> NameIndex::find(std::string_view said) const {
  if (said.empty()) return not_searched("say what to look for: q=…");
  if (said.size() > searched_bytes_max) {
    return not_searched(
        fmt::format("q has {} bytes, and {} at most", said.size(), searched_bytes_max));
  }
  if (!is_clean_utf8(said)) return not_searched("q is no clean UTF-8");
  const std::string words = folded(said);
  const std::vector<std::string_view> parts = words_of(words);
  if (parts.size() > searched_words_max) {
    return not_searched(
        fmt::format("q has {} words, and {} at most", parts.size(), searched_words_max));
  }
  for (const bool nearly : {false, true}) {
    const Marks found = hits(said, parts, nearly);
    if (std::ranges::find(found, true) == found.end() && !parts.empty()) continue;
    FoundNames best = best_of(found, words);
    best.nearly = nearly && !best.best.empty();
    return best;
  }
  return FoundNames{};
}

}  // namespace teller
