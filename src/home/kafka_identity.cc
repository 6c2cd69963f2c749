#include "home/kafka_identity.h"

#include <utility>

namespace teller {

KafkaSettings kafka_settings(const Config::Kafka& config, std::string_view identity,
                             std::string topic) {
  return {.brokers = config.brokers,
          .ca = config.ca,
          .certificate = config.certificate(identity),
          .key = config.key(identity),
          .topic = std::move(topic)};
}

}  // namespace teller
