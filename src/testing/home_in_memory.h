// For tests of what hosts do: a count of the example election in a home of its own, with journal,
// segments and store in memory.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "base/time.h"
#include "engine/engine.h"
#include "home/home.h"
#include "journal/journal_memory.h"
#include "journal/record.h"
#include "log/segments_memory.h"
#include "store/store_memory.h"
#include "testing/example_election.h"
#include "testing/folder.h"

namespace teller {

template <typename StoreType = MemoryStore>
class MemoryHome : public testing::Test {
 protected:
  explicit MemoryHome(std::uint16_t partitions = 2, std::vector<Officer> officers = {})
      : journal(partitions) {
    NewCount wanted;
    wanted.officers = std::move(officers);
    wanted.approvals = 1;
    wanted.rules = example::rules().bytes();
    wanted.rules_name = "rules.json";
    wanted.partitions = partitions;
    wanted.step = {std::chrono::milliseconds(5), 1, 1000};
    auto made = make_home(folder / "home", wanted);
    EXPECT_TRUE(made) << to_text(made.error());
    home = std::move(*made);
    EXPECT_TRUE(store.create(home->rules, home->presentation, home->count));
    auto key = home->signer();
    EXPECT_TRUE(key) << to_text(key.error());
    signer = std::move(*key);
  }

  std::unique_ptr<Engine> start() {
    auto engine =
        Engine::start({.home = home.get(),
                       .journal = &journal,
                       .segments = &segments,
                       .store = &store,
                       .clock = &clock,
                       .failed = [](const Error& error) { ADD_FAILURE() << to_text(error); },
                       .noted = {}});
    EXPECT_TRUE(engine) << (engine ? "" : to_text(engine.error()));
    return engine ? std::move(*engine) : nullptr;
  }
  // Counts all that is recorded.
  void count() {
    const auto engine = start();
    ASSERT_TRUE(engine);
    ASSERT_TRUE(engine->drain());
  }

  static Position append(Journal& to, std::uint16_t partition, Bytes record) {
    std::promise<Result<Position>> recorded;
    to.append(partition, std::move(record),
              [&](Result<Position> position) { recorded.set_value(std::move(position)); });
    const auto position = recorded.get_future().get();
    EXPECT_TRUE(position);
    return position.value_or(0);
  }
  // The n-th ballot, for the first option, as a record of its own in whichever partition it
  // belongs.
  void vote(Journal& to, std::uint32_t n, const Envelope& envelope = {}) const {
    record(to, example::entry(n, {0}), envelope);
  }
  void record(Journal& to, const Entry& entry, const Envelope& envelope = {}) const {
    const std::uint16_t partition = partition_of(entry, home->count.partitions);
    RecordBuilder record(home->count.id, partition);
    ASSERT_TRUE(record.add(entry.id, encode(entry, home->count.id), envelope));
    append(to, partition, record.finish());
  }

  TestFolder folder;
  std::unique_ptr<Home> home;
  std::unique_ptr<Signer> signer;
  MemoryJournal journal;
  MemorySegments segments;
  StoreType store;
  SystemClock clock;
};
using MemoryHomeTest = MemoryHome<>;

}  // namespace teller
