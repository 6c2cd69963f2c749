#include "publish/log_files_check.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "base/check.h"
#include "base/file.h"
#include "log/merkle.h"
#include "log/segment.h"
#include "log/tiles.h"
#include "publish/export.h"
#include "publish/note.h"
#include "publish/statement.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t log_wrong_max = 100;
constexpr std::uint64_t statements_read_at_once = 500;

// A file of a log by its name below the log: a tile's, or a bundle's.
struct TileName {
  bool bundle = false;
  unsigned level = 0;
  std::uint64_t number = 0;
  std::size_t width = tile_width;
  [[nodiscard]] std::string path(std::size_t of_width) const {
    return bundle ? bundle_path(number, of_width) : tile_path(level, number, of_width);
  }
};

std::optional<TileName> tile_name(std::string_view path) {
  constexpr std::string_view bundles = "tile/entries/", tiles = "tile/";
  TileName name;
  const std::string_view whole = path;
  if (path.starts_with(bundles)) {
    name.bundle = true;
    path.remove_prefix(bundles.size());
  } else if (path.starts_with(tiles)) {
    path.remove_prefix(tiles.size());
    const auto read = std::from_chars(path.data(), path.data() + path.size(), name.level);
    if (read.ec != std::errc() || name.level > 8) return std::nullopt;
    path.remove_prefix(static_cast<std::size_t>(read.ptr - path.data()));
  }
  if (const std::size_t partial = path.find(".p/"); partial != std::string_view::npos) {
    const std::string_view width = path.substr(partial + 3);
    if (std::from_chars(width.data(), width.data() + width.size(), name.width).ec != std::errc())
      return std::nullopt;
    path = path.substr(0, partial);
  }
  for (const char c : path) {
    if (c >= '0' && c <= '9') name.number = name.number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  // One file has one name.
  if (name.width == 0 || name.width > tile_width || name.path(name.width) != whole)
    return std::nullopt;
  return name;
}

// One of the logs of the folder while it is made anew, up to the checkpoint.
class LogMadeAgain {
 public:
  LogMadeAgain(fs::path folder, std::string below, LogFilesCheck& to)
      : folder_(std::move(folder)),
        below_(std::move(below)),
        to_(&to),
        tiles_([this](const std::string& path, ByteView bytes) {
          compare(path, bytes);
          return Result<void>();
        }) {}
  LogMadeAgain(const LogMadeAgain&) = delete;
  LogMadeAgain& operator=(const LogMadeAgain&) = delete;

  void append(ByteView entry, const Hash& leaf) {
    check(tiles_.append(entry, leaf).has_value(), "comparing is no error");
  }
  void append(const Hash& leaf) { check(tiles_.append(leaf).has_value(), "comparing is no error"); }
  void end() { check(tiles_.write_edge().has_value(), "comparing is no error"); }
  [[nodiscard]] std::uint64_t size() const { return tiles_.size(); }

  // A file that is there, by its name below this log.
  void look_at(const TileName& name) {
    const std::uint64_t in_level = size() >> (name.bundle ? 0 : 8 * name.level);
    if (name.number * tile_width + name.width > in_level) return;  // Beyond the checkpoint.
    const std::string path = name.path(name.width);
    if (edge_paths_.contains(path) || name.width == tile_width) return;  // Compared already.
    // An earlier edge: the beginning of what stands there now, which was compared.
    const auto edge = edge_.find(name.path(0));
    const auto full = edge == edge_.end()
                          ? read_file(folder_ / name.path(tile_width), tile_bytes_max)
                          : Result<std::string>(edge->second);
    const auto there = read_file(folder_ / path, tile_bytes_max);
    if (!full || (!there && there.error().code == Code("file.missing"))) return;  // Tidied away.
    ++to_->compared;
    const bool whole = there && (name.bundle ? read_bundle(as_bytes(*there), name.width).has_value()
                                             : there->size() == name.width * sizeof(Hash));
    if (!whole || !full->starts_with(*there)) wrong(path, "is not what was written there");
  }

 private:
  void wrong(const std::string& path, std::string_view what) {
    if (to_->wrong.size() < log_wrong_max)
      to_->wrong.push_back(fmt::format("{}{} {}", below_, path, what));
  }
  void compare(const std::string& path, ByteView bytes) {
    ++to_->compared;
    const std::size_t partial = path.find(".p/");
    std::string full = path.substr(0, partial);
    if (partial != std::string::npos) {
      edge_.emplace(full, as_text(bytes));
      edge_paths_.insert(path);
    }
    auto there = read_file(folder_ / path, tile_bytes_max);
    // Whoever follows the log may have filled the tile meanwhile.
    if (!there && partial != std::string::npos) {
      if (auto filled = read_file(folder_ / full, tile_bytes_max))
        there = filled->substr(0, bytes.size());
    }
    if (!there) {
      wrong(path, "is not there");
    } else if (*there != as_text(bytes)) {
      wrong(path, "is not what store and segments give");
    }
  }

  const fs::path folder_;
  const std::string below_;
  LogFilesCheck* to_;
  TileBuilder tiles_;
  std::map<std::string, std::string> edge_;  // Name of the full tile -> what there is of it.
  std::set<std::string> edge_paths_;
};

// All logs of the folder, up to its checkpoint.
class PublicLogCompared {
 public:
  PublicLogCompared(const fs::path& folder, const CountFile& count, LogFilesCheck& to)
      : count_(count), to_(to), statements_(folder, "", to) {
    for (std::uint16_t i = 0; i < count.partitions; ++i) {
      const std::string below = exported::partition_folder(i);
      votes_.try_emplace(below, folder / below, below + "/", to);
    }
  }

  // Statements 0 to `size` - 1 and the leaves of their steps.
  // Errors: those of the store.
  Result<void> make_again(Store& store, Segments& segments, std::uint64_t size) {
    std::uint64_t commit = 0;
    while (statements_.size() < size) {
      const auto rows = store.statements(statements_.size(), statements_read_at_once);
      if (!rows) return std::unexpected(rows.error());
      if (rows->empty()) {
        to_.unread = fmt::format("statement {} is not in the store", statements_.size());
        return {};
      }
      for (const StatementRow& row : *rows) {
        if (statements_.size() == size) break;
        if (row.number != statements_.size()) {
          to_.unread = fmt::format("statement {} is not in the store", statements_.size());
          return {};
        }
        const Hash leaf = leaf_hash(row.bytes);
        statements_.append(row.bytes, leaf);
        tree_.append(leaf);
        commit = row.commit;
      }
    }
    const auto steps = store.steps(0, commit);
    if (!steps) return std::unexpected(steps.error());
    for (const StepRow& step : *steps) {
      const auto bytes = segments.get(step.partition, step.number, step.segment);
      const auto segment = bytes ? decode_segment(*bytes, count_.id)
                                 : Result<Segment>(std::unexpected(bytes.error()));
      const auto log = votes_.find(exported::partition_folder(step.partition));
      if (!segment || log == votes_.end()) {
        to_.unread = segment ? "a step of no partition" : segment.error().detail;
        return {};
      }
      for (const Hash& hash : segment->hashes) log->second.append(hash);
    }
    statements_.end();
    for (auto& [below, log] : votes_) log.end();
    return {};
  }

  // Of the statements: what a checkpoint is over. That of each log of votes stands in its statements.
  [[nodiscard]] Hash root() const { return tree_.root(); }

  // A file that is there, by its name in the folder.
  void look_at(const std::string& path) {
    // What write_file() has not renamed yet has another name for a moment.
    if (path == "checkpoint" || path.starts_with("checkpoint.new")) return;
    LogMadeAgain* log = &statements_;
    std::string_view name = path;
    for (auto& [below, of] : votes_) {
      if (!name.starts_with(below + "/")) continue;
      log = &of;
      name.remove_prefix(below.size() + 1);
      break;
    }
    const auto tile = tile_name(name);
    if (tile && (!tile->bundle || log == &statements_)) {
      log->look_at(*tile);
    } else if (to_.wrong.size() < log_wrong_max) {
      to_.wrong.push_back(path + " does not belong to the public log");
    }
  }

 private:
  const CountFile& count_;
  LogFilesCheck& to_;
  LogMadeAgain statements_;
  CompactRange tree_;                          // Of the statements.
  std::map<std::string, LogMadeAgain> votes_;  // By the name of its folder.
};

}  // namespace

Result<LogFilesCheck> check_log_files(const fs::path& folder, const CountFile& count, Store& store,
                                      Segments& segments) {
  LogFilesCheck found;
  // Before the store, which cannot be behind it then.
  const auto note = read_file(folder / "checkpoint");
  const auto last = store.last_statement();
  if (!last) return std::unexpected(last.error());
  found.behind = *last ? (*last)->number + 1 : 0;
  if (!note && note.error().code == Code("file.missing")) return found;
  ++found.compared;
  const auto checkpoint = note ? open_checkpoint(*note, count.public_key)
                               : Result<Checkpoint>(std::unexpected(note.error()));
  if (!checkpoint || checkpoint->size == 0 || checkpoint->size > found.behind) {
    found.wrong.push_back(checkpoint
                              ? fmt::format("checkpoint speaks of {} statements, the store has {}",
                                            checkpoint->size, found.behind)
                              : "checkpoint: " + checkpoint.error().detail);
    return found;
  }
  found.behind -= checkpoint->size;
  PublicLogCompared logs(folder, count, found);
  if (auto made = logs.make_again(store, segments, checkpoint->size); !made)
    return std::unexpected(made.error());
  if (!found.unread.empty()) return found;
  if (logs.root() != checkpoint->root)
    found.wrong.push_back("checkpoint was not signed over the statements of the store");
  std::error_code wrong;
  for (fs::recursive_directory_iterator at(folder, wrong), end; !wrong && at != end;
       at.increment(wrong)) {
    std::error_code gone;
    if (!at->is_directory(gone)) logs.look_at(fs::relative(at->path(), folder).generic_string());
  }
  return found;
}

std::string in_words(const LogFilesCheck& found) {
  if (!found.unread.empty()) return "its tiles were not compared: " + found.unread;
  return found.behind == 0 ? "" : fmt::format("{} statements behind", found.behind);
}

}  // namespace teller
