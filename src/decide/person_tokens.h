// The tokens by which persons are known to `teller serve` where there is no directory of persons. They stand in the
// file `officers/tokens` of the home (0600), each on a line of its own.
//
//   teller officer tokens 1
//   <id, 8 hex> <role> <SHA-256 of the token> <made> <expires> <revoked or -> <name>
//
// What always holds: of a token only its SHA-256 is kept; times are those of base/time.h. No person
// holds two roles that the table separates (decide/roles.h) by tokens that are good, or by one and
// the role that the count file gives an officer of the same name. A line stays when its token is
// revoked or has expired, so that an id in the audit log can be looked up.
//
// The file is changed by `teller token` alone, under a lock; a server that runs reads it again as
// soon as it has changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "election/count_file.h"
#include "election/officers.h"

namespace teller {

struct PersonToken {
  std::string id;
  OfficerRole role = OfficerRole::observer;
  Hash hash{};
  std::int64_t made_us = 0, expires_us = 0;
  std::optional<std::int64_t> revoked_us = {};
  std::string name;
  [[nodiscard]] bool good_at(std::int64_t now_us) const {
    return !revoked_us && now_us < expires_us;
  }
};

struct NewPersonToken {
  std::string text;  // What its person sends; kept nowhere.
  PersonToken token;
};

// Of the home's folder `officers`. Errors of all: reject officer.tokens_invalid (the file is damaged
// or others may read it); those of files.
[[nodiscard]] Result<std::vector<PersonToken>> read_person_tokens(
    const std::filesystem::path& officers);

// Makes a token for a person, good for `days`. `before_write` is called when it is known that it
// will be made, with its id; what it fails with ends it, and nothing is written.
// Errors: also reject officer.invalid (the name, the days), officer.separated, home.locked.
[[nodiscard]] Result<NewPersonToken> make_person_token(
    const std::filesystem::path& officers, const CountFile& count, const std::string& name,
    OfficerRole role, unsigned days, std::int64_t now_us,
    const std::function<Result<void>(const PersonToken&)>& before_write);

// Ends the token with this id, or all good ones of a person of this name; gives them.
// Errors: also reject officer.no_token, home.locked.
[[nodiscard]] Result<std::vector<PersonToken>> revoke_person_tokens(
    const std::filesystem::path& officers, std::string_view id_or_name, std::int64_t now_us,
    const std::function<Result<void>(const std::vector<PersonToken>&)>& before_write);

// The tokens as a server asks for them: looks whether the file is another one before each answer.
// Safe from any thread.
class KnownPersons {
 public:
  explicit KnownPersons(std::filesystem::path officers) : officers_(std::move(officers)) {}

  // Whose token this is, good or not; nothing when there is none like it. All are looked at in the
  // same time, whichever it is. Errors: those of read_person_tokens().
  [[nodiscard]] Result<std::optional<PersonToken>> find(std::string_view token);
  [[nodiscard]] Result<std::optional<PersonToken>> with_id(std::string_view id);
  // Whether somebody of this name, who is known in another way, may hold the role beside what the
  // count file and the tokens that are good give that name.
  // Errors: also reject officer.separated.
  [[nodiscard]] Result<void> may_hold(const CountFile& count, const std::string& name,
                                      OfficerRole role, std::int64_t now_us);

 private:
  [[nodiscard]] Result<void> read_if_other();

  const std::filesystem::path officers_;
  std::mutex mutex_;
  std::vector<PersonToken> tokens_;
  // Of the file that was read: which, how long, and when it or its rights were changed.
  struct FileStamp {
    std::uint64_t inode = 0;
    std::int64_t size = 0, changed_s = 0, changed_ns = 0;
    [[nodiscard]] bool operator==(const FileStamp&) const = default;
  };
  std::optional<FileStamp> stamp_;
};

}  // namespace teller
