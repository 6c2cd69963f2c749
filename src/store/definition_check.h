// Holds names, numbers of registered voters, the tree of units, party lines, mode, label and all
// else that people read beside a number against the files whose hashes every statement signs.
//
// Whoever can write the database can give the leader's votes another name without touching a
// figure: the log says nothing of names. The same of a view that shows something else, of a cell of
// another type, with which views calculate otherwise than we read it, and of a trigger that changes
// what is written: what the store is made of is held against what this program makes. So verify,
// reconcile and the publisher ask this.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/definition_store.h"

namespace teller {

struct DefinitionCheck {
  std::uint64_t compared = 0;            // Values.
  std::vector<std::string> differences;  // "options contest 0 slot 1, name: …"; at most 100.
  std::uint64_t more = 0;
  [[nodiscard]] bool good() const { return differences.empty(); }
  void found(std::string what) {
    if (differences.size() < 100) {
      differences.push_back(std::move(what));
    } else {
      ++more;
    }
  }
};

// Errors only when the store cannot be asked.
[[nodiscard]] Result<DefinitionCheck> check_definition(const Rules& rules,
                                                       const Presentation& presentation,
                                                       const CountFile& count,
                                                       DefinitionStore& store);

}  // namespace teller
