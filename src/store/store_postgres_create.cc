// The tables and rows of a new count, and the tables of an older program brought up to ours.
#include <string>
#include <utility>

#include <fmt/format.h>

#include "log/merkle.h"
#include "store/store_postgres.h"
#include "store/store_postgres_schema.h"
#include "store/store_postgres_session.h"

namespace teller {
namespace {

using postgres::CopyRows;
using postgres::Database;
using postgres::Parameters;

void add(CopyRows& to, DefinitionColumn::Type type, const DefinitionValue& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    to.text(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    switch (type) {
      case DefinitionColumn::Type::boolean:
        to.boolean(*number != 0);
        break;
      case DefinitionColumn::Type::bigint:
        to.number(*number);
        break;
      default:
        to.number(static_cast<std::int32_t>(*number));
    }
  } else {
    to.null();
  }
}

Result<void> copy_table(Database& database, const DefinitionTable& table, const Rules& rules,
                        const Presentation& presentation, const CountFile& count) {
  const auto columns = columns_since(table, 1);
  const auto values = definition_rows(table, rules, presentation, count);
  CopyRows rows;
  for (std::size_t at = 0; at < values.size(); at += table.columns.size()) {
    rows.row(static_cast<std::int16_t>(columns.size()));
    for (std::size_t i = 0; i < columns.size(); ++i) add(rows, columns[i].type, values[at + i]);
  }
  return database.copy_in(fmt::format("copy {} ({}) from stdin (format binary)", table.name,
                                      joined(columns, columns.size()))
                              .c_str(),
                          rows);
}

Result<void> write_definition(Database& database, const Rules& rules,
                              const Presentation& presentation, const CountFile& count) {
  for (const DefinitionTable& table : definition_tables()) {
    if (table.only_read) continue;
    if (auto copied = copy_table(database, table, rules, presentation, count); !copied) {
      return copied;
    }
  }
  CopyRows partitions;
  for (std::uint32_t i = 0; i < count.partitions; ++i) {
    partitions.row(2).integer(i).bytes(empty_root());
  }
  if (auto copied = database.copy_in("copy partitions (partition, root) from stdin (format binary)",
                                     partitions);
      !copied) {
    return copied;
  }

  auto done = database.run(
      "insert into presentations (version, hash, bytes, actor, reason)"
      " values (1, $1, $2, 'init', 'first version')",
      Parameters().bytes(presentation.hash()).bytes(as_bytes(presentation.bytes)));
  if (done) {
    done = database.run(
        "insert into head (count_id, count_file, mode, label, publication, election, time_zone,"
        " rules_hash, partitions) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Parameters()
            .bytes(count.id.bytes)
            .bytes(as_bytes(count.bytes))
            .text(to_text(count.mode))
            .text(count.label)
            .text(count.publication)
            .text(rules.election)
            .text(rules.time_zone)
            .bytes(rules.hash())
            .integer(count.partitions));
  }
  if (!done) return std::unexpected(done.error());
  return {};
}

// What later tables have of the rules; a store of an older program is told at its next `init`.
Result<void> describe_contests(Database& database, const Rules& rules) {
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& contest = rules.contests[i];
    auto told = database.run(
        "update contests set write_ins = ($2 = 1), leaf_units = $3, option_count = $4"
        " where contest = $1",
        Parameters()
            .integer(static_cast<std::int32_t>(i))
            .integer(contest.write_ins ? 1 : 0)
            .bigint(std::int64_t{rules.count_expected({static_cast<std::uint32_t>(i)})})
            .bigint(std::uint64_t{contest.options.size()}));
    if (!told) return std::unexpected(told.error());
  }
  auto counted = database.run_script(
      "delete from contest_heard; insert into contest_heard select * from contest_heard_anew");
  if (!counted) return std::unexpected(counted.error());
  return {};
}

}  // namespace

Result<void> PostgresStore::create(const Rules& rules, const Presentation& presentation,
                                   const CountFile& count) {
  if (count.small_units > 0) {
    return fail(Remedy::reject, "policy.unsupported",
                "the views of PostgreSQL cannot withhold small units yet");
  }
  auto created = session_->write([&](Database& database) -> Result<void> {
    // Two that create at once wait for each other; the second finds what the first has made.
    if (auto alone = postgres::lock_schema(database); !alone) return alone;
    auto schema = postgres::read_schema(database);
    if (!schema) return std::unexpected(schema.error());
    if (schema->version > 0) {
      auto found = database.run("select count_id from head");
      if (!found) return std::unexpected(found.error());
      if (found->rows() == 1 && found->array<16>(0, 0) == count.id.bytes) {
        auto made = postgres::bring_up(database, *schema);
        if (made) made = postgres::hold_back(database);
        if (!made) return made;
        return describe_contests(database, rules);
      }
      return fail(Remedy::reject, "count.other",
                  "the database holds another count than " + count.id.hex());
    }
    if (!schema->there) {
      if (auto made = database.run("create schema teller"); !made) {
        return std::unexpected(made.error());
      }
    }
    if (auto made = postgres::bring_up(database, *schema); !made) return made;
    auto written = write_definition(database, rules, presentation, count);
    if (written) written = describe_contests(database, rules);
    if (written) written = postgres::hold_back(database);
    if (!written) return written;
    // Until PostgreSQL has looked at the units, views over them are planned as if there were few.
    auto looked = database.run_script("analyze units, options, contests, methods");
    if (!looked) return std::unexpected(looked.error());
    return {};
  });
  if (created) session_->belongs_to(count.id);
  return created;
}

Result<void> PostgresStore::definition_rows(
    const DefinitionTable& table,
    const std::function<void(std::span<const DefinitionValue>)>& row) {
  return session_->read([&](Database& database) -> Result<void> {
    auto schema = postgres::read_schema(database);
    if (!schema) return std::unexpected(schema.error());
    const auto there = columns_to_read(table, schema->version);
    if (!there) return std::unexpected(there.error());
    const auto& columns = *there;
    std::string selected;
    for (const DefinitionColumn& column : columns) {
      const bool number = column.type != DefinitionColumn::Type::text &&
                          column.type != DefinitionColumn::Type::bytes;
      if (column.type == DefinitionColumn::Type::time) {
        selected +=
            fmt::format(", " TIME_TO_US("{}"), column.name);  // Never the first: that is a key.
        continue;
      }
      selected += fmt::format("{}{}{}", selected.empty() ? "" : ", ", column.name,
                              column.type == DefinitionColumn::Type::boolean ? "::int::bigint"
                              : number                                       ? "::bigint"
                                                                             : "");
    }
    std::vector<DefinitionValue> values(columns.size());
    return database.copy_out(
        fmt::format("copy (select {} from {} order by {}) to stdout (format binary)", selected,
                    table.name, joined(columns, table.keys)),
        [&](const std::vector<ByteView>& in) {
          for (std::size_t i = 0; i < in.size() && i < values.size(); ++i) {
            if (in[i].data() == nullptr) {
              values[i] = DefinitionValue{};
            } else if (columns[i].type == DefinitionColumn::Type::text ||
                       columns[i].type == DefinitionColumn::Type::bytes) {
              values[i] = as_text(in[i]);
            } else {
              values[i] = postgres::from_big_endian(in[i]);
            }
          }
          row(values);
        });
  });
}

Result<void> PostgresStore::open(const CountFile& count) {
  session_->belongs_to(count.id);
  postgres::Schema schema;
  auto right = session_->read([&](Database& database) -> Result<void> {
    if (auto ours = session_->read_head(database); !ours) return std::unexpected(ours.error());
    auto found = postgres::read_schema(database);
    if (!found) return std::unexpected(found.error());
    schema = *found;
    return postgres::may_be_used(schema);
  });
  if (!right || schema.up_to_date()) return right;
  return session_->write([&](Database& database) -> Result<void> {
    // Two that open at once wait for each other; the second finds what the first has made.
    if (auto alone = postgres::lock_schema(database); !alone) return alone;
    auto found = postgres::read_schema(database);
    if (!found) return std::unexpected(found.error());
    auto made = postgres::bring_up(database, *found);
    if (made) made = postgres::hold_back(database);
    return made;
  });
}

}  // namespace teller
