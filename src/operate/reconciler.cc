#include "operate/reconciler.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"
#include "journal/record.h"
#include "journal/refused_line.h"
#include "log/segment.h"
#include "publish/log_files_check.h"
#include "publish/statement.h"
#include "publish/status.h"
#include "store/each_incident.h"

namespace teller {
namespace {

constexpr std::size_t piece_bytes = std::size_t{16} << 20;

// What it says is about what is there, not about the way to it.
bool is_damage(const Error& error) {
  return error.code == Code("journal.gap") || error.code == Code("journal.corrupt") ||
         error.code == Code("journal.record_invalid") || error.code == Code("count.other");
}

// A line of files that were compared one by one.
void add_files(Reconciliation& result, std::string_view what, std::uint64_t compared,
               std::string note, Agreement at_best, const std::vector<std::string>& differences) {
  ReconcileLine line;
  line.what = what;
  line.commit = result.commit;
  line.compared = compared;
  line.note = std::move(note);
  line.agreement = differences.empty() ? at_best : Agreement::differs;
  for (const std::string& where : differences) result.differences.push_back({line.what, where});
  result.lines.push_back(std::move(line));
}

}  // namespace

// What became of every message of the inbox, one bit each: a nation's are a few dozen megabytes.
class Reconciler::Fates {
 public:
  enum class Fate : std::uint8_t { recorded, refused };

  // False: it was marked already.
  bool mark(std::int32_t partition, std::uint64_t offset, Fate fate) {
    InboxPartition& one = partitions_[partition];
    std::vector<bool>& bits = fate == Fate::recorded ? one.recorded : one.refused;
    if (bits.size() <= offset) bits.resize(std::max<std::size_t>(offset + 1, bits.size() * 2));
    if (bits[offset]) return false;  // Read again after a crash: a duplicate, or a second line.
    bits[offset] = true;
    // What was decided already is decided again: a message can still be refused after it was
    // recorded, by another version of the program.
    if (offset < one.decided) one.decided = 0;
    return true;
  }

  InboxSays of(const InboxRange& range) {
    InboxPartition& one = partitions_[range.partition];
    if (one.decided == 0 || one.counted.first != range.first) {
      one.counted = {.partition = range.partition, .first = range.first};
      one.decided = range.first;
    }
    InboxSays& sum = one.counted;
    for (; one.decided < range.dealt_with; ++one.decided) {
      const bool recorded = one.decided < one.recorded.size() && one.recorded[one.decided];
      const bool refused = one.decided < one.refused.size() && one.refused[one.decided];
      sum.recorded += recorded ? 1 : 0;
      sum.refused += refused ? 1 : 0;
      if (recorded && refused && sum.both++ == 0) sum.first_both = one.decided;
      if (!recorded && !refused && sum.neither++ == 0) sum.first_neither = one.decided;
    }
    sum.dealt_with = range.dealt_with;
    sum.end = range.end;
    return sum;
  }

 private:
  struct InboxPartition {
    std::vector<bool> recorded, refused;
    std::uint64_t decided = 0;
    InboxSays counted;
  };
  std::map<std::int32_t, InboxPartition> partitions_;
};

namespace {

// What the reader says once it has come to a commit, or has not moved for three seconds.
Result<ReadBack> read_when_at(const Reconciler::Reader& reader, std::uint64_t commit, bool totals) {
  std::optional<std::uint64_t> before;
  for (int still = 0; still < 30; ++still) {
    const auto now = reader.read(false);
    if (!now || now->commit >= commit) break;  // Reading all of it says why it cannot be read.
    if (before != now->commit) still = 0;
    before = now->commit;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return reader.read(totals);
}

}  // namespace

Reconciler::Reconciler(Parts parts) : parts_(std::move(parts)), totals_(parts_.home->rules) {
  forget();
}
Reconciler::~Reconciler() = default;

// After the store went back, nothing that was added up is worth anything.
void Reconciler::forget() {
  totals_ = CurrentTotals(parts_.home->rules);
  readings_.assign(parts_.home->count.partitions, {});
  incidents_.assign(parts_.home->count.partitions, 0);
  incidents_upto_ = 0;
  incidents_open_.assign(parts_.home->count.partitions, {});
  incidents_wrong_.assign(parts_.home->count.partitions, {});
  fates_ = std::make_unique<Fates>();
  refused_next_ = 0;
  refused_.clear();
}

// `reach`: a commit to which each of them is waited for as long as it moves; what stands still behind the store shows figures
// that nothing is left to hold against.
void Reconciler::read_readers(Places& places, bool totals, std::uint64_t reach) {
  for (const Reader& reader : parts_.readers) {
    ReaderSays& of = places.readers.emplace_back();
    of.name = reader.name;
    auto read_back = reader.read(totals);
    if (parts_.publishing && read_back && read_back->commit < reach) {
      read_back = read_when_at(reader, reach, totals);
    }
    if (read_back && read_back->commit < reach) {
      read_back->wrong.push_back(fmt::format(
          "it stands still at commit {}, and the store was at {}: nobody publishes into "
          "it, and its figures cannot be compared with those of a later commit",
          read_back->commit, reach));
    }
    if (read_back) {
      of.read_back = std::move(*read_back);
    } else if (read_back.error().remedy == Remedy::retry || is_not_told(read_back.error())) {
      of.unread = to_text(read_back.error());
    } else {
      of.damage = to_text(read_back.error());
    }
  }
}

Result<void> Reconciler::read_store(Places& places) {
  // The statement before the snapshot, so that the store cannot be behind it.
  auto last = parts_.store->last_statement();
  if (!last) return std::unexpected(last.error());
  places.stated = std::move(*last);
  places.statements = places.stated ? places.stated->number + 1 : 0;
  for (const ReaderSays& reader : places.readers) {
    if (!reader.read_back || !reader.read_back->stated) continue;
    auto rows = parts_.store->statements(reader.read_back->statements - 1, 1);
    if (!rows) return std::unexpected(rows.error());
    std::ranges::move(*rows, std::back_inserter(places.read_statements));
  }
  auto head = parts_.store->head();
  if (!head) return std::unexpected(head.error());
  if (head->commit < totals_.commit()) forget();
  auto snapshot = parts_.store->totals_since(totals_.commit());
  if (!snapshot) return std::unexpected(snapshot.error());
  check(snapshot->partitions.size() == readings_.size(), "a store has the partitions of its count");
  totals_.add(*snapshot);
  places.head = snapshot->head;
  places.presentation = snapshot->presentation;
  places.rows = std::move(snapshot->partitions);
  places.totals = totals_.rows();
  places.partitions.resize(places.rows.size());
  const Home& home = *parts_.home;
  auto definition = check_definition(home.rules, home.presentation, home.count, *parts_.store);
  if (!definition) return std::unexpected(definition.error());
  places.definition = std::move(*definition);
  const auto decided = check_status(places.head, parts_.home->count, *parts_.store);
  if (decided) return {};
  if (decided.error().code != Code("status.undecided")) return decided;
  places.undecided = decided.error().detail;
  return {};
}

Result<void> Reconciler::read_incidents(Places& places) {
  const std::uint64_t upto = places.head.commit;
  std::vector<std::uint64_t> more(incidents_.size());
  auto read = for_each_incident(*parts_.store, incidents_upto_, [&](const IncidentRow& row) {
    if (row.commit > upto || row.partition >= more.size()) return;
    ++more[row.partition];
    incidents_open_[row.partition][row.incident.position].push_back(row.incident);
  });
  if (!read) return read;
  for (std::size_t i = 0; i < more.size(); ++i) incidents_[i] += more[i];
  incidents_upto_ = upto;
  for (std::size_t i = 0; i < incidents_.size(); ++i) {
    places.partitions[i].incidents_listed = incidents_[i];
  }
  return {};
}

Result<void> Reconciler::read_steps(Places& places, bool all_segments) {
  std::map<std::uint16_t, std::uint64_t> stated;
  if (places.stated) {
    if (const auto statement = parse_statement(as_text(places.stated->bytes))) {
      for (const auto& p : statement->partitions) stated[p.partition] = p.committed.number;
    }
  }
  const auto step = [&](std::uint16_t partition, std::uint64_t number,
                        std::optional<StepRow>& to) -> Result<void> {
    auto row = parts_.store->step(partition, number);
    if (!row) return std::unexpected(row.error());
    to = std::move(*row);
    return {};
  };
  // The head of a step's segment, if its bytes are those that the step names.
  const auto segment = [&](const StepRow& row) -> Result<SegmentHead> {
    const auto bytes = parts_.segments->get(row.partition, row.number, row.segment);
    if (!bytes) return std::unexpected(bytes.error());
    return decode_segment_head(*bytes);
  };
  for (const PartitionRow& row : places.rows) {
    PartitionSays& of = places.partitions[row.partition];
    Result<void> read = step(row.partition, row.committed.number, of.last);
    if (read) read = step(row.partition, stated[row.partition], of.stated);
    if (read) read = step(row.partition, stated[row.partition] + 1, of.after_stated);
    if (!read) return read;
    if (!of.last) continue;
    if (const auto head = segment(*of.last)) {
      of.segment = *head;
    } else {
      of.no_segment = to_text(head.error());
    }
    Committed at;
    for (std::uint64_t n = 1; all_segments && n <= row.committed.number; ++n) {
      std::optional<StepRow> one;
      if (auto done = step(row.partition, n, one); !done) return done;
      const auto head = one ? segment(*one) : Result<SegmentHead>{};
      if (!one || !head) {
        of.broken_chain = segment_name(row.partition, n) + ": " +
                          (one ? to_text(head.error()) : "is not in the list of steps");
        break;
      }
      if (one->from != at.position || head->root_before != at.root ||
          head->first_leaf != at.log_size || head->root_after != one->root ||
          head->first_leaf + head->leaves != one->log_size) {
        of.broken_chain = segment_name(row.partition, n) + " does not follow the one before it";
        break;
      }
      at = {n, one->to, one->log_size, one->root};
    }
  }
  places.segments_read = all_segments;
  return {};
}

// What the store says of the entries of a record that were not counted, held against the record.
void Reconciler::compare_incidents(std::uint16_t partition, const JournalRecord& record) {
  const auto open = incidents_open_[partition].extract(record.position);
  if (open.empty()) return;
  const Home& home = *parts_.home;
  auto reader = RecordReader::open(record.bytes, home.count.id, partition);
  if (!reader) return;  // That is said of the record itself.
  std::map<std::uint32_t, const Incident*> wanted;
  for (const Incident& incident : open.mapped()) wanted[incident.index] = &incident;
  const auto wrong = [&](std::uint32_t place, std::string_view what) {
    if (incidents_wrong_[partition].size() >= 100) return;
    incidents_wrong_[partition].push_back(
        fmt::format("incidents position {} place {}, {}", record.position, place, what));
  };
  Entry entry;
  std::uint32_t index = 0;
  for (auto item = reader->next(); item; item = reader->next(), ++index) {
    const auto found = wanted.find(index);
    if (found == wanted.end()) continue;
    const Incident& incident = *found->second;
    if (leaf_hash(item->entry) != incident.leaf)
      wrong(index, "leaf: the journal has another there");
    if (id_of(item->entry).value_or(EntryId{}) != incident.id) {
      wrong(index, "entry_id: the journal has another there");
    }
    // A program that is newer than the one that counted may let through what was rejected.
    const auto reason = decode(item->entry, home.rules, home.count.id, entry);
    if (reason && incident.outcome == Outcome::conflict) {
      wrong(index, "outcome: it is no conflict, for it cannot be counted");
    } else if (reason && *reason != incident.reason) {
      wrong(index, fmt::format("reason: {} in the store, the journal's entry has {}",
                               code_of(incident.reason).text(), code_of(*reason).text()));
    }
    wanted.erase(found);
  }
  for (const auto& [place, incident] : wanted) wrong(place, "place: the record has fewer entries");
}

// Of records that had been read before their incidents were committed.
Result<void> Reconciler::compare_passed(std::uint16_t partition) {
  auto& open = incidents_open_[partition];
  while (!open.empty() && open.begin()->first < readings_[partition].next) {
    const Position position = open.begin()->first;
    const auto records = parts_.journal->read(partition, position, 1);
    if (!records) return std::unexpected(records.error());
    if (records->empty() || records->front().position != position) {
      return fail(Remedy::stop, "journal.gap",
                  fmt::format("record {}, of which an entry was not counted, is gone", position));
    }
    compare_incidents(partition, records->front());
    open.erase(position);
  }
  return {};
}

// True if it was read to its end.
Result<bool> Reconciler::read_entries(std::uint16_t partition, PartitionSays& of,
                                      std::uint64_t position) {
  Reading& reading = readings_[partition];
  bool to_end = true;
  if (auto passed = compare_passed(partition); !passed) return std::unexpected(passed.error());
  while (to_end && reading.next < *of.journal_end) {
    auto records = parts_.journal->read(partition, reading.next, piece_bytes);
    if (!records) return std::unexpected(records.error());
    if (records->empty()) break;
    for (const JournalRecord& record : *records) {
      auto reader = RecordReader::open(record.bytes, parts_.home->count.id, partition);
      if (!reader) {
        // Not counted yet: it will halt its partition, which is another matter.
        to_end = false;
        if (record.position >= position) break;
        return std::unexpected(during(fmt::format("record {}", record.position), reader.error()));
      }
      reading.ahead.emplace_back(record.position, reader->entries());
      reading.next = record.position + 1;
      compare_incidents(partition, record);
      while (const auto item = reader->next()) {
        if (item->envelope.inbox_partition < 0) continue;
        fates_->mark(item->envelope.inbox_partition, item->envelope.number, Fates::Fate::recorded);
      }
    }
  }
  while (!reading.ahead.empty() && reading.ahead.front().first < position) {
    reading.entries += reading.ahead.front().second;
    reading.ahead.pop_front();
  }
  of.journal_entries = reading.entries;
  of.incidents_wrong = incidents_wrong_[partition];
  for (const auto& [at, incidents] : incidents_open_[partition]) {
    if (!to_end) break;  // Read later.
    of.incidents_wrong.push_back(
        fmt::format("incidents position {}, position: the journal has no such record", at));
  }
  return to_end;
}

Result<void> Reconciler::read_refused() {
  return read_refused_lines(*parts_.refused, refused_next_, [&](const RefusedLine& line) {
    if (fates_->mark(line.partition, line.offset, Fates::Fate::refused)) ++refused_[line.code];
  });
}

void Reconciler::read_journal(Places& places, bool entries) {
  if (parts_.journal == nullptr) {
    places.journal_unread = parts_.journal_unread;
    return;
  }
  places.entries_read = entries;
  journal_to_end_ = entries;
  for (const PartitionRow& row : places.rows) {
    PartitionSays& of = places.partitions[row.partition];
    const auto end = parts_.journal->end(row.partition);
    Result<bool> read = true;
    if (!end) {
      read = std::unexpected(end.error());
    } else {
      of.journal_end = *end;
      if (entries) read = read_entries(row.partition, of, row.committed.position);
    }
    journal_to_end_ = journal_to_end_ && read && *read;
    if (read) continue;
    places.entries_read = false;
    (is_damage(read.error()) ? of.journal_damage : places.journal_unread) = to_text(read.error());
  }
}

Result<void> Reconciler::compare_deliveries(Reconciliation& result) {
  const Home& home = *parts_.home;
  const auto kept =
      check_kept_deliveries(home.deliveries(), *parts_.store, home.definition(), parts_.deliveries);
  if (!kept) return std::unexpected(kept.error());
  const std::string note = in_words(*kept);
  if (kept->compared == 0 && note.empty() && kept->differences.empty()) return {};
  add_files(result, "deliveries = kept files", kept->compared, note, Agreement::same,
            kept->differences);
  return {};
}

Result<void> Reconciler::compare_public_log(Reconciliation& result) {
  const auto log =
      check_log_files(parts_.public_log, parts_.home->count, *parts_.store, *parts_.segments);
  if (!log) return std::unexpected(log.error());
  if (log->compared == 0) return {};
  const Agreement at_best = !log->unread.empty() ? Agreement::not_looked_at
                            : log->behind > 0    ? Agreement::behind
                                                 : Agreement::same;
  add_files(result, "public log = store", log->compared, in_words(*log), at_best, log->wrong);
  return {};
}

Result<Reconciliation> Reconciler::run(Wanted wanted) {
  Places places;
  std::uint64_t reach = 0;
  if (wanted.totals) {
    const auto held_back = is_held_back(parts_.home->count, *parts_.store);
    if (!held_back) return std::unexpected(held_back.error());
    const auto head = parts_.store->head();
    if (!head) return std::unexpected(head.error());
    if (!*held_back) reach = head->commit;
  }
  read_readers(places, wanted.totals, reach);
  Result<std::vector<InboxRange>> inbox;
  if (parts_.inbox && wanted.entries) inbox = parts_.inbox();
  if (auto read = read_store(places); !read) return std::unexpected(read.error());
  if (auto read = read_incidents(places); !read) return std::unexpected(read.error());
  if (auto read = read_steps(places, wanted.segments); !read) {
    return std::unexpected(read.error());
  }
  read_journal(places, wanted.entries);
  if (parts_.inbox) {
    // Complete only behind a journal that was read to its end.
    Result<void> read;
    if (!inbox) read = std::unexpected(inbox.error());
    if (read && wanted.entries) read = read_refused();
    if (!wanted.entries) {
      places.inbox_unread = "the journal is read by --full";
    } else if (!read) {
      places.inbox_unread = to_text(read.error());
    } else if (!journal_to_end_) {
      places.inbox_unread = "the journal was not read to its end";
    } else {
      std::vector<InboxSays>& of = places.inbox.emplace();
      for (const InboxRange& range : *inbox) of.push_back(fates_->of(range));
    }
  }
  Reconciliation result = reconcile(parts_.home->rules, parts_.home->count, places);
  if (places.inbox) result.refused = refused_;
  if (wanted.deliveries) {
    if (auto compared = compare_deliveries(result); !compared) {
      return std::unexpected(compared.error());
    }
  }
  if (wanted.public_log) {
    if (auto compared = compare_public_log(result); !compared) {
      return std::unexpected(compared.error());
    }
  }
  return result;
}

}  // namespace teller
