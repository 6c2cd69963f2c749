// What is told of a count whose publication is "certified" (decision 0047): its result, once, when officers have certified
// it in every partition. Three files, and nothing else of its votes by any way:
//
//   result.json         the contests, each as a whole and by unit
//   result.csv          the same for a spreadsheet
//   result-signed.txt   the SHA-256 of both, under the count's key (note.h)
//
// What always holds:
//   - A unit in which fewer than `small_units` cards were counted, and what could be worked out with it, is withheld, and it
//     says so (small_units.h). No voting methods: of two ways to take a count apart each tells of what both cut out.
//   - It is told once. Files that are there are never written again, and nothing is told of a count that was reopened after
//     it was certified: a second result would differ from the first by a few cards.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "election/definition.h"
#include "publish/note.h"
#include "store/store.h"

namespace teller {

inline constexpr const char* result_json_file = "result.json";
inline constexpr const char* result_csv_file = "result.csv";
inline constexpr const char* result_signed_file = "result-signed.txt";

struct CertifiedResult {
  std::string json, csv;
};
// Pure. `snapshot`: all totals of a count that is certified.
[[nodiscard]] CertifiedResult certified_result(const Definition& definition,
                                               const Snapshot& snapshot);
// What is signed.
[[nodiscard]] std::string text_to_sign(const CertifiedResult& result, const CountFile& count);

// Writes the files into `folder`, if the count has such a result, a statement speaks of it, and they are not there. True:
// they are there. Errors: those of the store, check_status(), check_stated() and write_file().
[[nodiscard]] Result<bool> publish_result(const Definition& definition, Store& store,
                                          const Signer& signer,
                                          const std::filesystem::path& folder);

}  // namespace teller
