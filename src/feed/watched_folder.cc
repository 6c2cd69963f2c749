#include "feed/watched_folder.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.h"

namespace teller {

namespace fs = std::filesystem;

Result<WatchedFolder> WatchedFolder::open(const std::string& path) {
  struct stat found;
  if (::stat(path.c_str(), &found) != 0) {
    return fail(Remedy::reject, "file.not_found", path + ": there is no such folder or file");
  }
  if (S_ISDIR(found.st_mode)) return WatchedFolder(path, "");
  const fs::path file(path);
  return WatchedFolder(file.has_parent_path() ? file.parent_path().string() : ".",
                       file.filename().string());
}

bool WatchedFolder::is_passed_over(std::string_view name) {
  if (name.starts_with('.') || name.starts_with('~') || name.ends_with('~')) return true;
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string end(name.substr(dot + 1));
  std::ranges::transform(end, end.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const std::string_view unfinished :
       {"tmp", "temp", "part", "partial", "filepart", "crdownload", "download", "swp", "lock"}) {
    if (end == unfinished) return true;
  }
  return false;
}

bool WatchedFolder::stamp_of(const std::string& path, Stamp& stamp) {
  struct stat found;
  if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
  stamp = {.size = static_cast<std::uint64_t>(found.st_size),
           .inode = static_cast<std::uint64_t>(found.st_ino),
           .modified_at_us =
               std::int64_t{found.st_mtim.tv_sec} * 1'000'000 + found.st_mtim.tv_nsec / 1'000};
  return true;
}

FeedSource::Look WatchedFolder::look(std::int64_t now_us) {
  Look look;
  std::vector<std::string> names;
  if (only_.empty()) {
    auto listed = list_folder(folder_);
    if (!listed) {
      look.trouble = std::move(listed.error());
      return look;
    }
    names = std::move(*listed);
    std::erase_if(names, is_passed_over);
    std::ranges::sort(names);
  } else {
    names = {only_};
  }
  std::map<std::string, SeenFile> seen;
  for (const std::string& name : names) {
    Stamp stamp;
    const std::string path = (fs::path(folder_) / name).string();
    if (!stamp_of(path, stamp)) {  // A folder, or gone already.
      const auto inside = only_.empty() ? list_folder(path) : Result<std::vector<std::string>>();
      if (inside && !inside->empty()) look.folders.push_back(name);
      continue;
    }
    const auto before = seen_.find(name);
    const bool is_same = before != seen_.end() && before->second.stamp == stamp;
    SeenFile& now = seen[name] =
        is_same ? before->second : SeenFile{.stamp = stamp, .since_us = now_us};
    if (now.is_given) continue;
    const bool is_old = stamp.modified_at_us <= now_us - settle_us;
    if (is_old || now.since_us <= now_us - settle_us) {
      now.is_given = true;
      look.files.push_back({name, path, stamp.modified_at_us});
    } else {
      look.is_waiting = true;
    }
  }
  for (const auto& [name, before] : seen_) {
    if (!seen.contains(name)) look.gone.push_back(name);
  }
  seen_ = std::move(seen);
  if (!only_.empty() && seen_.empty()) {
    look.trouble = {Remedy::reject, "file.not_found",
                    (fs::path(folder_) / only_).string() + ": the file is gone"};
  }
  return look;
}

bool WatchedFolder::is_unchanged(const FeedFile& file) {
  const auto seen = seen_.find(file.name);
  Stamp stamp;
  return seen != seen_.end() && stamp_of(file.path, stamp) && stamp == seen->second.stamp;
}

void WatchedFolder::offer_again(const FeedFile& file) {
  const auto seen = seen_.find(file.name);
  if (seen != seen_.end()) seen->second.is_given = false;
}

}  // namespace teller
