// Signed notes and checkpoints (C2SP signed-note, C2SP tlog-checkpoint), with Ed25519.
//
//   text                       checkpoint text = origin "\n" size "\n" base64(root) "\n"
//   "\n"
//   "— " name " " base64(key hash (4) || signature (64)) "\n"
//
// Verifier key: name "+" hex(key hash) "+" base64(0x01 || public key), where the key hash is the
// first 4 bytes of SHA-256(name "\n" 0x01 public key). Go's golang.org/x/mod/sumdb/note reads both.
//
// Home::signer() makes the Signer of a count: for the publisher, the zero report, the test deck and recovery. Pure;
// safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ed25519.h"
#include "base/error.h"
#include "base/hash.h"

namespace teller {

class Signer {
 public:
  // `seed` is the 32 bytes of the private key (RFC 8032). The name has no space, plus or newline.
  Signer(std::string name, const Ed25519Seed& seed);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string verifier_key() const;
  // `text` ends with a newline.
  [[nodiscard]] std::string sign(std::string_view text) const;

 private:
  std::string name_;
  Ed25519Pair pair_;
};

// The text of a note that `verifier_key` signed. Errors: reject note.invalid, note.not_signed.
[[nodiscard]] Result<std::string> open_note(std::string_view note, std::string_view verifier_key);

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
};
[[nodiscard]] std::string to_text(const Checkpoint& checkpoint);
// Errors: reject checkpoint.invalid.
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view text);
// The checkpoint in a note that `verifier_key` signed. Errors: those of open_note() and above.
[[nodiscard]] Result<Checkpoint> open_checkpoint(std::string_view note,
                                                 std::string_view verifier_key);

}  // namespace teller
