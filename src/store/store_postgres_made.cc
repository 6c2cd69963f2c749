#include "store/store_postgres_made.h"

#include <fmt/format.h>

#include "store/sized_columns.h"
#include "store/store_postgres_schema.h"

namespace teller::postgres {
namespace {

using Objects = AsMade::Objects;

// Everything in a schema ({0}), as kind, name and description. An index and a trigger are told with the schema of their table,
// which is not the same in both: of an index what follows, and that a trigger is there is enough, since none is ours. An operator
// is taken from the store's schema if it fits its operands better than the server's own, so those here fit to the type.
constexpr const char* described = R"(
with relations as (
  select c.*, case c.relkind when 'r' then 'table' when 'v' then 'view' when 'i' then 'index' when 'm' then 'materialized view'
         when 'f' then 'foreign table' when 'p' then 'partitioned table' when 'S' then 'sequence' when 'c' then 'type'
         else c.relkind::text end as kind
  from pg_catalog.pg_class c where c.relnamespace = {0}
)
select kind, relname::text as name,
       case relkind
         when 'v' then pg_catalog.concat('with (' || pg_catalog.array_to_string(reloptions, ',') || ') ', 'as ', pg_catalog.pg_get_viewdef(oid))
         when 'i' then (select pg_catalog.concat_ws(' ', x.indrelid::pg_catalog.regclass, x.indisunique, x.indisprimary, x.indisvalid,
                                                    pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(x.indexrelid), '^.*? USING ', ''))
                        from pg_catalog.pg_index x where x.indexrelid = r.oid)
         else pg_catalog.concat_ws(' ', case relpersistence when 't' then 'p' else relpersistence end, relrowsecurity, relforcerowsecurity)
       end as made
from relations r
union all
select 'column', r.relname::text || '.' || a.attname::text,
       pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                            (select n.nspname::text || '.' || l.collname::text from pg_catalog.pg_collation l
                             join pg_catalog.pg_namespace n on n.oid = l.collnamespace where l.oid = a.attcollation),
                            (select pg_catalog.pg_get_expr(d.adbin, d.adrelid) from pg_catalog.pg_attrdef d
                             where d.adrelid = a.attrelid and d.adnum = a.attnum))
from relations r join pg_catalog.pg_attribute a on a.attrelid = r.oid
where a.attnum > 0 and not a.attisdropped and r.relkind not in ('i', 'S')
union all
select 'constraint', r.relname::text || '.' || k.conname::text, pg_catalog.pg_get_constraintdef(k.oid)
from relations r join pg_catalog.pg_constraint k on k.conrelid = r.oid
union all
select 'trigger', r.relname::text || '.' || t.tgname::text, '' from relations r join pg_catalog.pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal
union all
select 'rule', r.relname::text || '.' || w.rulename::text, '' from relations r join pg_catalog.pg_rewrite w on w.ev_class = r.oid
where w.rulename <> '_RETURN'
union all
select 'policy', r.relname::text || '.' || p.polname::text, '' from relations r join pg_catalog.pg_policy p on p.polrelid = r.oid
union all
select 'table', i.inhrelid::pg_catalog.regclass::text || ', a part of ' || r.relname::text, ''
from relations r join pg_catalog.pg_inherits i on i.inhparent = r.oid where r.relkind in ('r', 'p', 'f')
union all
select o.type, coalesce(o.name, o.identity), ''
from pg_catalog.pg_depend d, pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) o
where d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid and d.refobjid = {0} and d.deptype = 'n'
  and d.classid <> 'pg_catalog.pg_class'::pg_catalog.regclass::oid)";

Result<Objects> describe_schema(Database& database, const char* schema, const char* path) {
  if (auto set = database.run_script(fmt::format("set local search_path = {}", path)); !set) {
    return std::unexpected(set.error());
  }
  const auto all = database.run(fmt::format(fmt::runtime(described), schema).c_str());
  if (!all) return std::unexpected(all.error());
  Objects objects;
  for (int row = 0; row < all->rows(); ++row) {
    objects.emplace(std::pair{all->text(row, 0), all->text(row, 1)}, all->text(row, 2));
  }
  return objects;
}

Result<void> run_in_temp(Database& database, const std::string& sql) {
  for (const std::string& part : {std::string("set local search_path = pg_temp"), sql}) {
    if (auto made = database.run_script(part); !made) return std::unexpected(made.error());
  }
  return {};
}

// What the server makes of the schema files. Nothing of the store has a name there; what a session that commits has for
// itself is left out.
Result<void> make_beside(Database& database, AsMade& made) {
  const auto look = [&] {
    return describe_schema(database, "pg_catalog.pg_my_temp_schema()", "pg_catalog, pg_temp");
  };
  const auto before = look();
  if (!before) return std::unexpected(before.error());
  if (auto done = run_in_temp(database, schema_without_rights(made.version)); !done) return done;
  if (made.held_back) {
    auto held = hold_back_views(database, "pg_catalog.pg_my_temp_schema()");
    if (!held) return held;
  }
  auto objects = look();
  if (!objects) return std::unexpected(objects.error());
  std::string again;
  for (const auto& [name, text] : *objects) {
    if (name.first == "view") {
      again += fmt::format("create or replace view \"{}\" {}\n", name.second, text);
    }
  }
  if (auto done = run_in_temp(database, again); !done) return done;
  auto restored = look();
  if (!restored) return std::unexpected(restored.error());
  for (const auto& [name, text] : *before) {
    objects->erase(name);
    restored->erase(name);
  }
  made.objects = std::move(*objects);
  made.restored = std::move(*restored);
  return {};
}

void compare_made(const Objects& there, const AsMade& made,
                  const std::function<void(std::string)>& found) {
  for (const auto& [name, text] : there) {
    if (!made.objects.contains(name)) {
      found(fmt::format("{} {}: this program makes none of that name", name.first, name.second));
    }
  }
  for (const auto& [name, text] : made.objects) {
    const auto at = there.find(name);
    if (at != there.end() && (at->second == text || at->second == made.restored.at(name))) continue;
    found(fmt::format("{} {}: it is {}", name.first, name.second,
                      at == there.end() ? "not there" : "not as this program makes it"));
  }
}

// The server holds the type of what stands in a column, and not how long it is.
Result<void> check_sizes(Database& database, const Objects& there,
                         const std::function<void(std::string)>& found) {
  std::string sql;
  for (const SizedColumn& one : sized_columns) {
    if (!there.contains({"column", fmt::format("{}.{}", one.table, one.column)})) continue;
    sql += fmt::format(
        "{0}select '{1}, {2}', {3}, pg_catalog.length({2}), pg_catalog.count(*) from teller.{1}"
        " where pg_catalog.length({2}) <> {3} group by pg_catalog.length({2})",
        sql.empty() ? "" : " union all ", one.table, one.column, one.size);
  }
  if (sql.empty()) return {};
  const auto rows = database.run(sql.c_str());
  if (!rows) return std::unexpected(rows.error());
  for (int row = 0; row < rows->rows(); ++row) {
    found(fmt::format("{}: {} bytes where {} belong, in {} of its rows", rows->text(row, 0),
                      rows->number(row, 2), rows->number(row, 1), rows->number(row, 3)));
  }
  return {};
}

}  // namespace

Result<std::uint64_t> check_made(Database& database, AsMade& made,
                                 const std::function<void(std::string)>& found) {
  const auto schema = read_schema(database);
  if (!schema) return std::unexpected(schema.error());
  if (auto right = may_be_used(*schema); !right) return std::unexpected(right.error());
  const auto there = describe_schema(database, "'teller'::pg_catalog.regnamespace::oid",
                                     "pg_catalog, teller, pg_temp");
  if (!there) return std::unexpected(there.error());
  const auto held_back = is_published_after_close(database);
  if (!held_back) return std::unexpected(held_back.error());
  const auto asked = database.run(
      "select pg_catalog.version(),"
      " pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY'),"
      " pg_catalog.current_database()::text, current_user::text");
  if (!asked) return std::unexpected(asked.error());
  if (made.version != schema->version || made.server != asked->text(0, 0) ||
      made.held_back != *held_back) {
    if (asked->number(0, 1) == 0) {
      found(fmt::format(
          "tables and views: {1} cannot make those of this program beside them to hold them "
          "against; "
          "as the owner of the database say: grant temporary on database \"{0}\" to {1}",
          asked->text(0, 2), asked->text(0, 3)));
      return there->size();
    }
    AsMade anew;
    anew.server = asked->text(0, 0);
    anew.version = schema->version;
    anew.held_back = *held_back;
    if (auto done = make_beside(database, anew); !done) {
      return std::unexpected(done.error());
    }
    made = std::move(anew);
  }
  compare_made(*there, made, found);
  if (auto looked = check_sizes(database, *there, found); !looked) {
    return std::unexpected(looked.error());
  }
  return there->size();
}

}  // namespace teller::postgres
