// What the two forms have in common in a run: the count, the public, the clients with their ledger,
// and everything that must hold.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "database.h"
#include "disk.h"
#include "faults.h"
#include "gateway/recorder.h"
#include "home/home.h"
#include "journal/journal.h"
#include "log/segments.h"
#include "oracle.h"

namespace teller::simulation {

class World {
 public:
  World(std::uint64_t seed, std::uint16_t partitions, bool trace);

  // Members first: everything else is made of them.
  Faults faults;
  SimulatedClock clock;
  Disk disk;
  Home home;
  std::unique_ptr<Signer> signer;
  std::unique_ptr<Database> database;
  Public seen;
  Oracle oracle;
  StoreFaults store_faults;

  // A line about what happens, when the run is watched.
  template <typename... Part>
  void say(const Part&... parts) {
    if (!trace_) return;
    std::string line;
    ((line += text(parts)), ...);
    say_line(line);
  }

  // ------------------------------------------------------------------ clients

  // Sends a request of a few entries, new ones, old ones and some that had no answer, to a
  // recorder. `epoch` is that of the process which answers; an answer after its end is none.
  void send(Recorder& recorder, std::uint64_t epoch);
  // The same, of entries without an answer only. False when every entry has one.
  bool send_again(Recorder& recorder, std::uint64_t epoch);
  // Processes of this epoch answer no more; what they had not answered has to be sent again.
  void forget(std::uint64_t epoch);
  [[nodiscard]] bool all_answered() const { return unanswered_.empty() && in_flight_.empty(); }

  // Passes everything on and keeps what was acknowledged, record by record.
  [[nodiscard]] std::unique_ptr<Journal> with_ledger(Journal& inner);

  // ------------------------------------------------------------------ what must hold

  // Of the journal: what was acknowledged is there, at its place, and nothing that nobody sent.
  void check_journal(Journal& journal);
  // Of what is committed: steps, totals, outcomes, log, all as the oracle has them.
  void check_committed(Journal& journal, Segments& segments);
  // Of the statements: one chain, each with the oracle's digest at its commit; what the public has
  // seen is in the store, byte for byte.
  void check_statements(Journal& journal);
  // A publisher that states nothing has another reason than that totals do not follow from the log.
  static void check_why_unstated(const Error& error);
  // `teller verify` finds nothing.
  void check_verify(Segments& segments);

  // An older copy of the database takes its place. False, and nothing happens, while there is none.
  bool restore_older();
  // It did once; and the public had seen more statements.
  bool restored = false, rolled_back = false;
  // The record of a partition that is none: counting stops before it.
  std::map<std::uint16_t, Position> poison;

 private:
  static std::string text(const std::string& part) { return part; }
  static std::string text(const char* part) { return part; }
  template <std::integral T>
  static std::string text(T part) {
    return std::to_string(part);
  }
  void say_line(const std::string& line) const;
  void request(Recorder& recorder, std::uint64_t epoch, std::vector<std::string> entries);
  void decide(std::vector<std::string>& entries);
  [[nodiscard]] std::vector<std::string> records(Journal& journal, std::uint16_t partition);

  struct Request {
    std::uint64_t epoch;
    std::vector<std::string> entries;
  };
  class LedgerJournal;

  bool trace_;
  std::map<std::uint64_t, Request> in_flight_;
  std::uint64_t next_request_ = 0;
  std::deque<std::string> unanswered_;
  std::set<std::string> acknowledged_;                  // Entries.
  std::set<std::pair<std::uint64_t, Hash>> certified_;  // Statements that officers named.
  // Records, by partition and position.
  std::map<std::pair<std::uint16_t, Position>, std::string> ledger_;
};

// One run. Broken when something does not hold.
void run_embedded(std::uint64_t seed, bool trace);
void run_service(std::uint64_t seed, bool trace);

}  // namespace teller::simulation
