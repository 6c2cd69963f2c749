// The Merkle tree of RFC 6962, section 2.1: its hashes, its growing right edge, its proofs.
//
//   leaf hash = SHA-256(0x00 || entry)        node hash = SHA-256(0x01 || left || right)
//   root of the empty tree = SHA-256("")
//
// Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"

namespace teller {

[[nodiscard]] Hash leaf_hash(ByteView entry);
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);
[[nodiscard]] Hash empty_root();

// The right edge of a growing tree: enough to append leaves and to know the root, and nothing
// more (O(log n) hashes). Equal leaves in equal order give equal ranges.
class CompactRange {
 public:
  void append(const Hash& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Hash root() const;
  [[nodiscard]] bool operator==(const CompactRange&) const = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash>
      peaks_;  // Roots of the perfect subtrees, largest first: one per set bit of size_.
};

// RFC 6962 / RFC 9162 proofs. `proof` is bottom-up.
[[nodiscard]] bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const Hash> proof, const Hash& root);
[[nodiscard]] bool verify_consistency(std::uint64_t size1, std::uint64_t size2,
                                      std::span<const Hash> proof, const Hash& root1,
                                      const Hash& root2);

}  // namespace teller
