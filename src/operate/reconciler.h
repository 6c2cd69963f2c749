// Reads what every place says of a count and has verify/reconcile.h compare it: once (`teller
// reconcile`), or again and again (`teller serve`, `teller reconcile --every`).
//
// Places are read against the flow, so that a place never knows more than those read after it:
// readers, inbox, statement, store, segments, journal. A place that is away is a line "not looked
// at" and no difference. An object that is kept goes on in the journal, the totals and the list of
// incidents where it stopped, so that a pass costs what is new, and yet holds the whole count
// against its journal.
//
// Changes nothing. Not thread-safe; all parts outlive it.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "deliver/kept_deliveries.h"
#include "home/home.h"
#include "journal/inbox_kafka.h"
#include "journal/journal.h"
#include "log/segments.h"
#include "publish/current_totals.h"
#include "store/store.h"
#include "verify/reconcile.h"

namespace teller {

class Reconciler {
 public:
  struct Reader {
    std::string name;
    std::function<Result<ReadBack>(bool totals)> read;
  };
  struct Parts {
    const Home* home = nullptr;
    Store* store = nullptr;
    Segments* segments = nullptr;
    Journal* journal = nullptr;  // Without one: `journal_unread` says why.
    std::string journal_unread = "there is no journal here";
    std::vector<Reader> readers;
    // The service's inbox; both or neither.
    std::function<Result<std::vector<InboxRange>>()> inbox;
    Journal* refused = nullptr;  // Of one partition: the topic `refused`.
    Kept deliveries = Kept::all_here;
    std::filesystem::path public_log;  // Its folder; it may not be there.
    bool publishing = true;            // Whether readers may move meanwhile, and are waited for.
  };
  explicit Reconciler(Parts parts);
  ~Reconciler();

  struct Wanted {
    bool entries = false;   // The journal, entry by entry; and with it the inbox.
    bool totals = false;    // Every total of every reader.
    bool segments = false;  // All of them.
    // What was delivered, held against its files; a count without deliveries has no line of it.
    bool deliveries = false;
    // The log that everybody reads, file by file; a count without one has no line of it.
    bool public_log = false;
  };
  // Errors: those of the store; everything else is in the reconciliation.
  [[nodiscard]] Result<Reconciliation> run(Wanted wanted);

 private:
  class Fates;
  void read_readers(Places& places, bool totals, std::uint64_t reach);
  [[nodiscard]] Result<void> read_store(Places& places);
  [[nodiscard]] Result<void> read_incidents(Places& places);
  [[nodiscard]] Result<void> read_steps(Places& places, bool all_segments);
  void read_journal(Places& places, bool entries);
  void compare_incidents(std::uint16_t partition, const JournalRecord& record);
  [[nodiscard]] Result<void> compare_passed(std::uint16_t partition);
  [[nodiscard]] Result<bool> read_entries(std::uint16_t partition, PartitionSays& of,
                                          std::uint64_t position);
  [[nodiscard]] Result<void> read_refused();
  [[nodiscard]] Result<void> compare_deliveries(Reconciliation& result);
  [[nodiscard]] Result<void> compare_public_log(Reconciliation& result);
  void forget();

  // How far a partition's journal has been read.
  struct Reading {
    Position next = 0;
    std::uint64_t entries = 0;  // Below the store's position when it was last asked.
    std::deque<std::pair<Position, std::uint64_t>> ahead;  // Records from there on.
  };

  Parts parts_;
  CurrentTotals totals_;
  std::vector<Reading> readings_;
  std::vector<std::uint64_t> incidents_;  // Listed, by partition, up to the commit of totals_.
  std::uint64_t incidents_upto_ = 0;
  // Those that were not held against the journal yet, by record; and what was found of others.
  std::vector<std::map<Position, std::vector<Incident>>> incidents_open_;
  std::vector<std::vector<std::string>> incidents_wrong_;
  std::unique_ptr<Fates> fates_;
  Position refused_next_ = 0;
  std::map<std::string, std::uint64_t> refused_;  // Messages of the inbox, by code.
  bool journal_to_end_ = false;                   // In this run.
};

}  // namespace teller
