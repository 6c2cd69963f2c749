// Makes the topics of a count, and checks those that are there already: a topic with fewer
// replicas or with a retention loses votes long after it was made, quietly.
//
// Called by `teller topics create`, as an administrator; also by tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "journal/kafka_settings.h"

namespace teller {

struct TopicSpec {
  std::string name;
  std::uint16_t partitions = 1;
  std::int32_t replication = 3;
  std::int32_t min_in_sync = 2;
};

enum class TopicOutcome { created, was_there };

// Every topic of `specs` exists afterwards as it should (kept for ever, never compacted, no unclean
// leader election, and every partition has a leader); one outcome a spec. Can be called again:
// nothing that exists is changed.
//
// Errors: retry journal.unavailable (some may have been made); reject kafka.settings_invalid; stop
// journal.topic_other (names the topic, what it has and what it must have), journal.denied.
[[nodiscard]] Result<std::vector<TopicOutcome>> create_topics(const KafkaSettings& settings,
                                                              std::span<const TopicSpec> specs);

// Deletes topics with everything in them; those that are not there are none. For tests,
// and for `teller retire`: no part of a running count calls this. Errors: as above.
[[nodiscard]] Result<void> delete_topics(const KafkaSettings& settings,
                                         std::span<const std::string> names);

}  // namespace teller
