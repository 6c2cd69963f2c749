#include "journal/kafka_client.h"

#include <array>
#include <fstream>
#include <thread>

#include <fmt/format.h>

namespace teller::kafka {
namespace {

constexpr int syslog_warning = 4;
// A topic that was made a moment ago is unknown to some brokers still.
constexpr auto heard_of_within = std::chrono::seconds(3);

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  if (level > syslog_warning) return;
  static_cast<const Owner*>(rd_kafka_opaque(client))->event(fmt::format("{}: {}", facility, text));
}

void on_error(rd_kafka_t*, int error, const char* reason, void* opaque) {
  const Owner& owner = *static_cast<const Owner*>(opaque);
  const std::string text =
      fmt::format("{}: {}", rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(error)), reason);
  // That all are down follows from what was said of each, which is what helps.
  if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) owner.keep_failure(text);
  owner.event(text);
}

}  // namespace

Result<Conf> make_conf(const KafkaSettings& settings, Properties properties, Owner* owner) {
  // OpenSSL's own message would not name the file.
  for (const auto& file : {settings.ca, settings.certificate, settings.key})
    if (!file.empty() && !std::ifstream(file))
      return fail(Remedy::reject, "kafka.settings_invalid",
                  file.string() + ": no such file, or not readable by this user");

  Conf conf(rd_kafka_conf_new());
  std::array<char, 512> why{};
  const auto set = [&](const char* key, const std::string& value) {
    return rd_kafka_conf_set(conf.get(), key, value.c_str(), why.data(), why.size()) ==
           RD_KAFKA_CONF_OK;
  };
  bool ok = set("bootstrap.servers", settings.brokers) && set("client.id", "teller") &&
            set("socket.keepalive.enable", "true") &&
            set("socket.timeout.ms", std::to_string(settings.answer_timeout.count())) &&
            set("socket.connection.setup.timeout.ms", "3000") &&
            set("reconnect.backoff.max.ms", "1000") &&
            set("topic.metadata.refresh.interval.ms", "60000");
  if (!settings.ca.empty())
    ok = ok && set("security.protocol", "ssl") && set("ssl.ca.location", settings.ca.string()) &&
         set("ssl.certificate.location", settings.certificate.string()) &&
         set("ssl.key.location", settings.key.string());
  for (const auto& [key, value] : properties) ok = ok && set(key, value);
  if (!ok) return fail(Remedy::reject, "kafka.settings_invalid", why.data());

  rd_kafka_conf_set_opaque(conf.get(), owner);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  return conf;
}

Result<Client> make_client(rd_kafka_type_t type, Conf conf) {
  std::array<char, 512> why{};
  Client client(rd_kafka_new(type, conf.get(), why.data(), why.size()));
  if (!client) return fail(Remedy::reject, "kafka.settings_invalid", why.data());
  (void)conf.release();  // Now the client's.
  return client;
}

std::string to_text(rd_kafka_resp_err_t error) {
  return fmt::format("{}: {}", rd_kafka_err2name(error), rd_kafka_err2str(error));
}

bool is_denied(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return true;
    default:
      return false;
  }
}

Result<Metadata> describe_topic(rd_kafka_t* client, const std::string& topic,
                                std::chrono::milliseconds within) {
  const Topic handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    const rd_kafka_metadata_t* raw = nullptr;
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, handle.get(), &raw, 2'000);
    Metadata metadata(raw);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
      error = raw->topic_cnt == 1 ? raw->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return metadata;
    if (is_denied(error))
      return fail(Remedy::stop, "journal.denied", topic + ": " + to_text(error));
    const auto waited = std::chrono::steady_clock::now() - began;
    if (waited >= heard_of_within && (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                                      error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC))
      return fail(Remedy::stop, "journal.topic_missing",
                  topic + ": there is no such topic; `teller topics create` makes it");
    rd_kafka_poll(client, 0);  // Calls on_error for what has happened.
    if (waited >= within) {
      const std::string why = static_cast<const Owner*>(rd_kafka_opaque(client))->last_failure();
      return fail(Remedy::retry, "journal.unavailable",
                  topic + ": " + to_text(error) + (why.empty() ? "" : "; " + why));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace teller::kafka
