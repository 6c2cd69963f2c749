#include "log/segments_directory.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/file.h"

namespace teller {

namespace fs = std::filesystem;

fs::path DirectorySegments::folder(std::uint16_t partition, std::uint64_t number) const {
  return directory_ / fmt::format("p{:04}/{:06}", partition, number / 1000);
}

fs::path DirectorySegments::file(std::uint16_t partition, std::uint64_t number,
                                 const Hash& hash) const {
  return folder(partition, number) / fmt::format("{:012}-{}.segment", number, to_hex(hash));
}

// A folder that is there may be known to the system's memory only, if the process that made it was
// killed: its name and those above it are synced once.
Result<void> DirectorySegments::prepare(const fs::path& place) {
  {
    const std::scoped_lock lock(mutex_);
    if (prepared_.contains(place)) return {};
  }
  if (auto made = make_folders(place, 0700); !made) return made;
  for (const fs::path& folder :
       {place.parent_path(), directory_,
        directory_.has_parent_path() ? directory_.parent_path() : fs::path(".")}) {
    if (auto synced = sync_folder(folder); !synced) return synced;
  }
  const std::scoped_lock lock(mutex_);
  prepared_.insert(place);
  return {};
}

Result<void> DirectorySegments::put(std::uint16_t partition, std::uint64_t number, const Hash& hash,
                                    ByteView segment) {
  check(sha256(segment) == hash, "a segment is named by its hash");
  const auto told = [](Error error) {
    error.code = error.remedy == Remedy::retry ? Code("segments.full") : Code("segments.io");
    if (error.remedy == Remedy::reject) error.remedy = Remedy::stop;
    return std::unexpected(std::move(error));
  };
  if (auto ready = prepare(folder(partition, number)); !ready) return told(ready.error());
  const fs::path path = file(partition, number, hash);
  // What is there under this name may have been torn by a disk; writing it again heals it.
  if (auto written = write_file(path, segment, 0600); !written) return told(written.error());
  return {};
}

Result<Bytes> DirectorySegments::get(std::uint16_t partition, std::uint64_t number,
                                     const Hash& hash) {
  const fs::path path = file(partition, number, hash);
  auto text = read_file(path, own_file_bytes_max);
  if (!text) {
    const bool missing = text.error().code == Code("file.missing");
    return fail(Remedy::stop, missing ? Code("segments.missing") : Code("segments.io"),
                text.error().detail);
  }
  const ByteView bytes = as_bytes(*text);
  if (sha256(bytes) != hash) {
    return fail(Remedy::stop, "segments.corrupt",
                path.string() + " does not have the hash in its name");
  }
  return Bytes(bytes.begin(), bytes.end());
}

Result<std::vector<Hash>> DirectorySegments::list(std::uint16_t partition, std::uint64_t number) {
  std::vector<Hash> hashes;
  const auto names = list_folder(folder(partition, number));
  if (!names) {
    if (names.error().code == Code("file.missing")) return hashes;
    return fail(Remedy::stop, "segments.io", names.error().detail);
  }
  const std::string prefix = fmt::format("{:012}-", number);
  constexpr std::size_t prefix_size = 13, hash_size = 64;
  const std::string_view suffix = ".segment";
  for (const std::string& name : *names) {
    Hash hash;
    if (name.size() == prefix_size + hash_size + suffix.size() && name.starts_with(prefix) &&
        name.ends_with(suffix) && from_hex(name.substr(prefix_size, hash_size), hash)) {
      hashes.push_back(hash);
    }
  }
  return hashes;
}

Result<std::uint64_t> DirectorySegments::set_aside_after(std::uint16_t partition,
                                                         std::uint64_t number,
                                                         const fs::path& aside) {
  std::uint64_t moved = 0;
  for (std::uint64_t step = number + 1;; ++step) {
    const auto hashes = list(partition, step);
    if (!hashes) return std::unexpected(hashes.error());
    if (hashes->empty()) return moved;
    for (const Hash& hash : *hashes) {
      const fs::path from = file(partition, step, hash);
      const fs::path to = aside / from.lexically_relative(directory_);
      if (auto made = make_folders(to.parent_path(), 0700); !made) {
        return std::unexpected(made.error());
      }
      std::error_code wrong;
      fs::rename(from, to, wrong);
      if (wrong) return fail(Remedy::stop, "segments.io", from.string() + ": " + wrong.message());
      ++moved;
    }
  }
}

}  // namespace teller
