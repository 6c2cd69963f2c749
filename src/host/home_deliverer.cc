#include "host/home_deliverer.h"

#include "deliver/kept_deliveries.h"

namespace teller {

Deliverer::Parts home_deliverer(const Home& home, Store& store, Segments& segments,
                                EntrySender& sender, const Clock& clock, Engine& engine) {
  return {.definition = home.definition(),
          .store = &store,
          .segments = &segments,
          .sender = &sender,
          .clock = &clock,
          .counted = [&engine] { return engine.drain(); },
          .keep =
              [&home](const DeliveryRow& row, const Delivery& delivery) {
                return keep_delivery(home.deliveries(), row, delivery, home.definition());
              },
          .keep_settled =
              [&home](const DeliveryRow& row, std::span<const DeliveredSheet> sheets) {
                return keep_settled(home.deliveries(), row, sheets);
              }};
}

}  // namespace teller
