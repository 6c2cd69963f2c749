#include "log/merkle.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"

namespace teller {
namespace {

constexpr std::array<std::uint8_t, 1> leaf_prefix{0}, node_prefix{1};

}  // namespace

Hash leaf_hash(ByteView entry) {
  // One buffer, one call: entries are small, and calls are what costs here.
  std::array<std::uint8_t, 256> buffer;
  if (entry.size() < buffer.size()) {
    buffer[0] = 0;
    std::copy(entry.begin(), entry.end(), buffer.begin() + 1);
    return sha256(ByteView(buffer.data(), entry.size() + 1));
  }
  return sha256(leaf_prefix, entry);
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 65> buffer;
  buffer[0] = node_prefix[0];
  std::copy(left.begin(), left.end(), buffer.begin() + 1);
  std::copy(right.begin(), right.end(), buffer.begin() + 33);
  return sha256(buffer);
}

Hash empty_root() {
  static const Hash root = sha256({});
  return root;
}

void CompactRange::append(const Hash& leaf) {
  Hash node = leaf;
  // As many trailing ones in the size, as many subtrees this leaf completes.
  for (std::uint64_t size = size_; (size & 1) != 0; size >>= 1) {
    node = node_hash(peaks_.back(), node);
    peaks_.pop_back();
  }
  peaks_.push_back(node);
  ++size_;
  check(peaks_.size() == static_cast<std::size_t>(std::popcount(size_)),
        "a compact range has one peak per set bit of its size");
}

Hash CompactRange::root() const {
  if (peaks_.empty()) return empty_root();
  Hash root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) root = node_hash(peaks_[i], root);
  return root;
}

// RFC 9162 section 2.1.3.2.
bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Hash> proof, const Hash& root) {
  if (index >= size) return false;
  std::uint64_t node = index, last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

// RFC 9162 section 2.1.4.2, with the trivial cases as transparency-dev/merkle pins them.
bool verify_consistency(std::uint64_t size1, std::uint64_t size2, std::span<const Hash> proof,
                        const Hash& root1, const Hash& root2) {
  if (size2 < size1) return false;
  if (size1 == 0)
    return false;  // Everything is consistent with nothing: such a proof says nothing.
  if (size1 == size2) return proof.empty() && root1 == root2;
  if (proof.empty()) return false;

  std::uint64_t node = size1 - 1, last = size2 - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  std::size_t at = 0;
  Hash hash1 = node == 0 ? root1 : proof[at++];
  Hash hash2 = hash1;
  for (; at < proof.size(); ++at) {
    if (last == 0) return false;
    const Hash& sibling = proof[at];
    if ((node & 1) != 0 || node == last) {
      hash1 = node_hash(sibling, hash1);
      hash2 = node_hash(sibling, hash2);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash2 = node_hash(hash2, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash1 == root1 && hash2 == root2;
}

}  // namespace teller
