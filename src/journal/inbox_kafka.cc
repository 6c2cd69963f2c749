#include "journal/inbox_kafka.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "journal/kafka_client.h"

namespace teller {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class KafkaInbox final : public Inbox, private kafka::Owner {
 public:
  KafkaInbox(const KafkaSettings& settings, std::string group, InboxPatience patience)
      : Owner(settings), settings_(settings), group_(std::move(group)), patience_(patience) {}

  [[nodiscard]] Result<void> open();
  ~KafkaInbox() override {
    on_revoked = nullptr;
    if (client_) rd_kafka_consumer_close(client_.get());  // Leaves the group at once.
  }

  [[nodiscard]] Result<std::vector<InboxMessage>> poll(std::size_t messages_max,
                                                       std::chrono::milliseconds wait) override;
  [[nodiscard]] Result<void> commit(const InboxOffsets& offsets) override;

 private:
  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t error,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);
  void assign(rd_kafka_topic_partition_list_t* partitions);
  void revoke(rd_kafka_topic_partition_list_t* partitions);
  void set_paused(bool paused);
  [[nodiscard]] Result<void> subscribe();
  [[nodiscard]] Result<void> look();
  [[nodiscard]] std::string stands_still();

  // What is known of a partition that is read.
  struct Reading {
    std::int64_t next = -1;  // After the last message taken; -1: none was taken yet.
    std::int64_t next_at_look = -1;
    int still_looks = 0;  // One after the other.
  };

  const KafkaSettings settings_;
  const std::string group_;
  const InboxPatience patience_;
  kafka::Client client_;
  bool paused_ = false;
  std::vector<InboxMessage> taken_;  // By the poll() that is running.

  bool member_ = false;
  Clock::time_point outside_since_ = Clock::now(), look_at_ = Clock::now();
  std::map<std::int32_t, Reading> reading_;
};

Result<void> KafkaInbox::open() {
  if (auto subscribed = subscribe(); !subscribed) return subscribed;
  const auto found = kafka::describe_topic(client_.get(), settings_.topic, 30s);
  if (!found) return std::unexpected(found.error());
  return {};
}

Result<void> KafkaInbox::subscribe() {
  auto conf = kafka::make_conf(settings_,
                               {{"group.id", group_},
                                {"enable.auto.commit", "false"},
                                {"enable.auto.offset.store", "false"},
                                {"auto.offset.reset", "earliest"},
                                // Eager: what is taken away is committed before anybody joins
                                // anew. With the cooperative one, librdkafka 2.0.2 commits with a
                                // generation that is over (ILLEGAL_GENERATION), and messages come
                                // twice.
                                {"partition.assignment.strategy", "range"},
                                {"session.timeout.ms", "10000"},
                                {"check.crcs", "true"},
                                {"fetch.wait.max.ms", "100"},
                                {"queued.max.messages.kbytes", "16384"}},
                               this);
  if (!conf) return std::unexpected(conf.error());
  rd_kafka_conf_set_rebalance_cb(conf->get(), on_rebalance);
  auto client = kafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return std::unexpected(client.error());
  client_ = std::move(*client);
  rd_kafka_poll_set_consumer(client_.get());

  const kafka::Offsets topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), settings_.topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(client_.get(), topics.get()))
    return fail(Remedy::retry, "journal.unavailable",
                fmt::format("{}: {}", settings_.topic, kafka::to_text(error)));
  return {};
}

// ---- The group

void KafkaInbox::on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t error,
                              rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto& self = *static_cast<KafkaInbox*>(static_cast<Owner*>(opaque));
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return self.assign(partitions);
  if (error != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
    self.event(fmt::format("{}: rebalance: {}", self.settings_.topic, kafka::to_text(error)));
  self.revoke(partitions);
}

void KafkaInbox::assign(rd_kafka_topic_partition_list_t* partitions) {
  if (const auto error = rd_kafka_assign(client_.get(), partitions))
    event(fmt::format("{}: assign: {}", settings_.topic, kafka::to_text(error)));
  if (paused_) rd_kafka_pause_partitions(client_.get(), partitions);
  member_ = true;
  reading_.clear();
  for (const auto& one : std::span(partitions->elems, static_cast<std::size_t>(partitions->cnt)))
    reading_[one.partition] = {};
}

void KafkaInbox::revoke(rd_kafka_topic_partition_list_t* partitions) {
  // What has not been handed out yet is the next reader's.
  taken_.clear();
  member_ = false;
  outside_since_ = Clock::now();
  reading_.clear();
  const std::span list(partitions->elems, static_cast<std::size_t>(partitions->cnt));
  std::vector<std::int32_t> gone;
  for (const auto& one : list) gone.push_back(one.partition);
  if (on_revoked) on_revoked(gone);
  if (const auto error = rd_kafka_assign(client_.get(), nullptr))
    event(fmt::format("{}: unassign: {}", settings_.topic, kafka::to_text(error)));
}

void KafkaInbox::set_paused(bool paused) {
  if (paused == paused_) return;
  rd_kafka_topic_partition_list_t* raw = nullptr;
  if (rd_kafka_assignment(client_.get(), &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const kafka::Offsets assigned(raw);
  (paused ? rd_kafka_pause_partitions : rd_kafka_resume_partitions)(client_.get(), raw);
  paused_ = paused;
}

// ---- Standing still

// A group's coordinator or a partition's leader that hung and came back may leave librdkafka waiting
// for an answer that never comes. Reading then begins anew, with another client and from what was
// committed.
Result<void> KafkaInbox::look() {
  if (Clock::now() < look_at_) return {};
  look_at_ = Clock::now() + patience_.look_every;
  const std::string why = stands_still();
  if (why.empty()) return {};
  event(fmt::format("{}: the reader stands still and is made anew: {}", settings_.topic, why));
  rd_kafka_topic_partition_list_t* raw = nullptr;
  if (rd_kafka_assignment(client_.get(), &raw) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const kafka::Offsets assigned(raw);
    if (raw->cnt > 0) revoke(raw);
  }
  // Without its farewell, which might wait for the same answer.
  rd_kafka_destroy_flags(client_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  outside_since_ = Clock::now();
  return subscribe();
}

// Why it is time to begin anew, or nothing.
std::string KafkaInbox::stands_still() {
  if (!member_)
    return Clock::now() - outside_since_ > patience_.outside_max ? "its group does not take it in"
                                                                 : "";
  for (auto& [partition, reading] : reading_) {
    const bool moved = std::exchange(reading.next_at_look, reading.next) != reading.next;
    if (paused_ || moved) {
      reading.still_looks = 0;
      continue;
    }
    if (reading.next < 0) {
      const kafka::Offsets committed(rd_kafka_topic_partition_list_new(1));
      rd_kafka_topic_partition_list_add(committed.get(), settings_.topic.c_str(), partition);
      if (rd_kafka_committed(client_.get(), committed.get(), 500)) return {};
      reading.next = reading.next_at_look = std::max<std::int64_t>(committed->elems[0].offset, 0);
    }
    std::int64_t first = 0, end = 0;
    if (rd_kafka_query_watermark_offsets(client_.get(), settings_.topic.c_str(), partition, &first,
                                         &end, 500))
      return {};  // Its leader is away, and librdkafka knows it.
    reading.still_looks = end > std::max(first, reading.next) ? reading.still_looks + 1 : 0;
    if (reading.still_looks >= patience_.still_looks_max)
      return fmt::format("partition {} ends at {}, and nothing comes from {} on", partition, end,
                         reading.next);
  }
  return {};
}

// ---- Reading

Result<std::vector<InboxMessage>> KafkaInbox::poll(std::size_t messages_max,
                                                   std::chrono::milliseconds wait) {
  set_paused(messages_max == 0);
  taken_.clear();
  int wait_ms = static_cast<int>(wait.count());
  // One by one, since a rebalance must not find messages in a batch that we do not see.
  for (;;) {
    const kafka::Message message(rd_kafka_consumer_poll(client_.get(), wait_ms));
    if (!message) break;
    wait_ms = 0;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto* payload = static_cast<const std::uint8_t*>(message->payload);
      taken_.push_back(
          {message->partition, message->offset, Bytes(payload, payload + message->len)});
      if (const auto found = reading_.find(message->partition); found != reading_.end())
        found->second.next = message->offset + 1;
      if (taken_.size() >= messages_max) break;
      continue;
    }
    const std::string detail =
        fmt::format("{}: {}: {}", settings_.topic, rd_kafka_err2name(message->err),
                    rd_kafka_message_errstr(message.get()));
    if (kafka::is_denied(message->err)) return fail(Remedy::stop, "inbox.denied", detail);
    if (message->err == RD_KAFKA_RESP_ERR__FATAL) return fail(Remedy::stop, "inbox.failed", detail);
    event(detail);  // librdkafka goes on by itself.
  }
  if (auto looked = look(); !looked) return std::unexpected(looked.error());
  return std::move(taken_);
}

Result<void> KafkaInbox::commit(const InboxOffsets& offsets) {
  if (offsets.empty()) return {};
  const kafka::Offsets list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, offset] : offsets)
    rd_kafka_topic_partition_list_add(list.get(), settings_.topic.c_str(), partition)->offset =
        offset;
  const kafka::Queue answers(rd_kafka_queue_new(client_.get()));
  rd_kafka_resp_err_t error =
      rd_kafka_commit_queue(client_.get(), list.get(), answers.get(), nullptr, nullptr);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const kafka::Event answer(rd_kafka_queue_poll(answers.get(), 5'000));
    error = answer ? rd_kafka_event_error(answer.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
  }
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return fail(Remedy::retry, "inbox.unavailable",
              fmt::format("{}: commit: {}", settings_.topic, kafka::to_text(error)));
}

}  // namespace

Result<std::unique_ptr<Inbox>> open_kafka_inbox(const KafkaSettings& settings,
                                                const std::string& group, InboxPatience patience) {
  auto inbox = std::make_unique<KafkaInbox>(settings, group, patience);
  if (auto opened = inbox->open(); !opened) return std::unexpected(opened.error());
  return inbox;
}

Result<std::vector<InboxRange>> inbox_ranges(const KafkaSettings& settings,
                                             const std::string& group) {
  kafka::Owner owner(settings);
  auto conf =
      kafka::make_conf(settings, {{"group.id", group}, {"enable.auto.commit", "false"}}, &owner);
  if (!conf) return std::unexpected(conf.error());
  const auto client = kafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return std::unexpected(client.error());
  const auto found = kafka::describe_topic(client->get(), settings.topic, 30s);
  if (!found) return std::unexpected(found.error());
  const auto failed = [&](rd_kafka_resp_err_t error) {
    return fail(kafka::is_denied(error) ? Remedy::stop : Remedy::retry,
                kafka::is_denied(error) ? Code("journal.denied") : Code("journal.unavailable"),
                fmt::format("{}: {}", settings.topic, kafka::to_text(error)));
  };
  const int partitions = (*found)->topics[0].partition_cnt;
  const kafka::Offsets committed(rd_kafka_topic_partition_list_new(partitions));
  for (int i = 0; i < partitions; ++i)
    rd_kafka_topic_partition_list_add(committed.get(), settings.topic.c_str(), i);
  if (const auto error = rd_kafka_committed(client->get(), committed.get(), 30'000))
    return failed(error);
  std::vector<InboxRange> ranges;
  for (int i = 0; i < partitions; ++i) {
    const auto& one = committed->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(one.err);
    std::int64_t first = 0, end = 0;
    if (const auto error = rd_kafka_query_watermark_offsets(client->get(), settings.topic.c_str(),
                                                            one.partition, &first, &end, 30'000))
      return failed(error);
    const auto from = static_cast<std::uint64_t>(first);
    // Negative: nothing was committed yet.
    const auto dealt_with = one.offset < 0 ? from : static_cast<std::uint64_t>(one.offset);
    ranges.push_back({one.partition, from, dealt_with, static_cast<std::uint64_t>(end)});
  }
  return ranges;
}

}  // namespace teller
