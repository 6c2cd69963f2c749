// The secret from which an import derives ids and order, kept beside the count.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/random.h"
#include "results/import.h"

namespace teller {
namespace {

// Beside the secret, its hash: a secret that is gone or another one is noticed. Where there is none
// yet (the count of an older program) it is left to be, if it can.
Result<Bytes> remembered(const std::filesystem::path& path, Bytes secret) {
  const std::string line = to_hex(sha256(secret)) + "\n";
  const std::filesystem::path file = path.string() + ".sha256";
  const auto known = read_file(file, line.size());
  if (!known && known.error().code == Code("file.missing")) {
    static_cast<void>(write_file(file, as_bytes(line)));
  } else if (!known || *known != line) {
    return fail(Remedy::stop, "import.key",
                path.string() +
                    " is not the one that this count imported with: the same results would be "
                    "counted again. Restore it from a backup, or say --new-import-key if nothing "
                    "that was imported will come again");
  }
  return secret;
}

}  // namespace

Result<Bytes> import_secret(const std::string& home, bool renew) {
  const std::filesystem::path path = std::filesystem::path(home) / "import.key";
  const std::filesystem::path hash = path.string() + ".sha256";
  const auto trouble = [&](const std::string& why) {
    return fail(Remedy::stop, "import.key", path.string() + ": " + why);
  };
  std::error_code none;  // What is not there need not go.
  if (renew) std::filesystem::remove(hash, none);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto text = read_file(path, 64);
    if (text || text.error().code == Code("file.too_large")) {
      if (!text || text->size() != 32) return trouble("must hold 32 bytes; restore it");
      return remembered(path, Bytes(text->begin(), text->end()));
    }
    if (text.error().code != Code("file.missing")) return trouble(text.error().detail);
    if (std::filesystem::exists(hash, none)) {
      return trouble(
          "is gone: with a new one the same results would be counted again. Restore it from a "
          "backup, or say --new-import-key if nothing that was imported will come again");
    }
    // Made under another name and linked, so that nobody ever reads half a secret and of two that
    // begin at once both use the first.
    const std::filesystem::path fresh =
        path.string() + "." + to_hex(ByteView(random_bytes())).substr(0, 16);
    if (auto made = write_new_file(fresh, random_bytes(), 0600); !made) {
      return trouble(made.error().detail);
    }
    const bool linked = ::link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST;
    const int why = errno;
    std::filesystem::remove(fresh, none);
    if (!linked) return trouble(std::strerror(why));
    if (auto synced = sync_folder(path.parent_path()); !synced) {
      return trouble(synced.error().detail);
    }
  }
  return trouble("cannot be read after it was made");
}

}  // namespace teller
