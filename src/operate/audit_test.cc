#include "operate/audit.h"

#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "home/home.h"
#include "publish/audit_line.h"
#include "publish/publisher.h"
#include "store/store_memory.h"
#include "testing/folder.h"
#include "testing/store_election.h"
#include "verify/verify_audit.h"

namespace teller {
namespace {

class AuditTest : public testing::Test {
 protected:
  AuditTest() { EXPECT_TRUE(store.create(rules, presentation, count)); }
  AuditEntry entry(const std::string& action) const {
    return {.actor = "a.huber", .action = action, .subject = "it", .reason = "because"};
  }
  AuditLine line(std::uint64_t number) {
    const auto rows = store.audit(number, 1);
    const auto parsed = parse_audit_line(as_text(rows->at(0).bytes));
    EXPECT_TRUE(parsed);
    return parsed ? *parsed : AuditLine{};
  }

  const Rules rules = ContractElection::rules();
  const Presentation presentation = ContractElection::presentation(rules);
  const CountFile count = ContractElection::count(rules, presentation, 1);
  const SystemClock clock;
  MemoryStore store;
};

TEST_F(AuditTest, LinesAreNumberedAndChained) {
  EXPECT_EQ(*write_audit(count, store, clock, entry("init")), 0);
  AuditEntry second = entry("resume");
  second.before.fill(1);
  second.approver = "b.meier";
  EXPECT_EQ(*write_audit(count, store, clock, second), 1);
  EXPECT_EQ(line(1).before, second.before);
  EXPECT_EQ(line(1).approver, "b.meier");
  EXPECT_EQ(line(1).previous, sha256(store.audit(0, 1)->at(0).bytes));
  EXPECT_TRUE(verify_audit(count, *all_audit_lines(store), {}).good());
}

TEST_F(AuditTest, AnOlderStoreGetsABeginningFirst) {
  EXPECT_EQ(*write_audit(count, store, clock, entry("resume")), 1);
  EXPECT_EQ(line(0).action, "begin");
  EXPECT_EQ(line(1).action, "resume");
  EXPECT_TRUE(verify_audit(count, *all_audit_lines(store), {}).good());
}

TEST_F(AuditTest, WithoutAReasonNothingIsDone) {
  ASSERT_TRUE(store.halt(1, "x"));
  AuditEntry empty = entry("resume");
  empty.reason = " ";
  const auto refused = write_audit(count, store, clock, empty, {.resumed = 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "audit.text_invalid");
  EXPECT_EQ(*store.last_audit(), std::nullopt) << "not even a beginning";
  EXPECT_TRUE((*store.partitions())[1].halted);
}

TEST_F(AuditTest, ALogThatCannotBeReadIsNotContinued) {
  ASSERT_TRUE(*store.put_audit({0, {'x'}}, {}));
  const auto refused = write_audit(count, store, clock, entry("resume"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "audit.corrupt");
  EXPECT_EQ(store.last_audit()->value().number, 0);
}

TEST_F(AuditTest, WritersAtTheSameTimeTakeTurns) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (int k = 0; k < 10; ++k) {
        const auto done = write_audit(count, store, clock, entry("resume"));
        EXPECT_TRUE(done);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(store.last_audit()->value().number, 40);
  EXPECT_TRUE(verify_audit(count, *all_audit_lines(store), {}).good());
}

// Loses the answers of put_audit after or before it is done.
class Forgetful : public MemoryStore {
 public:
  bool first = true, does = true;
  Result<bool> put_audit(const AuditRow& row, const OfficerAction& action) override {
    if (row.number == 0 || !std::exchange(first, false)) return MemoryStore::put_audit(row, action);
    if (does) (void)MemoryStore::put_audit(row, action);
    return fail(Remedy::abort, "store.unknown", "no answer to COMMIT");
  }
};

TEST_F(AuditTest, ALostAnswerIsLookedUpAndTheLineIsWrittenOnce) {
  for (const bool does : {true, false}) {
    Forgetful forgetful;
    forgetful.does = does;
    ASSERT_TRUE(forgetful.create(rules, presentation, count));
    ASSERT_TRUE(write_audit(count, forgetful, clock, entry("init")));
    EXPECT_EQ(*write_audit(count, forgetful, clock, entry("resume")), 1);
    EXPECT_EQ(forgetful.last_audit()->value().number, 1);
  }
}

// The publisher signs what it has read whole; what it cannot stand behind it does not sign.
class PublishedAuditTest : public testing::Test {
 protected:
  void SetUp() override {
    NewCount wanted;
    wanted.rules = ContractElection::rules().bytes();
    wanted.rules_name = "rules.json";
    auto made = make_home(folder / "home", wanted);
    ASSERT_TRUE(made) << to_text(made.error());
    home = std::move(*made);
    signer = std::move(*home->signer());
    ASSERT_TRUE(store.create(home->rules, home->presentation, home->count));
    write("init");
  }
  void write(const std::string& action) {
    ASSERT_TRUE(
        write_audit(home->count, store, clock,
                    {.actor = "a.huber", .action = action, .subject = "it", .reason = "because"}));
  }
  // The code of what was wrong with the audit log; "" when it was signed.
  static std::string pass(Publisher& publisher) {
    const auto passed = publisher.run_once();
    EXPECT_TRUE(passed);
    return passed && passed->audit ? std::string(passed->audit->code) : "";
  }
  AuditVerification verified() {
    return verify_audit(home->count, *all_audit_lines(store), *store.audit_checkpoints(), {}, true);
  }

  TestFolder folder;
  std::unique_ptr<Home> home;
  std::unique_ptr<Signer> signer;
  const SystemClock clock;
  MemoryStore store;
};

TEST_F(PublishedAuditTest, TheLogIsSignedWheneverItHasGrown) {
  Publisher publisher(home->definition(), home->presentation, store, *signer),
      other(home->definition(), home->presentation, store, *signer);
  EXPECT_EQ(pass(publisher), "");
  EXPECT_EQ(pass(publisher), "");
  EXPECT_EQ(store.audit_checkpoints()->size(), 1);
  write("resume");
  write("resume");
  EXPECT_EQ(pass(other), "");
  EXPECT_EQ(pass(publisher), "");
  EXPECT_EQ(store.audit_checkpoints()->size(), 2);
  EXPECT_EQ(store.audit_checkpoints()->back().size, 3);
  const AuditVerification result = verified();
  EXPECT_TRUE(result.good()) << result.findings.front().what;
  Publisher later(home->definition(), home->presentation, store, *signer);
  write("resume");
  EXPECT_EQ(pass(later), "");
  EXPECT_TRUE(verified().good());
}

TEST_F(PublishedAuditTest, AChangedOrShorterLogIsNotSignedAndTheCountGoesOn) {
  write("resume");
  Publisher first(home->definition(), home->presentation, store, *signer);
  ASSERT_EQ(pass(first), "");
  const auto lines = *store.audit(0, 10);
  const auto checkpoint = store.audit_checkpoints()->back();

  MemoryStore shorter;
  ASSERT_TRUE(shorter.create(home->rules, home->presentation, home->count));
  ASSERT_TRUE(*shorter.put_audit(lines[0], {}));
  ASSERT_TRUE(shorter.put_audit_checkpoint(checkpoint));
  Publisher of_shorter(home->definition(), home->presentation, shorter, *signer);
  EXPECT_EQ(pass(of_shorter), "audit.corrupt");

  // Another second line, made with all care.
  ASSERT_TRUE(write_audit(
      home->count, shorter, clock,
      {.actor = "b.meier", .action = "resume", .subject = "it", .reason = "nothing to see"}));
  EXPECT_EQ(pass(of_shorter), "audit.corrupt");
  Publisher of_changed(home->definition(), home->presentation, shorter, *signer);
  EXPECT_EQ(pass(of_changed), "audit.corrupt");
  EXPECT_EQ(shorter.audit_checkpoints()->size(), 1);
  EXPECT_EQ(shorter.statements(0, 10)->size(), 1) << "statements are made nevertheless";

  ASSERT_TRUE(*store.put_audit({2, {'x'}}, {}));
  EXPECT_EQ(pass(first), "audit.corrupt");
  EXPECT_EQ(store.audit_checkpoints()->size(), 1);
}

}  // namespace
}  // namespace teller
