#pragma once

#include "log/segments.h"
#include "verify/evidence.h"
#include "verify/told_again.h"

namespace teller {

// A store and its segments, as of one snapshot: what is committed later is not looked at, so that a
// count can be checked while it runs.
class StoreEvidence final : public Evidence {
 public:
  // All must outlive it. `snapshot` is one of `store`.
  StoreEvidence(const Rules& rules, const CountFile& count, const Presentation& presentation,
                Store& store, Segments& segments, Snapshot snapshot)
      : rules_(&rules),
        count_(&count),
        presentation_(&presentation),
        store_(&store),
        segments_(&segments),
        snapshot_(std::move(snapshot)),
        told_(rules, count, store, snapshot_) {}
  StoreEvidence(const StoreEvidence&) = delete;
  StoreEvidence& operator=(const StoreEvidence&) = delete;

  [[nodiscard]] std::uint64_t leaves() const override;
  [[nodiscard]] Result<std::vector<StatementRow>> statements(std::uint64_t first,
                                                             std::uint64_t limit) override;
  [[nodiscard]] Result<std::vector<StepRow>> steps(std::uint64_t statement, std::uint64_t after,
                                                   std::uint64_t upto) override;
  [[nodiscard]] Result<std::vector<StepRow>> unstated(std::uint64_t after) override;
  [[nodiscard]] Result<Bytes> segment(const StepRow& step, const Committed& before) override;
  void counted(const StepRow& step, const Change& again, const Segment& segment) override {
    told_.counted(step, again, segment);
  }
  [[nodiscard]] Result<void> compare(const Counted& counted, Findings& findings) override;

 private:
  // What people read beside the numbers (check 17).
  [[nodiscard]] Result<void> compare_definition(Findings& findings);
  [[nodiscard]] Result<void> compare_commit(const Counted& counted, Findings& findings);
  [[nodiscard]] Result<void> compare_cells(Findings& findings);
  [[nodiscard]] Result<void> compare_replays(Findings& findings);

  const Rules* rules_;
  const CountFile* count_;
  const Presentation* presentation_;
  Store* store_;
  Segments* segments_;
  Snapshot snapshot_;
  ToldAgain told_;
};

}  // namespace teller
