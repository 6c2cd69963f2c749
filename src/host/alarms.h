// Sends new findings of the checks to an address of the office (a webhook), in a thread of its own: an
// error or a warning that was not told yet is told once, and one that is gone and comes back is told
// again.
//
// What always holds:
//   - Nothing waits for the receiver: neither counting nor the checks.
//   - A message stands in alarms.state of the home before it is sent, and is taken out when the receiver
//     has answered that it has it. A process that is killed in between sends the same bytes again, with
//     the same id: a receiver may get a message twice, and never misses one.
//   - What the receiver does not take is tried again after 1, 2, 4 … seconds up to five minutes, or later,
//     if `Retry-After` asks, but never after more than five minutes. What is new until then comes in the
//     next message; a finding that is gone before it was told is not told.
//   - The secret, and the path of the address (which often is one), stand in no line for the operator.
//
// take() is called from one thread; watch() before the metrics are read.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/event.h"
#include "base/hash.h"
#include "base/repeating.h"
#include "base/time.h"
#include "checks/check_count.h"
#include "checks/check_rules.h"
#include "home/home.h"
#include "host/last_found.h"
#include "http/http_client.h"
#include "http/metrics.h"

namespace teller {

class Alarms {
 public:
  struct Options {
    const Home* home;
    const Clock* clock;
    std::string url;               // With its path; https, or http on this machine.
    std::filesystem::path secret;  // Its first line; 16 bytes or more, and nobody else's to read.
    OnEvent event;
  };
  // What `options` points to outlives it. Errors: reject http.client_invalid (address, secret or
  // alarms.state cannot be used); those of read_file().
  [[nodiscard]] static Result<std::unique_ptr<Alarms>> open(Options options);

  // What the checks found, as of a commit.
  void take(const CheckRules& rules, const CountChecked& checked, std::uint64_t commit);

  // Adds alarms_waiting and alarms_told_total; `alarms` may be nothing, and outlives the last text().
  static void watch(Metrics& metrics, const Alarms* alarms);

 private:
  // What is kept in the file.
  struct State {
    std::set<Hash> told;        // That are still found, as far as is known.
    std::vector<Hash> waiting;  // What `message` tells.
    std::string message;        // On its way; empty: nothing is.
  };

  Alarms(Options options, std::string path, std::string secret, HttpClient client, State state);
  [[nodiscard]] static Result<State> read_state(const std::filesystem::path& file);
  [[nodiscard]] Result<void> keep(State state);
  [[nodiscard]] bool pass();
  [[nodiscard]] Result<void> make_message();
  [[nodiscard]] Result<void> send();
  void put_off(std::chrono::seconds at_least);

  const Options options_;
  const std::string path_, secret_;
  HttpClient client_;
  // Of the thread.
  State state_;
  std::chrono::steady_clock::time_point next_{};
  std::chrono::seconds pause_{1};
  std::string wrong_;  // What was told to the operator last.

  LastFound found_;
  std::atomic<std::uint64_t> waiting_{0}, told_{0};
  std::optional<Repeating> thread_;  // The last member: it uses all others.
};

}  // namespace teller
