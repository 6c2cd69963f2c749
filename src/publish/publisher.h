// Lets out what is committed, as far as the policy allows: makes and stores the next statement,
// then brings every sink up to it; of a count that is published after the close of voting, once
// officers have closed it. The same in both forms; the embedded engine runs it in a thread,
// `teller publish` in a loop.
//
// A statement is stored under its number before anybody sees it. Two publishers make one statement
// a number: the second finds the number taken and publishes the one that is there.
//
// When the audit log has grown, it is checked line by line and its checkpoint signed and stored,
// and sinks get the lines. An audit log that is shorter than what was signed, or broken, is said to
// be so in every pass and not signed; the count and its statements go on.
//
// Readers see what is stated and nothing else: every sink stands at a commit that a statement
// speaks of, with the totals whose digest it signed.
//
// If a sink has more than the store, an older copy of the store was restored: log.rollback, and
// nothing is signed (docs/guides/backup-and-restore.md). So the sinks are asked before each
// statement, and one of them must answer; the others may be away for as long as they like.
//
// If the process dies here: before the statement is stored, nothing happened; after it, the same
// bytes are published when it comes back.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/time.h"
#include "election/definition.h"
#include "election/presentation.h"
#include "log/merkle.h"
#include "log/segments.h"
#include "publish/note.h"
#include "publish/sink.h"
#include "publish/statement.h"
#include "store/store.h"

namespace teller {

class Publisher {
 public:
  // All that is passed must outlive it. Not thread-safe.
  Publisher(const Definition& definition, const Presentation& presentation, Store& store,
            const Signer& signer)
      : definition_(definition), presentation_(&presentation), store_(&store), signer_(&signer) {}

  // Where the segments are: what was committed since the last statement is held against them once, in begin() (unstated.h).
  // Without them it is taken as the store has it.
  void hold_against(Segments& segments) { segments_ = &segments; }

  void add(std::unique_ptr<Sink> sink) { readers_.push_back({std::move(sink), false, {}}); }

  struct Pass {
    bool stated = false;              // A new statement was made.
    bool held_back = false;           // It stays in the store: voting is not closed (status.h).
    std::uint64_t commit = 0;         // Everything up to here is stated.
    std::vector<Error> sinks_behind;  // What the sinks could not do this time.
    std::optional<Error> audit;       // Why the audit log was not signed: stop audit.corrupt.
  };
  // One pass: a statement if there is anything new, then the sinks. An error of a sink is never an
  // error of the pass. Errors: those of the store; retry sink.unavailable (no sink could say what
  // its readers have), publish.log_away (unstated.h); and, all of them stop,
  //   log.rollback       what has been published is ahead of the store
  //   status.undecided   nobody decided what the store says of the count
  //   store.not_stated   the totals it began with are not those that were signed, or do not follow from the log
  //   log.broken         a segment behind the last statement is not that of its step
  //   store.definition   names and the like are not those of the hashed files
  [[nodiscard]] Result<Pass> run_once();

  // Only looks: stop log.rollback, as above. For who must know before counting goes on.
  [[nodiscard]] Result<void> check_published();

  // Only looks, and only once: whether what the store holds is what was stated, decided and hashed. For who goes on to
  // count on top of it: what is committed behind a changed total cannot be told from it any more. Errors: as above.
  [[nodiscard]] Result<void> begin();

 private:
  [[nodiscard]] Result<void> catch_up_log();
  // Whether what the store says beside the numbers is what was decided and hashed.
  [[nodiscard]] Result<void> check_beside(const Head& head);
  [[nodiscard]] Result<void> sign_audit();
  [[nodiscard]] Result<bool> state(const Snapshot& snapshot);
  // Brings the sinks to the last statement; `stated` is the snapshot it was made of, if it is new.
  void publish(const Snapshot* stated, std::vector<Error>& behind);
  [[nodiscard]] Result<void> add_statements(Publication& publication, std::uint64_t first);
  [[nodiscard]] Result<void> publish_to(Sink& sink, const Snapshot* stated);

  const Definition definition_;
  const Presentation* presentation_;
  Store* store_;
  const Signer* signer_;
  Segments* segments_ = nullptr;
  struct Reader {
    std::unique_ptr<Sink> sink;
    bool asked = false;         // It has said what its readers have, since something new came.
    std::optional<Error> away;  // Why not, at the last attempt.
  };
  std::vector<Reader> readers_;
  std::uint64_t published_ = 0;         // Statements, the most that any of them had.
  std::uint64_t published_commit_ = 0;  // And the highest commit.
  CompactRange log_;                    // Of the statements read so far.
  std::optional<StatementRow> last_;

  CompactRange audit_;                // Of the audit lines read so far.
  Hash audit_previous_{};             // SHA-256 of the last of them.
  AuditCheckpoint audit_checkpoint_;  // The last one that is in the store.
  bool audit_read_ = false;

  bool began_ =
      false;  // The totals it began with are those that were stated, or follow from the log.

  // Names are read again when so much time has gone by that reading them costs little.
  std::chrono::steady_clock::time_point names_due_{};
};

}  // namespace teller
