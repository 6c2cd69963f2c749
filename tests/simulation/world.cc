#include "world.h"

#include <cstdio>

#include "intake/accept.h"
#include "publish/statement.h"
#include "verify/verify.h"

namespace teller::simulation {
namespace {

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }
std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

std::string name_of(const Cell& cell) {
  return "contest " + std::to_string(cell[0]) + ", column " + std::to_string(cell[1]) + ", unit " +
         std::to_string(cell[2]) + ", method " + std::to_string(cell[3]);
}
std::string name_of(const Figures& figures) {
  return std::to_string(figures.value) + "/" + std::to_string(figures.known) + "/" +
         std::to_string(figures.withheld);
}

}  // namespace

World::World(std::uint64_t seed, std::uint16_t partitions, bool trace)
    : faults(seed), disk(faults), trace_(trace) {
  auto rules = Rules::parse(rules_json(), "rules.json");
  must(rules.has_value(), "the rules of the simulation can be read");
  home.rules = std::move(*rules);
  home.path = "/home";
  auto presentation =
      Presentation::parse("{\"teller\": \"presentation/1\"}\n", "presentation.json", home.rules);
  must(presentation.has_value(), "the presentation can be read");
  home.presentation = std::move(*presentation);
  CountFile& count = home.count;
  count.id.bytes = {0x51, 0x17};
  count.partitions = partitions;
  count.rules = home.rules.hash();
  count.presentation = home.presentation.hash();
  if (faults.one_in(2)) {
    count.officers = oracle.appoint(partitions);
    count.approvals = 2;
  }
  count.step.minimum = 1;
  count.step.maximum = 1 + faults.below(40);
  count.origin = "simulation.invalid/count";
  std::array<std::uint8_t, 32> key{};
  key[0] = 7;
  signer = std::make_unique<Signer>(count.origin, key);
  count.public_key = signer->verifier_key();
  count.seal();
  database = std::make_unique<Database>(home);
  const FilesInPlace place(disk);
  must(make_folders("/home", 0700).has_value(), "a home can be made");
}

bool World::restore_older() {
  if (database->size() == 0) return false;
  database->restore(faults.below(database->size()));
  const std::size_t statements = database->store().statements(0, 1'000'000)->size();
  restored = true;
  if (statements < seen.statements.size()) rolled_back = true;
  say("RESTORED an older copy: statements ", statements, " of ", seen.statements.size());
  return true;
}

void World::say_line(const std::string& line) const {
  std::printf("%8llu  %s\n", static_cast<unsigned long long>(faults.calls()), line.c_str());
}

// ------------------------------------------------------------------ clients

class World::LedgerJournal final : public Journal {
 public:
  LedgerJournal(World& world, Journal& inner) : world_(&world), inner_(&inner) {}

  void append(std::uint16_t partition, Bytes record, Done done) override {
    std::string text = text_of(record);
    inner_->append(partition, std::move(record),
                   [world = world_, partition, text = std::move(text),
                    done = std::move(done)](Result<Position> position) {
                     if (position) {
                       const auto [kept, fresh] =
                           world->ledger_.emplace(std::pair{partition, *position}, text);
                       must(fresh, "two records were acknowledged at one place");
                     }
                     done(std::move(position));
                   });
  }
  Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                          std::size_t bytes_max) override {
    return inner_->read(partition, from, bytes_max);
  }
  Result<Position> end(std::uint16_t partition) override { return inner_->end(partition); }

 private:
  World* world_;
  Journal* inner_;
};

std::unique_ptr<Journal> World::with_ledger(Journal& inner) {
  return std::make_unique<LedgerJournal>(*this, inner);
}

void World::request(Recorder& recorder, std::uint64_t epoch, std::vector<std::string> entries) {
  auto entry_batch = recorder.entry_batch("station", "batch");
  std::uint64_t number = 0;
  for (const std::string& entry : entries) {
    const Bytes bytes = bytes_of(entry);
    auto accepted = accept(home.definition(), bytes);
    if (!accepted) {
      // Something that intake refuses; another program let it through.
      const Plain& plain = oracle.plain(entry);
      must(plain.kind == Plain::Kind::nonsense || plain.forged, "intake refuses a good entry");
      const auto id = id_of(bytes);
      const auto control = read_control(bytes, home.count.id);
      const Entry entry_or_ballot = control ? *control : Entry{*id, Ballot{}};
      accepted = Accepted{bytes, *id, partition_of(entry_or_ballot, home.count.partitions)};
    }
    entry_batch.add(*accepted, number++);
  }
  const std::uint64_t id = next_request_++;
  const std::size_t size = entries.size();
  in_flight_.emplace(id, Request{epoch, std::move(entries)});
  recorder.record(std::move(entry_batch), [this, id, size](const Recorded& outcome) {
    const auto found = in_flight_.find(id);
    if (found == in_flight_.end()) return;  // Its process is gone, and the answer with it.
    must(outcome.recorded + outcome.unknown + outcome.not_recorded == size,
         "what became of the entries of a request adds up");
    auto answered = std::move(found->second.entries);
    in_flight_.erase(found);
    if (outcome.recorded == size) {
      acknowledged_.insert(answered.begin(), answered.end());
    } else {
      // Which of them is not said: all are sent again.
      unanswered_.insert(unanswered_.end(), answered.begin(), answered.end());
    }
  });
}

void World::send(Recorder& recorder, std::uint64_t epoch) {
  std::vector<std::string> entries;
  for (std::uint32_t n = 1 + faults.below(6); n > 0; --n) {
    if (!unanswered_.empty() && faults.one_in(2)) {
      entries.push_back(std::move(unanswered_.front()));
      unanswered_.pop_front();
    } else {
      entries.push_back(oracle.draw(faults, home.count.id.bytes));
    }
  }
  if (!home.count.officers.empty() && faults.one_in(8)) decide(entries);
  request(recorder, epoch, std::move(entries));
}

// Officers look at what the store and the last statement say, and go on.
void World::decide(std::vector<std::string>& entries) {
  MemoryStore& store = database->store();
  std::map<std::uint16_t, std::uint32_t> numbers;
  const auto decided = store.stage_decisions();
  must(decided.has_value(), "decisions can be read");
  for (const DecisionRow& row : *decided) numbers[row.partition] = row.number;
  const auto row = *store.last_statement();
  const auto statement = row ? std::optional(*parse_statement(as_text(row->bytes))) : std::nullopt;
  for (std::uint16_t p = 0; p < home.count.partitions; ++p) {
    const bool certifies = numbers[p] >= 2 && numbers[p] % 2 == 0;
    if (faults.one_in(4) || (certifies && !statement)) continue;
    Plain certified;
    if (statement) {
      certified.statement = statement->number;
      certified.statement_hash = sha256(row->bytes);
      certified.digest = statement->digest;
      certified.entries = statement->partitions[p].committed.log_size;
    }
    entries.push_back(oracle.decide(p, numbers[p], certified, home.count.id.bytes));
    if (certifies) certified_.emplace(certified.statement, certified.statement_hash);
  }
}

bool World::send_again(Recorder& recorder, std::uint64_t epoch) {
  if (unanswered_.empty()) return false;
  std::vector<std::string> entries;
  while (!unanswered_.empty() && entries.size() < 8) {
    entries.push_back(std::move(unanswered_.front()));
    unanswered_.pop_front();
  }
  request(recorder, epoch, std::move(entries));
  return true;
}

void World::forget(std::uint64_t epoch) {
  std::erase_if(in_flight_, [&](auto& item) {
    if (item.second.epoch != epoch) return false;
    auto& entries = item.second.entries;
    unanswered_.insert(unanswered_.end(), entries.begin(), entries.end());
    return true;
  });
}

// ------------------------------------------------------------------ what must hold

std::vector<std::string> World::records(Journal& journal, std::uint16_t partition) {
  std::vector<std::string> all;
  for (;;) {
    const auto some = journal.read(partition, all.size(), 1 << 20);
    must(some.has_value(), "the journal can be read: " + (some ? "" : to_text(some.error())));
    if (some->empty()) break;
    for (const JournalRecord& record : *some) {
      must(record.position == all.size(), "the journal has no holes");
      all.push_back(text_of(record.bytes));
    }
  }
  const auto end = journal.end(partition);
  must(end && *end == all.size(), "the journal ends where its records do");
  return all;
}

void World::check_journal(Journal& journal) {
  std::set<std::string> there;
  for (std::uint16_t p = 0; p < home.count.partitions; ++p) {
    const auto all = records(journal, p);
    for (auto at = ledger_.lower_bound({p, 0}); at != ledger_.end() && at->first.first == p; ++at) {
      const std::string name =
          "record " + std::to_string(at->first.second) + " of partition " + std::to_string(p);
      must(at->first.second < all.size(), name + " was acknowledged and is gone");
      must(all[at->first.second] == at->second, name + " is not the one that was acknowledged");
    }
    for (Position at = 0; at < all.size(); ++at) {
      if (const auto bad = poison.find(p); bad != poison.end() && bad->second == at) continue;
      std::set<std::string> ids;
      for (const std::string& entry : entries_of_record(all[at])) {
        must(ids.insert(oracle.plain(entry).id).second, "a record holds an id twice");
        there.insert(entry);
      }
    }
  }
  for (const std::string& entry : acknowledged_) {
    must(there.contains(entry), "an entry was acknowledged and is not in the journal");
  }
}

void World::check_committed(Journal& journal, Segments& segments) {
  MemoryStore& store = database->store();
  const Snapshot snapshot = *store.snapshot();
  const auto steps = *store.steps(0, snapshot.head.commit);
  std::map<Cell, Figures> totals;
  bool all_certified = true;
  for (const PartitionRow& row : snapshot.partitions) {
    const std::string name = "partition " + std::to_string(row.partition);
    const auto all = records(journal, row.partition);
    must(row.committed.position <= all.size(), name + " is counted beyond its journal's end");
    Counted counted;
    std::vector<Hash> leaves;
    std::uint64_t position = 0, number = 0;
    for (const StepRow& step : steps) {
      if (step.partition != row.partition) continue;
      const std::string step_name = name + ", step " + std::to_string(step.number);
      must(step.number == ++number && step.from == position && step.to >= step.from &&
               step.to <= row.committed.position,
           step_name + " does not follow the one before it");
      std::map<Hash, std::string> expected;  // By hash: that is the order in a segment.
      std::vector<std::string> entries;
      for (; position < step.to; ++position) {
        std::ranges::copy(entries_of_record(all[position]), std::back_inserter(entries));
      }
      for (const std::string& entry : oracle.count(entries, counted)) {
        expected.emplace(sha256(as_bytes(std::string(1, '\0') + entry)), entry);
      }
      const auto bytes = segments.get(step.partition, step.number, step.segment);
      must(bytes.has_value(), step_name + ": " + (bytes ? "" : to_text(bytes.error())));
      const auto found = leaves_of_segment(text_of(*bytes));
      must(found.size() == expected.size(),
           step_name + ": the log has " + std::to_string(found.size()) +
               " leaves and should have " + std::to_string(expected.size()));
      std::size_t i = 0;
      for (const auto& [hash, entry] : expected) {
        must(found[i++] == entry, step_name + ": a leaf is not the entry that counts");
        leaves.push_back(hash);
      }
      must(step.log_size == leaves.size() && step.root == merkle_root(leaves, 0, leaves.size()),
           step_name + ": size or root of the log is wrong");
    }
    must(number == row.committed.number && position == row.committed.position &&
             row.committed.log_size == leaves.size() &&
             row.committed.root == merkle_root(leaves, 0, leaves.size()),
         name + " does not stand at the end of its last step");
    must(row.outcomes ==
             Outcomes{counted.counted, counted.duplicate, counted.conflict, counted.rejected},
         name + ": counted, duplicate, conflict and rejected are " +
             std::to_string(row.outcomes.counted) + ", " + std::to_string(row.outcomes.duplicate) +
             ", " + std::to_string(row.outcomes.conflict) + ", " +
             std::to_string(row.outcomes.rejected) + " and should be " +
             std::to_string(counted.counted) + ", " + std::to_string(counted.duplicate) + ", " +
             std::to_string(counted.conflict) + ", " + std::to_string(counted.rejected));
    all_certified = all_certified && counted.stage == "certified";
    for (const auto& [cell, figures] : counted.totals) {
      Figures& sum = totals[cell];
      sum.value += figures.value;
      sum.known += figures.known;
      sum.withheld += figures.withheld;
    }
  }
  must(snapshot.head.status == (all_certified ? "official" : "unofficial"),
       "the status is not what the decisions come to");
  std::erase_if(totals, [](const auto& total) { return total.second.zero(); });
  std::map<Cell, Figures> stored;
  for (const TotalRow& row : snapshot.totals) {
    const Figures figures{row.total.value, row.total.known, row.total.withheld};
    if (figures.zero()) continue;
    stored[{row.key.contest.value, row.key.slot, row.key.unit.value, row.key.method.value}] =
        figures;
  }
  for (const auto& [cell, figures] : totals) {
    must(stored[cell] == figures,
         name_of(cell) + " is " + name_of(stored[cell]) + " and should be " + name_of(figures));
  }
  must(stored.size() == totals.size(), "there are totals that should not be there");
}

void World::check_statements(Journal& journal) {
  MemoryStore& store = database->store();
  const auto rows = *store.statements(0, 1'000'000);
  const auto steps = *store.steps(0, store.head()->commit);
  if (!rolled_back) {
    must(rows.size() >= seen.statements.size(), "a statement was seen and is gone from the store");
  }
  for (std::size_t i = 0; i < std::min(rows.size(), seen.statements.size()); ++i) {
    must(rows[i].bytes == seen.statements[i], "a statement that was seen has changed");
  }
  std::vector<Counted> counted(home.count.partitions);
  std::vector<Position> at(home.count.partitions);
  std::vector<std::vector<std::string>> all;
  for (std::uint16_t p = 0; p < home.count.partitions; ++p) all.push_back(records(journal, p));
  Hash previous{};
  for (const StatementRow& row : rows) {
    const std::string name = "statement " + std::to_string(row.number);
    const auto statement = parse_statement(as_text(row.bytes));
    must(statement.has_value() && statement->previous == previous, name + " does not follow");
    previous = sha256(row.bytes);
    // Where the commit that it names had brought every partition.
    std::vector<Position> to(home.count.partitions);
    for (const StepRow& step : steps) {
      if (step.commit <= statement->commit) {
        to[step.partition] = std::max(to[step.partition], step.to);
      }
    }
    std::map<Cell, Figures> totals;
    for (std::uint16_t p = 0; p < home.count.partitions; ++p) {
      must(statement->partitions.at(p).committed.position == to[p],
           name + " states another position than its commit has");
      for (const StepRow& step : steps) {
        if (step.partition != p || step.from < at[p] || step.to > to[p]) continue;
        std::vector<std::string> entries;
        for (; at[p] < step.to; ++at[p]) {
          std::ranges::copy(entries_of_record(all[p].at(at[p])), std::back_inserter(entries));
        }
        (void)oracle.count(entries, counted[p]);
      }
      for (const auto& [cell, figures] : counted[p].totals) {
        Figures& sum = totals[cell];
        sum.value += figures.value;
        sum.known += figures.known;
        sum.withheld += figures.withheld;
      }
    }
    must(statement->digest == Oracle::digest(home.rules.hash(), totals),
         name + " states another digest than the votes of its commit have");
  }
}

void World::check_why_unstated(const Error& error) {
  must(error.code != Code("store.not_stated") && error.code != Code("log.broken"),
       "what is committed is what the log gives: " + to_text(error));
}

void World::check_verify(Segments& segments) {
  const auto verified =
      verify(home.rules, home.count, home.presentation, database->store(), segments);
  must(verified.has_value(), "verify can look");
  // With a store that was set back a statement that officers have certified may be gone.
  bool gone = false;
  for (const auto& [number, hash] : certified_) {
    const auto rows = *database->store().statements(number, 1);
    gone = gone || rows.empty() || sha256(rows.front().bytes) != hash;
  }
  for (const Finding& finding : verified->findings.list) {
    must(gone && finding.check == Check::decisions, "verify finds: " + finding.what);
  }
}

}  // namespace teller::simulation
