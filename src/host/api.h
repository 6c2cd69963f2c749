// `teller api`: the process of the service form that knows what stands. It reads the store and the
// log, takes deliveries of result sheets (deliveries_route.h), sends what differs into the topic of
// entries, and says what became of what was recorded: to deliverers, and to the senders of a gateway.
// It counts nothing; that stays with the Spark job.
//
// What always holds:
//   - It may read the count and write deliveries and entries, and nothing else: accounts of its own in
//     PostgreSQL (teller_deliverer) and Kafka (api).
//   - Any number of them may run. They deliver one after the other (store/store_postgres_turn.h); where
//     that fails, the versions of sheets still hold (docs/decisions/0023-deliveries-in-the-service.md).
//   - If it dies, the same delivery again goes on, at this process or at another one.
#pragma once

#include <functional>

#include "base/error.h"
#include "base/event.h"
#include "settings/config.h"

namespace teller {

// Runs until `stop_asked` (then lets what has begun finish, 35 s at most) or until the journal fails.
// While PostgreSQL or Kafka is not there it waits for it. `event` is told what an operator should
// know, from any thread.
//
// Errors: of the config, Home, PostgresStore, HttpServer and the journal.
[[nodiscard]] Result<void> run_api(const Config& config, const std::function<bool()>& stop_asked,
                                   const OnEvent& event);

}  // namespace teller
