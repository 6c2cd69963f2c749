// The words of one line of a deck, read from the left. Who finds a word that does not fit throws
// Wrong; the runner reports it with its line and goes on.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace teller::deck {

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Words {
 public:
  // "Quoted words" are one word and keep their first quote. A word that begins with # ends the
  // line. What stands behind -> is the outcome.
  explicit Words(const std::string& line);

  [[nodiscard]] bool done() const { return at_ == words_.size(); }
  [[nodiscard]] std::string next();  // Wrong if the line ends here.
  // Takes the next word if it is `word`.
  [[nodiscard]] bool take(std::string_view word);
  [[nodiscard]] std::uint64_t number();
  [[nodiscard]] std::string quoted();
  [[nodiscard]] bool quoted_is_next() const;
  // Behind ->; empty if there is none.
  [[nodiscard]] const std::string& outcome() const { return outcome_; }

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
  std::string outcome_;
};

[[nodiscard]] std::uint64_t number_of(const std::string& word);

// Throws Wrong with what was expected and what is so.
void expect_equal(const std::string& what, const std::string& expected, const std::string& actual);

}  // namespace teller::deck
