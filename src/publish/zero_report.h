// A zero report: that a count stands at nothing, said by its key before anything is counted. Lines of
// text, one byte string for each content, readable without us:
//
//   teller zero 1
//   count 7f0c…                        32 hex
//   mode live
//   label Run-off                      left out when the count has none
//   election Council of Little Rill
//   time 2026-05-17T04:30:00.000000Z   by the clock of the host, before it looked
//   rules 5a…                          SHA-256, as in a statement
//   count_file 5a…
//   presentation 5a…
//   partition 0 recorded 0 steps 0 size 0 conflicts 0 rejected 0     one a partition, ascending
//   segments 0
//   contest council                    by id, in the order of the rules, with all its columns
//   name Council
//   option ada
//   name Ada
//   votes 0
//   write_ins 0                        where the contest has them
//   undervotes 0
//   overvotes 0
//   blank 0
//   invalid 0
//   cards 0
//   key ash.example+7f0c…+AX…          the verifier key of the count, which signs it
//
// It is handed out as a signed note (note.h). A figure is 0 or there is no report: nothing in this
// form can say another number.
//
// Pure; safe from any thread. Made by operate/zero.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/definition.h"
#include "election/presentation.h"

namespace teller {

inline constexpr const char* audit_zero = "zero";  // An action: `after` is the hash of the note.
inline constexpr std::string_view zero_report_file =
    "zero-report-";  // And the audit line's number.

struct ZeroReport {
  static constexpr std::uint64_t file_bytes_max = std::uint64_t{128} << 20;

  CountId count;
  std::string mode, label, election;
  std::int64_t time_us = 0;
  Hash rules{}, count_file{}, presentation{};
  std::uint16_t partitions = 0;
  struct Option {
    std::string id, name;
    [[nodiscard]] bool operator==(const Option&) const = default;
  };
  struct Contest {
    std::string id, name;
    std::vector<Option> options;
    bool write_ins = false;
    [[nodiscard]] bool operator==(const Contest&) const = default;
  };
  std::vector<Contest> contests;
  std::string key;
  [[nodiscard]] bool operator==(const ZeroReport&) const = default;
};

// What is said of a count that stands at nothing.
[[nodiscard]] ZeroReport zero_report_of(const Definition& definition,
                                        const Presentation& presentation, std::int64_t time_us);

[[nodiscard]] std::string to_text(const ZeroReport& report);
// Strict: only what to_text() writes. Errors: reject zero.invalid.
[[nodiscard]] Result<ZeroReport> parse_zero_report(std::string_view text);

// The report in a note that `verifier_key` signed. Errors: those of open_note(); reject zero.invalid
// (also when it names another key than the one that signed it).
[[nodiscard]] Result<ZeroReport> open_zero_report(std::string_view note,
                                                  std::string_view verifier_key);

}  // namespace teller
