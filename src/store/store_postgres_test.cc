// The PostgreSQL store under the contract, and what only a server can do to it. The server is
// tests/postgres_fixture.sh's (through ctest); without it these tests fail.
#include "store/store_postgres.h"

#include <filesystem>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/store_contract.h"
#include "store/store_postgres_turn.h"
#include "testing/postgres_place.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, StoreContract, PostgresPlace);

class PostgresStoreTest : public StoreContract<PostgresPlace> {
 protected:
  using E = ContractElection;

  // Ends every connection to this test's database but psql's own.
  void cut() {
    place.admin(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()");
  }
};

TEST_F(PostgresStoreTest, AServerThatIsAwayIsWorthAnotherTry) {
  PostgresStore away("host=/nowhere/at/all dbname=teller user=teller_writer");
  const auto head = away.head();
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().remedy, Remedy::retry);
  EXPECT_EQ(head.error().code, "store.unavailable");
}

TEST_F(PostgresStoreTest, AConnectionLostBetweenCallsIsNotNoticed) {
  commit({one_vote()});
  cut();
  EXPECT_TRUE(commit({one_vote()}).verdicts.at(0).accepted);
  cut();
  EXPECT_EQ(ada_in_school(), 2);
}

TEST_F(PostgresStoreTest, AConnectionLostBeforeCommitHasChangedNothing) {
  place.admin(
      "create function teller.die() returns trigger language plpgsql security definer as"
      " $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; "
      "end $$;"
      "create trigger die after insert on teller.steps for each statement execute function "
      "teller.die();");
  const Change step = one_vote();
  const auto lost = store->commit(encoded({step}), now_us);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().remedy, Remedy::retry) << to_text(lost.error());
  EXPECT_EQ(lost.error().code, "store.unavailable");
  place.admin("drop trigger die on teller.steps");

  EXPECT_EQ(snapshot().head.commit, 0);
  EXPECT_TRUE(commit({step}).verdicts.at(0).accepted);
  EXPECT_EQ(ada_in_school(), 1);
}

// The server ends the session while it works on COMMIT: it has not committed, but we cannot know.
TEST_F(PostgresStoreTest, AConnectionLostDuringCommitIsUnknown) {
  place.admin(
      "create function teller.die() returns trigger language plpgsql security definer as"
      " $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; "
      "end $$;"
      "create constraint trigger die after insert on teller.steps deferrable initially deferred"
      " for each row execute function teller.die();");
  const Change step = one_vote();
  const auto lost = store->commit(encoded({step}), now_us);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().remedy, Remedy::abort) << to_text(lost.error());
  EXPECT_EQ(lost.error().code, "store.unknown");
  place.admin("drop trigger die on teller.steps");

  // What there is to do then: ask, and send again what is not there.
  EXPECT_EQ((*store->partitions())[0].committed, Committed{});
  EXPECT_TRUE(commit({step}).verdicts.at(0).accepted);
}

// A socket between store and server that keeps the server's answer to COMMIT from the store: it cuts
// the line, or it keeps it and everything else that is said to it, without a word.
class AnswerCutter {
 public:
  enum class Then { cuts, says_nothing };

  explicit AnswerCutter(const std::string& server_folder, Then then = Then::cuts) : then_(then) {
    folder_ = fmt::format("/tmp/teller-cut-{}", ::getpid());
    std::filesystem::create_directory(folder_);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un address = address_in(folder_);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    thread_ = std::thread([this, server_folder] { serve(server_folder); });
  }
  ~AnswerCutter() {
    thread_.join();
    ::close(listener_);
    std::filesystem::remove_all(folder_);
  }
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  static sockaddr_un address_in(const std::string& folder) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder + "/.s.PGSQL.5432";
    std::copy_n(path.begin(), std::min(path.size(), sizeof address.sun_path - 1),
                std::begin(address.sun_path));
    return address;
  }

  // One connection, until it has committed.
  void serve(const std::string& server_folder) const {
    const int client = ::accept(listener_, nullptr, nullptr);
    const int upstream = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un address = address_in(server_folder);
    if (::connect(upstream, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      bool committing = false;
      std::array<char, 65536> buffer;
      while (true) {
        std::array<pollfd, 2> both{{{client, POLLIN, 0}, {upstream, POLLIN, 0}}};
        if (::poll(both.data(), both.size(), 20'000) <= 0) break;
        const bool from_client = (both[0].revents & (POLLIN | POLLHUP)) != 0;
        const ssize_t size = ::read(from_client ? client : upstream, buffer.data(), buffer.size());
        if (size <= 0) break;
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
        if (!from_client && committing) {  // The answer stays here.
          pollfd end{client, POLLIN, 0};
          if (then_ == Then::says_nothing) ::poll(&end, 1, 60'000);
          break;
        }
        if (from_client && bytes.contains(std::string_view("commit\0", 7))) committing = true;
        if (::write(from_client ? upstream : client, buffer.data(), bytes.size()) != size) break;
      }
    }
    ::close(upstream);
    ::close(client);
  }

  Then then_;
  std::string folder_;
  int listener_ = -1;
  std::thread thread_;
};

// The worst moment: the step is committed, and its owner does not hear of it.
TEST_F(PostgresStoreTest, ALostAnswerToCommitIsUnknownAndTheStepIsNotCountedTwice) {
  const std::string conninfo = postgres_server();
  const std::string folder = conninfo.substr(5, conninfo.find(' ') - 5);  // "host=FOLDER …"
  const Change step = one_vote();
  {
    AnswerCutter cutter(folder);
    PostgresStore far(place.as("teller_owner") + " host=" + cutter.folder());
    const auto lost = far.commit(encoded({step}), now_us);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().remedy, Remedy::abort) << to_text(lost.error());
    EXPECT_EQ(lost.error().code, "store.unknown");
  }
  EXPECT_EQ((*store->partitions())[0].committed, step.after());
  expect_refused(commit({step}).verdicts.at(0), "store.out_of_order");
  EXPECT_EQ(ada_in_school(), 1);
}

// Half-open: whoever is there takes what is sent, and new connections too, and never answers.
TEST_F(PostgresStoreTest, AServerThatFallsSilentIsGivenUpAndSaysWhatWasWaitedFor) {
  const std::string conninfo = postgres_server();
  const std::string folder = conninfo.substr(5, conninfo.find(' ') - 5);
  const Change step = one_vote();
  {
    AnswerCutter silent(folder, AnswerCutter::Then::says_nothing);
    PostgresStore far(place.as("teller_owner") + " host=" + silent.folder(), {.ask_after = 1s});
    const auto began = std::chrono::steady_clock::now();
    const auto lost = far.commit(encoded({step}), now_us);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 40s);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, "store.unknown");
    EXPECT_TRUE(lost.error().detail.contains("to 'commit', and it answers no other connection"))
        << lost.error().detail;
  }
  EXPECT_EQ((*store->partitions())[0].committed, step.after());
}

// A statement that takes long is none that is lost: the server answers elsewhere.
TEST_F(PostgresStoreTest, AServerThatIsSlowIsWaitedFor) {
  place.admin(
      "create function teller.slow() returns trigger language plpgsql as"
      " $$ begin perform pg_sleep(2); return null; end $$;"
      "create trigger slow after insert on teller.steps for each statement execute function "
      "teller.slow();");
  PostgresStore patient(place.as("teller_owner"), {.ask_after = 300ms});
  EXPECT_TRUE(patient.commit(encoded({one_vote()}), now_us));
  PostgresStore hasty(place.as("teller_owner"), {.ask_after = 300ms, .silence_max = 1s});
  const auto lost = hasty.commit(encoded({one_vote()}), now_us);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, "store.unavailable");
  EXPECT_TRUE(lost.error().detail.contains("the time is up")) << lost.error().detail;
}

TEST_F(PostgresStoreTest, EachAccountDoesItsJobAndNothingElse) {
  PostgresStore writer(place.as("teller_writer"));
  PostgresStore publisher(place.as("teller_publisher"));
  PostgresStore reader(place.as("teller_reader"));
  ASSERT_TRUE(writer.open(count));
  ASSERT_TRUE(publisher.open(count));
  const StatementRow statement{.number = 1, .commit = 1, .bytes = {'s'}, .checkpoint = "c"};

  EXPECT_TRUE(writer.bind_journal("topic"));
  EXPECT_TRUE(commit(writer, {one_vote()}).verdicts.at(0).accepted);
  EXPECT_TRUE(writer.halt(3, "because"));
  EXPECT_EQ(store->put_audit({0, {'a'}}, {.resumed = 3}), Result<bool>(true));
  EXPECT_EQ(publisher.last_audit()->value().number, 0);
  EXPECT_TRUE(publisher.put_audit_checkpoint({.size = 1, .note = "n"}));
  EXPECT_TRUE(publisher.snapshot());
  EXPECT_EQ(publisher.put_statement(statement), Result<bool>(true));
  EXPECT_TRUE(publisher.put_reconciliation({.commit = 1}));
  EXPECT_TRUE(publisher.put_reconciliation({.commit = 2}));
  EXPECT_EQ(psql(place.as("teller_reader"), "select commit_number from teller.pub_reconcile"),
            "2\n");
  EXPECT_EQ(psql(place.as("teller_reader"), "select counted from teller.pub_head"), "1\n");

  for (const auto& refused :
       {writer.put_statement(statement).error(),
        publisher.commit(encoded({one_vote()}), now_us).error(), publisher.halt(0, "x").error(),
        reader.snapshot().error(), writer.put_audit({1, {'b'}}, {}).error(),
        publisher.put_audit({1, {'b'}}, {}).error(),
        writer.put_audit_checkpoint({.size = 2, .note = "n"}).error(), reader.last_audit().error(),
        writer.put_reconciliation({}).error(), reader.last_reconciliation().error()}) {
    EXPECT_EQ(refused.remedy, Remedy::stop) << to_text(refused);
    EXPECT_EQ(refused.code, "store.io");
  }
  const auto made =
      writer.create(rules, presentation, ContractElection::count(rules, presentation, 9));
  EXPECT_FALSE(made);
  EXPECT_EQ(ada_in_school(), 1);
}

// What `teller api` may: read what is counted, write deliveries, and nothing else.
TEST_F(PostgresStoreTest, TheAccountThatDeliversWritesDeliveriesAndNothingElse) {
  PostgresStore deliverer(place.as("teller_deliverer"));
  ASSERT_TRUE(deliverer.open(count));
  commit({one_vote()});
  DeliveryRow row;
  row.number = 1;
  row.source = "Rill";
  row.act = "update";
  const std::vector<DeliveredSheet> sheets{{.unit = UnitId{0}, .version = 1}};
  EXPECT_EQ(deliverer.put_delivery(row, sheets), Result<bool>(true));
  EXPECT_EQ(deliverer.put_delivered(1, sheets, 0, now_us), Result<bool>(true));
  EXPECT_EQ(deliverer.deliveries(1, 1)->at(0).settled_at_us, now_us);
  EXPECT_TRUE(deliverer.snapshot());
  EXPECT_TRUE(deliverer.steps(0, 1));
  EXPECT_TRUE(deliverer.incidents_in(0, 0, 1));
  EXPECT_TRUE(deliverer.last_statement());
  EXPECT_TRUE(deliverer.audit(0, 1));

  for (const auto& refused :
       {deliverer.commit(encoded({one_vote()}), now_us).error(), deliverer.halt(0, "x").error(),
        deliverer.put_statement({.number = 1, .commit = 1, .bytes = {'s'}, .checkpoint = "c"})
            .error(),
        deliverer.put_audit({0, {'a'}}, {}).error(), deliverer.put_reconciliation({}).error(),
        deliverer.bind_journal("topic").error(), deliverer.skip_to(9).error()}) {
    EXPECT_EQ(refused.code, "store.io") << to_text(refused);
  }
  const auto may = [&](std::string_view what) {
    return place.admin(fmt::format("select has_{}", what)) == "t\n";
  };
  EXPECT_TRUE(
      may("column_privilege('teller_deliverer', 'teller.deliveries', 'settled_at', 'update')"));
  for (const char* not_this :
       {"column_privilege('teller_deliverer', 'teller.deliveries', 'source', 'update')",
        "table_privilege('teller_deliverer', 'teller.deliveries', 'delete')",
        "table_privilege('teller_deliverer', 'teller.delivery_sheets', 'update')",
        "table_privilege('teller_deliverer', 'teller.units', 'select')",
        "table_privilege('teller_deliverer', 'teller.pub_head', 'select')"}) {
    EXPECT_FALSE(may(not_this)) << not_this;
  }
}

// A line of the audit log as publish/audit_line.h writes it, behind `before`.
AuditRow line_behind(const AuditRow& before, const CountId& count, std::string_view action,
                     std::string_view approver = "-") {
  const std::string text = fmt::format(
      "teller audit 1\ncount {}\nnumber {}\nprevious {}\ntime 2026-05-03T20:00:00.000000Z\n"
      "actor c.auer\naction {}\nsubject decide close\nreason Auer \u2013 not at open\nbefore "
      "{:0>64}\nafter {:0>64}\napprover {}\nrandom {:0>32}\n",
      count.hex(), before.number + 1, to_hex(sha256(before.bytes)), action, 0, 0, approver, 7);
  const ByteView bytes = as_bytes(text);
  return {before.number + 1, Bytes(bytes.begin(), bytes.end())};
}

// Who holds that account alone resumes no partition, certifies nothing and undoes no line.
TEST_F(PostgresStoreTest, TheAccountThatDeliversAddsLinesOfRequestsAndNoOthers) {
  PostgresStore deliverer(place.as("teller_deliverer"), {}, AuditLines::of_requests);
  ASSERT_TRUE(deliverer.open(count));
  const AuditRow first{0, {'a'}};
  EXPECT_EQ(deliverer.put_audit(line_behind({~std::uint64_t{0}, {}}, count.id, "refused"), {})
                .error()
                .code,
            "store.io")
      << "the first line is the owner's";
  ASSERT_EQ(place.owner()->put_audit(first, {}), Result<bool>(true));
  AuditRow last = first;
  for (const char* action :
       {"refused", "hand-in", "approval-expired", "sheet-typed", "sheet-read", "sheet-kept",
        "sheet-retyped", "sheet-again", "sheet-explained", "sheet-delivered"}) {
    const AuditRow next = line_behind(last, count.id, action);
    ASSERT_EQ(deliverer.put_audit(next, {}), Result<bool>(true)) << action;
    EXPECT_EQ(deliverer.put_audit(next, {}), Result<bool>(false)) << "that number has its line";
    last = next;
  }
  const AuditRow good = line_behind(last, count.id, "refused");
  AuditRow cut = good, far = good;
  cut.bytes.pop_back();
  ++far.number;
  const auto otherwise_said = [&](std::string_view from, const std::string& to) {
    std::string text(as_text(good.bytes));
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const ByteView bytes = as_bytes(text);
    return AuditRow{good.number, Bytes(bytes.begin(), bytes.end())};
  };
  // A hash of figures, which are small numbers, would tell them to whoever tries.
  const auto hashed = [](AuditRow row) {
    std::string text(as_text(row.bytes));
    text.replace(text.find("\nafter 0"), 8, "\nafter 1");
    const ByteView bytes = as_bytes(text);
    row.bytes.assign(bytes.begin(), bytes.end());
    return row;
  };
  // What audit_line.h does not read nobody can go on behind.
  for (const AuditRow& wrong : {otherwise_said("time 2026-05-03T", "time TTTT-TT-TTT"),
                                otherwise_said("time 2026-05-03T", "time 2026-02-31T"),
                                otherwise_said("\nactor ", "\nactor " + std::string(201, 'a')),
                                otherwise_said("\nreason ", "\nreason " + std::string(2001, 'a')),
                                otherwise_said("\nsubject ", "\nsubject \xC2\x85"),
                                otherwise_said("\naction refused", "\naction sheet-lost")}) {
    EXPECT_FALSE(deliverer.put_audit(wrong, {})) << as_text(wrong.bytes);
  }
  for (const AuditRow& wrong :
       {line_behind(last, count.id, "resume"), line_behind(last, count.id, "token-new"),
        line_behind(last, count.id, "refused", "b.meier"), line_behind(first, count.id, "refused"),
        hashed(line_behind(last, count.id, "sheet-typed")),
        line_behind(last, {{1, 2, 3}}, "refused"), line_behind(last, count.id, "refused\nactor x"),
        cut}) {
    const auto put = deliverer.put_audit({good.number, wrong.bytes}, {});
    ASSERT_FALSE(put) << as_text(wrong.bytes);
    EXPECT_EQ(put.error().code, "store.io");
  }
  EXPECT_EQ(deliverer.put_audit(far, {}), Result<bool>(false)) << "no hole";
  const auto may = [&](const char* what) {
    return place.admin(fmt::format("select has_table_privilege('teller_deliverer', {})", what));
  };
  EXPECT_EQ(may("'teller.officer_lines', 'update, delete, truncate, select'"), "f\n");
  EXPECT_EQ(may("'teller.audit', 'insert, update, delete, truncate'"), "f\n");
  EXPECT_EQ(deliverer.put_audit(good, {.resumed = 0}).error().code, "store.io");
  EXPECT_EQ(deliverer.audit(0, 100)->size(), 11U);
  for (const char* who : {"teller_reader", "teller_writer", "teller_publisher", "teller_auditor"}) {
    for (const char* what : {"officer_lines', 'insert", "approvals', 'select",
                             "entered_sheets', 'select, insert, update, delete"}) {
      EXPECT_EQ(
          place.admin(fmt::format("select has_table_privilege('{}', 'teller.{}')", who, what)),
          "f\n")
          << who << " " << what;
    }
  }
  EXPECT_EQ(otherwise(*place.owner()), std::vector<std::string>());
  place.admin("alter view teller.officer_lines reset (check_option)");
  EXPECT_EQ(otherwise(*place.owner()),
            std::vector<std::string>{"view officer_lines: it is not as this program makes it"});
}

TEST_F(PostgresStoreTest, WhatWaitsIsSeenByEveryProcessAndChangedByWhoSawItLast) {
  PostgresStore one(place.as("teller_deliverer")), other(place.as("teller_deliverer"));
  ASSERT_TRUE(one.open(count) && other.open(count));
  const std::string id = "0123456789abcdef";
  EXPECT_EQ(one.put_waiting(id, "a", {}), Result<bool>(true));
  EXPECT_EQ(other.put_waiting(id, "b", {}), Result<bool>(false)) << "one waits already";
  const auto rows = other.waiting();
  ASSERT_TRUE(rows && rows->size() == 1) << (rows ? "" : to_text(rows.error()));
  EXPECT_EQ(rows->front().id, id);
  EXPECT_EQ(rows->front().version, sha256(as_bytes("a")));
  EXPECT_EQ(rows->front().bytes, 1U);
  EXPECT_EQ(other.read_waiting(id), (Result<std::optional<std::string>>("a")));
  EXPECT_EQ(other.read_waiting("nothing"), (Result<std::optional<std::string>>(std::nullopt)));
  EXPECT_EQ(other.put_waiting(id, "a and b", sha256(as_bytes("a"))), Result<bool>(true));
  EXPECT_EQ(one.put_waiting(id, "a and c", sha256(as_bytes("a"))), Result<bool>(false))
      << "b would be lost";
  EXPECT_EQ(one.remove_waiting(id, sha256(as_bytes("a"))), Result<bool>(false));
  EXPECT_EQ(one.remove_waiting(id, sha256(as_bytes("a and b"))), Result<bool>(true));
  EXPECT_EQ(other.remove_waiting(id, {}), Result<bool>(false));
  EXPECT_EQ(other.put_waiting(id, "c", {}), Result<bool>(true));
  EXPECT_EQ(one.remove_waiting(id, {}), Result<bool>(true));
}

TEST_F(PostgresStoreTest, ATypedSheetIsSeenByEveryProcessAndReplacedByWhoSawItLast) {
  PostgresStore one(place.as("teller_deliverer")), other(place.as("teller_deliverer"));
  ASSERT_TRUE(one.open(count) && other.open(count));
  const auto row = [](const std::string& text, bool is_open) {
    return EnteredRow{.place = "0123456789abcdef0123456789abcdef",
                      .version = sha256(as_bytes(text)),
                      .is_open = is_open,
                      .text = text};
  };
  const EnteredRow first = row("a", true), second = row("a and b", false);
  EXPECT_EQ(one.put_entered(first, {}), Result<bool>(true));
  EXPECT_EQ(other.put_entered(second, {}), Result<bool>(false)) << "one is kept already";
  const auto rows = other.entered(false);
  ASSERT_TRUE(rows && rows->size() == 1) << (rows ? "" : to_text(rows.error()));
  EXPECT_EQ(rows->front().version, first.version);
  EXPECT_EQ(rows->front().is_open, true);
  EXPECT_EQ(rows->front().text, "");
  EXPECT_EQ(other.entered(true)->front().text, "a");
  EXPECT_EQ((*other.read_entered(first.place))->text, "a");
  EXPECT_FALSE(other.read_entered("nowhere")->has_value());
  PostgresStore publisher(place.as("teller_publisher"));
  ASSERT_TRUE(publisher.open(count));
  EXPECT_EQ(publisher.entered_open(), Result<std::uint64_t>(1));
  EXPECT_FALSE(publisher.entered(false))
      << "which ones they are, and what is in them, it is not told";
  EXPECT_EQ(other.put_entered(second, first.version), Result<bool>(true));
  EXPECT_EQ(one.put_entered(row("a and c", true), first.version), Result<bool>(false));
  EXPECT_EQ(publisher.entered_open(), Result<std::uint64_t>(0));
  EXPECT_FALSE(one.remove_entered()) << "that is the owner's";
  PostgresStore owner(place.as("teller_owner"));
  ASSERT_TRUE(owner.open(count) && owner.remove_entered());
  EXPECT_TRUE(one.entered(true)->empty());
}

TEST_F(PostgresStoreTest, WhoDeliversAndWhoDecidesHaveTurnsOfTheirOwn) {
  PostgresTurn delivers(place.as("teller_deliverer"));
  PostgresTurn decides(place.as("teller_deliverer"), TurnAt::decisions);
  PostgresTurn other(place.as("teller_deliverer"), TurnAt::decisions);
  const auto first = delivers.take(1s, {});
  const auto second = decides.take(1s, {});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(other.take(10ms, {}).error().code, "decision.busy");
  PostgresTurn changes(place.as("teller_deliverer"), TurnAt::sheets);
  PostgresTurn ready(place.as("teller_deliverer"), TurnAt::ready_sheets);
  const auto third = changes.take(1s, {});
  const auto fourth = ready.take(1s, {});
  ASSERT_TRUE(third && fourth);
  PostgresTurn changes_too(place.as("teller_deliverer"), TurnAt::sheets);
  PostgresTurn ready_too(place.as("teller_deliverer"), TurnAt::ready_sheets);
  EXPECT_EQ(changes_too.take(10ms, {}).error().code, "store.unavailable");
  EXPECT_EQ(ready_too.take(10ms, {}).error().code, "delivery.busy");
}

TEST_F(PostgresStoreTest, OneProcessAtATimeHasTheTurnAndWhoDiesLosesIt) {
  PostgresTurn one(place.as("teller_deliverer")), other(place.as("teller_deliverer"));
  auto held = one.take(1s, {});
  ASSERT_TRUE(held) << to_text(held.error());
  EXPECT_EQ(other.take(10ms, {}).error().code, "delivery.busy");
  EXPECT_EQ(other.take(60s, [] { return true; }).error().code, "delivery.busy");
  held->reset();
  EXPECT_TRUE(other.take(1s, {})) << "and given back at once";

  held = one.take(1s, {});
  ASSERT_TRUE(held);
  cut();
  EXPECT_TRUE(other.take(10s, {}));
  held->reset();
  EXPECT_TRUE(one.take(10s, {}));
}

// A database of an older program: its owner brings it up, everybody else is told.
TEST_F(PostgresStoreTest, TheTablesOfAnOlderProgramAreBroughtUpByTheirOwner) {
  commit({one_vote()});
  const auto make_older = [&](int version) {
    place.admin(std::string("set search_path = teller;") + without_figures);
    place.admin(
        "set search_path = teller; drop view pub_reconcile; drop view pub_decisions, "
        "pub_presentation;"
        "drop table reconciliation, delivery_sheets, deliveries, decisions;"
        "delete from schema_files where number = 3");
    if (version == 2) return;
    place.admin(
        "set search_path = teller; drop view pub_incidents;"
        "drop table replays, audit_checkpoints, audit, schema_files;"
        "create view pub_incidents as select partition, position, place, outcome, reason,"
        " encode(leaf, 'hex') as leaf, commit_number from incidents;"
        "alter view pub_incidents owner to teller_owner;"
        "grant select on pub_incidents to teller_reader");
  };
  PostgresStore publisher(place.as("teller_publisher"));
  for (const auto& [version, by_create] : {std::pair{1, false}, {1, true}, {2, false}, {2, true}}) {
    make_older(version);
    const auto told = publisher.open(count);
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code, "store.older");

    const auto owner = place.owner();
    const auto opened = by_create ? owner->create(rules, presentation, count) : owner->open(count);
    ASSERT_TRUE(opened) << to_text(opened.error());
    EXPECT_TRUE(owner->put_audit({0, {'a'}}, {}));
    EXPECT_TRUE(publisher.open(count));
    EXPECT_TRUE(publisher.put_reconciliation({}));
    EXPECT_EQ(psql(place.as("teller_reader"),
                   "select votes, how from teller.pub_options where contest = 0 order by slot"),
              "1|number\n0|number\n");
    EXPECT_EQ(ada_in_school(), 1);
    EXPECT_EQ(psql(place.as("teller_reader"), "select count(*) from teller.pub_incidents"), "0\n");
    EXPECT_EQ(otherwise(publisher), std::vector<std::string>());
  }
  place.admin("insert into teller.schema_files values (99)");
  for (const auto& refused : {place.owner()->open(count), publisher.open(count)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.newer");
  }
}

TEST_F(PostgresStoreTest, NamesThatWereExchangedAreFoundByRowAndValue) {
  commit({one_vote()});
  place.admin("update teller.options set name = 'Somebody else' where contest = 0 and slot = 0");
  finds_the_exchanged_name();
}

// A view that shows something else, what changes what is written, what else lies there. The words of the check are the
// server's own, so they are asked of it and stand in no list.
TEST_F(PostgresStoreTest, WhatTheStoreIsMadeOfIsHeldAgainstWhatThisProgramMakes) {
  commit({one_vote()});
  PostgresStore publisher(place.as("teller_publisher"));
  ASSERT_TRUE(publisher.open(count));
  ASSERT_EQ(otherwise(publisher), std::vector<std::string>());
  ASSERT_EQ(otherwise(*store), std::vector<std::string>());
  const std::string left = place.admin(
      "select count(*) from pg_class where relpersistence = 't' and relname in ('head', "
      "'pub_head')");
  EXPECT_EQ(left, "0\n") << "what was made beside it is gone";

  const std::string text = place.admin("select pg_get_viewdef('teller.pub_options'::regclass)");
  std::string more = text;
  const std::size_t at = more.find("f.value AS votes");
  ASSERT_NE(at, std::string::npos) << text;
  more.replace(at, 7, "f.value + 1::bigint");
  place.admin(
      "set search_path = teller; drop view pub_options; create view pub_options as " + more +
      "drop index steps_by_commit;"
      "create function sum(numeric, numeric) returns numeric language sql as 'select 1::numeric';"
      "create function more() returns trigger language plpgsql as 'begin return new; end';"
      "create trigger more before update on totals for each row execute function more();"
      "create rule less as on delete to falls do instead nothing;"
      "create table other (one integer); create view pub_more as select 1 as one;"
      "alter table falls add column other text; alter table head alter column label set default "
      "'x';"
      "alter table totals drop constraint totals_value_check;"
      "alter table units enable row level security; create policy few on units using (unit > 0);"
      "create schema beside; create table beside.more () inherits (contest_totals)");
  const std::vector<std::string> wanted{
      "column falls.other: this program makes none of that name",
      "column other.one: this program makes none of that name",
      "column pub_more.one: this program makes none of that name",
      "function teller.more(): this program makes none of that name",
      ("function teller.sum(numeric,numeric): this program makes none of that "
       "name"),
      "policy units.few: this program makes none of that name",
      "rule falls.less: this program makes none of that name",
      "table beside.more, a part of contest_totals: this program makes none of that name",
      "table other: this program makes none of that name",
      "trigger totals.more: this program makes none of that name",
      "view pub_more: this program makes none of that name",
      "column head.label: it is not as this program makes it",
      "constraint totals.totals_value_check: it is not there",
      "index steps_by_commit: it is not there",
      "table units: it is not as this program makes it",
      "view pub_options: it is not as this program makes it",
  };
  EXPECT_EQ(otherwise(publisher), wanted);
  const auto checked = check_definition(rules, presentation, count, publisher);
  ASSERT_TRUE(checked) << to_text(checked.error());
  EXPECT_EQ(std::vector(checked->differences.begin(), checked->differences.begin() + 16), wanted);
}

// Each that there is, a new one by itself. And what the server says of a view is as good as what it was made of: a dump has that.
TEST_F(PostgresStoreTest, EachViewThatShowsSomethingElseIsNamed) {
  PostgresStore publisher(place.as("teller_publisher"));
  ASSERT_TRUE(publisher.open(count));
  // Of officer_lines, which has a check option, another test asks.
  std::istringstream names(
      place.admin("select viewname from pg_views where schemaname = 'teller'"
                  " and viewname <> 'officer_lines' order by viewname"));
  int views = 0;
  for (std::string name; std::getline(names, name); ++views) {
    const std::string is =
        fmt::format("set search_path = teller; create or replace view {} as ", name);
    std::string text = place.admin(
        fmt::format("set search_path = teller; select pg_get_viewdef('{}'::regclass)", name));
    text.erase(text.rfind(';'));
    place.admin(fmt::format("{}select * from ({}) one limit 1", is, text));
    EXPECT_EQ(otherwise(publisher), (std::vector<std::string>{fmt::format(
                                        "view {}: it is not as this program makes it", name)}));
    place.admin(is + text);
    EXPECT_EQ(otherwise(publisher), std::vector<std::string>()) << name;
  }
  EXPECT_GT(views, 30);
}

TEST_F(PostgresStoreTest, AnAccountThatCannotHoldTheViewsAgainstAnythingSaysSo) {
  PostgresStore publisher(place.as("teller_publisher"));
  ASSERT_TRUE(publisher.open(count));
  place.admin("revoke temporary on database " + place.name + " from public");
  EXPECT_EQ(
      otherwise(publisher),
      (std::vector<std::string>{fmt::format(
          "tables and views: teller_publisher cannot make those of this program beside them "
          "to hold them against; as the owner of the database say: grant temporary on database "
          "\"{}\" to teller_publisher",
          place.name)}));
  place.admin("grant temporary on database " + place.name + " to teller_publisher");
  EXPECT_EQ(otherwise(publisher), std::vector<std::string>());
}

// What the reader's account is shown of a count that is published after the close of voting.
class HeldBackPostgresTest : public PostgresStoreTest {
 protected:
  HeldBackPostgresTest() {
    held = E::count(rules, presentation, 9);
    held.publication = "after_close";
    held.seal();
    for (std::uint16_t i = 0; i < E::partitions; ++i) next.emplace_back(held.id, i);
  }
  // Views that have rows for the reader's account, of all that there are.
  std::string shown() {
    std::istringstream names(
        psql(place_of_held.as("postgres"),
             "select viewname from pg_views where schemaname = 'teller' and viewname like "
             "'pub\\_%' order by 1"));
    std::string all;
    int views = 0;
    for (std::string name; std::getline(names, name); ++views) {
      const std::string rows = psql(place_of_held.as("teller_reader"),
                                    fmt::format("select count(*) from teller.{}", name));
      EXPECT_TRUE(rows.ends_with("\n") && rows.find_first_not_of("0123456789\n") == rows.npos)
          << name << ": " << rows;
      if (rows != "0\n") all += (all.empty() ? "" : " ") + name;
    }
    EXPECT_GT(views, 20);
    return all;
  }
  void commit_held(std::initializer_list<Change> changes) { commit(*owner, changes); }

  CountFile held;
  PostgresPlace place_of_held;
  std::shared_ptr<Store> owner = place_of_held.owner();
  std::vector<ContractPartition> next;
};

constexpr const char* told_before_the_close = "pub_decisions pub_head pub_reconcile";

TEST_F(HeldBackPostgresTest, NoViewTellsOfVotesUntilEveryPartitionIsClosed) {
  ASSERT_TRUE(owner->create(rules, presentation, held));
  ASSERT_TRUE(owner->put_reconciliation({.commit = 1}));
  commit_held({next[0].decision(Control::Action::open, 1, 1).ballots(E::north_1, E::ada, 3).step(),
               next[1].ballots(E::south, E::bell, 2).step()});
  ASSERT_TRUE(
      owner->put_statement({.number = 1, .commit = 1, .bytes = {'{', '}'}, .checkpoint = "a"}));
  EXPECT_EQ(shown(), told_before_the_close);
  commit_held({next[0].decision(Control::Action::close, 2, 2).step(),
               next[1].decision(Control::Action::close, 2, 3).step(),
               next[2].decision(Control::Action::close, 2, 4).step()});
  EXPECT_EQ(shown(), told_before_the_close) << "closed in three of four partitions";

  commit_held({next[3].decision(Control::Action::close, 2, 5).step()});
  EXPECT_EQ(psql(place_of_held.as("teller_reader"),
                 "select votes from teller.pub_options where contest = 0 order by slot"),
            "3\n2\n");
  EXPECT_NE(shown(), told_before_the_close);
  const auto columns = [](const PostgresPlace& of) {
    return of.admin(
        "select table_name, column_name, data_type, ordinal_position from "
        "information_schema.columns"
        " where table_schema = 'teller' and table_name like 'pub\\_%' order by 1, 4");
  };
  EXPECT_EQ(columns(place_of_held), columns(place));
}

TEST_F(HeldBackPostgresTest, ItsViewsAreHeldAgainstWhatThisProgramMakesOfSuchACount) {
  ASSERT_TRUE(owner->create(rules, presentation, held));
  PostgresStore publisher(place_of_held.as("teller_publisher"));
  ASSERT_TRUE(publisher.open(held));
  EXPECT_EQ(otherwise(publisher), std::vector<std::string>());
  // As it is in a count that publishes live, and as a later file of the schema would make it anew.
  const std::string live =
      place.admin("set search_path = teller; select pg_get_viewdef('pub_units'::regclass)");
  place_of_held.admin("set search_path = teller; create or replace view pub_units as " + live);
  EXPECT_EQ(otherwise(publisher),
            std::vector<std::string>{"view pub_units: it is not as this program makes it"});

  EXPECT_TRUE(owner->create(rules, presentation, held)) << "`teller init` once more";
  EXPECT_EQ(otherwise(publisher), std::vector<std::string>());
  const auto text = [&] {
    return place_of_held.admin("select pg_get_viewdef('teller.pub_units'::regclass)");
  };
  const std::string once = text();
  EXPECT_TRUE(once.contains("held_until_close")) << once;
  EXPECT_TRUE(owner->create(rules, presentation, held));
  EXPECT_EQ(text(), once) << "what is held back already stays as it is";
}

TEST_F(PostgresStoreTest, APartitionThatIsNotThereIsMissedByWhoeverReadsThemAll) {
  place.admin("delete from teller.partitions where partition = 1");
  const auto missed = store->partitions();
  ASSERT_FALSE(missed);
  EXPECT_EQ(missed.error().code, "store.definition");
  EXPECT_TRUE(missed.error().detail.starts_with("table partitions: partition 1 is not there"));
  EXPECT_EQ(store->snapshot().error().code, "store.definition");
}

TEST_F(PostgresStoreTest, TwoOwnersOfDifferentPartitionsBothCount) {
  std::vector<std::thread> owners;
  for (std::uint16_t number = 0; number < ContractElection::partitions; ++number) {
    owners.emplace_back([this, number] {
      const auto mine = place.owner();
      for (int i = 0; i < 25; ++i) {
        const auto done = mine->commit(encoded({one_vote(number)}), now_us);
        ASSERT_TRUE(done) << to_text(done.error());
        EXPECT_TRUE(done->verdicts.at(0).accepted);
      }
    });
  }
  for (std::thread& owner : owners) owner.join();
  EXPECT_EQ(ada_in_school(), 100);
  EXPECT_EQ(snapshot().head.commit, 100);
}

// What most screens read is a sum; it must move with what it sums.
TEST_F(PostgresStoreTest, SumsMoveWithTheTotals) {
  EXPECT_EQ(place.admin("select unit_id, cards, turnout from teller.pub_turnout order by unit"),
            "ash||\nash/north/1||\n");
  commit({one_vote(0), partition[1].ballots(E::south, E::ada, 4).step()});
  commit({partition[2].ballots(E::south, E::bell, 2).ballots(E::north_2, E::ada, 1).step()});
  EXPECT_EQ(
      place.admin("select contest_id, option_id, votes, changed_at_commit from teller.pub_options"
                  " where contest = 0 order by slot"),
      "mayor|ada|6|2\nmayor|bell|2|2\n");
  EXPECT_EQ(place.admin("select unit_id, cards from teller.pub_units order by unit"),
            "ash|\nash/north|\nash/north/1|1\nash/north/2|1\nash/south|6\n");
  EXPECT_EQ(place.admin("select unit_id, cards, turnout from teller.pub_turnout order by unit"),
            "ash|8|0.008\nash/north/1|1|0.005\n");
  EXPECT_EQ(
      place.admin(
          "select contest_id, cards, votes, counted_from from teller.pub_contests order by 1"),
      "council|||both\nmayor|8|8|ballots\n");
}

// Rows that are there and rows that are not, cells of which cards alone move and others.
TEST_F(PostgresStoreTest, ManyTotalsMoveAsFewDo) {
  int commits = 0;
  many_and_few_totals_move([&] {
    if (++commits % 8 != 0) return;  // psql is a program of its own.
    ASSERT_EQ(place.admin("set search_path = teller; select count(*) from (select * from"
                          " contest_heard except select * from contest_heard_anew) other"),
              "0\n");
    ASSERT_EQ(place.admin("set search_path = teller; select (select sum(cards) from unit_cards) ="
                          " (select value from contest_totals where contest = 65535)"),
              "t\n");
  });
}

// A row that leaves its page, or a column of it in an index, costs that index a row with each commit.
TEST_F(PostgresStoreTest, WhatEachCommitMovesIsWrittenInItsPageAlone) {
  place.admin(
      "insert into teller.totals select 0, 0, n, 0, 1, 0, 0, 1 from generate_series(1, 5000) n;"
      "insert into teller.cells select 0, n, 0, 0, 1, 0, 0, 0, 0 from generate_series(1, 5000) n;"
      "insert into teller.unit_cards select n, 1, 0, 1 from generate_series(1, 5000) n;"
      "insert into teller.contest_totals select n, 0, 1, 0, 1, 0 from generate_series(1, 5000) n");
  for (const auto& [table, moves] :
       {std::pair{"totals", "value = value + 1, known = 1, withheld = 1, changed_at_commit = 2"},
        {"cells", "figures = 1, cards = cards + 1, options_known = 1, write_ins_known = 1"},
        {"unit_cards", "cards = cards + 1, sheets = 1, changed_at_commit = 2"},
        {"contest_totals", "value = value + 1, known = 1, withheld = 1, changed_at_commit = 2"}}) {
    for (int commit = 0; commit < 4; ++commit) {
      EXPECT_EQ(
          place.admin(fmt::format("begin; update teller.{0} set {1};"
                                  "select pg_stat_get_xact_tuples_updated(oid), "
                                  "pg_stat_get_xact_tuples_hot_updated(oid) from pg_class where "
                                  "oid = 'teller.{0}'::regclass; commit",
                                  table, moves)),
          "5000|5000\n")
          << table;
    }
  }
}

// What the program before this one wrote with each total.
TEST_F(PostgresStoreTest, TheIndexOfCommitsGoesWhenATableOfBeforeIsBroughtUp) {
  commit({one_vote()});
  place.admin(
      "set search_path = teller; create index totals_by_commit on totals (changed_at_commit);"
      "alter table totals reset (fillfactor); drop table entered_sheets;"
      "delete from schema_files where number > 15");
  PostgresStore publisher(place.as("teller_publisher"));
  ASSERT_FALSE(publisher.open(count));
  ASSERT_TRUE(place.owner()->open(count));
  ASSERT_TRUE(publisher.open(count));
  EXPECT_EQ(otherwise(publisher), std::vector<std::string>());
  EXPECT_EQ(place.admin("select reloptions from pg_class where oid = 'teller.totals'::regclass"),
            "{fillfactor=45}\n");
  commit({one_vote()});
  EXPECT_EQ(ada_in_school(), 2);
}

// A point of the timeline at most once a second, however fast commits come.
TEST_F(PostgresStoreTest, TheTimelineHasAtMostOnePointASecond) {
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(store->commit(encoded({one_vote()}), noon_us + std::int64_t{250'001} * i));
  }
  EXPECT_EQ(
      place.admin("select commit_number, value from teller.timeline where slot = 0 order by 1"),
      "1|1\n5|5\n9|9\n");
  EXPECT_EQ(
      place.admin(
          "select commit_number, option_id, votes, how from teller.pub_timeline order by 1, 2"),
      "1|ada|1|number\n1|bell|0|number\n5|ada|5|number\n5|bell|0|number\n9|ada|9|number\n"
      "9|bell|0|number\n12|ada|12|number\n12|bell|0|number\n");
  const std::vector<std::string> points = told(timeline_table());
  ASSERT_EQ(points.size(), 6U);
  EXPECT_EQ(points[2], fmt::format("5 0 0 {} 5 number", noon_us + std::int64_t{250'001} * 4));
}

TEST_F(PostgresStoreTest, AStoreIsNotTakenForAnOlderOne) {
  ASSERT_TRUE(store->open(count));
  place.admin(
      "drop view teller.pub_presentation; delete from teller.schema_files where number >= 10");
  for (const char* who : {"teller_owner", "teller_publisher"}) {
    PostgresStore reader(place.as(who));
    const auto refused = reader.open(count);
    ASSERT_FALSE(refused) << who;
    EXPECT_EQ(refused.error().code, "store.older");
    EXPECT_NE(refused.error().detail.find("decisions.action of version 10 is there"),
              std::string::npos)
        << refused.error().detail;
  }
}

}  // namespace
}  // namespace teller
