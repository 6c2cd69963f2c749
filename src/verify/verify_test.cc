// Every check has a fault that makes exactly it fail; every byte of an export matters.
#include "verify/verify.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "log/merkle.h"
#include "log/segments_memory.h"
#include "publish/digest.h"
#include "publish/export.h"
#include "publish/note.h"
#include "store/store_memory.h"
#include "store/told_tables.h"
#include "testing/example_election.h"
#include "testing/folder.h"
#include "verify/evidence_store.h"
#include "verify/proof_file.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view look = "{\"teller\": \"presentation/1\"}\n";

std::array<std::uint8_t, 32> seed() {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(7);
  return bytes;
}

// A store in which somebody has changed what is told beside the totals.
struct ChangedStore : MemoryStore {
  std::function<void(const DefinitionTable& table, std::vector<DefinitionValue>& row)> change;

  Result<void> definition_rows(
      const DefinitionTable& table,
      const std::function<void(std::span<const DefinitionValue>)>& row) override {
    return MemoryStore::definition_rows(table, [&](std::span<const DefinitionValue> values) {
      std::vector<DefinitionValue> changed(values.begin(), values.end());
      if (change) change(table, changed);
      row(changed);
    });
  }

  // Other numbers of statements than they have; asked often enough, the store is away.
  std::map<std::uint64_t, std::uint64_t> numbers;
  int asked = 0;
  Result<std::vector<StatementRow>> statements(std::uint64_t first, std::uint64_t limit) override {
    if (numbers.empty()) return MemoryStore::statements(first, limit);
    if (++asked > 1'000) return fail(Remedy::retry, "store.unavailable", "asked for ever");
    auto rows = MemoryStore::statements(0, 1'000'000);
    for (StatementRow& row : *rows) {
      if (const auto other = numbers.find(row.number); other != numbers.end()) {
        row.number = other->second;
      }
    }
    std::erase_if(*rows, [&](const StatementRow& row) { return row.number < first; });
    std::ranges::sort(*rows, {}, &StatementRow::number);
    if (rows->size() > limit) rows->resize(limit);
    return rows;
  }
};

// A count of the example election in memory, with statements. What it states can be forged: then it
// is signed all the same, as somebody who holds the key would.
struct CountedElection {
  explicit CountedElection(std::uint16_t partitions = 2) : signer("example.org/2026/town", seed()) {
    count = example::count();
    count.partitions = partitions;
    count.rules = rules.hash();
    count.presentation = presentation.hash();
    count.origin = signer.name();
    count.public_key = signer.verifier_key();
    count.seal();
    EXPECT_TRUE(store.create(rules, presentation, count));
    for (std::uint16_t i = 0; i < partitions; ++i) counted.emplace_back(rules, count, i);
  }

  std::uint16_t home_of(const Bytes& entry) const {
    Entry decoded;
    EXPECT_FALSE(decode(entry, rules, count.id, decoded));
    return partition_of(decoded, count.partitions);
  }

  // One step a partition that has entries, and one commit.
  void commit(const std::vector<Bytes>& entries) {
    std::vector<std::vector<Bytes>> by_partition(counted.size());
    for (const Bytes& entry : entries) {
      by_partition[misplaced ? *misplaced : home_of(entry)].push_back(entry);
    }
    std::vector<Bytes> changes;
    for (std::uint16_t i = 0; i < counted.size(); ++i) {
      if (by_partition[i].empty()) continue;
      Step step;
      const Change change = example::committed_step(counted[i], by_partition[i], &step);
      EXPECT_TRUE(segments.put(i, change.number, change.segment, step.segment));
      changes.push_back(step.change);
    }
    EXPECT_EQ(store.commit(changes, ++now)->verdicts.size(), changes.size());
  }

  void state() {
    const Snapshot snapshot = *store.snapshot();
    const auto last = *store.last_statement();
    Statement s;
    s.count = count.id;
    s.number = tree.size();
    if (last) s.previous = sha256(last->bytes);
    s.commit = snapshot.head.commit;
    s.time_us = snapshot.head.committed_at_us;
    s.rules = rules.hash();
    s.count_file = count.hash();
    s.presentation = snapshot.presentation;
    s.mode = to_text(count.mode);
    s.status = snapshot.head.status;
    s.policy = count.publication;
    for (const PartitionRow& row : snapshot.partitions) {
      s.partitions.push_back({row.partition, row.committed});
    }
    s.steps = sha256(as_bytes(to_text(*store.steps(last ? last->commit : 0, s.commit))));
    s.digest = digest_of(rules.hash(), snapshot.totals);
    s.random[0] = static_cast<std::uint8_t>(s.number);
    if (forge) forge(s);
    std::string text = to_text(s);
    if (forge_text) forge_text(text);
    StatementRow row{s.number, snapshot.head.commit, Bytes(text.begin(), text.end()), {}};
    tree.append(leaf_hash(row.bytes));
    Checkpoint checkpoint{count.origin, tree.size(), tree.root()};
    if (forge_checkpoint) forge_checkpoint(checkpoint);
    row.checkpoint = signer.sign(to_text(checkpoint));
    EXPECT_TRUE(*store.put_statement(row));
  }

  // `entries` ballots, sheets and ranked ballots in a few steps and statements.
  void fill(std::uint32_t entries) {
    state();
    std::vector<Bytes> some;
    for (std::uint32_t n = 0; n < entries; ++n) {
      if (n % 100 == 50) {
        some.push_back(example::sheet(n / 100 + 1, Figure{n},
                                      n % 200 == 50 ? Figure::withheld() : Figure{n + 1}));
      } else if (n % 3 == 0) {
        some.push_back(example::ranked(n, {{n % 2}, {}, {2}}));
      } else {
        some.push_back(example::ballot(n, {n % 3}, n % 2 == 0 ? example::north : example::south));
      }
      if (n % 70 == 69) {
        commit(some);
        some.clear();
        if (n % 140 == 139) state();
      }
    }
    if (!some.empty()) commit(some);
    state();
  }

  void write(const fs::path& folder, bool entries = true) {
    const auto written =
        write_export(folder, rules, count, presentation.bytes, store, segments, {entries, {}});
    ASSERT_TRUE(written) << to_text(written.error());
    EXPECT_EQ(written->totals, entries);
  }

  const Rules rules = example::rules();
  const Presentation presentation = *Presentation::parse(look, "look", rules);
  CountFile count;
  const Signer signer;
  ChangedStore store;
  MemorySegments segments;
  std::vector<Partition> counted;
  CompactRange tree;
  std::int64_t now = 1'700'000'000'000'000;

  std::function<void(Statement&)> forge;
  std::function<void(std::string&)> forge_text;
  std::function<void(Checkpoint&)> forge_checkpoint;
  std::optional<std::uint16_t> misplaced;  // Everything goes to this partition.
};

std::vector<int> failed(const Verification& result) {
  std::vector<int> list;
  for (int check = 1; check <= checks; ++check) {
    if (result.findings.failed(static_cast<Check>(check))) list.push_back(check);
  }
  return list;
}

std::string all(const Verification& result) {
  std::string text;
  for (const Finding& finding : result.findings.list) text += finding.what + "\n";
  return text;
}

using Numbers = std::vector<int>;

// What is wrong with an export of this count?
Numbers failed_of_export(CountedElection& made) {
  TestFolder folder;
  made.write(folder / "export");
  return failed(*verify_export(folder / "export"));
}

TEST(Verify, AGoodCountIsGoodInBothForms) {
  CountedElection made;
  made.fill(300);
  const auto stored = verify(made.rules, made.count, made.presentation, made.store, made.segments);
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->good()) << all(*stored);
  EXPECT_TRUE(stored->counted_again);

  TestFolder folder;
  made.write(folder / "export");
  const auto exported = verify_export(folder / "export", made.count.public_key);
  ASSERT_TRUE(exported);
  EXPECT_TRUE(exported->good()) << all(*exported);
  EXPECT_TRUE(exported->counted_again);
  EXPECT_EQ(exported->digest, stored->digest);
  EXPECT_EQ(exported->leaves, stored->leaves);
  EXPECT_EQ(exported->leaves, 300U);
  for (int check = 1; check <= checks; ++check) {
    // An export has no table that could say otherwise.
    const bool not_here =
        check == static_cast<int>(Check::outcomes) || check == static_cast<int>(Check::definition);
    EXPECT_EQ(exported->findings.of(static_cast<Check>(check)),
              not_here ? Findings::State::not_here : Findings::State::good)
        << check;
  }
}

TEST(Verify, WhatIsNotStatedYetIsCountedAgainToo) {
  CountedElection made;
  made.fill(30);
  made.commit({example::ballot(500, {1})});
  const auto result = verify(made.rules, made.count, made.presentation, made.store, made.segments);
  EXPECT_TRUE(result->good()) << all(*result);
  EXPECT_EQ(result->leaves, 31U);
}

TEST(Verify, AnExportWithoutEntriesHasItsTilesAndRootsChecked) {
  CountedElection made;
  made.fill(600);
  TestFolder folder;
  made.write(folder / "export", false);
  const auto result = verify_export(folder / "export");
  EXPECT_TRUE(result->good()) << all(*result);
  EXPECT_FALSE(result->counted_again);
  EXPECT_EQ(result->findings.of(Check::digest), Findings::State::open);
  EXPECT_EQ(result->findings.of(Check::tiles), Findings::State::good);
}

// ---- one fault a check

TEST(Verify, Check1AStatementThatIsNotWrittenAsStatementsAre) {
  CountedElection made;
  made.forge_text = [](std::string& text) { text.insert(text.find("\nmode") + 1, " "); };
  made.fill(30);
  EXPECT_EQ(failed(*verify(made.rules, made.count, made.presentation, made.store, made.segments)),
            Numbers{1});
  TestFolder folder;
  const auto written = write_export(folder / "export", made.rules, made.count,
                                    made.presentation.bytes, made.store, made.segments);
  EXPECT_EQ(written.error().code, "export.broken");
}

TEST(Verify, Check2AStatementThatForgetsTheOneBefore) {
  CountedElection made;
  made.fill(30);
  made.commit({example::ballot(900, {1})});
  made.forge = [](Statement& s) { s.previous[0] ^= 1; };
  made.state();
  EXPECT_EQ(failed_of_export(made), Numbers{2});
}

TEST(Verify, Check3AStatementOfOtherRules) {
  CountedElection made;
  made.fill(30);
  made.commit({example::ballot(900, {1})});
  made.forge = [](Statement& s) { s.rules[0] ^= 1; };
  made.state();
  EXPECT_EQ(failed_of_export(made), Numbers{3});
}

TEST(Verify, Check4AnotherKey) {
  CountedElection made;
  made.fill(30);
  TestFolder folder;
  made.write(folder / "export");
  auto other = seed();
  other[0] = 8;
  const auto result =
      verify_export(folder / "export", Signer(made.count.origin, other).verifier_key());
  EXPECT_EQ(failed(*result), Numbers{4});
}

TEST(Verify, Check5ASignedCheckpointOfAnotherRoot) {
  CountedElection made;
  made.fill(30);
  made.commit({example::ballot(900, {1})});
  made.forge_checkpoint = [](Checkpoint& c) { c.root[0] ^= 1; };
  made.state();
  EXPECT_EQ(failed_of_export(made), Numbers{5});
}

TEST(Verify, Check6AStatedListOfOtherSteps) {
  CountedElection made;
  made.fill(30);
  made.commit({example::ballot(900, {1})});
  made.forge = [](Statement& s) { s.steps[0] ^= 1; };
  made.state();
  EXPECT_EQ(failed_of_export(made), Numbers{6});
}

TEST(Verify, Check6AStatedPositionToWhichItsStepsDoNotLead) {
  CountedElection made;
  made.fill(30);
  made.commit({example::ballot(900, {1})});
  made.forge = [](Statement& s) { s.partitions[0].committed.position += 1; };
  made.state();
  EXPECT_EQ(failed_of_export(made), Numbers{6});
}

TEST(Verify, Check7ABundleThatIsGone) {
  CountedElection made;
  made.fill(30);
  TestFolder folder;
  made.write(folder / "export");
  fs::remove_all(folder / "export/partitions/0001/tile/entries/000.p");
  EXPECT_EQ(failed(*verify_export(folder / "export")), Numbers{7});
}

TEST(Verify, Check9ALeafOfAnotherPartition) {
  CountedElection made;
  made.state();
  made.misplaced = 0;
  for (std::uint32_t n = 0; n < 8; ++n) made.commit({example::ballot(n, {1})});
  made.state();
  EXPECT_EQ(failed_of_export(made), Numbers{9});
}

TEST(Verify, Check10AStatedDigestOfAnotherCount) {
  CountedElection made;
  made.fill(30);
  made.commit({example::ballot(900, {1})});
  made.forge = [](Statement& s) { s.digest[0] ^= 1; };
  made.state();
  EXPECT_EQ(failed_of_export(made), Numbers{10});
  // And when honest statements follow it.
  made.forge = {};
  made.commit({example::ballot(901, {1})});
  made.state();
  EXPECT_EQ(failed_of_export(made), Numbers{10});
}

TEST(Verify, Check13VotesThatNoCardCarries) {
  const Rules rules = example::rules();
  const auto row = [](std::uint16_t column, std::int64_t value) {
    return TotalRow{{example::council, column, example::north, {0}}, {value, 0, 0}, 1};
  };
  const std::vector<TotalRow> good{row(0, 3), row(2, 1), row(slot::cards, 4),
                                   row(slot::undervotes, 2), row(slot::blank, 1)};
  EXPECT_TRUE(against_vote_law(rules, good).wrong.empty());
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto other = good;
    other[i].total.value += 1;
    EXPECT_EQ(against_vote_law(rules, other).wrong.size(), 1U) << i;
  }
}

TEST(Verify, Check15AFileThatDoesNotBelong) {
  CountedElection made;
  made.fill(30);
  TestFolder folder;
  made.write(folder / "export");
  std::ofstream(folder / "export/partitions/0000/tile/notes.txt") << "hello";
  EXPECT_EQ(failed(*verify_export(folder / "export")), Numbers{15});
}

// What is changed is a snapshot, as if somebody had changed the store behind everybody's back.
Numbers failed_of_snapshot(CountedElection& made, const std::function<void(Snapshot&)>& change) {
  Snapshot snapshot = *made.store.snapshot();
  change(snapshot);
  StoreEvidence evidence(made.rules, made.count, made.presentation, made.store, made.segments,
                         std::move(snapshot));
  return failed(*verify(made.rules, made.count, evidence));
}

TEST(Verify, Check11AStoreThatSaysSomethingElse) {
  CountedElection made;
  made.fill(30);
  EXPECT_EQ(failed_of_snapshot(made, [](Snapshot& s) { s.totals[1].total.value += 1; }),
            Numbers{11});
  EXPECT_EQ(failed_of_snapshot(made, [](Snapshot& s) { s.totals.pop_back(); }), Numbers{11});
  EXPECT_EQ(failed_of_snapshot(made, [](Snapshot& s) { s.totals.push_back(s.totals.back()); }),
            Numbers{11});
}

// Two versions of one step may have come in either order, which the log does not know.
TEST(Verify, Check11FallsThatDoNotFollowFromTheSheets) {
  CountedElection made;
  made.commit({example::sheet(1, Figure{40}, Figure{10})});
  made.commit({example::sheet(2, Figure{30}, Figure{11})});
  made.commit(
      {example::sheet(4, Figure{10}, Figure{11}), example::sheet(3, Figure{20}, Figure{9})});
  made.commit({example::sheet(5, Figure{5}, Figure{5}, Sheet::Act::correction)});
  made.state();
  const auto verified = [&] {
    return *verify(made.rules, made.count, made.presentation, made.store, made.segments);
  };
  std::size_t rows = 0;
  made.store.change = [&](const DefinitionTable& table, auto&) {
    rows += table.name == falls_table().name ? 1 : 0;
  };
  EXPECT_TRUE(verified().good()) << all(verified());
  EXPECT_GE(rows, 2U);  // In how many steps they fell in the third commit, their order says.
  for (std::size_t column = 3; column < falls_table().columns.size(); ++column) {
    made.store.change = [&](const DefinitionTable& table, std::vector<DefinitionValue>& row) {
      if (table.name != falls_table().name) return;
      if (auto* number = std::get_if<std::int64_t>(&row[column])) {
        ++*number;
      } else {
        row[column] = std::string_view("somebody else");
      }
    };
    const auto result = verified();
    EXPECT_EQ(failed(result), Numbers{11}) << falls_table().columns[column].name << all(result);
  }
}

// A count goes on while it is verified; but no row is of a commit that was not made, then or now.
TEST(Verify, Check11And12RowsOfACommitThatWasNotMade) {
  CountedElection made(1);
  made.commit({example::sheet(1, Figure{40}, Figure{10}), example::ballot(1, {0})});
  made.commit({example::sheet(2, Figure{30}, Figure{11}), example::ballot(1, {2})});
  made.state();
  const std::pair<const DefinitionTable&, std::size_t> tables[] = {
      {falls_table(), 3}, {incidents_table(), 8}, {steps_table(), 2}};
  for (const auto& [told, column] : tables) {
    for (const std::int64_t commit : {std::int64_t{3}, std::int64_t{0}, std::int64_t{-1}}) {
      made.store.change = [&, &its = told, at = column](const DefinitionTable& table,
                                                        std::vector<DefinitionValue>& row) {
        if (table.name == its.name) row[at] = commit;
      };
      const auto result =
          *verify(made.rules, made.count, made.presentation, made.store, made.segments);
      EXPECT_NE(all(result).find(
                    fmt::format("{} commit_number {}: there is no such commit", told.name, commit)),
                std::string::npos)
          << all(result);
    }
  }
}

// Who asks for the statements behind those that he has is given a far one again and again.
TEST(Verify, StatementsThatAreNumberedFarAwayAreNotReadForEver) {
  CountedElection made;
  made.fill(300);
  made.store.numbers[1] = 1ULL << 62U;
  const auto result = verify(made.rules, made.count, made.presentation, made.store, made.segments);
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_FALSE(result->good());
  EXPECT_LT(made.store.asked, 10);
}

// What a conflict stands against, and in which step, follows from the log.
TEST(Verify, Check12AConflictThatIsOfAnotherEntry) {
  CountedElection made(1);
  made.commit({example::ballot(1, {0}), example::ballot(2, {1})});
  made.commit({example::ballot(1, {2})});
  made.state();
  const auto verified = [&] {
    return *verify(made.rules, made.count, made.presentation, made.store, made.segments);
  };
  EXPECT_TRUE(verified().good()) << all(verified());
  for (const std::size_t column : {1U, 3U, 4U, 5U, 7U, 8U}) {
    made.store.change = [&](const DefinitionTable& table, std::vector<DefinitionValue>& row) {
      if (table.name != incidents_table().name) return;
      if (auto* number = std::get_if<std::int64_t>(&row[column])) {
        *number += column == 1 ? 100 : -1;
      } else {
        row[column] = std::string_view("rejected");
      }
    };
    const auto result = verified();
    EXPECT_EQ(failed(result), Numbers{12}) << incidents_table().columns[column].name << all(result);
  }
}

TEST(Verify, Check12AStoreThatHasCountedMoreThanItsLog) {
  CountedElection made;
  made.fill(30);
  EXPECT_EQ(failed_of_snapshot(made, [](Snapshot& s) { ++s.partitions[0].outcomes.counted; }),
            Numbers{12});
}

// ---- every byte: checks 3, 4, 5, 6, 8, 11, 14 and 16, and nothing is left out

// The check that looks first at a file of an export.
int check_of(const std::string& file) {
  if (file == "count.json" || file == "rules.json") return 3;
  if (file == "presentation.json") return 16;
  if (file == "steps.txt") return 6;
  if (file == "totals.csv") return 11;
  if (file == "statements/checkpoint") return 4;
  if (file.starts_with("statements/tile/entries")) return 5;
  if (file.find("/tile/entries/") != std::string::npos) return 8;
  return 14;
}

// A sanitizer makes this ten to fifty times slower, and looks for something else: every 53rd byte
// is enough for it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t stride = 53;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t stride = 53;
#else
constexpr std::size_t stride = 1;
#endif
#else
constexpr std::size_t stride = 1;
#endif

void every_byte(std::uint32_t entries, unsigned threads) {
  CountedElection made;
  made.fill(entries);
  TestFolder folder;
  made.write(folder / "export");
  std::vector<std::string> files;
  for (const auto& at : fs::recursive_directory_iterator(folder / "export")) {
    if (at.is_regular_file()) {
      files.push_back(fs::relative(at.path(), folder / "export").generic_string());
    }
  }
  ASSERT_GE(files.size(), 10U);
  std::atomic<std::size_t> changed{0};
  std::vector<std::jthread> workers;
  for (unsigned worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&, worker] {
      // A copy of its own to change.
      const fs::path mine = folder / fmt::format("copy-{}", worker);
      fs::copy(folder / "export", mine, fs::copy_options::recursive);
      for (const std::string& file : files) {
        const std::string good = *read_file(mine / file);
        for (std::size_t i = worker; i < good.size(); i += threads * stride) {
          std::string bad = good;
          bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 7)));
          std::ofstream(mine / file, std::ios::binary) << bad;
          const auto result = verify_export(mine);
          ASSERT_TRUE(result);
          ASSERT_EQ(failed(*result), Numbers{check_of(file)})
              << "byte " << i << " of " << file << "\n"
              << all(*result);
          ++changed;
        }
        std::ofstream(mine / file, std::ios::binary) << good;
      }
      ASSERT_TRUE(verify_export(mine)->good());
    });
  }
  workers.clear();
  EXPECT_GE(changed, std::size_t{entries} * 60 / stride);
  std::printf("%zu changed bytes, each found by its check\n", changed.load());
}

TEST(Verify, EveryByteOfAnExportOf300EntriesMatters) { every_byte(300, 2); }

// ---- proofs

TEST(Proof, AnEntryIsCountedAndNoByteOfTheProofCanBeChanged) {
  CountedElection made;
  made.fill(300);
  TestFolder folder;
  made.write(folder / "export");
  for (const std::uint32_t n : {0U, 1U, 77U, 299U}) {
    const auto proof = inclusion_proof(folder / "export", example::id(n));
    ASSERT_TRUE(proof) << to_text(proof.error());
    EXPECT_TRUE(check_proof(*proof, made.count.public_key));
  }
  EXPECT_EQ(inclusion_proof(folder / "export", example::id(4711)).error().code, "proof.not_found");
  const std::string proof = *inclusion_proof(folder / "export", example::id(5));
  const auto json_only = proof.find("\"origin\"");
  const auto after_origin = proof.find('\n', json_only);
  for (std::size_t i = 0; i < proof.size(); ++i) {
    if (i >= json_only && i < after_origin) continue;  // For people.
    std::string other = proof;
    other[i] = static_cast<char>(other[i] ^ 1);
    if (std::isspace(static_cast<unsigned char>(proof[i])) != 0 || other[i] == ' ') continue;
    // Letters of hexadecimal digits may change their case and nothing else.
    EXPECT_FALSE(check_proof(other, made.count.public_key)) << i << ": " << proof.substr(i, 20);
  }
  made.write(folder / "bare", false);
  EXPECT_EQ(inclusion_proof(folder / "bare", example::id(5)).error().code, "proof.withheld");
}

TEST(Proof, EverythingStatedEarlierIsStillThere) {
  CountedElection made;
  made.fill(700);
  TestFolder folder;
  made.write(folder / "export", false);
  const std::uint64_t last = made.tree.size() - 1;
  for (std::uint64_t since = 0; since <= last; ++since) {
    const auto proof = consistency_proof(folder / "export", since);
    ASSERT_TRUE(proof) << to_text(proof.error());
    const auto said = check_proof(*proof, made.count.public_key);
    EXPECT_TRUE(said) << said.error().detail;
  }
  EXPECT_EQ(consistency_proof(folder / "export", last + 1).error().code, "proof.not_found");
  std::string other = *consistency_proof(folder / "export", 1);
  other[other.rfind("\"path\": [\n") + 20] ^= 1;
  EXPECT_FALSE(check_proof(other, made.count.public_key));
}

}  // namespace
}  // namespace teller
