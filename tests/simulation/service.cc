// The service form, modelled: gateways that write to a topic with partitions, executors with the
// C++ core that Spark runs (spark/jni/executor_core.h), drivers that read positions, give work and
// commit late, twice and out of order, two publishers; the database is shared and outlives all.
#include <fcntl.h>

#include "executor_core.h"
#include "log/segments_directory.h"
#include "missing_steps.h"
#include "publish/publisher.h"
#include "world.h"

namespace teller::simulation {
namespace {

// The topic: what is in it stays.
class Topic final : public Journal {
 public:
  explicit Topic(std::uint16_t partitions) : records_(partitions) {}

  Position add(std::uint16_t partition, Bytes record) {
    records_[partition].push_back(std::move(record));
    return records_[partition].size() - 1;
  }
  void append(std::uint16_t partition, Bytes record, Done done) override {
    done(add(partition, std::move(record)));
  }
  Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                          std::size_t) override {
    std::vector<JournalRecord> found;
    for (; from < records_[partition].size(); ++from) {
      found.push_back({from, records_[partition][from]});
    }
    return found;
  }
  Result<Position> end(std::uint16_t partition) override { return records_[partition].size(); }
  [[nodiscard]] const std::vector<Bytes>& records(std::uint16_t partition) const {
    return records_[partition];
  }

 private:
  std::vector<std::vector<Bytes>> records_;
};

// A gateway's way to the topic. Messages of one producer stay in order; answers get lost, messages
// arrive twice, or long after their sender was told that it is not known what became of them.
class Producer final : public Journal {
 public:
  Producer(Topic& topic, Faults& faults) : topic_(&topic), faults_(&faults) {}

  void append(std::uint16_t partition, Bytes record, Done done) override {
    if (quiet) return done(topic_->add(partition, std::move(record)));
    waiting_.push_back({partition, std::move(record), std::move(done)});
  }
  Result<std::vector<JournalRecord>> read(std::uint16_t, Position, std::size_t) override {
    return fail(Remedy::retry, "journal.unavailable", "a gateway does not read");
  }
  Result<Position> end(std::uint16_t partition) override { return topic_->end(partition); }

  // Brings the oldest message to the topic, or what chance makes of that.
  void deliver() {
    if (waiting_.empty()) return;
    Message message = std::move(waiting_.front());
    waiting_.pop_front();
    const auto unknown = [&] {
      message.done(fail(Remedy::abort, "journal.unknown", "simulated: no answer came"));
    };
    switch (faults_->below(16)) {
      case 0:  // Nothing of it arrives.
        return message.done(fail(Remedy::retry, "journal.busy", "simulated: the queue is full"));
      case 1:  // It is lost on its way.
        return unknown();
      case 2:  // It is there, and the answer is lost.
        topic_->add(message.partition, std::move(message.record));
        return unknown();
      case 3:  // It arrives when nobody waits for it any more.
        late.push_back({message.partition, std::move(message.record)});
        return unknown();
      case 4: {  // It is sent twice.
        const Position first = topic_->add(message.partition, message.record);
        topic_->add(message.partition, std::move(message.record));
        return message.done(first);
      }
      default:
        return message.done(topic_->add(message.partition, std::move(message.record)));
    }
  }
  // The gateway is gone: what was on its way may still arrive.
  void abandon(std::vector<std::pair<std::uint16_t, Bytes>>& to) {
    for (Message& message : waiting_) {
      if (faults_->one_in(2)) to.emplace_back(message.partition, std::move(message.record));
    }
    to.insert(to.end(), late.begin(), late.end());
    waiting_.clear();
    late.clear();
  }

  bool quiet = false;
  std::vector<std::pair<std::uint16_t, Bytes>> late;

 private:
  struct Message {
    std::uint16_t partition;
    Bytes record;
    Done done;
  };
  Topic* topic_;
  Faults* faults_;
  std::deque<Message> waiting_;
};

struct Gateway {
  std::uint64_t epoch = 0;
  std::unique_ptr<Producer> producer;
  std::unique_ptr<Journal> journal;
  std::optional<Recorder> recorder;
};

// What a driver has heard from the store, and the steps that it has and has not committed yet.
struct Driver {
  std::vector<PartitionRow> positions;
  std::vector<std::vector<Bytes>> commits;
};

class Service {
 public:
  Service(std::uint64_t seed, bool trace)
      : world_(seed, static_cast<std::uint16_t>(1 + SeededRandom(seed, 2).below(4)), trace),
        faults_(world_.faults),
        topic_(world_.home.count.partitions),
        executors_(2 + faults_.below(2)),
        drivers_(faults_.one_in(3) ? 2 : 1),
        gateways_(1 + faults_.below(2)) {
    deaths_ = faults_.one_in(8) ? 0 : 2 + faults_.below(20);
    if (!faults_.one_in(3)) store_faults_.away = 6 + faults_.below(40);
    if (!faults_.one_in(3)) store_faults_.unknown = 4 + faults_.below(30);
    late_commits_ = faults_.one_in(2);
    restores_ = faults_.one_in(6);
    poison_ = faults_.one_in(8);
    world_.store_faults = store_faults_;
    for (Gateway& gateway : gateways_) open(gateway);
    store_ = connect();
  }

  void run() {
    const FilesInPlace disk(world_.disk);
    const std::uint32_t actions = 60 + faults_.below(160);
    for (std::uint32_t i = 0; i < actions; ++i) {
      world_.clock.advance(1 + faults_.below(1'000'000));
      if (deaths_ > 0 && faults_.one_in(deaths_)) faults_.die_at(1 + faults_.below(25));
      dying_ = nullptr;
      try {
        act();
      } catch (const Died&) {
        die();
      }
      faults_.live();
    }
    finish();
  }

 private:
  void open(Gateway& gateway) {
    gateway.epoch = ++epoch_;
    gateway.producer = std::make_unique<Producer>(topic_, faults_);
    gateway.journal = world_.with_ledger(*gateway.producer);
    gateway.recorder.emplace(world_.home.count, *gateway.journal);
  }
  std::unique_ptr<Store> connect() {
    return std::make_unique<Connection>(*world_.database, faults_, world_.store_faults,
                                        world_.seen);
  }
  Publisher& publisher(std::size_t n) {
    if (!publishers_[n]) {
      publishers_[n].emplace(world_.home.definition(), world_.home.presentation, *store_,
                             *world_.signer);
      publishers_[n]->add(
          std::make_unique<Window>(world_.seen, *world_.database, faults_, world_.store_faults));
      publishers_[n]->hold_against(published_segments_);
    }
    return *publishers_[n];
  }
  ExecutorCore& executor(std::size_t n) {
    if (!executors_[n]) {
      auto core = ExecutorCore::open(world_.home.rules.bytes(), world_.home.count.bytes,
                                     std::make_unique<DirectorySegments>(world_.home.segments()));
      must(core.has_value(), "an executor opens: " + (core ? "" : to_text(core.error())));
      executors_[n] = std::move(*core);
    }
    return *executors_[n];
  }

  // Whoever was at work dies. The machine of the segments may lose its power with it.
  void die() {
    faults_.live();
    world_.disk.process_is_dead();
    const bool power = faults_.one_in(2);
    if (dying_) {
      dying_();
    }
    power ? world_.disk.power_loss() : world_.disk.kill();
    world_.say(power ? "DIED, and the folder of segments lost its power" : "DIED");
  }

  void act() {
    switch (faults_.below(20)) {
      default: {
        Gateway& gateway = any(gateways_);
        world_.send(*gateway.recorder, gateway.epoch);
        break;
      }
      case 4:
      case 5:
      case 6:
      case 7:
        any(gateways_).producer->deliver();
        break;
      case 8:
      case 9:
      case 10:
      case 11:
      case 12:
        job_round(any(drivers_));
        break;
      case 13:
        commit_late(any(drivers_));
        break;
      case 14:
        publish(faults_.below(2));
        break;
      case 15: {
        if (!faults_.one_in(3)) break;
        Gateway& gateway = any(gateways_);
        world_.say("a gateway dies");
        gateway.producer->abandon(late_);
        world_.forget(gateway.epoch);
        open(gateway);
        break;
      }
      case 16:
        if (!late_.empty()) {
          const std::size_t n = faults_.below(late_.size());
          topic_.add(late_[n].first, std::move(late_[n].second));
          late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(n));
        }
        for (Gateway& gateway : gateways_) {
          late_.insert(late_.end(), gateway.producer->late.begin(), gateway.producer->late.end());
          gateway.producer->late.clear();
        }
        break;
      case 17:
        if (faults_.one_in(3)) executors_[faults_.below(executors_.size())].reset();
        break;
      case 18:
        if (poison_ && faults_.one_in(6)) {
          const std::uint16_t p = any_partition();
          world_.say("POISON in partition ", p);
          world_.poison.emplace(p, topic_.add(p, Bytes{1, 2, 3}));
          poison_ = false;
        }
        if (restores_ && faults_.one_in(10)) restore();
        break;
      case 19:
        if (faults_.one_in(6)) {
          const bool dies = faults_.pause();
          const StoreFaults before = std::exchange(world_.store_faults, {});
          world_.check_journal(topic_);
          DirectorySegments segments(world_.home.segments());
          heal_segments();
          world_.check_committed(topic_, segments);
          world_.store_faults = before;
          if (dies) faults_.go_on();
        }
        break;
    }
  }

  template <typename T>
  T& any(std::vector<T>& of) {
    return of[faults_.below(of.size())];
  }
  std::uint16_t any_partition() {
    return static_cast<std::uint16_t>(faults_.below(world_.home.count.partitions));
  }

  // ------------------------------------------------------------------ Spark

  // One round of the job: positions (fresh, or those of a driver that has slept), a task a partition on
  // whichever executor, then the commit, now or later.
  void job_round(Driver& driver) {
    dying_ = [&driver, this] {
      driver.positions.clear();
      // What it had sent is on its way all the same.
      if (!late_commits_) driver.commits.clear();
    };
    if (driver.positions.empty() || !faults_.one_in(4)) {
      auto rows = store_->partitions();
      if (!rows) return;
      driver.positions = std::move(*rows);
    }
    std::vector<Bytes> changes, others;
    std::vector<std::pair<std::uint16_t, std::string>> bad;
    for (const PartitionRow& row : driver.positions) {
      if (row.halted || faults_.one_in(4)) continue;
      for (int copy = faults_.one_in(6) ? 2 : 1; copy > 0; --copy) {
        auto change = task(row, bad);
        if (change) (copy == 1 ? changes : others).push_back(std::move(*change));
      }
    }
    if (!others.empty() && late_commits_) driver.commits.push_back(std::move(others));
    if (!changes.empty()) {
      if (late_commits_ && faults_.one_in(3)) {
        driver.commits.push_back(std::move(changes));
        return;
      }
      if (!commit(changes)) {
        driver.positions.clear();
        return;
      }
      if (late_commits_ && faults_.one_in(6)) driver.commits.push_back(std::move(changes));
    }
    for (const auto& [partition, because] : bad) (void)store_->halt(partition, because);
    if (!bad.empty()) driver.positions.clear();
  }

  // A commit of long ago, perhaps one that was sent before.
  void commit_late(Driver& driver) {
    if (driver.commits.empty()) return;
    const std::size_t n = faults_.below(driver.commits.size());
    (void)commit(driver.commits[n]);
    if (faults_.one_in(2)) {
      driver.commits.erase(driver.commits.begin() + static_cast<std::ptrdiff_t>(n));
    }
  }

  bool commit(const std::vector<Bytes>& changes) {
    const auto outcome = store_->commit(changes, world_.clock.now_us());
    if (!outcome) {
      world_.say("commit: ", to_text(outcome.error()));
      must(outcome.error().remedy == Remedy::retry || outcome.error().remedy == Remedy::abort,
           to_text(outcome.error()));
      return false;
    }
    std::size_t accepted = 0;
    for (const Verdict& verdict : outcome->verdicts) accepted += verdict.accepted ? 1 : 0;
    world_.say("commit ", outcome->commit, ": ", accepted, " of ", changes.size(), " steps");
    return accepted == changes.size();
  }

  // The task of a partition, as Step.java does it: what stands before a bad record is counted.
  std::optional<Bytes> task(const PartitionRow& row,
                            std::vector<std::pair<std::uint16_t, std::string>>& bad) {
    const auto& all = topic_.records(row.partition);
    if (row.committed.position >= all.size()) return std::nullopt;
    std::size_t n =
        1 + faults_.below(std::min<std::size_t>(12, all.size() - row.committed.position));
    const std::size_t e = faults_.below(executors_.size());
    auto dies_before = std::exchange(dying_, [this, e] { executors_[e].reset(); });
    auto step = executor(e).step(row.partition, row.committed, records(row, n));
    if (!step && step.error().offset) {
      const auto poison = world_.poison.find(row.partition);
      must(poison != world_.poison.end() && poison->second == *step.error().offset,
           "a record cannot be counted: " + to_text(step.error().error));
      n = *step.error().offset - row.committed.position;
      bad.emplace_back(row.partition, to_text(step.error().error));
      if (n > 0) step = executor(e).step(row.partition, row.committed, records(row, n));
    }
    dying_ = std::move(dies_before);
    if (step) return std::move(*step);
    const Error& error = step.error().error;
    world_.say("task of partition ", row.partition, ": ", to_text(error));
    if (error.code == Code("segments.missing")) rebuild(row.partition);
    return std::nullopt;
  }

  std::vector<OffsetRecord> records(const PartitionRow& row, std::size_t n) const {
    std::vector<OffsetRecord> some;
    const auto& all = topic_.records(row.partition);
    for (std::uint64_t at = row.committed.position; n > 0; ++at, --n) some.push_back({at, all[at]});
    return some;
  }

  // Segments that are gone are counted again, as Rebuild.java does it.
  void rebuild(std::uint16_t partition) {
    const std::size_t e = faults_.below(executors_.size());
    DirectorySegments segments(world_.home.segments());
    const auto missing = missing_steps(*store_, segments, partition, 100);
    if (!missing) return;
    for (const MissingStep& step : *missing) {
      PartitionRow row;
      row.partition = partition;
      row.committed = step.before;
      const auto again =
          executor(e).step(partition, step.before, records(row, step.to - step.before.position));
      if (!again) return;
    }
    world_.say("rebuilt ", missing->size(), " segments of partition ", partition);
  }

  // Every segment that a power loss took is put back, as it will be before it is needed.
  void heal_segments() {
    for (std::uint16_t p = 0; p < world_.home.count.partitions; ++p) rebuild(p);
  }

  // ------------------------------------------------------------------ the others

  void publish(std::size_t n) {
    dying_ = [this, n] { publishers_[n].reset(); };
    const auto pass = publisher(n).run_once();
    if (pass) {
      if (pass->stated) world_.say("publisher ", n, " stated commit ", pass->commit);
      return;
    }
    world_.say("publisher ", n, ": ", to_text(pass.error()));
    world_.check_why_unstated(pass.error());
    if (pass.error().code == Code("log.rollback")) {
      must(world_.restored,
           "publishing stops though nothing was restored: " + to_text(pass.error()));
    }
    if (pass.error().remedy == Remedy::stop) publishers_[n].reset();
  }

  // An older copy of the database takes its place. Drivers are stopped for that (the guide says
  // so): a commit from before would follow on positions that mean something else now.
  void restore() {
    if (!world_.restore_older()) return;
    for (Driver& driver : drivers_) driver = {};
    restores_ = false;
  }

  void finish() {
    world_.say("everything is well from here on");
    faults_.live();
    world_.store_faults = {};
    deaths_ = 0;
    for (Driver& driver : drivers_) {
      for (const auto& changes : driver.commits) (void)commit(changes);
      driver = {};
    }
    for (Gateway& gateway : gateways_) {
      gateway.producer->abandon(late_);
      world_.forget(gateway.epoch);
      open(gateway);
      gateway.producer->quiet = true;
    }
    for (auto& [partition, record] : late_) topic_.add(partition, std::move(record));
    while (world_.send_again(*gateways_[0].recorder, gateways_[0].epoch)) {
    }
    must(world_.all_answered(), "every request is answered when everything is well");
    late_commits_ = false;
    const auto counted = [&] {
      const auto rows = store_->partitions();
      for (const PartitionRow& row : *rows) {
        if (!row.halted && row.committed.position < topic_.records(row.partition).size()) {
          return false;
        }
      }
      return true;
    };
    for (int rounds = 0; !counted(); ++rounds) {
      must(rounds < 2000, "everything that is recorded is counted in the end");
      job_round(drivers_[0]);
    }
    for (const auto& [partition, position] : world_.poison) {
      const PartitionRow row = store_->partitions()->at(partition);
      must(row.halted && row.committed.position <= position,
           "a partition halts at a record that cannot be read");
    }
    for (auto& publisher : publishers_) publisher.reset();
    publish(0);
    publish(1);
    heal_segments();
    DirectorySegments segments(world_.home.segments());
    world_.check_journal(topic_);
    world_.check_committed(topic_, segments);
    world_.check_statements(topic_);
    world_.check_verify(segments);
    if (!world_.rolled_back) {
      must(world_.seen.commit == store_->head()->commit,
           "the public sees the last commit in the end");
    }
  }

  World world_;
  Faults& faults_;
  Topic topic_;
  std::vector<std::unique_ptr<ExecutorCore>> executors_;
  std::vector<Driver> drivers_;
  std::vector<Gateway> gateways_;
  DirectorySegments published_segments_{world_.home.segments()};
  std::optional<Publisher> publishers_[2];
  std::unique_ptr<Store> store_;
  std::vector<std::pair<std::uint16_t, Bytes>> late_;  // Messages that arrive some day.
  std::function<void()> dying_;                        // What the death of whoever works now takes.
  std::uint32_t deaths_ = 0;
  StoreFaults store_faults_;
  bool late_commits_ = false, restores_ = false, poison_ = false;
  std::uint64_t epoch_ = 0;
};

}  // namespace

void run_service(std::uint64_t seed, bool trace) { Service(seed, trace).run(); }

}  // namespace teller::simulation
