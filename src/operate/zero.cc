#include "operate/zero.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "base/grouped.h"
#include "publish/zero_report.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

// A count of a nation has many partitions; a sentence has room for some.
constexpr std::size_t places_shown = 8;

// Errors: stop file.io (a folder that cannot be read may hold anything).
Result<std::uint64_t> count_files(const fs::path& folder) {
  std::uint64_t files = 0;
  std::error_code wrong;
  if (!fs::exists(folder, wrong) && !wrong) return files;
  for (fs::recursive_directory_iterator at(folder, wrong), end; !wrong && at != end;
       at.increment(wrong)) {
    if (at->is_regular_file()) ++files;
  }
  if (wrong) return fail(Remedy::stop, "file.io", folder.string() + ": " + wrong.message());
  return files;
}

void add_partition(const PartitionRow& row, std::vector<std::string>& stands) {
  std::vector<std::string> parts;
  const auto add = [&](std::uint64_t number, std::string_view what) {
    if (number > 0) parts.push_back(fmt::format("{} {}", what, grouped(number)));
  };
  add(row.committed.log_size, "log size");
  add(row.committed.number, "steps");
  add(row.committed.position, "counted up to record");
  add(row.outcomes.duplicate, "duplicates");
  add(row.outcomes.conflict, "conflicts");
  add(row.outcomes.rejected, "rejected");
  if (row.halted) parts.emplace_back("halted");
  if (parts.empty()) return;
  stands.push_back(
      fmt::format("partition {} in the store: {}", row.partition, fmt::join(parts, ", ")));
}

}  // namespace

Result<std::vector<std::string>> what_stands(const ZeroParts& parts) {
  std::vector<std::string> stands;
  const auto snapshot = parts.store->snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  if (snapshot->head.commit > 0) {
    stands.push_back(fmt::format("commit {} in the store", grouped(snapshot->head.commit)));
  }
  const auto totals = std::ranges::count_if(
      snapshot->totals, [](const TotalRow& row) { return !row.total.is_zero(); });
  if (totals > 0) {
    stands.push_back(
        fmt::format("{} totals that are not 0", grouped(static_cast<std::uint64_t>(totals))));
  }
  std::uint64_t records = 0;
  for (std::uint16_t partition = 0; partition < parts.home->count.partitions; ++partition) {
    const auto end = parts.journal->end(partition);
    if (!end) return std::unexpected(end.error());
    records += *end;
  }
  if (records > 0) stands.push_back(fmt::format("{} records in the journal", grouped(records)));
  const auto segments = count_files(parts.segments);
  if (!segments) return std::unexpected(segments.error());
  if (*segments > 0) {
    stands.push_back(fmt::format("{} segments in {}", grouped(*segments), parts.segments.string()));
  }
  for (const PartitionRow& row : snapshot->partitions) add_partition(row, stands);
  return stands;
}

Result<ZeroMade> make_zero_report(const ZeroParts& parts, AuditEntry person) {
  const std::int64_t time_us = parts.clock->now_us();  // Before we look.
  const auto stands = what_stands(parts);
  if (!stands) return std::unexpected(stands.error());
  if (!stands->empty()) {
    const std::size_t shown = std::min(stands->size(), places_shown);
    return fail(
        Remedy::reject, "zero.not_empty",
        fmt::format(
            "{}{}; nothing was signed", fmt::join(std::span(*stands).first(shown), "; "),
            stands->size() > shown ? fmt::format("; and {} more", stands->size() - shown) : ""));
  }
  const Home& home = *parts.home;
  ZeroMade made;
  made.note =
      parts.signer->sign(to_text(zero_report_of(home.definition(), home.presentation, time_us)));
  person.action = audit_zero;
  person.subject = fmt::format("zero report: {} partitions at size 0", home.count.partitions);
  person.before = {};
  person.after = sha256(as_bytes(made.note));
  const auto line = write_audit(home.count, *parts.store, *parts.clock, person);
  if (!line) return std::unexpected(line.error());
  made.audit_line = *line;
  for (const fs::path& folder : parts.publish) {
    const fs::path file = folder / fmt::format("{}{}", zero_report_file, *line);
    if (auto there = make_folders(folder); !there) return std::unexpected(there.error());
    if (auto kept = write_new_file(file, as_bytes(made.note)); !kept)
      return std::unexpected(kept.error());
    made.files.push_back(file);
  }
  return made;
}

}  // namespace teller
