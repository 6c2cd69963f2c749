#include "host/opened_home.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "home/home_store.h"
#include "journal/journal_file.h"
#include "publish/sink_static_files.h"

namespace teller {

Result<void> OpenedHome::open(const std::filesystem::path& path,
                              const std::filesystem::path& also_publish) {
  auto home_opened = Home::open(path);
  if (!home_opened) return std::unexpected(home_opened.error());
  home = std::move(*home_opened);
  auto locked = lock_folder(home->path);
  if (!locked) return std::unexpected(locked.error());
  lock = std::move(*locked);
  if (auto settled = settle_second_place(*home, also_publish); !settled) return settled;
  auto store_opened = open_home_store(*home, StoreUse::count);
  if (!store_opened) return std::unexpected(store_opened.error());
  store = std::move(*store_opened);
  if (auto told = store->create(home->rules, home->presentation, home->count); !told) return told;
  if (auto good = check_not_behind(*home, *store, StoreUse::count); !good) return good;
  auto journal_opened = FileJournal::open(home->journal(), home->count);
  if (!journal_opened) return std::unexpected(journal_opened.error());
  journal = std::move(*journal_opened);
  segments = std::make_unique<DirectorySegments>(home->segments());
  return {};
}

Result<void> OpenedHome::make_publisher(Store& stating, const Signer& signer,
                                        std::optional<Publisher>& publisher) const {
  publisher.emplace(home->definition(), home->presentation, stating, signer);
  publisher->hold_against(*segments);
  publisher->add(std::make_unique<StaticFilesSink>(home->published(), home->rules, home->count));
  if (!home->also_published.empty()) {
    publisher->add(
        std::make_unique<StaticFilesSink>(home->also_published, home->rules, home->count));
  }
  auto good = publisher->check_published();
  if (good) good = publisher->begin();
  // What is away now is asked again before anything is signed; the engine makes lost segments anew.
  if (!good && good.error().remedy != Remedy::retry) return good;
  return {};
}

Result<std::unique_ptr<Engine>> OpenedHome::start_engine(const Clock& clock,
                                                         std::function<void(const Error&)> failed,
                                                         std::function<void(const Error&)> noted) {
  return Engine::start({.home = home.get(),
                        .journal = journal.get(),
                        .segments = segments.get(),
                        .store = store.get(),
                        .clock = &clock,
                        .threads = std::max(1U, std::thread::hardware_concurrency()),
                        .failed = std::move(failed),
                        .noted = std::move(noted)});
}

}  // namespace teller
