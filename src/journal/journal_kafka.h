// The journal of the service form: the Kafka topic `entries`. A record is a message, a position its
// offset. Durable means: on all in-sync replicas (acks=all), and the topic wants at least two.
//
// Appending and reading are separate rights: a gateway may only write, Spark and `teller topics`
// may read. The reading side is made when read() is first called. There is no consumer group: who
// reads says from where.
//
// Safe from any thread. Callbacks come from one thread of this object.
#pragma once

#include <cstdint>
#include <memory>

#include "journal/journal.h"
#include "journal/kafka_settings.h"

namespace teller {

// Opens `settings.topic`, which must be there and have `partitions` partitions. A kept journal
// flushes at its end: its destructor returns when every `done` has been called (at most
// message_timeout later).
//
// Beyond the port: a delivery that fails after the record was handed to the client is always
// journal.unknown. librdkafka does keep a status "not persisted", but it is that of the last
// attempt, and the one before may have reached a broker that died.
//
// Errors: retry journal.unavailable; reject kafka.settings_invalid; stop journal.topic_missing,
// journal.topic_other (partitions), journal.denied.
[[nodiscard]] Result<std::unique_ptr<Journal>> open_kafka_journal(const KafkaSettings& settings,
                                                                  std::uint16_t partitions);

}  // namespace teller
