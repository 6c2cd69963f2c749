// The tables and rows of a new count, and the tables of an older program brought up to ours.
#include "election/unit_places.h"
#include "log/merkle.h"
#include "store/store_sqlite.h"
#include "store/store_sqlite_connection.h"

namespace teller {
namespace {

using sqlite::Connection;
using sqlite::Statement;

std::optional<std::string> or_null(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

// How a party or an option looks; as it is when nobody said.
template <typename Looks>
OptionLook look_of(const Looks& looks, const std::string& key) {
  const auto found = looks.find(key);
  return found == looks.end() ? OptionLook{} : found->second;
}

void insert_units(sqlite3* db, const Rules& rules, const Presentation& presentation) {
  Statement unit(db, "insert into units values (?, ?, ?, ?, ?, ?, ?, ?)");
  const auto number = [](const std::optional<UnitId>& of) {
    return of ? std::optional(of->value) : std::nullopt;
  };
  const std::vector<UnitPlace> places = unit_places(rules);
  for (std::uint32_t i = 0; i < rules.units.size(); ++i) {
    const Unit& u = rules.units[i];
    const auto& [depth, top] = places[i];
    std::optional<std::uint64_t> registered;
    if (const auto found = presentation.registered.find(u.id);
        found != presentation.registered.end()) {
      registered = found->second;
    }
    unit.bind(i, u.id, u.name, u.kind, number(u.parent), depth, number(top), registered).run();
  }
}

void insert_contests(sqlite3* db, const Rules& rules, const Presentation& presentation) {
  Statement contest(db,
                    "insert into contests (contest, id, name, kind, seats, votes_allowed, "
                    "share_base, decides, unit) values (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Statement contest_method(db, "insert into contest_methods values (?, ?, ?)");
  Statement option(db, "insert into options values (?, ?, ?, ?, ?, ?, ?, ?)");
  Statement option_party(db, "insert into option_parties values (?, ?, ?, ?)");
  Statement candidate(db, "insert into candidates values (?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& c = rules.contests[i];
    contest
        .bind(i, c.id, c.name, to_text(c.kind), c.seats, c.votes_allowed, c.share_base, c.decides,
              c.unit.value)
        .run();
    for (std::size_t k = 0; k < c.counted_from.size(); ++k) {
      contest_method.bind(i, k, c.counted_from[k] == CountedFrom::sheets ? 1 : 0).run();
    }
    for (std::size_t k = 0; k < c.options.size(); ++k) {
      const Option& o = c.options[k];
      const OptionLook seen = look_of(presentation.options, c.id + "/" + o.id);
      option
          .bind(i, k, o.id, o.name, seen.short_name.empty() ? o.name : seen.short_name,
                to_text(o.kind), or_null(seen.colour), or_null(seen.photo))
          .run();
      for (std::size_t n = 0; n < o.parties.size(); ++n) {
        option_party.bind(i, k, o.parties[n].value, n).run();
      }
      for (std::size_t n = 0; n < o.candidates.size(); ++n) {
        candidate.bind(i, k, n, o.candidates[n].id, o.candidates[n].name).run();
      }
    }
  }
}

void insert_definition(sqlite3* db, const Rules& rules, const Presentation& presentation) {
  Statement method(db, "insert into methods values (?, ?, ?)");
  for (std::size_t i = 0; i < rules.methods.size(); ++i) {
    method.bind(i, rules.methods[i].id, rules.methods[i].name).run();
  }
  Statement party(db, "insert into parties values (?, ?, ?, ?)");
  for (std::size_t i = 0; i < rules.parties.size(); ++i) {
    const Party& p = rules.parties[i];
    party.bind(i, p.id, p.name, or_null(look_of(presentation.parties, p.id).colour)).run();
  }
  insert_units(db, rules, presentation);
  insert_contests(db, rules, presentation);
}

// What later tables have of the rules; a store of an older program is told at its first start.
void describe_contests(sqlite3* db, const Rules& rules) {
  Statement contest(db,
                    "update contests set write_ins = ?2, leaf_units = ?3, option_count = ?4 where "
                    "contest = ?1 and (write_ins <> ?2 or leaf_units <> ?3 or option_count <> ?4)");
  int told = 0;
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& c = rules.contests[i];
    told += contest.bind(i, c.write_ins ? 1 : 0, rules.leaf_units(c.unit), c.options.size()).run();
  }
  if (told == 0) return;
  Statement(db, "delete from contest_heard").run();
  Statement(db, "insert into contest_heard select * from contest_heard_anew").run();
}

}  // namespace

Result<void> SqliteStore::create(const Rules& rules, const Presentation& presentation,
                                 const CountFile& count) {
  return connection_->writing([&] {
    Connection& c = *connection_;
    if (c.has_count()) {
      c.must_hold(count);
      c.bring_up();
      describe_contests(c.db, rules);
      return;
    }
    c.bring_up();
    Statement(c.db,
              "insert into head (count_id, count_file, mode, label, publication, election, "
              "time_zone, rules_hash, partitions) values (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(count.id.bytes, as_bytes(count.bytes), to_text(count.mode), count.label,
              count.publication, rules.election, rules.time_zone, rules.hash(), count.partitions)
        .run();
    insert_definition(c.db, rules, presentation);
    describe_contests(c.db, rules);
    Statement(c.db, "insert into presentations values (1, ?, ?, 'init', 'first version')")
        .bind(presentation.hash(), as_bytes(presentation.bytes))
        .run();
    Statement partition(c.db, "insert into partitions (partition, root) values (?, ?)");
    for (std::uint16_t i = 0; i < count.partitions; ++i) partition.bind(i, empty_root()).run();
    c.must_hold(count);
  });
}

Result<void> SqliteStore::open(const CountFile& count) {
  bool older = false;
  auto opened = connection_->reading([&] {
    Connection& c = *connection_;
    c.must_hold(count);
    older = c.check_schema();
  });
  if (!opened || !older || connection_->read_only) return opened;
  return connection_->writing([&] { connection_->bring_up(); });
}

}  // namespace teller
