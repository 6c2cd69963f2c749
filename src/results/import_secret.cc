// The secret from which an import derives ids and order, kept beside the count.
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/import.h"

namespace teller {

Result<Bytes> import_secret(const std::string& home) {
  const std::string path = home + "/import.key";
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
      return secret;
    }
    if (errno != ENOENT) return trouble();
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
