#include "log/tiles.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/check.h"
#include "base/file.h"
#include "log/merkle.h"

namespace teller {
namespace {

std::string number_path(std::uint64_t number) {
  const auto three = [](std::uint64_t n) {
    std::string digits = std::to_string(1000 + n);
    return digits.substr(1);
  };
  std::string path = three(number % 1000);
  while (number >= 1000) {
    number /= 1000;
    path = "x" + three(number % 1000) + "/" + path;
  }
  return path;
}

std::string with_width(std::string path, std::size_t width) {
  if (width != 0 && width != tile_width) path += fmt::format(".p/{}", width);
  return path;
}

std::unexpected<Error> invalid(const std::string& what) {
  return fail(Remedy::reject, "tile.invalid", what);
}

Result<std::string> read_tile(const std::filesystem::path& path) {
  auto text = read_file(path, tile_bytes_max);
  if (!text && text.error().code == Code("file.missing")) {
    return fail(Remedy::reject, "tile.missing", text.error().detail);
  }
  return text;
}

// What a file holds, and of how many hashes or entries.
struct TileText {
  std::string text;
  std::size_t width = 0;
};

// The file of so many, or the full one that took its place and begins as it did: a reader of an earlier checkpoint, and
// whoever goes on from one that was not followed by another, finds the full one (C2SP tlog-tiles: clients do the same).
template <typename PathOf>
Result<TileText> read_tile(const PathOf& path_of, std::size_t width) {
  auto text = read_tile(path_of(width));
  if (!text && text.error().code == Code("tile.missing") && width < tile_width) {
    if (auto full = read_tile(path_of(tile_width))) return TileText{std::move(*full), tile_width};
  }
  if (!text) return std::unexpected(text.error());
  return TileText{std::move(*text), width};
}

// Of a level or of the bundles, whose names `path_of(number, width)` gives and of which there are `there`.
template <typename PathOf>
Result<void> remove_edges(const std::filesystem::path& folder, const PathOf& path_of,
                          std::uint64_t there) {
  std::size_t keep = there % tile_width;
  for (std::uint64_t number = there / tile_width;; ++number, keep = 0) {
    const std::filesystem::path partial = (folder / path_of(number, 1)).parent_path();
    const auto names = list_folder(partial);
    if (!names && names.error().code != Code("file.missing")) {
      return std::unexpected(names.error());
    }
    for (std::size_t i = 0; names && i < names->size(); ++i) {
      const std::string& name = (*names)[i];
      std::size_t width = 0;
      const auto read = std::from_chars(name.data(), name.data() + name.size(), width);
      if (read.ec != std::errc() || width <= keep) continue;
      std::error_code wrong;
      std::filesystem::remove(partial / name, wrong);
      if (wrong) {
        return fail(Remedy::stop, "file.io", (partial / name).string() + ": " + wrong.message());
      }
    }
    std::error_code unknown;
    if (!std::filesystem::exists(folder / path_of(number, tile_width), unknown)) return {};
  }
}

}  // namespace

std::string tile_path(unsigned level, std::uint64_t number, std::size_t width) {
  return with_width(fmt::format("tile/{}/{}", level, number_path(number)), width);
}

std::string bundle_path(std::uint64_t number, std::size_t width) {
  return with_width("tile/entries/" + number_path(number), width);
}

Result<TileBuilder> TileBuilder::resume(const std::filesystem::path& folder, std::uint64_t size,
                                        bool bundles, File file) {
  TileBuilder builder(std::move(file));
  builder.size_ = size;
  TileReader reader(folder, size);
  for (unsigned level = 0; (size >> (8 * level)) > 0; ++level) {
    const std::uint64_t hashes = size >> (8 * level);
    Level& edge = builder.levels_.emplace_back();
    edge.full = hashes / tile_width;
    if (hashes % tile_width == 0) continue;
    auto tile = reader.tile(level, edge.full);
    if (!tile) return std::unexpected(tile.error());
    edge.hashes = std::move(*tile);
  }
  for (std::uint64_t i = size - size % tile_width; bundles && i < size; ++i) {
    const auto entry = reader.entry(i);
    if (!entry) return std::unexpected(entry.error());
    if (leaf_hash(*entry) != builder.levels_[0].hashes[i % tile_width]) {
      return invalid(fmt::format("{}: entry {} is not the one hashed", folder.string(), i));
    }
    builder.bundle(*entry);
  }
  return builder;
}

void TileBuilder::bundle(ByteView entry) {
  check(entry.size() <= 0xFFFF, "an entry of a log fits into its bundle");
  bundle_.push_back(static_cast<std::uint8_t>(entry.size() >> 8));
  bundle_.push_back(static_cast<std::uint8_t>(entry.size()));
  bundle_.insert(bundle_.end(), entry.begin(), entry.end());
}

Result<void> TileBuilder::append(ByteView entry, const Hash& leaf) {
  bundle(entry);
  if ((size_ + 1) % tile_width == 0) {
    if (auto written = file_(bundle_path(size_ / tile_width, tile_width), bundle_); !written) {
      return written;
    }
    bundle_.clear();
  }
  return append(leaf);
}

Result<void> TileBuilder::append(const Hash& leaf) {
  ++size_;
  return add(0, leaf);
}

Result<void> TileBuilder::add(unsigned level, const Hash& hash) {
  if (levels_.size() <= level) levels_.resize(level + 1);
  levels_[level].hashes.push_back(hash);
  if (levels_[level].hashes.size() < tile_width) return {};
  CompactRange tree;
  Bytes bytes;
  bytes.reserve(tile_width * hash.size());
  for (const Hash& h : levels_[level].hashes) {
    tree.append(h);
    bytes.insert(bytes.end(), h.begin(), h.end());
  }
  levels_[level].hashes.clear();
  const std::uint64_t number = levels_[level].full++;
  if (auto written = file_(tile_path(level, number, tile_width), bytes); !written) return written;
  return add(level + 1, tree.root());
}

Result<void> TileBuilder::write_edge() {
  if (!bundle_.empty()) {
    if (auto written = file_(bundle_path(size_ / tile_width, size_ % tile_width), bundle_);
        !written) {
      return written;
    }
  }
  for (unsigned level = 0; level < levels_.size(); ++level) {
    Bytes bytes;
    for (const Hash& hash : levels_[level].hashes) {
      bytes.insert(bytes.end(), hash.begin(), hash.end());
    }
    if (bytes.empty()) continue;
    if (auto written =
            file_(tile_path(level, levels_[level].full, levels_[level].hashes.size()), bytes);
        !written) {
      return written;
    }
  }
  return {};
}

Result<std::vector<Hash>> TileReader::tile(unsigned tile_level, std::uint64_t number) {
  const std::uint64_t in_level = size_ >> (8 * tile_level);
  const std::size_t width =
      (number + 1) * tile_width <= in_level ? tile_width : in_level % tile_width;
  const auto path_of = [&](std::size_t of) { return folder_ / tile_path(tile_level, number, of); };
  const auto read = read_tile(path_of, width);
  if (!read) return std::unexpected(read.error());
  const std::string& text = read->text;
  if (text.size() != read->width * sizeof(Hash)) {
    return invalid(
        fmt::format("{} does not hold {} hashes", path_of(read->width).string(), read->width));
  }
  std::vector<Hash> hashes(width);
  for (std::size_t i = 0; i < width; ++i) {
    std::copy_n(as_bytes(text).begin() + static_cast<std::ptrdiff_t>(i * sizeof(Hash)),
                sizeof(Hash), hashes[i].begin());
  }
  return hashes;
}

Result<Hash> TileReader::node(unsigned level, std::uint64_t index) {
  const unsigned tile_level = level / 8;
  const unsigned above = level % 8;  // Rows between the tile's hashes and the one asked for.
  const std::uint64_t first = index << above;
  const std::uint64_t number = first / tile_width;
  check(((index + 1) << level) <= size_, "only complete subtrees are asked for");
  if (tiles_.size() <= tile_level) tiles_.resize(tile_level + 1);
  Tile& kept = tiles_[tile_level];
  if (kept.number != number) {
    auto hashes = tile(tile_level, number);
    if (!hashes) return std::unexpected(hashes.error());
    kept = {number, std::move(*hashes)};
  }
  CompactRange tree;
  for (std::uint64_t i = 0; i < (std::uint64_t{1} << above); ++i) {
    tree.append(kept.hashes.at(first % tile_width + i));
  }
  // A complete subtree of one hash is that hash.
  return tree.root();
}

Result<void> remove_edges_beyond(const std::filesystem::path& folder, std::uint64_t size,
                                 bool bundles) {
  for (unsigned level = 0; level < 8; ++level) {
    const auto path_of = [&](std::uint64_t number, std::size_t width) {
      return tile_path(level, number, width);
    };
    if (auto done = remove_edges(folder, path_of, size >> (8 * level)); !done) return done;
  }
  return bundles ? remove_edges(folder, bundle_path, size) : Result<void>();
}

Result<std::vector<ByteView>> read_bundle(ByteView bytes, std::size_t count) {
  std::vector<ByteView> entries;
  entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (bytes.size() < 2) return invalid("the bundle ends too early");
    const std::size_t length = std::size_t{bytes[0]} << 8 | bytes[1];
    bytes = bytes.subspan(2);
    if (bytes.size() < length) return invalid("the bundle ends too early");
    entries.push_back(bytes.first(length));
    bytes = bytes.subspan(length);
  }
  if (!bytes.empty()) return invalid("bytes are left over behind the bundle's entries");
  return entries;
}

Result<ByteView> TileReader::entry(std::uint64_t index) {
  check(index < size_, "only entries of the log are asked for");
  const std::uint64_t number = index / tile_width;
  if (bundle_number_ != number) {
    bundle_number_ = ~std::uint64_t{0};
    const std::size_t width = (number + 1) * tile_width <= size_ ? tile_width : size_ % tile_width;
    const auto path_of = [&](std::size_t of) { return folder_ / bundle_path(number, of); };
    auto read = read_tile(path_of, width);
    if (!read) return std::unexpected(read.error());
    bundle_ = std::move(read->text);
    auto entries = read_bundle(as_bytes(bundle_), read->width);
    if (!entries) return invalid(path_of(read->width).string() + ": " + entries.error().detail);
    entries_ = std::move(*entries);
    entries_.resize(width);
    bundle_number_ = number;
  }
  return entries_[index % tile_width];
}

}  // namespace teller
