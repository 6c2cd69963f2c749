#include "entering/entered_files.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/file.h"

namespace teller {
namespace {

constexpr std::string_view entered_suffix = ".json";
constexpr std::uint64_t entered_file_bytes_max = std::uint64_t{4} << 20;

}  // namespace

std::filesystem::path EnteredFiles::file_of(const std::string& place) const {
  return folder_ / (place + std::string(entered_suffix));
}

Result<void> EnteredFiles::look() {
  std::error_code none;
  if (looked_ || !std::filesystem::exists(folder_, none)) return {};
  const auto names = list_folder(folder_);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!name.ends_with(entered_suffix)) continue;
    const auto text = read_file(folder_ / name, entered_file_bytes_max);
    if (!text) return std::unexpected(text.error());
    versions_.insert_or_assign(name.substr(0, name.size() - entered_suffix.size()),
                               sha256(as_bytes(*text)));
  }
  looked_ = true;
  return {};
}

Result<std::vector<EnteredRow>> EnteredFiles::entered(bool with_texts) {
  const std::scoped_lock lock(mutex_);
  if (auto looked = look(); !looked) return std::unexpected(looked.error());
  std::vector<EnteredRow> rows;
  for (auto& [place, version] : versions_) {
    EnteredRow& row = rows.emplace_back(EnteredRow{.place = place, .version = version});
    if (!with_texts) continue;
    auto text = read_file(file_of(place), entered_file_bytes_max);
    if (!text) return std::unexpected(text.error());
    row.version = version = sha256(as_bytes(*text));  // Should somebody else have written it.
    row.text = std::move(*text);
  }
  return rows;
}

Result<std::optional<EnteredRow>> EnteredFiles::read_entered(const std::string& place) {
  const std::scoped_lock lock(mutex_);
  if (auto looked = look(); !looked) return std::unexpected(looked.error());
  const auto there = versions_.find(place);
  if (there == versions_.end()) return std::optional<EnteredRow>();
  auto text = read_file(file_of(place), entered_file_bytes_max);
  if (!text) return std::unexpected(text.error());
  there->second = sha256(as_bytes(*text));
  return EnteredRow{.place = place, .version = there->second, .text = std::move(*text)};
}

Result<bool> EnteredFiles::put_entered(const EnteredRow& row, const std::optional<Hash>& before) {
  const std::scoped_lock lock(mutex_);
  if (auto looked = look(); !looked) return std::unexpected(looked.error());
  const auto there = versions_.find(row.place);
  const bool same =
      before ? there != versions_.end() && there->second == *before : there == versions_.end();
  if (!same) return false;
  if (auto made = make_folders(folder_, 0700); !made) return std::unexpected(made.error());
  if (auto written = write_file(file_of(row.place), as_bytes(row.text), 0600); !written) {
    return std::unexpected(written.error());
  }
  versions_.insert_or_assign(row.place, row.version);
  return true;
}

Result<void> EnteredFiles::remove(const std::filesystem::path& folder) {
  std::error_code wrong;
  if (!std::filesystem::exists(folder, wrong)) return {};
  std::filesystem::remove_all(folder, wrong);
  if (wrong) {
    return fail(Remedy::stop, "file.io", fmt::format("{}: {}", folder.string(), wrong.message()));
  }
  return sync_folder(folder.parent_path());
}

}  // namespace teller
