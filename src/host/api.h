// `teller api`: the process of the service form that knows what stands. It reads the store and the
// log, takes deliveries of result sheets (deliveries_route.h), sends what differs into the topic of
// entries, and says what became of what was recorded: to deliverers, and to the senders of a gateway.
// Persons ask it under /v1/officer/ (officer_routes.h), hand in decisions, which it records, and type
// result sheets (entering_routes.h), which it delivers. It counts nothing; that stays with the Spark job.
//
// What always holds:
//   - It may read the count, write deliveries and entries, let decisions wait, keep sheets that are typed, and
//     add the audit lines of persons' requests (schema/sql/017_entered_sheets.sql), and nothing else: accounts
//     of its own in PostgreSQL (teller_deliverer) and Kafka (api).
//   - Any number of them may run. They deliver one after the other, take decisions and change typed sheets so
//     (store/store_postgres_turn.h); where that fails, the versions of sheets still hold
//     (docs/decisions/0023-deliveries-in-the-service.md), and no signature and no typing is lost
//     (store/approval_rows.h, store/entered_rows.h).
//   - Tokens of persons are those of the home that its config names, read again when they change.
//   - If it dies, the same delivery again goes on, at this process or at another one; a typed sheet that is
//     ready is delivered by another one without being asked.
#pragma once

#include <functional>

#include "base/error.h"
#include "base/event.h"
#include "checks/check_rules.h"
#include "settings/config.h"

namespace teller {

// Runs until `stop_asked` (then lets what has begun finish, 35 s at most) or until the journal fails.
// While PostgreSQL or Kafka is not there it waits for it. `event` is told what an operator should
// know, from any thread.
//
// Errors: of the config, Home, PostgresStore, HttpServer and the journal.
// `checks`: of sheets that are typed.
[[nodiscard]] Result<void> run_api(const Config& config, const CheckRules& checks,
                                   const std::function<bool()>& stop_asked, const OnEvent& event);

}  // namespace teller
