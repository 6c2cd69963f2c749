// What a feed took and what became of it, for whoever started it: a line for each delivery, what of its file
// was refused, and a last summary; or JSON, a line each.
#pragma once

#include <string>

#include "election/rules.h"
#include "feed/feed.h"

namespace teller::cli {

// To stdout. `partial`: sheets of which a row was refused are taken in part.
void print_feed_delivery(const FeedDelivery& delivery, const Rules& rules, bool partial, bool json);
void print_feed_summary(const FeedSummary& summary, bool json);

}  // namespace teller::cli
