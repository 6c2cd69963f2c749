#include "store/store_postgres_turn.h"

#include <thread>

#include <fmt/format.h>

#include "store/store_postgres_client.h"

namespace teller {

using postgres::Database;
using postgres::Parameters;

namespace {

constexpr std::chrono::milliseconds ask_every{50};

// The lock of each is beside that of store_postgres_schema.cc.
struct TurnWords {
  std::int64_t lock;
  Code busy;
  std::string_view done;
};

TurnWords words_of(TurnAt what) {
  switch (what) {
    case TurnAt::deliveries:
      break;
    case TurnAt::decisions:
      return {7093844, "decision.busy", "taking decisions"};
    case TurnAt::sheets:
      return {7093853, "store.unavailable", "changing a sheet"};
    case TurnAt::ready_sheets:
      return {7093854, "delivery.busy", "delivering what is ready"};
  }
  return {7093843, "delivery.busy", "delivering"};
}

}  // namespace

struct PostgresTurn::State {
  State(std::string conninfo, TurnAt at) : database(std::move(conninfo), {}), what(at) {}
  Database database;
  const TurnAt what;
};

PostgresTurn::PostgresTurn(std::string conninfo, TurnAt what)
    : state_(std::make_unique<State>(std::move(conninfo), what)) {}
PostgresTurn::~PostgresTurn() = default;

Result<std::shared_ptr<void>> PostgresTurn::take(std::chrono::milliseconds at_most,
                                                 const std::function<bool()>& stop) {
  Database& database = state_->database;
  const TurnWords words = words_of(state_->what);
  // The server asks our machine whether it is still there; these settings end with the transaction.
  if (auto begun = database.begin("begin isolation level read committed;"
                                  "set local tcp_keepalives_idle = 10;"
                                  "set local tcp_keepalives_interval = 5;"
                                  "set local tcp_keepalives_count = 3");
      !begun) {
    return std::unexpected(begun.error());
  }
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (true) {
    const auto got = database.run("select pg_try_advisory_xact_lock($1)::int::bigint",
                                  Parameters().bigint(words.lock));
    if (!got) {
      database.roll_back();
      return std::unexpected(got.error());
    }
    if (got->number(0, 0) != 0) {
      return std::shared_ptr<void>(&database,
                                   [](void* held) { static_cast<Database*>(held)->roll_back(); });
    }
    if (std::chrono::steady_clock::now() >= until || (stop && stop())) break;
    std::this_thread::sleep_for(ask_every);
  }
  database.roll_back();
  return fail(
      Remedy::retry, words.busy,
      fmt::format("another process has been {} for {} s", words.done, at_most.count() / 1000));
}

}  // namespace teller
