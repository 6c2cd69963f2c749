// EnteredRows as files: each sheet in one of its own in the folder `entered/` of a home (0600), named by its
// place. Who owns the home can read all of it; nobody else can. One process at a time changes them:
// whoever holds the lock of the home.
//
// What always holds: a file is there as it was before a change or as it is after it, whatever crashes.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "store/entered_rows.h"

namespace teller {

class EnteredFiles final : public EnteredRows {
 public:
  static constexpr std::string_view folder_name = "entered";  // Of a home.

  // Without the folder there are none; it is made for the first one.
  explicit EnteredFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::string called(const std::string& place) const override {
    return file_of(place).string();
  }
  [[nodiscard]] Result<std::vector<EnteredRow>> entered(bool with_texts) override;
  [[nodiscard]] Result<std::optional<EnteredRow>> read_entered(const std::string& place) override;
  [[nodiscard]] Result<bool> put_entered(const EnteredRow& row,
                                         const std::optional<Hash>& before) override;

  // Deletes all of it; nothing where there is none. Errors: those of files.
  [[nodiscard]] static Result<void> remove(const std::filesystem::path& folder);

 private:
  // Reads what is there, once. Under the mutex.
  [[nodiscard]] Result<void> look();
  [[nodiscard]] std::filesystem::path file_of(const std::string& place) const;

  const std::filesystem::path folder_;
  std::mutex mutex_;
  bool looked_ = false;
  std::map<std::string, Hash> versions_;  // By place.
};

}  // namespace teller
