#include "cli/begin_count.h"

#include <string>

#include "base/time.h"
#include "store/store_sqlite.h"

namespace teller::cli {

AuditEntry first_entry(const Person& person) {
  return {.actor = person.actor,
          .action = std::string(audit_init),
          .subject = "count",
          .reason = person.reason,
          .approver = person.approver};
}

Result<void> begin_audit_log(const CountFile& count, AuditStore& store, const Person& person) {
  const auto first = store.last_audit();
  if (!first) return std::unexpected(first.error());
  if (*first) return {};
  AuditEntry entry = first_entry(person);
  entry.after = count.hash();
  const auto line = write_audit(count, store, SystemClock(), entry);
  if (!line) return std::unexpected(line.error());
  return {};
}

Result<void> begin_in_folder(const Home& home, const Person& person, NewOnDisk& made) {
  for (const char* more : {"-wal", "-shm", ""}) made.file(home.store().string() + more);
  auto store = SqliteStore::make_file(home.store());
  if (!store) return std::unexpected(store.error());
  auto created = (*store)->create(home.rules, home.presentation, home.count);
  if (created) created = begin_audit_log(home.count, **store, person);
  if (created) made.keep_all();
  return created;
}

}  // namespace teller::cli
