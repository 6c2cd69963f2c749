// Runs test decks: ballots and result sheets with a predetermined outcome, one deck a file. An
// election official can write and check them; tests/decks/README.md has the words.
//
//   deck_runner DECK…            every line of every deck must be right
//   deck_runner --wrong FILE     every line that begins with ! must be wrong, as it says behind !!
//   deck_runner --words README   every word that begins a line must stand in the README's table
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "deck.h"

namespace {

using teller::deck::Deck;
using teller::deck::Wrong;

int failures = 0;

void report(const std::string& file, int line, const std::string& wrong) {
  std::cerr << file << ":" << line << ": " << wrong << "\n";
  ++failures;
}

// What is wrong with it; empty if nothing is.
template <typename Act>
std::string fault_of(const Act& act) {
  try {
    act();
  } catch (const Wrong& wrong) {
    return wrong.what();
  }
  return {};
}

// `! LINE !! PART`: LINE is wrong, and PART is a part of what is said about it.
std::string must_be_wrong(Deck& deck, const std::string& line) {
  const std::size_t end = line.find("!!");
  if (end == std::string::npos) return "'!!' is missing";
  const std::string part = line.substr(end + 3);
  const std::string wrong = fault_of([&] { deck.run(line.substr(1, end - 1)); });
  if (wrong.empty()) return "this line is wrong, and the runner did not see it";
  return wrong.find(part) != std::string::npos ? "" : "expected '" + part + "', got: " + wrong;
}

void run(const std::string& name, bool wrong_lines) {
  std::ifstream file(name);
  if (!file) report(name, 0, "cannot be read");
  Deck deck;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.find_first_not_of(" \t") == std::string::npos || line.front() == '#') continue;
    const std::string wrong = wrong_lines && line.front() == '!'
                                  ? must_be_wrong(deck, line)
                                  : fault_of([&] { deck.run(line); });
    if (!wrong.empty()) report(name, number, wrong);
  }
  if (const std::string wrong = fault_of([&] { deck.finish(); }); !wrong.empty()) {
    report(name, number, wrong);
  }
}

void look_for_words(const std::string& name) {
  std::ifstream file(name);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const std::string_view verb : Deck::verbs()) {
    const std::string row = "\n| `" + std::string(verb);
    if (text.find(row + " ") == std::string::npos && text.find(row + "`") == std::string::npos) {
      report(name, 0, "the word '" + std::string(verb) + "' has no row in the table");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  const bool words = first == "--words", wrong = first == "--wrong";
  const int from = words || wrong ? 2 : 1;
  if (argc <= from) {
    std::cerr << "usage: deck_runner [--wrong | --words] FILE…\n";
    return 2;
  }
  for (int i = from; i < argc; ++i) {
    if (words) {
      look_for_words(argv[i]);
    } else {
      run(argv[i], wrong);
    }
  }
  return failures == 0 ? 0 : 1;
}
