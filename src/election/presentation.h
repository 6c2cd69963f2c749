// Presentation: what people see beside the numbers. Versioned and replaceable while counting;
// nothing in it is ever counted.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "election/rules.h"

namespace teller {

struct OptionLook {
  std::string colour;  // "#rrggbb"; empty: the board chooses.
  std::string photo;   // A file beside the presentation, or a name in its `photos`.
  std::string short_name;
};

struct Presentation {
  // A look for each of 65,000 options of some contests, a text for each, registered voters for each
  // unit of a nation.
  static constexpr std::size_t file_bytes_max = std::size_t{128} << 20;
  // A photo is sent with the page that shows it.
  static constexpr std::size_t photo_bytes_max = std::size_t{512} << 10;
  // So is the outline of a map. Its drawing is at most so wide and high, in whole numbers.
  static constexpr std::size_t outline_bytes_max = std::size_t{256} << 10;
  static constexpr std::uint64_t map_max = 100'000;

  std::string bytes;  // As given; their SHA-256 is its hash.
  [[nodiscard]] Hash hash() const { return sha256(as_bytes(bytes)); }

  std::string title, subtitle;
  std::map<std::string, OptionLook> options;                        // By "contest/option".
  std::map<std::string, OptionLook> parties;                        // By party id.
  std::map<std::string, std::map<std::string, std::string>> texts;  // By language, by id.
  std::map<std::string, std::uint64_t> registered;                  // By unit id.
  std::set<std::string> photos;                                     // Names of those that it holds.
  // Profiles, figures of an earlier election and a map are checked; only the board reads them.

  // Photos that looks name and that it does not hold.
  [[nodiscard]] std::vector<std::string> photos_beside() const;
  // The same file holding `photos` too: name and bytes. They are PNG, JPEG or WebP, at most photo_bytes_max each.
  // Errors: reject presentation.invalid.
  [[nodiscard]] static Result<std::string> with_photos(
      std::string json, const std::map<std::string, std::string>& photos);

  // Errors: reject presentation.invalid. Ids that `rules` does not know are errors.
  [[nodiscard]] static Result<Presentation> parse(std::string_view json, std::string_view name,
                                                  const Rules& rules);
};

}  // namespace teller
