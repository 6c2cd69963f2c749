// The tables and rows of a new count, and the tables of an older program brought up to ours.
#include <array>
#include <optional>
#include <utility>

#include "election/unit_places.h"
#include "log/merkle.h"
#include "store/store_postgres.h"
#include "store/store_postgres_schema.h"
#include "store/store_postgres_session.h"

namespace teller {
namespace {

using postgres::CopyRows;
using postgres::Database;
using postgres::Parameters;

// The rows of the tables that say what is counted, before they are copied in.
struct Definition {
  CopyRows methods, parties, units, contests, contest_methods, options, option_parties, candidates,
      partitions;
};

void add_units(CopyRows& units, const Rules& rules, const Presentation& presentation) {
  const std::vector<UnitPlace> places = unit_places(rules);
  for (std::uint32_t i = 0; i < rules.units.size(); ++i) {
    const Unit& unit = rules.units[i];
    const auto& [depth, top] = places[i];
    const auto registered = presentation.registered.find(unit.id);
    units.row(8).integer(i).text(unit.id).text(unit.name).text(unit.kind);
    unit.parent ? units.integer(unit.parent->value) : units.null();
    units.integer(depth);
    top ? units.integer(top->value) : units.null();
    registered == presentation.registered.end() ? units.null() : units.bigint(registered->second);
  }
}

void add_contests(Definition& to, const Rules& rules, const Presentation& presentation) {
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& contest = rules.contests[i];
    to.contests.row(9).integer(i).text(contest.id).text(contest.name).text(to_text(contest.kind));
    to.contests.integer(contest.seats).integer(contest.votes_allowed);
    to.contests.text(contest.share_base).text(contest.decides).integer(contest.unit.value);
    for (std::size_t m = 0; m < contest.counted_from.size(); ++m) {
      to.contest_methods.row(3).integer(i).integer(m).boolean(contest.counted_from[m] ==
                                                              CountedFrom::sheets);
    }
    for (std::size_t o = 0; o < contest.options.size(); ++o) {
      const Option& option = contest.options[o];
      const auto found = presentation.options.find(contest.id + "/" + option.id);
      const OptionLook look = found == presentation.options.end() ? OptionLook{} : found->second;
      to.options.row(8).integer(i).integer(o).text(option.id).text(option.name);
      to.options.text(look.short_name.empty() ? option.name : look.short_name);
      to.options.text(to_text(option.kind)).text_or_null(look.colour).text_or_null(look.photo);
      for (std::size_t p = 0; p < option.parties.size(); ++p) {
        to.option_parties.row(4).integer(i).integer(o).integer(option.parties[p].value).integer(p);
      }
      for (std::size_t c = 0; c < option.candidates.size(); ++c) {
        const Candidate& candidate = option.candidates[c];
        to.candidates.row(5)
            .integer(i)
            .integer(o)
            .integer(c)
            .text(candidate.id)
            .text(candidate.name);
      }
    }
  }
}

Result<void> copy_tables(Database& database, Definition& of) {
  const std::array<std::pair<const char*, CopyRows*>, 9> tables{{
      {"copy methods (method, id, name) from stdin (format binary)", &of.methods},
      {"copy parties (party, id, name, colour) from stdin (format binary)", &of.parties},
      {"copy units (unit, id, name, kind, parent, depth, top, registered)"
       " from stdin (format binary)",
       &of.units},
      {"copy contests (contest, id, name, kind, seats, votes_allowed, share_base, decides, unit)"
       " from stdin (format binary)",
       &of.contests},
      {"copy contest_methods (contest, method, from_sheets) from stdin (format binary)",
       &of.contest_methods},
      {"copy options (contest, slot, id, name, short_name, kind, colour, photo)"
       " from stdin (format binary)",
       &of.options},
      {"copy option_parties (contest, slot, party, place) from stdin (format binary)",
       &of.option_parties},
      {"copy candidates (contest, slot, place, id, name) from stdin (format binary)",
       &of.candidates},
      {"copy partitions (partition, root) from stdin (format binary)", &of.partitions},
  }};
  for (const auto& [sql, rows] : tables) {
    if (auto copied = database.copy_in(sql, *rows); !copied) return copied;
  }
  return {};
}

Result<void> write_definition(Database& database, const Rules& rules,
                              const Presentation& presentation, const CountFile& count) {
  Definition definition;
  for (std::size_t i = 0; i < rules.methods.size(); ++i) {
    definition.methods.row(3).integer(i).text(rules.methods[i].id).text(rules.methods[i].name);
  }
  for (std::size_t i = 0; i < rules.parties.size(); ++i) {
    const auto look = presentation.parties.find(rules.parties[i].id);
    definition.parties.row(4).integer(i).text(rules.parties[i].id).text(rules.parties[i].name);
    definition.parties.text_or_null(look == presentation.parties.end() ? "" : look->second.colour);
  }
  add_units(definition.units, rules, presentation);
  add_contests(definition, rules, presentation);
  for (std::uint32_t i = 0; i < count.partitions; ++i) {
    definition.partitions.row(2).integer(i).bytes(empty_root());
  }
  if (auto copied = copy_tables(database, definition); !copied) return copied;

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
            .bigint(std::int64_t{rules.leaf_units(contest.unit)})
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
  auto created = session_->write([&](Database& database) -> Result<void> {
    // Two that create at once wait for each other; the second finds what the first has made.
    if (auto alone = postgres::lock_schema(database); !alone) return alone;
    auto schema = postgres::read_schema(database);
    if (!schema) return std::unexpected(schema.error());
    if (schema->version > 0) {
      auto found = database.run("select count_id from head");
      if (!found) return std::unexpected(found.error());
      if (found->rows() == 1 && found->array<16>(0, 0) == count.id.bytes) {
        if (auto made = postgres::bring_up(database, *schema); !made) return made;
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
    if (!written) return written;
    // Until PostgreSQL has looked at the units, views over them are planned as if there were few.
    auto looked = database.run_script("analyze units, options, contests, methods");
    if (!looked) return std::unexpected(looked.error());
    return {};
  });
  if (created) session_->belongs_to(count.id);
  return created;
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
    return postgres::bring_up(database, *found);
  });
}

}  // namespace teller
