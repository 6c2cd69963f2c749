// The topic `inbox`, read by the consumer group `teller-inbox`: any number of gateways share its
// partitions.
#pragma once

#include <memory>

#include "journal/inbox.h"
#include "journal/kafka_settings.h"

namespace teller {

// `group` is the consumer group's name; all gateways of a count have the same.
//
// Errors: retry journal.unavailable; reject kafka.settings_invalid; stop journal.topic_missing,
// journal.denied.
[[nodiscard]] Result<std::unique_ptr<Inbox>> open_kafka_inbox(const KafkaSettings& settings,
                                                              const std::string& group);

}  // namespace teller
