// One entry as it was recorded, found by its place in the journal.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "election/count_file.h"
#include "journal/journal.h"
#include "store/count_store.h"

namespace teller {

// Its bytes, which must have this leaf hash. Errors: those of Journal; stop journal.gap (the record is gone),
// journal.corrupt (it has no such entry, or another one), journal.record_invalid.
[[nodiscard]] Result<Bytes> recorded_entry(Journal& journal, const CountFile& count,
                                           const EntryPlace& place, const Hash& leaf);

}  // namespace teller
