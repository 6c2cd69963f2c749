#include "store/store_postgres_wait.h"

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <poll.h>

#include "base/stop.h"

namespace teller::postgres {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

}  // namespace

PGresult* Wait::result() {
  for (;;) {
    const bool more = PQflush(connection_) > 0;
    if (!more && PQisBusy(connection_) == 0) return PQgetResult(connection_);
    if (!ready(more)) return nullptr;
    take_in();
    // What PQgetResult() says of a lost connection it says at once.
    if (PQstatus(connection_) != CONNECTION_OK) return PQgetResult(connection_);
  }
}

int Wait::copy_data(char** row) {
  for (;;) {
    const int size = PQgetCopyData(connection_, row, 1);
    if (size != 0) return size;
    if (!ready(false)) return -2;
    take_in();
    if (PQstatus(connection_) != CONNECTION_OK) return -2;
  }
}

bool Wait::sent() {
  for (;;) {
    const int more = PQflush(connection_);
    if (more <= 0) return more == 0;
    if (!ready(true)) return false;
    take_in();
  }
}

// More than once: a TLS record is longer than what libpq reads at a time, and its rest is no longer
// in the socket that ready() looks at.
void Wait::take_in() {
  for (int i = 0; i < 3; ++i)
    if (PQconsumeInput(connection_) == 0) return;
}

bool Wait::ready(bool to_write) {
  const auto began = Clock::now();
  auto asked = began;
  for (;;) {
    pollfd socket{PQsocket(connection_), static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN),
                  0};
    if (::poll(&socket, 1, 200) > 0) return true;
    const auto now = Clock::now();
    std::string_view why;
    if (now - began >= patience_.silence_max)
      why = "the time is up";
    else if (stop_overdue() && now - began >= 1s)
      why = "this process was told to end";
    else if (now - asked >= patience_.ask_after) {
      if (!server_answers()) why = "it answers no other connection either";
      asked = Clock::now();
    }
    if (why.empty()) continue;
    given_up_ = fmt::format(
        "PostgreSQL has said nothing for {} s to '{}', and {}",
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began).count(), what_, why);
    return false;
  }
}

bool Wait::server_answers() const {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfo(connection_), &PQconninfoFree);
  std::vector<const char*> names, values;
  for (const PQconninfoOption* one = options.get(); one != nullptr && one->keyword != nullptr;
       ++one) {
    if (one->val == nullptr || std::string_view(one->keyword) == "connect_timeout") continue;
    names.push_back(one->keyword);
    values.push_back(one->val);
  }
  names.insert(names.end(), {"connect_timeout", nullptr});
  values.insert(values.end(), {"5", nullptr});
  // One that refuses is alive: what it has to say comes on our own connection.
  return PQpingParams(names.data(), values.data(), 0) != PQPING_NO_RESPONSE;
}

PGresult* execute(PGconn* connection, Wait& wait, const char* sql) {
  return last_result(wait, PQsendQuery(connection, sql));
}

PGresult* last_result(Wait& wait, int sent) {
  PGresult* last = nullptr;
  while (sent == 1) {
    PGresult* next = wait.result();
    if (next == nullptr) break;
    PQclear(last);
    last = next;
    const ExecStatusType status = PQresultStatus(last);
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) break;
  }
  if (!wait.given_up().empty()) {
    PQclear(last);
    return nullptr;
  }
  return last;
}

}  // namespace teller::postgres
