// What a command puts on the disk step by step, and takes away again when it does not come to its
// end: a failed `teller init` leaves nothing behind, and the next try begins as the first one did.
//
// Taken away are files that were not there before and folders that were made here and hold nothing
// else. After a crash nothing is taken away; what is there then is either no count (count.json is
// written last) or a whole one.
#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"

namespace teller {

class NewOnDisk {
 public:
  NewOnDisk() = default;
  ~NewOnDisk();
  NewOnDisk(const NewOnDisk&) = delete;
  NewOnDisk& operator=(const NewOnDisk&) = delete;

  // To be called before the file is made, by whomever.
  void file(const std::filesystem::path& path);
  // Makes a folder and those above it. Errors: as make_folders().
  [[nodiscard]] Result<void> folders(const std::filesystem::path& path, unsigned mode);

  // All of it stays.
  void keep_all();

 private:
  std::vector<std::filesystem::path> made_;  // Taken away from the end.
};

}  // namespace teller
