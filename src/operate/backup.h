// A backup: a folder from which a count goes on, on a machine that knows nothing of it.
//
//   manifest.json        which count, as of which commit; every file with its size and SHA-256
//   count.json  rules.json  presentation.json
//   key                  0600; left out on request
//   import.key           if something was imported: so that the same import is duplicates there too
//   voters.sqlite  voters.key   if it has a voters' roll (0600), or turnout.json, which is left of one
//   token                if it was served: senders hold it
//   officers/            tokens of persons, as hashes, and decisions that wait for signatures
//   entered/             result sheets that are entered twice, as each person typed them
//   also-published       where it is published too
//   published/zero-report-N   signed before anything was counted, and made by nobody again
//   store.sqlite         (embedded)    postgres.dump   (service)
//   segments/            those that the store's steps name, and no other
//   journal/             everything that was recorded (embedded; the service's is in Kafka)
//
// Made while the count goes on, and consistent by its order: first the store, at one commit; then
// the segments, which were durable before that commit; then the journal, which was durable before
// the segments. What is newer in them than the store is counted after a restore. Of a home nothing
// else is left out but `lock` and `address` of who runs, `name` (teller.toml gives it), `set-aside/`
// of a recovery, what SQLite keeps beside its file, and `published/`: the publisher makes it again,
// and a newer copy of it must survive elsewhere (docs/guides/backup-and-restore.md says why).
//
// A folder is there whole or not at all; nothing is ever overwritten.
// If the process dies here: a folder DIR.new-… is left, which nobody reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "home/home.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

// (files done, files known so far, bytes done); may be empty.
using BackupProgress = std::function<void(std::uint64_t, std::uint64_t, std::uint64_t)>;

struct BackupWanted {
  bool key = true;
  std::string made_at;  // For people: the caller's clock.
  BackupProgress progress;
};

// What a backup says of itself.
struct BackupManifest {
  static constexpr std::size_t bytes_max = std::size_t{128} << 20;  // Of manifest.json.

  std::string form;  // "embedded", "service"
  CountId count;
  std::string made_at;
  bool key = false;
  std::uint64_t commit = 0, statements = 0;
  Hash digest{};
  std::vector<Committed> partitions;
  struct File {
    std::string path;  // In the folder, with slashes.
    std::uint64_t bytes = 0;
    Hash sha256{};
  };
  std::vector<File> files;

  [[nodiscard]] std::uint64_t bytes() const;  // Of all files.
  [[nodiscard]] std::string to_json() const;
  // Errors: reject backup.damaged.
  [[nodiscard]] static Result<BackupManifest> parse(std::string_view json);
};

// Backs up a home, beside a `teller serve` that may be running.
// Errors: reject backup.exists, count.none; those of store, segments and files.
[[nodiscard]] Result<BackupManifest> back_up_home(const Home& home,
                                                  const std::filesystem::path& folder,
                                                  const BackupWanted& wanted);

// Makes the home `to`, which must not be there (or be an empty folder), out of a backup. Every file
// is held against the manifest, and the store that comes out of it against what the manifest says.
// Errors: reject backup.none, backup.damaged, backup.form, home.exists; those of files.
[[nodiscard]] Result<BackupManifest> restore_home(const std::filesystem::path& folder,
                                                  const std::filesystem::path& to,
                                                  const BackupProgress& progress = {});

// The parts that both forms share.
class BackupFolder {
 public:
  // A new one, under another name until finish(). Errors: reject backup.exists.
  [[nodiscard]] static Result<BackupFolder> make(const std::filesystem::path& folder,
                                                 BackupProgress progress);

  [[nodiscard]] const std::filesystem::path& path() const { return work_; }
  // Copies the first `bytes` of a file, or all of it.
  [[nodiscard]] Result<void> add(const std::filesystem::path& from, const std::string& name,
                                 std::uint64_t bytes = ~std::uint64_t{0});
  // Of a file that is in the folder already.
  [[nodiscard]] Result<void> add_present(const std::string& name);
  [[nodiscard]] Result<void> add_home(const Home& home, bool key);
  // The voters' roll, who came, and the key of both; nothing where there is none.
  [[nodiscard]] Result<void> add_voters(const Home& home);
  // What persons are known by, and what waits for their signatures; nothing where there is none.
  [[nodiscard]] Result<void> add_officers(const Home& home);
  // Result sheets that are entered twice; nothing where there are none.
  [[nodiscard]] Result<void> add_entered(const Home& home);
  // Zero reports that lie in `published`.
  [[nodiscard]] Result<void> add_earlier_totals(const Home& home);
  [[nodiscard]] Result<void> add_zero_reports(const std::filesystem::path& published);
  // What was delivered and what became of it: of the deliveries that `store`, which is in the backup already, has.
  // So nothing is missing there, and nothing is too many, whoever delivers meanwhile.
  [[nodiscard]] Result<void> add_deliveries(const Home& home, DeliveryStore& store);
  // What is committed there, for the manifest.
  [[nodiscard]] Result<void> add_numbers(const Home& home, Store& store);
  // Every segment that the store's steps name. Behind the copy of the store.
  [[nodiscard]] Result<void> add_segments(CountReader& store, Segments& segments);

  BackupManifest manifest;
  [[nodiscard]] Result<BackupManifest> finish();

  ~BackupFolder();  // Without finish(), nothing is left.
  BackupFolder(BackupFolder&& other) noexcept;
  BackupFolder& operator=(BackupFolder&&) = delete;

 private:
  BackupFolder(std::filesystem::path folder, BackupProgress progress);
  void step(std::uint64_t bytes);

  std::filesystem::path folder_, work_;  // work_ is empty when it is done, or another's.
  BackupProgress progress_;
  std::uint64_t expected_ = 0, done_ = 0, bytes_ = 0;
};

// Reads the manifest, and copies every file of `folder` for which `wanted` gives a place, checking
// it on the way. Errors: reject backup.none, backup.damaged; those of files.
[[nodiscard]] Result<BackupManifest> read_manifest(const std::filesystem::path& folder);
[[nodiscard]] Result<void> copy_checked(
    const std::filesystem::path& folder, const BackupManifest& manifest,
    const std::function<std::filesystem::path(const std::string&)>& wanted,
    const BackupProgress& progress);

// Whether the store that came out is what the manifest says, or (the service's goes on while it is
// copied) a later state of it. Errors: reject backup.damaged.
[[nodiscard]] Result<void> check_restored(const BackupManifest& manifest, const Home& home,
                                          Store& store);

}  // namespace teller
