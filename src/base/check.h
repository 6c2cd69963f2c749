#pragma once

#include <string_view>

namespace teller {

// What a broken check does: prints the fact and aborts, unless a host (the JVM, where an abort
// would take a whole executor away) has set a handler that throws.
using CheckHandler = void (*)(std::string_view fact, const char* file, int line);
void set_check_handler(CheckHandler handler);

[[noreturn]] void check_failed(std::string_view fact, const char* file, int line);

// Crashes unless `fact` holds. For facts that only a mistake in our own code can break; never for
// input, disks or networks. On in every build: a stopped count can be resumed, a wrong count
// cannot be recalled.
inline void check(bool holds, std::string_view fact, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  if (!holds) [[unlikely]]
    check_failed(fact, file, line);
}

}  // namespace teller
