// For tests of what counts into a home: one that was made and closed again, ballots to send, and
// the two things that go wrong with a disk.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/home_on_disk.h"

namespace teller {

class HomeToCountTest : public testing::Test {
 protected:
  // The ballots [from, to), a line of JSON each.
  [[nodiscard]] std::string ballots(std::uint32_t from, std::uint32_t to) const {
    std::string lines;
    for (std::uint32_t n = from; n < to; ++n) {
      lines +=
          fmt::format(R"({{"kind":"ballot","count":"{}","id":"{}","unit":"north","style":"all",)"
                      R"("method":"in-person","card":1,"contests":{{"council":["ada"]}}}})"
                      "\n",
                      count, to_text(example::id(n)));
    }
    return lines;
  }

  // Counts and states twice, and puts the store back as it was the first time.
  void put_back_an_older_store() const {
    namespace fs = std::filesystem;
    TestHome(path).count(0, 5);
    fs::copy_file(path / "store.sqlite", folder / "older.sqlite");
    TestHome(path).count(5, 10);
    for (const char* file : {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm"}) {
      fs::remove(path / file);
    }
    fs::copy_file(folder / "older.sqlite", path / "store.sqlite");
  }

  // From now on no segment can be written.
  void break_segments() const {
    std::filesystem::remove_all(path / "segments");
    std::ofstream(path / "segments") << "no folder";
  }
  // Half a minute at most.
  static void wait_until_broken(const auto& host) {
    for (int tenths = 0; tenths < 300 && !host.broken(); ++tenths) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_TRUE(host.broken());
  }

  TestFolder folder;
  const std::filesystem::path path = folder / "home";
  const std::string count = TestHome(path).home->count.id.hex();  // Made, and closed again.
};

}  // namespace teller
