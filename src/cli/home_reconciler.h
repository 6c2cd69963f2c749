// The reconciler of the embedded form, beside a `teller serve` that may be running: everything is
// only read.
#pragma once

#include <memory>
#include <utility>

#include "cli/common.h"
#include "host/late_journal.h"
#include "host/reconciler.h"
#include "journal/journal_file.h"
#include "log/segments_directory.h"
#include "publish/sink_static_files.h"
#include "store/store_views.h"

namespace teller::cli {

class HomeReconciler {
 public:
  Result<void> open(const Where& where) {
    auto opened = open_store(where, "teller_publisher");
    if (!opened) return std::unexpected(opened.error());
    opened_ = std::move(*opened);
    return {};
  }
  Result<Reconciliation> run(Reconciler::Wanted wanted) {
    const Home& home = *opened_.home;
    DirectorySegments segments(home.segments());
    StaticFilesSink files(home.published(), home.rules, home.count);
    Reconciler::Parts parts;
    parts.home = &home;
    parts.store = opened_.store.get();
    parts.segments = &segments;
    // Behind the store, so that it cannot be older.
    LateJournal journal([&home]() -> Result<std::unique_ptr<Journal>> {
      FileJournal::Options options;
      options.read_only = true;
      return FileJournal::open(home.journal(), home.count, options);
    });
    parts.journal = &journal;
    parts.readers = {{"static files", [&](bool totals) { return files.held(totals); }},
                     {"pub_* views", [&](bool totals) {
                        return held_in_sqlite(home.store(), home.count.id, home.rules, totals);
                      }}};
    return Reconciler(std::move(parts)).run(wanted);
  }

 private:
  Opened opened_;
};

}  // namespace teller::cli
