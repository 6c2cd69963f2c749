// Whose ballots were imported with a secret, and how their numbers were written: beside import.key, in
// import.key.sources. An id is made of the source and the number as they are written, so that one
// paper that comes as 001 and as 1, or of a source that is called otherwise, would be counted twice.
//
// Numbers are watched by their last run of digits and what stands around it. No number is kept: of each
// such form how few digits it had, and with how many it was filled up with zeros.
//
// A plain value; not thread-safe. Called by src/cli/import_ballots.cc.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace teller {

// A number without what a spreadsheet adds or takes away: "007", "7.0" and "7" are "7", and "A-07" is
// "A-7". Two papers of one source never have numbers that give the same.
[[nodiscard]] std::string plain_number(std::string_view number);

// How the numbers of one source are written.
class NumberForms {
 public:
  void add(std::string_view number);
  void add(const NumberForms& other);
  // Whether a number of this and one of `other` may be one paper in two forms: in words, or nothing.
  [[nodiscard]] std::string differ(const NumberForms& other) const;

 private:
  friend class BallotSources;
  struct Form {
    std::size_t shortest = 0;  // Digits of a whole number; 0: there was none.
    std::size_t padded = 0;    // Digits of the longest that begins with 0.
    bool fraction = false;     // "7.0".
  };
  // By what stands around the digits. Numbers with more forms than `forms_max` are no counters.
  static constexpr std::size_t forms_max = 1'000;
  std::map<std::string, Form> forms_;
  bool unwatched_ = false;
};

class BallotSources {
 public:
  // Of the folder in which import.key is, or will be. Before that is made: of a key without this file
  // nobody knows what was imported with it, and the first source is taken as it is.
  // Errors: stop import.key (cannot be read), as of read_file().
  [[nodiscard]] static Result<BallotSources> open(const std::string& folder, bool renew);

  // Checks that `source` is one that is known, or the first, or that a person named it.
  // Errors: reject delivery.invalid.
  [[nodiscard]] Result<void> check_source(const std::string& source, bool is_named) const;
  // Checks that numbers are written as those of `source` before, and all in one way.
  // Errors: reject delivery.invalid.
  [[nodiscard]] Result<void> check_numbers(const std::string& source,
                                           const NumberForms& numbers) const;
  // Writes both down, before anything is sent. Errors: as of write_file().
  [[nodiscard]] Result<void> write(const std::string& source, const NumberForms& numbers);

 private:
  std::string path_;
  bool key_is_older_ = false;
  std::map<std::string, NumberForms> sources_;
};

}  // namespace teller
