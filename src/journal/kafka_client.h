// Private to kafka_*.cc and journal_kafka.cc: the only header that sees librdkafka. Owners for its
// handles, and one way to make a client.
#pragma once

#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <librdkafka/rdkafka.h>

#include "base/error.h"
#include "base/freed_by.h"
#include "journal/kafka_settings.h"

namespace teller::kafka {

using Client = std::unique_ptr<rd_kafka_t, FreedBy<rd_kafka_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, FreedBy<rd_kafka_conf_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, FreedBy<rd_kafka_topic_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, FreedBy<rd_kafka_message_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, FreedBy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, FreedBy<rd_kafka_event_destroy>>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, FreedBy<rd_kafka_metadata_destroy>>;
using Offsets = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                FreedBy<rd_kafka_topic_partition_list_destroy>>;

using Properties = std::initializer_list<std::pair<const char*, std::string>>;

// What librdkafka's callbacks get back as their "opaque": whoever owns the client derives from it,
// and lives longer than the client.
struct Owner {
  explicit Owner(const KafkaSettings& settings) : on_event(settings.on_event) {}
  void event(const std::string& text) const {
    if (on_event) on_event(text);
  }
  // What last kept a client from a broker: a refused connection, a certificate that does not hold.
  void keep_failure(const std::string& text) const {
    const std::scoped_lock lock(mutex_);
    failure_ = text;
  }
  [[nodiscard]] std::string last_failure() const {
    const std::scoped_lock lock(mutex_);
    return failure_;
  }
  std::function<void(const std::string&)> on_event;

 private:
  mutable std::mutex mutex_;
  mutable std::string failure_;
};

// Addresses, identity, events and `properties`. Errors: reject kafka.settings_invalid.
[[nodiscard]] Result<Conf> make_conf(const KafkaSettings& settings, Properties properties,
                                     Owner* owner);

// Starts the client. Errors: reject kafka.settings_invalid (an unreadable key is one).
[[nodiscard]] Result<Client> make_client(rd_kafka_type_t type, Conf conf);

// "TOPIC_AUTHORIZATION_FAILED: Broker: Topic authorization failed"
[[nodiscard]] std::string to_text(rd_kafka_resp_err_t error);

// True for what only a person can mend: no right, or no such thing.
[[nodiscard]] bool is_denied(rd_kafka_resp_err_t error);

// What the cluster says about `topic`. Asks again until `within` has passed or an answer is there;
// for a few seconds also when the answer is that there is none.
// Errors: retry journal.unavailable; stop journal.topic_missing, journal.denied.
[[nodiscard]] Result<Metadata> describe_topic(rd_kafka_t* client, const std::string& topic,
                                              std::chrono::milliseconds within);

}  // namespace teller::kafka
