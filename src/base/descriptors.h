// How many files and sockets this process may have open at one time.
#pragma once

#include <algorithm>
#include <cstddef>

#include <sys/resource.h>

namespace teller {

// Raises the limit as far as this account may, and gives it. A shell's usual limit (1,024) is there
// for programs that use select(), which nothing here does; what it may be raised to is set by who
// runs the machine.
[[nodiscard]] inline std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1U << 20));
}

}  // namespace teller
