#pragma once

#include <filesystem>
#include <memory>

#include "election/count_file.h"
#include "journal/journal.h"

namespace teller {

// The journal of the embedded form: one file at a time for all partitions, and one fsync a group.
//
//   DIR/00000001.journal   "TJNL" u8(1) count(16), then groups:
//   group   "TGRP" length(u32) number(u64) crc32c(u32, of length, number and payload) payload
//   payload { partition(u16) position(u64) length(u32) record } × n
//
// What arrives while a group is written and synced is the next group. A group is acknowledged
// after its fsync and not before, and number n is written only after n - 1 was synced. So a broken
// group at the very end is a torn write nobody was promised, and is cut off; one with a later
// group behind it is damage to acknowledged records, and the journal refuses to open
// (journal.corrupt).
//
// If the process dies here: before the fsync, the sender has no answer and sends again; after it,
// the records are there and the second copy is a duplicate.
//
// A failed fsync is final (the kernel may have dropped the pages): everything after it is
// journal.io until the process is restarted. A full disk is not: what was written of the group is
// cut off again and its senders are told journal.full.
//
// Safe from any thread. One process a folder (the home's lock), and any number that only read.
class FileJournal final : public Journal {
 public:
  struct Options {
    std::uint64_t file_bytes_max = std::uint64_t{1} << 30;
    std::size_t group_bytes_max = std::size_t{8} << 20;
    std::size_t waiting_bytes_max = std::size_t{128} << 20;  // Beyond it: journal.busy.
    // For looking at a journal that another process may be writing: nothing is made, cut off or
    // written, a torn end is left out, and append() must not be called.
    bool read_only = false;
    bool own_thread = true;  // False: nothing is written but by write_one_group().
  };

  // Reads all files, checks every group, cuts off a torn end, and makes sure that what it has read
  // is on the disk: a process that was killed may have left it in the system's memory only.
  // Errors: reject count.other, journal.retired; stop journal.corrupt, journal.io.
  [[nodiscard]] static Result<std::unique_ptr<FileJournal>> open(
      const std::filesystem::path& directory, const CountFile& count, Options options);
  [[nodiscard]] static Result<std::unique_ptr<FileJournal>> open(
      const std::filesystem::path& directory, const CountFile& count);
  static constexpr const char* retired_name = "retired";
  // Deletes all records, for good, and leaves `because` in the file `retired`: from then on open()
  // is reject journal.retired. The caller holds the home's lock. Called again after it was
  // interrupted it goes on, and the first note stays. Errors: stop journal.io.
  [[nodiscard]] static Result<void> retire(const std::filesystem::path& directory,
                                           std::string_view because);
  // Waits for what was appended.
  ~FileJournal() override;

  void append(std::uint16_t partition, Bytes record, Done done) override;
  [[nodiscard]] Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                                        std::size_t bytes_max) override;
  [[nodiscard]] Result<Position> end(std::uint16_t partition) override;

  // Writes what waits, as one group, and answers for it. False when nothing waits. For a host that
  // has no thread to spare (own_thread = false), which calls it from one thread.
  bool write_one_group();

 private:
  struct State;
  explicit FileJournal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace teller
