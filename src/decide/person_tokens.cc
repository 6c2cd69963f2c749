#include "decide/person_tokens.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/random.h"
#include "base/time.h"
#include "base/utf8.h"
#include "decide/roles.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view tokens_head = "teller officer tokens 1\n";
constexpr std::uint64_t tokens_bytes_max = 4U << 20;
constexpr std::int64_t day_us = 86'400'000'000;
constexpr unsigned days_max = 3660;

fs::path tokens_file(const fs::path& officers) { return officers / "tokens"; }

std::unexpected<Error> wrong_tokens(const fs::path& file, std::string_view what) {
  return fail(Remedy::reject, "officer.tokens_invalid", fmt::format("{}: {}", file.string(), what));
}

// The next word of a line, which is then behind it.
std::string_view word_of(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::optional<PersonToken> parse_token(std::string_view line) {
  PersonToken token;
  token.id = word_of(line);
  const auto role = role_named(word_of(line));
  const bool hashed = from_hex(word_of(line), token.hash);
  token.made_us = parse_utc(word_of(line));
  token.expires_us = parse_utc(word_of(line));
  const std::string_view revoked = word_of(line);
  if (revoked != "-") token.revoked_us = parse_utc(revoked);
  token.name = line;
  const bool good = token.id.size() == 8 && role && hashed && token.made_us != 0 &&
                    token.expires_us != 0 && token.revoked_us != 0 && !token.name.empty();
  if (!good) return std::nullopt;
  token.role = *role;
  return token;
}

std::string line_for(const PersonToken& token) {
  return fmt::format("{} {} {} {} {} {} {}\n", token.id, to_text(token.role), to_hex(token.hash),
                     format_utc(token.made_us), format_utc(token.expires_us),
                     token.revoked_us ? format_utc(*token.revoked_us) : "-", token.name);
}

// Takes as long wherever they differ.
bool same_in_one_time(const Hash& one, const Hash& other) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) difference |= one[i] ^ other[i];
  return difference == 0;
}

Result<void> write_tokens(const fs::path& officers, const std::vector<PersonToken>& tokens) {
  std::string text(tokens_head);
  for (const PersonToken& token : tokens) text += line_for(token);
  return write_file(tokens_file(officers), as_bytes(text), 0600);
}

// Nobody else changes the tokens for as long as it lives.
Result<Descriptor> lock_tokens(const fs::path& officers) {
  if (auto made = make_folders(officers, 0700); !made) return std::unexpected(made.error());
  return lock_folder(officers);
}

Result<void> check_apart(const std::vector<PersonToken>& tokens, const CountFile& count,
                         const std::string& name, OfficerRole role, std::int64_t now_us) {
  const auto apart = [&](OfficerRole held, std::string_view by) -> Result<void> {
    const auto because = separated(role, held);
    if (!because) return {};
    return fail(Remedy::reject, "officer.separated",
                fmt::format("{} is {} by {}, and may not be {} too: {}", name, to_text(held), by,
                            to_text(role), *because));
  };
  for (const Officer& officer : count.officers) {
    if (officer.name != name) continue;
    if (auto good = apart(officer.role, "count.json"); !good) return good;
  }
  for (const PersonToken& token : tokens) {
    if (token.name != name || !token.good_at(now_us)) continue;
    if (auto good = apart(token.role, "the token " + token.id); !good) return good;
  }
  return {};
}

}  // namespace

Result<std::vector<PersonToken>> read_person_tokens(const fs::path& officers) {
  const fs::path file = tokens_file(officers);
  std::vector<PersonToken> tokens;
  struct stat is{};
  if (::stat(file.c_str(), &is) != 0) return tokens;
  if ((is.st_mode & 077) != 0) return wrong_tokens(file, "others may read it");
  const auto read = read_file(file, tokens_bytes_max);
  if (!read) return std::unexpected(read.error());
  std::string_view text = *read;
  if (!text.starts_with(tokens_head)) return wrong_tokens(file, "it is no file of tokens");
  text.remove_prefix(tokens_head.size());
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    auto token = end == std::string_view::npos ? std::nullopt : parse_token(text.substr(0, end));
    if (!token) {
      return wrong_tokens(file, fmt::format("line {} cannot be read", tokens.size() + 2));
    }
    tokens.push_back(std::move(*token));
    text.remove_prefix(end + 1);
  }
  return tokens;
}

Result<NewPersonToken> make_person_token(
    const fs::path& officers, const CountFile& count, const std::string& name, OfficerRole role,
    unsigned days, std::int64_t now_us,
    const std::function<Result<void>(const PersonToken&)>& before_write) {
  if (name.empty() || name.size() > 200 || !is_clean_line(name)) {
    return fail(Remedy::reject, "officer.invalid",
                "a name has 1 to 200 bytes on one line, without controls of direction");
  }
  if (days == 0 || days > days_max) {
    return fail(Remedy::reject, "officer.invalid",
                fmt::format("a token is good for 1 to {} days", days_max));
  }
  const auto lock = lock_tokens(officers);
  if (!lock) return std::unexpected(lock.error());
  auto tokens = read_person_tokens(officers);
  if (!tokens) return std::unexpected(tokens.error());
  if (auto apart = check_apart(*tokens, count, name, role, now_us); !apart) {
    return std::unexpected(apart.error());
  }
  NewPersonToken made;
  made.text = to_hex(random_bytes());
  made.token.hash = sha256(as_bytes(made.text));
  made.token.role = role;
  made.token.name = name;
  made.token.made_us = now_us;
  made.token.expires_us = now_us + days * day_us;
  do {
    made.token.id = to_hex(random_bytes()).substr(0, 8);
  } while (std::ranges::find(*tokens, made.token.id, &PersonToken::id) != tokens->end());
  if (auto may = before_write(made.token); !may) return std::unexpected(may.error());
  tokens->push_back(made.token);
  if (auto written = write_tokens(officers, *tokens); !written) {
    return std::unexpected(written.error());
  }
  return made;
}

Result<std::vector<PersonToken>> revoke_person_tokens(
    const fs::path& officers, std::string_view id_or_name, std::int64_t now_us,
    const std::function<Result<void>(const std::vector<PersonToken>&)>& before_write) {
  const auto lock = lock_tokens(officers);
  if (!lock) return std::unexpected(lock.error());
  auto tokens = read_person_tokens(officers);
  if (!tokens) return std::unexpected(tokens.error());
  std::vector<PersonToken> revoked;
  for (PersonToken& token : *tokens) {
    if (token.revoked_us || (token.id != id_or_name && token.name != id_or_name)) continue;
    token.revoked_us = now_us;
    revoked.push_back(token);
  }
  if (revoked.empty()) {
    return fail(
        Remedy::reject, "officer.no_token",
        fmt::format("no token that is not revoked has the id or the name \"{}\"", id_or_name));
  }
  if (auto may = before_write(revoked); !may) return std::unexpected(may.error());
  if (auto written = write_tokens(officers, *tokens); !written) {
    return std::unexpected(written.error());
  }
  return revoked;
}

Result<void> KnownPersons::read_if_other() {
  struct stat is{};
  FileStamp now;
  if (::stat(tokens_file(officers_).c_str(), &is) == 0) {
    now = {is.st_ino, is.st_size, is.st_ctim.tv_sec, is.st_ctim.tv_nsec};
  }
  if (stamp_ == now) return {};
  auto tokens = read_person_tokens(officers_);
  if (!tokens) {
    // What cannot be read lets nobody in, not even those who were known before.
    tokens_.clear();
    stamp_.reset();
    return std::unexpected(tokens.error());
  }
  tokens_ = std::move(*tokens);
  stamp_ = now;
  return {};
}

Result<std::optional<PersonToken>> KnownPersons::find(std::string_view token) {
  const Hash hash = sha256(as_bytes(token));
  const std::scoped_lock lock(mutex_);
  if (auto read = read_if_other(); !read) return std::unexpected(read.error());
  std::optional<PersonToken> found;
  for (const PersonToken& one : tokens_) {
    if (same_in_one_time(one.hash, hash)) found = one;
  }
  return found;
}

Result<std::optional<PersonToken>> KnownPersons::with_id(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  if (auto read = read_if_other(); !read) return std::unexpected(read.error());
  const auto found = std::ranges::find(tokens_, id, &PersonToken::id);
  if (found == tokens_.end()) return std::optional<PersonToken>();
  return std::optional<PersonToken>(*found);
}

Result<void> KnownPersons::may_hold(const CountFile& count, const std::string& name,
                                    OfficerRole role, std::int64_t now_us) {
  const std::scoped_lock lock(mutex_);
  if (auto read = read_if_other(); !read) return read;
  return check_apart(tokens_, count, name, role, now_us);
}

}  // namespace teller
