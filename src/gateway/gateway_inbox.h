// The gateway's other way in: what outside producers write to Kafka's topic `inbox`, as JSON, with
// any client and any partitioner, becomes entries in the journal.
//
//   message ─▶ accept_json ─┬─ accepted ─▶ record of its partition ─▶ journal
//                           └─ refused  ─▶ {code, place, hash} ─▶ topic `refused`
//
// What always holds:
// - An inbox offset is committed when the outcome of every message below it is known: recorded, or
//   its refusal written. If the process dies, the messages after it are read again, and what was
//   recorded already is a duplicate. So nothing is dropped, and a line of `refused` may stand
//   twice (same place).
// - An unknown outcome is sent again, the same bytes, until it is known.
// - Of two messages with one id the second is appended when the first is known to be recorded. So
//   of one inbox partition the first is the first in the journal, whatever fails in between; other
//   ids do not wait.
// - What is on its way is bounded; above that nothing is read from the inbox.
//
// Several gateways share the inbox's partitions. When a partition moves on, its messages are dealt
// with first.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/event.h"
#include "election/definition.h"
#include "gateway/sender_limits.h"
#include "http/metrics.h"
#include "journal/inbox.h"
#include "journal/journal.h"
#include "settings/config.h"

namespace teller {

// Since start. Readable from any thread.
struct InboxCounters {
  std::atomic<std::uint64_t> read = 0;      // Messages.
  std::atomic<std::uint64_t> recorded = 0;  // Entries.
  std::atomic<std::uint64_t> refused = 0;   // Messages whose refusal is written.
  std::atomic<std::uint64_t> resent = 0;  // Records whose outcome was unknown, or that had to wait.
};

struct InboxOptions {
  // Told what an operator should know, from any thread.
  OnEvent event = [](const Event&) {};
  // Told the code of each message that is refused, when it is read.
  std::function<void(Code)> on_refused = [](Code) {};
  std::size_t messages_max = 50'000;  // On their way, before reading pauses.
  std::size_t bytes_max = 64 * 1024 * 1024;
  std::chrono::milliseconds resend_after{200};
  std::chrono::milliseconds commit_every{1'000};
  std::chrono::milliseconds drain_within{45'000};  // Over the journal's own timeout.
  SenderLimits* limits = nullptr;  // Those of the sender "inbox"; null: none. Outlives this.
};

class GatewayInbox {
 public:
  // All outlive this. `refused` is a journal of one partition.
  GatewayInbox(const Definition& definition, Inbox& inbox, Journal& entries, Journal& refused,
               InboxOptions options = {});
  ~GatewayInbox();

  // Works until `stop_asked` says so; then deals with what was taken, commits, and returns. What
  // cannot be dealt with within drain_within is left for the next reader.
  //
  // Errors: stop, of the inbox or a journal: this process must end and be started anew.
  [[nodiscard]] Result<void> run(const std::function<bool()>& stop_asked);

  [[nodiscard]] const InboxCounters& counters() const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

// What /metrics shows of it.
void watch_inbox(Metrics& metrics, const InboxCounters& counters);

// `teller gateway --inbox`: opens all of it as `gateway` and works until `stop_asked`. Waits for
// Kafka while it is not there. `listen`: where /metrics and /v1/health are served (address:port),
// or nothing.
[[nodiscard]] Result<void> run_gateway_inbox(const Config& config, const std::string& listen,
                                             const std::function<bool()>& stop_asked,
                                             const OnEvent& event);

}  // namespace teller
