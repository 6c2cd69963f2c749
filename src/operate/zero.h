// Makes a zero report (publish/zero_report.h): looks in every place that holds anything of a count,
// and signs that there is nothing only if there is nothing.
//
// What always holds:
//   - The time in the report was read before anybody looked, and nothing of a count is ever taken
//     away: what was not there afterwards was not there at that time, whoever records meanwhile.
//   - The audit log has a line with the hash of the report before a file of it is there.
//   - No file is written over: a report's name has the number of its audit line.
//
// If the process dies here: an audit line without its file, which says that a report was made; the
// same command makes another.
//
// Called by `teller zero`, while others may be counting.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "home/home.h"
#include "journal/journal.h"
#include "operate/audit.h"
#include "publish/note.h"
#include "store/store.h"

namespace teller {

struct ZeroParts {
  const Home* home = nullptr;
  Store* store = nullptr;
  Journal* journal = nullptr;
  const Clock* clock = nullptr;
  const Signer* signer = nullptr;
  std::filesystem::path segments;              // The folder they would be in.
  std::vector<std::filesystem::path> publish;  // Folders of published files; made if need be.
};

struct ZeroMade {
  std::string note;
  std::uint64_t audit_line = 0;
  std::vector<std::filesystem::path> files;
};

// What the count holds, in words, one a place; empty: it stands at zero. Errors: those of the parts.
[[nodiscard]] Result<std::vector<std::string>> what_stands(const ZeroParts& parts);

// `person` says who and why; the subject and the hash are filled in here.
// Errors: reject zero.not_empty (with what stands where); those of the parts.
[[nodiscard]] Result<ZeroMade> make_zero_report(const ZeroParts& parts, AuditEntry person);

}  // namespace teller
