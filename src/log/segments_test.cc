#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "log/segments_contract.h"
#include "log/segments_directory.h"
#include "log/segments_memory.h"
#include "testing/folder.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

struct MemoryMaker {
  std::unique_ptr<Segments> make() { return std::make_unique<MemorySegments>(); }
};

struct DirectoryMaker {
  TestFolder folder;
  int made = 0;
  std::unique_ptr<Segments> make() {
    return std::make_unique<DirectorySegments>(folder / std::to_string(made++));
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, SegmentsContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Directory, SegmentsContract, DirectoryMaker);

TEST(DirectorySegments, ADamagedFileIsNeverGivenOut) {
  DirectoryMaker maker;
  const auto segments = maker.make();
  const Bytes bytes{1, 2, 3};
  ASSERT_TRUE(segments->put(0, 1, sha256(bytes), bytes));
  for (const auto& file : fs::recursive_directory_iterator(maker.folder)) {
    if (file.is_regular_file()) std::ofstream(file.path()) << "other";
  }
  EXPECT_EQ(segments->get(0, 1, sha256(bytes)).error().code, "segments.corrupt");
}

}  // namespace
}  // namespace teller
