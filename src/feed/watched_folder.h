// A folder into which files are put, or one file that is written anew again and again.
//
// A file is taken once it stands still: size, time of modification and inode have been the same for
// `settle`, or it was last modified so long ago. What its writer has not finished has a name by which it is
// passed over: a dot or a tilde in front, or an ending such as .tmp and .part. Folders in the folder
// are passed over too. It is looked at again and again, and no kernel is asked to tell: that works on a
// folder of another machine too (docs/decisions/0024-a-feed-remembers-nothing.md).
//
// Troubles of look(): as of list_folder(). Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "feed/feed_source.h"

namespace teller {

class WatchedFolder final : public FeedSource {
 public:
  // `path` is a folder or a file. Errors: reject file.not_found.
  [[nodiscard]] static Result<WatchedFolder> open(const std::string& path);

  [[nodiscard]] Look look(std::int64_t now_us) override;
  [[nodiscard]] bool is_unchanged(const FeedFile& file) override;
  void offer_again(const FeedFile& file) override;

  // Whether a name is that of a file which somebody is still writing.
  [[nodiscard]] static bool is_passed_over(std::string_view name);

  static constexpr std::int64_t settle_us = 2'000'000;

 private:
  struct Stamp {
    std::uint64_t size = 0, inode = 0;
    std::int64_t modified_at_us = 0;
    [[nodiscard]] bool operator==(const Stamp&) const = default;
  };
  struct SeenFile {
    Stamp stamp;
    std::int64_t since_us = 0;  // As long as it has looked like this.
    bool is_given = false;
  };
  WatchedFolder(std::string folder, std::string only)
      : folder_(std::move(folder)), only_(std::move(only)) {}
  [[nodiscard]] static bool stamp_of(const std::string& path, Stamp& stamp);

  std::string folder_, only_;             // `only_`: the single file in it that is looked at.
  std::map<std::string, SeenFile> seen_;  // By name.
};

}  // namespace teller
