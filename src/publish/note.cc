#include "publish/note.h"

#include <charconv>

#include <fmt/format.h>

#include "base/check.h"

namespace teller {
namespace {

constexpr std::uint8_t ed25519 = 1;
constexpr std::string_view dash = "\xE2\x80\x94 ";  // U+2014 and a space.

using KeyHash = std::array<std::uint8_t, 4>;

KeyHash key_hash(std::string_view name, ByteView public_key) {
  Bytes preimage;
  ByteWriter out(preimage);
  out.raw(name);
  out.u8('\n');
  out.u8(ed25519);
  out.raw(public_key);
  const Hash hash = sha256(preimage);
  return {hash[0], hash[1], hash[2], hash[3]};
}

bool good_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" +\n\t\r") == std::string_view::npos;
}

std::unexpected<Error> invalid(std::string what) {
  return fail(Remedy::reject, "note.invalid", std::move(what));
}

}  // namespace

Signer::Signer(std::string name, const Ed25519Seed& seed) : name_(std::move(name)), pair_(seed) {
  check(good_name(name_), "a signer's name has no space, plus or newline");
}

std::string Signer::verifier_key() const {
  Bytes key{ed25519};
  key.insert(key.end(), pair_.key().begin(), pair_.key().end());
  return name_ + "+" + to_hex(ByteView(key_hash(name_, pair_.key()))) + "+" + to_base64(key);
}

std::string Signer::sign(std::string_view text) const {
  check(!text.empty() && text.back() == '\n', "a note's text ends with a newline");
  const Ed25519Signature signature = pair_.sign(as_bytes(text));
  Bytes blob;
  const KeyHash hash = key_hash(name_, pair_.key());
  blob.insert(blob.end(), hash.begin(), hash.end());
  blob.insert(blob.end(), signature.begin(), signature.end());
  return std::string(text) + "\n" + std::string(dash) + name_ + " " + to_base64(blob) + "\n";
}

Result<std::string> open_note(std::string_view note, std::string_view verifier_key) {
  const std::size_t plus = verifier_key.find('+');
  if (plus == std::string_view::npos || verifier_key.size() < plus + 11 ||
      verifier_key[plus + 9] != '+') {
    return invalid("the verifier key does not look like name+hash+key");
  }
  const std::string_view name = verifier_key.substr(0, plus);
  KeyHash hash;
  const auto key = from_base64(verifier_key.substr(plus + 10));
  if (!from_hex(verifier_key.substr(plus + 1, 8), hash) || !key || key->size() != 33 ||
      (*key)[0] != ed25519 || key_hash(name, ByteView(*key).subspan(1)) != hash) {
    return invalid("the verifier key is damaged");
  }
  const std::size_t end = note.rfind("\n\n");
  if (end == std::string_view::npos || note.back() != '\n') return invalid("no signatures");
  const std::string_view text = note.substr(0, end + 1);
  std::string_view lines = note.substr(end + 2);
  bool signed_by_key = false;
  while (!lines.empty()) {
    const std::size_t line_end = lines.find('\n');
    std::string_view line = lines.substr(0, line_end);
    lines.remove_prefix(line_end + 1);
    if (!line.starts_with(dash)) return invalid("a signature line does not begin with a dash");
    line.remove_prefix(dash.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return invalid("a signature line without a name");
    const auto blob = from_base64(line.substr(space + 1));
    if (!blob || blob->size() < 5) return invalid("a signature that is not base64");
    if (line.substr(0, space) != name || !std::equal(hash.begin(), hash.end(), blob->begin())) {
      continue;  // Somebody else's; not ours to judge.
    }
    std::array<std::uint8_t, 32> point;
    std::array<std::uint8_t, 64> signature;
    std::copy_n(key->begin() + 1, point.size(), point.begin());
    if (blob->size() == 68) std::copy_n(blob->begin() + 4, signature.size(), signature.begin());
    if (blob->size() != 68 || !good_signature(point, as_bytes(text), signature)) {
      return fail(Remedy::reject, "note.not_signed", "the signature does not fit the text");
    }
    signed_by_key = true;
  }
  if (!signed_by_key) {
    return fail(Remedy::reject, "note.not_signed", "not signed by " + std::string(name));
  }
  return std::string(text);
}

std::string to_text(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                     to_base64(checkpoint.root));
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto wrong = [] {
    return fail(Remedy::reject, "checkpoint.invalid", "not a checkpoint of three lines");
  };
  std::array<std::string_view, 3> lines;
  for (std::string_view& line : lines) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return wrong();
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  Checkpoint checkpoint{std::string(lines[0]), 0, {}};
  const auto [at, bad] =
      std::from_chars(lines[1].data(), lines[1].data() + lines[1].size(), checkpoint.size);
  const auto root = from_base64(lines[2]);
  if (bad != std::errc() || std::to_string(checkpoint.size) != lines[1] || !root ||
      root->size() != 32 || !text.empty() || checkpoint.origin.empty()) {
    return wrong();
  }
  std::copy(root->begin(), root->end(), checkpoint.root.begin());
  return checkpoint;
}

Result<Checkpoint> open_checkpoint(std::string_view note, std::string_view verifier_key) {
  const auto text = open_note(note, verifier_key);
  if (!text) return std::unexpected(text.error());
  return parse_checkpoint(*text);
}

}  // namespace teller
