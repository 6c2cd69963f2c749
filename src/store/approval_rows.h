// Port: decisions that wait for signatures, kept as the texts that decide/approvals.h makes of them.
//
// What always holds: a text is put in the place of the one that was seen, or not at all, so that of two
// who put a signature to a decision at once neither is lost. Adapters: a file each in the home of a count
// (decide/approval_files.h), a row each in PostgreSQL, which every process of the service sees
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

class ApprovalRows {
 public:
  struct Row {
    std::string id;
    Hash version{};  // SHA-256 of its text.
    std::uint64_t bytes = 0;
  };

  ApprovalRows() = default;
  ApprovalRows(const ApprovalRows&) = delete;
  ApprovalRows& operator=(const ApprovalRows&) = delete;
  virtual ~ApprovalRows() = default;

  [[nodiscard]] virtual Result<std::vector<Row>> waiting() = 0;
  // Nothing: nothing waits under this id.
  [[nodiscard]] virtual Result<std::optional<std::string>> read_waiting(const std::string& id) = 0;
  // False, and nothing is changed: what waits under this id is not `before` (nothing: that none waits).
  [[nodiscard]] virtual Result<bool> put_waiting(const std::string& id, const std::string& text,
                                                 const std::optional<Hash>& before) = 0;
  // False: nothing waits under this id, or another one than `only`.
  [[nodiscard]] virtual Result<bool> remove_waiting(const std::string& id,
                                                    const std::optional<Hash>& only) = 0;
};

}  // namespace teller
