// The store of a home, held against what lies beside it.
//
// A store that was lost, emptied or set back still answers, with other numbers than were counted.
// What counted beside it remembers: the segments of its steps, its journal, what was published. So
// whoever reads or goes on with a home's store opens it here, and "0" is said only of a count that
// has nothing else.
//
// Not for `init`, which makes the store, nor for `recover`, which mends one.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "home/home.h"
#include "log/segments.h"
#include "store/store_sqlite.h"

namespace teller {

enum class StoreUse : std::uint8_t {
  look,  // Read only; others may be counting.
  count,  // The caller holds the home's lock. Tables of an older program are changed to this program's.
};

// Errors: reject count.none (nothing was ever counted here), store.missing (the file is gone, and
// something else is there); those of check_private(), SqliteStore and Store::open().
[[nodiscard]] Result<std::unique_ptr<SqliteStore>> open_home_store(const HomeFolder& home,
                                                                   StoreUse use);

// A home is as private as its key: whoever reads it can count it. Errors: reject
// home.open_to_others. On media that nobody can write, its rights are those of the media.
[[nodiscard]] Result<void> check_private(const HomeFolder& home);

// Whether the store is not behind what lies beside it: `published`, and `segments` if given.
// Safe while others count, since the store is asked again after what lies beside it.
// Errors: stop log.rollback (more was published), store.behind (segments of later steps, or more
// audit lines were signed); those of the store.
[[nodiscard]] Result<void> check_not_behind(const HomeFolder& home, Store& store,
                                            const std::filesystem::path& published,
                                            Segments* segments);
// The same of a home: with its own segments and journal. `use`: one who counts has the lock, and
// may have died before his first commit; when nobody has it, segments of nothing are a finding.
// Audit lines that are gone keep nobody from counting: that is the publisher's audit.corrupt.
[[nodiscard]] Result<void> check_not_behind(const HomeFolder& home, Store& store, StoreUse use);

// Whether the second place of what is published can be asked. Who reads a home whose second place is
// away cannot know whether the home was set back as a whole, and says so: is_away() is the sentence.
// Errors: reject home.second_place (it is there, and not this count's).
enum class SecondPlace : std::uint8_t { none, there, away };
[[nodiscard]] Result<SecondPlace> look_at_second_place(const HomeFolder& home);
[[nodiscard]] std::string is_away(const HomeFolder& home);

// The second place of what is published, before anything is counted: `wanted` is named from now on
// (a folder that is there, or can be made, and holds no other count); without it, or if it is the one
// that was named before, that must be there as it was left. What is not mounted must not look like a
// new place. Errors: reject home.second_place; those of files.
[[nodiscard]] Result<void> settle_second_place(HomeFolder& home,
                                               const std::filesystem::path& wanted);

// Whether it holds what counting leaves behind: segments, a journal, published files.
[[nodiscard]] bool was_counted_in(const HomeFolder& home);

// Whether its `init` did not come to its end: nothing was counted, and its store is not there, empty, or
// without the first line of the audit log.
[[nodiscard]] bool is_only_begun(const HomeFolder& home);

}  // namespace teller
