// What each sender may send: entries of which units, how many a second, and whether it is a voting
// place, whose ballots come between the opening and the closing of voting.
//
// What always holds:
//   - Every way by which a known sender's entries come in asks here: POST /v1/entries, POST
//     /v1/deliveries and the inbox (whose sender is "inbox").
//   - An entry of a unit that is not the sender's is refused by itself; its neighbours are taken.
//   - What is above the rate is refused as a whole before anything of it is recorded, with the time
//     after which the same is taken. A body larger than the burst is taken when the burst is free,
//     and waited for afterwards; so over any time no more than rate x time + one body comes in.
//   - A decision of officers is of no unit: its signatures say who decides, whoever brings it.
//   - Each process counts by itself: of two gateways a sender has the rate twice.
//
// Safe from any thread; what it is made of (the rules) outlives it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/decisions.h"
#include "http/http_server.h"
#include "intake/accept.h"

namespace teller {

class TomlTable;

class SenderLimits {
 public:
  using Clock = std::chrono::steady_clock;
  struct Host {
    // Where the count stands, as far as it is committed; empty: this process does not know it, and a
    // file with voting places is refused.
    std::function<Result<Stage>()> stage = {};
    std::function<Clock::time_point()> now = Clock::now;  // Another clock in a test.
  };
  // Errors: reject sender.limits_invalid.
  [[nodiscard]] static Result<std::unique_ptr<SenderLimits>> read(const std::filesystem::path& file,
                                                                  const Rules& rules, Host host);
  [[nodiscard]] static Result<std::unique_ptr<SenderLimits>> parse(std::string_view toml,
                                                                   const std::string& name,
                                                                   const Rules& rules, Host host);

  // Before a body is read: what to answer a sender that may send nothing (403), or has sent too much
  // for now (429 with Retry-After).
  [[nodiscard]] std::optional<HttpResponse> closed_to(std::string_view sender);
  // Which entries of one body are refused. Asks once for the stage: 503 where that cannot be told.
  [[nodiscard]] Result<EntryGate> gate(std::string_view sender) const;
  // When a body is read, and before any of it is recorded: takes so many entries off what the sender
  // may send, or says that it sends too fast (429).
  struct TooFast {
    std::string detail;
    std::uint64_t retry_after_s = 1;
    [[nodiscard]] HttpResponse response() const;
  };
  [[nodiscard]] std::optional<TooFast> charge(std::string_view sender, std::uint64_t entries);

  // The same for who has no one to answer: how long to wait before more is read.
  [[nodiscard]] std::chrono::milliseconds wait_of(std::string_view sender);
  void charge_late(std::string_view sender, std::uint64_t entries);

 private:
  struct Sender {
    std::optional<std::vector<UnitId>> units;  // Ascending; none: all.
    std::uint64_t entries_per_s = 0;           // 0: as many as come.
    std::uint64_t burst = 0;
    bool voting_place = false;
    // What may be sent at `at`; below 0 after a body that was larger than the burst.
    double free = 0;
    Clock::time_point at{};
  };
  SenderLimits(const Rules& rules, Host host) : rules_(rules), host_(std::move(host)) {}
  void read_file(const TomlTable& root);
  [[nodiscard]] Sender read_sender(const TomlTable& table) const;
  [[nodiscard]] const Sender* find(std::string_view sender) const;
  [[nodiscard]] bool is_of(const Sender& sender, UnitId unit) const;
  // How long until so many may be sent.
  [[nodiscard]] std::chrono::milliseconds wait_for(Sender& sender, std::uint64_t entries);

  const Rules& rules_;
  const Host host_;
  bool others_ = false;  // Whether who is not named may send everything.
  std::mutex mutex_;     // For `free` and `at`.
  std::map<std::string, Sender, std::less<>> senders_;
};

}  // namespace teller
