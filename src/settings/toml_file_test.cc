#include "settings/toml_file.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "settings/toml_limits.h"

namespace teller {
namespace {

std::string repeated(std::string_view one, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += one;
  return text;
}

// What is wrong with a text before anybody asks for a key of it.
std::string refusal(std::string_view text) {
  const auto file = TomlFile::parse(text, "a.toml", "config.invalid");
  if (file) return "none";
  EXPECT_EQ(file.error().remedy, Remedy::reject);
  EXPECT_EQ(file.error().code, "config.invalid");
  return file.error().detail;
}

struct Party {
  std::string name, colour = "grey";
  std::uint16_t seats = 1;
  bool active = false;
  std::vector<std::string> aliases;
};

// A reader as its callers write them.
std::string faults_of(std::string_view text, std::vector<Party>* out = nullptr) {
  const auto file = TomlFile::parse(text, "a.toml", "config.invalid");
  if (!file) return file.error().detail;
  std::vector<Party> parties;
  for (const TomlTable& table : file->root().tables("party")) {
    Party& party = parties.emplace_back();
    table.text("name", party.name, Need::required);
    table.text("colour", party.colour, Need::not_empty);
    table.number("seats", party.seats, 1, 9);
    table.flag("active", party.active);
    party.aliases = table.texts("aliases", Need::not_empty);
    if (party.name == "none") table.fault("name", "must not be none");
    if (const auto ids = table.table("ids")) {
      for (const std::string& key : ids->keys()) {
        std::string id;
        ids->text(key, id);
      }
    }
  }
  if (const auto note = file->root().table("note")) {
    std::string by;
    note->text("by", by);
  }
  if (out) *out = parties;
  const auto good = file->finish();
  return good ? "none" : good.error().detail;
}

TEST(TomlFile, GivesWhatTheFileSaysAndLeavesTheRestAsItWas) {
  std::vector<Party> parties;
  EXPECT_EQ(
      faults_of("[[party]]\nname = \"A\"\nseats = 9\nactive = true\naliases = [\"a\", \"b\"]\n"
                "ids = {\"any key\" = \"x\"}\n[[party]]\nname = \"B\"\naliases = \"b\"\n",
                &parties),
      "none");
  ASSERT_EQ(parties.size(), 2U);
  EXPECT_EQ(parties[0].seats, 9);
  EXPECT_TRUE(parties[0].active);
  EXPECT_EQ(parties[0].aliases, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parties[1].colour, "grey");
  EXPECT_EQ(parties[1].seats, 1);
  EXPECT_EQ(parties[1].aliases, (std::vector<std::string>{"b"}));
  // One table does for a list of one.
  EXPECT_EQ(faults_of("[party]\nname = \"A\"\n", &parties), "none");
  EXPECT_EQ(parties.size(), 1U);
}

// Whoever writes such a file should not have to run it once a mistake.
TEST(TomlFile, NamesAllFaultsInTheOrderOfTheFile) {
  EXPECT_EQ(
      faults_of("nots = 1\n"
                "[[party]]\n"
                "seats = 10\n"
                "colour = \"\"\n"
                "active = \"yes\"\n"
                "aliases = [\"\", 7]\n"
                "size = 1\n"
                "ids = 3\n"
                "[[party]]\n"
                "name = \"none\"\n"
                "aliases = []\n"
                "ids = {X = 1, \"Y Z\" = 2}\n"
                "[note]\n"
                "\"not\\nknown\" = 2\n"),
      "a.toml:1: nots is not known here; did you mean note? Known are party, note\n"
      "a.toml:2: [[party]] name is missing: write name = \"…\"\n"
      "a.toml:3: [[party]] seats must be a whole number from 1 to 9\n"
      "a.toml:4: [[party]] colour must not be empty\n"
      "a.toml:5: [[party]] active must be true or false, without quotes\n"
      "a.toml:6: [[party]] aliases must not be empty\n"
      "a.toml:6: [[party]] aliases must be a text or a list of texts: aliases = [\"…\", \"…\"]\n"
      "a.toml:7: [[party]] size is not known here. Known are name, colour, seats, active, aliases, "
      "ids\n"
      "a.toml:8: [[party]] ids must be a table: [party.ids]\n"
      "a.toml:10: [[party]] name must not be none\n"
      "a.toml:11: [[party]] aliases must not be empty\n"
      "a.toml:12: [party.ids] X must be a text in quotes: X = \"…\"\n"
      "a.toml:12: [party.ids] \"Y Z\" must be a text in quotes: \"Y Z\" = \"…\"\n"
      "a.toml:14: [note] \"not known\" is not known here. Known are by");
  EXPECT_EQ(faults_of(""), "a.toml: [[party]] is missing: there must be at least one");
  EXPECT_EQ(faults_of("party = []\n"),
            "a.toml:1: [[party]] is missing: there must be at least one");
  EXPECT_EQ(faults_of("party = [1]\n"), "a.toml:1: party must be a table: [[party]]");
}

TEST(TomlFile, NamesTwentyFaultsAndSaysHowManyFollow) {
  std::string text = "[party]\nname = \"A\"\n";
  for (int i = 60; i > 0; --i) text += fmt::format("k{} = 1\n", i);
  const std::string faults = faults_of(text);
  EXPECT_EQ(std::ranges::count(faults, '\n'), 20);
  EXPECT_TRUE(faults.starts_with("a.toml:3: [party] k60 is not known here.")) << faults;
  EXPECT_TRUE(faults.contains("\na.toml:22: [party] k41 is not known here.")) << faults;
  EXPECT_TRUE(faults.ends_with("\na.toml: and 40 more")) << faults;
}

// A name is not shown whole when it fills the screen, nor cut within a letter.
TEST(TomlFile, ShowsTheBeginningOfALongKey) {
  const std::string faults =
      faults_of("[party]\nname = \"A\"\n\"a" + repeated("é", 1'000) + "\" = 1\n");
  EXPECT_TRUE(
      faults.starts_with("a.toml:3: [party] \"a" + repeated("é", 29) + "…\" is not known here."))
      << faults;
}

TEST(TomlFile, SaysWhereATextIsNotToml) {
  EXPECT_TRUE(refusal("a = 1\n[count\n").starts_with("a.toml:2: is not TOML: "))
      << refusal("[count");
  EXPECT_TRUE(refusal("a = 1\na = 2\n").starts_with("a.toml:2: is not TOML: "));
  EXPECT_TRUE(refusal("a = \"\xFF\"\n").starts_with("a.toml:1: is not TOML: "));
  EXPECT_EQ(refusal(""), "none");
}

TEST(TomlFile, SaysInWordsWhatStandsTwice) {
  const std::string braces =
      refusal("a = 1\ncontest = {id = \"x\"}\n[contest.names]\nD1 = \"Ada\"\n");
  EXPECT_TRUE(
      braces.starts_with("a.toml:3: is not TOML: [contest.names] cannot be added to contest, "
                         "which is written between braces: write it as [contest]"))
      << braces;
  EXPECT_EQ(refusal("[a]\nb = 1\n[a]\nc = 1\n"),
            "a.toml:3: is not TOML: [a] stands twice: put all of its keys below the first");
  EXPECT_EQ(refusal("a = 1\na = 2\n"), "a.toml:2: is not TOML: a stands twice");
  EXPECT_EQ(refusal("unit = [{id = \"a\"}]\n[[unit]]\nid = \"b\"\n"),
            "a.toml:2: is not TOML: [[unit]] cannot be added to unit = […]: write each of them as "
            "[[unit]]");
}

// Each of these ended the program, or took gigabytes: toml++ has no limit on parts of a key.
TEST(TomlFile, RefusesWhatGoesBeyondALimitBeforeItMakesATree) {
  const std::string parts = "a.toml:2: has a key of more than 16 parts (a.b.c has three)";
  const std::string deep = "a.toml:2: has more than 16 lists and tables in each other";
  EXPECT_EQ(refusal("\n" + repeated("a.", 40'000) + "a = 1"), parts);
  EXPECT_EQ(refusal("\n" + repeated("'a' . ", 40'000) + "a = 1"), parts);
  EXPECT_EQ(refusal("\n[" + repeated("\"a\".", 40'000) + "a]"), parts);
  EXPECT_EQ(refusal("\n[[" + repeated("a.", 40'000) + "a]]"), parts);
  EXPECT_EQ(refusal("\nx = {" + repeated("a.", 40'000) + "a = 1}"), parts);
  EXPECT_EQ(refusal("\nx = " + repeated("[", 40'000) + repeated("]", 40'000)), deep);
  EXPECT_EQ(refusal("\nx = " + repeated("{a=", 40'000) + "1" + repeated("}", 40'000)), deep);
  EXPECT_EQ(
      refusal("\nx = '''''a\n" + repeated("''a", 100) + "'''''\ny = " + repeated("[", 40'000)),
      "a.toml:4: has more than 16 lists and tables in each other");
  EXPECT_EQ(refusal("x = [" + repeated("1,", 300'000) + "]"),
            "a.toml:1: holds more than 200,000 values");
  EXPECT_EQ(refusal(repeated("#", TomlLimits::bytes_max + 1)),
            "a.toml: is larger than 4 MiB: is this the right file?");
}

TEST(TomlFile, TakesWhatLiesWithinTheLimits) {
  EXPECT_EQ(refusal(repeated("a.", 15) + "a = 1"), "none");
  EXPECT_EQ(refusal("x = " + repeated("[", 16) + repeated("]", 16)), "none");
  EXPECT_EQ(refusal(repeated("#", TomlLimits::bytes_max)), "none");
  // Many keys side by side are not one key of many parts.
  std::string many;
  for (int i = 0; i < 100; ++i) many += fmt::format("a{}.b = [1.5, 2.5]\n[t{}.u]\n", i, i);
  EXPECT_EQ(refusal(many), "none");
}

TEST(TomlFile, DoesNotCountWhatStandsInStringsAndComments) {
  const std::string dots = repeated("a.", 100), brackets = repeated("[", 100);
  EXPECT_EQ(refusal("# don't " + dots + brackets + "\nx = 1\n"), "none");
  EXPECT_EQ(refusal("\"" + dots + brackets + "\" = '" + dots + brackets + "'\n"), "none");
  EXPECT_EQ(refusal("x = \"\\\"" + dots + "\\\\\" # \"" + brackets + "\n"), "none");
  EXPECT_EQ(
      refusal("x = \"\"\ny = ''\nz = \"\"\"\n\"\" \\\"\"\"" + dots + brackets + "\n\"\"\"\"\"\n"),
      "none");
  EXPECT_EQ(refusal("x = '''\n''" + dots + brackets + "\\'''\ny = 1\n"), "none");
}

}  // namespace
}  // namespace teller
