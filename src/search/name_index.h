// Finds names by what people write.
//
// Every word that is written has to be in the name or above it, one of them in the name itself. What
// is found nowhere is looked for again with a letter or two wrong; not numbers, which are of other
// places. As Index of view/board/search.py.
//
// What always holds: it is never changed, so any thread may ask it. What a question costs is bounded:
// by its length, its number of words, and what is told of each kind.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "search/names.h"

namespace teller {

constexpr std::size_t searched_bytes_max = 400;
constexpr std::size_t searched_words_max = 16;
constexpr std::size_t told_of_kind_max = 20;

struct FoundNames {
  std::vector<std::uint32_t> best;  // Places in Names::all: the first of each kind, the best first.
  std::array<std::size_t, named_kinds> of_kind{};  // How many there are of each.
  bool nearly = false;  // Nothing is written so; these are, with other letters.
};

class NameIndex {
 public:
  explicit NameIndex(Names names);
  NameIndex(const NameIndex&) = delete;
  NameIndex& operator=(const NameIndex&) = delete;

  // Errors: reject http.query_invalid: nothing is written, too much, or what is no UTF-8.
  [[nodiscard]] Result<FoundNames> find(std::string_view said) const;

  [[nodiscard]] const Named& named(std::uint32_t number) const { return names_.all.at(number); }
  // The names of what it is in, the highest first.
  [[nodiscard]] std::vector<std::string_view> within(std::uint32_t number) const;

 private:
  using Marks = std::vector<bool>;  // By place in the list.
  // Words, and what they stand in.
  class Words {
   public:
    void add(std::string_view word, std::uint32_t of);
    void mark_containing(std::string_view part, Marks& marks) const;
    // Of words that are `part` but for a letter or two, or begin so.
    void mark_nearly(std::string_view part, Marks& marks) const;

   private:
    struct Word {
      std::string text;
      std::vector<std::uint32_t> of;  // Ascending.
    };
    using Bigrams = std::map<std::pair<char32_t, char32_t>, std::vector<std::uint32_t>>;
    [[nodiscard]] const Bigrams& bigrams() const;
    void mark(const Word& word, Marks& marks) const;

    std::vector<Word> words_;
    std::map<std::string, std::uint32_t, std::less<>> place_of_;
    mutable std::once_flag bigrams_made_;
    mutable Bigrams bigrams_;
  };

  void add_above(std::uint32_t number);
  [[nodiscard]] Marks hits(std::string_view said, const std::vector<std::string_view>& parts,
                           bool nearly) const;
  void mark_in_one_word(std::string_view part, Marks& marks) const;
  [[nodiscard]] FoundNames best_of(const Marks& found, std::string_view words) const;

  Names names_;
  std::vector<std::string> folded_;  // Each name.
  // Of what has something below it: all names down to it, in one word.
  std::map<std::uint32_t, std::string> path_;
  Words own_;    // Of each itself.
  Words above_;  // Of what has something below it: down to it, in all languages.
};

}  // namespace teller
