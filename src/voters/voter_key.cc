#include "voters/voter_key.h"

#include <algorithm>

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/file.h"
#include "base/random.h"

namespace teller {

Result<VoterKey> VoterKey::read(const std::filesystem::path& file) {
  const auto wrong = [&](std::string_view what) {
    return fail(Remedy::stop, "voters.key", file.string() + " " + std::string(what));
  };
  const auto opened = open_file(file, O_RDONLY);
  if (!opened) {
    if (opened.error().code == Code("file.missing")) return wrong("is gone");
    return std::unexpected(opened.error());
  }
  struct stat status{};
  if (::fstat(opened->get(), &status) != 0) return std::unexpected(file_error(file, "look at"));
  if ((status.st_mode & 077U) != 0) return wrong("can be read by others: chmod 600");
  VoterKey key;
  if (status.st_size != static_cast<off_t>(key.secret_.size())) return wrong("must hold 32 bytes");
  if (auto got = read_at(*opened, key.secret_, 0, file); !got) return std::unexpected(got.error());
  return key;
}

Result<VoterKey> VoterKey::read_or_make(const std::filesystem::path& file) {
  auto there = read(file);
  std::error_code ignored;
  if (there || std::filesystem::exists(file, ignored)) return there;
  if (auto made = write_file(file, random_bytes(), 0600); !made) {
    return std::unexpected(made.error());
  }
  return read(file);
}

Hash VoterKey::keyed(std::string_view use, std::string_view text) const {
  const std::string message = std::string(use) + '\n' + std::string(text);
  const ByteView bytes = as_bytes(message);
  Hash hash{};
  unsigned size = 0;
  const auto* const made = HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
                                bytes.data(), bytes.size(), hash.data(), &size);
  check(made != nullptr && size == hash.size(), "HMAC-SHA-256 is there");
  return hash;
}

Hash VoterKey::voter(std::string_view id) const { return keyed("teller/voter/1", id); }
Hash VoterKey::mark() const { return keyed("teller/voters-key/1", ""); }

}  // namespace teller
