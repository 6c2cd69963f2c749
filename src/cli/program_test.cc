#include "cli/program.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/command.h"

namespace teller::cli {
namespace {

struct Ran {
  int code = -1;
  std::string out, err;
};

Ran run(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "teller");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.code = run_program(static_cast<int>(arguments.size()), arguments.data());
  std::fflush(stdout);
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

// The commands that `teller --help` lists.
std::vector<std::string> commands() {
  std::istringstream help(run({"--help"}).out);
  std::vector<std::string> names;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    if (line == "Subcommands:") {
      listed = true;
    } else if (listed && line.starts_with("  ")) {
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
    } else if (listed) {
      break;
    }
  }
  return names;
}

TEST(Report, TheExitCodeIsWhatTheRemedySaysAndTheLastLineIsWhatToDo) {
  const auto report_of = [](Remedy remedy) {
    testing::internal::CaptureStderr();
    const int code = report({remedy, "file.full", "no room \x1b[2K"});
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(said.starts_with("teller: file.full: no room \uFFFD[2K\n")) << said;
    EXPECT_TRUE(said.ends_with(fmt::format("teller: {}\n", Code("file.full").advice()))) << said;
    return std::pair(code, std::ranges::count(said, '\n'));
  };
  EXPECT_EQ(report_of(Remedy::reject), std::pair(usage, 2L));
  EXPECT_EQ(report_of(Remedy::retry), std::pair(unfinished, 3L));
  EXPECT_EQ(report_of(Remedy::abort), std::pair(unfinished, 3L));
  EXPECT_EQ(report_of(Remedy::stop), std::pair(unfinished, 2L));
}

TEST(Program, ExitCodesAreThoseThatAreWrittenDown) {
  EXPECT_EQ((std::vector{done, found, usage, unfinished}), (std::vector{0, 1, 2, 3}));
}

TEST(Program, EveryCommandSaysHowItIsUsed) {
  const auto names = commands();
  ASSERT_GE(names.size(), 24U);
  for (const std::string& name : names) {
    const Ran ran = run({name.c_str(), "--help"});
    EXPECT_EQ(ran.code, done) << name;
    EXPECT_TRUE(ran.out.contains("teller " + name + " ")) << name << " shows no example";
    EXPECT_EQ(ran.err, "") << name;
  }
}

// 2, what is wrong, and nothing on stdout for a program to mistake.
TEST(Program, WrongOptionsAreSaidAndChangeNothing) {
  const std::pair<std::vector<const char*>, const char*> wrong[] = {
      {{}, "A subcommand is required"},
      {{"recount"}, "subcommand"},
      {{"init", "--home", "a"}, "--rules is required"},
      {{"totals"}, "[--home,--config]"},
      {{"totals", "--home", "a", "--config", "b"}, "2 were given"},
      {{"verify", "--home", "a", "--export", "b"}, "2 were given"},
      {{"incidents", "--home", "a", "--format", "xml"}, "xml"},
      {{"load", "x", "--to", "http://127.0.0.1:1", "--in-flight", "65"}, "65"},
      {{"load", "x", "--to", "http://127.0.0.1:1", "--key", "k"}, "--certificate"},
      {{"load", "x", "--home", "a", "--give-up-after", "soon"}, "soon"},
      {{"reconcile", "--home", "a", "--every", "0"}, "--every"},
      {{"resume", "--home", "a", "--partition", "1"}, "--reason is required"},
      {{"resume", "--home", "a", "--partition", "70000", "--reason", "x"}, "70000"},
      {{"prove", "--id", "6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"}, "--export"},
      {{"audit"}, "A subcommand is required"},
      {{"serve", "--home", "a", "--no-such-option"}, "--no-such-option"},
  };
  for (const auto& [arguments, word] : wrong) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.code, usage) << word;
    EXPECT_TRUE(ran.err.contains(word)) << word << " is not in: " << ran.err;
    EXPECT_EQ(ran.out, "");
  }
}

TEST(Program, AHomeThatIsNoneIsWrongUsage) {
  for (const char* name : {"totals", "digest", "inspect", "incidents", "reconcile", "verify"}) {
    const Ran ran = run({name, "--home", "/nowhere/at/all"});
    EXPECT_EQ(ran.code, usage) << name;
    EXPECT_TRUE(ran.err.starts_with("teller: home.none: ")) << ran.err;
  }
}

TEST(Program, TheVersionIsThatOfTheBuild) {
  const Ran ran = run({"--version"});
  EXPECT_EQ(ran.code, done);
  EXPECT_TRUE(ran.out.starts_with("teller ")) << ran.out;
}

}  // namespace
}  // namespace teller::cli
