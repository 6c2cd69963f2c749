#include "base/fail_point.h"

#include <atomic>
#include <cstdlib>
#include <string>

#include <signal.h>
#include <unistd.h>

namespace teller::internal {

const bool fail_points_set = std::getenv("TELLER_FAIL_POINT") != nullptr;

void fail_point_reached(std::string_view name) {
  const char* set = std::getenv("TELLER_FAIL_POINT");
  static const std::string wanted = set ? set : "";
  static const std::size_t colon = wanted.find(':');
  static std::atomic<long> left{
      colon == std::string::npos ? 1 : std::strtol(wanted.c_str() + colon + 1, nullptr, 10)};
  if (name != std::string_view(wanted).substr(0, colon)) return;
  if (--left == 0) ::kill(::getpid(), SIGKILL);
}

}  // namespace teller::internal
