// Decisions that wait for signatures: a row each, for every process that persons ask.
#include "store/store_postgres.h"
#include "store/store_postgres_session.h"

namespace teller {

using postgres::Database;
using postgres::Parameters;

Result<std::vector<ApprovalRows::Row>> PostgresStore::waiting() {
  return session_->read([&](Database& database) -> Result<std::vector<Row>> {
    auto in =
        database.run("select id, version, length(waiting)::bigint from approvals order by id");
    if (!in) return std::unexpected(in.error());
    std::vector<Row> rows;
    for (int row = 0; row < in->rows(); ++row) {
      rows.push_back({in->text(row, 0), in->array<32>(row, 1), in->natural(row, 2)});
    }
    return rows;
  });
}

Result<std::optional<std::string>> PostgresStore::read_waiting(const std::string& id) {
  return session_->read([&](Database& database) -> Result<std::optional<std::string>> {
    auto in = database.run("select waiting from approvals where id = $1", Parameters().text(id));
    if (!in) return std::unexpected(in.error());
    if (in->rows() == 0) return std::optional<std::string>();
    return in->text(0, 0);
  });
}

Result<bool> PostgresStore::put_waiting(const std::string& id, const std::string& text,
                                        const std::optional<Hash>& before) {
  return session_->write([&](Database& database) -> Result<bool> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    Parameters parameters;
    parameters.text(id).bytes(sha256(as_bytes(text))).bytes(as_bytes(text));
    if (before) parameters.bytes(*before);
    auto done = database.run(
        before ? "update approvals set version = $2, waiting = $3 where id = $1 and version = $4"
               : "insert into approvals (id, version, waiting) values ($1, $2, $3)"
                 " on conflict do nothing",
        parameters);
    if (!done) return std::unexpected(done.error());
    return done->rows_changed() > 0;
  });
}

Result<bool> PostgresStore::remove_waiting(const std::string& id, const std::optional<Hash>& only) {
  return session_->write([&](Database& database) -> Result<bool> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    Parameters parameters;
    parameters.text(id);
    if (only) parameters.bytes(*only);
    auto done = database.run(only ? "delete from approvals where id = $1 and version = $2"
                                  : "delete from approvals where id = $1",
                             parameters);
    if (!done) return std::unexpected(done.error());
    return done->rows_changed() > 0;
  });
}

}  // namespace teller
