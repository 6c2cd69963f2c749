// What a store tells beside its totals, held against the count done again:
//
//   falls       each figure that an update made smaller, and no other
//   timeline    what an option had at the commits of which a point was kept, and when that was
//   decisions   what officers decided, as the log has it
//   incidents   the step that a conflict or a rejection is of, and the leaf that stands instead
//
// and of all of them that no row is of a commit which was not made.
//
// The count done again knows no order within a step (log/segment.h). So where a step brought two
// versions of one sheet, each figure that fell must fit some order of the two, and no more is asked.
// Of a conflict or a rejection the entry itself is in the journal alone: operate/reconciler.h looks there.
//
// Reads the tables when the first step is counted: what is committed later is left out, and the store is
// asked at the end whether it was. Memory: a
// figure for each point and option, what sheets changed between points, and the conflicts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "count/sheets.h"
#include "count/step.h"
#include "election/count_file.h"
#include "election/rules.h"
#include "log/segment.h"
#include "store/store.h"
#include "verify/evidence.h"

namespace teller {

class ToldAgain {
 public:
  // All must outlive it. `snapshot` is the one as of which is verified.
  ToldAgain(const Rules& rules, const CountFile& count, Store& store, const Snapshot& snapshot)
      : rules_(&rules), count_(&count), store_(&store), snapshot_(&snapshot) {}

  // A step that gave the same again, in the order of its partition.
  void counted(const StepRow& step, const Change& again, const Segment& segment);

  // Once all steps were counted. `times`: of each commit that a statement speaks of, what it says.
  // Errors: those of the store.
  [[nodiscard]] Result<void> compare(const std::map<std::uint64_t, std::int64_t>& times,
                                     Findings& findings);

 private:
  using Column = std::pair<std::uint32_t, std::uint16_t>;  // Contest and slot.
  using StepName = std::pair<std::uint16_t, std::uint64_t>;
  struct Decrease {
    TotalKey key;
    std::int64_t before = 0, after = 0;
    std::string reason;
    [[nodiscard]] auto operator<=>(const Decrease&) const = default;
  };
  struct StepDecreases {
    std::uint64_t commit = 0;
    std::vector<Decrease> must, may;
  };
  struct Point {
    std::map<Column, std::int64_t> options;  // By how much they moved since the point before.
    std::map<TotalKey, Total> sheets;        // Of contests that are counted from sheets, all.
  };
  [[nodiscard]] Result<void> read();
  // Whether a row is of none of the commits that are verified; then it is looked at again at the end.
  [[nodiscard]] bool is_later(std::string_view table, Check check, std::int64_t commit);
  [[nodiscard]] Result<void> compare_later(Findings& findings);
  void note_falls(const StepRow& step, const Segment& segment);
  void note_point(const StepRow& step, const Change& again);
  [[nodiscard]] Result<void> compare_falls(Findings& findings);
  [[nodiscard]] Result<void> compare_timeline(const std::map<std::uint64_t, std::int64_t>& times,
                                              Findings& findings);
  [[nodiscard]] Result<void> compare_incidents(Findings& findings);
  [[nodiscard]] Result<void> compare_decisions(Findings& findings);

  const Rules* rules_;
  const CountFile* count_;
  Store* store_;
  const Snapshot* snapshot_;
  std::optional<Result<void>> read_;

  std::map<std::pair<std::string_view, std::int64_t>, Check> later_;  // By table and commit.
  std::map<SheetKey, SheetState> sheets_;                             // What stands.
  std::map<StepName, StepDecreases> falls_;
  std::map<std::uint64_t, Point> points_;  // By commit, as the store lists them.
  // Of conflicts: the leaf that was counted in that partition. Officers may give two decisions about
  // the stage one id, each in a partition of its own.
  std::map<std::pair<std::uint16_t, EntryId>, std::optional<Hash>> wanted_;
  // By partition, step and place: what the row says.
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::string> decisions_;
  // Of each partition, by the position behind a step: its commit.
  std::map<std::uint16_t, std::map<std::uint64_t, std::uint64_t>> steps_;
};

}  // namespace teller
