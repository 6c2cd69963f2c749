#include "journal/journal_kafka.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"
#include "journal/kafka_client.h"

namespace teller {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int answer_timeout_ms = 10'000;

// A record on its way. It belongs to librdkafka, as the message's opaque, from the moment that
// rd_kafka_produce() took it until its delivery report; the payload is not copied.
struct Flight {
  std::uint16_t partition;
  Bytes record;
  Journal::Done done;
  bool again = false;  // It was on its way when a producer failed for good, and was sent again.
};

// The writing side. librdkafka's idempotent producer fails for good when it and a broker disagree
// on what came before, as after a leader that hung and came back: then it is made anew.
struct Producer {
  kafka::Client client;
  kafka::Topic topic;

  [[nodiscard]] bool failed() const {
    return rd_kafka_fatal_error(client.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
  }
};

class KafkaJournal final : public Journal, private kafka::Owner {
 public:
  KafkaJournal(const KafkaSettings& settings, std::uint16_t partitions)
      : Owner(settings), settings_(settings), partitions_(partitions), readers_(partitions) {}

  [[nodiscard]] Result<void> open();
  ~KafkaJournal() override;

  void append(std::uint16_t partition, Bytes record, Done done) override;
  [[nodiscard]] Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                                        std::size_t bytes_max) override;
  [[nodiscard]] Result<Position> end(std::uint16_t partition) override;

 private:
  // The reading side of a partition, fetching ahead from `next`.
  struct Reader {
    std::mutex mutex;
    bool started = false;
    Position next = 0;
    Position end = 0;        // Known to be there; there may be more.
    kafka::Message fetched;  // At `next`, when the last read() had no room for it.
  };
  struct Range {
    Position first, end;
  };

  static void on_delivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);
  [[nodiscard]] Result<std::shared_ptr<Producer>> make_producer();
  [[nodiscard]] std::shared_ptr<Producer> producer() const {
    const std::shared_lock lock(producing_);
    return producer_;
  }
  // A record that the producer did not take, and why.
  struct Refused {
    std::unique_ptr<Flight> flight;
    rd_kafka_resp_err_t error;
  };
  [[nodiscard]] static std::optional<Refused> send(Producer& producer,
                                                   std::unique_ptr<Flight> flight);
  void refuse(std::optional<Refused> refused);
  void renew();
  [[nodiscard]] Result<void> open_reading();
  [[nodiscard]] Result<Range> range(rd_kafka_t* client, std::uint16_t partition) const;
  void stop(Reader& reader, std::uint16_t partition);
  [[nodiscard]] std::string where(std::uint16_t partition) const {
    return fmt::format("{} [{}]", settings_.topic, partition);
  }

  const KafkaSettings settings_;
  const std::uint16_t partitions_;
  std::atomic<bool> refused_{false};  // A person must look; nothing more is taken.

  // Held shared to hand a record to the producer, alone to put another one in its place.
  mutable std::shared_mutex producing_;
  std::shared_ptr<Producer> producer_;
  bool renewing_ = false;                          // Nothing is taken until there is another one.
  std::vector<std::unique_ptr<Flight>> stranded_;  // Only the thread of the deliveries.
  std::jthread deliveries_;

  std::once_flag reading_once_;
  Result<void> reading_;
  kafka::Client consumer_;
  kafka::Topic consumer_topic_;
  std::vector<Reader> readers_;
};

Result<std::shared_ptr<Producer>> KafkaJournal::make_producer() {
  auto conf = kafka::make_conf(
      settings_,
      {{"enable.idempotence", settings_.read_only ? "false" : "true"},
       {"acks", "all"},
       {"compression.codec", "lz4"},
       {"linger.ms", "5"},
       {"message.timeout.ms", std::to_string(settings_.message_timeout.count())},
       // How long a leader may wait for its followers: not longer than we wait for the leader.
       {"request.timeout.ms", std::to_string(settings_.answer_timeout.count() * 4 / 5)},
       {"queue.buffering.max.kbytes", std::to_string(settings_.queue_kbytes_max)}},
      this);
  if (!conf) return std::unexpected(conf.error());
  rd_kafka_conf_set_dr_msg_cb(conf->get(), on_delivery);
  auto client = kafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return std::unexpected(client.error());
  auto made = std::make_shared<Producer>(std::move(*client));
  made->topic.reset(rd_kafka_topic_new(made->client.get(), settings_.topic.c_str(), nullptr));
  return made;
}

Result<void> KafkaJournal::open() {
  auto made = make_producer();
  if (!made) return std::unexpected(made.error());
  producer_ = std::move(*made);

  const auto found = kafka::describe_topic(producer_->client.get(), settings_.topic, 30s);
  if (!found) return std::unexpected(found.error());
  if (const int count = (*found)->topics[0].partition_cnt; count != partitions_)
    return fail(
        Remedy::stop, "journal.topic_other",
        fmt::format("{} has {} partitions; it must have {}", settings_.topic, count, partitions_));
  deliveries_ = std::jthread([this](const std::stop_token& ended) {
    while (!ended.stop_requested()) {
      rd_kafka_poll(producer_->client.get(), 100);  // Only this thread puts another one there.
      if (producer_->failed() && !refused_) renew();
    }
  });
  return {};
}

KafkaJournal::~KafkaJournal() {
  if (deliveries_.joinable()) {
    // Message timeouts end every flight; the purge is for a client that does not keep to them.
    // Message timeouts end every flight. The thread of the deliveries polls, nobody else: a producer
    // that fails meanwhile is made anew there.
    const auto until = Clock::now() + settings_.message_timeout + 5s;
    const auto waits = [this] {
      const auto now = producer();
      return rd_kafka_outq_len(now->client.get()) > 0 || (now->failed() && !refused_);
    };
    while (waits() && Clock::now() < until) std::this_thread::sleep_for(10ms);
    deliveries_.request_stop();
    deliveries_.join();
    // For a client that does not keep to them.
    rd_kafka_purge(producer_->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer_->client.get(), 1'000);
    for (const auto& flight : stranded_)
      flight->done(fail(Remedy::abort, "journal.unknown", where(flight->partition) + ": ended"));
  }
  for (std::uint16_t i = 0; i < partitions_; ++i) stop(readers_[i], i);
}

// ---- Appending

void KafkaJournal::append(std::uint16_t partition, Bytes record, Done done) {
  check(partition < partitions_, "a record goes to a partition of its journal");
  check(!settings_.read_only, "nothing is appended to a journal that is only read");
  if (refused_)
    return done(fail(Remedy::stop, "journal.io", where(partition) + ": refused before"));
  std::shared_lock lock(producing_);
  if (renewing_ || producer_->failed()) {
    lock.unlock();
    return done(fail(Remedy::retry, "journal.busy",
                     where(partition) + ": the way to the brokers is made anew after a fault"));
  }
  // Under the lock, so that no record overtakes those that a new producer sends again.
  auto refused =
      send(*producer_, std::make_unique<Flight>(partition, std::move(record), std::move(done)));
  lock.unlock();
  refuse(std::move(refused));
}

// Nothing when the producer took it: then on_delivery() ends it, or has ended it already.
std::optional<KafkaJournal::Refused> KafkaJournal::send(Producer& producer,
                                                        std::unique_ptr<Flight> flight) {
  if (!rd_kafka_produce(producer.topic.get(), flight->partition, 0, flight->record.data(),
                        flight->record.size(), nullptr, 0, flight.get())) {
    (void)flight.release();
    return {};
  }
  return Refused{std::move(flight), rd_kafka_last_error()};
}

void KafkaJournal::refuse(std::optional<Refused> refused) {
  if (!refused) return;
  Flight& flight = *refused->flight;
  const rd_kafka_resp_err_t error = refused->error;
  const std::string at = where(flight.partition);
  const auto waits = [&](const std::string& why) {
    // One that was sent before may be recorded.
    flight.done(flight.again ? fail(Remedy::abort, "journal.unknown", at + ": " + why)
                             : fail(Remedy::retry, "journal.busy", at + ": " + why));
  };
  if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
    return waits(fmt::format("{} kB wait for the brokers already", settings_.queue_kbytes_max));
  if (error == RD_KAFKA_RESP_ERR__FATAL)
    return waits("the way to the brokers is made anew after a fault");
  refused_ = true;
  flight.done(fail(Remedy::stop, "journal.io", at + ": " + kafka::to_text(error)));
}

void KafkaJournal::on_delivery(rd_kafka_t* client, const rd_kafka_message_t* message,
                               void* opaque) {
  auto& self = *static_cast<KafkaJournal*>(static_cast<Owner*>(opaque));
  std::unique_ptr<Flight> flight(static_cast<Flight*>(message->_private));

  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    // A broker that had the record from an attempt before may have forgotten where it put it.
    if (message->offset >= 0) return flight->done(static_cast<Position>(message->offset));
    return flight->done(
        fail(Remedy::abort, "journal.unknown",
             self.where(flight->partition) + ": recorded, but at an unknown position"));
  }
  const std::string detail = self.where(flight->partition) + ": " + kafka::to_text(message->err);
  if (kafka::is_denied(message->err) || message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    self.refused_ = true;
    return flight->done(fail(Remedy::stop, "journal.io", detail));
  }
  if (!flight->again && !self.refused_ &&
      rd_kafka_fatal_error(client, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    flight->again = true;
    self.stranded_.push_back(std::move(flight));
    return;
  }
  flight->done(fail(Remedy::abort, "journal.unknown", detail));
}

// The producer has failed for good. What was on its way goes out again through another one, in its
// order and before anything else: it may be recorded already, and a copy is a duplicate.
void KafkaJournal::renew() {
  {
    const std::unique_lock lock(producing_);
    renewing_ = true;
  }
  rd_kafka_t* old = producer_->client.get();
  std::array<char, 512> why{};
  rd_kafka_fatal_error(old, why.data(), why.size());
  event(fmt::format("{}: the producer is made anew: {}", settings_.topic, why.data()));
  rd_kafka_purge(old, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(old, 5'000);

  auto made = make_producer();
  std::vector<std::unique_ptr<Flight>> flights = std::exchange(stranded_, {});
  if (!made) {
    refused_ = true;
    for (const auto& flight : flights)
      flight->done(
          fail(Remedy::stop, "journal.io", where(flight->partition) + ": " + made.error().detail));
    return;
  }
  std::vector<std::optional<Refused>> refused;
  {
    const std::unique_lock lock(producing_);
    producer_.swap(*made);
    for (auto& flight : flights) refused.push_back(send(*producer_, std::move(flight)));
    renewing_ = false;
  }
  for (auto& one : refused) refuse(std::move(one));
}

// ---- Reading

Result<void> KafkaJournal::open_reading() {
  auto conf =
      kafka::make_conf(settings_,
                       {{"check.crcs", "true"},
                        // A position that is not there is a gap, never a reason to go on
                        // from another.
                        {"auto.offset.reset", "error"},
                        {"fetch.wait.max.ms", "100"},  // A read from elsewhere waits for it.
                        {"queued.min.messages", "1000"},
                        {"queued.max.messages.kbytes", "4096"}},  // A partition.
                       this);
  if (!conf) return std::unexpected(conf.error());
  auto client = kafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return std::unexpected(client.error());
  consumer_ = std::move(*client);
  consumer_topic_.reset(rd_kafka_topic_new(consumer_.get(), settings_.topic.c_str(), nullptr));
  return {};
}

Result<KafkaJournal::Range> KafkaJournal::range(rd_kafka_t* client, std::uint16_t partition) const {
  std::int64_t first = 0, end = 0;
  const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
      client, settings_.topic.c_str(), partition, &first, &end, answer_timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return fail(Remedy::retry, "journal.unavailable",
                where(partition) + ": " + kafka::to_text(error));
  return Range{static_cast<Position>(first), static_cast<Position>(end)};
}

Result<Position> KafkaJournal::end(std::uint16_t partition) {
  check(partition < partitions_, "a position is asked of a partition of this journal");
  const auto found = range(producer()->client.get(), partition);
  if (!found) return std::unexpected(found.error());
  return found->end;
}

void KafkaJournal::stop(Reader& reader, std::uint16_t partition) {
  reader.fetched.reset();
  if (reader.started) rd_kafka_consume_stop(consumer_topic_.get(), partition);
  reader.started = false;
}

Result<std::vector<JournalRecord>> KafkaJournal::read(std::uint16_t partition, Position from,
                                                      std::size_t bytes_max) {
  check(partition < partitions_, "a read is of a partition of this journal");
  std::call_once(reading_once_, [this] { reading_ = open_reading(); });
  if (!reading_) return std::unexpected(reading_.error());

  Reader& reader = readers_[partition];
  const std::lock_guard lock(reader.mutex);
  if (from >= reader.end) {
    const auto found = range(consumer_.get(), partition);
    if (!found) return std::unexpected(found.error());
    reader.end = found->end;
    if (from >= reader.end) return std::vector<JournalRecord>{};
    if (from < found->first)
      return fail(Remedy::stop, "journal.gap",
                  fmt::format("{}: position {} is gone; the first kept is {}", where(partition),
                              from, found->first));
  }
  if (!reader.started || reader.next != from) {
    stop(reader, partition);
    if (rd_kafka_consume_start(consumer_topic_.get(), partition, static_cast<std::int64_t>(from)) !=
        0)
      return fail(Remedy::retry, "journal.unavailable",
                  where(partition) + ": " + kafka::to_text(rd_kafka_last_error()));
    reader.started = true;
    reader.next = from;
  }

  std::vector<JournalRecord> records;
  std::size_t bytes = 0;
  const auto deadline = Clock::now() + std::chrono::milliseconds(answer_timeout_ms);
  while (reader.next < reader.end) {
    kafka::Message message = std::move(reader.fetched);
    if (!message) message.reset(rd_kafka_consume(consumer_topic_.get(), partition, 200));
    if (!message) {
      if (!records.empty()) break;
      if (Clock::now() < deadline) continue;
      return fail(Remedy::retry, "journal.unavailable",
                  where(partition) + ": no broker gave what it said to have");
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const rd_kafka_resp_err_t error = message->err;
      const std::string detail =
          fmt::format("{}: position {}: {}: {}", where(partition), reader.next,
                      kafka::to_text(error), rd_kafka_message_errstr(message.get()));
      message.reset();
      stop(reader, partition);  // The next read() begins anew at its `from`.
      if (error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
          error == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
        return fail(Remedy::stop, "journal.gap", detail);
      if (error == RD_KAFKA_RESP_ERR__BAD_MSG || error == RD_KAFKA_RESP_ERR__BAD_COMPRESSION)
        return fail(Remedy::stop, "journal.corrupt", detail);
      if (kafka::is_denied(error)) return fail(Remedy::stop, "journal.denied", detail);
      return fail(Remedy::retry, "journal.unavailable", detail);
    }
    const auto position = static_cast<Position>(message->offset);
    if (position < reader.next) continue;
    if (position > reader.next) {
      stop(reader, partition);
      return fail(Remedy::stop, "journal.gap",
                  fmt::format("{}: position {} follows {}", where(partition), position,
                              static_cast<std::int64_t>(reader.next) - 1));
    }
    if (!records.empty() && bytes + message->len > bytes_max) {
      reader.fetched = std::move(message);
      break;
    }
    const auto* payload = static_cast<const std::uint8_t*>(message->payload);
    records.push_back({position, Bytes(payload, payload + message->len)});
    bytes += message->len;
    ++reader.next;
  }
  return records;
}

}  // namespace

Result<std::unique_ptr<Journal>> open_kafka_journal(const KafkaSettings& settings,
                                                    std::uint16_t partitions) {
  auto journal = std::make_unique<KafkaJournal>(settings, partitions);
  if (auto opened = journal->open(); !opened) return std::unexpected(opened.error());
  return journal;
}

}  // namespace teller
