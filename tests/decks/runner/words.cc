#include "words.h"

#include <charconv>
#include <sstream>

namespace teller::deck {

Words::Words(const std::string& line) {
  std::istringstream in(line);
  std::string word;
  bool behind_arrow = false;
  while (in >> std::ws && in.peek() != EOF) {
    if (in.peek() == '#') break;
    if (in.peek() == '"') {
      in.get();
      std::getline(in, word, '"');
      if (in.eof()) throw Wrong("the quote of \"" + word + " is not closed");
      word.insert(word.begin(), '"');
    } else {
      in >> word;
    }
    if (word == "->") {
      behind_arrow = true;
    } else if (behind_arrow) {
      outcome_ += (outcome_.empty() ? "" : " ") + word;
    } else {
      words_.push_back(word);
    }
  }
}

std::string Words::next() {
  if (done()) throw Wrong("the line ends too early");
  return words_[at_++];
}

bool Words::take(std::string_view word) {
  if (done() || words_[at_] != word) return false;
  ++at_;
  return true;
}

std::uint64_t Words::number() { return number_of(next()); }

std::string Words::quoted() {
  const std::string word = next();
  if (word.front() != '"') throw Wrong("'" + word + "' must stand in quotes");
  return word.substr(1);
}

bool Words::quoted_is_next() const { return !done() && words_[at_].front() == '"'; }

std::uint64_t number_of(const std::string& word) {
  std::uint64_t value = 0;
  const char* const end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) throw Wrong("'" + word + "' is no number");
  return value;
}

void expect_equal(const std::string& what, const std::string& expected, const std::string& actual) {
  if (expected != actual) throw Wrong(what + ": expected " + expected + ", got " + actual);
}

}  // namespace teller::deck
