// Which of several independent streams of one seed a draw of made-up entries takes: nothing that is
// drawn for one purpose moves what is drawn for another.
//
// The numbers are part of what a seed means: another number gives other bytes. No errors. Called by
// generate.cc, generate_rules.cc and ballot_draw.cc.
#pragma once

#include <cstdint>

namespace teller {

enum SeedStream : std::uint64_t {
  units_stream = 0x1'0000'0000'0000,
  cards_stream,
  fate_stream,
  ballot_stream,
  options_stream = 0x2'0000'0000'0000,  // And behind it, one for each contest.
};

}  // namespace teller
