// Port: deliveries of result sheets, and what became of each sheet. One of the ports of a store (store.h).
//
// What always holds:
//   - A delivery and the versions that it means to give are stored before a sheet of it is sent; so
//     whoever looks after a crash knows what may have been sent.
//   - Deliveries are numbered without a hole, whoever delivers at the same time.
//   - A delivery that is settled is never changed again.
//
// The count does not read it: of a sheet, key and version decide (schema/entry.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "election/rules.h"

namespace teller {

// A sheet of a delivery that changed something, or was not taken, and what became of it.
struct DeliveredSheet {
  UnitId unit{};
  MethodId method{};
  ContestId contest{};
  std::uint32_t version = 0;  // 0: none was given.
  std::string became = {};    // A word of deliver/delivery.h; empty: not known yet.
  std::string why = {};       // Of one that was not taken.
  [[nodiscard]] bool operator==(const DeliveredSheet&) const = default;
};

struct DeliveryRow {
  std::uint64_t number = 0;  // From 1.
  std::string source, file;
  std::optional<std::int64_t> figures_at_us = {};  // When they were true; empty: nobody said.
  std::int64_t received_at_us = 0;
  std::string act, reason, sender;
  Hash content{};               // SHA-256 of what was sent.
  std::uint64_t unchanged = 0;  // Sheets of it that stood already with the same figures.
  std::optional<std::int64_t> settled_at_us = {};  // Empty: begun, and ended by nobody yet.
  [[nodiscard]] bool operator==(const DeliveryRow&) const = default;
};

class DeliveryStore {
 public:
  virtual ~DeliveryStore() = default;

  // Stores `row` and `sheets` in one transaction. False, and nothing is stored, unless its number
  // is the next one. Errors: those of CountStore::commit().
  [[nodiscard]] virtual Result<bool> put_delivery(const DeliveryRow& row,
                                                  std::span<const DeliveredSheet> sheets) = 0;

  // In one transaction `sheets` take the place of those that stand for the delivery of this number,
  // and with `settled_at_us` it is settled. False, and nothing changes, if there is no such delivery
  // or it is settled already. Errors: as above.
  [[nodiscard]] virtual Result<bool> put_delivered(std::uint64_t number,
                                                   std::span<const DeliveredSheet> sheets,
                                                   std::uint64_t unchanged,
                                                   std::optional<std::int64_t> settled_at_us) = 0;

  // From number `first` on, at most `limit`, ascending.
  [[nodiscard]] virtual Result<std::vector<DeliveryRow>> deliveries(std::uint64_t first,
                                                                    std::uint64_t limit) = 0;
  // Those of one delivery, by unit, method and contest.
  [[nodiscard]] virtual Result<std::vector<DeliveredSheet>> delivered_sheets(
      std::uint64_t delivery) = 0;
};

}  // namespace teller
