#include "decisions.h"

#include <algorithm>
#include <array>

#include "base/ed25519.h"
#include "base/hash.h"
#include "election/decisions.h"

namespace teller::deck {

Officer officer(const std::string& name, OfficerRole role) {
  return {name, role, Ed25519Pair(sha256(as_bytes(name))).key()};
}

Bytes SaidDecision::entry(const CountId& count, std::uint16_t partition, std::uint32_t number,
                          std::uint64_t counted) const {
  const EntryId id = make_uuid(
      {0xDE, static_cast<std::uint8_t>(partition >> 8U), static_cast<std::uint8_t>(partition),
       static_cast<std::uint8_t>(line >> 8U), static_cast<std::uint8_t>(line)},
      4);
  Control said = control;
  if (said.about_stage()) {
    said.partition = partition;
    said.number = number;
    said.certified.entries = counted;
  }
  const Bytes text = signed_bytes(id, said, count);
  for (const Signer& signer : signers) {
    const std::string key = signer.forged ? "somebody else" : signer.name;
    said.signatures.push_back({signer.name, Ed25519Pair(sha256(as_bytes(key))).sign(text)});
  }
  std::ranges::sort(said.signatures, {}, &Control::Signature::officer);
  return encode({id, said}, count);
}

void who_and_why(SaidDecision& decision, const CountFile& count, Words& words) {
  decision.control.reason = "As the law asks.";
  bool by = words.take("by");
  while (!words.done()) {
    if (words.quoted_is_next()) {
      decision.control.reason = words.quoted();
      break;
    }
    if (!by) throw Wrong("'by' must stand before who signs");
    const bool forged = words.take("forged");
    decision.signers.push_back({words.next(), forged});
  }
  if (by) {
    if (decision.signers.empty()) throw Wrong("nobody stands behind 'by'");
    return;
  }
  for (const Officer& one : count.officers) {
    if (decision.signers.size() == count.approvals) break;
    if (may(one.role, decision.control.action)) decision.signers.push_back({one.name});
  }
  if (decision.signers.size() < count.approvals) {
    throw Wrong("too few officers may decide this; say who signs: by NAME…");
  }
}

}  // namespace teller::deck
