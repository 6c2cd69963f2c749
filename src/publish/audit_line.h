// A line of the audit log: one change of data or configuration that a person made. Text, one byte
// string for each content, readable without us:
//
//   teller audit 1
//   count 7f0c…                        32 hex
//   number 3                           from 0, without a hole
//   previous 5a…                       SHA-256 of the line before; 64 zeros for number 0
//   time 2024-01-13T08:00:00.000000Z   when it was written, by the clock of that machine
//   actor a.huber
//   action resume                      a word of ours
//   subject partition 3                what it was done to
//   reason disk replaced, journal restored from the mirror
//   before 5a…                         SHA-256 of what was changed, before and after; 64 zeros:
//   after 5a…                          nothing was there, nothing is there, or it is not known yet
//   approver -                         a second person; "-": nobody
//   random 5a…                         16 bytes: a line cannot be guessed from its hash
//
// Lines are the leaves of an RFC 6962 log of their own, whose checkpoint the publisher signs (a
// note with the origin of the count and "/audit"). No voter and no choice stands in a line; its
// texts are written by officers, and the guides tell them so.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/hash.h"
#include "election/count_file.h"
#include "store/audit_store.h"

namespace teller {

inline constexpr std::size_t audit_name_bytes_max = 200;  // Actor, subject, approver.
inline constexpr std::size_t audit_reason_bytes_max = 2000;
inline constexpr const char* audit_recover = "recover";  // An action.
// Another: its `after` is the SHA-256 of the replays, a line each, as operate/replay_rejected.h has them.
inline constexpr const char* audit_replayed = "replayed";

struct AuditLine {
  CountId count;
  std::uint64_t number = 0;
  Hash previous{};
  std::int64_t time_us = 0;
  std::string actor, action, subject, reason;
  Hash before{}, after{};
  std::string approver;  // Empty: nobody.
  std::array<std::uint8_t, 16> random{};
  [[nodiscard]] bool operator==(const AuditLine&) const = default;
};

// Whether the texts may stand in a line: clean UTF-8 within its limits, actor, action, subject and
// reason not empty. Errors: reject audit.text_invalid.
[[nodiscard]] Result<void> check_texts(const AuditLine& line);

[[nodiscard]] std::string to_text(const AuditLine& line);
// Strict: only what to_text() writes of texts that check_texts() lets pass.
// Errors: reject audit.invalid.
[[nodiscard]] Result<AuditLine> parse_audit_line(std::string_view text);

// Whether the audit log holds a line of this action. Lines that cannot be read say nothing here: `audit verify` and
// the publisher name them. Errors: those of the store.
[[nodiscard]] Result<bool> has_audit_line(AuditStore& store, std::string_view action);

// The origin of the checkpoints of a count's audit log.
[[nodiscard]] std::string audit_origin(const CountFile& count);

}  // namespace teller
