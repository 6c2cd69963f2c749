#include "journal/kafka_topics.h"

#include <algorithm>
#include <array>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "journal/kafka_client.h"

namespace teller {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using kafka::Event;

constexpr int request_timeout_ms = 30'000;
constexpr auto ready_within = 60s;

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, FreedBy<rd_kafka_NewTopic_destroy>>;
using DeleteTopic = std::unique_ptr<rd_kafka_DeleteTopic_t, FreedBy<rd_kafka_DeleteTopic_destroy>>;
using ConfigResource =
    std::unique_ptr<rd_kafka_ConfigResource_t, FreedBy<rd_kafka_ConfigResource_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, FreedBy<rd_kafka_AdminOptions_destroy>>;

// What keeps a topic's records whole, and for ever.
std::vector<std::pair<std::string, std::string>> properties_of(const TopicSpec& spec) {
  return {{"min.insync.replicas", std::to_string(spec.min_in_sync)},
          {"retention.ms", "-1"},
          {"retention.bytes", "-1"},
          {"cleanup.policy", "delete"},
          {"unclean.leader.election.enable", "false"},
          // A batch of records as our producer makes them (1 MB before compression), with room.
          {"max.message.bytes", "2097152"}};
}

std::unexpected<Error> failed(const std::string& topic, rd_kafka_resp_err_t error,
                              const char* reason) {
  const std::string detail =
      fmt::format("{}: {}: {}", topic, rd_kafka_err2name(error), reason ? reason : "");
  if (kafka::is_denied(error)) return fail(Remedy::stop, "journal.denied", detail);
  if (error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR ||
      error == RD_KAFKA_RESP_ERR_INVALID_CONFIG || error == RD_KAFKA_RESP_ERR_POLICY_VIOLATION ||
      error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION)
    return fail(Remedy::reject, "kafka.settings_invalid", detail);
  return fail(Remedy::retry, "journal.unavailable", detail);
}

class Admin {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Admin>> open(const KafkaSettings& settings) {
    auto admin = std::unique_ptr<Admin>(new Admin(settings));
    auto conf = kafka::make_conf(settings, {}, &admin->owner_);
    if (!conf) return std::unexpected(conf.error());
    auto client = kafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!client) return std::unexpected(client.error());
    admin->client_ = std::move(*client);
    admin->queue_.reset(rd_kafka_queue_new(admin->client_.get()));
    return admin;
  }

  [[nodiscard]] Result<TopicOutcome> create(const TopicSpec& spec) {
    std::array<char, 512> why{};
    const NewTopic topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions, spec.replication,
                                               why.data(), why.size()));
    if (!topic) return fail(Remedy::reject, "kafka.settings_invalid", why.data());
    for (const auto& [key, value] : properties_of(spec))
      rd_kafka_NewTopic_set_config(topic.get(), key.c_str(), value.c_str());

    rd_kafka_NewTopic_t* topics[] = {topic.get()};
    const auto options = options_for(RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_CreateTopics(client_.get(), topics, 1, options.get(), queue_.get());
    const Event event = answer();
    if (!event || rd_kafka_event_error(event.get()))
      return failed(spec.name, event_error(event), event_reason(event));
    std::size_t count = 0;
    const auto* const* results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event.get()), &count);
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[0]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return TopicOutcome::created;
    if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return TopicOutcome::was_there;
    return failed(spec.name, error, rd_kafka_topic_result_error_string(results[0]));
  }

  // Waits until every partition has a leader, and checks numbers and configuration.
  [[nodiscard]] Result<void> check_as(const TopicSpec& spec) {
    const auto deadline = Clock::now() + ready_within;
    std::string missing;
    for (;;) {
      const auto metadata = kafka::describe_topic(client_.get(), spec.name, 10s);
      if (metadata) {
        const rd_kafka_metadata_topic_t& topic = (*metadata)->topics[0];
        if (topic.partition_cnt != spec.partitions)
          return other(spec, "partitions", std::to_string(topic.partition_cnt),
                       std::to_string(spec.partitions));
        const std::span partitions(topic.partitions, static_cast<std::size_t>(topic.partition_cnt));
        for (const auto& partition : partitions)
          if (partition.replica_cnt != spec.replication)
            return other(spec, fmt::format("replicas of partition {}", partition.id),
                         std::to_string(partition.replica_cnt), std::to_string(spec.replication));
        const auto leaderless =
            std::ranges::find_if(partitions, [](const auto& p) { return p.leader < 0; });
        if (leaderless == partitions.end()) {
          const auto checked = check_properties(spec);
          if (checked || checked.error().remedy != Remedy::retry) return checked;
          missing = checked.error().detail;  // Another broker, that has not heard of it yet.
        } else {
          missing = fmt::format("{}: partition {} has no leader", spec.name, leaderless->id);
        }
      } else if (metadata.error().code == Code("journal.denied")) {
        return std::unexpected(metadata.error());
      } else {
        missing = metadata.error().detail;
      }
      if (Clock::now() >= deadline) return fail(Remedy::retry, "journal.unavailable", missing);
      std::this_thread::sleep_for(100ms);
    }
  }

  [[nodiscard]] Result<void> remove(const std::string& name) {
    const DeleteTopic topic(rd_kafka_DeleteTopic_new(name.c_str()));
    rd_kafka_DeleteTopic_t* topics[] = {topic.get()};
    const auto options = options_for(RD_KAFKA_ADMIN_OP_DELETETOPICS);
    rd_kafka_DeleteTopics(client_.get(), topics, 1, options.get(), queue_.get());
    const Event event = answer();
    if (!event || rd_kafka_event_error(event.get()))
      return failed(name, event_error(event), event_reason(event));
    std::size_t count = 0;
    const auto* const* results = rd_kafka_DeleteTopics_result_topics(
        rd_kafka_event_DeleteTopics_result(event.get()), &count);
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[0]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      return {};
    return failed(name, error, rd_kafka_topic_result_error_string(results[0]));
  }

 private:
  explicit Admin(const KafkaSettings& settings) : owner_(settings) {}

  [[nodiscard]] Options options_for(rd_kafka_admin_op_t operation) {
    Options options(rd_kafka_AdminOptions_new(client_.get(), operation));
    std::array<char, 512> why{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), request_timeout_ms, why.data(),
                                              why.size());
    return options;
  }
  [[nodiscard]] Event answer() {
    return Event(rd_kafka_queue_poll(queue_.get(), request_timeout_ms + 5'000));
  }
  static rd_kafka_resp_err_t event_error(const Event& event) {
    return event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
  }
  static const char* event_reason(const Event& event) {
    return event ? rd_kafka_event_error_string(event.get()) : "no answer";
  }

  static std::unexpected<Error> other(const TopicSpec& spec, std::string_view what,
                                      std::string_view has, std::string_view must) {
    return fail(
        Remedy::stop, "journal.topic_other",
        fmt::format("{}: {}: {}; must be {}. Nothing was changed", spec.name, what, has, must));
  }

  [[nodiscard]] Result<void> check_properties(const TopicSpec& spec) {
    const ConfigResource resource(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, spec.name.c_str()));
    rd_kafka_ConfigResource_t* resources[] = {resource.get()};
    const auto options = options_for(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_DescribeConfigs(client_.get(), resources, 1, options.get(), queue_.get());
    const Event event = answer();
    if (!event || rd_kafka_event_error(event.get()))
      return failed(spec.name, event_error(event), event_reason(event));
    std::size_t count = 0;
    const auto* const* results = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    if (const auto error = rd_kafka_ConfigResource_error(results[0]))
      return failed(spec.name, error, rd_kafka_ConfigResource_error_string(results[0]));

    const auto* const* entries = rd_kafka_ConfigResource_configs(results[0], &count);
    std::map<std::string, std::string> has;
    for (const auto* entry : std::span(entries, count))
      if (const char* value = rd_kafka_ConfigEntry_value(entry))
        has[rd_kafka_ConfigEntry_name(entry)] = value;
    for (const auto& [key, value] : properties_of(spec))
      if (has[key] != value) return other(spec, key, has[key], value);
    return {};
  }

  kafka::Owner owner_;
  kafka::Client client_;
  kafka::Queue queue_;
};

}  // namespace

Result<std::vector<TopicOutcome>> create_topics(const KafkaSettings& settings,
                                                std::span<const TopicSpec> specs) {
  auto admin = Admin::open(settings);
  if (!admin) return std::unexpected(admin.error());
  std::vector<TopicOutcome> outcomes;
  for (const TopicSpec& spec : specs) {
    const auto outcome = (*admin)->create(spec);
    if (!outcome) return std::unexpected(outcome.error());
    if (auto checked = (*admin)->check_as(spec); !checked) return std::unexpected(checked.error());
    outcomes.push_back(*outcome);
  }
  return outcomes;
}

Result<void> delete_topics(const KafkaSettings& settings, std::span<const std::string> names) {
  auto admin = Admin::open(settings);
  if (!admin) return std::unexpected(admin.error());
  for (const std::string& name : names)
    if (auto removed = (*admin)->remove(name); !removed) return removed;
  return {};
}

}  // namespace teller
