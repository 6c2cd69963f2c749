// Port: result sheets that two people type, kept as the texts that entering/entered_sheets.h makes of them.
//
// What always holds: a text is put in the place of the one that was seen, or not at all, so that of two who
// type a sheet at once neither is lost, and none is the first one twice. Adapters: a file each in the home of a count
// (entering/entered_files.h), a row each in PostgreSQL, which every process of the service sees
// (store_postgres.h).
//
// Safe from any thread. Errors of all: those of files, or of the store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"

namespace teller {

struct EnteredRow {
  std::string place;  // A hash of its unit, method and contest; 32 hexadecimal digits.
  Hash version{};     // SHA-256 of its text, as the keeping says.
  std::optional<bool>
      is_open{};  // Somebody has typed it and it was not delivered; nothing: the keeping does not say.
  std::string text{};  // Where it was asked for.
};

class EnteredRows {
 public:
  EnteredRows() = default;
  EnteredRows(const EnteredRows&) = delete;
  EnteredRows& operator=(const EnteredRows&) = delete;
  virtual ~EnteredRows() = default;

  // What it is called, to people who have to mend it.
  [[nodiscard]] virtual std::string called(const std::string& place) const = 0;
  // All that is kept.
  [[nodiscard]] virtual Result<std::vector<EnteredRow>> entered(bool with_texts) = 0;
  // With its text. Nothing: none is kept of this place.
  [[nodiscard]] virtual Result<std::optional<EnteredRow>> read_entered(
      const std::string& place) = 0;
  // Durable when it returns. False, and nothing is changed: what is kept of this place is not `before`
  // (nothing: that none is).
  [[nodiscard]] virtual Result<bool> put_entered(const EnteredRow& row,
                                                 const std::optional<Hash>& before) = 0;
};

}  // namespace teller
