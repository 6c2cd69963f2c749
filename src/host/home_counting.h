// Counts into a home for as long as one command takes (`teller load --home`, `teller import --home`): with journal,
// segments, store and engine, without a server, and with one statement at the end.
//
// Threads: the engine's. `event` and the recorder's answers come from any thread; the rest is
// called from one.
//
// Errors: what keeps it from starting is open()'s. What ends the counting later makes broken() true,
// and finish() says it: whoever sends entries stops then.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "deliver/deliverer.h"
#include "deliver/delivery_history.h"
#include "gateway/recorder.h"
#include "home/home.h"
#include "outcomes/outcome_reader.h"

namespace teller {

class HomeCounting {
 public:
  // It holds the lock of the home until it is destroyed.
  // Errors: of Home, lock_folder(), the store, the journal and the engine; stop log.rollback (what
  // has been published is ahead of the store; asked only where the key is).
  [[nodiscard]] static Result<std::unique_ptr<HomeCounting>> open(
      const std::filesystem::path& home, std::function<void(const std::string&)> event);
  ~HomeCounting();
  HomeCounting(const HomeCounting&) = delete;
  HomeCounting& operator=(const HomeCounting&) = delete;

  [[nodiscard]] const Home& home() const;
  // To send entries to; safe from any thread.
  [[nodiscard]] Recorder& recorder();
  // To deliver result sheets; from any thread.
  [[nodiscard]] Deliverer& deliverer();
  // What was delivered, and the history of sheets; as far as it is counted.
  [[nodiscard]] DeliveryHistory& history();
  // Whether anything about votes may be told: reject publication.before_close; those of the store.
  [[nodiscard]] Result<void> may_tell();
  // What became of what was recorded. Once finish() has returned.
  [[nodiscard]] OutcomeReader& outcomes();
  // Whether it has stopped counting for good. Any thread.
  [[nodiscard]] bool broken() const;
  // Waits until all that is recorded is counted, and states it.
  // Errors: what broke it; those of Home::signer() and Publisher::run_once().
  [[nodiscard]] Result<void> finish();

 private:
  struct Parts;
  explicit HomeCounting(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace teller
