#include "store/store_sqlite.h"

#include <atomic>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "store/store_contract.h"

namespace teller {
namespace {

// A file of its own for each test.
struct SqlitePlace {
  SqlitePlace() {
    static std::atomic<int> made{0};
    folder = testing::TempDir() + "/teller-sqlite-" + std::to_string(::getpid()) + "-" +
             std::to_string(++made);
    std::filesystem::create_directories(folder);
  }
  ~SqlitePlace() { std::filesystem::remove_all(folder); }
  SqlitePlace(const SqlitePlace&) = delete;
  SqlitePlace& operator=(const SqlitePlace&) = delete;

  [[nodiscard]] std::shared_ptr<Store> owner() const {
    auto store = SqliteStore::open_file(folder / "store.sqlite");
    EXPECT_TRUE(store) << to_text(store.error());
    return store ? std::move(*store) : nullptr;
  }

  std::filesystem::path folder;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, SqlitePlace);

}  // namespace
}  // namespace teller
