#include "publish/stated.h"

#include <algorithm>

#include <fmt/format.h>

#include "publish/digest.h"
#include "publish/statement.h"

namespace teller {
namespace {

bool is_of(const Rules& rules, const TotalKey& key) {
  if (key.unit.value >= rules.units.size() || key.method.value >= rules.methods.size())
    return false;
  if (key.contest == whole_unit) return key.slot == slot::cards || key.slot == slot::sheets;
  if (key.contest.value >= rules.contests.size()) return false;
  return key.slot < rules.contest(key.contest).options.size() || !slot::name(key.slot).empty();
}

}  // namespace

Result<void> check_keys(const Rules& rules, const Snapshot& snapshot) {
  const auto wrong = std::ranges::find_if_not(
      snapshot.totals, [&](const TotalRow& row) { return is_of(rules, row.key); });
  if (wrong == snapshot.totals.end()) return {};
  return fail(Remedy::stop, "store.definition",
              fmt::format("a total is of contest {}, slot {}, unit {} and method {}, and the rules "
                          "have no such thing",
                          wrong->key.contest.value, wrong->key.slot, wrong->key.unit.value,
                          wrong->key.method.value));
}

Result<void> check_stated(const Rules& rules, const Snapshot& snapshot, StatementStore& store) {
  if (auto good = check_keys(rules, snapshot); !good) return good;
  return check_stated(rules.hash(), snapshot, store);
}

Result<void> check_stated(const Hash& rules, const Snapshot& snapshot, StatementStore& store) {
  const auto last = store.last_statement();
  if (!last) return std::unexpected(last.error());
  if (snapshot.head.commit == 0 || !*last || (*last)->commit != snapshot.head.commit) return {};
  const auto wrong = [&](std::string_view what) {
    return fail(Remedy::stop, "store.not_stated",
                fmt::format("{} of commit {} is not what statement {} says", what,
                            snapshot.head.commit, (*last)->number));
  };
  const auto statement = parse_statement(as_text((*last)->bytes));
  if (!statement || statement->commit != snapshot.head.commit) return wrong("the statement");
  if (digest_of(rules, snapshot.totals) != statement->digest) return wrong("the digest");
  for (const PartitionRow& row : snapshot.partitions) {
    const bool there = row.partition < statement->partitions.size();
    if (!there || !(statement->partitions[row.partition].committed == row.committed)) {
      return wrong(fmt::format("partition {}", row.partition));
    }
  }
  return {};
}

}  // namespace teller
