#include "decide/officer_key.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/utf8.h"

namespace teller {
namespace {

constexpr std::string_view key_head = "teller officer key 1\n";

std::unexpected<Error> wrong_key(const std::filesystem::path& path, std::string_view what) {
  return fail(Remedy::reject, "officer.key", fmt::format("{}: {}", path.string(), what));
}

// The value of the line `word` at the beginning of `text`, which is then behind it.
std::string line_of(std::string_view& text, std::string_view word) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(word) || text.size() <= word.size() ||
      text[word.size()] != ' ') {
    return {};
  }
  std::string value(text.substr(word.size() + 1, end - word.size() - 1));
  text.remove_prefix(end + 1);
  return value;
}

}  // namespace

Result<OfficerKey> OfficerKey::make(std::string name, OfficerRole role) {
  if (name.empty() || name.size() > 200 || !is_clean_line(name)) {
    return fail(Remedy::reject, "officer.invalid",
                "a name has 1 to 200 bytes on one line, without controls of direction");
  }
  return OfficerKey{std::move(name), role, random_bytes()};
}

Result<OfficerKey> OfficerKey::read(const std::filesystem::path& path) {
  struct stat is{};
  if (::stat(path.c_str(), &is) == 0 && (is.st_mode & 077) != 0) {
    return wrong_key(path, "others may read it; `chmod 600` it, or use a new one");
  }
  const auto file = read_file(path, 4096);
  if (!file) return std::unexpected(file.error());
  std::string_view text = *file;
  if (!text.starts_with(key_head)) return wrong_key(path, "it is no officer's key");
  text.remove_prefix(key_head.size());
  OfficerKey key;
  key.name = line_of(text, "name");
  const auto role = role_named(line_of(text, "role"));
  const std::string seed = line_of(text, "seed");
  if (key.name.empty() || !role || !from_hex(seed, key.seed) || !text.empty()) {
    return wrong_key(path, "it is damaged");
  }
  key.role = *role;
  return key;
}

Result<void> OfficerKey::write(const std::filesystem::path& path) const {
  if (std::filesystem::exists(path)) return wrong_key(path, "there is a file already");
  const std::string text = fmt::format("{}name {}\nrole {}\nseed {}\n", key_head, name,
                                       to_text(role), to_hex(ByteView(seed)));
  return write_file(path, as_bytes(text), 0600);
}

Officer OfficerKey::officer() const { return {name, role, Ed25519Pair(seed).key()}; }

}  // namespace teller
