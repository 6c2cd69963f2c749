// Figures of earlier hours, so that who asks later reads what stood then: all totals as of a commit, in a file of their own.
//
//   earlier-totals/000000000042-1777777777000000.totals    commit, and when it was made (microseconds since 1970)
//
// They are kept while the count goes on, at an interval that the operator sets and when officers have decided about the stage;
// never while nothing may be told about votes (status.h). The log gives the same figures, and takes longer.
//
// What always holds: a file is whole (its SHA-256 stands at its end), and where a statement speaks of its commit it has the
// digest that was stated; else it is refused. Of a commit that nobody stated a file says what the store said then, to whoever
// trusts the home. Of commits that a store has not come to, since it was set back, nothing is told. Of the last day all are kept,
// of days before the last of each hour. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "election/definition.h"
#include "store/count_store.h"
#include "store/statement_store.h"

namespace teller {

class EarlierTotals {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  struct Kept {
    std::uint64_t commit = 0;
    std::int64_t at_us = 0;
  };

  // What is passed outlives it. `every` 0: none are kept, and those that are there are read. The folder is made when it is needed.
  EarlierTotals(const Definition& definition, CountReader& counted, StatementStore& stated,
                std::filesystem::path folder, std::chrono::seconds every,
                Now now = std::chrono::steady_clock::now);

  // Keeps the figures as of now, if that is due: at the first call, if they are not kept yet, then at the interval and when the
  // stage was decided about. For whoever asks every second. True: it did.
  // Errors: as decided() of as_of.h; those of files.
  [[nodiscard]] Result<bool> keep_if_due();

  // Ascending by commit, each once. Errors: those of the store and of files.
  [[nodiscard]] Result<std::vector<Kept>> list() const;

  // Null where none are kept of this commit. Errors: stop store.not_stated (they are not what was stated),
  // totals.kept_damaged; those of the store and of files.
  [[nodiscard]] Result<std::shared_ptr<const Snapshot>> as_of(std::uint64_t commit) const;

 private:
  [[nodiscard]] std::filesystem::path file(const Kept& kept) const;
  [[nodiscard]] Result<std::optional<StatementRow>> statement_of(std::uint64_t commit) const;
  [[nodiscard]] Result<void> check_against_statement(const Snapshot& snapshot) const;
  [[nodiscard]] Result<std::vector<Kept>> all() const;
  void thin_out(std::int64_t now_us) const;

  const Definition definition_;
  CountReader* counted_;
  StatementStore* stated_;
  const std::filesystem::path folder_;
  const std::chrono::seconds every_;
  const Now now_;

  mutable std::mutex read_mutex_;
  mutable std::shared_ptr<const Snapshot>
      read_;  // The last one that was read: pages ask for one in many requests.

  std::mutex mutex_;  // Of what follows: what was kept last.
  bool began_ = false;
  std::uint64_t commit_ = 0;
  std::size_t decisions_ = 0;
  std::chrono::steady_clock::time_point at_{};
};

// For tests. `from_bytes`: nothing where they are not of this count and these rules, or not whole.
[[nodiscard]] Bytes earlier_totals_bytes(const Definition& definition, const Snapshot& snapshot);
[[nodiscard]] std::optional<Snapshot> earlier_totals_from(const Definition& definition,
                                                          ByteView bytes);

}  // namespace teller
