// A statement: one record that binds everything that was committed at one moment. Lines of text,
// one byte string for each content, readable without us:
//
//   teller statement 1
//   count 7f0c…                        32 hex
//   number 12
//   previous 5a…                       SHA-256 of the statement before; 64 zeros for number 0
//   commit 345
//   time 2024-01-13T08:00:00.000000Z   of that commit
//   rules 5a…
//   count_file 5a…
//   presentation 5a…
//   mode demo
//   status unofficial
//   policy live
//   partition 0 step 12 position 40 size 1000 root 5a…      one a partition, ascending
//   steps 5a…                          SHA-256 of the list of steps since the last statement
//   digest 5a…
//   random 5a…                         16 bytes: a statement cannot be guessed from its totals
//
// Statements are the leaves of one RFC 6962 log. Its checkpoint, a signed note, is the one
// signature to check.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "election/count_file.h"
#include "store/count_store.h"

namespace teller {

inline constexpr std::size_t statement_bytes_max = 60 * 1024;

struct Statement {
  CountId count;
  std::uint64_t number = 0;
  Hash previous{};
  std::uint64_t commit = 0;
  std::int64_t time_us = 0;
  Hash rules{}, count_file{}, presentation{};
  std::string mode, status, policy;
  struct Partition {
    std::uint16_t partition = 0;
    Committed committed;
    [[nodiscard]] bool operator==(const Partition&) const = default;
  };
  std::vector<Partition> partitions;
  Hash steps{}, digest{};
  std::array<std::uint8_t, 16> random{};
  [[nodiscard]] bool operator==(const Statement&) const = default;
};

[[nodiscard]] std::string to_text(const Statement& statement);
// Strict: only what to_text() writes. Errors: reject statement.invalid.
[[nodiscard]] Result<Statement> parse_statement(std::string_view text);

// The bytes whose SHA-256 a statement's `steps` is: one line a step,
// "partition number from to size root segment\n", by partition and number.
[[nodiscard]] std::string to_text(const std::vector<StepRow>& steps);
// Strict: only what to_text() writes. Errors: reject statement.invalid.
[[nodiscard]] Result<std::vector<StepRow>> parse_steps(std::string_view text);

}  // namespace teller
