// What stands above a column of votes, taken apart: "Mayor - Ada Moss (DEM)" by
// "{contest} - {option} ({party})". Each part becomes a column of its own, {header contest} and so on.
// Where nothing but a blank stands between two parts, one of them says its texts: "{option} {method=ED|AV}".
//
// A plain value. Called by read_results.cc and mapping.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace teller {

class HeaderForm {
 public:
  // Errors: reject mapping.invalid (a brace without its other half, no part, nothing between two parts,
  // a part twice, a part that is called like the number of a row, texts of a part that is neither the first
  // nor the last one).
  [[nodiscard]] static Result<HeaderForm> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  // What its parts are called, in order.
  [[nodiscard]] const std::vector<std::string>& parts() const { return parts_; }
  // The texts of its parts; nothing where it does not fit. None is empty. Each is as short as can be, so
  // that what may stand several times is a part's end where it stands first.
  [[nodiscard]] std::optional<std::vector<std::string>> read(std::string_view header) const;

 private:
  // The longest of a part's texts with which `header` begins, or ends; empty: none.
  [[nodiscard]] std::string_view said_at(std::size_t part, std::string_view header) const;

  std::string text_;
  std::vector<std::string> parts_;
  std::vector<std::vector<std::string>> said_;  // The texts of each part; none: any.
  std::vector<std::string>
      between_;  // Before the first part, between each two, behind the last one.
};

}  // namespace teller
