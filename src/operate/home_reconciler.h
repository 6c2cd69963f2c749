// The reconciler of the embedded form, beside a `teller serve` that may be running: everything is
// only read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "home/home.h"
#include "journal/journal_file.h"
#include "log/segments_directory.h"
#include "operate/late_journal.h"
#include "operate/reconciler.h"
#include "publish/log_files.h"
#include "publish/sink_static_files.h"
#include "publish/status.h"
#include "store/store_views.h"

namespace teller {

class HomeReconciler {
 public:
  HomeReconciler(std::unique_ptr<Home> home, std::unique_ptr<Store> store)
      : home_(std::move(home)), store_(std::move(store)) {}

  Result<Reconciliation> run(Reconciler::Wanted wanted) {
    const Home& home = *home_;
    DirectorySegments segments(home.segments());
    StaticFilesSink files(home.published(), home.rules, home.count);
    Reconciler::Parts parts;
    parts.home = &home;
    parts.store = store_.get();
    parts.segments = &segments;
    parts.public_log = home.published() / log_folder;
    // Of a home that nobody serves nothing moves.
    parts.publishing = std::filesystem::exists(home.path / "address");
    // Behind the store, so that it cannot be older.
    LateJournal journal([&home]() -> Result<std::unique_ptr<Journal>> {
      FileJournal::Options options;
      options.read_only = true;
      return FileJournal::open(home.journal(), home.count, options);
    });
    parts.journal = &journal;
    // Before the close of voting readers have nothing, and it is no difference.
    const auto add = [&](std::string name, std::function<Result<ReadBack>(bool)> read) {
      parts.readers.push_back(
          {std::move(name), [this, read = std::move(read)](bool totals) -> Result<ReadBack> {
             if (auto may = may_publish(home_->count, *store_); !may) {
               return std::unexpected(may.error());
             }
             return read(totals);
           }});
    };
    add("static files", [&](bool totals) { return files.read_back(totals); });
    add("pub_* views", [&](bool totals) {
      return read_back_sqlite(home.store(), home.count.id, home.rules, totals);
    });
    StaticFilesSink elsewhere(home.also_published, home.rules, home.count);
    for (StaticFilesSink* sink : {&files, &elsewhere}) sink->expect_writer(parts.publishing);
    if (!home.also_published.empty()) {
      add("second place", [&](bool totals) { return elsewhere.read_back(totals); });
    }
    return Reconciler(std::move(parts)).run(wanted);
  }

 private:
  std::unique_ptr<Home> home_;
  std::unique_ptr<Store> store_;
};

}  // namespace teller
