#include "base/repeating.h"

#include <semaphore>

#include <gtest/gtest.h>

namespace teller {
namespace {

TEST(Repeating, IsWokenBeforeItsPauseIsOver) {
  std::counting_semaphore<> passed(0);
  Repeating repeating(
      [&] {
        passed.release();
        return true;
      },
      {.pause = std::chrono::hours(1), .once_more_at_the_end = false});
  passed.acquire();
  repeating.wake();
  passed.acquire();  // An hour later otherwise.
}

}  // namespace
}  // namespace teller
