// What is kept of sheets that are entered twice, read and held against what it must be. Where the texts lie is EnteredRows'
// (store/entered_rows.h): a text each, as JSON.
//
// What always holds: a text that cannot be read is named, and nothing is told or changed before it is
// mended: a sheet that was passed over would be typed once more, by people who know its figures. So is one
// that was changed past the program, as far as that can be seen: of another sheet than its place says, or
// of another hash than stands beside it.
//
// Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "election/rules.h"
#include "entering/entered_sheet.h"
#include "store/entered_rows.h"

namespace teller {

// What is kept of a sheet, and back. Errors: reject entering.file_invalid, with line.
[[nodiscard]] std::string to_text(const EnteredSheet& sheet, const Rules& rules);
[[nodiscard]] Result<EnteredSheet> parse_entered_sheet(std::string_view text, std::string_view name,
                                                       const Rules& rules);

class EnteredSheets {
 public:
  // Both outlive it. Nothing is known before look().
  EnteredSheets(EnteredRows& rows, const Rules& rules) : rows_(&rows), rules_(&rules) {}

  // Reads what is new. Errors: reject entering.file_invalid; those of EnteredRows.
  [[nodiscard]] Result<void> look();
  // As it was last read. Null: nothing was typed of it.
  [[nodiscard]] const EnteredSheet* find(const SheetKey& key) const;
  [[nodiscard]] const std::map<SheetKey, EnteredSheet>& all() const { return sheets_; }
  // How many somebody has typed that were not delivered.
  [[nodiscard]] std::uint64_t open_sheets() const;
  // In place of the one that was last read; durable when it returns. False: another one is kept by now, so look again.
  // Errors: those of EnteredRows; then it is as it was, or the store cannot say, and look() will.
  [[nodiscard]] Result<bool> put(EnteredSheet sheet);

 private:
  struct Known {
    Hash version{};
    SheetKey key;
  };
  [[nodiscard]] Result<void> take(const EnteredRow& row);

  EnteredRows* rows_;
  const Rules* rules_;
  std::map<std::string, Known, std::less<>> known_;  // By place.
  std::map<SheetKey, EnteredSheet> sheets_;
};

}  // namespace teller
