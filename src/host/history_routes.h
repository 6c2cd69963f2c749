// GET /v1/deliveries, /v1/deliveries/7 and /v1/sheets?unit=…&contest=…&method=…: what was delivered,
// and the history of sheets (deliver/delivery_history.h; schema/http.yaml).
//
//   400  the number or the query cannot be read
//   404  there is no such delivery, or no such sheet
//   503  the store or the log cannot be read now
#pragma once

#include <functional>
#include <string>

#include "deliver/delivery_history.h"
#include "http/http_server.h"

namespace teller {

// `history` outlives the server. It reads disks, so `elsewhere` runs it on other threads than the
// server's own.
void add_history_routes(
    HttpRouter& router, DeliveryHistory& history,
    std::function<void(const std::string& sender, std::function<void()> work)> elsewhere);

}  // namespace teller
