// The keys of the provider of identities that persons are known by: fetched in the background, kept,
// and fetched again when a token names one that is not there, which is how a new one becomes known.
//
// What always holds: whoever asks never waits for the provider. An unknown key is looked for no more
// often than once in `keys_again_s`, however many ask; without being asked for, all are fetched every
// ten minutes, so that one that the provider took back ends here. Keys are only those of the address
// that the provider's own description names, and the description names the issuer as the file does,
// to the letter. While the provider is away the keys that were there stay.
//
// Owns a thread. Any thread may ask.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/event.h"
#include "decide/json_web_keys.h"
#include "decide/persons_file.h"

namespace teller {

// Asks the provider: its description, then its keys. Errors: reject, retry persons.keys; those of
// HttpClient.
[[nodiscard]] Result<JsonWebKeys> fetch_provider_keys(const IdentityProvider& provider);

class ProviderKeys {
 public:
  struct Options {
    std::function<Result<JsonWebKeys>()> fetch;
    std::chrono::seconds again{60};
    OnEvent event;
    std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  };
  // Fetches them at once, and does not wait for it.
  explicit ProviderKeys(Options options);
  // Waits for the fetch that runs.
  ~ProviderKeys();
  ProviderKeys(const ProviderKeys&) = delete;
  ProviderKeys& operator=(const ProviderKeys&) = delete;

  // Those that are there; none before the first came.
  [[nodiscard]] std::shared_ptr<const JsonWebKeys> keys() const;

  // For whoever met a key that is not there.
  struct Looked {
    bool on_its_way = false;   // They are being fetched: ask again in a moment.
    std::string trouble = {};  // Why the last fetch failed; empty: it did not.
  };
  [[nodiscard]] Looked look_again();

 private:
  void run();
  void fetch_once();

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool wanted_ = true;  // Or being fetched.
  std::chrono::steady_clock::time_point began_;
  std::shared_ptr<const JsonWebKeys> keys_ = std::make_shared<JsonWebKeys>();
  std::string trouble_;
  std::thread thread_;  // The last member: it uses all others.
};

// A provider of identities as a file names it, and its keys.
struct KnownProvider {
  // Fetches the keys at once, and does not wait for it. Errors: those of read_persons().
  [[nodiscard]] static Result<std::unique_ptr<KnownProvider>> read(
      const std::filesystem::path& persons, const OnEvent& event);

  KnownProvider(IdentityProvider named, const OnEvent& event);

  const IdentityProvider provider;
  ProviderKeys keys;
};

}  // namespace teller
