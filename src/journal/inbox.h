// Port: what outside producers sent, in order within each of its partitions. Reading takes nothing
// away; commit() says how far everything has been dealt with, and after a crash reading begins
// there again. So a message may come twice, and never not at all.
//
// Adapters: inbox_kafka.h. The gateway's inbox host (gateway/gateway_inbox.h) calls it, from one
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace teller {

struct InboxMessage {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Bytes bytes;  // As it came; the sender's key and headers are not looked at.
};

// For each partition the offset of the first message that is not dealt with.
using InboxOffsets = std::map<std::int32_t, std::int64_t>;

class Inbox {
 public:
  virtual ~Inbox() = default;

  // Up to `messages_max` messages, waiting at most `wait` for the first. With 0 it takes none but
  // stays a member of its group: must be called every few seconds even when nothing is wanted.
  //
  // Errors: retry inbox.unavailable (try again); stop inbox.denied, inbox.failed.
  [[nodiscard]] virtual Result<std::vector<InboxMessage>> poll(std::size_t messages_max,
                                                               std::chrono::milliseconds wait) = 0;

  // Remembers `offsets` for whoever reads next; gives up after a few seconds. Errors: retry
  // inbox.unavailable: say it again, now or later.
  [[nodiscard]] virtual Result<void> commit(const InboxOffsets& offsets) = 0;

  // Called from inside poll() when partitions go to another reader: the last moment to deal with
  // what was taken and to commit it. Must return within a minute.
  std::function<void(std::span<const std::int32_t> partitions)> on_revoked;
};

}  // namespace teller
