// Where a count stands while a decision about it is made: what every decision asks first.
#pragma once

#include <string>

#include "base/error.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "publish/status.h"
#include "store/store.h"

namespace teller {

struct CountNow {
  Snapshot snapshot;
  StageReached stage;
};

// Whether the count stands where `action` is possible. Errors: reject control.no_officers, control.reason_missing,
// control.stage (where it stands, in words); those of check_status() and of the store.
[[nodiscard]] Result<CountNow> count_now(const CountFile& count, Store& store,
                                         Control::Action action, const std::string& reason);

}  // namespace teller
