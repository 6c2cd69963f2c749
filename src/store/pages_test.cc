// Whatever a store gives: nobody reads it for ever.
#include "store/pages.h"

#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/each_audit_line.h"
#include "store/each_decision.h"
#include "store/each_delivery.h"
#include "store/each_incident.h"
#include "store/each_statement.h"
#include "store/store_memory.h"

namespace teller {
namespace {

// Gives one row again and again, whatever is asked for; after a thousand questions it is away.
struct SameAgain : MemoryStore {
  int asked = 0;
  template <typename Row>
  Result<std::vector<Row>> again(Row row) {
    if (++asked > 1'000) return fail(Remedy::retry, "store.unavailable", "asked for ever");
    return std::vector<Row>{std::move(row)};
  }
  Result<std::vector<StatementRow>> statements(std::uint64_t, std::uint64_t) override {
    StatementRow row;
    row.number = 1;
    return again(std::move(row));
  }
  Result<std::vector<AuditRow>> audit(std::uint64_t, std::uint64_t) override {
    AuditRow row;
    row.number = 1;
    return again(std::move(row));
  }
  Result<std::vector<DeliveryRow>> deliveries(std::uint64_t, std::uint64_t) override {
    DeliveryRow row;
    row.number = 1;
    return again(std::move(row));
  }
  Result<std::vector<IncidentRow>> incidents(std::uint64_t, std::uint64_t) override {
    IncidentRow row;
    row.commit = 1;
    return again(std::move(row));
  }
  Result<std::vector<DecisionRow>> decisions(std::uint64_t, std::uint64_t) override {
    DecisionRow row;
    row.commit = 1;
    return again(std::move(row));
  }
};

TEST(Pages, ThatDoNotGoForwardEndWithTheTable) {
  SameAgain store;
  const auto nothing = [](const auto&) -> Result<void> { return {}; };
  const auto statements = for_each_statement(store, 0, nothing);
  const auto audit = for_each_audit_line(store, 0, nothing);
  const auto deliveries = for_each_delivery(store, nothing);
  const auto incidents = for_each_incident(store, 0, [](const IncidentRow&) {});
  const auto decisions = for_each_decision(store, 0, [](const DecisionRow&) { return true; });
  for (const auto& [table, ended] : {std::pair{"statements", &statements},
                                     {"audit", &audit},
                                     {"deliveries", &deliveries},
                                     {"incidents", &incidents},
                                     {"decisions", &decisions}}) {
    ASSERT_FALSE(*ended) << table;
    EXPECT_EQ(ended->error().code, "store.definition") << table;
    EXPECT_NE(ended->error().detail.find(table), std::string::npos) << ended->error().detail;
  }
}

TEST(Pages, GoOnBehindTheirLastRow) {
  const auto itself = [](std::uint64_t number) { return number; };
  using Numbers = std::vector<std::uint64_t>;
  EXPECT_EQ(behind_page("t", 0, Numbers{0, 1, 7}, itself), Result<std::uint64_t>(8));
  EXPECT_EQ(behind_page("t", 4, Numbers{}, itself), Result<std::uint64_t>(4));
  EXPECT_EQ(behind_page("t", 1, Numbers{1, 1, 3, 3}, itself, true), Result<std::uint64_t>(4));
  EXPECT_FALSE(behind_page("t", 1, Numbers{1, 1}, itself));
  EXPECT_FALSE(behind_page("t", 2, Numbers{1}, itself, true));
  EXPECT_FALSE(behind_page("t", 0, Numbers{2, 1}, itself, true));
  EXPECT_FALSE(behind_page("t", 0, Numbers{std::numeric_limits<std::uint64_t>::max()}, itself));
}

}  // namespace
}  // namespace teller
