// The embedded form of a count (`teller serve`): one process takes entries over HTTP, records them,
// counts them, and publishes. This puts its parts together, along the flow:
//
//   home, store, journal, segments ─▶ engine ─▶ publisher ─▶ public log ─▶ reconciler ─▶ HTTP server
//
// and ends them backwards: nothing new comes in, then what is recorded is counted and stated.
//
// Threads: the engine, the publisher, the public log, the reconciler and the HTTP server have their
// own, and each reads the store through a connection that no slower one uses. start(), stop() and
// the destructor are called from one thread, after install_stop_signals().
//
// Errors: what keeps it from starting is start()'s. What ends it later (a disk that is full, a
// store that was put back to an older copy) makes broken() true and is told to `event`; the host
// then calls stop() and exits. After a crash the next start goes on: nothing acknowledged is lost.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/event.h"
#include "checks/check_rules.h"

namespace teller {

class Embedded {
 public:
  struct Options {
    std::filesystem::path home;
    std::string listen;  // As in HttpServerOptions; so are these five.
    std::string certificate = {}, key = {}, client_ca = {}, tokens = {};
    std::vector<std::string> page_origins = {};
    std::filesystem::path sender_limits = {};  // SenderLimits::read(); empty: none.
    std::filesystem::path persons = {};        // read_persons(); empty: no provider of identities.
    CheckRules check_rules = default_check_rules();  // What /metrics tells findings of.
    std::string alarm_url = {};  // Where they are sent (Alarms); empty: nowhere.
    std::filesystem::path alarm_secret = {};
    std::filesystem::path also_publish = {};  // settle_second_place(); empty: as it was.
    unsigned approval_hours = 24;             // How long a decision waits for signatures.
    std::chrono::seconds keep_totals{0};      // How often EarlierTotals are kept; 0: never.
    bool publish = true;  // False: no statement is made, and the key is not read.
    // What an operator should know, from any thread.
    OnEvent event;
  };

  // Returns when it serves. It holds the lock of the home until it is destroyed.
  // Errors: of Home, lock_folder(), read_persons(), the store, the journal, the engine and HttpServer; stop
  // log.rollback (what has been published is ahead of the store).
  [[nodiscard]] static Result<std::unique_ptr<Embedded>> start(Options options);
  // Ends all threads, without waiting for what is recorded to be counted.
  ~Embedded();
  Embedded(const Embedded&) = delete;
  Embedded& operator=(const Embedded&) = delete;

  [[nodiscard]] std::string url() const;
  // Whether it has stopped counting or publishing for good. Any thread.
  [[nodiscard]] bool broken() const;
  // Answers what has begun, counts what is recorded, states what is counted, and ends all threads.
  // Once. What it cannot finish makes broken() true.
  void stop();

 private:
  struct Parts;
  explicit Embedded(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace teller
