// What teller.toml says about Kafka, in the words of the journal that speaks to it.
#pragma once

#include <string>
#include <string_view>

#include "journal/kafka_settings.h"
#include "settings/config.h"

namespace teller {

// For the process named `identity` (gateway, api, admin, reconcile) and `topic`.
[[nodiscard]] KafkaSettings kafka_settings(const Config::Kafka& config, std::string_view identity,
                                           std::string topic);

}  // namespace teller
