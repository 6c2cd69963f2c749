#include "gateway/gateway_inbox.h"

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "gateway/entries_endpoint.h"
#include "gateway/gateway.h"
#include "home/home.h"
#include "home/kafka_identity.h"
#include "http/http_server.h"
#include "intake/accept.h"
#include "journal/inbox_kafka.h"
#include "journal/journal_kafka.h"
#include "journal/record.h"
#include "journal/refused_line.h"

namespace teller {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Where a message stood.
struct Source {
  std::int32_t partition;
  std::int64_t offset;
};

// The messages of one inbox partition that were taken, in order, and which of them are done.
class Progress {
 public:
  void taken(std::int64_t offset) { open_.push_back({offset, false}); }

  void done(std::int64_t offset) {
    const auto found = std::ranges::lower_bound(open_, offset, {}, &Message::offset);
    if (found == open_.end() || found->offset != offset) return;  // Taken by an earlier reader.
    found->done = true;
    while (!open_.empty() && open_.front().done) {
      next_ = open_.front().offset + 1;
      open_.pop_front();
    }
  }

  // The first offset that is not dealt with; -1 while that is where we began.
  [[nodiscard]] std::int64_t next() const { return next_; }

 private:
  struct Message {
    std::int64_t offset;
    bool done;
  };
  std::deque<Message> open_;
  std::int64_t next_ = -1;
};

struct IdHash {
  std::size_t operator()(const EntryId& id) const {
    std::size_t low;
    std::memcpy(&low, id.bytes.data(), sizeof low);
    return low;
  }
};

// An accepted entry that waits for an earlier one of its id.
struct WaitingEntry {
  Accepted accepted;
  Source source;
};

// A record, or a line of `refused`, on its way. Kept until its outcome is known.
struct Flight {
  Journal* journal;
  std::uint16_t partition;
  Bytes bytes;
  std::vector<Source> sources;
  std::vector<EntryId> ids;  // Of a record, parallel to `sources`; none for a refusal.
  Clock::time_point again_at = {};
};
using Flights = std::list<Flight>;

// JournalAnswers come from the journal's threads, possibly after everything else here has ended.
class JournalAnswers {
 public:
  using Outcome = std::pair<Flights::iterator, Result<Position>>;

  void put(Flights::iterator flight, Result<Position> result) {
    {
      const std::lock_guard lock(mutex_);
      outcomes_.emplace_back(flight, std::move(result));
    }
    came_.notify_one();
  }
  std::vector<Outcome> take(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, wait, [this] { return !outcomes_.empty(); });
    return std::exchange(outcomes_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

// All of it belongs to the thread of run().
class GatewayInbox::Work {
 public:
  Work(const Definition& definition, Inbox& inbox, Journal& entries, Journal& refused,
       InboxOptions options)
      : definition_(definition),
        inbox_(&inbox),
        entries_(&entries),
        refused_(&refused),
        options_(options) {
    for (std::uint32_t i = 0; i < definition.count->partitions; ++i)
      open_.emplace_back(definition.count->id, static_cast<std::uint16_t>(i));
    // It never asks for the stage: limits of a process that does not know it have no voting places.
    if (options_.limits != nullptr) gate_ = options_.limits->gate(inbox_sender).value();
    inbox.on_revoked = [this](std::span<const std::int32_t> partitions) { revoked(partitions); };
  }
  ~Work() { inbox_->on_revoked = nullptr; }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  [[nodiscard]] Result<void> run(const std::function<bool()>& stop_asked) {
    while (!stop_asked()) {
      // A batch that was not full: all that is there has been taken, so records go out as they are.
      const std::size_t wanted = room() && may_read() ? poll_max : 0;
      auto messages = inbox_->poll(wanted, on_the_way_ > 0 ? 5ms : 100ms);
      if (!messages) {
        if (messages.error().remedy != Remedy::retry) return std::unexpected(messages.error());
        options_.event(Event("inbox.trouble", messages.error()));
        messages.emplace();
      }
      if (options_.limits != nullptr) options_.limits->charge_late(inbox_sender, messages->size());
      for (const InboxMessage& message : *messages) take(message);
      if (messages->size() < poll_max) close_records();
      settle(0ms);
      if (failed_) return std::unexpected(*failed_);
      if (Clock::now() >= commit_at_) commit();
    }
    drain(options_.drain_within);
    if (failed_) return std::unexpected(*failed_);
    return {};
  }

  InboxCounters counters;

 private:
  static constexpr std::size_t poll_max = 2'000;
  static constexpr const char* inbox_sender = "inbox";

  // The record of a partition that is being filled.
  struct Open {
    Open(const CountId& count, std::uint16_t number) : partition(number), builder(count, number) {}
    std::uint16_t partition;
    RecordBuilder builder;
    std::vector<Source> sources;
    std::vector<EntryId> ids;
  };

  [[nodiscard]] bool room() {
    // Half of it must be free again before reading goes on: each pause costs a fetch.
    const std::size_t part = full_ ? 2 : 1;
    full_ = on_the_way_ >= options_.messages_max / part || bytes_ >= options_.bytes_max / part;
    return !full_;
  }

  // Who writes into the inbox is known to Kafka and not here: all of them are one sender.
  [[nodiscard]] bool may_read() const {
    return options_.limits == nullptr || options_.limits->wait_of(inbox_sender) == 0ms;
  }

  // ---- Taking

  void take(const InboxMessage& message) {
    ++counters.read;
    ++on_the_way_;
    const Source source{message.partition, message.offset};
    progress_[message.partition].taken(message.offset);
    auto accepted = accept_json(definition_, as_text(message.bytes));
    if (!accepted) return refuse(message, accepted.error());
    if (gate_) {
      if (const auto kept_out = gate_(accepted->kind, accepted->unit)) {
        return refuse(message, *kept_out);
      }
    }
    // The second of an id waits until the first is recorded.
    const auto [same_id, first] = ids_.try_emplace(accepted->id);
    if (first) return add(std::move(*accepted), source);
    bytes_ += accepted->entry.size();
    same_id->second.push_back({std::move(*accepted), source});
  }

  void refuse(const InboxMessage& message, const Refusal& refusal) {
    options_.on_refused(refusal.code);
    send({refused_,
          0,
          encode(RefusedLine{.code = std::string(refusal.code),
                             .partition = message.partition,
                             .offset = static_cast<std::uint64_t>(message.offset),
                             .sha256 = to_hex(sha256(message.bytes))}),
          {{message.partition, message.offset}},
          {}});
  }

  void add(Accepted accepted, Source source) {
    check(accepted.partition < open_.size(), "an accepted entry has a partition of its count");
    Open& open = open_[accepted.partition];
    const Envelope envelope{.sender = inbox_sender,
                            .batch = {},
                            .number = static_cast<std::uint64_t>(source.offset),
                            .inbox_partition = source.partition};
    if (!open.builder.add(accepted.id, accepted.entry, envelope)) {
      close(open);
      check(open.builder.add(accepted.id, accepted.entry, envelope), "an entry fits into a record");
    }
    open.sources.push_back(source);
    open.ids.push_back(accepted.id);
  }

  // ---- Sending

  void close(Open& open) {
    if (open.builder.empty()) return;
    send({entries_, open.partition, open.builder.finish(), std::exchange(open.sources, {}),
          std::exchange(open.ids, {})});
  }
  void close_records() {
    for (Open& open : open_) close(open);
  }

  void send(Flight flight) {
    bytes_ += flight.bytes.size();
    flights_.push_back(std::move(flight));
    append(std::prev(flights_.end()));
  }
  void append(Flights::iterator flight) {
    flight->journal->append(flight->partition, flight->bytes,
                            [outcomes = outcomes_, flight](Result<Position> result) {
                              outcomes->put(flight, std::move(result));
                            });
  }

  // ---- JournalAnswers

  // Deals with the outcomes that are there, waiting for the first.
  void settle(std::chrono::milliseconds wait) {
    for (auto& [flight, result] : outcomes_->take(wait)) {
      if (result) {
        settled(flight);
        continue;
      }
      switch (result.error().remedy) {
        case Remedy::retry:
        case Remedy::abort:
          options_.event(Event("inbox.sent_again", result.error()));
          flight->again_at = Clock::now() + options_.resend_after;
          again_.push_back(flight);
          break;
        case Remedy::stop:
          failed_ = result.error();
          break;
        case Remedy::reject:
          check(false, "a journal rejects nothing");
      }
    }
    while (!again_.empty() && again_.front()->again_at <= Clock::now()) {
      ++counters.resent;
      append(again_.front());
      again_.pop_front();
    }
  }

  void settled(Flights::iterator flight) {
    bytes_ -= flight->bytes.size();
    on_the_way_ -= flight->sources.size();
    (flight->journal == refused_ ? counters.refused : counters.recorded) += flight->sources.size();
    for (const Source& source : flight->sources)
      if (const auto found = progress_.find(source.partition); found != progress_.end())
        found->second.done(source.offset);
    for (const EntryId& id : flight->ids) {
      const auto same_id = ids_.find(id);
      if (same_id->second.empty()) {
        ids_.erase(same_id);
        continue;
      }
      WaitingEntry next = std::move(same_id->second.front());
      same_id->second.pop_front();
      bytes_ -= next.accepted.entry.size();
      add(std::move(next.accepted), next.source);
    }
    flights_.erase(flight);
  }

  // Until all that was taken is settled, or the time is up.
  void drain(std::chrono::milliseconds within) {
    const auto deadline = Clock::now() + within;
    while (on_the_way_ > 0 && !failed_ && Clock::now() < deadline) {
      close_records();
      settle(50ms);
    }
    if (on_the_way_ > 0) options_.event(Event::warning("inbox.left").with("messages", on_the_way_));
    commit();
  }

  void commit() {
    commit_at_ = Clock::now() + options_.commit_every;
    InboxOffsets offsets;
    for (const auto& [partition, progress] : progress_)
      if (const auto before = committed_.find(partition);
          progress.next() >= 0 && (before == committed_.end() || before->second != progress.next()))
        offsets[partition] = progress.next();
    if (offsets.empty()) return;
    if (const auto result = inbox_->commit(offsets); !result) {
      options_.event(Event("inbox.trouble", result.error()));  // Said again at the next turn.
      return;
    }
    for (const auto& [partition, offset] : offsets) committed_[partition] = offset;
  }

  void revoked(std::span<const std::int32_t> partitions) {
    drain(std::min(options_.drain_within, std::chrono::milliseconds(45'000)));
    for (const std::int32_t partition : partitions) {
      progress_.erase(partition);
      committed_.erase(partition);
    }
  }

  const Definition definition_;
  Inbox* inbox_;
  Journal* entries_;
  Journal* refused_;
  const InboxOptions options_;
  EntryGate gate_;

  std::unordered_map<std::int32_t, Progress> progress_;
  std::vector<Open> open_;
  // Every id on its way, with the later messages of the same id.
  std::unordered_map<EntryId, std::deque<WaitingEntry>, IdHash> ids_;
  Flights flights_;
  std::deque<Flights::iterator> again_;
  std::shared_ptr<JournalAnswers> outcomes_ = std::make_shared<JournalAnswers>();
  std::size_t on_the_way_ = 0;  // Messages taken and not settled.
  std::size_t bytes_ = 0;       // Of flights and of what is held.
  bool full_ = false;
  std::optional<Error> failed_;

  InboxOffsets committed_;
  Clock::time_point commit_at_ = Clock::now();
};

GatewayInbox::GatewayInbox(const Definition& definition, Inbox& inbox, Journal& entries,
                           Journal& refused, InboxOptions options)
    : work_(std::make_unique<Work>(definition, inbox, entries, refused, options)) {}

GatewayInbox::~GatewayInbox() = default;

Result<void> GatewayInbox::run(const std::function<bool()>& stop_asked) {
  return work_->run(stop_asked);
}

const InboxCounters& GatewayInbox::counters() const { return work_->counters; }

void watch_inbox(Metrics& metrics, const InboxCounters& counters) {
  const auto add = [&](const char* name, const char* help,
                       const std::atomic<std::uint64_t>& counter) {
    metrics.watch(name, help, true, [&counter] { return static_cast<double>(counter.load()); });
  };
  add("inbox_read_total", "Messages read from the inbox", counters.read);
  add("inbox_recorded_total", "Messages that became recorded entries", counters.recorded);
  add("inbox_refused_total", "Messages whose refusal stands in the topic `refused`",
      counters.refused);
  add("inbox_sent_again_total", "Records whose outcome was unknown, or that had to wait",
      counters.resent);
}

Result<void> run_gateway_inbox(const Config& config, const std::string& listen,
                               const std::function<bool()>& stop_asked, const OnEvent& event) {
  const auto kafka = need(config, config.kafka, "kafka");
  if (!kafka) return std::unexpected(kafka.error());
  const auto home = Home::open(config);
  if (!home) return std::unexpected(home.error());
  const std::uint16_t partitions = (*home)->count.partitions;
  std::unique_ptr<SenderLimits> limits;
  if (config.gateway) {
    auto read = sender_limits_of(*config.gateway, (*home)->rules);
    if (!read) return std::unexpected(read.error());
    limits = std::move(*read);
    // Else each message would be refused, and who wrote them would learn it late.
    if (limits && limits->closed_to("inbox")) {
      return fail(Remedy::reject, "sender.limits_invalid",
                  fmt::format("{}: others is \"nothing\", and no [[sender]] has the name \"inbox\"",
                              config.gateway->sender_limits.string()));
    }
  }

  const auto settings = [&](const std::string& topic) {
    KafkaSettings all = kafka_settings(*kafka, "gateway", topic);
    all.on_event = [event](const std::string& text) {
      event(Event::warning("kafka.said").with("text", text));
    };
    return all;
  };
  // Opens until it opens, it cannot, or nobody wants it any more (then there is nothing).
  const auto open = [&](const auto& opener) -> decltype(opener()) {
    for (;;) {
      auto opened = opener();
      if (opened || opened.error().remedy != Remedy::retry) return opened;
      if (stop_asked()) return decltype(opener()){nullptr};
      event(Event("inbox.waiting", opened.error()));
    }
  };
  const auto entries =
      open([&] { return open_kafka_journal(settings(kafka->entries), partitions); });
  if (!entries) return std::unexpected(entries.error());
  const auto refused = open([&] { return open_kafka_journal(settings(kafka->refused), 1); });
  if (!refused) return std::unexpected(refused.error());
  const auto inbox =
      open([&] { return open_kafka_inbox(settings(kafka->inbox), kafka->inbox_group); });
  if (!inbox) return std::unexpected(inbox.error());
  if (!*entries || !*refused || !*inbox) return {};

  Metrics metrics;
  GatewayInbox gateway((*home)->definition(), **inbox, **entries, **refused,
                       {.event = event,
                        .on_refused = [&metrics](Code code) { metrics.refused(code, 1); },
                        .limits = limits.get()});
  watch_inbox(metrics, gateway.counters());
  std::unique_ptr<HttpServer> server;
  if (!listen.empty()) {
    const CountFile& count = (*home)->count;
    HttpRouter router;
    add_metrics_route(router, metrics);
    add_health_route(router, [&count]() -> Health {
      return {"ready", count.id.hex(), std::string(to_text(count.mode)), count.label};
    });
    HttpServerOptions options;
    options.listen = listen;
    auto started = HttpServer::start(std::move(options), std::move(router));
    if (!started) return std::unexpected(started.error());
    server = std::move(*started);
  }
  event(Event::info("inbox.started").with("topic", kafka->inbox));
  auto result = gateway.run(stop_asked);
  const InboxCounters& counters = gateway.counters();
  event(Event::info("inbox.stopped")
            .with("read", counters.read.load())
            .with("recorded", counters.recorded.load())
            .with("refused", counters.refused.load())
            .with("sent_again", counters.resent.load()));
  return result;
}

}  // namespace teller
