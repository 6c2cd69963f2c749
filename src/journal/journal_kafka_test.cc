// Against librdkafka's own mock brokers: real sockets and the real protocol, in this process, so
// that what a broker does wrong can be said exactly. The same contract runs on real brokers in
// src/gateway/kafka_stack_test.cc.
#include "journal/journal_kafka.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "journal/inbox_kafka.h"
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
  void lead(const std::string& topic, std::int32_t broker) {
    rd_kafka_mock_partition_set_leader(cluster_.get(), topic.c_str(), 0, broker);
  }
  // It takes connections and requests, and answers none of them.
  void hang(std::int32_t broker, bool hangs) {
    rd_kafka_mock_broker_set_rtt(cluster_.get(), broker, hangs ? 600'000 : 0);
  }
  void never_answers_the_next_join(const std::string& group, std::int32_t broker) {
    constexpr std::int16_t api_join_group = 11;
    rd_kafka_mock_coordinator_set(cluster_.get(), "group", group.c_str(), broker);
    rd_kafka_mock_broker_push_request_error_rtts(cluster_.get(), broker, api_join_group, 1,
                                                 RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 600'000);
  }
  void all_down(bool down) {
    for (std::int32_t id = 1; id <= 3; ++id)
      (down ? rd_kafka_mock_broker_set_down : rd_kafka_mock_broker_set_up)(cluster_.get(), id);
  }

 private:
  kafka::Owner owner_{KafkaSettings{}};
  kafka::Client client_;
  std::unique_ptr<rd_kafka_mock_cluster_t, FreedBy<rd_kafka_mock_cluster_destroy>> cluster_;
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

// The idempotent producer of librdkafka fails for good when a broker does not know what came before.
// The entries go out again through another one: nobody outside notices.
TEST(KafkaJournal, AProducerThatFailedForGoodIsMadeAnewWithTheSameRecords) {
  const auto journal = open_new(1);
  EXPECT_EQ(append(*journal, "a"), Position{0});
  for (int round = 0; round < 2; ++round) {
    brokers().answer_produce({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    const auto outcome = append(*journal, "b");
    EXPECT_TRUE(outcome) << to_text(outcome.error());
  }
  EXPECT_TRUE(append(*journal, "c"));
  EXPECT_GE(*journal->end(0), Position{4});
}

// What was on its way keeps its order, and the destructor ends all of it.
TEST(KafkaJournal, RecordsThatAreSentAgainKeepTheirOrder) {
  const std::string topic = new_topic(1);
  auto journal = *open_kafka_journal(brokers().settings(topic), 1);
  brokers().answer_produce({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  std::mutex mutex;
  std::vector<Position> positions;
  for (int i = 0; i < 200; ++i)
    journal->append(0, Bytes(1'000), [&](Result<Position> position) {
      const std::lock_guard lock(mutex);
      if (position) positions.push_back(*position);
    });
  journal.reset();
  EXPECT_FALSE(positions.empty());
  EXPECT_TRUE(std::ranges::is_sorted(positions));
}

TEST(KafkaJournal, ALeaderThatHangsIsGivenUpAndTheNextOneTakesTheRecord) {
  const std::string topic = new_topic(1);
  KafkaSettings settings = brokers().settings(topic);
  settings.message_timeout = 30s;
  settings.answer_timeout = 1s;
  brokers().lead(topic, 1);
  const auto journal = *open_kafka_journal(settings, 1);
  EXPECT_TRUE(append(*journal, "a"));
  brokers().hang(1, true);
  const auto began = std::chrono::steady_clock::now();
  std::promise<Result<Position>> outcome;
  journal->append(0, Bytes(1), [&](Result<Position> position) { outcome.set_value(position); });
  brokers().lead(topic, 2);
  const auto taken = outcome.get_future().get();
  brokers().hang(1, false);
  EXPECT_TRUE(taken) << to_text(taken.error());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 15s);
}

// Joining a group may take minutes, so that librdkafka waits minutes for a coordinator that hangs.
TEST(KafkaInbox, AReaderWhoseCoordinatorNeverAnswersBeginsAnewAndReadsOn) {
  const std::string topic = new_topic(1), group = topic + "-group";
  const auto journal = *open_kafka_journal(brokers().settings(topic), 1);
  EXPECT_TRUE(append(*journal, "a"));
  brokers().never_answers_the_next_join(group, 1);
  KafkaSettings settings = brokers().settings(topic);
  bool anew = false;
  settings.on_event = [&](const std::string& text) {
    if (text.find("made anew") != std::string::npos) anew = true;
  };
  // The brokers' own delay before a new group is complete is 3 s.
  const auto inbox = *open_kafka_inbox(settings, group, {.look_every = 200ms, .outside_max = 5s});
  std::size_t taken = 0;
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (taken == 0 && std::chrono::steady_clock::now() < until) {
    const auto messages = inbox->poll(10, 100ms);
    ASSERT_TRUE(messages) << to_text(messages.error());
    taken += messages->size();
  }
  EXPECT_EQ(taken, 1U);
  EXPECT_TRUE(anew);
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
