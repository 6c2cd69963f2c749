// The pub_* views, read back as people read them: in PostgreSQL as `teller_reader` (the board and
// Superset are that account), in SQLite read-only. One transaction: all of it is true at one
// commit.
//
// For verify/reconcile.h; no part of the count reads a view. `totals`: also every row of
// pub_totals, which a nation has millions of.
//
// Errors: retry store.unavailable, reject count.none (no such views here, or not for this account),
// reject count.other, stop store.io.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "election/rules.h"
#include "store/read_back.h"

namespace teller {

[[nodiscard]] Result<ReadBack> read_back_postgres(const std::string& conninfo, const CountId& count,
                                                  const Rules& rules, bool totals);
[[nodiscard]] Result<ReadBack> read_back_sqlite(const std::filesystem::path& file,
                                                const CountId& count, const Rules& rules,
                                                bool totals);

// The same words for both.
namespace views_sql {
inline constexpr const char* head =
    "select count_id, commit_number, counted, duplicate, conflict, rejected, (select "
    "coalesce(max(number), -1) + 1 from pub_statements) from pub_head";
inline constexpr const char* options =
    "select contest, slot, votes, how, withheld_in, unknown_in, of_reports from pub_options "
    "union all select contest, slot, value, how, withheld_in, unknown_in, of_reports "
    "from pub_counters union all select contest, 65535, votes, votes_how, votes_withheld_in, "
    "votes_unknown_in, of_reports from pub_contests";
inline constexpr const char* reporting = "select contest, reporting, units from pub_contests";
inline constexpr const char* totals =
    "select contest, slot, unit, method_id, value, how from pub_totals";
inline constexpr const char* units = "select unit, cards, sheets from pub_units";
}  // namespace views_sql

}  // namespace teller
