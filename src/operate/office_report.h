// The documents that an office files of a count (`teller report`): text that people can read, signed as a note (publish/note.h) by the
// key of the count, as the zero report and the report of a test deck are.
//
//   sheets       every version of each result sheet: its figures, why, which delivery brought it, and what stands
//   decisions    what officers decided, in their order, as the log has it; and the lines of the audit log
//   canvass      the totals of each contest, of each unit and method that reported, and what is left open
//   certificate  which officers certified which statement, and its totals; of a certified count alone
//
// Lines are "word value". All of them begin alike:
//
//   teller canvass 1
//   count 7f0c…                        32 hex
//   mode live
//   label Run-off                      left out when the count has none
//   election Council of Little Rill
//   time 2026-05-19T07:00:00.000000Z   by the clock of the host, before it looked
//   stage closed
//   status unofficial
//   commit 345
//   committed 2026-05-18T23:10:00.120000Z
//   statement 12                       the last one, which has all that is counted
//   statement_hash 5a…
//   digest 5a…                         of the totals: that of the statement, and of the count done again
//   rules 5a…
//   count_file 5a…
//   presentation 5a…
//   partition 0 step 12 position 40 size 1000 root 5a…      one a partition, as the statement has it
//   verified 3 statements, 24 steps, 1,000 leaves
//   …
//   key ash.example+7f0c…+AX…          the verifier key of the count, which signs it
//
// docs/guides/documents.md has the rest, and how a document is checked without this program.
//
// What always holds:
//   - Nothing is signed of a count that `verify` finds anything in: the log is counted again first, and totals,
//     decisions, sheets and deliveries of the store are held against it, statements against their signatures, and
//     the audit log against its own. Figures of sheets and decisions are then read from the entries themselves.
//   - All of it is as of one commit, which a signed statement has.
//   - The audit log has a line with the hash of the document before it is handed out.
//
// If the process dies here: perhaps an audit line without its document; the same command makes another.
//
// Called by `teller report`, while others may be counting.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "checks/check_count.h"
#include "checks/check_rules.h"
#include "deliver/kept_deliveries.h"
#include "home/home.h"
#include "log/segments.h"
#include "operate/audit.h"
#include "publish/note.h"
#include "store/store.h"

namespace teller {

enum class OfficeReport : std::uint8_t { sheets, decisions, canvass, certificate };
// "canvass": the word of the command, and of the first line.
[[nodiscard]] std::string_view to_text(OfficeReport report);

inline constexpr const char* audit_report =
    "report";  // An action: `after` is the hash of the note.

struct ReportParts {
  const Home* home = nullptr;
  Store* store = nullptr;
  AuditStore* audit = nullptr;  // The same one, open for a change.
  Segments* segments = nullptr;
  const Clock* clock = nullptr;
  const Signer* signer = nullptr;
  Kept deliveries = Kept::all_here;
  // Of the canvass: what its figures are held against, as in a certification.
  CheckRules checks = default_check_rules();
  std::vector<UnitVoters> voters = {};
  // Of the canvass: how many result sheets somebody typed that were not delivered (src/entering).
  std::uint64_t entered_open = 0;
  std::function<void(std::uint64_t, std::uint64_t)> progress = {};  // Leaves done, leaves in all.
};

struct ReportMade {
  std::string note;
  std::uint64_t audit_line = 0;
};

// `person` says who and why; action, subject and hash are filled in here.
// Errors: reject decision.unstated (also when something is counted meanwhile), policy.not_certified (a certificate of a
// count that is not), delivery.none (sheets of a count that has none), checks.invalid; stop log.broken (with the first
// finding); those of the parts.
[[nodiscard]] Result<ReportMade> make_office_report(const ReportParts& parts, OfficeReport report,
                                                    AuditEntry person);

// What any document of an office says of itself, once its signature was found good; of zero reports and reports of
// test decks too.
struct DocumentRead {
  std::string kind;  // "canvass", "zero", "test-deck", …
  std::string count, mode, election, time;
};
// Errors: those of open_note(); reject zero.invalid (it is none of these, or names another key than the one that
// signed it).
[[nodiscard]] Result<DocumentRead> read_document(std::string_view note,
                                                 std::string_view verifier_key);

}  // namespace teller
