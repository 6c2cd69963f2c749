// What one Spark executor process keeps between its tasks: the rules, the count file, the folder of
// segments, and of every partition that it has met the counted state.
//
// The state is a cache. What counts is what the caller says is committed: if the cache is not on
// the way there, it is brought there from the segments, or thrown away and built anew. So an
// executor that dies, or that gets a partition back from another one, needs no handing over.
//
// Called by the JNI bridge, from any thread; one lock a partition. Knows nothing of the JVM.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "count/partition.h"
#include "count/step.h"
#include "election/count_file.h"
#include "election/rules.h"
#include "log/segments.h"

namespace teller {

// A check() that failed, on its way to the JVM. In a JVM it must not abort: other partitions'
// tasks run in the same process.
class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
// Makes every check() of this process throw CheckFailed.
void throw_on_check();

// An error of one step, and where in the journal it lies. With an offset, that very record can
// never be counted as things are: the partition halts until an officer has looked. Without one,
// the journal is not to blame (a folder that is not mounted, a full disk).
struct StepError {
  Error error;
  std::optional<std::uint64_t> offset;
};

// A record of the journal: its offset and its bytes, which outlive the call.
struct OffsetRecord {
  std::uint64_t offset = 0;
  ByteView bytes;
};

class ExecutorCore {
 public:
  // Errors: those of Rules::parse and CountFile::parse; reject count.other (the rules are not
  // those of the count file); reject policy.unsupported (step_minimum above 1: in the service a
  // step is what a round brings).
  [[nodiscard]] static Result<std::unique_ptr<ExecutorCore>> open(
      std::string_view rules, std::string_view count, const std::filesystem::path& segments);
  // The same over any segments; for tests.
  [[nodiscard]] static Result<std::unique_ptr<ExecutorCore>> open(
      std::string_view rules, std::string_view count, std::unique_ptr<Segments> segments);

  // True when it was opened with the same rules and count file.
  [[nodiscard]] bool holds(std::string_view rules, std::string_view count) const;

  // Counts `records`, which are all of the journal from committed.position on, at least one, in
  // order and without a hole. When it returns a change, its segment is durable.
  //
  // Errors: stop journal.gap, journal.record_invalid, count.other, check.failed (with the offset);
  // reject partition.unknown; those of roll_forward() and of Segments::put (without).
  [[nodiscard]] std::expected<Bytes, StepError> step(std::uint16_t partition,
                                                     const Committed& committed,
                                                     std::span<const OffsetRecord> records);

 private:
  struct Slot {
    std::mutex busy;
    std::optional<Partition> partition;
  };

  ExecutorCore(Rules rules, CountFile count, std::unique_ptr<Segments> segments);
  [[nodiscard]] std::expected<Bytes, StepError> step_locked(Slot& slot, std::uint16_t partition,
                                                            const Committed& committed,
                                                            std::span<const OffsetRecord> records);
  [[nodiscard]] Result<void> bring_to(Slot& slot, std::uint16_t partition,
                                      const Committed& committed);

  const Rules rules_;
  const CountFile count_;
  const std::unique_ptr<Segments> segments_;
  std::vector<std::unique_ptr<Slot>> slots_;  // By partition; never resized.
};

// What the driver must know of a count file.
// Errors: those of CountFile::parse; reject policy.unsupported.
[[nodiscard]] Result<CountFile> parse_count_for_service(std::string_view count);

}  // namespace teller
