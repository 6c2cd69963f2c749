// On the real brokers of the stack (ctest -L stack): the contract of every journal, the topics, and
// messages of an outside producer on their way through the inbox. Each test has topics of its own,
// made and deleted as `admin`, who may also read and write them.
#include <cstdlib>
#include <deque>
#include <iterator>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gateway/gateway_inbox.h"
#include "home/kafka_identity.h"
#include "home/topics.h"
#include "journal/inbox_kafka.h"
#include "journal/journal_contract.h"
#include "journal/journal_kafka.h"
#include "journal/record.h"
#include "testing/vectors.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

Config stack() {
  const char* file = std::getenv("TELLER_STACK_TOML");
  const auto config = load_config(file ? file : "TELLER_STACK_TOML is not set");
  if (!config) {
    ADD_FAILURE() << to_text(config.error());
    std::exit(1);
  }
  return *config;
}

std::string new_name() {
  static std::random_device random;
  return fmt::format("test-{:08x}", random());
}

// Topics that are gone afterwards.
class Topics {
 public:
  explicit Topics(Config config = stack()) : config_(std::move(config)) {}
  ~Topics() {
    if (const auto gone = delete_topics(settings(""), names_); !gone)
      ADD_FAILURE() << to_text(gone.error());
  }
  Topics(const Topics&) = delete;
  Topics& operator=(const Topics&) = delete;

  KafkaSettings settings(std::string topic) const {
    return kafka_settings(*config_.kafka, "admin", std::move(topic));
  }
  std::string make(std::uint16_t partitions) {
    names_.push_back(new_name());
    const TopicSpec spec{names_.back(), partitions, config_.kafka->replication,
                         config_.kafka->min_in_sync};
    const auto made = create_topics(settings(""), {&spec, 1});
    EXPECT_TRUE(made) << to_text(made.error());
    return names_.back();
  }
  void forget_at_the_end(std::string name) { names_.push_back(std::move(name)); }
  std::unique_ptr<Journal> open(const std::string& topic, std::uint16_t partitions) const {
    auto journal = open_kafka_journal(settings(topic), partitions);
    EXPECT_TRUE(journal) << to_text(journal.error());
    return journal ? std::move(*journal) : nullptr;
  }

 private:
  Config config_;
  std::vector<std::string> names_;
};

struct KafkaMaker {
  std::unique_ptr<Journal> make(std::uint16_t partitions) {
    return topics.open(topics.make(partitions), partitions);
  }
  Topics topics;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, JournalContract, KafkaMaker);

CountFile new_count(std::uint16_t partitions) {
  CountFile count;
  std::random_device random;
  for (auto& byte : count.id.bytes) byte = static_cast<std::uint8_t>(random());
  count.partitions = partitions;
  return count;
}

// The stack's servers, with topics of our own.
Config with_new_topics() {
  Config config = stack();
  const std::string name = new_name();
  config.kafka->entries = name + "-entries";
  config.kafka->inbox = name + "-inbox";
  config.kafka->refused = name + "-refused";
  return config;
}

class KafkaTopics : public testing::Test {
 protected:
  KafkaTopics() {
    for (const auto& name : {config.kafka->entries, config.kafka->inbox, config.kafka->refused})
      topics.forget_at_the_end(name);
  }
  Config config = with_new_topics();
  Topics topics{config};
};

TEST_F(KafkaTopics, AreMadeOnceAndCheckedAfterwards) {
  const CountFile count = new_count(3);
  const auto first = create_count_topics(config, count);
  ASSERT_TRUE(first) << to_text(first.error());
  EXPECT_EQ(first->at(0).spec.partitions, 3);
  EXPECT_EQ(first->at(2).spec.partitions, 1);
  for (const TopicReport& report : *first) EXPECT_EQ(report.outcome, TopicOutcome::created);

  const auto second = create_count_topics(config, count);
  ASSERT_TRUE(second) << to_text(second.error());
  for (const TopicReport& report : *second) EXPECT_EQ(report.outcome, TopicOutcome::was_there);
}

TEST_F(KafkaTopics, AreRefusedByNameWhenTheyAreNotAsTheyMustBe) {
  ASSERT_TRUE(create_count_topics(config, new_count(3)));

  const auto grown = create_count_topics(config, new_count(4));
  ASSERT_FALSE(grown);
  EXPECT_EQ(grown.error().code, "journal.topic_other");
  EXPECT_TRUE(
      grown.error().detail.starts_with(config.kafka->entries + ": partitions: 3; must be 4"))
      << grown.error().detail;

  config.kafka->min_in_sync = 1;
  const auto careless = create_count_topics(config, new_count(3));
  ASSERT_FALSE(careless);
  EXPECT_TRUE(careless.error().detail.starts_with(config.kafka->entries +
                                                  ": min.insync.replicas: 2; must be 1"))
      << careless.error().detail;
}

TEST_F(KafkaTopics, OfAnotherCountAreRefused) {
  const CountFile count = new_count(1);
  ASSERT_TRUE(create_count_topics(config, count));
  {
    RecordBuilder builder(count.id, 0);
    ASSERT_TRUE(builder.add({}, as_bytes("entry"), {}));
    std::promise<bool> recorded;
    topics.open(config.kafka->entries, 1)->append(0, builder.finish(), [&](const auto& position) {
      recorded.set_value(position.has_value());
    });
    ASSERT_TRUE(recorded.get_future().get());
  }
  EXPECT_TRUE(create_count_topics(config, count));
  const auto other = create_count_topics(config, new_count(1));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "count.other");
}

TEST_F(KafkaTopics, ThatAreNotThereAreNamed) {
  const auto journal = open_kafka_journal(topics.settings(config.kafka->entries), 3);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().remedy, Remedy::stop);
  EXPECT_EQ(journal.error().code, "journal.topic_missing");
}

// ---- The inbox

class KafkaInbox : public KafkaTopics {
 protected:
  static constexpr std::uint16_t partitions = 3;

  void SetUp() override {
    auto parsed = Rules::parse(vector_file("rules.json"), "rules.json");
    ASSERT_TRUE(parsed) << to_text(parsed.error());
    rules = std::move(*parsed);
    const auto made = create_count_topics(config, count);
    ASSERT_TRUE(made) << to_text(made.error());
    producer = topics.open(config.kafka->inbox, partitions);
    entries = topics.open(config.kafka->entries, partitions);
    refused = topics.open(config.kafka->refused, 1);
  }

  void send(std::uint16_t partition, std::string_view text) {
    const ByteView bytes = as_bytes(text);
    producer->append(partition, Bytes(bytes.begin(), bytes.end()),
                     [](const auto& position) { EXPECT_TRUE(position); });
  }
  std::string ballot(int number) const {
    return fmt::format(R"({{"kind":"ballot","count":"{}","id":"00000000-0000-4000-8000-{:012}",)"
                       R"("unit":"city/north","style":"short","card":1,"method":"in-person",)"
                       R"("contests":{{"mayor":["ada"]}}}})",
                       count.id.hex(), number);
  }

  // A gateway of the group, in its thread.
  struct Gateway {
    explicit Gateway(KafkaInbox& test)
        : inbox(*open_kafka_inbox(test.topics.settings(test.config.kafka->inbox),
                                  test.config.kafka->inbox + "-group")),
          gateway(Definition{&test.rules, &test.count}, *inbox, *test.entries, *test.refused),
          thread([this](const std::stop_token& stop) {
            outcome = gateway.run([&] { return stop.stop_requested(); });
          }) {}
    ~Gateway() {
      thread.request_stop();
      thread.join();
      EXPECT_TRUE(outcome) << to_text(outcome.error());
    }
    std::unique_ptr<Inbox> inbox;
    GatewayInbox gateway;
    Result<void> outcome;
    std::jthread thread;
  };

  // How often each inbox offset stands in the journal.
  std::map<std::pair<std::int32_t, std::uint64_t>, int> recorded() {
    std::map<std::pair<std::int32_t, std::uint64_t>, int> all;
    for (std::uint16_t partition = 0; partition < partitions; ++partition) {
      Position from = 0;
      for (;;) {
        const auto records = entries->read(partition, from, 1 << 20);
        EXPECT_TRUE(records) << to_text(records.error());
        if (!records || records->empty()) break;
        for (const JournalRecord& record : *records) {
          auto reader = RecordReader::open(record.bytes, count.id, partition);
          EXPECT_TRUE(reader) << to_text(reader.error());
          while (const auto item = reader->next())
            ++all[{item->envelope.inbox_partition, item->envelope.number}];
        }
        from = records->back().position + 1;
      }
    }
    return all;
  }
  template <typename Predicate>
  bool soon(Predicate holds) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!holds() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(20ms);
    return holds();
  }

  Rules rules;
  CountFile count = new_count(partitions);
  std::unique_ptr<Journal> producer, entries, refused;
};

TEST_F(KafkaInbox, EveryMessageIsRecordedOnceAndARestartBeginsWhereItEnded) {
  for (int i = 0; i < 3'000; ++i) send(static_cast<std::uint16_t>(i % partitions), ballot(i));
  send(1, "not an entry");
  {
    Gateway one(*this);
    ASSERT_TRUE(soon([&] { return one.gateway.counters().recorded == 3'000; }));
    ASSERT_TRUE(soon([&] { return one.gateway.counters().refused == 1; }));
  }
  send(2, ballot(3'000));
  {
    Gateway two(*this);
    ASSERT_TRUE(soon([&] { return two.gateway.counters().recorded == 1; }));
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(two.gateway.counters().read, 1);
  }
  const auto all = recorded();
  EXPECT_EQ(all.size(), 3'001);
  for (const auto& [place, times] : all) EXPECT_EQ(times, 1);

  const auto lines = refused->read(0, 0, 1 << 20);
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 1);
  EXPECT_EQ(nlohmann::json::parse(as_text(lines->front().bytes))["offset"], 1'000);
}

// Gateways come and go while messages arrive: partitions move, and nothing is lost. What moves is
// settled first, so nothing comes twice either.
TEST_F(KafkaInbox, GatewaysThatComeAndGoLoseNothing) {
  constexpr int messages = 30'000;
  std::jthread sender([this] {
    for (int i = 0; i < messages; ++i) {
      send(static_cast<std::uint16_t>(i % partitions), ballot(i));
      if (i % 3'000 == 0) std::this_thread::sleep_for(500ms);
    }
  });
  std::deque<Gateway> gateways;
  gateways.emplace_back(*this);
  for (int i = 0; i < 2; ++i) {
    std::this_thread::sleep_for(1s);
    gateways.emplace_back(*this);
    std::this_thread::sleep_for(1s);
    gateways.pop_front();
  }
  sender.join();
  gateways.emplace_back(*this);
  ASSERT_TRUE(soon([&] { return recorded().size() == messages; })) << recorded().size();
  gateways.clear();
  for (const auto& [place, times] : recorded()) ASSERT_EQ(times, 1);
}

}  // namespace
}  // namespace teller
