// The roll, check-ins and what is kept of them.
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "testing/example_election.h"
#include "testing/folder.h"
#include "voters/voters_file.h"

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

class Voters : public ::testing::Test {
 protected:
  std::unique_ptr<VotersFile> open() {
    auto opened = VotersFile::open_or_make(folder.path(), {&rules, &count});
    EXPECT_TRUE(opened) << to_text(opened.error());
    return std::move(*opened);
  }
  Roll read(const VotersFile& voters, const std::string& csv) {
    auto roll = read_roll(folder.write("roll.csv", csv), rules, voters.key());
    EXPECT_TRUE(roll) << to_text(roll.error());
    return std::move(*roll);
  }
  VotersFile::Loaded load(VotersFile& voters, const std::string& csv) {
    auto loaded = voters.load(read(voters, csv), [](const auto&) { return Result<void>(); });
    EXPECT_TRUE(loaded) << to_text(loaded.error());
    return std::move(*loaded);
  }
  std::vector<std::string> come(VotersFile& voters, const std::vector<std::string>& ids,
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
  static std::string bytes_of(const std::filesystem::path& file) {
    std::ostringstream all;
    all << std::ifstream(file, std::ios::binary).rdbuf();
    return all.str();
  }

  TestFolder folder;
  const Rules rules = example::rules();
  const CountFile count = example::count();
  ClockOf clock{morning};
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

TEST_F(Voters, BadRowsAreRefusedByTheirLinesAndTheOthersKept) {
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

TEST_F(Voters, AFileWithoutTheColumnsOfARollIsRefused) {
  EXPECT_EQ(refused("unit,style\nnorth,all\n"), "voters.columns");
  EXPECT_EQ(refused("id,style\n1,all\n"), "voters.columns");
  EXPECT_EQ(refused("id,unit,ID\n1,north,1\n"), "voters.columns");
  EXPECT_EQ(refused(""), "voters.columns");
  EXPECT_EQ(refused("id;unit\n1;north\n"), Code());
}

TEST_F(Voters, DemographicsThatTellVotersApartAreRefused) {
  std::string csv = "id,unit,age\n";
  for (int n = 0; n < 13; ++n) csv += fmt::format("{0},north,{0}\n", n);
  EXPECT_EQ(refused(csv), "voters.not_coarse");
}

TEST_F(Voters, LoadedTwiceIsLoadedOnce) {
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

TEST_F(Voters, TheFirstCheckInCountsAndASecondOneIsNamed) {
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
TEST_F(Voters, TheBytesAreTheSameInWhateverOrderPeopleCame) {
  const auto file = folder / VotersFile::file_name;
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

TEST_F(Voters, WhatIsLetOutStandsStillForAQuarterOfAnHour) {
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

TEST_F(Voters, NoIdAndNoTimeIsInTheFiles) {
  load(*open(), large_roll());
  come(*open(), {"M-77"});
  for (const std::string_view name : {VotersFile::file_name, VoterKey::file_name}) {
    EXPECT_FALSE(bytes_of(folder / name).contains("M-7")) << name;
    struct stat status{};
    ASSERT_EQ(::stat((folder / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
}

TEST_F(Voters, AKeyThatIsGoneOrAnotherIsNoticed) {
  load(*open(), large_roll());
  const auto key = folder / VoterKey::file_name;
  const auto code = [&] {
    const auto opened = VotersFile::open(folder.path(), {&rules, &count});
    return opened ? Code() : opened.error().code;
  };
  EXPECT_EQ(code(), Code());
  std::filesystem::permissions(key, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(code(), "voters.key");
  std::filesystem::remove(key);
  EXPECT_EQ(code(), "voters.key");
  ASSERT_TRUE(VoterKey::read_or_make(key));
  EXPECT_EQ(code(), "voters.key");
  CountFile other = count;
  other.id.bytes[0] ^= 1U;
  EXPECT_FALSE(VotersFile::open(folder.path(), {&rules, &other}));
  ASSERT_TRUE(VotersFile::remove(folder.path()));
  EXPECT_EQ(code(), "voters.none");
}

TEST_F(Voters, TurnoutIsOneRoundedNumberUntilCheckInsAreClosed) {
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

}  // namespace
}  // namespace teller
