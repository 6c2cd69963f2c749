// TOML that a person wrote, read strictly: teller.toml and the mappings of `teller import`.
//
// A text that goes beyond the limits of toml_limits.h is refused before a tree is made of it. Then
// its reader asks, table by table, for everything it knows. A fault does not end the reading: it is
// kept with its line, what was asked for stays as it was, and finish() tells all faults at once. A
// key that nobody asked for is a fault too, for a mistyped key would be a default that nobody meant.
//
//   auto file = TomlFile::parse(text, "mapping.toml", "mapping.invalid");
//   if (!file) return std::unexpected(file.error());
//   if (const auto csv = file->root().table("csv")) csv->flag("header", out.header);
//   if (auto good = file->finish(); !good) return std::unexpected(good.error());
//
// Not thread-safe; a plain value otherwise. The only includer of toml++ (toml_file.cc).
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"

namespace teller {

// What a fault is when it comes to a key.
enum class Need {
  optional,   // It may be left out, and be empty.
  not_empty,  // It may be left out.
  required,   // It is there and not empty.
};

// One table of a TomlFile, which outlives it.
class TomlTable {
 public:
  // Each leaves `out` as it is when the key is left out or wrong. True: `out` is what the file says.
  bool text(std::string_view key, std::string& out, Need need = Need::optional) const;
  bool flag(std::string_view key, bool& out) const;
  template <std::integral Number>
  bool number(std::string_view key, Number& out, std::type_identity_t<Number> min,
              std::type_identity_t<Number> max) const {
    const auto found =
        whole_number(key, static_cast<std::int64_t>(min), static_cast<std::int64_t>(max));
    if (found) out = static_cast<Number>(*found);
    return found.has_value();
  }
  // A text, or a list of texts. not_empty: neither the list nor a text in it is.
  [[nodiscard]] std::vector<std::string> texts(std::string_view key,
                                               Need need = Need::optional) const;

  // The table [key].
  [[nodiscard]] std::optional<TomlTable> table(std::string_view key,
                                               Need need = Need::optional) const;
  // Each [[key]], or the one [key]; none is a fault.
  [[nodiscard]] std::vector<TomlTable> tables(std::string_view key) const;

  // For a table whose keys are the writer's own, as {"MAYOR" = "mayor"}: all of them, and none of
  // them is unknown.
  [[nodiscard]] std::vector<std::string> keys() const;

  // Notes what else is wrong with a key: "[csv] delimiter " and `what`.
  void fault(std::string_view key, std::string_view what) const;

 private:
  friend class TomlFile;
  struct Asked;
  explicit TomlTable(Asked* asked) : asked_(asked) {}
  [[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view key, std::int64_t min,
                                                         std::int64_t max) const;
  Asked* asked_;
};

class TomlFile {
 public:
  // `name` stands before each fault. Errors: reject `code` (beyond a limit; no TOML).
  [[nodiscard]] static Result<TomlFile> parse(std::string_view text, std::string name, Code code);
  TomlFile(TomlFile&&) noexcept;
  TomlFile& operator=(TomlFile&&) noexcept;
  ~TomlFile();

  [[nodiscard]] TomlTable root() const;

  // After the last question. Errors: reject `code` of parse() with all faults, one a line as
  // "name:line: what", in the order of the file; of more than 20 the first 20, and how many follow.
  [[nodiscard]] Result<void> finish() const;

 private:
  friend class TomlTable;
  struct State;
  explicit TomlFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The text of a file, of which no more is read than parse() takes.
// Errors: reject `code` of a larger file; those of read_file().
[[nodiscard]] Result<std::string> read_toml(const std::filesystem::path& file, Code code);

}  // namespace teller
