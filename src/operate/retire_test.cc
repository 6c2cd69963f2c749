#include "operate/retire.h"

#include <algorithm>

#include "base/ed25519.h"
#include "operate/audit.h"
#include "operate/reconciler.h"
#include "publish/audit_line.h"
#include "publish/publisher.h"
#include "publish/sink_static_files.h"
#include "publish/statement.h"
#include "testing/home_in_memory.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

// A count that one officer opens, closes and certifies.
class RetireTest : public MemoryHome<> {
 protected:
  RetireTest() : MemoryHome(2, {{"a.huber", OfficerRole::tabulation, huber().key()}}) {}
  static Ed25519Pair huber() { return Ed25519Pair(Ed25519Seed{1}); }

  void SetUp() override {
    decide(Control::Action::open, 1);
    for (std::uint32_t n = 0; n < 20; ++n) vote(journal, n);
    count_and_publish();
  }

  void count_and_publish() {
    count();
    Publisher publisher(home->definition(), home->presentation, store, *signer);
    publisher.add(std::make_unique<StaticFilesSink>(out, home->rules, home->count));
    ASSERT_TRUE(publisher.run_once());
  }
  // In every partition.
  void decide(Control::Action action, std::uint32_t number,
              const std::optional<Statement>& of = std::nullopt) {
    for (std::uint16_t partition = 0; partition < home->count.partitions; ++partition) {
      Control control;
      control.action = action;
      control.reason = "the board of elections decided so";
      control.partition = partition;
      control.number = number;
      if (of) {
        control.certified = {of->number, sha256(as_bytes(to_text(*of))), of->digest,
                             of->partitions[partition].committed.log_size};
      }
      const EntryId id = example::id(1'000 + number * 10 + partition);
      control.signatures.push_back(
          {"a.huber", huber().sign(signed_bytes(id, control, home->count.id))});
      record(journal, {id, control});
    }
  }
  // Of which no statement says anything yet.
  void certify() {
    decide(Control::Action::close, 2);
    count_and_publish();
    const auto row = store.last_statement();
    ASSERT_TRUE(row && *row);
    const auto statement = parse_statement(as_text((*row)->bytes));
    ASSERT_TRUE(statement);
    decide(Control::Action::certify, 3, *statement);
    count();
    ASSERT_EQ(store.head()->status, "official");
  }
  Result<Retired> retire_it() {
    return retire(
        {.home = home.get(),
         .store = &store,
         .clock = &clock,
         .journal = &journal,
         .reconcile =
             [this] {
               Reconciler::Parts parts;
               parts.home = home.get();
               parts.store = &store;
               parts.segments = &segments;
               parts.journal = &journal;
               parts.readers = {
                   {"static files", [this](bool totals) {
                      return StaticFilesSink(out, home->rules, home->count).read_back(totals);
                    }}};
               return Reconciler(std::move(parts)).run({true, true, true});
             },
         .remove = [this](const std::string& because) -> Result<void> {
           removed = because;
           return {};
         }},
        {.actor = "a.huber", .action = "retire", .subject = {}, .reason = "the law says so"});
  }

  const fs::path out = folder / "out";
  std::string removed;
};

TEST_F(RetireTest, WhatIsNotCertifiedIsKept) {
  EXPECT_EQ(retire_it().error().code, "policy.not_certified");
  certify();
  // Certified, but nobody was told.
  EXPECT_EQ(retire_it().error().code, "retire.unstated");
  EXPECT_EQ(removed, "");
}

TEST_F(RetireTest, WhatStillWaitsOrDiffersIsKept) {
  certify();
  count_and_publish();
  vote(journal, 99);
  EXPECT_EQ(retire_it().error().code, "retire.open");

  count_and_publish();  // It came too late, and does not wait any more.
  fs::remove(out / "totals.json");
  const auto differs = retire_it();
  ASSERT_FALSE(differs);
  EXPECT_EQ(differs.error().code, "retire.open");
  EXPECT_NE(differs.error().detail.find("static files"), std::string::npos);
  EXPECT_EQ(removed, "");
  EXPECT_FALSE(*retire_began(store));
}

TEST_F(RetireTest, OfACertifiedCountTheOrderOfArrivalIsRemovedBehindItsLine) {
  certify();
  count_and_publish();
  const auto done = retire_it();
  ASSERT_TRUE(done) << to_text(done.error());
  EXPECT_EQ(done->records, 26U);  // Of them six decisions.
  EXPECT_TRUE(removed.starts_with("retired after certification (audit line ")) << removed;
  EXPECT_NE(removed.find("\npartition 0 position "), std::string::npos) << removed;
  EXPECT_TRUE(*retire_began(store));

  const auto lines = store.audit(done->audit_line, 1);
  ASSERT_TRUE(lines && lines->size() == 1);
  const auto line = parse_audit_line(as_text(lines->front().bytes));
  ASSERT_TRUE(line) << to_text(line.error());
  EXPECT_EQ(line->action, "retire");
  EXPECT_EQ(line->reason, "the law says so");
  EXPECT_EQ(line->subject, "the order of arrival: 26 records in 2 partitions");
  EXPECT_EQ(line->before, sha256(as_bytes(removed.substr(removed.find('\n') + 1))));
}

}  // namespace
}  // namespace teller
