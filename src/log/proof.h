// Proofs over RFC 6962 trees: that a leaf is in a tree, that one tree goes on from another
// (sections 2.1.1 and 2.1.2). log/merkle.h checks them.
//
// A tree is given as a function that knows the roots of its complete subtrees: node (level, index)
// covers the leaves [index << level, (index + 1) << level). A proof of a tree of n leaves asks for
// O(log n) of them, so that tiles on a disk are enough.
//
// Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/hash.h"

namespace teller {

using NodeAt = std::function<Result<Hash>(unsigned level, std::uint64_t index)>;

// The root of the first `size` leaves. Errors of all three: those of `node`.
[[nodiscard]] Result<Hash> root_of(std::uint64_t size, const NodeAt& node);
// The proof is bottom-up, as verify_inclusion() reads it. `index` < `size`.
[[nodiscard]] Result<std::vector<Hash>> prove_inclusion(std::uint64_t index, std::uint64_t size,
                                                        const NodeAt& node);
// 0 < `size1` <= `size2`; empty when they are equal.
[[nodiscard]] Result<std::vector<Hash>> prove_consistency(std::uint64_t size1, std::uint64_t size2,
                                                          const NodeAt& node);

}  // namespace teller
