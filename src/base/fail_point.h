// Places where a test kills the process: TELLER_FAIL_POINT=engine.after_commit:3 ends it with
// SIGKILL the third time that place is reached, as if the power had gone. Costs one load of a flag
// where none is set. Every boundary between two writes has one.
#pragma once

#include <string_view>

namespace teller {

namespace internal {
extern const bool fail_points_set;
void fail_point_reached(std::string_view name);
}  // namespace internal

inline void fail_point(std::string_view name) {
  if (internal::fail_points_set) [[unlikely]]
    internal::fail_point_reached(name);
}

}  // namespace teller
