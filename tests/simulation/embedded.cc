// The embedded form: recorder, file journal, rounds, directory of segments and publisher of one
// process that dies over and over, on a disk that forgets what was not synced.
#include <vector>

#include "engine/counting_cycle.h"
#include "journal/journal_file.h"
#include "log/segments_directory.h"
#include "publish/publisher.h"
#include "world.h"

namespace teller::simulation {
namespace {

// `teller serve`, call by call. Its parts are destroyed in the order that serve() destroys them.
struct Process {
  std::uint64_t epoch = 0;
  std::unique_ptr<FileJournal> file;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Segments> segments;
  std::unique_ptr<Store> store, reading;
  std::optional<Recorder> recorder;
  std::optional<CountingCycle> rounds, other_rounds;
  std::optional<Publisher> publisher, other_publisher;
};

class Embedded {
 public:
  Embedded(std::uint64_t seed, bool trace)
      : world_(seed, static_cast<std::uint16_t>(1 + SeededRandom(seed, 1).below(3)), trace),
        faults_(world_.faults) {
    options_.own_thread = false;
    options_.file_bytes_max = 400 + faults_.below(4000);
    options_.group_bytes_max = 100 + faults_.below(3000);
    options_.waiting_bytes_max = 2000 + faults_.below(8000);
    // What is wrong in this run; some runs have little of it.
    deaths_ = faults_.one_in(8) ? 0 : 4 + faults_.below(30);
    if (!faults_.one_in(3)) store_faults_.away = 6 + faults_.below(40);
    if (!faults_.one_in(3)) store_faults_.unknown = 4 + faults_.below(30);
    disk_fills_ = faults_.one_in(3);
    sync_fails_ = faults_.one_in(4) ? 20 + faults_.below(100) : 0;
    two_owners_ = faults_.one_in(3);
    restores_ = faults_.one_in(6);
  }

  void run() {
    const FilesInPlace disk(world_.disk);
    world_.store_faults = store_faults_;
    world_.disk.set_sync_fails(sync_fails_);
    const std::uint32_t actions = 60 + faults_.below(120);
    for (std::uint32_t i = 0; i < actions; ++i) {
      world_.clock.advance(1 + faults_.below(1'000'000));
      try {
        if (!process_) start();
        if (process_) act();
        if (process_ && journal_failed_) die();  // As serve() does.
      } catch (const Died&) {
        die();
      }
    }
    finish();
  }

 private:
  // The process goes as it is, with or without the power. What it had in memory is destroyed while
  // the disk is deaf.
  void die() {
    faults_.live();
    world_.disk.process_is_dead();
    const bool power = faults_.one_in(2);
    process_.reset();
    world_.forget(epoch_);
    if (power) {
      world_.disk.power_loss();
    } else {
      world_.disk.kill();
    }
    world_.say(power ? "POWER LOST" : "KILLED");
    full_ = false;
    world_.disk.set_full(false);
    if (restores_ && faults_.one_in(4)) restore();
  }

  // An older copy of store.sqlite takes its place while nothing runs.
  void restore() {
    if (world_.restore_older()) restores_ = false;
  }

  void start() {
    ++epoch_;
    journal_failed_ = false;
    process_ = std::make_unique<Process>();
    Process& p = *process_;
    p.epoch = epoch_;
    if (deaths_ > 0 && faults_.one_in(4)) faults_.die_at(1 + faults_.below(40));
    auto file = FileJournal::open(world_.home.journal(), world_.home.count, options_);
    if (!file) return failed("journal", file.error());
    p.file = std::move(*file);
    p.journal = world_.with_ledger(*p.file);
    p.segments = std::make_unique<DirectorySegments>(world_.home.segments());
    p.store = connect();
    p.reading = connect();
    p.recorder.emplace(world_.home.count, *p.journal, [this](const Error& error) {
      world_.say("journal: ", to_text(error));
      journal_failed_ = true;
    });
    if (auto rounds = start_rounds()) {
      p.rounds.emplace(std::move(*rounds));
    } else {
      return failed("rounds", rounds.error());
    }
    p.publisher.emplace(world_.home.definition(), world_.home.presentation, *p.reading,
                        *world_.signer);
    p.publisher->add(window());
    p.publisher->hold_against(*p.segments);
    p.other_publisher.emplace(world_.home.definition(), world_.home.presentation, *p.reading,
                              *world_.signer);
    p.other_publisher->add(window());
    p.other_publisher->hold_against(*p.segments);
    faults_.live();
    world_.say("started");
    if (deaths_ > 0) faults_.die_at(1 + faults_.below(deaths_ * 12));
  }

  std::unique_ptr<Store> connect() {
    return std::make_unique<Connection>(*world_.database, faults_, world_.store_faults,
                                        world_.seen);
  }
  std::unique_ptr<Sink> window() {
    return std::make_unique<Window>(world_.seen, *world_.database, faults_, world_.store_faults);
  }
  Result<CountingCycle> start_rounds() {
    return CountingCycle::start(
        {.home = &world_.home,
         .journal = process_->journal.get(),
         .segments = process_->segments.get(),
         .store = process_->store.get(),
         .clock = &world_.clock,
         .side_by_side = {},
         .noted = [this](const Error& error) { world_.say(to_text(error)); }});
  }

  // A process that cannot go on ends, and is started again.
  void failed(const char* what, const Error& error) {
    world_.say(what, ": ", to_text(error));
    // An answer that says what is on the disk is wrong, or that we are: neither was caused here.
    must(error.code != Code("journal.corrupt") && error.code != Code("count.other") &&
             error.code != Code("segments.corrupt") && error.code != Code("journal.gap"),
         std::string(what) + ": " + to_text(error));
    die();
  }

  void act() {
    Process& p = *process_;
    switch (faults_.below(16)) {
      default:
        world_.send(*p.recorder, p.epoch);
        break;
      case 4:
      case 5:
      case 6:
      case 7:
        p.file->write_one_group();
        break;
      case 8:
      case 9:
      case 10:
        round(p.rounds);
        break;
      case 11:
        publish(*p.publisher);
        break;
      case 12:
        publish(*p.other_publisher);
        break;
      case 13:
        if (!two_owners_) break;
        // A second owner of the same journal and store: begins where the store stands, and either
        // may be the one that commits.
        if (!p.other_rounds) {
          if (auto rounds = start_rounds()) p.other_rounds.emplace(std::move(*rounds));
        } else {
          round(p.other_rounds);
        }
        break;
      case 14:
        if (disk_fills_ && faults_.one_in(3)) {
          full_ = !full_;
          world_.disk.set_full(full_);
          world_.say(full_ ? "the disk is full" : "the disk has room");
        }
        break;
      case 15:
        if (faults_.one_in(4)) {
          const auto [deaths, store] = quiet();
          world_.check_journal(*p.file);
          world_.check_committed(*p.file, *p.segments);
          loud(deaths, store);
        }
        break;
    }
  }

  // While the truth is looked at, nothing goes wrong.
  std::pair<bool, StoreFaults> quiet() {
    const StoreFaults before = world_.store_faults;
    world_.store_faults = {};
    world_.disk.heal();
    const bool dies = faults_.pause();
    return {dies, before};
  }
  void loud(bool dies, const StoreFaults& before) {
    world_.store_faults = before;
    world_.disk.set_full(full_);
    world_.disk.set_sync_fails(sync_fails_);
    if (dies) faults_.go_on();
  }

  void round(std::optional<CountingCycle>& rounds) {
    const auto done = rounds->round();
    if (!done) return failed("round", done.error());
    world_.say("round: ", done->entries, " entries");
  }

  void publish(Publisher& publisher) {
    const auto pass = publisher.run_once();
    if (pass) {
      if (pass->stated) world_.say("stated commit ", pass->commit);
      return;
    }
    world_.say("publisher: ", to_text(pass.error()));
    world_.check_why_unstated(pass.error());
    if (pass.error().code == Code("log.rollback")) {
      must(world_.restored,
           "publishing stops though nothing was restored: " + to_text(pass.error()));
      return;
    }
    if (pass.error().remedy == Remedy::stop) failed("publisher", pass.error());
  }

  // Everything is well again: what was not answered is sent until it is, all is counted, stated and
  // seen, and every check is made.
  void finish() {
    faults_.live();
    world_.say("everything is well from here on");
    if (process_) die();
    world_.store_faults = {};
    world_.disk.heal();
    deaths_ = 0;
    full_ = false;
    start();
    must(process_ != nullptr, "the process starts when everything is well");
    Process& p = *process_;
    while (!world_.all_answered()) {
      (void)world_.send_again(*p.recorder, p.epoch);
      while (p.file->write_one_group()) {
      }
    }
    for (;;) {
      const auto done = p.rounds->round();
      must(done.has_value(), "a round goes well: " + (done ? "" : to_text(done.error())));
      if (done->entries == 0) break;
    }
    for (std::uint16_t i = 0; i < world_.home.count.partitions; ++i) {
      must(world_.database->store().partitions()->at(i).committed.position == *p.file->end(i),
           "everything that is recorded is counted in the end");
    }
    publish(*p.publisher);
    publish(*p.other_publisher);
    world_.check_journal(*p.file);
    world_.check_committed(*p.file, *p.segments);
    world_.check_statements(*p.file);
    world_.check_verify(*p.segments);
    if (!world_.rolled_back) {
      must(world_.seen.commit == world_.database->store().head()->commit,
           "the public sees the last commit in the end");
    }
    // And nothing of it was only in memory.
    process_.reset();
    world_.disk.power_loss();
    start();
    must(process_ != nullptr, "the process starts after the last power loss");
    world_.check_journal(*process_->file);
    world_.check_committed(*process_->file, *process_->segments);
    process_.reset();
  }

  World world_;
  Faults& faults_;
  FileJournal::Options options_;
  std::uint32_t deaths_ = 0, sync_fails_ = 0;
  StoreFaults store_faults_;
  bool disk_fills_ = false, two_owners_ = false, restores_ = false, full_ = false,
       journal_failed_ = false;
  std::unique_ptr<Process> process_;
  std::uint64_t epoch_ = 0;
};

}  // namespace

void run_embedded(std::uint64_t seed, bool trace) { Embedded(seed, trace).run(); }

}  // namespace teller::simulation
