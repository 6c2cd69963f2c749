// Our proof checks against 196 proofs that somebody else made: transparency-dev/merkle's test data
// (merkle/SOURCE.md), valid ones and ones with one thing wrong.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "log/merkle.h"

namespace teller {
namespace {

using Json = nlohmann::json;

// A hash of a vector. A few say "don't care" in fewer bytes where only equality matters: those are
// filled up with zeros. Anything longer is no hash at all.
Hash hash_of(const Json& value, bool& possible) {
  Hash hash{};
  const auto bytes = from_base64(value.get<std::string>());
  if (!bytes || bytes->empty() || bytes->size() > hash.size()) {
    possible = false;
  } else {
    std::copy(bytes->begin(), bytes->end(), hash.begin());
  }
  return hash;
}

TEST(MerkleVectors, EveryProofIsJudgedAsItsMakerJudgesIt) {
  int seen = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(TELLER_SOURCE_DIR) / "tests/vectors/merkle")) {
    if (file.path().extension() != ".json") continue;
    SCOPED_TRACE(file.path().string());
    std::ifstream in(file.path());
    const Json vector = Json::parse(in);
    bool possible = true;
    std::vector<Hash> proof;
    if (vector.contains("proof") && !vector["proof"].is_null()) {
      for (const Json& item : vector["proof"]) {
        const auto bytes = from_base64(item.get<std::string>());
        possible = possible && bytes && bytes->size() == 32;
        proof.push_back(hash_of(item, possible));
      }
    }
    bool good = false;
    if (vector.contains("leafIdx")) {
      const Hash leaf = hash_of(vector["leafHash"], possible),
                 root = hash_of(vector["root"], possible);
      good = verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], proof, root);
    } else {
      const Hash root1 = hash_of(vector["root1"], possible),
                 root2 = hash_of(vector["root2"], possible);
      good = verify_consistency(vector["size1"], vector["size2"], proof, root1, root2);
    }
    EXPECT_EQ(good && possible, !vector["wantErr"].get<bool>()) << vector["desc"];
    ++seen;
  }
  EXPECT_EQ(seen, 196);
}

}  // namespace
}  // namespace teller
