// Proofs as files: one JSON object that a stranger can check with the count's public key alone, and
// that says every hash it needs. Fields are in schema/export.md.
//
//   inclusion     an entry is in the log of its partition, whose root a statement states, which
//                 is in the log of statements, whose root the checkpoint signs
//   consistency   everything that an earlier statement stated is still there, in every log
//
// Pure but for reading the export; not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "election/entry.h"

namespace teller {

// Of 512 partitions it has a few megabytes.
inline constexpr std::size_t proof_bytes_max = std::size_t{16} << 20;

// Of an export. `id`: of the entry.
// Errors: reject export.none, proof.not_found (no entry has this id), proof.withheld (the export
// has no entries), tile.missing, tile.invalid.
[[nodiscard]] Result<std::string> inclusion_proof(const std::filesystem::path& exported,
                                                  const EntryId& id);
// From statement number `since` to the last one.
[[nodiscard]] Result<std::string> consistency_proof(const std::filesystem::path& exported,
                                                    std::uint64_t since);

// What a proof says, in a sentence, after all of it was checked against `key`.
// Errors: reject proof.invalid (with what does not hold), note.not_signed.
[[nodiscard]] Result<std::string> check_proof(std::string_view proof, std::string_view key);

}  // namespace teller
