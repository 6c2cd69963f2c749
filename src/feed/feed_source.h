// Port: where a feed's files come from. Adapters: a folder (or a single file), an HTTP address.
//
// One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace teller {

// A file that is new, or is not what it was, and can be read.
struct FeedFile {
  std::string name;                            // For people, and the same whenever it is this file.
  std::string path;                            // To be read there until the next look.
  std::optional<std::int64_t> modified_at_us;  // As its folder or server says.
};

class FeedSource {
 public:
  struct Look {
    std::vector<FeedFile> files;       // By name.
    std::vector<std::string> folders;  // What is in these is not looked at; empty ones left out.
    std::vector<std::string> gone;     // Names that were there at the last look.
    // Something is there that cannot be taken yet: look again soon.
    bool is_waiting = false;
    std::optional<Error> trouble;           // It could not look. Of the adapter.
    std::chrono::milliseconds at_least{0};  // Not to look again before.
  };
  virtual ~FeedSource() = default;

  // `now_us` as Clock gives it. A file is given once; again when it has changed, or when offer_again()
  // was called.
  [[nodiscard]] virtual Look look(std::int64_t now_us) = 0;

  // After it was read: whether it still is what was given.
  [[nodiscard]] virtual bool is_unchanged(const FeedFile& file) = 0;
  // It could not be delivered: the next look gives it once more.
  virtual void offer_again(const FeedFile& file) = 0;
};

}  // namespace teller
