// Versions of the tables in PostgreSQL: how far they are, who may change them, and the files of
// schema/sql/postgres that bring them up. Private to the adapter (store_postgres.h).
//
// Always true:
//   - Forward only: a file that has run is never run again, and none is undone.
//   - Whoever changes the tables holds lock_schema(): two that begin at once wait for each other.
//
// Errors: reject store.newer (the tables are a newer program's), reject store.older (they are an
// older one's and the account is not their owner); those of store_postgres_client.h.
#pragma once

#include <cstddef>
#include <string>

#include "store/store_postgres_client.h"

namespace teller::postgres {

// How far the tables are, and whether we may change them.
struct Schema {
  bool there = false, ours = false;
  std::size_t version = 0;  // How many of the files it has run; 0: no count yet.
  [[nodiscard]] bool up_to_date() const;
};

// Held until the transaction ends.
[[nodiscard]] Result<void> lock_schema(Database& database);
[[nodiscard]] Result<Schema> read_schema(Database& database);
[[nodiscard]] Result<void> may_be_used(const Schema& schema);
// Runs the files that are missing.
[[nodiscard]] Result<void> bring_up(Database& database, const Schema& schema);
// Where the count is published after the close of voting (that its head row says): the pub_* views have no row until officers have
// closed it in every partition. For tables that are up to date, in the transaction that made them so.
[[nodiscard]] Result<void> hold_back(Database& database);
[[nodiscard]] Result<bool> is_published_after_close(Database& database);
// The same for the views of the schema with this oid (in SQL), whatever a head row says. It replaces each view in its place, so that
// rights and what is made of it stay; what is held back already stays as it is.
[[nodiscard]] Result<void> hold_back_views(Database& database, const char* schema);
// The first `version` files, at most all of them, without grants: any account that may make tables can run it.
[[nodiscard]] std::string schema_without_rights(std::size_t version);

}  // namespace teller::postgres
