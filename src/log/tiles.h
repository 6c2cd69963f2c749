// A log as files: C2SP tlog-tiles (https://c2sp.org/tlog-tiles), so that any web server can serve
// it and programs that we did not write can read it.
//
//   tile/<L>/<N>[.p/<W>]        256 hashes of tree level 8 L, from number 256 N on; W of them in a
//                               partial tile at the right edge
//   tile/entries/<N>[.p/<W>]    an entry bundle: for each of 256 entries its length (u16,
//                               big-endian) and its bytes
//
// N is written in groups of three digits, all but the last with an x before: 1234067 is
// x001/x234/067.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "log/proof.h"

namespace teller {

inline constexpr std::size_t tile_width = 256;
// A bundle of so many of the longest entries, with their lengths.
inline constexpr std::size_t tile_bytes_max = std::size_t{16} << 20;

// "tile/0/x001/067", "tile/1/000.p/12"; width tile_width or 0: a full tile.
[[nodiscard]] std::string tile_path(unsigned level, std::uint64_t number, std::size_t width);
[[nodiscard]] std::string bundle_path(std::uint64_t number, std::size_t width);

// Makes the files of a log out of its entries, in order. Where they go is the caller's: written, or
// held against what is there.
class TileBuilder {
 public:
  // `path` is relative to the log. An error ends the building.
  using File = std::function<Result<void>(const std::string& path, ByteView bytes)>;
  explicit TileBuilder(File file) : file_(std::move(file)) {}

  // Goes on behind the first `size` entries of the log in `folder`. It believes what stands there:
  // the caller holds root_of() the folder against the root it knows. `bundles`: the log has them.
  // Errors: those of TileReader.
  [[nodiscard]] static Result<TileBuilder> resume(const std::filesystem::path& folder,
                                                  std::uint64_t size, bool bundles, File file);

  // An entry has at most 65,535 bytes.
  [[nodiscard]] Result<void> append(ByteView entry, const Hash& leaf);
  // The same for a log whose entries are not in its files; a log has either all of them or none.
  [[nodiscard]] Result<void> append(const Hash& leaf);
  // The partial tiles of the right edge, as of now.
  [[nodiscard]] Result<void> write_edge();
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  void bundle(ByteView entry);
  [[nodiscard]] Result<void> add(unsigned level, const Hash& hash);
  File file_;
  std::uint64_t size_ = 0;
  Bytes bundle_;
  struct Level {
    std::vector<Hash> hashes;
    std::uint64_t full = 0;  // Tiles of this level that are whole.
  };
  std::vector<Level> levels_;
};

// Reads a log of `size` entries back. Believes nothing: who uses an answer checks it against a root
// or a hash. Keeps the last tile of each level and the last bundle.
class TileReader {
 public:
  TileReader(std::filesystem::path folder, std::uint64_t size)
      : folder_(std::move(folder)), size_(size) {}

  [[nodiscard]] std::uint64_t size() const { return size_; }
  // The root of a complete subtree.
  // Errors of both: reject tile.missing, tile.invalid (with the file's path); stop file.io.
  [[nodiscard]] Result<Hash> node(unsigned level, std::uint64_t index);
  // Valid until the next call.
  [[nodiscard]] Result<ByteView> entry(std::uint64_t index);
  // All hashes of a tile: 256 of them, or fewer at the right edge. Where that was filled since, and its file is gone,
  // they are read from the full tile.
  [[nodiscard]] Result<std::vector<Hash>> tile(unsigned tile_level, std::uint64_t number);
  [[nodiscard]] NodeAt nodes() {
    return [this](unsigned level, std::uint64_t index) { return node(level, index); };
  }

 private:
  struct Tile {
    std::uint64_t number = ~std::uint64_t{0};
    std::vector<Hash> hashes;
  };
  std::filesystem::path folder_;
  std::uint64_t size_;
  std::vector<Tile> tiles_;  // By level.
  std::uint64_t bundle_number_ = ~std::uint64_t{0};
  std::string bundle_;
  std::vector<ByteView> entries_;
};

// Takes away the partial tiles of the log in `folder` that go beyond its first `size` entries. A process that died before its
// checkpoint left them, perhaps not whole, and the log may never have that size again. Full tiles stay: they are written again.
// Errors: those of files.
[[nodiscard]] Result<void> remove_edges_beyond(const std::filesystem::path& folder,
                                               std::uint64_t size, bool bundles);

// A bundle's entries, strictly: exactly `count` of them and nothing behind.
// Errors: reject tile.invalid.
[[nodiscard]] Result<std::vector<ByteView>> read_bundle(ByteView bytes, std::size_t count);

}  // namespace teller
