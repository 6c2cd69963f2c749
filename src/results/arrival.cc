#include "results/arrival.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/random.h"
#include "count/step.h"

namespace teller {
namespace {

using Row = BoundResults::Row;

}  // namespace

Hash derived_key(ByteView secret, std::string_view text) {
  check(secret.size() == 32, "an import's secret has 32 bytes");
  Bytes bytes(secret.begin(), secret.end());
  ByteWriter(bytes).raw(text);
  return sha256(bytes);
}

std::uint64_t derived_seed(ByteView secret, std::string_view text) {
  const Hash hash = derived_key(secret, text);
  std::uint64_t seed;
  std::memcpy(&seed, hash.data(), sizeof(seed));
  return seed;
}

std::vector<std::span<const Row>> by_arrival(const BoundResults& results, ByteView secret) {
  const std::uint64_t seed = derived_seed(secret, "order");
  struct Arrival {
    double time;
    std::span<const Row> rows;
  };
  std::vector<Arrival> arrivals;
  const std::span<const Row> rows = results.rows;
  for (std::size_t from = 0, to = 0; from < rows.size(); from = to) {
    std::uint64_t votes = 0;
    for (to = from; to < rows.size() && rows[to].unit == rows[from].unit; ++to) {
      if (rows[to].column < slot::first_counter) votes += rows[to].value;
    }
    const double pace = 0.5 + SeededRandom(seed, rows[from].unit.value).unit();
    arrivals.push_back({static_cast<double>(votes) * pace, rows.subspan(from, to - from)});
  }
  std::sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) {
    return std::pair(a.time, a.rows.front().unit) < std::pair(b.time, b.rows.front().unit);
  });
  std::vector<std::span<const Row>> ordered;
  for (const Arrival& arrival : arrivals) ordered.push_back(arrival.rows);
  return ordered;
}

Result<void> check_counted_from(const BoundResults& results, const Rules& rules, CountedFrom from) {
  for (const Row& row : results.rows) {
    if (rules.counted_from(row.contest, row.method, from)) continue;
    const bool ballots = from == CountedFrom::ballots;
    return fail(Remedy::reject, "import.counted_from",
                fmt::format("the rules count {} by {} from {}", rules.contest(row.contest).id,
                            rules.methods.at(row.method.value).id,
                            ballots ? "result sheets: import without --synthesise-ballots"
                                    : "ballots: import with --synthesise-ballots, or change "
                                      "counted_from in the rules"));
  }
  return {};
}

}  // namespace teller
