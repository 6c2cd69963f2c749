// The key by which voters are known: HMAC-SHA-256 of what the roll calls them.
//
// What always holds: nobody without the key can say whose row a hash is, not even by trying all ids,
// of which there are few. It is made once, lies in a file of its own (0600), and is deleted with the roll.
//
// A value; safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "base/hash.h"

namespace teller {

class VoterKey {
 public:
  static constexpr std::string_view file_name = "voters.key";

  // Errors: stop voters.key (missing, open to others, no key); those of files.
  [[nodiscard]] static Result<VoterKey> read(const std::filesystem::path& file);
  // The same, and makes it if it is not there.
  [[nodiscard]] static Result<VoterKey> read_or_make(const std::filesystem::path& file);

  // What is kept of a voter. `id` as the roll writes it.
  [[nodiscard]] Hash voter(std::string_view id) const;
  // By which the key is known again.
  [[nodiscard]] Hash mark() const;

 private:
  [[nodiscard]] Hash keyed(std::string_view use, std::string_view text) const;
  std::array<std::uint8_t, 32> secret_{};
};

}  // namespace teller
