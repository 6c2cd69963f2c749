#include "store/store_memory.h"

#include <gtest/gtest.h>

#include "store/store_contract.h"

namespace teller {
namespace {

// Memory is one process's: its owners share the store itself.
struct MemoryPlace {
  std::shared_ptr<Store> store = std::make_shared<MemoryStore>();
  [[nodiscard]] std::shared_ptr<Store> owner() const { return store; }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreContract, MemoryPlace);

}  // namespace
}  // namespace teller
