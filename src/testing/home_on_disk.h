// For tests of what is done to a whole home: a count of the example election in a folder, with its
// journal, segments, SQLite store and published files; opened and closed as a host would.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/time.h"
#include "engine/engine.h"
#include "home/home.h"
#include "journal/journal_file.h"
#include "journal/record.h"
#include "log/segments_directory.h"
#include "publish/digest.h"
#include "publish/publisher.h"
#include "publish/sink_static_files.h"
#include "store/store_sqlite.h"
#include "testing/example_election.h"
#include "testing/folder.h"

namespace teller {

// A record of its own.
inline std::pair<std::uint16_t, Bytes> record_of(const CountFile& count, const Entry& entry) {
  const std::uint16_t partition = partition_of(entry, count.partitions);
  RecordBuilder record(count.id, partition);
  EXPECT_TRUE(record.add(entry.id, encode(entry, count.id), {}));
  return {partition, record.finish()};
}

// The ballot that the n-th voter cast.
inline Entry ballot_entry(std::uint32_t n) { return example::entry(n, {n % 2}); }
inline std::pair<std::uint16_t, Bytes> record_of_ballot(const CountFile& count, std::uint32_t n) {
  return record_of(count, ballot_entry(n));
}

class TestHome {
 public:
  // In an existing home, or in a new one.
  explicit TestHome(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path / "count.json")) {
      NewCount wanted;
      wanted.rules = example::rules().bytes();
      wanted.rules_name = "rules.json";
      wanted.partitions = 2;
      wanted.step = {std::chrono::milliseconds(1), 1, 4};
      auto made = make_home(path, wanted);
      EXPECT_TRUE(made) << to_text(made.error());
    }
    auto opened = Home::open(path);
    EXPECT_TRUE(opened) << to_text(opened.error());
    home = std::move(*opened);
    auto sqlite = SqliteStore::make_file(home->store());
    EXPECT_TRUE(sqlite) << to_text(sqlite.error());
    store = std::move(*sqlite);
    EXPECT_TRUE(store->create(home->rules, home->presentation, home->count));
    auto file = FileJournal::open(home->journal(), home->count);
    EXPECT_TRUE(file) << to_text(file.error());
    journal = std::move(*file);
    segments = std::make_unique<DirectorySegments>(home->segments());
    signer = *home->signer();
  }

  // Records the ballots [from, to), counts them and, if wanted, states and publishes that.
  void count(std::uint32_t from, std::uint32_t to, bool publish = true) {
    std::vector<Entry> entries;
    for (std::uint32_t n = from; n < to; ++n) entries.push_back(ballot_entry(n));
    count_entries(entries, publish);
  }
  void count_entries(const std::vector<Entry>& entries, bool publish = true) {
    auto engine = Engine::start({.home = home.get(),
                                 .journal = journal.get(),
                                 .segments = segments.get(),
                                 .store = store.get(),
                                 .clock = &clock,
                                 .failed = {},
                                 .noted = {}});
    ASSERT_TRUE(engine) << to_text(engine.error());
    std::vector<std::promise<bool>> recorded(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      auto [partition, record] = record_of(home->count, entries[i]);
      (*engine)->journal().append(partition, std::move(record),
                                  [&done = recorded[i]](Result<Position> position) {
                                    done.set_value(position.has_value());
                                  });
    }
    for (std::promise<bool>& done : recorded) ASSERT_TRUE(done.get_future().get());
    ASSERT_TRUE((*engine)->drain());
    if (publish) {
      const auto pass = this->publish();
      ASSERT_TRUE(pass) << to_text(pass.error());
      ASSERT_TRUE(pass->sinks_behind.empty());
    }
  }
  [[nodiscard]] Result<Publisher::Pass> publish() {
    Publisher publisher(home->definition(), home->presentation, *store, *signer);
    publisher.hold_against(*segments);
    publisher.add(std::make_unique<StaticFilesSink>(home->published(), home->rules, home->count));
    return publisher.run_once();
  }
  [[nodiscard]] std::vector<Committed> committed() const {
    std::vector<Committed> all;
    const auto rows = store->partitions();
    for (const PartitionRow& row : *rows) all.push_back(row.committed);
    return all;
  }
  [[nodiscard]] Hash digest() const {
    return digest_of(home->rules.hash(), store->snapshot()->totals);
  }

  std::unique_ptr<Home> home;
  std::unique_ptr<SqliteStore> store;
  std::unique_ptr<FileJournal> journal;
  std::unique_ptr<DirectorySegments> segments;
  std::unique_ptr<Signer> signer;
  SystemClock clock;
};

}  // namespace teller
