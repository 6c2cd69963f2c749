// What delivers result sheets to a count in this process: `teller serve`, `teller import --home`.
#pragma once

#include "deliver/deliverer.h"
#include "engine/engine.h"
#include "gateway/entry_sender.h"
#include "home/home.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

// All that is given outlives the Deliverer made of it. What is delivered is kept in the home's folder
// deliveries/.
[[nodiscard]] Deliverer::Parts home_deliverer(const Home& home, Store& store, Segments& segments,
                                              EntrySender& sender, const Clock& clock,
                                              Engine& engine);

}  // namespace teller
