// Keeps what was delivered, and what became of it, in the count's home beside the store. The files are 0600, as all
// that is not published.
//
//   deliveries/000001.ndjson    the body of POST /v1/deliveries, so that it can be delivered again
//   deliveries/000001.settled   what the store says of it and of its sheets, once that is for good; the body's
//                               SHA-256, and from which delivery on there is such a file
//
// What always holds: the body is there before the first sheet is sent, and the other file before the store
// says that the delivery is settled. So a delivery that is settled has both, unless a program that wrote
// only the first settled it. The store says the same a second time, and check_kept_deliveries() holds them
// against each other: who changes one of them is found. Neither is signed: whoever may change both is not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "deliver/delivery.h"
#include "election/definition.h"
#include "store/store.h"

namespace teller {

// Errors: those of files.
[[nodiscard]] Result<void> keep_delivery(const std::filesystem::path& folder,
                                         const DeliveryRow& row, const Delivery& delivery,
                                         const Definition& definition);
// `row` as it will be settled, and all its sheets. Errors: those of files.
[[nodiscard]] Result<void> keep_settled(const std::filesystem::path& folder, const DeliveryRow& row,
                                        std::span<const DeliveredSheet> sheets);

struct KeptDeliveries {
  std::uint64_t compared = 0;            // Deliveries.
  std::vector<std::string> differences;  // Each names a file.
  // Without the second file, for a program that wrote none: only the first was compared.
  std::uint64_t not_settled = 0;
  std::uint64_t elsewhere = 0;  // Not in this folder, where that may be.
  // Files of deliveries from before a recovery, of which the store knows nothing.
  std::uint64_t foreign = 0;
};

// Whether all deliveries of the count must be in the folder: those that another process of a service has taken are
// in its own home.
enum class Kept : std::uint8_t { all_here, in_part };

// A delivery that is begun meanwhile is no difference.
// Errors: those of the store; of files only where it cannot look.
[[nodiscard]] Result<KeptDeliveries> check_kept_deliveries(const std::filesystem::path& folder,
                                                           Store& store,
                                                           const Definition& definition, Kept kept);
// What could not be compared: "3 deliveries were settled by a program that did not keep what became of them"; mostly empty.
[[nodiscard]] std::string in_words(const KeptDeliveries& kept);

}  // namespace teller
