// What a receiver of alarms is sent: new findings of the checks as one JSON object, and the signature by which
// it knows that they come from here.
//
// A signature is HMAC-SHA-256 (RFC 2104) of the body with a secret that both sides have, and not one of
// the count's key: that key signs what the count states, and nothing else. docs/guides/checks.md has what
// a receiver does.
//
// Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "checks/check_count.h"
#include "checks/check_rules.h"
#include "election/count_file.h"
#include "election/rules.h"

namespace teller {

// One error or warning. The same words about the same place are the same finding, whatever others say
// beside it.
struct AlarmFinding {
  Hash id{};
  std::string json;
};

// Errors and warnings, in the order of `checked`; notes wake nobody.
[[nodiscard]] std::vector<AlarmFinding> alarm_findings(const Rules& rules,
                                                       const CheckRules& check_rules,
                                                       const CountChecked& checked);

struct AlarmHead {
  const CountFile& count;
  std::string_view id;                     // Of this message; the same when it is sent again.
  std::string_view at;                     // When it was made (format_utc).
  std::uint64_t commit = 0;                // As of which the findings are.
  std::uint64_t errors = 0, warnings = 0;  // That are open, told or not.
  std::uint64_t more = 0;                  // New ones that the next messages have.
};

// On one line.
[[nodiscard]] std::string alarm_message(const AlarmHead& head,
                                        std::span<const AlarmFinding> findings);

[[nodiscard]] Hash hmac_sha256(ByteView key, ByteView message);
// "hmac-sha256=5a…": the header Teller-Signature.
[[nodiscard]] std::string alarm_signature(std::string_view secret, std::string_view message);

}  // namespace teller
