// When the keys of a provider of identities are fetched, by a clock and a provider of the test's own;
// that they come over HTTP is in tests/embedded/test_provider.py.
#include "host/provider_keys.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

#include "testing/token_signer.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

// A provider that answers when it is told to, and how often it was asked.
class Provider {
 public:
  Result<JsonWebKeys> fetch() {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return allowed_ >= asked_; });
    if (away_) return fail(Remedy::retry, "http.unreachable", "nobody is there");
    return JsonWebKeys::parse(text_);
  }
  void allow(int answers, const std::string& text, bool away = false) {
    const std::scoped_lock lock(mutex_);
    allowed_ = answers;
    text_ = text;
    away_ = away;
    changed_.notify_all();
  }
  void wait_asked(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }
  [[nodiscard]] int asked() {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0, allowed_ = 0;
  bool away_ = false;
  std::string text_;
};

std::string set_of_one(const char* id) {
  const std::vector<std::string> keys{TokenSigner(id, "EdDSA").jwk()};
  return key_set(keys);
}

class ProviderKeysTest : public testing::Test {
 protected:
  ~ProviderKeysTest() override { provider_.allow(1000, first_); }

  void wait_until_idle() {
    while (keys_.look_again().on_its_way) std::this_thread::sleep_for(1ms);
  }

  const std::string first_ = set_of_one("first");
  const std::string second_ = set_of_one("second");
  Provider provider_;
  std::atomic<int> seconds_ = 0;
  ProviderKeys keys_{{.fetch = [this] { return provider_.fetch(); },
                      .again = 60s,
                      .event = [](const Event&) {},
                      .now =
                          [this] {
                            return std::chrono::steady_clock::time_point(
                                std::chrono::seconds(seconds_));
                          }}};
};

TEST_F(ProviderKeysTest, NobodyWaitsForTheProviderAndItsKeysComeByThemselves) {
  provider_.wait_asked(1);
  EXPECT_TRUE(keys_.keys()->all().empty());
  EXPECT_TRUE(keys_.look_again().on_its_way);
  provider_.allow(1, first_);
  wait_until_idle();
  EXPECT_NE(keys_.keys()->find("first"), nullptr);
  EXPECT_EQ(provider_.asked(), 1);
}

TEST_F(ProviderKeysTest, AnUnknownKeyIsLookedForOnceAMinute) {
  provider_.allow(1, first_);
  wait_until_idle();
  provider_.allow(2, second_);
  seconds_ = 59;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(keys_.look_again().on_its_way);
  EXPECT_EQ(provider_.asked(), 1);
  seconds_ = 60;
  EXPECT_TRUE(keys_.look_again().on_its_way);
  wait_until_idle();
  EXPECT_EQ(provider_.asked(), 2);
  // What the provider no longer publishes is no longer a key.
  EXPECT_NE(keys_.keys()->find("second"), nullptr);
  EXPECT_EQ(keys_.keys()->find("first"), nullptr);
  EXPECT_FALSE(keys_.look_again().on_its_way);
}

TEST_F(ProviderKeysTest, WhileTheProviderIsAwayTheKeysThatWereThereStay) {
  provider_.allow(1, first_);
  wait_until_idle();
  provider_.allow(2, second_, true);
  seconds_ = 60;
  EXPECT_TRUE(keys_.look_again().on_its_way);
  wait_until_idle();
  EXPECT_NE(keys_.keys()->find("first"), nullptr);
  EXPECT_TRUE(keys_.look_again().trouble.contains("nobody is there"));
  provider_.allow(3, second_);
  seconds_ = 120;
  EXPECT_TRUE(keys_.look_again().on_its_way);
  wait_until_idle();
  EXPECT_NE(keys_.keys()->find("second"), nullptr);
  EXPECT_EQ(keys_.look_again().trouble, "");
}

}  // namespace
}  // namespace teller
