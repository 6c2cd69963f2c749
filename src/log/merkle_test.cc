// Known answers for the tree that every log is; its proofs have theirs in tests/vectors.
#include "log/merkle.h"

#include <gtest/gtest.h>

namespace teller {
namespace {

// RFC 6962 section 2.1 gives no numbers; these are Certificate Transparency's own test data.
TEST(CompactRange, AgreesWithTheEightLeafExampleOfRfc6962) {
  const std::vector<std::string> leaves{"",
                                        "00",
                                        "10",
                                        "2021",
                                        "3031",
                                        "40414243",
                                        "5051525354555657",
                                        "606162636465666768696a6b6c6d6e6f"};
  CompactRange range;
  EXPECT_EQ(to_hex(range.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (const std::string& leaf : leaves) {
    Bytes bytes(leaf.size() / 2);
    ASSERT_TRUE(from_hex(leaf, bytes));
    range.append(leaf_hash(bytes));
  }
  EXPECT_EQ(to_hex(range.root()),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

}  // namespace
}  // namespace teller
