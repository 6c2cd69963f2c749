#include "gateway/gateway_inbox.h"

#include <condition_variable>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "journal/record.h"
#include "testing/vectors.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

// One inbox partition after another, as a script; remembers what was committed.
class ScriptedInbox final : public Inbox {
 public:
  void put(std::int32_t partition, std::string_view text) {
    const std::lock_guard lock(mutex_);
    const ByteView bytes = as_bytes(text);
    waiting_.push_back({partition, ends_[partition]++, Bytes(bytes.begin(), bytes.end())});
  }
  // At the next poll() these partitions go to another reader.
  void revoke(std::vector<std::int32_t> partitions) {
    const std::lock_guard lock(mutex_);
    revoke_ = std::move(partitions);
  }

  Result<std::vector<InboxMessage>> poll(std::size_t messages_max,
                                         std::chrono::milliseconds wait) override {
    std::vector<std::int32_t> revoked;
    {
      const std::lock_guard lock(mutex_);
      revoked = std::exchange(revoke_, {});
      if (messages_max == 0) ++pauses;
    }
    if (!revoked.empty()) on_revoked(revoked);
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() || messages_max == 0) std::this_thread::sleep_for(std::min(wait, 2ms));
    const auto end =
        waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(messages_max, waiting_.size()));
    std::vector<InboxMessage> messages(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    return messages;
  }
  Result<void> commit(const InboxOffsets& offsets) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [partition, offset] : offsets) committed_[partition] = offset;
    return {};
  }
  InboxOffsets committed() {
    const std::lock_guard lock(mutex_);
    return committed_;
  }
  std::atomic<int> pauses = 0;

 private:
  std::mutex mutex_;
  std::vector<InboxMessage> waiting_;
  std::map<std::int32_t, std::int64_t> ends_;
  std::vector<std::int32_t> revoke_;
  InboxOffsets committed_;
};

// Does with each append what it was told; what it was told nothing about is recorded at once.
class ScriptedJournal final : public Journal {
 public:
  struct Append {
    std::uint16_t partition;
    Bytes record;
    Done done;
  };

  void append(std::uint16_t partition, Bytes record, Done done) override {
    std::unique_lock lock(mutex_);
    ++appends;
    if (!errors_.empty()) {
      Error error = errors_.front();
      errors_.erase(errors_.begin());
      // The worst case of an unknown outcome: it is there.
      if (error.code == "journal.unknown") recorded_.push_back({partition, std::move(record), {}});
      lock.unlock();
      return done(std::unexpected(std::move(error)));
    }
    if (held_) return waiting_.push_back({partition, std::move(record), std::move(done)});
    recorded_.push_back({partition, std::move(record), {}});
    const Position position = recorded_.size() - 1;
    lock.unlock();
    done(position);
  }
  Result<std::vector<JournalRecord>> read(std::uint16_t, Position, std::size_t) override {
    return std::vector<JournalRecord>{};
  }
  Result<Position> end(std::uint16_t) override { return Position{0}; }

  // The outcomes of the next appends.
  void fail_next(std::vector<Error> errors) {
    const std::lock_guard lock(mutex_);
    errors_ = std::move(errors);
  }
  // While held, appends have no outcome.
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    std::vector<Append> waiting;
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
      waiting = std::exchange(waiting_, {});
      for (const Append& one : waiting) recorded_.push_back({one.partition, one.record, {}});
    }
    for (const Append& one : waiting) one.done(Position{0});
  }
  std::vector<Append> recorded() {
    const std::lock_guard lock(mutex_);
    return recorded_;
  }
  std::atomic<int> appends = 0;

 private:
  std::mutex mutex_;
  bool held_ = false;
  std::vector<Error> errors_;
  std::vector<Append> waiting_, recorded_;
};

class GatewayInboxTest : public testing::Test {
 protected:
  void SetUp() override {
    auto rules = Rules::parse(vector_file("rules.json"), "rules.json");
    ASSERT_TRUE(rules) << to_text(rules.error());
    rules_ = std::move(*rules);
    count_.id.bytes.fill(7);
    count_.partitions = 4;
  }
  ~GatewayInboxTest() override { stop(); }

  void start(InboxOptions options = {}) {
    options.resend_after = 5ms;
    options.commit_every = 5ms;
    gateway_.emplace(Definition{&rules_, &count_}, inbox_, entries_, refused_, options);
    thread_ = std::jthread([this](const std::stop_token& stopped) {
      outcome_ = gateway_->run([&] { return stopped.stop_requested(); });
    });
  }
  void stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
  }
  template <typename Predicate>
  bool soon(Predicate holds) {
    for (int i = 0; i < 30'000 && !holds(); ++i) std::this_thread::sleep_for(2ms);
    return holds();
  }

  std::string ballot(int number, std::string_view option = "ada") const {
    return nlohmann::json{{"kind", "ballot"},
                          {"count", count_.id.hex()},
                          {"id", fmt::format("00000000-0000-4000-8000-{:012}", number)},
                          {"unit", "city/north"},
                          {"style", "short"},
                          {"card", 1},
                          {"method", "in-person"},
                          {"contests", {{"mayor", nlohmann::json::array({option})}}}}
        .dump();
  }

  struct Item {
    std::string id;
    std::int32_t inbox_partition;
    std::uint64_t number;
    std::string sender;
    std::size_t record;
  };
  // Every entry of every record, in the order of the journal.
  std::vector<Item> items() {
    std::vector<Item> all;
    std::size_t number = 0;
    for (const auto& one : entries_.recorded()) {
      auto reader = RecordReader::open(one.record, count_.id, one.partition);
      EXPECT_TRUE(reader) << to_text(reader.error());
      while (auto item = reader->next())
        all.push_back({to_text(*id_of(item->entry)), item->envelope.inbox_partition,
                       item->envelope.number, std::string(item->envelope.sender), number});
      ++number;
    }
    return all;
  }

  Rules rules_;
  CountFile count_;
  ScriptedInbox inbox_;
  ScriptedJournal entries_, refused_;
  std::optional<GatewayInbox> gateway_;
  Result<void> outcome_;
  std::jthread thread_;
};

TEST_F(GatewayInboxTest, EveryMessageIsRecordedWithItsPlaceAndThenCommitted) {
  for (int i = 0; i < 5'000; ++i) inbox_.put(i % 3, ballot(i));
  start();
  ASSERT_TRUE(
      soon([&] { return inbox_.committed() == InboxOffsets{{0, 1667}, {1, 1667}, {2, 1666}}; }));
  stop();

  EXPECT_TRUE(outcome_);
  std::set<std::pair<std::int32_t, std::uint64_t>> places;
  for (const Item& item : items()) {
    EXPECT_EQ(item.sender, "inbox");
    places.emplace(item.inbox_partition, item.number);
  }
  EXPECT_EQ(places.size(), 5'000);
  EXPECT_EQ(gateway_->counters().recorded, 5'000);
  EXPECT_LT(entries_.appends, 500);  // Packed, not one by one.
}

TEST_F(GatewayInboxTest, WhatIsNotAnEntryIsRefusedByPlaceAndHashAndNothingElse) {
  inbox_.put(4, "my secret vote");
  inbox_.put(4, ballot(1));
  inbox_.put(4, "");
  start();
  ASSERT_TRUE(soon([&] { return inbox_.committed() == InboxOffsets{{4, 3}}; }));
  stop();

  const auto lines = refused_.recorded();
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(nlohmann::json::parse(as_text(lines[0].record)),
            (nlohmann::json{{"code", "entry.json.syntax"},
                            {"partition", 4},
                            {"offset", 0},
                            {"sha256", to_hex(sha256(as_bytes("my secret vote")))}}));
  EXPECT_EQ(items().size(), 1);
}

// To the producers of an inbox one name is given, and nobody can be answered.
TEST_F(GatewayInboxTest, AnEntryOfAUnitThatIsNotTheInboxsIsRefusedByPlaceAndCode) {
  const auto limits = SenderLimits::parse(
      "teller = \"senders/1\"\nothers = \"nothing\"\n[[sender]]\nname = \"inbox\"\n"
      "units = [\"city/süd\"]\n",
      "senders.toml", rules_, {});
  ASSERT_TRUE(limits) << to_text(limits.error());
  inbox_.put(2, ballot(1));
  start({.limits = limits->get()});
  ASSERT_TRUE(soon([&] { return inbox_.committed() == InboxOffsets{{2, 1}}; }));
  stop();

  const auto lines = refused_.recorded();
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(nlohmann::json::parse(as_text(lines[0].record))["code"], "sender.unit_not_yours");
  EXPECT_TRUE(items().empty());
}

TEST_F(GatewayInboxTest, WhatIsRefusedIsCountedForWhoeverReadsTheMetrics) {
  Metrics metrics;
  inbox_.put(0, "no entry");
  inbox_.put(0, ballot(1));
  inbox_.put(0, ballot(2, "nobody"));
  start({.on_refused = [&](Code code) { metrics.refused(code, 1); }});
  watch_inbox(metrics, gateway_->counters());
  ASSERT_TRUE(soon([&] { return inbox_.committed() == InboxOffsets{{0, 3}}; }));
  stop();

  const std::string text = metrics.text();
  for (const char* line : {"teller_inbox_read_total 3\n", "teller_inbox_recorded_total 1\n",
                           "teller_inbox_refused_total 2\n", R"({code="entry.json.syntax"} 1)"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

// The first in the inbox partition must be the first in the journal, and never in one record.
TEST_F(GatewayInboxTest, ASecondCopyIsSentWhenTheFirstIsRecorded) {
  entries_.hold();
  inbox_.put(0, ballot(1, "ada"));
  inbox_.put(0, ballot(1, "bell"));
  inbox_.put(0, ballot(1, "ada"));
  inbox_.put(0, ballot(2));
  start();
  ASSERT_TRUE(soon([&] { return gateway_->counters().read == 4 && entries_.appends > 0; }));
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(inbox_.committed().empty());

  entries_.release();
  ASSERT_TRUE(soon([&] { return inbox_.committed() == InboxOffsets{{0, 4}}; }));
  stop();

  std::vector<std::uint64_t> numbers;
  std::set<std::size_t> records;
  for (const Item& item : items())
    if (item.number != 3) {
      numbers.push_back(item.number);
      records.insert(item.record);
    }
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(records.size(), 3);
}

TEST_F(GatewayInboxTest, AnUnknownOutcomeIsSentAgainAndNothingAfterItIsCommittedBefore) {
  entries_.fail_next({{Remedy::abort, "journal.unknown", "timed out"},
                      {Remedy::retry, "journal.busy", "full"},
                      {Remedy::abort, "journal.unknown", "timed out"}});
  inbox_.put(0, ballot(1));
  start();
  ASSERT_TRUE(soon([&] { return inbox_.committed() == InboxOffsets{{0, 1}}; }));
  stop();

  EXPECT_EQ(entries_.appends, 4);
  EXPECT_EQ(gateway_->counters().resent, 3);
  EXPECT_EQ(items().size(), 3);  // Two that were called unknown are there too: duplicates.
  EXPECT_EQ(gateway_->counters().recorded, 1);
}

TEST_F(GatewayInboxTest, AnOffsetIsNotCommittedWhileAnEarlierOneIsOpen) {
  entries_.hold();
  inbox_.put(0, ballot(1));
  inbox_.put(0, "not JSON");  // Settled at once.
  start();
  ASSERT_TRUE(soon([&] { return gateway_->counters().refused == 1; }));
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(inbox_.committed().empty());
  entries_.release();
  EXPECT_TRUE(soon([&] { return inbox_.committed() == InboxOffsets{{0, 2}}; }));
}

TEST_F(GatewayInboxTest, StopsOnlyAfterWhatWasTakenIsSettledAndCommitted) {
  entries_.hold();
  inbox_.put(0, ballot(1));
  inbox_.put(0, ballot(1));
  start();
  ASSERT_TRUE(soon([&] { return gateway_->counters().read == 2 && entries_.appends > 0; }));
  thread_.request_stop();
  std::this_thread::sleep_for(50ms);
  entries_.release();
  thread_.join();

  EXPECT_TRUE(outcome_);
  EXPECT_EQ(inbox_.committed(), (InboxOffsets{{0, 2}}));
}

TEST_F(GatewayInboxTest, StopsInTimeEvenIfTheJournalNeverAnswers) {
  entries_.hold();
  inbox_.put(0, ballot(1));
  start({.drain_within = 100ms});
  ASSERT_TRUE(soon([&] { return entries_.appends == 1; }));
  const auto before = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 60s);
  EXPECT_TRUE(inbox_.committed().empty());  // The next reader's.
  entries_.release();                       // A late outcome harms nobody.
}

TEST_F(GatewayInboxTest, AFailedDiskEndsItWithoutACommit) {
  entries_.fail_next({{Remedy::stop, "journal.io", "refused before"}});
  inbox_.put(0, ballot(1));
  start();
  thread_.join();
  ASSERT_FALSE(outcome_);
  EXPECT_EQ(outcome_.error().code, "journal.io");
  EXPECT_TRUE(inbox_.committed().empty());
}

TEST_F(GatewayInboxTest, ReadingPausesWhileTooMuchIsOnItsWay) {
  entries_.hold();
  for (int i = 0; i < 6'000; ++i) inbox_.put(0, ballot(i));
  start({.messages_max = 1'000});
  ASSERT_TRUE(soon([&] { return inbox_.pauses > 3; }));
  EXPECT_EQ(gateway_->counters().read, 2'000);  // One poll over.
  entries_.release();
  EXPECT_TRUE(soon([&] { return inbox_.committed() == InboxOffsets{{0, 6'000}}; }));
}

TEST_F(GatewayInboxTest, APartitionThatGoesToAnotherReaderIsSettledFirst) {
  entries_.hold();
  inbox_.put(0, ballot(1));
  inbox_.put(1, ballot(2));
  start();
  ASSERT_TRUE(soon([&] { return gateway_->counters().read == 2 && entries_.appends > 0; }));
  inbox_.revoke({0});
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(inbox_.committed().empty());
  entries_.release();
  EXPECT_TRUE(soon([&] { return inbox_.committed() == InboxOffsets{{0, 1}, {1, 1}}; }));
}

}  // namespace
}  // namespace teller
