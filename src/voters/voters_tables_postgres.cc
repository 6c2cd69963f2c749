#include "voters/voters_tables_postgres.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "embedded/sql_voters_postgres.h"
#include "store/store_postgres_session.h"

namespace teller {
namespace {

using postgres::CopyRows;
using postgres::Database;
using postgres::Parameters;
using postgres::Session;

// Beside those of store_postgres_schema.cc and store_postgres_turn.cc.
constexpr const char* lock_voters_schema = "select pg_advisory_xact_lock(7093845)";

// Writing ten million rows anew takes minutes, in which the server says nothing.
constexpr PostgresPatience voters_patience{.ask_after = std::chrono::seconds(10),
                                           .silence_max = std::chrono::minutes(10)};

constexpr const char* lock_alone = "lock table teller_voters.about in exclusive mode";
constexpr const char* lock_beside_check_ins = "lock table teller_voters.about in row share mode";

constexpr std::size_t rows_at_once = 50'000;

constexpr const char* has_voters_tables =
    "select exists (select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = "
    "c.relnamespace where n.nspname = 'teller_voters' and c.relname = 'about')";

// By which a row would be noted together with a time.
constexpr const char* what_server_notes =
    "select coalesce(string_agg(name || ' = ' || setting, ', ' order by name), '')"
    " from pg_catalog.pg_settings where"
    " (name = 'track_commit_timestamp' and setting <> 'off')"
    " or (name = 'log_parameter_max_length_on_error' and setting <> '0')"
    " or (current_setting('log_parameter_max_length') <> '0' and"
    " ((name = 'log_statement' and setting in ('mod', 'all'))"
    " or (name in ('log_min_duration_statement', 'log_min_duration_sample') and setting <> '-1')"
    " or (name = 'log_transaction_sample_rate' and setting <> '0')))";

// In files of their own, by one transaction, in the order of their hashes: what was written before is let go as a whole. Locked
// first, so that no row is let go that came between the copy and the end of those that were there.
constexpr const char* write_check_ins_anew =
    "set local statement_timeout = 0;"
    "lock table teller_voters.check_ins in access exclusive mode;"
    "create table teller_voters.again as select * from teller_voters.check_ins;"
    "truncate teller_voters.check_ins;"
    "insert into teller_voters.check_ins select * from teller_voters.again order by voter;"
    "drop table teller_voters.again";

// Rows of a file: those that are new, the same, or different and of nobody who came.
constexpr const char* compare_incoming =
    "with compared as (select i.line, v.voter is null as added, c.voter is not null as came,"
    " (i.unit, i.style, i.age, i.sex) is not distinct from (v.unit, v.style, v.age, v.sex) as same"
    " from teller_voters.incoming i left join teller_voters.voters v on v.voter = i.voter"
    " left join teller_voters.check_ins c on c.voter = i.voter) ";
constexpr const char* change_voters =
    "update teller_voters.voters v set unit = i.unit, style = i.style, age = i.age, sex = i.sex"
    " from teller_voters.incoming i where i.voter = v.voter and"
    " (i.unit, i.style, i.age, i.sex) is distinct from (v.unit, v.style, v.age, v.sex)"
    " and not exists (select 1 from teller_voters.check_ins c where c.voter = i.voter)";
constexpr const char* add_voters =
    "insert into teller_voters.voters select i.voter, i.unit, i.style, i.age, i.sex"
    " from teller_voters.incoming i where not exists"
    " (select 1 from teller_voters.voters v where v.voter = i.voter) order by i.voter";

Result<void> only_done(Result<postgres::Answer> answer) {
  if (!answer) return std::unexpected(answer.error());
  return {};
}

std::int32_t as_integer(std::uint64_t value) { return static_cast<std::int32_t>(value); }

Result<void> must_note_nothing(Database& database) {
  const auto noted = database.run(what_server_notes);
  if (!noted) return std::unexpected(noted.error());
  if (noted->text(0, 0).empty()) return {};
  return fail(Remedy::reject, "voters.server_notes", noted->text(0, 0));
}

}  // namespace

PostgresVoters::PostgresVoters(std::unique_ptr<Session> session) : session_(std::move(session)) {}
PostgresVoters::~PostgresVoters() = default;

Result<bool> PostgresVoters::are_in(const std::string& conninfo) {
  return Session(conninfo, voters_patience).read([](Database& database) -> Result<bool> {
    const auto found = database.run(has_voters_tables);
    if (!found) return std::unexpected(found.error());
    return found->number(0, 0) != 0;
  });
}

Result<std::unique_ptr<VotersTables>> PostgresVoters::open(std::string conninfo) {
  auto session = std::make_unique<Session>(std::move(conninfo), voters_patience);
  if (auto good = session->read(must_note_nothing); !good) return std::unexpected(good.error());
  return std::unique_ptr<VotersTables>(new PostgresVoters(std::move(session)));
}

Result<void> PostgresVoters::make(const std::string& conninfo, Definition definition,
                                  const VoterKey& key) {
  return Session(conninfo, voters_patience).write([&](Database& database) -> Result<void> {
    if (auto quiet = must_note_nothing(database); !quiet) return quiet;
    // Two who load at once wait for each other; the second finds what the first has made.
    if (auto alone = database.run(lock_voters_schema); !alone) {
      return std::unexpected(alone.error());
    }
    const auto there = database.run(has_voters_tables);
    if (!there) return std::unexpected(there.error());
    if (there->number(0, 0) != 0) return {};
    const auto ours = database.run(
        "select exists (select 1 from pg_catalog.pg_namespace where nspname = 'teller_voters'"
        " and pg_has_role(current_user, nspowner, 'member')), current_database()::text");
    if (!ours) return std::unexpected(ours.error());
    if (ours->number(0, 0) == 0) {
      return fail(Remedy::reject, "voters.no_schema", "database " + ours->text(0, 1));
    }
    if (auto made = database.run_script(std::string(embedded::sql_voters_postgres)); !made) {
      return std::unexpected(made.error());
    }
    return only_done(
        database.run("insert into teller_voters.about (one, version, count_id, rules, key_mark,"
                     " closed, quarter, let_out) values (true, $1, $2, $3, $4, false, 0, 0)",
                     Parameters()
                         .integer(static_cast<std::int32_t>(voters_tables_version))
                         .bytes(definition.count->id.bytes)
                         .bytes(definition.rules->hash())
                         .bytes(key.mark())));
  });
}

Result<void> PostgresVoters::put_in_order(const std::string& conninfo) {
  return Session(conninfo, voters_patience).write([](Database& database) -> Result<void> {
    auto held = database.run(lock_alone);
    if (!held) return std::unexpected(held.error());
    return only_done(database.run_script(write_check_ins_anew));
  });
}

Result<void> PostgresVoters::remove(const std::string& conninfo) {
  return Session(conninfo, voters_patience).write([](Database& database) {
    return only_done(
        database.run_script("drop table if exists teller_voters.check_ins, teller_voters.voters,"
                            " teller_voters.voter_groups, teller_voters.about"));
  });
}

Result<void> PostgresVoters::change(Beside beside, const std::function<Result<void>()>& work) {
  return session_->write([&](Database& database) -> Result<void> {
    // Check-ins go on beside each other, and all wait for who is alone. Locks of the table, for which who came first is served
    // first; one of a row would write into it, too.
    auto held = database.run(beside == Beside::nobody ? lock_alone : lock_beside_check_ins);
    if (!held) return std::unexpected(held.error());
    now_ = &database;
    auto done = work();
    now_ = nullptr;
    return done;
  });
}

Result<void> PostgresVoters::look(const std::function<Result<void>()>& work) {
  return session_->read([&](Database& database) -> Result<void> {
    // Before anything is read: who looked before check-ins were written anew would find none of them.
    auto held = database.run("lock table teller_voters.check_ins in access share mode");
    if (!held) return std::unexpected(held.error());
    now_ = &database;
    auto done = work();
    now_ = nullptr;
    return done;
  });
}

Result<void> PostgresVoters::turn_to(std::int64_t quarter) {
  const auto due = session_->read([&](Database& database) -> Result<bool> {
    const auto found =
        database.run("select count(*) from teller_voters.about where quarter < $1 and not closed",
                     Parameters().bigint(quarter));
    if (!found) return std::unexpected(found.error());
    return found->number(0, 0) > 0;
  });
  if (!due) return std::unexpected(due.error());
  if (!*due) return {};
  return change(Beside::nobody, [&]() -> Result<void> {
    const auto turned = now_->run(
        "update teller_voters.about set quarter = $1, let_out = (select count(*) from"
        " teller_voters.check_ins) where quarter < $1 and not closed",
        Parameters().bigint(quarter));
    if (!turned) return std::unexpected(turned.error());
    if (turned->rows_changed() == 0) return {};  // Another desk was faster.
    return only_done(now_->run_script(write_check_ins_anew));
  });
}

Result<VotersTables::About> PostgresVoters::about() {
  const auto row = now_->run(
      "select version, count_id, rules, key_mark, closed, quarter, let_out"
      " from teller_voters.about");
  if (!row) return std::unexpected(row.error());
  if (row->rows() != 1) return fail(Remedy::stop, "store.io", "about holds no row");
  About about;
  about.version = row->number(0, 0);
  about.count.bytes = row->array<16>(0, 1);
  about.rules = row->array<32>(0, 2);
  about.key_mark = row->array<32>(0, 3);
  about.closed = row->number(0, 4) != 0;
  about.quarter = row->number(0, 5);
  about.let_out = row->natural(0, 6);
  return about;
}

Result<VotersTables::Groups> PostgresVoters::groups() {
  Groups names;
  for (std::size_t kind = 0; kind < demographics; ++kind) {
    names.at(kind).resize(groups_max + 1);
    const auto named =
        now_->run("select number, name from teller_voters.voter_groups where kind = $1",
                  Parameters().text(demographic_names.at(kind)));
    if (!named) return std::unexpected(named.error());
    for (int row = 0; row < named->rows(); ++row) {
      names.at(kind).at(named->natural(row, 0)) = named->text(row, 1);
    }
  }
  return names;
}

Result<void> PostgresVoters::add_group(std::size_t kind, std::size_t number,
                                       const std::string& name) {
  return only_done(now_->run(
      "insert into teller_voters.voter_groups values ($1, $2, $3)",
      Parameters().text(demographic_names.at(kind)).integer(as_integer(number)).text(name)));
}

Result<void> PostgresVoters::put_some(std::span<const RollRow> rows, const Numbers& numbers,
                                      Loaded& loaded) {
  CopyRows in;
  for (const RollRow& row : rows) {
    in.row(6).bytes(row.voter).integer(row.unit.value).integer(row.style.value);
    in.integer(numbers[0].at(row.groups[0])).integer(numbers[1].at(row.groups[1]));
    in.integer(row.line);
  }
  if (auto copied = now_->copy_in("copy teller_voters.incoming from stdin (format binary)", in);
      !copied) {
    return copied;
  }
  const auto counted = now_->run((std::string(compare_incoming) +
                                  "select count(*) filter (where added),"
                                  " count(*) filter (where not added and same),"
                                  " count(*) filter (where not added and not same and not came)"
                                  " from compared")
                                     .c_str());
  if (!counted) return std::unexpected(counted.error());
  loaded.added += counted->natural(0, 0);
  loaded.same += counted->natural(0, 1);
  loaded.changed += counted->natural(0, 2);
  const auto came = now_->run((std::string(compare_incoming) +
                               "select line from compared where not added and not same and came")
                                  .c_str());
  if (!came) return std::unexpected(came.error());
  for (int row = 0; row < came->rows(); ++row) {
    loaded.came_already.push_back(static_cast<std::uint32_t>(came->natural(row, 0)));
  }
  for (const char* const sql : {change_voters, add_voters, "truncate teller_voters.incoming"}) {
    if (auto done = now_->run(sql); !done) return std::unexpected(done.error());
  }
  return {};
}

Result<VotersTables::Loaded> PostgresVoters::put(std::span<const RollRow> rows,
                                                 const Numbers& numbers, const Progress& progress) {
  const auto made = now_->run(
      "create table teller_voters.incoming (voter bytea not null, unit integer not null,"
      " style integer not null, age integer not null, sex integer not null,"
      " line integer not null)");
  if (!made) return std::unexpected(made.error());
  Loaded loaded;
  for (std::size_t from = 0; from < rows.size(); from += rows_at_once) {
    const auto some = rows.subspan(from, std::min(rows_at_once, rows.size() - from));
    if (auto done = put_some(some, numbers, loaded); !done) return std::unexpected(done.error());
    if (progress) progress(from + some.size(), rows.size());
  }
  const auto all = now_->run("select count(*) from teller_voters.voters");
  if (!all) return std::unexpected(all.error());
  loaded.absent = all->natural(0, 0) - rows.size();
  if (auto gone = now_->run("drop table teller_voters.incoming"); !gone) {
    return std::unexpected(gone.error());
  }
  return loaded;
}

Result<std::optional<VotersTables::Voter>> PostgresVoters::find(const Hash& voter) {
  const auto found = now_->run(
      "select v.unit, v.style, c.method from teller_voters.voters v"
      " left join teller_voters.check_ins c on c.voter = v.voter where v.voter = $1",
      Parameters().bytes(voter));
  if (!found) return std::unexpected(found.error());
  if (found->rows() == 0) return std::optional<Voter>();
  Voter one{UnitId{static_cast<std::uint32_t>(found->natural(0, 0))},
            StyleId{static_cast<std::uint32_t>(found->natural(0, 1))}, std::nullopt};
  if (!found->null(0, 2)) one.came = MethodId{static_cast<std::uint32_t>(found->natural(0, 2))};
  return std::optional(one);
}

Result<bool> PostgresVoters::come(const Hash& voter, MethodId method) {
  // Waits for another desk that is at the same voter.
  const auto put =
      now_->run("insert into teller_voters.check_ins values ($1, $2) on conflict do nothing",
                Parameters().bytes(voter).integer(as_integer(method.value)));
  if (!put) return std::unexpected(put.error());
  return put->rows_changed() > 0;
}

Result<void> PostgresVoters::each_cell(const std::function<void(const Cell&)>& cell) {
  const auto all = now_->run(
      "select v.unit, v.age, v.sex, c.method, count(*) from teller_voters.voters v"
      " left join teller_voters.check_ins c on c.voter = v.voter group by 1, 2, 3, 4");
  if (!all) return std::unexpected(all.error());
  for (int row = 0; row < all->rows(); ++row) {
    Cell one{.unit = UnitId{static_cast<std::uint32_t>(all->natural(row, 0))},
             .groups = {all->natural(row, 1), all->natural(row, 2)},
             .came = std::nullopt,
             .voters = all->natural(row, 4)};
    if (!all->null(row, 3)) one.came = MethodId{static_cast<std::uint32_t>(all->natural(row, 3))};
    cell(one);
  }
  return {};
}

Result<void> PostgresVoters::close() {
  if (auto anew = now_->run_script(write_check_ins_anew); !anew) {
    return std::unexpected(anew.error());
  }
  return only_done(
      now_->run("update teller_voters.about set closed = true,"
                " let_out = (select count(*) from teller_voters.check_ins)"));
}

}  // namespace teller
