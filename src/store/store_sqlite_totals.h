// How the rows of the table `totals` move with a commit. Private to the adapter (store_sqlite_commit.cc),
// which is in the transaction.
#pragma once

#include <cstdint>
#include <span>

#include "count/step.h"
#include "store/store_sqlite_client.h"

namespace teller::sqlite {

// A row that is there is updated, another one inserted. Never one INSERT … ON CONFLICT: it holds a
// negative change against the checks of a new row.
template <typename... Values>
void move_row(Statement& update, Statement& insert, const Values&... values) {
  if (update.bind(values...).run() == 0) insert.bind(values...).run();
}

// `moves` ascend by key, each key once. Throws SqlFault.
void move_totals(sqlite3* db, std::span<const TotalChange> moves, std::uint64_t commit);

}  // namespace teller::sqlite
