// Spoils a good ballot so that it must be refused, and says with which code: one fault each, all that
// there can be, one after the other.
//
// What comes out depends on the ballot, the rules and `number` only. Where the rules leave a fault
// no room, the next one that is possible is taken. The ballot must have a selection. No errors. Called by
// generate.cc.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/code.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "election/rules.h"

namespace teller {

// In the packed form. `out` is overwritten; the code (docs/reference/errors.md) is what it must be
// refused with.
[[nodiscard]] Code spoil_bytes(std::uint64_t number, const Entry& ballot, const Rules& rules,
                               const CountId& count, Bytes& out);
// In JSON: a line without its end.
[[nodiscard]] Code spoil_json(std::uint64_t number, const Entry& ballot, const Rules& rules,
                              const CountId& count, std::string& out);

}  // namespace teller
