#include "store/store_postgres_schema.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "embedded/sql_decisions.h"
#include "embedded/sql_deliverer.h"
#include "embedded/sql_deliveries.h"
#include "embedded/sql_entered_sheets.h"
#include "embedded/sql_first_preferences.h"
#include "embedded/sql_inbox_refused.h"
#include "embedded/sql_officers.h"
#include "embedded/sql_parts_missing.h"
#include "embedded/sql_places.h"
#include "embedded/sql_postgres_001_count.h"
#include "embedded/sql_postgres_002_audit.h"
#include "embedded/sql_postgres_003_reconcile.h"
#include "embedded/sql_postgres_004_figures.h"
#include "embedded/sql_presentation.h"
#include "embedded/sql_totals.h"
#include "embedded/sql_views.h"
#include "embedded/sql_withdrawals.h"
#include "store/schema_marks.h"
#include "store/schema_text.h"

namespace teller::postgres {
namespace {

// schema/sql and schema/sql/postgres, in order. A store has run the first n of them; schema_files
// says which n.
constexpr std::array<std::string_view, 17> schema_files{embedded::sql_postgres_001_count,
                                                        embedded::sql_postgres_002_audit,
                                                        embedded::sql_postgres_003_reconcile,
                                                        embedded::sql_postgres_004_figures,
                                                        embedded::sql_views,
                                                        embedded::sql_deliveries,
                                                        embedded::sql_withdrawals,
                                                        embedded::sql_inbox_refused,
                                                        embedded::sql_deliverer,
                                                        embedded::sql_decisions,
                                                        embedded::sql_presentation,
                                                        embedded::sql_places,
                                                        embedded::sql_first_preferences,
                                                        embedded::sql_parts_missing,
                                                        embedded::sql_officers,
                                                        embedded::sql_totals,
                                                        embedded::sql_entered_sheets};

// A statement that gives rights, or a block that does, is one that begins a line and ends one.
bool gives_rights(std::string_view line) {
  return line.starts_with("grant ") || line.starts_with("do $$");
}

// What says only how much was counted, what officers decided and whether places agree, stays. By its alias a view is known that is
// held back.
constexpr const char* views_to_hold_back =
    "select c.relname::text, pg_catalog.pg_get_viewdef(c.oid) from pg_catalog.pg_class c"
    " where c.relnamespace = {} and c.relkind = 'v' and pg_catalog.left(c.relname::text, 4) = "
    "'pub_'"
    " and c.relname::text not in ('pub_head', 'pub_decisions', 'pub_reconcile')"
    " and pg_catalog.strpos(pg_catalog.pg_get_viewdef(c.oid), ') held_until_close') = 0"
    " order by c.relname::text";

}  // namespace

Result<bool> is_published_after_close(Database& database) {
  const auto found = database.run("select count(*) from head where publication = 'after_close'");
  if (!found) return std::unexpected(found.error());
  return found->number(0, 0) > 0;
}

Result<void> hold_back_views(Database& database, const char* schema) {
  const auto views = database.run(fmt::format(fmt::runtime(views_to_hold_back), schema).c_str());
  if (!views) return std::unexpected(views.error());
  for (int row = 0; row < views->rows(); ++row) {
    std::string text = views->text(row, 1);
    if (const auto end = text.rfind(';'); end != std::string::npos) text.erase(end);
    auto held = database.run_script(
        fmt::format("create or replace view \"{}\" as select held_until_close.* from ({}) "
                    "held_until_close where (select partitions from head) = (select count(distinct "
                    "partition) from decisions where action = 'close')",
                    views->text(row, 0), text));
    if (!held) return std::unexpected(held.error());
  }
  return {};
}

Result<void> hold_back(Database& database) {
  const auto wanted = is_published_after_close(database);
  if (!wanted) return std::unexpected(wanted.error());
  if (!*wanted) return {};
  return hold_back_views(database, "'teller'::pg_catalog.regnamespace::oid");
}

std::string schema_without_rights(std::size_t version) {
  std::string all;
  for (std::size_t at = 0; at < std::min(version, schema_files.size()); ++at) {
    const std::string text = schema_text(schema_files[at], "postgres");
    bool left_out = false;
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t end = std::min(text.find('\n', from), text.size());
      const std::string_view line = std::string_view(text).substr(from, end - from);
      from = end + 1;
      left_out = left_out || gives_rights(line);
      if (!left_out) all.append(line).append("\n");
      if (line.ends_with(';')) left_out = false;
    }
  }
  return all;
}

bool Schema::up_to_date() const { return version == schema_files.size(); }

Result<void> lock_schema(Database& database) {
  auto locked = database.run_script(
      "set local statement_timeout = 0;"
      "select pg_advisory_xact_lock(7093842)");
  if (!locked) return std::unexpected(locked.error());
  return {};
}

Result<Schema> read_schema(Database& database) {
  auto found = database.run(
      "select exists (select 1 from pg_namespace where nspname = 'teller'),"
      " exists (select 1 from pg_namespace where nspname = 'teller'"
      " and pg_has_role(current_user, nspowner, 'member')),"
      " exists (select 1 from pg_class where relnamespace = to_regnamespace('teller')"
      " and relname = 'head'),"
      " exists (select 1 from pg_class where relnamespace = to_regnamespace('teller')"
      " and relname = 'schema_files')");
  if (!found) return std::unexpected(found.error());
  Schema schema{.there = found->number(0, 0) != 0, .ours = found->number(0, 1) != 0};
  if (found->number(0, 2) != 0) schema.version = 1;  // The first file kept no list.
  if (found->number(0, 3) == 0) return schema;
  found = database.run("select max(number) from schema_files");
  if (!found) return std::unexpected(found.error());
  schema.version = found->natural(0, 0);
  for (const SchemaMark& mark : schema_marks) {
    if (mark.file <= schema.version) continue;
    found = database.run(fmt::format("select exists (select 1 from pg_attribute where attrelid ="
                                     " to_regclass('teller.{}') and attname = '{}')",
                                     mark.table, mark.column)
                             .c_str());
    if (!found) return std::unexpected(found.error());
    if (found->number(0, 0) != 0) return std::unexpected(behind_its_tables(schema.version, mark));
  }
  return schema;
}

Result<void> may_be_used(const Schema& schema) {
  const std::string is =
      fmt::format("the store's tables are of version {}, this program ", schema.version);
  const std::string ours = std::to_string(schema_files.size());
  if (schema.version > schema_files.size()) {
    return fail(Remedy::reject, "store.newer", is + "knows " + ours);
  }
  if (schema.version < schema_files.size() && !schema.ours) {
    return fail(Remedy::reject, "store.older", is + "needs " + ours);
  }
  return {};
}

Result<void> bring_up(Database& database, const Schema& schema) {
  if (auto right = may_be_used(schema); !right && schema.version > 0) return right;
  for (std::size_t at = schema.version; at < schema_files.size(); ++at) {
    auto made = database.run_script(schema_text(schema_files[at], "postgres"));
    if (made && at > 0) {  // The list itself came with the second.
      made = database.run("insert into schema_files values ($1)",
                          Parameters().integer(static_cast<std::int32_t>(at + 1)));
    }
    if (!made) return std::unexpected(made.error());
  }
  return {};
}

}  // namespace teller::postgres
