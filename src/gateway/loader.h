// Loads entries, out of files or from memory: cuts them into bodies, sends several at a time, and adds up what became of
// every entry.
//
// Memory is bounded by the bodies in flight. In order (in_flight = 1) each body is answered for before the next one
// goes; otherwise bodies overtake each other, which the count does not mind except for *which* of two conflicting copies
// stands.
//
// Called by `teller load` and `teller decide`. file(), entries() and finish() are called from one thread; the callbacks
// come from others, one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "election/count_file.h"
#include "gateway/entry_sender.h"

namespace teller {

struct LoadSummary {
  std::uint64_t entries = 0;  // Answered for: recorded, refused, and those of refused bodies.
  std::uint64_t recorded = 0;
  std::uint64_t refused_total = 0;
  std::map<std::string, std::uint64_t> refused;  // By code.
  std::uint64_t bodies_refused = 0;  // As a whole; their entries were not looked at one by one.
  std::uint64_t sent_again = 0;
  std::uint64_t unknown_resolved = 0;

  // What was answered to a body of so many entries.
  void add(const Sent& sent, std::uint64_t of_body);
};

struct LoadOptions {
  unsigned in_flight = 4;
  std::optional<BodyFormat> format = {};  // Empty: seen from the first bytes of each file.
  std::string batch = {};
  std::size_t body_bytes = 1U << 20;      // Where a file may be cut freely.
  std::size_t body_bytes_max = 8U << 20;  // A packed batch that is larger is packed anew.
  bool any_version = false;               // Of a sheet, however far above those before it.

  std::function<bool()> stop = {};  // Once it says true, nothing new is sent.

  // For each entry that is refused. `place` is "file:line" or "file, entry 17".
  std::function<void(const std::string& place, const RefusedEntry& refused)> on_refused = {};
  // After each body. Bytes of the current file, and its size (0: not known).
  std::function<void(const LoadSummary& so_far, std::uint64_t bytes, std::uint64_t of)>
      on_progress = {};
};

class Loader {
 public:
  // `sender` outlives this.
  Loader(EntrySender& sender, LoadOptions options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Sends the whole of it; "-" is standard input; plain, gzip or zstd. Returns when the last of it
  // is on its way.
  //
  // Errors: those of Reader and of EntrySender; reject load.format_unknown, load.truncated,
  // load.line_too_long, load.body_too_large, load.version_jump, batch.… (what stood before it has been
  // sent).
  [[nodiscard]] Result<void> file(const std::string& path);

  // The same of canonical entries of `count`. `name` is what messages call them.
  // Errors: those of EntrySender; reject load.version_jump.
  [[nodiscard]] Result<void> entries(const CountId& count, std::span<const Bytes> entries,
                                     const std::string& name);

  // Waits for what is in flight. The summary holds whether or not all went well.
  [[nodiscard]] Result<void> finish();
  [[nodiscard]] LoadSummary summary() const;
  // Where what was recorded stands. Once finish() has returned: 16 bytes a record.
  [[nodiscard]] std::vector<RecordPlace> take_records();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace teller
