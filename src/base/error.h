// An error says what to do next, which error it is, and what happened.
//
// There are four remedies, and whoever handles an error handles all four:
//
//   reject  The input is wrong and will stay wrong. Tell its sender.
//   retry   Nothing changed. The same call may succeed later.
//   abort   The outcome is unknown. Forget what is in memory, reload what was
//           committed, and read on from there.
//   stop    This process can no longer be trusted. Exit and be restarted.
//
// A mistake in our own code is not an error. It is a failed check() and a crash.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/code.h"

namespace teller {

enum class Remedy { reject, retry, abort, stop };

struct Error {
  Remedy remedy = Remedy::stop;
  Code code = {};           // Stable. Written as a literal: fail(Remedy::stop, "journal.io", …).
  std::string detail = {};  // For a person. Never contains contest selections.

  [[nodiscard]] bool operator==(const Error&) const = default;
};

template <typename T>
using Result = std::expected<T, Error>;

// Prefixes the activity that failed: "commit partition 3: connection reset".
[[nodiscard]] Error during(std::string_view activity, Error error);

// Shorthand at the place where it goes wrong: return fail(Remedy::stop, "journal.io", "…").
[[nodiscard]] inline std::unexpected<Error> fail(Remedy remedy, Code code, std::string detail) {
  return std::unexpected(Error{remedy, code, std::move(detail)});
}

// "entry.unit.unknown: …", as commands print it behind their name.
[[nodiscard]] std::string to_text(const Error& error);

}  // namespace teller
