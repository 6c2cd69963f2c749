// One id out of the levels of a unit: "Lee", "Ward 3" -> "Lee/Ward 3".
//
// Two units never get one id, whatever their levels are called: where a level holds the separator,
// the separator is written as URLs write it. So "A", "B/C" is "A/B%2FC", and "A/B", "C" is
// "A%2FB/C". A level that does not hold it stays as it is (but for one that holds what looks like
// such an escape), and so does the id of a unit with one level.
//
// Pure. Called by table_reader.h and setup/rules_tables.cc, and by mapping.cc to check a separator.
#pragma once

#include <string>
#include <string_view>

namespace teller {

class UnitIdJoiner {
 public:
  // Whether units can be told apart with it: it is not empty, and does not begin with what an
  // escape is made of (%, digits, letters).
  [[nodiscard]] static bool can_join(std::string_view separator);

  // `levels`: how many a unit that reports has.
  UnitIdJoiner(std::string_view separator, std::size_t levels);

  // Adds the next level to `id`; `number` counts from 0. What is in `id` before is the parent's id.
  void append(std::string& id, std::string_view level, std::size_t number) const;

 private:
  [[nodiscard]] bool reads_back(std::string_view level, bool last) const;

  std::string separator_;
  std::string first_;  // The first character of the separator, and how it is written in a level.
  std::string escape_;
  std::size_t levels_;
};

}  // namespace teller
