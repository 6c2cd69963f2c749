#include "operate/audit.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/random.h"
#include "publish/audit_line.h"
#include "publish/note.h"

namespace teller {
namespace {

// Of writers at the same time all but one lose each round; people do not come by the hundred.
constexpr int attempts_max = 100;

Result<AuditLine> next_line(const CountFile& count, const std::optional<AuditRow>& last) {
  AuditLine line;
  line.count = count.id;
  if (!last) return line;
  const auto before = parse_audit_line(as_text(last->bytes));
  if (!before || before->number != last->number || !(before->count == count.id)) {
    return fail(Remedy::stop, "audit.corrupt",
                fmt::format("line {} of the audit log is not one of ours", last->number));
  }
  line.number = last->number + 1;
  line.previous = sha256(last->bytes);
  return line;
}

void fill(AuditLine& line, const AuditEntry& entry) {
  line.actor = entry.actor;
  line.action = entry.action;
  line.subject = entry.subject;
  line.reason = entry.reason;
  line.before = entry.before;
  line.after = entry.after;
  line.approver = entry.approver;
}

}  // namespace

Result<void> check_audit_entry(const AuditEntry& entry) {
  AuditLine line;
  fill(line, entry);
  return check_texts(line);
}

Result<std::uint64_t> write_audit(const CountFile& count, AuditStore& store, const Clock& clock,
                                  const AuditEntry& entry, const OfficerAction& action) {
  const auto put = [&](AuditLine line, const AuditEntry& what,
                       const OfficerAction& with) -> Result<bool> {
    line.time_us = clock.now_us();
    fill(line, what);
    const auto random = random_bytes();
    std::copy_n(random.begin(), line.random.size(), line.random.begin());
    const std::string text = to_text(line);
    const AuditRow row{line.number, Bytes(text.begin(), text.end())};
    auto done = store.put_audit(row, with);
    if (done || done.error().code != Code("store.unknown")) return done;
    // The answer was lost. No other line has these random bytes: what is there tells.
    const auto there = store.audit(row.number, 1);
    if (!there) return done;
    return !there->empty() && there->front().bytes == row.bytes;
  };
  if (auto good = check_audit_entry(entry); !good) return std::unexpected(good.error());
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const auto last = store.last_audit();
    if (!last) return std::unexpected(last.error());
    const auto line = next_line(count, *last);
    if (!line) return std::unexpected(line.error());
    const bool begins = !*last && entry.action != audit_init;
    const auto done =
        begins ? put(*line,
                     {.actor = "teller",
                      .action = std::string(audit_begin),
                      .subject = "audit log",
                      .reason = "the store had no audit log yet: it is older than this program, or "
                                "init was interrupted",
                      .before = {},
                      .after = count.hash()},
                     {})
               : put(*line, entry, action);
    if (!done) return std::unexpected(done.error());
    if (*done && !begins) return line->number;
  }
  return fail(Remedy::retry, "store.unavailable", "others keep writing audit lines before us");
}

}  // namespace teller
