#include "publish/sink_static_files.h"

#include <atomic>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.h"
#include "publish/sink_contract.h"

namespace teller {
namespace {

using Json = nlohmann::json;

struct StaticFilesPlace {
  static CountId new_count_id() { return {{0x7e, 0x57, 1}}; }

  explicit StaticFilesPlace(const CountId&) {
    static std::atomic<int> made{0};
    folder = fmt::format("{}/teller-published-{}-{}", testing::TempDir(), ::getpid(), ++made);
  }
  ~StaticFilesPlace() {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
    std::filesystem::remove_all(folder);
  }
  StaticFilesPlace(const StaticFilesPlace&) = delete;
  StaticFilesPlace& operator=(const StaticFilesPlace&) = delete;

  [[nodiscard]] std::unique_ptr<Sink> sink(const Rules& rules, const CountFile& count) const {
    return std::make_unique<StaticFilesSink>(folder, rules, count);
  }

  [[nodiscard]] std::string text(const std::string& name) const {
    auto text = read_file(folder / name);
    EXPECT_TRUE(text) << to_text(text.error());
    return text.value_or("null");
  }
  [[nodiscard]] Json json(const std::string& name) const { return Json::parse(text(name)); }

  [[nodiscard]] std::optional<std::pair<std::uint64_t, std::uint64_t>> head() const {
    if (!std::filesystem::exists(folder / "head.json")) return {};
    const Json head = json("head.json");
    return std::pair{head.at("commit_number").get<std::uint64_t>(),
                     head.at("statements").get<std::uint64_t>()};
  }
  [[nodiscard]] std::optional<std::int64_t> votes(const std::string& contest,
                                                  const std::string& option) const {
    const Json options = json("options.json");
    for (const Json& c : options.at("contests")) {
      for (const Json& o : c.at("by_option")) {
        if (c.at("contest") != contest || o.at("option") != option) continue;
        if (o.at("votes").is_null()) return std::nullopt;
        return o.at("votes").get<std::int64_t>();
      }
    }
    return -1;
  }
  [[nodiscard]] std::optional<std::int64_t> total(const std::string& contest,
                                                  const std::string& option,
                                                  const std::string& unit,
                                                  const std::string& method) const {
    const Json totals = json("totals.json");
    for (const Json& row : totals.at("totals")) {
      if (row.at("contest") == contest && row.at("option") == option && row.at("unit") == unit &&
          row.at("method") == method) {
        if (row.at("value").is_null()) return {};
        return row.at("value").get<std::int64_t>();
      }
    }
    return {};
  }
  [[nodiscard]] std::size_t totals() const { return json("totals.json").at("totals").size(); }
  [[nodiscard]] std::uint64_t audit() const {
    const std::string note = text("audit-checkpoint");
    return std::stoull(note.substr(note.find('\n')));
  }

  std::filesystem::path folder;
};

INSTANTIATE_TYPED_TEST_SUITE_P(StaticFiles, SinkContract, StaticFilesPlace);

class StaticFilesSinkTest : public SinkContract<StaticFilesPlace> {
 protected:
  using E = ContractElection;
};

// Who did what and why is for officers and auditors; everybody may keep the checkpoint.
TEST_F(StaticFilesSinkTest, NoAuditLineIsThere) {
  vote(E::north_1, E::ada, 1);
  audit_line();
  publish(*sink);
  EXPECT_TRUE(place.text("audit-checkpoint").contains("ash.example/audit"));
  for (const auto& file : std::filesystem::directory_iterator(place.folder)) {
    EXPECT_FALSE(place.text(file.path().filename()).contains("huber")) << file.path();
  }
}

TEST_F(StaticFilesSinkTest, EveryStatementIsThereByteByByte) {
  vote(E::north_1, E::ada, 1);
  state();
  vote(E::north_1, E::ada, 1);
  state();
  publish(*sink);
  EXPECT_EQ(place.text("statement-0"), "statement 0");
  EXPECT_EQ(place.text("statement-1"), "statement 1");
  EXPECT_EQ(place.text("checkpoint"), "ash.example\n2\n");
}

// A file may be copied away from its neighbours.
TEST_F(StaticFilesSinkTest, EveryFileSaysItsModeAndItsCommit) {
  vote(E::north_1, E::ada, 1);
  publish(*sink);
  for (const char* name : {"head.json", "options.json", "totals.json"}) {
    EXPECT_EQ(place.json(name).at("mode"), "test") << name;
    EXPECT_EQ(place.json(name).at("label"), "REPLAY: made up") << name;
    EXPECT_EQ(place.json(name).at("status"), "unofficial") << name;
    EXPECT_EQ(place.json(name).at("commit_number"), 1) << name;
    EXPECT_EQ(place.json(name).at("committed_at"), "2030-05-05T12:00:01.000000Z") << name;
  }
  EXPECT_EQ(place.text("totals.csv"),
            "contest,option,is_option,unit,method,value,how,mode,status,commit,"
            "first_preferences\r\n"
            "mayor,ada,true,ash/north/1,in-person,1,number,test,unofficial,1,false\r\n"
            "mayor,cards,false,ash/north/1,in-person,1,number,test,unofficial,1,false\r\n");
}

TEST_F(StaticFilesSinkTest, SharesAreOfWhatTheContestSays) {
  const TotalKey cruz{E::council, E::cruz, E::south, E::postal};
  const TotalKey cards{E::council, slot::cards, E::south, E::postal};
  vote(E::north_1, E::ada, 3);
  commit(partition[1]
             .add({E::mayor, slot::write_ins, E::south, E::in_person}, {1, 0, 0})
             .add({E::mayor, slot::cards, E::south, E::in_person}, {1, 0, 0})
             .step());
  commit(partition[2].add(cruz, {40, 1, 0}).add(cards, {80, 1, 0}).outcome({.counted = 1}).step());
  publish(*sink);
  const Json contests = place.json("options.json").at("contests");
  EXPECT_EQ(contests[0]["by_option"][0]["share"], 0.75) << "of valid votes, write-ins among them";
  EXPECT_EQ(contests[1]["by_option"][0]["share"], 0.5) << "of cards";
}

// A disk that is full or a folder that is not ours: the publisher tries again, the count goes on.
TEST_F(StaticFilesSinkTest, AFolderThatCannotBeMadeIsWorthAnotherTry) {
  vote(E::north_1, E::ada, 1);
  std::filesystem::create_directories(place.folder);
  ASSERT_TRUE(write_file(place.folder / "file", as_bytes("x")));
  StaticFilesSink blocked(place.folder / "file" / "published", rules, count);
  const auto done = blocked.publish(since({}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().remedy, Remedy::retry);
  EXPECT_EQ(done.error().code, "sink.unavailable");
}

// Dies between files: head.json still tells the older commit, and the next publication heals all.
TEST_F(StaticFilesSinkTest, APublicationThatFailedHalfWayIsMadeUpFor) {
  vote(E::north_1, E::ada, 1);
  publish(*sink);
  vote(E::north_1, E::ada, 1);
  state();
  // A folder where a statement should be: renaming a file onto it fails.
  std::filesystem::create_directories(place.folder / "statement-0" / "in the way");
  const auto failed = sink->publish(since(*sink->cursor()));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "sink.unavailable");
  EXPECT_EQ(place.head(), (Seen({1, 0})));
  EXPECT_EQ(*sink->cursor(), (Sink::Cursor{0, 0})) << "it must be told everything again";

  std::filesystem::remove_all(place.folder / "statement-0");
  publish(*sink);
  EXPECT_EQ(place.head(), (Seen({2, 1})));
  EXPECT_EQ(place.votes("mayor", "ada"), 2);
}

}  // namespace
}  // namespace teller
