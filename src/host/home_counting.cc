#include "host/home_counting.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "gateway/recorder_sender.h"
#include "host/home_deliverer.h"
#include "host/opened_home.h"
#include "host/stop_signals.h"
#include "publish/certified_result.h"
#include "publish/status.h"

namespace teller {

// In the order of the flow: a part uses only those above it.
struct HomeCounting::Parts : OpenedHome {
  [[nodiscard]] Result<void> prepare_publisher();
  [[nodiscard]] Result<void> start_counting();
  void failed(const Error& error);
  [[nodiscard]] Result<void> not_failed() const;

  std::function<void(const std::string&)> event;
  const SystemClock clock;
  mutable std::mutex mutex;
  std::optional<Error> failure;  // The first one.

  std::unique_ptr<Signer> signer;
  std::optional<Error> no_key;  // Then there is no publisher.
  std::optional<Publisher> publisher;
  std::unique_ptr<Engine> engine;
  std::optional<Recorder> recorder;
  std::optional<RecorderSender> delivery_sender;
  std::optional<Deliverer> deliverer;
  std::optional<DeliveryHistory> history;
  std::optional<OutcomeReader> outcomes;
};

// Without the key it can still be counted, and stated by who has the key.
Result<void> HomeCounting::Parts::prepare_publisher() {
  auto key = home->signer();
  if (!key) {
    no_key = key.error();
    return {};
  }
  signer = std::move(*key);
  return make_publisher(*store, *signer, publisher);
}

Result<void> HomeCounting::Parts::start_counting() {
  const auto told = [this](const Error& error) { failed(error); };
  auto started = start_engine(clock, told, [this](const Error& error) { event(to_text(error)); });
  if (!started) return std::unexpected(started.error());
  engine = std::move(*started);
  recorder.emplace(home->count, engine->journal(), told);
  delivery_sender.emplace(
      home->definition(), *recorder, "file", std::chrono::seconds(60),
      [this] { return stop_asked() || !not_failed(); }, event);
  deliverer.emplace(home_deliverer(*home, *store, *segments, *delivery_sender, clock, *engine));
  history.emplace(home->definition(), *store, *segments);
  outcomes.emplace(
      OutcomeReader::Parts{.definition = home->definition(),
                           .journal = journal.get(),
                           .store = store.get(),
                           .segments = segments.get(),
                           .is_held_back = [this] { return is_held_back(home->count, *store); }});
  return {};
}

void HomeCounting::Parts::failed(const Error& error) {
  const std::scoped_lock hold(mutex);
  if (!failure) failure = error;
}

Result<void> HomeCounting::Parts::not_failed() const {
  const std::scoped_lock hold(mutex);
  if (failure) return std::unexpected(*failure);
  return {};
}

Result<std::unique_ptr<HomeCounting>> HomeCounting::open(
    const std::filesystem::path& home, std::function<void(const std::string&)> event) {
  auto parts = std::make_unique<Parts>();
  parts->event = std::move(event);
  if (auto opened = parts->open(home); !opened) return std::unexpected(opened.error());
  if (auto made = parts->prepare_publisher(); !made) return std::unexpected(made.error());
  if (auto counting = parts->start_counting(); !counting) return std::unexpected(counting.error());
  return std::unique_ptr<HomeCounting>(new HomeCounting(std::move(parts)));
}

HomeCounting::HomeCounting(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HomeCounting::~HomeCounting() = default;

const Home& HomeCounting::home() const { return *parts_->home; }

Recorder& HomeCounting::recorder() { return *parts_->recorder; }

Deliverer& HomeCounting::deliverer() { return *parts_->deliverer; }
DeliveryHistory& HomeCounting::history() { return *parts_->history; }
Result<void> HomeCounting::may_tell() { return may_publish(parts_->home->count, *parts_->store); }
OutcomeReader& HomeCounting::outcomes() { return *parts_->outcomes; }

bool HomeCounting::broken() const { return !parts_->not_failed(); }

Result<void> HomeCounting::finish() {
  if (auto good = parts_->not_failed(); !good) return good;
  if (auto drained = parts_->engine->drain(); !drained) return drained;
  if (auto good = parts_->not_failed(); !good) return good;
  if (parts_->no_key) return std::unexpected(*parts_->no_key);
  const auto pass = parts_->publisher->run_once();
  if (!pass) return std::unexpected(pass.error());
  for (const Error& behind : pass->sinks_behind) parts_->event("publish: " + to_text(behind));
  const auto told = publish_result(parts_->home->definition(), *parts_->store, *parts_->signer,
                                   parts_->home->published());
  if (!told) parts_->event("publish: " + to_text(told.error()));
  return {};
}

}  // namespace teller
