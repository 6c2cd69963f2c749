// The three topics of a count in Kafka. Called by `teller topics create` and by tests.
#pragma once

#include <string>
#include <vector>

#include "base/hash.h"
#include "election/count_file.h"
#include "journal/kafka_topics.h"
#include "settings/config.h"

namespace teller {

struct TopicReport {
  TopicSpec spec;
  TopicOutcome outcome = TopicOutcome::created;
};

// The topics that a count needs, and their hash for the audit log: SHA-256 of a line
// "name partitions replication min_in_sync" each.
// Errors: reject config.invalid ([kafka] is missing).
[[nodiscard]] Result<std::vector<TopicSpec>> count_topics(const Config& config,
                                                          const CountFile& count);
[[nodiscard]] Hash hash_of(const std::vector<TopicSpec>& specs);

// Makes the topics `entries`, `inbox` (as many partitions as the count) and `refused` (one), as
// `admin`; or checks those that are there. A topic of entries that holds another count is an error:
// whoever reads it would stop at its first record.
//
// Errors: those of create_topics(); stop count.other; retry journal.unavailable.
[[nodiscard]] Result<std::vector<TopicReport>> create_count_topics(const Config& config,
                                                                   const CountFile& count);

}  // namespace teller
