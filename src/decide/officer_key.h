// An officer's own key, in a file that nobody else may read.
//
//   teller officer key 1
//   name a.huber
//   role tabulation
//   seed <64 hexadecimal digits>
//
// The count file holds the public half (officers_file.h). Whoever has this file decides in the
// officer's name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/ed25519.h"
#include "base/error.h"
#include "election/officers.h"

namespace teller {

struct OfficerKey {
  std::string name;
  OfficerRole role = OfficerRole::observer;
  Ed25519Seed seed{};

  // A new one. Errors: reject officer.invalid (the name).
  [[nodiscard]] static Result<OfficerKey> make(std::string name, OfficerRole role);
  // Errors: reject officer.key (what is wrong with the file, or others may read it); those of files.
  [[nodiscard]] static Result<OfficerKey> read(const std::filesystem::path& path);
  // Errors: reject officer.key (there is a file already); those of files.
  [[nodiscard]] Result<void> write(const std::filesystem::path& path) const;

  [[nodiscard]] Officer officer() const;
};

}  // namespace teller
