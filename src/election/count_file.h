// The count file: what `teller init` makes once and nothing changes afterwards. It names one
// count; every journal, segment, database, topic and index holds exactly one and refuses another.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "election/officers.h"

namespace teller {

enum class Mode : std::uint8_t { demo, test, rehearsal, live };

[[nodiscard]] std::string_view to_text(Mode mode);

struct CountId {
  std::array<std::uint8_t, 16> bytes{};
  [[nodiscard]] bool operator==(const CountId&) const = default;
  [[nodiscard]] std::string hex() const { return to_hex(ByteView(bytes)); }
};

// When a step is due; see docs/design/steps.md.
struct StepPolicy {
  std::chrono::milliseconds interval{250};
  std::uint64_t minimum = 1;        // Entries waiting, before a step is due by time.
  std::uint64_t maximum = 200'000;  // Entries waiting, at which a step is due at once.
  [[nodiscard]] bool operator==(const StepPolicy&) const = default;
};

struct CountFile {
  // Ours has less than a kilobyte; an operator's label may be long.
  static constexpr std::size_t file_bytes_max = std::size_t{1} << 20;

  CountId id;
  Mode mode = Mode::test;
  std::string label;  // Shown beside the mode everywhere, "REPLAY: …"; may be empty.
  Hash rules{};
  Hash presentation{};  // Of the first version; later ones are stored rows.
  std::uint16_t partitions = 1;
  StepPolicy step;
  std::string publication = "live";  // Or "after_close", "certified".
  // Of publication "certified": fewer cards than so many of a unit are not told by themselves. 0: no such rule.
  std::uint32_t small_units = 0;
  std::string origin;      // The log's name in checkpoints, e.g. "election.example/2024/president".
  std::string public_key;  // Signed-note verifier key of `origin`.
  // Who may decide about the count (officers.h), and how many of them it takes each time. None: no
  // decision is possible, and the count has no stages.
  std::vector<Officer> officers;
  std::uint8_t approvals = 2;

  // The bytes of count.json; their SHA-256 is hash().
  std::string bytes;
  [[nodiscard]] Hash hash() const { return sha256(as_bytes(bytes)); }

  // Errors: reject count_file.invalid, policy.unsupported.
  [[nodiscard]] static Result<CountFile> parse(std::string_view json, std::string_view name);
  // Fills `bytes` from the other members.
  void seal();
};

}  // namespace teller
