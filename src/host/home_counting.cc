#include "host/home_counting.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/file.h"
#include "base/time.h"
#include "engine/engine.h"
#include "journal/journal_file.h"
#include "log/segments_directory.h"
#include "publish/publisher.h"
#include "publish/sink_static_files.h"
#include "store/store_sqlite.h"

namespace teller {

// In the order of the flow: a part uses only those above it.
struct HomeCounting::Parts {
  [[nodiscard]] Result<void> open_home(const std::filesystem::path& path);
  [[nodiscard]] Result<void> make_publisher();
  [[nodiscard]] Result<void> start_counting();
  void failed(const Error& error);
  [[nodiscard]] Result<void> not_failed() const;

  std::function<void(const std::string&)> event;
  const SystemClock clock;
  mutable std::mutex mutex;
  std::optional<Error> failure;  // The first one.

  std::unique_ptr<Home> home;
  std::optional<Descriptor> lock;
  std::unique_ptr<Store> store;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<DirectorySegments> segments;
  std::unique_ptr<Signer> signer;
  std::optional<Error> no_key;  // Then there is no publisher.
  std::optional<Publisher> publisher;
  std::unique_ptr<Engine> engine;
  std::optional<Recorder> recorder;
};

Result<void> HomeCounting::Parts::open_home(const std::filesystem::path& path) {
  auto home_opened = Home::open(path);
  if (!home_opened) return std::unexpected(home_opened.error());
  home = std::move(*home_opened);
  auto locked = lock_folder(home->path);
  if (!locked) return std::unexpected(locked.error());
  lock = std::move(*locked);
  auto store_opened = SqliteStore::open_file(home->store());
  if (!store_opened) return std::unexpected(store_opened.error());
  store = std::move(*store_opened);
  if (auto made = store->create(home->rules, home->presentation, home->count); !made) return made;
  auto journal_opened = FileJournal::open(home->journal(), home->count);
  if (!journal_opened) return std::unexpected(journal_opened.error());
  journal = std::move(*journal_opened);
  segments = std::make_unique<DirectorySegments>(home->segments());
  return {};
}

// Before anything is counted, as in Embedded. Without the key it can still be counted, and stated
// by who has the key.
Result<void> HomeCounting::Parts::make_publisher() {
  auto key = home->signer();
  if (!key) {
    no_key = key.error();
    return {};
  }
  signer = std::move(*key);
  publisher.emplace(home->definition(), *store, *signer);
  publisher->add(std::make_unique<StaticFilesSink>(home->published(), home->rules, home->count));
  const auto good = publisher->check_published();
  if (!good && good.error().remedy != Remedy::retry) return good;
  return {};
}

Result<void> HomeCounting::Parts::start_counting() {
  const auto told = [this](const Error& error) { failed(error); };
  auto started = Engine::start({.home = home.get(),
                                .journal = journal.get(),
                                .segments = segments.get(),
                                .store = store.get(),
                                .clock = &clock,
                                .threads = std::max(1U, std::thread::hardware_concurrency()),
                                .failed = told,
                                .noted = [this](const Error& error) { event(to_text(error)); }});
  if (!started) return std::unexpected(started.error());
  engine = std::move(*started);
  recorder.emplace(home->count, engine->journal(), told);
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
  if (auto opened = parts->open_home(home); !opened) return std::unexpected(opened.error());
  if (auto made = parts->make_publisher(); !made) return std::unexpected(made.error());
  if (auto counting = parts->start_counting(); !counting) return std::unexpected(counting.error());
  return std::unique_ptr<HomeCounting>(new HomeCounting(std::move(parts)));
}

HomeCounting::HomeCounting(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HomeCounting::~HomeCounting() = default;

const Home& HomeCounting::home() const { return *parts_->home; }

Recorder& HomeCounting::recorder() { return *parts_->recorder; }

bool HomeCounting::broken() const { return !parts_->not_failed(); }

Result<void> HomeCounting::finish() {
  if (auto good = parts_->not_failed(); !good) return good;
  if (auto drained = parts_->engine->drain(); !drained) return drained;
  if (auto good = parts_->not_failed(); !good) return good;
  if (parts_->no_key) return std::unexpected(*parts_->no_key);
  const auto pass = parts_->publisher->run_once();
  if (!pass) return std::unexpected(pass.error());
  for (const Error& behind : pass->sinks_behind) parts_->event("publish: " + to_text(behind));
  return {};
}

}  // namespace teller
