// What one count is about: the rules that are voted on, and the count file that names them.
//
// Both outlive whoever holds this. A pair of pointers: copy it.
#pragma once

#include "election/count_file.h"
#include "election/rules.h"

namespace teller {

struct Definition {
  const Rules* rules;
  const CountFile* count;
};

}  // namespace teller
