#include "host/conduct.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "decide/told_decisions.h"
#include "journal/record.h"
#include "store/each_incident.h"
#include "verify/verify_audit.h"

namespace teller {
namespace {

// Who sent the entries of a record, by their index. Incidents come by place, so that the record of the last one
// is mostly that of the next one too.
class SendersOfRecords {
 public:
  SendersOfRecords(const CountId& count, Journal& journal) : count_(&count), journal_(&journal) {}

  // Nothing where the record has no such entry.
  [[nodiscard]] Result<std::optional<std::string>> at(const IncidentRow& row) {
    const Place place{row.partition, row.incident.position};
    if (place_ != place) {
      auto read = senders_at(place);
      if (!read) return std::unexpected(read.error());
      senders_ = std::move(*read);
      place_ = place;
    }
    if (row.incident.index >= senders_.size()) return std::optional<std::string>();
    return std::optional(senders_[row.incident.index]);
  }

 private:
  using Place = std::pair<std::uint16_t, Position>;

  [[nodiscard]] Result<std::vector<std::string>> senders_at(const Place& place) {
    std::vector<std::string> senders;
    const auto records = journal_->read(place.first, place.second, 1);
    if (!records) return std::unexpected(records.error());
    if (records->empty()) return senders;
    auto reader = RecordReader::open(records->front().bytes, *count_, place.first);
    if (!reader) return std::unexpected(reader.error());
    senders.reserve(reader->entries());
    while (const auto item = reader->next()) senders.emplace_back(item->envelope.sender);
    return senders;
  }

  const CountId* count_;
  Journal* journal_;
  std::optional<Place> place_;
  std::vector<std::string> senders_;
};

Result<std::vector<SenderConflicts>> conflicts_by_sender(const CountFile& count, Store& store,
                                                         Journal& journal) {
  std::map<std::string, std::uint64_t> conflicts;
  SendersOfRecords senders_of(count.id, journal);
  Result<void> read;
  const auto seen = for_each_incident(store, 0, [&](const IncidentRow& row) {
    if (!read || row.incident.outcome != Outcome::conflict) return;
    const auto sender = senders_of.at(row);
    if (!sender) read = std::unexpected(sender.error());
    if (sender && *sender) ++conflicts[**sender];
  });
  if (!seen) return std::unexpected(seen.error());
  if (!read) return std::unexpected(read.error());
  std::vector<SenderConflicts> senders;
  for (const auto& [sender, number] : conflicts) senders.push_back({sender, number});
  return senders;
}

Result<std::vector<UndoneDecision>> undone_decisions(const CountFile& count, Store& store) {
  std::vector<UndoneDecision> undone;
  for (std::uint64_t after = 0;;) {
    const auto page = told_decisions(count, store, after);
    if (!page) return std::unexpected(page.error());
    if (page->empty()) return undone;
    for (const ToldDecision& one : *page) {
      // A decision about the stage stands once in each partition.
      const bool reopened = one.action == "reopen" && one.about == "partition 0";
      if (one.action != "reinstate" && !reopened) continue;
      undone.push_back({reopened ? "the count" : one.about, one.action, one.officers});
    }
    after = page->back().commit;
  }
}

}  // namespace

Result<Conduct> read_conduct(const CountFile& count, const CheckRules& rules, Store& store,
                             Journal* journal) {
  const auto made = [&](CheckKind kind) { return rules.of(kind).made; };
  Conduct conduct;
  if (journal != nullptr && made(CheckKind::sender_conflicts)) {
    auto senders = conflicts_by_sender(count, store, *journal);
    if (!senders) return std::unexpected(senders.error());
    conduct.senders = std::move(*senders);
  }
  if (made(CheckKind::night_work) || made(CheckKind::many_refusals)) {
    const auto rows = all_audit_lines(store);
    if (!rows) return std::unexpected(rows.error());
    for (const AuditRow& row : *rows) {
      auto line = parse_audit_line(as_text(row.bytes));
      if (line) conduct.audit.push_back(std::move(*line));
    }
  }
  if (made(CheckKind::undone_twice)) {
    auto undone = undone_decisions(count, store);
    if (!undone) return std::unexpected(undone.error());
    conduct.undone = std::move(*undone);
  }
  return conduct;
}

}  // namespace teller
