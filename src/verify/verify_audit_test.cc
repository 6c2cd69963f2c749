#include "verify/verify_audit.h"

#include <set>

#include <gtest/gtest.h>

#include "log/merkle.h"
#include "publish/audit_line.h"
#include "publish/note.h"

namespace teller {
namespace {

// An audit log of three lines under two checkpoints.
class VerifyAudit : public testing::Test {
 protected:
  VerifyAudit() {
    std::array<std::uint8_t, 32> seed;
    seed.fill(7);
    signer.emplace("ash.example/2030", seed);
    count.id.bytes.fill(3);
    count.origin = "ash.example/2030";
    count.public_key = signer->verifier_key();
    for (const char* action : {"init", "resume", "topics-create"}) add(action);
    sign(2);
    sign(3);
  }
  void add(const std::string& action) {
    AuditLine line;
    line.count = count.id;
    line.number = lines.size();
    if (!lines.empty()) line.previous = sha256(lines.back().bytes);
    line.actor = "a.huber";
    line.action = action;
    line.subject = "it";
    line.reason = "because";
    const std::string text = to_text(line);
    lines.push_back({line.number, Bytes(text.begin(), text.end())});
  }
  std::string note(std::uint64_t size) const {
    CompactRange log;
    for (std::uint64_t i = 0; i < size; ++i) log.append(leaf_hash(lines[i].bytes));
    return signer->sign(to_text(Checkpoint{audit_origin(count), size, log.root()}));
  }
  void sign(std::uint64_t size) { checkpoints.push_back({size, note(size)}); }
  std::set<int> checks(std::span<const std::string> kept = {}, bool all_signed = true) const {
    std::set<int> result;
    for (const AuditFinding& finding :
         verify_audit(count, lines, checkpoints, kept, all_signed).findings) {
      result.insert(finding.check);
    }
    return result;
  }

  std::optional<Signer> signer;
  CountFile count;
  std::vector<AuditRow> lines;
  std::vector<AuditCheckpoint> checkpoints;
};

TEST_F(VerifyAudit, AGoodLogIsGood) {
  EXPECT_EQ(checks(), std::set<int>{});
  const auto result = verify_audit(count, lines, checkpoints);
  EXPECT_EQ(result.lines, 3);
  EXPECT_EQ(result.checkpoints, 2);
  EXPECT_EQ(result.not_signed, 0);
}

TEST_F(VerifyAudit, EveryChangedByteOfALineIsFound) {
  for (AuditRow& row : lines) {
    for (std::uint8_t& byte : row.bytes) {
      byte ^= 1;
      EXPECT_FALSE(checks().empty());
      byte ^= 1;
    }
  }
}

TEST_F(VerifyAudit, EveryChangedByteOfACheckpointIsFound) {
  for (AuditCheckpoint& checkpoint : checkpoints) {
    for (char& byte : checkpoint.note) {
      byte = static_cast<char>(byte ^ 1);
      EXPECT_FALSE(checks().empty());
      byte = static_cast<char>(byte ^ 1);
    }
  }
}

// A line that is rewritten with all that follow it, as whoever owns the database could.
TEST_F(VerifyAudit, ARewrittenHistoryHasOtherRoots) {
  lines.resize(1);
  add("nothing-happened");
  add("topics-create");
  EXPECT_EQ(checks({}, false), std::set<int>{5});
  EXPECT_EQ(checks({}, true), (std::set<int>{5, 6})) << "what is there now was never signed";
}

TEST_F(VerifyAudit, ALineThatWasTakenAwayIsMissed) {
  lines.pop_back();
  EXPECT_EQ(checks(), std::set<int>{5});
  lines.erase(lines.begin());
  EXPECT_TRUE(checks().contains(2));
}

// Cut and its checkpoints cut too: only what somebody kept elsewhere can tell.
TEST_F(VerifyAudit, ACheckpointThatWasKeptTellsWhatTheStoreForgot) {
  const std::string kept[] = {checkpoints.back().note};
  lines.pop_back();
  checkpoints.pop_back();
  EXPECT_EQ(checks(), std::set<int>{});
  EXPECT_EQ(checks(kept), std::set<int>{5});
}

TEST_F(VerifyAudit, WhatIsNotSignedYetIsSaid) {
  add("resume");
  EXPECT_EQ(checks({}, false), std::set<int>{});
  EXPECT_EQ(checks({}, true), std::set<int>{6});
  EXPECT_EQ(verify_audit(count, lines, checkpoints).not_signed, 1);
}

TEST_F(VerifyAudit, AnotherCountsLinesAndKeysAreRefused) {
  CountFile other = count;
  other.id.bytes.fill(4);
  std::set<int> found;
  for (const AuditFinding& finding : verify_audit(other, lines, checkpoints).findings) {
    found.insert(finding.check);
  }
  EXPECT_EQ(found, std::set<int>{3});
  std::array<std::uint8_t, 32> seed;
  seed.fill(8);
  count.public_key = Signer(count.origin, seed).verifier_key();
  EXPECT_EQ(checks({}, false), std::set<int>{4});
}

TEST_F(VerifyAudit, TheStatementsCheckpointIsNotTheAuditLogs) {
  CompactRange log;
  for (const AuditRow& row : lines) log.append(leaf_hash(row.bytes));
  checkpoints.back().note = signer->sign(to_text(Checkpoint{count.origin, 3, log.root()}));
  EXPECT_TRUE(checks().contains(5));
}

TEST_F(VerifyAudit, ALogBeginsWithItsBeginning) {
  lines.clear();
  checkpoints.clear();
  add("resume");
  EXPECT_EQ(checks({}, false), std::set<int>{2});
  lines.clear();
  add("begin");
  add("init");
  EXPECT_EQ(checks({}, false), std::set<int>{2}) << "it begins once";
}

}  // namespace
}  // namespace teller
