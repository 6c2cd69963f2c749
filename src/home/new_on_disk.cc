#include "home/new_on_disk.h"

#include <algorithm>
#include <ranges>

#include "base/file.h"

namespace teller {

namespace fs = std::filesystem;

NewOnDisk::~NewOnDisk() {
  for (const fs::path& path : std::views::reverse(made_)) {
    std::error_code ignored;  // A folder that somebody else uses stays.
    fs::remove(path, ignored);
  }
}

void NewOnDisk::file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) made_.push_back(path);
}

Result<void> NewOnDisk::folders(const fs::path& path, unsigned mode) {
  std::vector<fs::path> missing;  // The innermost first.
  std::error_code ignored;
  for (fs::path at = path; !at.empty() && !fs::exists(at, ignored); at = at.parent_path()) {
    missing.push_back(at);
    if (at == at.parent_path()) break;
  }
  made_.insert(made_.end(), missing.rbegin(), missing.rend());
  return make_folders(path, mode);
}

void NewOnDisk::keep_all() { made_.clear(); }

}  // namespace teller
