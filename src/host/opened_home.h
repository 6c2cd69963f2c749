// Opens a home that this process counts into, along the flow: its lock, its store, its journal, its
// segments; and makes what counts and states there. The same for as long as a server runs (embedded.h) and
// for one command (home_counting.h).
//
// Not thread-safe: opened and closed by one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/time.h"
#include "engine/engine.h"
#include "home/home.h"
#include "journal/journal.h"
#include "log/segments_directory.h"
#include "publish/publisher.h"
#include "store/store.h"

namespace teller {

// A part uses only those above it, so it is closed backwards.
struct OpenedHome {
  std::unique_ptr<Home> home;
  std::optional<Descriptor> lock;  // Nobody else opens it until this is destroyed.
  std::unique_ptr<Store> store;    // The engine's connection: it commits.
  std::unique_ptr<Journal> journal;
  std::unique_ptr<DirectorySegments> segments;

  // Before anything else. `also_publish`: the second place of what is published, from now on; empty:
  // as it was. Errors: of Home, lock_folder(), home_store.h, the store and the journal.
  [[nodiscard]] Result<void> open(const std::filesystem::path& path,
                                  const std::filesystem::path& also_publish = {});

  // Makes `publisher` write statements through `stating` and publish static files. Before anything is
  // counted: what an older copy of the store counts on in its own way cannot be brought back to what
  // was stated. All that is given must outlive it.
  // Errors: those of Publisher::begin() and check_published() that stop.
  [[nodiscard]] Result<void> make_publisher(Store& stating, const Signer& signer,
                                            std::optional<Publisher>& publisher) const;

  // Counts, on all processors. Errors: of Engine.
  [[nodiscard]] Result<std::unique_ptr<Engine>> start_engine(
      const Clock& clock, std::function<void(const Error&)> failed,
      std::function<void(const Error&)> noted);
};

}  // namespace teller
