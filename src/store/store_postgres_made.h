// What a store of PostgreSQL is made of, held against what this program makes of the same version, on the same server. Private
// to the adapter (store_postgres.h).
//
// PostgreSQL keeps no text of a view: it tells one in words of its own, which change with its version. So the schema files are
// run once more, as temporary tables and views beside the store that nobody else sees and that are rolled back, and the server
// describes both. What it says of its own is what it has to say of the store: no text is believed that somebody could write, and
// no list of versions has to be kept.
//
// Always true:
//   - All that is in the schema is ours by name and description, or a finding: tables and their columns, views, indexes,
//     constraints, triggers, rules, policies, tables that inherit from ours; and whatever else there is in it, a function above
//     all, which a view could call by the name of one of the server's.
//   - An account that may make no temporary tables cannot look, and that is a finding: rights can be taken too.
//   - A store that came out of a dump is as good: what the server says of a view is not word for word what it says of the view
//     that is made of those words (of later parts of a union it names the columns then). Both are held to be ours.
//   - A hash or an id is as long as it is read (sized_columns.h).
//   - Rights, and settings of a table that say how it is kept, are not held.
//
// What it cannot find: a server that says something else than it does. Its superuser could make one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "store/store_postgres_client.h"

namespace teller::postgres {

// How a server describes what this program makes; asked once of each.
struct AsMade {
  std::string server;       // Its version, in its own words.
  std::size_t version = 0;  // Of the tables; 0: not asked yet.
  bool held_back = false;   // Views of a count that is published after the close of voting.
  using Objects = std::map<std::pair<std::string, std::string>, std::string>;
  Objects objects;   // "view", "pub_options": what it is
  Objects restored;  // The same, its views made of the server's own words.
};

// In a transaction that is rolled back, whatever it gives. Calls `found` with each thing that is otherwise; gives how many
// things it has looked at. Errors: those of store_postgres_client.h and may_be_used().
[[nodiscard]] Result<std::uint64_t> check_made(Database& database, AsMade& made,
                                               const std::function<void(std::string)>& found);

}  // namespace teller::postgres
