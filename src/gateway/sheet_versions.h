// Whether the versions of result sheets in a file that is loaded are what they should be. To the count
// the highest version of a sheet stands, whatever its number: one sheet that has a time, or the number
// of another column, for its version can never be mended again by an ordinary one. The count takes it
// as it is; so it is looked for here, where a file is read, before it is sent.
//
// It knows what it has looked at, and that versions begin at 1; it does not know what stands.
// Not thread-safe. Called by the loader.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "intake/accept.h"

namespace teller {

class SheetVersions {
 public:
  static constexpr std::uint32_t jump_max = 1000;

  struct Jump {
    std::uint64_t index = 0;  // Which entry of the body, from 0.
    std::uint64_t line = 0;   // From 1; 0 where there are no lines.
    std::uint64_t version = 0, known = 0;
  };
  // The first sheet of a body whose version is too far above those before it. What cannot be read is
  // passed over: whoever takes the body refuses it by name.
  [[nodiscard]] std::optional<Jump> look(BodyFormat format, std::string_view body);

 private:
  [[nodiscard]] std::optional<Jump> look_at_packed(std::string_view body);
  [[nodiscard]] std::optional<Jump> look_at_lines(std::string_view body);
  [[nodiscard]] std::optional<Jump> look_at_list(std::string_view body);
  // What is known of the sheet, if `version` is too far above it.
  [[nodiscard]] std::optional<std::uint64_t> jumps_above(std::string key, std::uint64_t version);

  std::map<std::string, std::uint64_t> highest_;  // By the sheet's unit, method and contest.
};

}  // namespace teller
