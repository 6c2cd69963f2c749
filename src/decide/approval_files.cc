#include "decide/approval_files.h"

#include <string_view>

#include "base/bytes.h"
#include "base/file.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view waiting_suffix = ".json";
constexpr std::uint64_t waiting_bytes_max = std::uint64_t{65} << 20;

}  // namespace

fs::path ApprovalFiles::file_of(const std::string& id) const {
  return folder_ / (id + std::string(waiting_suffix));
}

Result<std::unique_ptr<ApprovalFiles>> ApprovalFiles::open(fs::path folder) {
  if (auto made = make_folders(folder, 0700); !made) return std::unexpected(made.error());
  std::unique_ptr<ApprovalFiles> files(new ApprovalFiles(std::move(folder)));
  const auto names = list_folder(files->folder_);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!name.ends_with(waiting_suffix)) continue;
    const auto text = read_file(files->folder_ / name, waiting_bytes_max);
    if (!text) return std::unexpected(text.error());
    const std::string id = name.substr(0, name.size() - waiting_suffix.size());
    files->rows_.emplace(id, Row{id, sha256(as_bytes(*text)), text->size()});
  }
  return files;
}

Result<std::vector<ApprovalRows::Row>> ApprovalFiles::waiting() {
  const std::scoped_lock lock(mutex_);
  std::vector<Row> rows;
  for (const auto& [id, row] : rows_) rows.push_back(row);
  return rows;
}

Result<std::optional<std::string>> ApprovalFiles::read_waiting(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  const auto there = rows_.find(id);
  if (there == rows_.end()) return std::optional<std::string>();
  auto text = read_file(file_of(id), waiting_bytes_max);
  if (!text) return std::unexpected(text.error());
  there->second.version = sha256(as_bytes(*text));  // Should somebody else have written it.
  return std::optional(std::move(*text));
}

Result<bool> ApprovalFiles::put_waiting(const std::string& id, const std::string& text,
                                        const std::optional<Hash>& before) {
  const std::scoped_lock lock(mutex_);
  const auto there = rows_.find(id);
  const bool same =
      before ? there != rows_.end() && there->second.version == *before : there == rows_.end();
  if (!same) return false;
  if (auto written = write_file(file_of(id), as_bytes(text), 0600); !written) {
    return std::unexpected(written.error());
  }
  rows_.insert_or_assign(id, Row{id, sha256(as_bytes(text)), text.size()});
  return true;
}

Result<bool> ApprovalFiles::remove_waiting(const std::string& id, const std::optional<Hash>& only) {
  const std::scoped_lock lock(mutex_);
  const auto there = rows_.find(id);
  if (there == rows_.end() || (only && there->second.version != *only)) return false;
  std::error_code failed;
  if (!fs::remove(file_of(id), failed) && failed) {
    return std::unexpected(file_error(file_of(id), "cannot be removed"));
  }
  rows_.erase(there);
  if (auto synced = sync_folder(folder_); !synced) return std::unexpected(synced.error());
  return true;
}

}  // namespace teller
