// `teller gateway`: the front of the service form. It takes entries over HTTPS, accepts or refuses
// each, and acknowledges what all in-sync replicas of Kafka's topic `entries` have. It knows no
// total, has no state of its own, and any number of them run side by side.
//
// If the process dies here: whoever has no answer sends the same again, and a copy that was
// recorded already is a duplicate.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/event.h"
#include "gateway/entries_endpoint.h"
#include "gateway/recorder.h"
#include "gateway/sender_limits.h"
#include "http/http_server.h"
#include "http/metrics.h"
#include "settings/config.h"

namespace teller {

// What a gateway serves; schema/http.yaml describes each of these routes.
[[nodiscard]] HttpRouter gateway_router(const Definition& definition, Recorder& recorder,
                                        Metrics& metrics, std::function<Health()> health,
                                        BodyWorkers* workers = nullptr,
                                        SenderLimits* limits = nullptr);

// What each sender may send, where the table names a file of it; null where it names none. No program
// with a table knows when voting opens. Errors: reject sender.limits_invalid.
[[nodiscard]] Result<std::unique_ptr<SenderLimits>> sender_limits_of(const Config::Https& https,
                                                                     const Rules& rules);

// Runs until `stop_asked` (then lets what has begun finish, 35 s at most) or until the journal
// fails. While Kafka is not there it waits for it. `event` is told what an operator should know,
// from any thread.
//
// Errors: of the config, Home, HttpServer and the journal.
[[nodiscard]] Result<void> run_gateway(const Config& config,
                                       const std::function<bool()>& stop_asked,
                                       const OnEvent& event);

}  // namespace teller
