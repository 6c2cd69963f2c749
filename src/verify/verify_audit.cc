#include "verify/verify_audit.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "log/merkle.h"
#include "publish/audit_line.h"
#include "publish/note.h"
#include "store/each_audit_line.h"

namespace teller {
namespace {

constexpr std::string_view audit_sentences[] = {
    "",
    "audit lines can be read strictly",
    "audit lines follow each other from the first on",
    "audit lines speak of this count",
    "audit checkpoints are signed by the count's key",
    "audit checkpoints have the root of their lines",
    "the last audit line is under a checkpoint",
};

}  // namespace

std::string_view sentence_of_audit_check(int check) {
  return check > 0 && check < static_cast<int>(std::size(audit_sentences))
             ? audit_sentences[static_cast<std::size_t>(check)]
             : "";
}

AuditVerification verify_audit(const CountFile& count, std::span<const AuditRow> lines,
                               std::span<const AuditCheckpoint> checkpoints,
                               std::span<const std::string> kept, bool all_signed) {
  AuditVerification result;
  const auto found = [&](int check, std::string what) {
    result.findings.push_back({check, std::move(what)});
  };
  CompactRange log;
  std::vector<Hash> roots{log.root()};  // By size.
  Hash previous{};
  for (const AuditRow& row : lines) {
    const std::string name = fmt::format("audit line {}", row.number);
    const auto line = parse_audit_line(as_text(row.bytes));
    if (!line) {
      found(1, name + ": " + line.error().detail);
    } else {
      const bool first = result.lines == 0;
      const bool begins = line->action == "init" || line->action == "begin";
      if (row.number != result.lines || line->number != result.lines ||
          line->previous != previous || first != begins) {
        found(2, name + " does not follow the one before it");
      }
      if (!(line->count == count.id)) found(3, name + " speaks of another count");
    }
    previous = sha256(row.bytes);
    log.append(leaf_hash(row.bytes));
    roots.push_back(log.root());
    ++result.lines;
  }
  result.root = log.root();

  std::uint64_t covered = 0;
  const auto note = [&](std::string_view text, const std::string& name, std::uint64_t* size) {
    const auto opened = open_note(text, count.public_key);
    if (!opened) return found(4, name + ": " + opened.error().detail);
    const auto checkpoint = parse_checkpoint(*opened);
    if (!checkpoint || checkpoint->origin != audit_origin(count)) {
      return found(5, name + " is not one of this audit log");
    }
    if (size != nullptr && checkpoint->size != *size) {
      return found(5, fmt::format("{} is one of {} lines", name, checkpoint->size));
    }
    if (checkpoint->size > result.lines) {
      return found(5, fmt::format("{} has seen {} lines, of which only {} are left", name,
                                  checkpoint->size, result.lines));
    }
    if (checkpoint->root != roots[checkpoint->size]) {
      return found(5, name + " was signed over other lines");
    }
    covered = std::max(covered, checkpoint->size);
  };
  for (const AuditCheckpoint& checkpoint : checkpoints) {
    ++result.checkpoints;
    std::uint64_t size = checkpoint.size;
    note(checkpoint.note, fmt::format("the audit checkpoint of {} lines", size), &size);
  }
  for (const std::string& text : kept) note(text, "the audit checkpoint that was kept", nullptr);
  result.not_signed = result.lines - covered;
  if (all_signed && result.not_signed > 0) {
    found(6, fmt::format("the last {} audit line(s) are not signed", result.not_signed));
  }
  return result;
}

Result<std::vector<AuditRow>> all_audit_lines(AuditStore& store) {
  std::vector<AuditRow> all;
  const auto read = for_each_audit_line(store, 0, [&](AuditRow row) -> Result<void> {
    all.push_back(std::move(row));
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return all;
}

}  // namespace teller
