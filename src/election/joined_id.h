// The id of several things together, as of the parties of an alliance: "a+b". Pure.
#pragma once

#include <string>
#include <string_view>

namespace teller {

// Adds an id so that no two lists give the same text, for each may hold any character: a "+" in one of them is %2B and
// a "%" is %25. Schema step 014 and view/board/model.py write and read the same.
inline void join_id(std::string& joined, std::string_view id) {
  if (!joined.empty()) joined += '+';
  for (const char c : id) {
    if (c == '+') {
      joined += "%2B";
    } else if (c == '%') {
      joined += "%25";
    } else {
      joined += c;
    }
  }
}

}  // namespace teller
