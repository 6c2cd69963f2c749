// Result sheets that two people type: a row each, for every process that persons ask.
#include <fmt/format.h>

#include "store/store_postgres.h"
#include "store/store_postgres_session.h"

namespace teller {

using postgres::Answer;
using postgres::Database;
using postgres::Parameters;

namespace {

constexpr const char* entered_columns = "select place, version, is_open::int::bigint";

EnteredRow entered_row(const Answer& in, int row, bool with_text) {
  return {.place = in.text(row, 0),
          .version = in.array<32>(row, 1),
          .is_open = in.number(row, 2) != 0,
          .text = with_text ? in.text(row, 3) : std::string()};
}

}  // namespace

std::string PostgresStore::called(const std::string& place) const {
  return "entered_sheets, place " + place;
}

Result<std::vector<EnteredRow>> PostgresStore::entered(bool with_texts) {
  return session_->read([&](Database& database) -> Result<std::vector<EnteredRow>> {
    auto in = database.run(fmt::format("{}{} from entered_sheets order by place", entered_columns,
                                       with_texts ? ", sheet" : "")
                               .c_str());
    if (!in) return std::unexpected(in.error());
    std::vector<EnteredRow> rows;
    for (int row = 0; row < in->rows(); ++row) rows.push_back(entered_row(*in, row, with_texts));
    return rows;
  });
}

Result<std::optional<EnteredRow>> PostgresStore::read_entered(const std::string& place) {
  return session_->read([&](Database& database) -> Result<std::optional<EnteredRow>> {
    auto in = database.run(
        fmt::format("{}, sheet from entered_sheets where place = $1", entered_columns).c_str(),
        Parameters().text(place));
    if (!in) return std::unexpected(in.error());
    if (in->rows() == 0) return std::optional<EnteredRow>();
    return entered_row(*in, 0, true);
  });
}

Result<bool> PostgresStore::put_entered(const EnteredRow& row, const std::optional<Hash>& before) {
  return session_->write([&](Database& database) -> Result<bool> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    Parameters parameters;
    parameters.text(row.place)
        .integer(row.is_open.value_or(true) ? 1 : 0)
        .bytes(row.version)
        .bytes(as_bytes(row.text));
    if (before) parameters.bytes(*before);
    auto done = database.run(
        before ? "update entered_sheets set is_open = ($2 = 1), version = $3, sheet = $4"
                 " where place = $1 and version = $5"
               : "insert into entered_sheets (place, is_open, version, sheet)"
                 " values ($1, $2 = 1, $3, $4) on conflict do nothing",
        parameters);
    if (!done) return std::unexpected(done.error());
    return done->rows_changed() > 0;
  });
}

Result<std::uint64_t> PostgresStore::entered_open() {
  return session_->read([&](Database& database) -> Result<std::uint64_t> {
    auto in = database.run("select count(is_open) from entered_sheets where is_open");
    if (!in) return std::unexpected(in.error());
    return in->natural(0, 0);
  });
}

Result<void> PostgresStore::remove_entered() {
  return session_->write([&](Database& database) -> Result<void> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto done = database.run("delete from entered_sheets");
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

}  // namespace teller
