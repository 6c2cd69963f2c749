// Port: the statements that were signed, kept before anybody sees them, so that no number is ever
// signed twice with other content. One of the ports of a store (store.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace teller {

struct StatementRow {
  std::uint64_t number = 0;
  std::uint64_t commit = 0;
  Bytes bytes;             // The statement itself: a leaf of the statements log.
  std::string checkpoint;  // Signed note over the statements log of this size.
};

class StatementStore {
 public:
  virtual ~StatementStore() = default;

  // Stores a statement under its unique number, before anybody sees it. False if that number is
  // taken (another publisher was first): read it and publish that one.
  [[nodiscard]] virtual Result<bool> put_statement(const StatementRow& row) = 0;
  [[nodiscard]] virtual Result<std::optional<StatementRow>> last_statement() = 0;
  // All statements from `first` on, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<StatementRow>> statements(std::uint64_t first,
                                                                     std::uint64_t limit) = 0;
};

}  // namespace teller
