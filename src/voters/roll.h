// A voters' roll as people have it, read into rows that hold no id: CSV or a spreadsheet with the
// columns id, unit, style, age, sex, in any order. Unit and style may be missing where the rules have
// only one; age and sex are demographics in groups and may always be. Other columns are passed over.
//
// What always holds: a row is whole or refused, by its line, with what to do; those around it are kept.
// An id that stands on two lines is refused on the second. No message names an id.
//
// Memory: 48 bytes a row. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "election/rules.h"
#include "voters/voter_key.h"

namespace teller {

// What is known of voters besides.
inline constexpr std::size_t demographics = 2;
inline constexpr std::array<std::string_view, demographics> demographic_names{"age", "sex"};
inline constexpr std::size_t groups_max = 12;
inline constexpr std::size_t group_bytes_max = 32;
inline constexpr std::size_t voter_id_bytes_max = 128;
inline constexpr std::size_t roll_rows_max = 10'000'000;

struct RollRow {
  Hash voter{};
  UnitId unit{};
  StyleId style{};
  std::array<std::uint8_t, demographics> groups{};  // 0: not given; else groups[…][n - 1].
  std::uint32_t line = 0;
};

struct Roll {
  std::vector<RollRow> rows;  // Ascending by voter.
  std::array<std::vector<std::string>, demographics> groups;
  struct Fault {
    std::uint64_t line = 0;
    std::string what;  // And what to do.
  };
  std::vector<Fault> faults;             // Ascending by line.
  std::vector<std::string> passed_over;  // Columns of which nothing is kept.
};

// An id as it is looked for: without blanks around it. Empty if it cannot be one.
[[nodiscard]] std::string_view voter_id(std::string_view text);

// `progress` is called with the rows so far. Errors: reject voters.columns, voters.not_coarse, voters.too_many;
// those of TableFiles and of files.
[[nodiscard]] Result<Roll> read_roll(const std::string& path, const Rules& rules,
                                     const VoterKey& key,
                                     const std::function<void(std::uint64_t)>& progress = {});

}  // namespace teller
