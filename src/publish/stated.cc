#include "publish/stated.h"

#include <fmt/format.h>

#include "publish/digest.h"
#include "publish/statement.h"

namespace teller {

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
