// Against librdkafka's own mock brokers: real sockets and the real protocol, in this process, so
// that what a broker does wrong can be said exactly. The same contract runs on real brokers in
// src/gateway/kafka_stack_test.cc.
#include "journal/journal_kafka.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "journal/journal_contract.h"
#include "journal/kafka_client.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

class MockBrokers {
 public:
  MockBrokers() {
    auto conf = kafka::make_conf({.brokers = "none:1"}, {}, &owner_);
    client_ = *kafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf));
    cluster_.reset(rd_kafka_mock_cluster_new(client_.get(), 3));
  }

  void create(const std::string& topic, int partitions) {
    rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 3);
  }
  KafkaSettings settings(const std::string& topic) const {
    return {.brokers = rd_kafka_mock_cluster_bootstraps(cluster_.get()),
            .topic = topic,
            .message_timeout = 2s};
  }
  // The answers to the next produce requests, before they are handled as usual.
  void answer_produce(std::vector<rd_kafka_resp_err_t> errors) {
    constexpr std::int16_t api_produce = 0;
    rd_kafka_mock_push_request_errors_array(cluster_.get(), api_produce, errors.size(),
                                            errors.data());
  }
  void all_down(bool down) {
    for (std::int32_t id = 1; id <= 3; ++id)
      (down ? rd_kafka_mock_broker_set_down : rd_kafka_mock_broker_set_up)(cluster_.get(), id);
  }

 private:
  kafka::Owner owner_{KafkaSettings{}};
  kafka::Client client_;
  std::unique_ptr<rd_kafka_mock_cluster_t, kafka::Destroyer<rd_kafka_mock_cluster_destroy>>
      cluster_;
};

MockBrokers& brokers() {
  static MockBrokers brokers;
  return brokers;
}

std::string new_topic(int partitions) {
  static int number = 0;
  const std::string topic = fmt::format("topic-{}", ++number);
  brokers().create(topic, partitions);
  return topic;
}

std::unique_ptr<Journal> open_new(std::uint16_t partitions) {
  auto journal = open_kafka_journal(brokers().settings(new_topic(partitions)), partitions);
  EXPECT_TRUE(journal) << to_text(journal.error());
  return journal ? std::move(*journal) : nullptr;
}

struct KafkaMockMaker {
  std::unique_ptr<Journal> make(std::uint16_t partitions) { return open_new(partitions); }
};
INSTANTIATE_TYPED_TEST_SUITE_P(KafkaMock, JournalContract, KafkaMockMaker);

Result<Position> append(Journal& journal, std::string_view text) {
  std::promise<Result<Position>> outcome;
  const ByteView bytes = as_bytes(text);
  journal.append(0, Bytes(bytes.begin(), bytes.end()),
                 [&](Result<Position> position) { outcome.set_value(std::move(position)); });
  return outcome.get_future().get();
}

TEST(KafkaJournal, RefusesATopicThatIsNotThereOrHasOtherPartitions) {
  const auto other = open_kafka_journal(brokers().settings(new_topic(2)), 3);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().remedy, Remedy::stop);
  EXPECT_EQ(other.error().code, "journal.topic_other");
  EXPECT_TRUE(other.error().detail.ends_with("has 2 partitions; it must have 3"));
}

TEST(KafkaJournal, NamesASettingThatCannotBe) {
  KafkaSettings settings = brokers().settings("t");
  settings.ca = "/nowhere/ca.crt";
  settings.certificate = "/nowhere/gateway.crt";
  settings.key = "/nowhere/gateway.key";
  const auto journal = open_kafka_journal(settings, 1);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, "kafka.settings_invalid");
  EXPECT_TRUE(journal.error().detail.find("/nowhere") != std::string::npos)
      << journal.error().detail;
}

TEST(KafkaJournal, AttemptsAgainByItselfWhenABrokerAnswersAnErrorThatPasses) {
  const auto journal = open_new(1);
  brokers().answer_produce(
      {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});
  EXPECT_EQ(append(*journal, "a"), Position{0});
  EXPECT_EQ(journal->end(0), Position{1});
}

TEST(KafkaJournal, ARecordThatTimedOutIsUnknownAndNotRefused) {
  const auto journal = open_new(1);
  brokers().all_down(true);
  const auto outcome = append(*journal, "a");
  brokers().all_down(false);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().remedy, Remedy::abort);
  EXPECT_EQ(outcome.error().code, "journal.unknown");

  EXPECT_TRUE(append(*journal, "a"));  // Sent again: recorded.
}

TEST(KafkaJournal, AFullQueueIsBusyAndNothingOfItIsRecorded) {
  KafkaSettings settings = brokers().settings(new_topic(1));
  settings.queue_kbytes_max = 100;
  auto journal = open_kafka_journal(settings, 1);
  ASSERT_TRUE(journal) << to_text(journal.error());

  brokers().all_down(true);
  std::atomic<int> waiting = 0;
  bool busy = false;
  for (int i = 0; i < 20 && !busy; ++i) {
    ++waiting;
    (*journal)->append(0, Bytes(10'000), [&](const Result<Position>& position) {
      --waiting;
      if (!position && position.error().code == "journal.busy") {
        EXPECT_EQ(position.error().remedy, Remedy::retry);
        busy = true;
      }
    });
  }
  brokers().all_down(false);
  EXPECT_TRUE(busy);
  (*journal).reset();
  EXPECT_EQ(waiting, 0);  // The destructor saw every outcome.
}

// Whoever has no right will have none in a second: only a person can help.
TEST(KafkaJournal, AMissingRightStopsTheJournal) {
  const auto journal = open_new(1);
  brokers().answer_produce({RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  EXPECT_EQ(append(*journal, "a").error().code, "journal.io");
  EXPECT_EQ(append(*journal, "a").error().code, "journal.io");
}

}  // namespace
}  // namespace teller
