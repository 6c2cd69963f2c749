#include "operate/store_recovery.h"

#include <atomic>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "operate/backup.h"
#include "testing/home_on_disk.h"
#include "verify/verify.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

// A count that was backed up, went on and published; then its store was lost. What is in `other` is
// the backup's store, and the journal, segments and published files as they are.
class RecoverTest : public testing::Test {
 protected:
  void SetUp() override {
    count.emplace(folder / "home");
    count->count(0, 11);
    count->count(11, 17, false);  // Committed and not stated when the backup is made.
    ASSERT_TRUE(back_up_home(*count->home, folder / "backup",
                             {.key = true, .made_at = "now", .progress = {}}));
    for (std::uint32_t n = 17; n < 60; n += 7) count->count(n, n + 7);
    count->count(59, 66);
    stated = count->committed();
    digest = count->digest();
    head = count->store->head()->commit;
    statements = *count->store->statements(0, 1000);
    count->count(66, 70, false);  // Committed and stated by nobody.
    unstated = count->digest();
  }
  // The home with the backup's store.
  TestHome& restored() {
    count.reset();
    fs::remove(folder / "home" / "store.sqlite-wal");
    fs::remove(folder / "home" / "store.sqlite-shm");
    fs::copy_file(folder / "backup" / "store.sqlite", folder / "home" / "store.sqlite",
                  fs::copy_options::overwrite_existing);
    count.emplace(folder / "home");
    return *count;
  }
  static RecoverParts parts_of(TestHome& of) {
    RecoverParts parts;
    parts.replay.home = of.home.get();
    parts.replay.store = of.store.get();
    parts.statements = of.store.get();
    parts.replay.segments = of.segments.get();
    parts.replay.journal = of.journal.get();
    parts.signer = of.signer.get();
    return parts;
  }
  static Result<Recovery> recover_from(TestHome& of, const fs::path& published) {
    const auto read = read_published(published, *of.home);
    if (!read) return std::unexpected(read.error());
    return recover(parts_of(of), *read);
  }
  void expect_recovered(TestHome& of) {
    EXPECT_EQ(of.committed(), stated);
    EXPECT_EQ(of.digest(), digest);
    EXPECT_EQ(of.store->head()->commit, head);
    const auto rows = of.store->statements(0, 1000);
    ASSERT_EQ(rows->size(), statements.size());
    for (std::size_t i = 0; i < rows->size(); ++i) {
      EXPECT_EQ((*rows)[i].bytes, statements[i].bytes) << i;
      EXPECT_EQ((*rows)[i].checkpoint, statements[i].checkpoint) << i;
      EXPECT_EQ((*rows)[i].commit, statements[i].commit) << i;
    }
    const auto verified =
        verify(of.home->rules, of.home->count, of.home->presentation, *of.store, *of.segments);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->good()) << verified->findings.list.front().what;
  }

  TestFolder folder;
  std::optional<TestHome> count;
  std::vector<Committed> stated;
  Hash digest{}, unstated{};
  std::uint64_t head = 0;
  std::vector<StatementRow> statements;
};

TEST_F(RecoverTest, APublisherBehindWhatWasPublishedSignsNothing) {
  TestHome& of = restored();
  const auto before = of.store->statements(0, 1000)->size();
  const auto pass = of.publish();
  ASSERT_FALSE(pass);
  EXPECT_EQ(pass.error().code, "log.rollback");
  EXPECT_EQ(pass.error().remedy, Remedy::stop);
  EXPECT_EQ(of.store->statements(0, 1000)->size(), before);
}

TEST_F(RecoverTest, TheStatedBoundariesGiveTheSameRootsAndTheCountGoesOn) {
  TestHome& of = restored();
  const auto recovery = recover_from(of, of.home->published());
  ASSERT_TRUE(recovery) << to_text(recovery.error());
  EXPECT_EQ(recovery->digest, digest);
  EXPECT_EQ(recovery->commit, head);
  EXPECT_EQ(recovery->statements, statements.size() - 1);
  expect_recovered(of);

  // What was committed and not stated is in the journal: it is counted as new, above all that was
  // published, and statements go on.
  of.count(0, 0);
  EXPECT_EQ(of.digest(), unstated);
  EXPECT_GT(of.store->head()->commit, head);
  EXPECT_EQ(of.store->statements(0, 1000)->size(), statements.size() + 1);
  const auto verified =
      verify(of.home->rules, of.home->count, of.home->presentation, *of.store, *of.segments);
  EXPECT_TRUE(verified && verified->good());
}

TEST_F(RecoverTest, SegmentsThatAreGoneAreMadeAgain) {
  TestHome& of = restored();
  fs::remove_all(of.home->segments());
  ASSERT_TRUE(recover_from(of, of.home->published()));
  expect_recovered(of);
}

// Interrupted at any point it is simply run again.
TEST_F(RecoverTest, ARecoveryThatWasInterruptedGoesOn) {
  TestHome& of = restored();
  const auto published = read_published(of.home->published(), *of.home);
  ASSERT_TRUE(published);
  int interrupted = 0;
  for (bool whole = false; !whole;) {
    ASSERT_LT(interrupted, 1000);
    RecoverParts parts = parts_of(of);
    struct Interrupted {};
    std::uint64_t steps = 0;
    parts.progress = [&](std::uint64_t, std::uint64_t) {
      if (++steps == 3) throw Interrupted();  // A round is two at most: one is committed.
    };
    try {
      const auto recovery = recover(parts, *published);
      ASSERT_TRUE(recovery) << to_text(recovery.error());
      whole = true;
    } catch (const Interrupted&) {
      ++interrupted;
    }
  }
  EXPECT_GT(interrupted, 2);
  expect_recovered(of);
}

TEST_F(RecoverTest, AStoreThatCountedOnInItsOwnWayIsRefused) {
  TestHome& of = restored();
  of.count(0, 0, false);  // All that waits, in other steps than those that were stated.
  const auto before = of.committed();
  const auto recovery = recover_from(of, of.home->published());
  ASSERT_FALSE(recovery);
  EXPECT_EQ(recovery.error().code, "recover.diverged");
  EXPECT_EQ(of.committed(), before);
}

TEST_F(RecoverTest, AStoreThatSignedAnotherStatementIsRefused) {
  TestHome& of = restored();
  StatementRow other = statements[1];
  other.bytes.back() = ' ';
  ASSERT_TRUE(*of.store->put_statement(other));
  EXPECT_EQ(recover_from(of, of.home->published()).error().code, "recover.forked");
}

TEST_F(RecoverTest, AStoreThatIsNotBehindIsLeftAlone) {
  EXPECT_EQ(recover_from(*count, count->home->published()).error().code, "recover.not_needed");
  EXPECT_EQ(count->digest(), unstated);
}

TEST_F(RecoverTest, WithoutTheJournalNothingIsMadeUp) {
  TestHome& of = restored();
  const auto published = read_published(of.home->published(), *of.home);
  ASSERT_TRUE(published);
  const auto empty = FileJournal::open(folder / "empty", of.home->count);
  RecoverParts parts = parts_of(of);
  parts.replay.journal = empty->get();
  EXPECT_EQ(recover(parts, *published).error().code, "journal.gap");
}

// Nothing that was published is believed as it stands there: one changed byte of any file, and
// nothing is written.
TEST_F(RecoverTest, EveryChangedFileIsFoundBeforeAnythingIsWritten) {
  TestHome& of = restored();
  const auto before = of.committed();
  std::vector<fs::path> files;
  for (const auto& at : fs::directory_iterator(of.home->published())) {
    const std::string name = at.path().filename();
    if (name.starts_with("statement-") || name.starts_with("steps-") || name == "checkpoint") {
      files.push_back(at.path());
    }
  }
  ASSERT_EQ(files.size(), 2 * statements.size() + 1);
  for (const fs::path& file : files) {
    const std::string good = *read_file(file);
    std::vector<std::string> texts{good + "\n", ""};
    if (!good.empty()) {
      for (const std::size_t at : {std::size_t{0}, good.size() / 2, good.size() - 1}) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        texts.push_back(bad);
      }
    }
    for (const std::string& text : texts) {
      if (text == good) continue;
      ASSERT_TRUE(write_file(file, as_bytes(text)));
      const auto recovery = recover_from(of, of.home->published());
      ASSERT_FALSE(recovery) << file;
      EXPECT_EQ(recovery.error().code, "recover.published") << file;
    }
    fs::remove(file);
    EXPECT_EQ(recover_from(of, of.home->published()).error().code, "recover.published") << file;
    ASSERT_TRUE(write_file(file, as_bytes(good)));
  }
  EXPECT_EQ(of.committed(), before);
}

// Two publishers on one store, at once: one statement a number, and one chain.
TEST_F(RecoverTest, TwoPublishersAtOnceMakeOneStatementANumber) {
  TestHome& of = *count;
  std::atomic<bool> ended = false;
  std::vector<std::thread> publishers;
  std::atomic<int> stated_by[2]{};
  for (int i = 0; i < 2; ++i) {
    publishers.emplace_back([&, i] {
      auto store = SqliteStore::open_file(of.home->store());
      ASSERT_TRUE(store && (*store)->open(of.home->count));
      Publisher publisher(of.home->definition(), of.home->presentation, **store, *of.signer);
      publisher.add(std::make_unique<StaticFilesSink>(folder / fmt::format("out-{}", i),
                                                      of.home->rules, of.home->count));
      for (bool last = false; !last;) {
        last = ended;
        const auto pass = publisher.run_once();
        if (!pass) {
          EXPECT_EQ(pass.error().remedy, Remedy::retry) << to_text(pass.error());
        } else if (pass->stated) {
          ++stated_by[i];
        }
      }
    });
  }
  for (std::uint32_t n = 100; n < 200; n += 4) of.count(n, n + 4, false);
  ended = true;
  for (std::thread& publisher : publishers) publisher.join();
  for (const char* name : {"out-0", "out-1"}) {  // Whoever was done first has not seen the last.
    Publisher publisher(of.home->definition(), of.home->presentation, *of.store, *of.signer);
    publisher.add(std::make_unique<StaticFilesSink>(folder / name, of.home->rules, of.home->count));
    ASSERT_TRUE(publisher.run_once());
  }

  const auto rows = of.store->statements(0, 10'000);
  ASSERT_TRUE(rows);
  for (std::size_t i = 0; i < rows->size(); ++i) EXPECT_EQ((*rows)[i].number, i);
  EXPECT_EQ(rows->size(),
            statements.size() + static_cast<std::size_t>(stated_by[0] + stated_by[1]));
  const auto verified =
      verify(of.home->rules, of.home->count, of.home->presentation, *of.store, *of.segments);
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->good()) << verified->findings.list.front().what;
  for (const char* name : {"out-0", "out-1"}) {
    EXPECT_EQ(*read_file(folder / name / "checkpoint"), rows->back().checkpoint);
  }
}

}  // namespace
}  // namespace teller
