#include "store/store_postgres_turn.h"

#include <thread>

#include <fmt/format.h>

#include "store/store_postgres_client.h"

namespace teller {

using postgres::Database;
using postgres::Parameters;

namespace {

constexpr std::int64_t lock_number = 7093843;  // Beside that of store_postgres_schema.cc.
constexpr std::chrono::milliseconds ask_every{50};

}  // namespace

struct PostgresTurn::State {
  explicit State(std::string conninfo) : database(std::move(conninfo), {}) {}
  Database database;
};

PostgresTurn::PostgresTurn(std::string conninfo)
    : state_(std::make_unique<State>(std::move(conninfo))) {}
PostgresTurn::~PostgresTurn() = default;

Result<std::shared_ptr<void>> PostgresTurn::take(std::chrono::milliseconds at_most,
                                                 const std::function<bool()>& stop) {
  Database& database = state_->database;
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
                                  Parameters().bigint(lock_number));
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
  return fail(Remedy::retry, "delivery.busy",
              fmt::format("another process has been delivering for {} s", at_most.count() / 1000));
}

}  // namespace teller
