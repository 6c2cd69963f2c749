// What is kept of sheets that are entered twice: each in a file of its own in the folder `entered/` of the home
// (0600), as JSON. Who owns the home can read all of it; nobody else can.
//
// What always holds: a file is there as it was before a change or as it is after it, whatever crashes.
// A file that cannot be read is named, and nothing is told or changed before it is mended: a sheet that
// was passed over would be typed once more, by people who know its figures.
//
// Not thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "election/rules.h"
#include "entering/entered_sheet.h"

namespace teller {

// The bytes of its file, and back. Errors: reject entering.file_invalid, with line.
[[nodiscard]] std::string to_text(const EnteredSheet& sheet, const Rules& rules);
[[nodiscard]] Result<EnteredSheet> parse_entered_sheet(std::string_view text, std::string_view name,
                                                       const Rules& rules);

class EnteredSheets {
 public:
  static constexpr std::string_view folder_name = "entered";  // Of a home.

  // `rules` outlives it. Without the folder there are none. Errors: reject entering.file_invalid; those of files.
  [[nodiscard]] static Result<EnteredSheets> open(std::filesystem::path folder, const Rules& rules);

  // Null: nothing was typed of it.
  [[nodiscard]] const EnteredSheet* find(const SheetKey& key) const;
  [[nodiscard]] const std::map<SheetKey, EnteredSheet>& all() const { return sheets_; }
  // How many somebody has typed that were not delivered.
  [[nodiscard]] std::uint64_t open_sheets() const;
  // Durable when it returns. Errors: those of files; then it is as it was.
  [[nodiscard]] Result<void> put(EnteredSheet sheet);

  // Deletes all of it; nothing where there is none. Errors: those of files.
  [[nodiscard]] static Result<void> remove(const std::filesystem::path& folder);

 private:
  EnteredSheets(std::filesystem::path folder, const Rules& rules)
      : folder_(std::move(folder)), rules_(&rules) {}

  std::filesystem::path folder_;
  const Rules* rules_;
  std::map<SheetKey, EnteredSheet> sheets_;
};

}  // namespace teller
