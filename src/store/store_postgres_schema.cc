#include "store/store_postgres_schema.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "embedded/sql_decisions.h"
#include "embedded/sql_deliverer.h"
#include "embedded/sql_deliveries.h"
#include "embedded/sql_first_preferences.h"
#include "embedded/sql_inbox_refused.h"
#include "embedded/sql_parts_missing.h"
#include "embedded/sql_places.h"
#include "embedded/sql_postgres_001_count.h"
#include "embedded/sql_postgres_002_audit.h"
#include "embedded/sql_postgres_003_reconcile.h"
#include "embedded/sql_postgres_004_figures.h"
#include "embedded/sql_presentation.h"
#include "embedded/sql_views.h"
#include "embedded/sql_withdrawals.h"
#include "store/schema_marks.h"
#include "store/schema_text.h"

namespace teller::postgres {
namespace {

// schema/sql and schema/sql/postgres, in order. A store has run the first n of them; schema_files
// says which n.
constexpr std::array<std::string_view, 14> schema_files{embedded::sql_postgres_001_count,
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
                                                        embedded::sql_parts_missing};

// A statement that gives rights, or a block that does, is one that begins a line and ends one.
bool gives_rights(std::string_view line) {
  return line.starts_with("grant ") || line.starts_with("do $$");
}

}  // namespace

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
