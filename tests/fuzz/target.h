// What a fuzz target is: a function that takes any bytes and must not crash, hang, leak, or break
// what it check()s. One small file a target; README.md says how to write one.
//
//   FUZZ_TARGET(entry) { … uses `input` … }
//
// The same file is linked twice: alone with libFuzzer (libfuzzer_main.cc, preset `fuzz`), and with
// all the others into the unit test that runs the findings of old (regressions.cc, every preset).
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "intake/accept.h"

namespace teller::fuzz {

struct Target {
  std::string_view name;
  void (*run)(ByteView input);
};

// All targets that are linked into this program.
[[nodiscard]] std::vector<Target>& targets();

struct Registered {
  Registered(std::string_view name, void (*run)(ByteView)) { targets().push_back({name, run}); }
};

// The election of tests/vectors/entry.json, two partitions: what the seeds speak of.
[[nodiscard]] const Definition& definition();

// A code that this program has; the empty one is none.
[[nodiscard]] bool is_known(std::string_view code);

// The input, and the input with its right checksum behind it: no fuzzer guesses a CRC.
[[nodiscard]] std::vector<Bytes> with_and_without_crc(ByteView input);

#define FUZZ_TARGET(name)                                                      \
  static void fuzz_##name(teller::ByteView input);                             \
  static const teller::fuzz::Registered registered_##name(#name, fuzz_##name); \
  static void fuzz_##name([[maybe_unused]] teller::ByteView input)

}  // namespace teller::fuzz
