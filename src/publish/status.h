// Whether a count's status is one that officers decided.
//
// A count is `official` when every partition was certified and not reopened, and each of these
// decisions has the signatures that the count file asks for. Otherwise it is `unofficial`. What a
// column of the store says by itself is never shown, stated or signed.
//
// It is asked with every reading of totals, so signatures are checked once (good_decisions.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "election/count_file.h"
#include "election/officers.h"
#include "store/count_store.h"

namespace teller {

inline constexpr const char* unofficial = "unofficial";
inline constexpr const char* official = "official";

// Where a count stands by its decisions.
struct StageReached {
  struct Partition {
    Stage stage = Stage::open;
    std::uint32_t number = 0;  // Of its last decision about the stage; 0: none.
  };
  std::vector<Partition> partitions;
  Stage all = Stage::open;    // What every partition has reached;
  Stage first = Stage::open;  // and the one that is furthest.
  bool believed = true;       // Each has the officers' signatures.
  std::string wrong;          // Which has not; empty when all have.
  [[nodiscard]] bool same_everywhere() const { return all == first; }
};

// Where voting stands while a decision is in some partitions only: not open before it is open in all of
// them, and over once it is over in one.
[[nodiscard]] Stage voting_stage(const StageReached& reached);

// By the decisions up to `commit`. Errors: those of the store.
[[nodiscard]] Result<StageReached> stage_reached(const CountFile& count, CountReader& store,
                                                 std::uint64_t commit);

// Whether officers have certified the count in every partition, and it was not reopened since: by the decisions up to
// `commit`, and for the first time. Errors: those of the store.
[[nodiscard]] Result<bool> is_certified_once(const CountFile& count, CountReader& store,
                                             std::uint64_t commit);

// Whether nothing may be told about votes: the count is published after the close of voting, and no
// decision to close stands in every partition. A reopened count stays told. Everything that tells of votes asks this first.
// Of a count that publishes its certified result alone (certified_result.h) that is so for good: the result is files,
// and no other way out is opened.
[[nodiscard]] bool publishes_after_close(const CountFile& count);  // That one too.
[[nodiscard]] bool publishes_result_alone(const CountFile& count);
// The file in the folder of what is published that says why nothing else is there, until something is.
inline constexpr const char* held_back_note = "not-before-the-close";
[[nodiscard]] Result<bool> is_held_back(const CountFile& count, CountReader& store);
// Errors: why_not_told(); those of the store.
[[nodiscard]] Result<void> may_publish(const CountFile& count, CountReader& store);
// What each of them says then: reject publication.before_close, or publication.result_alone.
[[nodiscard]] Error why_not_told(const CountFile& count);
[[nodiscard]] bool is_not_told(const Error& error);
// The first of the two.
[[nodiscard]] Error not_before_close();

// Errors: stop status.undecided; those of the store.
[[nodiscard]] Result<void> check_status(const Head& head, const CountFile& count,
                                        CountReader& store);

}  // namespace teller
