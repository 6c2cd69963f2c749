// A turn that one process at a time has, of all that share a count's database: an advisory lock of
// PostgreSQL, held by a transaction that does nothing else.
//
// Always true:
//   - Whoever dies, or loses his connection, has lost the turn, and the next one gets it. A machine
//     that is gone is noticed within half a minute.
//   - It is a courtesy and no right: who has lost it without knowing may go on for a moment. What must
//     not happen twice is held by what is written (store/delivery_store.h), not by this.
//
// Call take() again only when what it gave is gone. Any thread may call it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"

namespace teller {

// What they have turns at: each has its own. `sheets`: changing one that two people type; `ready_sheets`:
// delivering those on which they agree.
enum class TurnAt { deliveries, decisions, sheets, ready_sheets };

class PostgresTurn {
 public:
  // `conninfo` as PostgresStore has it. Connects when the turn is first taken.
  explicit PostgresTurn(std::string conninfo, TurnAt what = TurnAt::deliveries);
  ~PostgresTurn();

  // Waits for the turn, `at_most` so long or until `stop` says so; it is given back when what this
  // gives is destroyed, before this is.
  // Errors: retry delivery.busy, decision.busy (others have it), store.unavailable (so do they, of `sheets`, or it is
  // away); stop store.io.
  [[nodiscard]] Result<std::shared_ptr<void>> take(std::chrono::milliseconds at_most,
                                                   const std::function<bool()>& stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace teller
