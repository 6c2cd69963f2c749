// Kafka's own hash of a key (org.apache.kafka.common.utils.Utils.murmur2), so that any producer
// with the default partitioner and we agree on the partition of an entry.
//
// Pure; safe from any thread. Never a protection: anybody can find two keys of one hash.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace teller {

[[nodiscard]] std::uint32_t murmur2(ByteView bytes);

}  // namespace teller
