// The roll, check-ins and what is kept of them: in a file of a home, and in a schema of PostgreSQL.
#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "testing/example_election.h"
#include "testing/folder.h"
#include "testing/postgres_place.h"
#include "voters/voters_roll.h"
#include "voters/voters_tables_postgres.h"

namespace teller {
namespace {

class ClockOf final : public Clock {
 public:
  explicit ClockOf(std::int64_t minutes) : minutes_(minutes) {}
  void set(std::int64_t minutes) { minutes_ = minutes; }
  [[nodiscard]] std::int64_t now_us() const override { return minutes_ * 60 * 1'000'000; }

 private:
  std::int64_t minutes_;
};

constexpr std::int64_t morning = std::int64_t{30'000'000};  // A full quarter, in minutes.

class VotersIn : public ::testing::Test {
 protected:
  std::unique_ptr<VotersRoll> open() {
    auto opened = VotersRoll::open_or_make(place, {&rules, &count});
    EXPECT_TRUE(opened) << to_text(opened.error());
    return std::move(*opened);
  }
  Roll read(const VotersRoll& voters, const std::string& csv) {
    auto roll = read_roll(folder.write("roll.csv", csv), rules, voters.key());
    EXPECT_TRUE(roll) << to_text(roll.error());
    return std::move(*roll);
  }
  VotersRoll::Loaded load(VotersRoll& voters, const std::string& csv) {
    auto loaded = voters.load(read(voters, csv), [](const auto&) { return Result<void>(); });
    EXPECT_TRUE(loaded) << to_text(loaded.error());
    return std::move(*loaded);
  }
  std::vector<std::string> come(VotersRoll& voters, const std::vector<std::string>& ids,
                                std::optional<UnitId> at = std::nullopt) {
    std::vector<std::string> codes;
    const auto answers = voters.check_in(ids, MethodId{0}, at, clock);
    EXPECT_TRUE(answers) << to_text(answers.error());
    for (const auto& answer : *answers) {
      codes.emplace_back(answer ? "came" : answer.error().code.text());
    }
    return codes;
  }
  Code refused(const std::string& csv) {
    const auto voters = open();
    const auto roll = read_roll(folder.write("roll.csv", csv), rules, voters->key());
    return roll ? Code() : roll.error().code;
  }
  [[nodiscard]] Code code_of_open(const CountFile& of) const {
    const auto opened = VotersRoll::open(place, {&rules, &of});
    return opened ? Code() : opened.error().code;
  }
  static std::string bytes_of(const std::filesystem::path& file) {
    std::ostringstream all;
    all << std::ifstream(file, std::ios::binary).rdbuf();
    return all.str();
  }

  TestFolder folder;
  VotersPlace place{.home = folder.path()};
  const Rules rules = example::rules();
  const CountFile count = example::count();
  ClockOf clock{morning};
};

// What holds wherever they are kept.
enum class KeptIn { home, servers };
class Voters : public VotersIn, public ::testing::WithParamInterface<KeptIn> {
 protected:
  Voters() {
    if (GetParam() == KeptIn::home) return;
    server.emplace();
    server->admin("create schema teller_voters authorization teller_registrar");
    place.conninfo = server->as("teller_registrar");
  }
  std::optional<PostgresPlace> server;
};
INSTANTIATE_TEST_SUITE_P(Home, Voters, ::testing::Values(KeptIn::home));
INSTANTIATE_TEST_SUITE_P(Postgres, Voters, ::testing::Values(KeptIn::servers));

// The bytes of a home.
class VotersOfHome : public VotersIn {};

// What PostgreSQL has besides.
class VotersPostgres : public VotersIn {
 protected:
  VotersPostgres() {
    server.admin("create schema teller_voters authorization teller_registrar");
    place.conninfo = server.as("teller_registrar");
  }
  PostgresPlace server;
};

// 1,000 voters in two places.
std::string large_roll() {
  std::string csv = "id,unit,age\n";
  for (int n = 0; n < 1000; ++n) {
    csv += fmt::format("M-{},{},{}\n", n, n % 3 == 0 ? "north" : "south",
                       n % 2 == 0 ? "18-29" : "30+");
  }
  return csv;
}

TEST_P(Voters, BadRowsAreRefusedByTheirLinesAndTheOthersKept) {
  const auto voters = open();
  const Roll roll = read(*voters,
                         "name,Unit,ID,style,sex\n"
                         "Ada,north,1,all,f\n"
                         "Bell,nowhere,2,all,m\n"
                         "Cruz,town,3,all,m\n"
                         "Dee,south,4,none,f\n"
                         "Eve,south,,all,f\n"
                         "Fay,south,6,all\n"
                         "Gil,south, 1 ,all,m\n"
                         "Hal,south,8,all,\n");
  ASSERT_EQ(roll.rows.size(), 2U);
  EXPECT_EQ(roll.passed_over, std::vector<std::string>{"name"});
  std::vector<std::uint64_t> lines;
  std::string told;
  for (const Roll::Fault& fault : roll.faults) {
    lines.push_back(fault.line);
    told += fault.what + "\n";
  }
  EXPECT_EQ(lines, (std::vector<std::uint64_t>{3, 4, 5, 6, 7, 8})) << told;
  EXPECT_TRUE(told.contains("no reporting unit \"nowhere\"")) << told;
  EXPECT_TRUE(told.contains("\"town\" is divided further")) << told;
  EXPECT_TRUE(told.contains("no ballot style \"none\"")) << told;
  EXPECT_TRUE(told.contains("stands on line 2 already")) << told;
}

TEST_P(Voters, AFileWithoutTheColumnsOfARollIsRefused) {
  EXPECT_EQ(refused("unit,style\nnorth,all\n"), "voters.columns");
  EXPECT_EQ(refused("id,style\n1,all\n"), "voters.columns");
  EXPECT_EQ(refused("id,unit,ID\n1,north,1\n"), "voters.columns");
  EXPECT_EQ(refused(""), "voters.columns");
  EXPECT_EQ(refused("id;unit\n1;north\n"), Code());
}

TEST_P(Voters, DemographicsThatTellVotersApartAreRefused) {
  std::string csv = "id,unit,age\n";
  for (int n = 0; n < 13; ++n) csv += fmt::format("{0},north,{0}\n", n);
  EXPECT_EQ(refused(csv), "voters.not_coarse");
}

TEST_P(Voters, LoadedTwiceIsLoadedOnce) {
  const auto voters = open();
  EXPECT_EQ(load(*voters, large_roll()).added, 1000U);
  const auto again = load(*voters, large_roll());
  EXPECT_EQ(again.same, 1000U);
  EXPECT_FALSE(again.changes());
  const auto more = load(*voters, "id,unit,age\nM-0,south,18-29\nlate,north,30+\n");
  EXPECT_EQ(more.added, 1U);
  EXPECT_EQ(more.changed, 1U);
  EXPECT_EQ(more.absent, 999U);
}

TEST_P(Voters, TheFirstCheckInCountsAndASecondOneIsNamed) {
  const auto voters = open();
  load(*voters, large_roll());
  using Codes = std::vector<std::string>;
  EXPECT_EQ(come(*voters, {"M-0", " M-0", "M-1000", ""}),
            (Codes{"came", "voters.checked_in", "voters.unknown", "voters.unknown"}));
  EXPECT_EQ(come(*voters, {"M-0"}), Codes{"voters.checked_in"});
  EXPECT_EQ(come(*voters, {"M-1", "M-3"}, example::north), (Codes{"voters.elsewhere", "came"}));
  EXPECT_EQ(voters->figures(clock)->all.came, 2U);
  // What stands on the roll of who came stays.
  const auto changed = load(*voters, "id,unit,age\nM-0,south,18-29\n");
  EXPECT_EQ(changed.came_already, std::vector<std::uint32_t>{2});
  ASSERT_TRUE(voters->close([] { return Result<void>(); }));
  const auto late = voters->check_in(std::vector<std::string>{"M-5"}, MethodId{0}, {}, clock);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, "voters.closed");
}

// Who owns the disk and has the key may know who came. Nobody may know who came before whom.
TEST_F(VotersOfHome, TheBytesAreTheSameInWhateverOrderPeopleCame) {
  const auto file = folder / VotersRoll::file_name;
  load(*open(), large_roll());
  const std::string before = bytes_of(file);
  std::vector<std::string> after;
  for (const bool backwards : {false, true}) {
    std::ofstream(file, std::ios::binary) << before;
    const auto voters = open();
    for (int n = 0; n < 300; ++n) {
      const int who = (backwards ? 299 - n : n) * 3;
      come(*voters, {fmt::format("M-{}", who)});
    }
    after.push_back(bytes_of(file));
  }
  EXPECT_NE(after[0], before);
  EXPECT_TRUE(after[0] == after[1]);
}

TEST_P(Voters, WhatIsLetOutStandsStillForAQuarterOfAnHour) {
  const auto voters = open();
  load(*voters, large_roll());
  come(*voters, {"M-1", "M-2"});
  EXPECT_EQ(voters->figures(clock)->let_out, 0U);
  clock.set(morning + 14);
  come(*voters, {"M-4"});
  EXPECT_EQ(voters->figures(clock)->let_out, 0U);
  clock.set(morning + 15);
  EXPECT_EQ(voters->figures(clock)->let_out, 3U);
  come(*voters, {"M-5"});
  EXPECT_EQ(voters->figures(clock)->let_out, 3U);
  EXPECT_EQ(voters->figures(clock)->all.came, 4U);
}

TEST_F(VotersOfHome, NoIdAndNoTimeIsInTheFiles) {
  load(*open(), large_roll());
  come(*open(), {"M-77"});
  for (const std::string_view name : {VotersRoll::file_name, VoterKey::file_name}) {
    EXPECT_FALSE(bytes_of(folder / name).contains("M-7")) << name;
    struct stat status{};
    ASSERT_EQ(::stat((folder / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
}

TEST_P(Voters, AKeyThatIsGoneOrAnotherIsNoticed) {
  load(*open(), large_roll());
  const auto key = folder / VoterKey::file_name;
  EXPECT_EQ(code_of_open(count), Code());
  std::filesystem::permissions(key, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(code_of_open(count), "voters.key");
  std::filesystem::remove(key);
  EXPECT_EQ(code_of_open(count), "voters.key");
  ASSERT_TRUE(VoterKey::read_or_make(key));
  EXPECT_EQ(code_of_open(count), "voters.key");
  CountFile other = count;
  other.id.bytes[0] ^= 1U;
  EXPECT_FALSE(VotersRoll::open(place, {&rules, &other}));
  ASSERT_TRUE(VotersRoll::remove(place));
  EXPECT_EQ(code_of_open(count), "voters.none");
}

TEST_P(Voters, ALoadThatNobodyAgreesToChangesNothing) {
  const auto voters = open();
  const auto refused_load =
      voters->load(read(*voters, large_roll()), [](const auto&) -> Result<void> {
        return fail(Remedy::reject, "audit.invalid", "no reason");
      });
  ASSERT_FALSE(refused_load);
  EXPECT_EQ(refused_load.error().code, "audit.invalid");
  EXPECT_EQ(voters->figures(clock)->all.registered, 0U);
  EXPECT_EQ(load(*voters, large_roll()).added, 1000U);
}

TEST_P(Voters, GroupsOfSeveralFilesAreTogetherNoMoreThanOneFileMayHave) {
  const auto voters = open();
  std::string first = "id,unit,age\n", more = "id,unit,age\n";
  for (int n = 0; n < 8; ++n) {
    first += fmt::format("a{0},north,g{0}\n", n);
    more += fmt::format("b{0},north,h{0}\n", n);
  }
  load(*voters, first);
  const auto loaded = voters->load(read(*voters, more), [](const auto&) { return Result<void>(); });
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, "voters.not_coarse");
  const auto figures = voters->figures(clock);
  EXPECT_EQ(figures->all.registered, 8U);
  ASSERT_EQ(figures->by_group[0].size(), 8U);
  EXPECT_EQ(figures->by_group[0][7].name, "g7");
}

TEST_P(Voters, RetiringKeepsWhatMayBeSaidAndDeletesTheRest) {
  load(*open(), large_roll());
  come(*open(), {"M-1", "M-2", "M-3"});
  ASSERT_TRUE(VotersRoll::retire(place, {&rules, &count}, clock));
  EXPECT_EQ(code_of_open(count), "voters.retired");
  EXPECT_FALSE(std::filesystem::exists(folder / VoterKey::file_name));
  const std::string kept = bytes_of(folder / VotersRoll::turnout_name);
  EXPECT_TRUE(kept.contains("\"registered\": 1000")) << kept;
  ASSERT_TRUE(VotersRoll::retire(place, {&rules, &count}, clock));
  EXPECT_EQ(bytes_of(folder / VotersRoll::turnout_name), kept);
}

TEST_P(Voters, TurnoutIsOneRoundedNumberUntilCheckInsAreClosed) {
  const auto voters = open();
  load(*voters, large_roll());
  std::vector<std::string> ids;
  for (int n = 0; n < 457; ++n) ids.push_back(fmt::format("M-{}", n));
  come(*voters, ids);
  clock.set(morning + 15);
  const Turnout said = turnout(*voters->figures(clock), rules);
  EXPECT_EQ(to_text(said.registered), "1,000");
  EXPECT_EQ(to_text(said.came), "450");
  EXPECT_TRUE(said.tables.empty());
  ASSERT_TRUE(voters->close([] { return Result<void>(); }));
  const Turnout all = turnout(*voters->figures(clock), rules);
  EXPECT_EQ(to_text(all.came), "457");
  ASSERT_EQ(all.tables.size(), 2U);
  EXPECT_EQ(all.tables[0].of, "place");
  EXPECT_EQ(to_text(all.tables[0].rows[0].registered), "334");
  EXPECT_EQ(to_text(all.tables[0].rows[0].came), "153");
  EXPECT_EQ(all.tables[1].of, "age");
}

// ---- PostgreSQL alone

// Two desks whose queues have the same people in them, in opposite orders: each of them gets one ballot.
TEST_F(VotersPostgres, OfTwoDesksAtOnceOneChecksInAndTheOtherIsTold) {
  load(*open(), large_roll());
  constexpr int people = 60;
  std::array<std::unique_ptr<VotersRoll>, 2> desks{open(), open()};
  std::array<std::vector<std::string>, 2> told;
  {
    std::vector<std::jthread> at_work;
    for (const std::size_t desk : {0U, 1U}) {
      at_work.emplace_back([&, desk] {
        for (int n = 0; n < people; n += 2) {
          const int from = desk == 0 ? n : people - 2 - n;
          std::vector<std::string> ids{fmt::format("M-{}", from), fmt::format("M-{}", from + 1)};
          if (desk == 1) std::swap(ids[0], ids[1]);
          for (const std::string& code : come(*desks.at(desk), ids)) told.at(desk).push_back(code);
        }
      });
    }
  }
  std::size_t came = 0, again = 0;
  for (const auto& codes : told) {
    came += static_cast<std::size_t>(std::ranges::count(codes, "came"));
    again += static_cast<std::size_t>(std::ranges::count(codes, "voters.checked_in"));
  }
  EXPECT_EQ(came, std::size_t{people});
  EXPECT_EQ(again, std::size_t{people});
  EXPECT_EQ(open()->figures(clock)->all.came, std::uint64_t{people});
}

// By the numbers of their transactions and their places rows of a quarter that is over say nothing.
TEST_F(VotersPostgres, AfterAQuarterOfAnHourNoRowSaysWhoCameBeforeWhom) {
  const auto written = [&] {
    return server.admin(
        "select count(*), count(distinct xmin::text), coalesce(bool_and(in_order), true) from"
        " (select xmin, voter > lag(voter, 1, '') over (order by ctid) as in_order"
        "  from teller_voters.check_ins) one");
  };
  const auto voters = open();
  load(*voters, large_roll());
  const std::string roll_before = server.admin(
      "select md5(string_agg(v::text || xmin || ctid || xmax, ',')) from teller_voters.voters v");
  for (int n = 0; n < 40; ++n) come(*voters, {fmt::format("M-{}", n)});
  EXPECT_EQ(written(), "40|40|f\n")
      << "a server that writes in another way: what it says is for it";
  clock.set(morning + 15);
  come(*voters, {"M-900"});
  const std::string file = server.admin("select pg_relation_filenode('teller_voters.check_ins')");
  EXPECT_EQ(
      server.admin("select count(*), count(distinct xmin::text) from teller_voters.check_ins"),
      "41|2\n");
  come(*voters, {"M-901"});
  EXPECT_EQ(server.admin("select pg_relation_filenode('teller_voters.check_ins')"), file)
      << "within a quarter nothing is written anew";
  ASSERT_TRUE(voters->close([] { return Result<void>(); }));
  EXPECT_EQ(written(), "42|1|t\n");
  EXPECT_NE(server.admin("select pg_relation_filenode('teller_voters.check_ins')"), file);
  // The rows of the roll were not touched.
  EXPECT_EQ(server.admin("select md5(string_agg(v::text || xmin || ctid || xmax, ',')) from "
                         "teller_voters.voters v"),
            roll_before);
  EXPECT_EQ(server.admin("select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid"
                         " where c.relnamespace = 'teller_voters'::regnamespace and"
                         " format_type(a.atttypid, null) ~ 'time|date'"),
            "0\n");
}

TEST_F(VotersPostgres, NobodyButTheRegistrarReadsAnyOfIt) {
  load(*open(), large_roll());
  for (const char* const role : {"teller_owner", "teller_writer", "teller_publisher",
                                 "teller_deliverer", "teller_reader", "teller_auditor"}) {
    EXPECT_EQ(server.admin(fmt::format(
                  "select has_schema_privilege('{}', 'teller_voters', 'usage, create')", role)),
              "f\n")
        << role;
    for (const char* const table : {"voters", "check_ins", "voter_groups", "about"}) {
      EXPECT_EQ(server.admin(fmt::format("select has_table_privilege('{}', 'teller_voters.{}', "
                                         "'select, insert, update, delete, truncate')",
                                         role, table)),
                "f\n")
          << role << " " << table;
    }
    // That there is a roll, everybody may know.
    EXPECT_TRUE(*PostgresVoters::are_in(server.as(role))) << role;
  }
}

TEST_F(VotersPostgres, AServerThatNotesWhenRowsAreWrittenIsRefused) {
  load(*open(), large_roll());
  const auto set = [&](const std::string& what) {
    server.admin(
        fmt::format("alter role teller_registrar in database {} set {}", server.name, what));
  };
  set("log_statement = 'mod'");
  EXPECT_EQ(code_of_open(count), "voters.server_notes");
  set("log_parameter_max_length = 0");
  EXPECT_EQ(code_of_open(count), Code());
}

TEST_F(VotersPostgres, ADatabaseWithoutTheSchemaIsNamed) {
  server.admin("drop schema teller_voters");
  EXPECT_EQ(code_of_open(count), "voters.none");
  const auto made = VotersRoll::open_or_make(place, {&rules, &count});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "voters.no_schema");
}

// The registrar's machine may be another than that of who holds figures against the roll.
TEST_F(VotersPostgres, FiguresAreReadWithoutTheKey) {
  load(*open(), large_roll());
  come(*open(), {"M-1"});
  std::filesystem::remove(folder / VoterKey::file_name);
  const auto opened = VotersRoll::open(place, {&rules, &count}, VotersRoll::Use::figures);
  ASSERT_TRUE(opened) << to_text(opened.error());
  EXPECT_EQ((*opened)->figures(clock)->all.came, 1U);
  EXPECT_EQ(code_of_open(count), "voters.key");
}

}  // namespace
}  // namespace teller
