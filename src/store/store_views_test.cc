// What people read is the same in both forms: after the same commits every pub_* view has the same
// columns in the same order and the same rows in SQLite and in PostgreSQL.
#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "store/store_sqlite.h"
#include "testing/command.h"
#include "testing/postgres_place.h"
#include "testing/store_election.h"

namespace teller {
namespace {

using E = ContractElection;

// The commits of an eventful evening.
std::vector<std::vector<Bytes>> evening(const CountId& count) {
  std::vector<ContractPartition> partition;
  for (std::uint16_t i = 0; i < E::partitions; ++i) partition.emplace_back(count, i);
  const TotalKey cruz{E::council, E::cruz, E::south, E::postal};
  const TotalKey none{E::council, E::none, E::south, E::postal};
  const TotalKey cards{E::council, slot::cards, E::south, E::postal};
  Incident conflict;
  conflict.position = 1;
  conflict.index = 3;
  conflict.id.bytes.fill(1);
  conflict.leaf = sha256(as_bytes("x"));
  conflict.counted.fill(2);
  Incident rejected = conflict;
  rejected.outcome = Outcome::rejected;
  rejected.reason = Reason::entry_style_unknown;
  rejected.index = 4;

  std::vector<std::vector<Bytes>> commits;
  commits.push_back({encode(partition[0].ballots(E::north_1, E::ada, 3).step(2)),
                     encode(partition[1]
                                .ballots(E::south, E::bell, 2)
                                .add({E::mayor, slot::write_ins, E::south, E::in_person}, {1, 0, 0})
                                .step())});
  commits.push_back({encode(partition[2]
                                .add(cruz, {40, 1, 0})
                                .add(none, {0, 0, 1})
                                .add(cards, {50, 1, 0})
                                .add({whole_unit, slot::sheets, E::south, E::postal}, {1, 0, 0})
                                .outcome({.counted = 1, .duplicate = 4})
                                .step())});
  commits.push_back({encode(partition[0]
                                .ballots(E::north_2, E::bell, 1)
                                .incident(conflict)
                                .incident(rejected)
                                .step()),
                     encode(partition[2]
                                .add(cruz, {-10, 0, 0})
                                .add(cards, {-50, -1, 0})
                                .decrease({cruz, 40, 30, "a typing error; with \"quotes\""})
                                .outcome({.counted = 1})
                                .step())});
  commits.push_back({encode(partition[3].ballots(E::north_1, E::bell, 2).step())});
  commits.push_back({encode(partition[0].decision(Control::Action::open, 1, 3).step()),
                     encode(partition[3].decision(Control::Action::open, 1, 4).step())});
  // A sheet comes and is withdrawn: its unit has not reported any more.
  for (const std::int8_t sign : {std::int8_t{1}, std::int8_t{-1}}) {
    const TotalKey no{E::council, E::none, E::north, E::postal};
    commits.push_back(
        {encode(partition[2]
                    .add(no, {std::int64_t{7} * sign, sign, 0})
                    .add({whole_unit, slot::sheets, E::north, E::postal}, {sign, 0, 0})
                    .outcome({.counted = 1})
                    .step())});
  }
  return commits;
}

// Header and rows, the rows sorted, for a view has no order.
std::vector<std::string> table(const std::string& csv) {
  std::vector<std::string> lines;
  std::istringstream in(csv);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (!lines.empty()) std::sort(lines.begin() + 1, lines.end());
  return lines;
}

std::string sqlite_csv(const std::filesystem::path& file, const std::string& view) {
  const std::string command =
      "python3 -c '\
import csv, sqlite3, sys\n\
rows = sqlite3.connect(sys.argv[1]).execute(\"select * from \" + sys.argv[2])\n\
def cell(value): return \"NULL\" if value is None else repr(value).removesuffix(\".0\") if isinstance(value, float) else value\n\
out = csv.writer(sys.stdout, lineterminator=\"\\n\")\n\
out.writerow([column[0] for column in rows.description])\n\
out.writerows([cell(value) for value in row] for row in rows)' " +
      file.string() + " " + view;
  return output_of(command);
}

// PostgreSQL has types for truth and time; SQLite has numbers and text for them.
std::string postgres_csv(const PostgresPlace& place, const std::string& view) {
  const std::string columns = place.admin(
      "select string_agg(case data_type"
      " when 'boolean' then format('%1$I::integer as %1$I', column_name)"
      " when 'timestamp with time zone' then format("
      "'to_char(%1$I at time zone ''UTC'', ''YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'') as %1$I',"
      " column_name) else quote_ident(column_name) end, ', ' order by ordinal_position)"
      " from information_schema.columns where table_schema = 'teller' and table_name = '" +
      view + "'");
  return psql(place.as("postgres"), "select " + columns + " from teller." + view,
              "-q --csv -P null=NULL");
}

TEST(PostgresViews, HaveTheColumnsAndTheRowsOfSqlite) {
  const PostgresPlace place;
  const std::filesystem::path file =
      fmt::format("{}/teller-views-{}.sqlite", testing::TempDir(), ::getpid());
  const Rules rules = E::rules();
  const Presentation presentation = E::presentation(rules);
  const CountFile count = E::count(rules, presentation, 0x5A);
  {
    auto sqlite = SqliteStore::make_file(file);
    ASSERT_TRUE(sqlite);
    for (const std::shared_ptr<Store>& store :
         {place.owner(), std::shared_ptr<Store>(std::move(*sqlite))}) {
      const auto created = store->create(rules, presentation, count);
      ASSERT_TRUE(created) << to_text(created.error());
      std::int64_t now_us = 1'904'212'800'000'007;
      for (const std::vector<Bytes>& changes : evening(count.id)) {
        const auto done = store->commit(changes, now_us += 600'000);
        ASSERT_TRUE(done) << to_text(done.error());
        for (const Verdict& verdict : done->verdicts) {
          EXPECT_TRUE(verdict.accepted) << to_text(verdict.refusal);
        }
      }
      ASSERT_EQ(store->put_audit({0, {'a'}}, {.replays = {{{0, 1, 4}, {0, 9, 0}}}}),
                Result<bool>(true));
      ASSERT_TRUE(store->halt(3, "somebody, \"an officer\", said so"));
      ASSERT_TRUE(store->put_statement(
          {.number = 1, .commit = 2, .bytes = {'{', '}'}, .checkpoint = "a,b"}));
      ASSERT_TRUE(store->put_reconciliation({.at_us = now_us,
                                             .commit = 2,
                                             .differences = 1,
                                             .differs = "log = store",
                                             .not_looked_at = "a, b",
                                             .refused = {{"entry.json.syntax", 4}}}));
    }
  }

  EXPECT_EQ(place.admin("select cards, cards_how, sheets from teller.pub_units where unit_id ="
                        " 'ash/north'"),
            "|not reported|0\n");

  // Not what shows nothing: by officer_lines `teller api` writes, and in SQLite nobody needs it.
  std::istringstream views(
      place.admin("select table_name from information_schema.views where table_schema = 'teller'"
                  " and table_name <> 'officer_lines' order by 1"));
  std::set<std::string> seen;
  for (std::string view; std::getline(views, view);) {
    const std::vector<std::string> there = table(postgres_csv(place, view));
    EXPECT_EQ(there, table(sqlite_csv(file, view))) << view;
    EXPECT_GT(there.size(), 1) << view << " is empty, so that nothing was compared";
    seen.insert(view);
  }
  EXPECT_EQ(seen,
            (std::set<std::string>{
                "pub_area_figures", "pub_commits", "pub_contests", "pub_counters", "pub_decisions",
                "pub_falls", "pub_head", "pub_inbox_refused", "pub_incidents", "pub_options",
                "pub_outcomes", "pub_parties", "pub_place_figures", "pub_presentation",
                "pub_reconcile", "pub_sheet_checks", "pub_statements", "pub_timeline", "pub_totals",
                "pub_turnout", "pub_turnout_places", "pub_unit_figures", "pub_units",
                // What these are made of; not for the reader's account.
                "column_sums", "contest_areas", "contest_figures", "contest_heard_anew", "heard",
                "line_cells", "line_sums", "party_lines", "party_lists", "place_figures",
                "shared_figures", "share_bases", "sheet_checks", "sheet_sums", "slots"}));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace teller
