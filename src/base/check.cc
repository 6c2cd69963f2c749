#include "base/check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace teller {
namespace {

std::atomic<CheckHandler> handler_for_host{nullptr};

}  // namespace

void set_check_handler(CheckHandler handler) { handler_for_host = handler; }

void check_failed(std::string_view fact, const char* file, int line) {
  if (const CheckHandler handler = handler_for_host) handler(fact, file, line);
  std::fprintf(stderr, "%s:%d: broken: %.*s\n", file, line, static_cast<int>(fact.size()),
               fact.data());
  std::abort();
}

}  // namespace teller
