// Whether a row of a table is its header once more, as it stands in a file that was put together of several: the same
// one, or one whose columns have another order or partly other names.
//
// Another header is a row in which most names of the header stand, wherever; a name that is a number counts only where
// all others stand there too, for figures may be the same by chance.
//
// Pure. One thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace teller {

enum class HeaderAgain { no, same, other };

class HeaderNames {
 public:
  HeaderNames() = default;
  explicit HeaderNames(std::vector<std::string> names);

  // `fields`: as cleaned() of tables/unicode.h leaves them.
  [[nodiscard]] HeaderAgain look(std::span<const std::string_view> fields);
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  struct Name {
    std::size_t times = 0, met = 0;  // In the header, and in the row that is looked at.
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, Name, Hash, std::equal_to<>> by_name_;
  std::size_t words_ = 0;  // Names that are no numbers, each once.
};

}  // namespace teller
