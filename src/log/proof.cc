#include "log/proof.h"

#include <bit>

#include "base/check.h"
#include "log/merkle.h"

namespace teller {
namespace {

// The largest power of two below n, for n > 1: where RFC 6962 splits a tree.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

// The root of the leaves [begin, end). `begin` is a multiple of the largest power of two that fits
// in, as every subtree that RFC 6962 speaks of has it.
Result<Hash> subtree(std::uint64_t begin, std::uint64_t end, const NodeAt& node) {
  const std::uint64_t size = end - begin;
  if (std::has_single_bit(size)) {
    const auto level = static_cast<unsigned>(std::countr_zero(size));
    return node(level, begin >> level);
  }
  const std::uint64_t middle = begin + split(size);
  const auto left = subtree(begin, middle, node);
  if (!left) return left;
  const auto right = subtree(middle, end, node);
  if (!right) return right;
  return node_hash(*left, *right);
}

// PATH of RFC 6962 section 2.1.1.
Result<void> path(std::uint64_t index, std::uint64_t begin, std::uint64_t end, const NodeAt& node,
                  std::vector<Hash>& proof) {
  if (end - begin == 1) return {};
  const std::uint64_t middle = begin + split(end - begin);
  const bool in_left = index < middle;
  if (auto below =
          in_left ? path(index, begin, middle, node, proof) : path(index, middle, end, node, proof);
      !below) {
    return below;
  }
  const auto sibling = in_left ? subtree(middle, end, node) : subtree(begin, middle, node);
  if (!sibling) return std::unexpected(sibling.error());
  proof.push_back(*sibling);
  return {};
}

// SUBPROOF of section 2.1.2: `whole` says that the reader knows the root of the old tree here.
Result<void> subproof(std::uint64_t old, std::uint64_t begin, std::uint64_t end, bool whole,
                      const NodeAt& node, std::vector<Hash>& proof) {
  if (old == end) {
    if (whole) return {};
    const auto root = subtree(begin, end, node);
    if (!root) return std::unexpected(root.error());
    proof.push_back(*root);
    return {};
  }
  const std::uint64_t middle = begin + split(end - begin);
  const bool in_left = old <= middle;
  if (auto below = in_left ? subproof(old, begin, middle, whole, node, proof)
                           : subproof(old, middle, end, false, node, proof);
      !below) {
    return below;
  }
  const auto sibling = in_left ? subtree(middle, end, node) : subtree(begin, middle, node);
  if (!sibling) return std::unexpected(sibling.error());
  proof.push_back(*sibling);
  return {};
}

}  // namespace

Result<Hash> root_of(std::uint64_t size, const NodeAt& node) {
  if (size == 0) return empty_root();
  return subtree(0, size, node);
}

Result<std::vector<Hash>> prove_inclusion(std::uint64_t index, std::uint64_t size,
                                          const NodeAt& node) {
  check(index < size, "a leaf that is proven is in the tree");
  std::vector<Hash> proof;
  if (auto done = path(index, 0, size, node, proof); !done) return std::unexpected(done.error());
  return proof;
}

Result<std::vector<Hash>> prove_consistency(std::uint64_t size1, std::uint64_t size2,
                                            const NodeAt& node) {
  check(size1 > 0 && size1 <= size2, "a tree goes on from a smaller one that is not empty");
  std::vector<Hash> proof;
  if (auto done = subproof(size1, 0, size2, true, node, proof); !done) {
    return std::unexpected(done.error());
  }
  return proof;
}

}  // namespace teller
