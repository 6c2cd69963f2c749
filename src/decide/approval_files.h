// ApprovalRows as files: each text in one of its own in a folder of the home (0600), `officers/approvals`.
// One process at a time changes them: whoever holds the lock of the home.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "store/approval_rows.h"

namespace teller {

class ApprovalFiles final : public ApprovalRows {
 public:
  // Reads what waits. Errors: those of files.
  [[nodiscard]] static Result<std::unique_ptr<ApprovalFiles>> open(std::filesystem::path folder);

  [[nodiscard]] Result<std::vector<Row>> waiting() override;
  [[nodiscard]] Result<std::optional<std::string>> read_waiting(const std::string& id) override;
  [[nodiscard]] Result<bool> put_waiting(const std::string& id, const std::string& text,
                                         const std::optional<Hash>& before) override;
  [[nodiscard]] Result<bool> remove_waiting(const std::string& id,
                                            const std::optional<Hash>& only) override;

 private:
  explicit ApprovalFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  [[nodiscard]] std::filesystem::path file_of(const std::string& id) const;

  const std::filesystem::path folder_;
  std::mutex mutex_;
  std::map<std::string, Row> rows_;  // By id: no other name of a file is ever made or read.
};

}  // namespace teller
