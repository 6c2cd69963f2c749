// Who reads bodies, and whose is next.
#include "gateway/body_workers.h"

#include <future>

#include <gtest/gtest.h>

namespace teller {
namespace {

TEST(BodyWorkers, SendersTakeTurnsHoweverMuchOneOfThemHasSent) {
  std::mutex mutex;
  std::string order;
  std::promise<void> begun, go_on, done;
  BodyWorkers workers(1);
  workers.run("first", [&] {
    begun.set_value();
    go_on.get_future().wait();
  });
  begun.get_future().wait();
  const auto note = [&](char who) {
    return [&, who] {
      const std::scoped_lock lock(mutex);
      order += who;
      if (order.size() == 6) done.set_value();
    };
  };
  for (int i = 0; i < 4; ++i) workers.run("much", note('m'));
  for (int i = 0; i < 2; ++i) workers.run("little", note('l'));
  go_on.set_value();
  done.get_future().wait();
  EXPECT_EQ(order, "mlmlmm");
}

}  // namespace
}  // namespace teller
