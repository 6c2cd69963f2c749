#include "operate/replay_rejected.h"

#include <future>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/check.h"
#include "intake/accept.h"
#include "journal/record.h"
#include "log/merkle.h"
#include "publish/audit_line.h"
#include "store/each_incident.h"

namespace teller {
namespace {

std::string to_text(const EntryPlace& place) {
  return fmt::format("{} {} {}", place.partition, place.position, place.index);
}

// What is to be recorded anew, with the envelope it came in.
struct Judged {
  EntryPlace place;
  Accepted accepted;
  std::string sender, batch;
  std::uint64_t number = 0;
  std::int32_t inbox_partition = -1;
};

// The rejected entries that were not replayed yet, by the record they are in.
using ByRecord = std::map<std::pair<std::uint16_t, Position>, std::vector<Incident>>;

Result<ByRecord> open_rejections(CountStore& store, std::uint64_t& replayed_before) {
  ByRecord records;
  const auto read = for_each_incident(store, 0, [&](const IncidentRow& row) {
    if (row.incident.outcome != Outcome::rejected) return;
    if (row.replayed_as) {
      ++replayed_before;
    } else {
      records[{row.partition, row.incident.position}].push_back(row.incident);
    }
  });
  if (!read) return std::unexpected(read.error());
  return records;
}

// Judges the rejected entries of one record again.
Result<void> judge(const Home& home, Journal& journal, std::uint16_t partition, Position position,
                   const std::vector<Incident>& rejected, std::vector<Judged>& candidates,
                   std::vector<ReplayOutcome::Refused>& refused) {
  const std::string where = fmt::format("record {} of partition {}", position, partition);
  const auto records = journal.read(partition, position, 1);
  if (!records) return std::unexpected(records.error());
  if (records->empty() || records->front().position != position) {
    return fail(Remedy::stop, "journal.gap", where + ", which held a rejected entry, is gone");
  }
  auto reader = RecordReader::open(records->front().bytes, home.count.id, partition);
  if (!reader) return std::unexpected(during(where, reader.error()));
  std::map<std::uint32_t, const Incident*> wanted;
  for (const Incident& incident : rejected) wanted[incident.index] = &incident;
  std::uint32_t index = 0;
  for (auto item = reader->next(); item; item = reader->next(), ++index) {
    const auto found = wanted.find(index);
    if (found == wanted.end()) continue;
    if (leaf_hash(item->entry) != found->second->leaf) {
      return fail(Remedy::stop, "journal.corrupt",
                  fmt::format("{}: entry {} is not the one that was rejected", where, index));
    }
    const EntryPlace place{partition, position, index};
    auto accepted = accept(home.definition(), item->entry);
    if (accepted) {
      candidates.push_back({place, std::move(*accepted), std::string(item->envelope.sender),
                            std::string(item->envelope.batch), item->envelope.number,
                            item->envelope.inbox_partition});
    } else {
      refused.push_back({place, accepted.error().code});
    }
    wanted.erase(found);
  }
  if (!wanted.empty()) {
    return fail(Remedy::stop, "journal.corrupt", where + " has fewer entries than it had");
  }
  return {};
}

// Appends the candidates in their order; a record is durable before the next is appended, so that
// what is marked is recorded.
Result<std::vector<Replay>> record_anew(const CountId& count, Journal& journal,
                                        const std::vector<Judged>& candidates) {
  std::vector<Replay> replays;
  const auto append = [&](RecordBuilder& builder, std::uint16_t partition,
                          const std::vector<EntryPlace>& places) -> Result<void> {
    std::promise<Result<Position>> recorded;
    auto answer = recorded.get_future();
    journal.append(partition, builder.finish(),
                   [&](Result<Position> position) { recorded.set_value(std::move(position)); });
    const Result<Position> position = answer.get();
    if (!position) return std::unexpected(position.error());
    for (std::uint32_t i = 0; i < places.size(); ++i) {
      replays.push_back({places[i], {partition, *position, i}});
    }
    return {};
  };
  std::map<std::uint16_t, std::vector<const Judged*>> by_partition;
  for (const Judged& one : candidates) by_partition[one.accepted.partition].push_back(&one);
  for (const auto& [partition, ours] : by_partition) {
    RecordBuilder builder(count, partition);
    std::vector<EntryPlace> places;
    for (const Judged* one : ours) {
      const Envelope envelope{.sender = one->sender,
                              .batch = one->batch,
                              .number = one->number,
                              .inbox_partition = one->inbox_partition};
      if (!builder.add(one->accepted.id, one->accepted.entry, envelope)) {
        if (auto done = append(builder, partition, places); !done) {
          return std::unexpected(done.error());
        }
        places.clear();
        check(builder.add(one->accepted.id, one->accepted.entry, envelope),
              "an empty record takes any entry");
      }
      places.push_back(one->place);
    }
    if (auto done = append(builder, partition, places); !done) return std::unexpected(done.error());
  }
  return replays;
}

}  // namespace

Result<ReplayOutcome> replay_rejected(const Home& home, Journal& journal, Store& store,
                                      const Clock& clock, const AuditEntry& person) {
  ReplayOutcome outcome;
  const auto rejections = open_rejections(store, outcome.replayed_before);
  if (!rejections) return std::unexpected(rejections.error());
  std::vector<Judged> candidates;
  for (const auto& [record, incidents] : *rejections) {
    const auto judged =
        judge(home, journal, record.first, record.second, incidents, candidates, outcome.refused);
    if (!judged) return std::unexpected(judged.error());
  }
  if (candidates.empty()) return outcome;

  std::string before, after;
  for (const Judged& one : candidates) {
    before += to_text(one.place) + " " + to_hex(leaf_hash(one.accepted.entry)) + "\n";
  }
  AuditEntry line = person;
  line.action = "replay-rejected";
  line.subject = fmt::format("{} rejected entries", candidates.size());
  line.before = sha256(as_bytes(before));
  line.after = {};
  const auto begun = write_audit(home.count, store, clock, line);
  if (!begun) return std::unexpected(begun.error());

  auto replays = record_anew(home.count.id, journal, candidates);
  if (!replays) return std::unexpected(replays.error());
  for (const auto& [rejected, again] : *replays) {
    after += to_text(rejected) + " " + to_text(again) + "\n";
  }
  line.action = audit_replayed;
  line.subject += fmt::format(", see line {}", *begun);
  line.after = sha256(as_bytes(after));
  const auto done = write_audit(home.count, store, clock, line, {.replays = *replays});
  if (!done) return std::unexpected(done.error());
  outcome.replays = std::move(*replays);
  return outcome;
}

}  // namespace teller
