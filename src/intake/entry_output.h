// Entries on their way into a file or a pipe, for `teller load` and other senders to take up:
// packed batches, or JSON, one entry a line.
//
// Called by the commands import and generate. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "election/rules.h"

namespace teller {

// An entry in JSON (schema/entry.md, "In JSON"): one line, without its end. Figures that are
// unknown are left out.
[[nodiscard]] std::string to_json(const Entry& entry, const Rules& rules, const CountId& count);

class EntryOutput {
 public:
  enum class Format { packed, ndjson };

  // `path` may be "-" for standard output. `rules` outlives this.
  // Errors: stop output.unwritable.
  [[nodiscard]] static Result<EntryOutput> open(const std::string& path, Format format,
                                                const Rules& rules, const CountId& count);
  EntryOutput(EntryOutput&&) noexcept;
  EntryOutput& operator=(EntryOutput&&) noexcept;
  ~EntryOutput();  // What was not close()d is lost.

  // Adds an entry by its canonical bytes. For ndjson they must be good. Errors: as open().
  [[nodiscard]] Result<void> add(ByteView entry);
  // Adds a line as it is (ndjson only).
  [[nodiscard]] Result<void> add_line(std::string_view line);
  // Writes out what is left. Errors: as open().
  [[nodiscard]] Result<void> close();

  static constexpr std::uint32_t entries_a_batch = 1'000;

 private:
  struct State;
  explicit EntryOutput(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace teller
