// A delivery that is larger than one request may be, cut into several; and their reports as one.
//
// What always holds: the same delivery is cut in the same way, so that its parts are recognised when they
// are sent again. Sheets of one contest lie together, for a contest's units are compared with each other
// (deliver/plan.h): of a contest that is itself cut, a county's sheet beside its precincts' is found once
// the part before it is counted.
//
// Pure; safe from any thread. Called by DeliveryClient.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "deliver/delivery.h"
#include "election/definition.h"

namespace teller {

// Below what a server takes (HttpServerOptions::body_bytes_max), with room for a proxy's own limit.
inline constexpr std::size_t delivery_part_bytes_max = 15U << 20;

// Bodies of POST /v1/deliveries, each of at most `bytes_max` unless a single sheet is larger.
[[nodiscard]] std::vector<std::string> bodies_of(const Delivery& delivery,
                                                 const Definition& definition,
                                                 std::size_t bytes_max = delivery_part_bytes_max);

// What became of all parts, of what report_json() said of each. With more than one there is a member
// "deliveries", the numbers of those that were stored. Errors: reject http.answer_invalid.
[[nodiscard]] Result<std::string> joined_reports(std::span<const std::string> reports);

}  // namespace teller
