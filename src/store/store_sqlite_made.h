// What a store of SQLite is made of, held against what this program makes of the same version, in memory. Private to the
// adapter (store_sqlite.h).
//
// Always true:
//   - An object (table, view, index, trigger) is ours if its text is, but for comments and blanks; one of a name that
//     is none of ours is a finding, and so is one that is not there.
//   - A cell is of the type of its column. A column that may be empty says so in its table.
//   - Tables of an older program are held as that version made them, before they are brought up. Not so the views of
//     version 4, which a later file makes anew: programs that made it had others.
//
// Costs a look at each cell: a nation's million units a second.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "store/store_sqlite_connection.h"

namespace teller::sqlite {

// In a transaction. Calls `found` with each thing that is otherwise, of a table at most a hundred cells; gives how many
// objects and columns it has looked at. Throws a SqlFault.
[[nodiscard]] std::uint64_t check_made(Connection& store,
                                       const std::function<void(std::string)>& found);

}  // namespace teller::sqlite
