// What may have happened to a name on its way: a spreadsheet made a date of "1-4" and 7 of "007", a
// keyboard put another blank into it. A hint for a message, never a correction.
//
// Pure. Called by read_results.cc and bind_results.cc.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace teller {

// "4-Jan", "Jan-04", "2026-01-04", "1/4/2026".
[[nodiscard]] bool looks_like_date(std::string_view name);

// Names that are known, to be asked which of them an unknown one may be.
class NameHints {
 public:
  void add(const std::string& known);
  // "; is it "1-4", which a spreadsheet turned into a date?", or nothing.
  [[nodiscard]] std::string hint(std::string_view unknown) const;

 private:
  std::multimap<std::string, std::string> by_look_, by_letters_, by_number_, by_date_;
};

// Two names that nobody can tell apart on paper: as "a" and "b", with what is unseen written out.
// Empty: there are none.
[[nodiscard]] std::string alike(const std::vector<std::string_view>& names);

}  // namespace teller
