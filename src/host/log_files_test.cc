// publish/log_files.h over a whole home: while a count goes on, the public log always has what an
// export of the same moment has.
#include "publish/log_files.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "host/log_endpoint.h"
#include "http/http_client.h"
#include "publish/export.h"
#include "publish/log_files_check.h"
#include "testing/home_on_disk.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

class LogFilesTest : public testing::Test {
 protected:
  [[nodiscard]] LogFiles files() {
    return {log, home().home->count, *home().store, *home().segments};
  }
  TestHome& home() {
    if (!home_) home_.emplace(folder / "home");
    return *home_;
  }
  // Nothing of the export's logs is missing, and the checkpoint is the same.
  void expect_as_exported() {
    const fs::path exported = folder / fmt::format("export-{}", exports_++);
    ExportWanted wanted;
    wanted.entries = false;
    ASSERT_TRUE(write_export(exported, home().home->rules, home().home->count,
                             home().home->presentation.bytes, *home().store, *home().segments,
                             wanted));
    std::size_t compared = 0;
    for (const char* part : {"statements", "partitions"}) {
      for (const auto& file : fs::recursive_directory_iterator(exported / part)) {
        if (!file.is_regular_file()) continue;
        const fs::path name = fs::relative(
            file.path(), std::string_view(part) == "statements" ? exported / part : exported);
        const auto here = read_file(log / name);
        ASSERT_TRUE(here) << to_text(here.error());
        EXPECT_EQ(*here, *read_file(file.path())) << name;
        ++compared;
      }
    }
    EXPECT_GE(compared, 4U);
  }
  [[nodiscard]] std::string checkpoint() const {
    const auto text = read_file(log / "checkpoint");
    return text ? *text : "";
  }

  TestFolder folder;
  const fs::path log = folder / "log";

 private:
  std::optional<TestHome> home_;
  int exports_ = 0;
};

TEST_F(LogFilesTest, ItHasWhatAnExportOfTheMomentHasWhateverStoppedItBefore) {
  LogFiles living = files();
  EXPECT_EQ(*living.catch_up(), 0U);  // Nothing was stated.
  EXPECT_FALSE(fs::exists(log));
  // Through the edge of a tile in both partitions, and up to a tile of the second row.
  std::uint32_t had = 0;
  std::uint64_t statements = 0;
  for (const std::uint32_t ballots : {3U, 200U, 512U, 530U, 1200U}) {
    home().count(had, ballots);
    had = ballots;
    ++statements;
    if (statements % 2 == 0) {
      ASSERT_EQ(*living.catch_up(), statements);
    } else {
      LogFiles restarted = files();
      ASSERT_EQ(*restarted.catch_up(), statements);
      living = files();
    }
    expect_as_exported();
  }
  EXPECT_EQ(*living.catch_up(), statements);  // Nothing new: nothing changes.
  // Tiles of an earlier size are gone once the tile is full, and not before.
  EXPECT_FALSE(fs::exists(log / "partitions/0000/tile/0/000.p"));
  EXPECT_TRUE(fs::exists(log / "tile/0/000.p/1"));
  EXPECT_TRUE(fs::exists(log / "tile/0/000.p/5"));
}

TEST_F(LogFilesTest, NoEntryIsInIt) {
  home().count(0, 600);
  ASSERT_TRUE(files().catch_up());
  for (const auto& file : fs::recursive_directory_iterator(log / "partitions")) {
    const std::string path = file.path().string();
    EXPECT_EQ(path.find("entries"), std::string::npos) << path;
    if (!file.is_regular_file()) continue;
    EXPECT_EQ(file.file_size() % sizeof(Hash), 0U) << path;
  }
}

TEST_F(LogFilesTest, StoppedOnTheWayItsCheckpointStaysAndItGoesOnLater) {
  home().count(0, 300);
  LogFiles living = files();
  ASSERT_EQ(*living.catch_up(), 1U);
  const std::string before = checkpoint();
  home().count(300, 700);
  int steps = 0;
  EXPECT_EQ(*living.catch_up([&steps] { return ++steps > 1; }), 1U);
  EXPECT_EQ(checkpoint(), before);
  EXPECT_EQ(*living.catch_up(), 2U);
  expect_as_exported();
}

// The edge of its checkpoint is in a full tile then, and in no file of its own.
TEST_F(LogFilesTest, StoppedBeyondATileThatWasFilledItTakesNothingAway) {
  home().count(0, 300);
  LogFiles living = files();
  ASSERT_EQ(*living.catch_up(), 1U);
  const std::string before = checkpoint();
  home().count(300, 1500);
  const auto filled = [&] { return fs::exists(log / "partitions/0000/tile/0/000"); };
  EXPECT_EQ(*living.catch_up(filled), 1U);
  ASSERT_TRUE(filled());
  ASSERT_FALSE(fs::exists(log / "partitions/0000/tile/0/000.p"));

  EXPECT_EQ(*living.catch_up([] { return true; }), 1U);  // As a program does at its end.
  EXPECT_EQ(*files().catch_up([] { return true; }), 1U);

  EXPECT_EQ(checkpoint(), before);
  const auto found = check_log_files(log, home().home->count, *home().store, *home().segments);
  ASSERT_TRUE(found) << to_text(found.error());
  EXPECT_EQ(found->behind, 1U);
  EXPECT_TRUE(found->wrong.empty()) << found->wrong.front();
  EXPECT_EQ(*living.catch_up(), 2U);
  expect_as_exported();
}

// Whoever dies within a write leaves a torn file, at a size that no later checkpoint need have.
TEST_F(LogFilesTest, WhatAKilledProcessLeftBeyondTheCheckpointIsTakenAway) {
  home().count(0, 20);
  ASSERT_EQ(*files().catch_up(), 1U);
  const std::vector<const char*> torn = {"tile/entries/000.p/2", "tile/0/000.p/2",
                                         "partitions/0000/tile/0/000.p/200",
                                         "partitions/0001/tile/0/001.p/3", "tile/1/000.p/1"};
  const auto tear = [&] {
    for (const char* path : torn) {
      fs::create_directories((log / path).parent_path());
      ASSERT_TRUE(write_file(log / path, as_bytes("torn")));
    }
    // It had come so far that the tile before it was full.
    ASSERT_TRUE(write_file(log / "partitions/0001/tile/0/000", as_bytes("torn")));
  };
  tear();
  ASSERT_EQ(*files().catch_up(), 1U);
  for (const char* path : torn) EXPECT_FALSE(fs::exists(log / path)) << path;
  EXPECT_TRUE(fs::exists(log / "tile/entries/000.p/1"));

  tear();
  for (std::uint32_t i = 0; i < 3; ++i) home().count(20 + i * 300, 20 + (i + 1) * 300);
  ASSERT_EQ(*files().catch_up(), 4U);
  const auto found = check_log_files(log, home().home->count, *home().store, *home().segments);
  ASSERT_TRUE(found) << to_text(found.error());
  EXPECT_TRUE(found->wrong.empty()) << found->wrong.front();
  expect_as_exported();
}

TEST_F(LogFilesTest, ALongWayGoesFromCheckpointToCheckpoint) {
  for (std::uint32_t i = 0; i < 4; ++i) home().count(i * 300, (i + 1) * 300);
  LogFiles by_400(log, home().home->count, *home().store, *home().segments, 400);
  // Two statements bring 600 leaves; after their checkpoint it is stopped.
  EXPECT_EQ(*by_400.catch_up([&] { return !checkpoint().empty(); }), 2U);
  EXPECT_EQ(*by_400.catch_up(), 4U);
  expect_as_exported();
}

TEST_F(LogFilesTest, ADamagedEdgeIsMadeAnew) {
  // Both partitions, the statements and their bundle.
  for (std::uint32_t i = 0; i < 4; ++i) {
    fs::remove_all(log);
    home().count(i * 20, (i + 1) * 20);
    ASSERT_TRUE(files().catch_up());
    std::vector<fs::path> edge;
    for (const auto& file : fs::recursive_directory_iterator(log)) {
      if (file.path().string().find(".p/") != std::string::npos) edge.push_back(file.path());
    }
    std::ranges::sort(edge);
    ASSERT_EQ(edge.size(), 4U);
    std::string bytes = *read_file(edge[i]);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::ofstream(edge[i], std::ios::binary) << bytes;
    home().count((i + 1) * 20 - 1, (i + 1) * 20);  // A copy: a commit and nothing new.
    ASSERT_TRUE(files().catch_up()) << edge[i];
    expect_as_exported();
    const auto again = read_file(edge[i]);
    EXPECT_TRUE(!again || *again != bytes) << edge[i];
  }
}

TEST_F(LogFilesTest, AStoreThatDoesNotGoOnFromWhatIsThereIsRefused) {
  home().count(0, 10);
  ASSERT_TRUE(files().catch_up());
  const std::string ours = checkpoint();
  // Another store, that stated something else under the same key.
  TestFolder second;
  for (const char* name : {"count.json", "rules.json", "presentation.json", "key"}) {
    fs::copy_file(folder / "home" / name, second / name);
  }
  TestHome other(second);
  other.count(0, 11);
  LogFiles forked(log, other.home->count, *other.store, *other.segments);
  EXPECT_EQ(forked.catch_up().error().code, "log.rollback");
  EXPECT_EQ(checkpoint(), ours);

  TestHome foreign(folder / "foreign");
  foreign.count(0, 10);
  LogFiles wrong(log, foreign.home->count, *foreign.store, *foreign.segments);
  EXPECT_EQ(wrong.catch_up().error().code, "count.other");
  EXPECT_EQ(checkpoint(), ours);
}

TEST_F(LogFilesTest, ASegmentThatDoesNotLeadToWhatWasStatedIsNotLetOut) {
  home().count(0, 10);
  ASSERT_TRUE(files().catch_up());
  const std::string before = checkpoint();
  home().count(10, 30);
  // Segments of the same names with the same hashes cannot be forged; that they are not there can.
  for (const auto& file : fs::recursive_directory_iterator(home().home->segments())) {
    if (file.is_regular_file()) fs::remove(file.path());
  }
  EXPECT_EQ(files().catch_up().error().code, "segments.missing");
  EXPECT_EQ(checkpoint(), before);
}

// Every file of it, also those in the middle, which no checkpoint is led through when the log goes on.
TEST_F(LogFilesTest, EachFileThatIsNotWhatWasWrittenIsNamed) {
  std::uint32_t had = 0;
  for (const std::uint32_t ballots : {3U, 700U, 1200U}) {
    home().count(had, ballots);
    had = ballots;
    ASSERT_TRUE(files().catch_up());
  }
  const auto check = [&] {
    return *check_log_files(log, home().home->count, *home().store, *home().segments);
  };
  std::vector<fs::path> all;
  for (const auto& file : fs::recursive_directory_iterator(log)) {
    if (file.is_regular_file()) all.push_back(file.path());
  }
  EXPECT_EQ(check().compared, all.size());
  EXPECT_EQ(check().wrong, std::vector<std::string>{});
  ASSERT_GE(all.size(), 14U);
  for (const fs::path& file : all) {
    const std::string good = *read_file(file), name = fs::relative(file, log).generic_string();
    std::string flipped = good;
    flipped[good.size() / 2] = static_cast<char>(good[good.size() / 2] ^ 1);
    for (const std::string& bytes : {flipped, good.substr(0, good.size() / 2), good + '\0'}) {
      std::ofstream(file, std::ios::binary) << bytes;
      const LogFilesCheck found = check();
      ASSERT_EQ(found.wrong.size(), 1U) << name;
      EXPECT_TRUE(found.wrong[0].starts_with(name)) << name << ": " << found.wrong[0];
    }
    std::ofstream(file, std::ios::binary) << good;
  }
  for (const char* name :
       {"tile/0/000", "partitions/0001/tile/0/001", "partitions/0001/tile/1/000"}) {
    std::error_code gone;
    if (!fs::remove(log / name, gone)) continue;
    EXPECT_EQ(check().wrong, std::vector<std::string>{std::string(name) + " is not there"});
  }
}

TEST_F(LogFilesTest, WhatDoesNotBelongThereIsNamedAndWhatLiesBeyondItsCheckpointIsNot) {
  home().count(0, 100);
  ASSERT_TRUE(files().catch_up());
  const std::string before = checkpoint();
  home().count(100, 700);
  ASSERT_TRUE(files().catch_up());
  std::ofstream(log / "checkpoint", std::ios::binary) << before;  // It died before the last move.
  const auto check = [&] {
    return *check_log_files(log, home().home->count, *home().store, *home().segments);
  };
  EXPECT_EQ(check().wrong, std::vector<std::string>{});
  EXPECT_EQ(check().behind, 1U);
  fs::create_directories(log / "partitions/0001/tile/entries");
  for (const char* name : {"results.csv", "tile/0/0", "tile/0/000.p/256", "tile/0/abc",
                           "partitions/0001/tile/entries/000", "partitions/0007"}) {
    std::ofstream(log / name) << "x";
    EXPECT_EQ(check().wrong,
              std::vector<std::string>{std::string(name) + " does not belong to the public log"});
    fs::remove(log / name);
  }
}

TEST_F(LogFilesTest, OverHttpTheLogAndNothingElseIsGivenOut) {
  home().count(0, 600);
  ASSERT_TRUE(files().catch_up());
  std::ofstream(log / "private") << "no";
  std::ofstream(folder / "rules.json") << "no";
  HttpRouter router;
  add_log_route(router, log);
  ASSERT_EQ(router.routes().size(), 1U);
  const HttpRouter::Route& route = router.routes().front();
  EXPECT_TRUE(route.matches("/v1/log/checkpoint"));
  EXPECT_FALSE(route.matches("/v1/log/"));
  EXPECT_FALSE(route.matches("/v1/logs"));
  auto server = HttpServer::start({}, std::move(router));
  ASSERT_TRUE(server) << to_text(server.error());
  const auto get = [&](const std::string& name) {
    HttpClient client = *HttpClient::open({.url = (*server)->url()});
    return client.request("GET", "/v1/log/" + name, "", {});
  };
  EXPECT_EQ(get("checkpoint")->body, checkpoint());
  EXPECT_EQ(get("tile/entries/000.p/1")->status, 200U);
  EXPECT_EQ(get("partitions/0001/tile/0/000")->body,
            *read_file(log / "partitions/0001/tile/0/000"));
  for (const char* name :
       {"private", "tile", "tile/", "tile/0", "tile/../private", "tile/0/../../private",
        "partitions/0000", "partitions/../private", "partitions/00/../../private/tile/0",
        "../rules.json", "tile//000", "tile/0/%2e%2e/private", "partitions//tile/0/000"}) {
    EXPECT_EQ(get(name)->status, 404U) << name;
  }
}

}  // namespace
}  // namespace teller
