#include "store/store_postgres.h"

#include <utility>

#include "store/store_postgres_made.h"
#include "store/store_postgres_session.h"

namespace teller {

using postgres::Database;
using postgres::Parameters;

PostgresStore::PostgresStore(std::string conninfo, PostgresPatience patience, AuditLines lines)
    : lines_(lines),
      session_(std::make_unique<postgres::Session>(std::move(conninfo), patience)),
      as_made_(std::make_unique<postgres::AsMade>()) {}

PostgresStore::~PostgresStore() = default;

Result<std::uint64_t> PostgresStore::check_made(const std::function<void(std::string)>& found) {
  return session_->try_out(
      [&](Database& database) { return postgres::check_made(database, *as_made_, found); });
}

Result<void> PostgresStore::halt(std::uint16_t partition, std::string_view because) {
  return session_->write([&](Database& database) -> Result<void> {
    auto done = database.run("update partitions set halted_because = $2 where partition = $1",
                             Parameters().integer(partition).text(because));
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

Result<void> PostgresStore::skip_to(std::uint64_t commit) {
  return session_->write([&](Database& database) -> Result<void> {
    auto done = database.run("update head set commit_number = greatest(commit_number, $1)",
                             Parameters().bigint(commit));
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

Result<void> PostgresStore::bind_journal(std::string_view journal_id) {
  return session_->write([&](Database& database) -> Result<void> {
    auto done = database.run("update head set journal_id = $1 where journal_id is null",
                             Parameters().text(journal_id));
    if (done) done = database.run("select journal_id from head");
    if (!done) return std::unexpected(done.error());
    if (done->rows() != 1) return fail(Remedy::reject, "count.none", "the head row is missing");
    if (done->text(0, 0) == journal_id) return {};
    return fail(
        Remedy::reject, "journal.other",
        "the store belongs to journal " + done->text(0, 0) + ", not " + std::string(journal_id));
  });
}

}  // namespace teller
