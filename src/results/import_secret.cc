// The secret from which an import derives ids and order, kept beside the count.
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "results/import.h"

namespace teller {
namespace {

// Beside the secret, its hash: a secret that is gone or another one is noticed. Where there is none
// yet (the count of an older program) it is left to be, if it can.
Result<Bytes> remembered(const std::string& path, Bytes secret) {
  const std::string line = to_hex(sha256(secret)) + "\n";
  const auto known = read_file(path + ".sha256", line.size());
  if (!known && known.error().code == Code("file.missing")) {
    static_cast<void>(write_file(path + ".sha256", as_bytes(line)));
  } else if (!known || *known != line) {
    return fail(Remedy::stop, "import.key",
                path +
                    " is not the one that this count imported with: the same results would be "
                    "counted again. Restore it from a backup, or say --new-import-key if nothing "
                    "that was imported will come again");
  }
  return secret;
}

}  // namespace

Result<Bytes> import_secret(const std::string& home, bool renew) {
  const std::string path = home + "/import.key";
  if (renew) ::unlink((path + ".sha256").c_str());
  const auto trouble = [&] {
    return fail(Remedy::stop, "import.key", path + ": " + std::strerror(errno));
  };
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (const int in = ::open(path.c_str(), O_RDONLY | O_CLOEXEC); in >= 0) {
      Bytes secret(33);
      const ssize_t got = ::read(in, secret.data(), secret.size());
      ::close(in);
      if (got != 32) {
        return fail(Remedy::stop, "import.key", path + ": must hold 32 bytes; restore it");
      }
      secret.resize(32);
      return remembered(path, std::move(secret));
    }
    if (errno != ENOENT) return trouble();
    if (::access((path + ".sha256").c_str(), F_OK) == 0) {
      return fail(Remedy::stop, "import.key",
                  path +
                      " is gone: with a new one the same results would be counted again. Restore "
                      "it from a backup, or say --new-import-key if nothing that was imported "
                      "will come again");
    }
    // Made under another name and linked, so that nobody ever reads half a secret and of two that
    // begin at once both use the first.
    std::string fresh = path + ".XXXXXX";
    const int out = mkostemp(fresh.data(), O_CLOEXEC);  // 0600
    if (out < 0) return trouble();
    std::array<std::uint8_t, 32> secret;
    const bool written = getrandom(secret.data(), secret.size(), 0) == 32 &&
                         ::write(out, secret.data(), secret.size()) == 32 && ::fsync(out) == 0;
    const bool linked = written && (::link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int why = errno;
    ::close(out);
    ::unlink(fresh.c_str());
    errno = why;
    if (!linked) return trouble();
  }
  return fail(Remedy::stop, "import.key", path + ": cannot be read after it was made");
}

}  // namespace teller
