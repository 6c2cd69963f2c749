#include "operate/retire.h"

#include <algorithm>

#include "operate/audit.h"
#include "operate/reconciler.h"
#include "publish/audit_line.h"
#include "publish/publisher.h"
#include "publish/sink_static_files.h"
#include "testing/home_in_memory.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

// As certification will leave it, once that is built: a status, and the line that decided it.
class CertifiedStore : public MemoryStore {
 public:
  bool certified = false;
  void certify(const CountFile& count, const Clock& clock) {
    certified = true;
    EXPECT_TRUE(write_audit(count, *this, clock,
                            {.actor = "a.huber",
                             .action = "certify",
                             .subject = "official",
                             .reason = "the board of elections decided so"}));
  }
  Result<Head> head() override { return stamped(MemoryStore::head()); }
  Result<Snapshot> snapshot() override {
    auto snapshot = MemoryStore::snapshot();
    if (snapshot && certified) snapshot->head.status = "official";
    return snapshot;
  }

 private:
  [[nodiscard]] Result<Head> stamped(Result<Head> head) const {
    if (head && certified) head->status = "official";
    return head;
  }
};

class RetireTest : public MemoryHome<CertifiedStore> {
 protected:
  void SetUp() override { vote_and_publish(0, 20); }

  void vote_and_publish(std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t n = from; n < to; ++n) vote(journal, n);
    count();
    Publisher publisher(home->definition(), home->presentation, store, *signer);
    publisher.add(std::make_unique<StaticFilesSink>(out, home->rules, home->count));
    ASSERT_TRUE(publisher.run_once());
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
  store.certify(home->count, clock);
  // Certified, but nobody was told.
  EXPECT_EQ(retire_it().error().code, "retire.unstated");
  EXPECT_EQ(removed, "");
}

TEST_F(RetireTest, WhatStillWaitsOrDiffersIsKept) {
  store.certify(home->count, clock);
  vote_and_publish(20, 30);
  vote(journal, 99);
  EXPECT_EQ(retire_it().error().code, "retire.open");

  vote_and_publish(30, 31);  // And with it what waited.
  fs::remove(out / "totals.json");
  const auto differs = retire_it();
  ASSERT_FALSE(differs);
  EXPECT_EQ(differs.error().code, "retire.open");
  EXPECT_NE(differs.error().detail.find("static files"), std::string::npos);
  EXPECT_EQ(removed, "");
  EXPECT_FALSE(*retire_began(store));
}

TEST_F(RetireTest, OfACertifiedCountTheOrderOfArrivalIsRemovedBehindItsLine) {
  store.certify(home->count, clock);
  vote_and_publish(20, 30);
  const auto done = retire_it();
  ASSERT_TRUE(done) << to_text(done.error());
  EXPECT_EQ(done->records, 30U);
  EXPECT_TRUE(removed.starts_with("retired after certification (audit line ")) << removed;
  EXPECT_NE(removed.find("\npartition 0 position "), std::string::npos) << removed;
  EXPECT_TRUE(*retire_began(store));

  const auto lines = store.audit(done->audit_line, 1);
  ASSERT_TRUE(lines && lines->size() == 1);
  const auto line = parse_audit_line(as_text(lines->front().bytes));
  ASSERT_TRUE(line) << to_text(line.error());
  EXPECT_EQ(line->action, "retire");
  EXPECT_EQ(line->reason, "the law says so");
  EXPECT_EQ(line->subject, "the order of arrival: 30 records in 2 partitions");
  EXPECT_EQ(line->before, sha256(as_bytes(removed.substr(removed.find('\n') + 1))));
}

}  // namespace
}  // namespace teller
