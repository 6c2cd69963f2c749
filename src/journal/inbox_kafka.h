// The topic `inbox`, read by the consumer group of its count: any number of gateways share its
// partitions.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "journal/inbox.h"
#include "journal/kafka_settings.h"

namespace teller {

// When a reader stands still, and begins anew by itself with another client.
struct InboxPatience {
  std::chrono::milliseconds look_every{5'000};
  // Messages of a partition are unread and nothing of it has come for so many looks.
  int still_looks_max = 3;
  // Its group has not taken it in for so long: above what another reader may take to let go.
  std::chrono::milliseconds outside_max{60'000};
};

// `group` is the consumer group's name; all gateways of a count have the same.
//
// Errors: retry journal.unavailable; reject kafka.settings_invalid; stop journal.topic_missing,
// journal.denied.
[[nodiscard]] Result<std::unique_ptr<Inbox>> open_kafka_inbox(const KafkaSettings& settings,
                                                              const std::string& group,
                                                              InboxPatience patience = {});

// What stands in each partition of the inbox, [first, end), and how far the group has dealt with
// it. Joins nothing and changes nothing. Errors: as above.
struct InboxRange {
  std::int32_t partition = 0;
  std::uint64_t first = 0, dealt_with = 0, end = 0;
};
[[nodiscard]] Result<std::vector<InboxRange>> inbox_ranges(const KafkaSettings& settings,
                                                           const std::string& group);

}  // namespace teller
