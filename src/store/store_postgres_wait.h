// Waiting for PostgreSQL with a limit, which libpq's own calls do not have. A wait ends without an
// answer as PostgresPatience says, and when this process was told to end and that is overdue
// (base/stop.h).
//
// Private to the adapter. The connection must be non-blocking (PQsetnonblocking).
#pragma once

#include <string>
#include <utility>

#include <libpq-fe.h>

#include "store/store_postgres.h"

namespace teller::postgres {

class Wait {
 public:
  // `what`: for whom reads that it was given up.
  Wait(PGconn* connection, std::string what, PostgresPatience patience)
      : connection_(connection), what_(std::move(what)), patience_(patience) {}

  // As PQgetResult(), which is nothing at the end of the results. Also nothing when it was given up.
  [[nodiscard]] PGresult* result();
  // As PQgetCopyData().
  [[nodiscard]] int copy_data(char** row);
  // Until all that was put is with the server's kernel; false when it was given up or is lost.
  [[nodiscard]] bool sent();

  // Why it was given up, or empty. The connection is worth nothing then.
  [[nodiscard]] const std::string& given_up() const { return given_up_; }

 private:
  [[nodiscard]] bool ready(bool to_write);
  void take_in();
  [[nodiscard]] bool server_answers() const;

  PGconn* connection_;
  std::string what_;
  PostgresPatience patience_;
  std::string given_up_;
};

// PQexec(): sends `sql`, and the answer to its last statement, or to the first that failed.
[[nodiscard]] PGresult* execute(PGconn* connection, Wait& wait, const char* sql);
// The same for what was sent already (`sent` is libpq's word for that).
[[nodiscard]] PGresult* last_result(Wait& wait, int sent);

}  // namespace teller::postgres
