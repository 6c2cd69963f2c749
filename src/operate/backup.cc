#include "operate/backup.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <span>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "election/json_file.h"
#include "entering/entered_files.h"
#include "home/home_store.h"
#include "journal/journal_file.h"
#include "log/segments_directory.h"
#include "publish/digest.h"
#include "publish/zero_report.h"
#include "store/each_delivery.h"
#include "store/store_sqlite.h"
#include "store/store_sqlite_backup.h"
#include "voters/voters_roll.h"

namespace teller {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t everything = ~std::uint64_t{0};

// Of each file its name, size and hash: a count of a nation has some 100,000.
constexpr JsonLimits manifest_limits{.bytes = BackupManifest::bytes_max, .values = 4'194'304};

std::unexpected<Error> damaged(std::string what) {
  return fail(Remedy::reject, "backup.damaged", std::move(what));
}

fs::path unfinished(const fs::path& path) {
  fs::path name = path;
  if (!name.has_filename()) name = name.parent_path();
  name += fmt::format(".new-{}", ::getpid());
  return name;
}

bool is_free(const fs::path& path) {
  std::error_code ignored;
  return !fs::exists(path, ignored) ||
         (fs::is_directory(path, ignored) && fs::is_empty(path, ignored));
}

struct Copied {
  std::uint64_t bytes = 0;
  Hash sha256{};
};

// Reads the first `most` bytes of a file, and writes them to `to` if there is one.
Result<Copied> copy(const fs::path& from, const fs::path& to, std::uint64_t most, unsigned mode) {
  const auto source = open_file(from, O_RDONLY);
  if (!source) return std::unexpected(source.error());
  Descriptor target;
  if (!to.empty()) {
    if (auto made = make_folders(to.parent_path(), 0700); !made) {
      return std::unexpected(made.error());
    }
    auto made = open_file(to, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!made) return std::unexpected(made.error());
    target = std::move(*made);
  }
  Sha256 hash;
  Copied copied;
  std::vector<std::uint8_t> buffer(std::size_t{1} << 20);
  while (copied.bytes < most) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), most - copied.bytes);
    const ssize_t n = ::read(source->get(), buffer.data(), wanted);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(file_error(from, "read"));
    if (n == 0) break;
    const ByteView piece(buffer.data(), static_cast<std::size_t>(n));
    hash.update(piece);
    if (target.open()) {
      if (auto written = write_at(target, piece, copied.bytes, to); !written) {
        return std::unexpected(written.error());
      }
    }
    copied.bytes += piece.size();
  }
  if (target.open()) {
    if (auto synced = sync_data(target, to); !synced) return std::unexpected(synced.error());
  }
  copied.sha256 = hash.finish();
  return copied;
}

// What its own name says it may hold; nothing of a backup may be written elsewhere.
bool is_inside(const std::string& name) {
  const fs::path path(name);
  return !name.empty() && path.is_relative() &&
         std::ranges::none_of(path, [](const fs::path& part) { return part == ".."; });
}

}  // namespace

std::uint64_t BackupManifest::bytes() const {
  std::uint64_t bytes = 0;
  for (const File& file : files) bytes += file.bytes;
  return bytes;
}

std::string BackupManifest::to_json() const {
  Json json{{"teller", "backup/1"},
            {"form", form},
            {"count_id", count.hex()},
            {"made_at", made_at},
            {"key", key},
            {"commit", commit},
            {"statements", statements},
            {"digest", to_hex(digest)},
            {"partitions", Json::array()},
            {"files", Json::array()}};
  for (const Committed& at : partitions) {
    json["partitions"].push_back({{"step", at.number},
                                  {"position", at.position},
                                  {"log_size", at.log_size},
                                  {"root", to_hex(at.root)}});
  }
  for (const File& file : files) {
    json["files"].push_back(
        {{"path", file.path}, {"bytes", file.bytes}, {"sha256", to_hex(file.sha256)}});
  }
  return json.dump(1) + "\n";
}

Result<BackupManifest> BackupManifest::parse(std::string_view text) {
  auto file = JsonFile::parse(text, "manifest.json", "backup.damaged", manifest_limits);
  if (!file) return std::unexpected(std::move(file.error()));
  const auto root = file->object(file->root(), "");
  if (file->text(root, "teller", "") != "backup/1") {
    return damaged("manifest.json is of another version");
  }
  constexpr std::uint64_t any = ~std::uint64_t{0};
  const auto number = [&](JsonValue in, std::string_view member, const std::string& path) {
    return file->number(in, member, path, 0, any, 0);
  };
  bool good = true;
  const auto hash = [&](JsonValue in, std::string_view member, const std::string& path,
                        std::span<std::uint8_t> into) {
    good = from_hex(file->text(in, member, path), into) && good;
  };
  BackupManifest manifest;
  manifest.form = file->text(root, "form", "");
  manifest.made_at = file->text(root, "made_at", "");
  manifest.key = file->flag(root, "key", "");
  manifest.commit = number(root, "commit", "");
  manifest.statements = number(root, "statements", "");
  hash(root, "count_id", "", manifest.count.bytes);
  hash(root, "digest", "", manifest.digest);
  file->array(root, "partitions", "").for_each([&](std::size_t i, JsonValue each) {
    const std::string path = fmt::format("/partitions/{}", i);
    const auto at = file->object(each, path);
    Committed& of = manifest.partitions.emplace_back();
    of.number = number(at, "step", path);
    of.position = number(at, "position", path);
    of.log_size = number(at, "log_size", path);
    hash(at, "root", path, of.root);
  });
  bool inside = true;
  file->array(root, "files", "").for_each([&](std::size_t i, JsonValue each) {
    const std::string path = fmt::format("/files/{}", i);
    const auto at = file->object(each, path);
    File& one = manifest.files.emplace_back();
    one.path = file->text(at, "path", path);
    one.bytes = number(at, "bytes", path);
    hash(at, "sha256", path, one.sha256);
    inside = inside && is_inside(one.path);
  });
  if (!file->good()) return std::unexpected(file->error("backup.damaged"));
  if (!inside) return damaged("manifest.json names a file outside of the folder");
  if (!good) return damaged("manifest.json has a hash that is none");
  return manifest;
}

// ---- Making one

BackupFolder::BackupFolder(fs::path folder, BackupProgress progress)
    : folder_(std::move(folder)), work_(unfinished(folder_)), progress_(std::move(progress)) {}

BackupFolder::BackupFolder(BackupFolder&& other) noexcept
    : manifest(std::move(other.manifest)),
      folder_(std::move(other.folder_)),
      work_(std::exchange(other.work_, {})),
      progress_(std::move(other.progress_)),
      expected_(other.expected_),
      done_(other.done_),
      bytes_(other.bytes_) {}

BackupFolder::~BackupFolder() {
  std::error_code ignored;
  if (!work_.empty()) fs::remove_all(work_, ignored);
}

Result<BackupFolder> BackupFolder::make(const fs::path& folder, BackupProgress progress) {
  if (!is_free(folder)) {
    return fail(Remedy::reject, "backup.exists",
                folder.string() + " is there already; a backup never overwrites, choose another");
  }
  BackupFolder made(folder, std::move(progress));
  if (auto folders = make_folders(made.work_, 0700); !folders) {
    return std::unexpected(folders.error());
  }
  return made;
}

void BackupFolder::step(std::uint64_t bytes) {
  bytes_ += bytes;
  ++done_;
  if (progress_) progress_(done_, std::max(expected_, done_), bytes_);
}

Result<void> BackupFolder::add(const fs::path& from, const std::string& name, std::uint64_t bytes) {
  const auto copied = copy(from, work_ / name, bytes, 0600);
  if (!copied) return std::unexpected(copied.error());
  manifest.files.push_back({name, copied->bytes, copied->sha256});
  step(copied->bytes);
  return {};
}

Result<void> BackupFolder::add_present(const std::string& name) {
  const auto read = copy(work_ / name, {}, everything, 0);
  if (!read) return std::unexpected(read.error());
  manifest.files.push_back({name, read->bytes, read->sha256});
  step(read->bytes);
  return {};
}

Result<void> BackupFolder::add_voters(const Home& home) {
  std::error_code ignored;
  const std::string turnout(VotersRoll::turnout_name);
  if (fs::exists(home.path / turnout, ignored)) {
    if (auto added = add(home.path / turnout, turnout); !added) return added;
  }
  const std::string file(VotersRoll::file_name), key(VoterKey::file_name);
  // The key first: whoever has the roll without it would check everybody in once more. On servers it is all there is here.
  if (fs::exists(home.path / key, ignored) || VotersRoll::is_in(home.path)) {
    if (auto added = add(home.path / key, key); !added) return added;
  }
  if (!VotersRoll::is_in(home.path)) return {};
  if (auto copied = back_up_sqlite(home.path / file, work_ / file); !copied) return copied;
  return add_present(file);
}

Result<void> BackupFolder::add_officers(const Home& home) {
  std::error_code none;
  for (fs::recursive_directory_iterator at(home.path / "officers", none), end; !none && at != end;
       at.increment(none)) {
    std::error_code gone;
    const std::string name = fs::relative(at->path(), home.path, gone).generic_string();
    if (!at->is_regular_file(gone) || at->path().filename() == "lock" ||
        name.find(".new") != std::string::npos) {
      continue;
    }
    const auto added = add(at->path(), name);
    // A decision that has its signatures waits no longer.
    if (!added && added.error().code != Code("file.missing")) return added;
  }
  return {};
}

// Before the store: what says here that it was delivered is delivered in that copy too, and what was
// delivered meanwhile is delivered again, which changes nothing.
Result<void> BackupFolder::add_entered(const Home& home) {
  std::error_code none;
  for (fs::directory_iterator at(home.path / EnteredFiles::folder_name, none), end;
       !none && at != end; at.increment(none)) {
    if (at->path().extension() != ".json") continue;
    const std::string name = "entered/" + at->path().filename().string();
    if (auto added = add(at->path(), name); !added) return added;
  }
  return {};
}

Result<void> BackupFolder::add_zero_reports(const fs::path& published) {
  std::error_code none;
  for (fs::directory_iterator at(published, none), end; !none && at != end; at.increment(none)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(zero_report_file) || name.find(".new") != std::string::npos) continue;
    if (auto added = add(at->path(), "published/" + name); !added) return added;
  }
  return {};
}

// So that who asks for an earlier hour gets the same answer.
Result<void> BackupFolder::add_earlier_totals(const Home& home) {
  std::error_code none;
  for (fs::directory_iterator at(home.earlier_totals(), none), end; !none && at != end;
       at.increment(none)) {
    if (at->path().extension() != ".totals") continue;
    const std::string name = "earlier-totals/" + at->path().filename().string();
    if (auto added = add(at->path(), name); !added) return added;
  }
  return {};
}

Result<void> BackupFolder::add_home(const Home& home, bool key) {
  manifest.count = home.count.id;
  manifest.key = key;
  for (const char* name : {"count.json", "rules.json", "presentation.json"}) {
    if (auto added = add(home.path / name, name); !added) return added;
  }
  // The secret of `import`: with another one the same results would be counted a second time. And
  // the token that senders hold, and where statements are that the backup does not know.
  // Findings of the checks that the office was told already, before the store: what was told since is
  // told once more, and nothing is missed.
  for (const char* name : {"import.key", "import.key.sha256", "import.key.sources", "token",
                           "also-published", "alarms.state"}) {
    if (!fs::exists(home.path / name)) continue;
    if (auto added = add(home.path / name, name); !added) return added;
  }
  if (auto added = add_voters(home); !added) return added;
  if (auto added = add_officers(home); !added) return added;
  if (auto added = add_entered(home); !added) return added;
  if (auto added = add_earlier_totals(home); !added) return added;
  if (!key) return {};
  if (auto right = home.signer(); !right) return std::unexpected(right.error());
  return add(home.path / "key", "key");
}

Result<void> BackupFolder::add_deliveries(const Home& home, DeliveryStore& store) {
  std::set<std::string> known;
  auto read = for_each_delivery(store, [&](const DeliveryRow& row) -> Result<void> {
    known.insert(fmt::format("{:06}", row.number));
    return {};
  });
  if (!read) return read;
  std::error_code none;
  for (fs::directory_iterator at(home.deliveries(), none), end; !none && at != end;
       at.increment(none)) {
    const fs::path kind = at->path().extension();
    if (kind != ".ndjson" && kind != ".settled") continue;
    if (!known.contains(at->path().stem().string())) continue;
    const std::string name = "deliveries/" + at->path().filename().string();
    if (auto added = add(at->path(), name); !added) return added;
  }
  return {};
}

Result<void> BackupFolder::add_numbers(const Home& home, Store& store) {
  const auto snapshot = store.snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto last = store.last_statement();
  if (!last) return std::unexpected(last.error());
  manifest.commit = snapshot->head.commit;
  manifest.statements = *last ? (*last)->number + 1 : 0;
  manifest.digest = digest_of(home.rules.hash(), snapshot->totals);
  for (const PartitionRow& row : snapshot->partitions) {
    manifest.partitions.push_back(row.committed);
  }
  return {};
}

Result<void> BackupFolder::add_segments(CountReader& store, Segments& segments) {
  const auto head = store.head();
  if (!head) return std::unexpected(head.error());
  const auto steps = store.steps(0, head->commit);
  if (!steps) return std::unexpected(steps.error());
  expected_ = done_ + steps->size();
  DirectorySegments kept(work_ / "segments");
  for (const StepRow& row : *steps) {
    // get() has checked its hash; the same bytes, the same name.
    const auto bytes = segments.get(row.partition, row.number, row.segment);
    if (!bytes) return std::unexpected(bytes.error());
    if (auto put = kept.put(row.partition, row.number, row.segment, *bytes); !put) return put;
    step(bytes->size());
  }
  // Their names are the adapter's; their hashes are in them, and are computed again at a restore.
  std::error_code wrong;
  if (!fs::exists(work_ / "segments")) return {};
  for (fs::recursive_directory_iterator at(work_ / "segments", wrong), end; !wrong && at != end;
       at.increment(wrong)) {
    if (!at->is_regular_file()) continue;
    const std::string name = fs::relative(at->path(), work_).generic_string();
    Hash hash;
    const std::string stem = at->path().stem().string();
    if (stem.size() < 64 || !from_hex(stem.substr(stem.size() - 64), hash)) {
      return damaged(name + " is no segment");
    }
    manifest.files.push_back({name, at->file_size(), hash});
  }
  if (wrong) return fail(Remedy::stop, "file.io", work_.string() + ": " + wrong.message());
  return {};
}

Result<BackupManifest> BackupFolder::finish() {
  std::ranges::sort(manifest.files, {}, &BackupManifest::File::path);
  if (auto written = write_file(work_ / "manifest.json", as_bytes(manifest.to_json()), 0600);
      !written) {
    return std::unexpected(written.error());
  }
  std::error_code ignored, unlisted;
  for (fs::recursive_directory_iterator at(work_, unlisted), end; !unlisted && at != end;
       at.increment(unlisted)) {
    if (!at->is_directory()) continue;
    if (auto synced = sync_folder(at->path()); !synced) return std::unexpected(synced.error());
  }
  fs::remove(folder_, ignored);  // An empty folder; anything else stays, and the rename fails.
  std::error_code wrong;
  fs::rename(work_, folder_, wrong);
  if (wrong) {
    return fail(Remedy::stop, "file.io", "rename " + work_.string() + ": " + wrong.message());
  }
  work_.clear();
  const fs::path above = folder_.has_parent_path() ? folder_.parent_path() : ".";
  if (auto synced = sync_folder(above); !synced) return std::unexpected(synced.error());
  return std::move(manifest);
}

Result<BackupManifest> back_up_home(const Home& home, const fs::path& folder,
                                    const BackupWanted& wanted) {
  // What is behind cannot be gone on from.
  if (auto store = open_home_store(home, StoreUse::look); !store) {
    return std::unexpected(store.error());
  } else if (auto good = check_not_behind(home, **store, StoreUse::look); !good) {
    return std::unexpected(good.error());
  }
  auto made = BackupFolder::make(folder, wanted.progress);
  if (!made) return std::unexpected(made.error());
  BackupFolder& backup = *made;
  backup.manifest.form = "embedded";
  backup.manifest.made_at = wanted.made_at;
  Result<void> done = backup.add_home(home, wanted.key);
  if (done) done = backup.add_zero_reports(home.published());
  if (done) done = back_up_sqlite(home.store(), backup.path() / "store.sqlite");
  if (done) done = backup.add_present("store.sqlite");
  if (!done) return std::unexpected(done.error());
  {
    auto store = SqliteStore::open_file(backup.path() / "store.sqlite", true);
    if (!store) return std::unexpected(store.error());
    DirectorySegments segments(home.segments());
    done = (*store)->open(home.count);
    if (done) done = backup.add_deliveries(home, **store);
    if (done) done = backup.add_numbers(home, **store);
    if (done) done = backup.add_segments(**store, segments);
    if (!done) return std::unexpected(done.error());
  }
  // The journal's files as they are listed now: what was committed is in them, and the last one may
  // grow while it is copied. An end that is torn by that was acknowledged to nobody by then.
  std::vector<fs::path> files;
  std::error_code wrong;
  for (fs::directory_iterator at(home.journal(), wrong), end; !wrong && at != end;
       at.increment(wrong)) {
    const bool retired = at->path().filename() == FileJournal::retired_name;
    if (retired || at->path().extension() == ".journal") files.push_back(at->path());
  }
  if (wrong && wrong != std::errc::no_such_file_or_directory) {
    return fail(Remedy::stop, "file.io", home.journal().string() + ": " + wrong.message());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    std::error_code unsized;
    const std::uint64_t bytes = fs::file_size(file, unsized);
    if (unsized) return fail(Remedy::stop, "file.io", file.string() + ": " + unsized.message());
    if (auto added = backup.add(file, "journal/" + file.filename().string(), bytes); !added) {
      return std::unexpected(added.error());
    }
  }
  return backup.finish();
}

// ---- Going back

Result<BackupManifest> read_manifest(const fs::path& folder) {
  const auto text = read_file(folder / "manifest.json", BackupManifest::bytes_max);
  if (!text) {
    return fail(Remedy::reject, "backup.none",
                folder.string() + " holds no backup: " + text.error().detail);
  }
  return BackupManifest::parse(*text);
}

Result<void> copy_checked(const fs::path& folder, const BackupManifest& manifest,
                          const std::function<fs::path(const std::string&)>& wanted,
                          const BackupProgress& progress) {
  std::uint64_t done = 0, bytes = 0;
  for (const BackupManifest::File& file : manifest.files) {
    const fs::path to = wanted(file.path);
    const bool open_to_others = file.path.ends_with(".json") || file.path.starts_with("published/");
    const auto copied = copy(folder / file.path, to, everything, open_to_others ? 0644 : 0600);
    if (!copied) {
      if (copied.error().code == Code("file.missing")) return damaged(file.path + " is missing");
      return std::unexpected(copied.error());
    }
    if (copied->bytes != file.bytes || copied->sha256 != file.sha256) {
      return damaged(file.path + " is not the file that was backed up (SHA-256 " +
                     to_hex(copied->sha256).substr(0, 16) + "…, not " +
                     to_hex(file.sha256).substr(0, 16) + "…)");
    }
    bytes += copied->bytes;
    if (progress) progress(++done, manifest.files.size(), bytes);
  }
  return {};
}

Result<void> check_restored(const BackupManifest& manifest, const Home& home, Store& store) {
  if (!(home.count.id == manifest.count)) return damaged("count.json is another count's");
  if (auto right = store.open(home.count); !right) return right;
  const auto snapshot = store.snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  bool same = snapshot->head.commit >= manifest.commit &&
              snapshot->partitions.size() == manifest.partitions.size() &&
              (snapshot->head.commit != manifest.commit ||
               digest_of(home.rules.hash(), snapshot->totals) == manifest.digest);
  for (std::size_t i = 0; same && i < manifest.partitions.size(); ++i) {
    const Committed& then = manifest.partitions[i];
    if (snapshot->partitions[i].committed == then || then.number == 0) continue;
    const auto step = store.step(static_cast<std::uint16_t>(i), then.number);
    if (!step) return std::unexpected(step.error());
    same = *step && snapshot->head.commit > manifest.commit && (*step)->to == then.position &&
           (*step)->log_size == then.log_size && (*step)->root == then.root;
  }
  if (same) return {};
  return damaged(
      fmt::format("the restored store is at commit {} and not what manifest.json says of commit {}",
                  snapshot->head.commit, manifest.commit));
}

Result<BackupManifest> restore_home(const fs::path& folder, const fs::path& to,
                                    const BackupProgress& progress) {
  auto manifest = read_manifest(folder);
  if (!manifest) return manifest;
  if (manifest->form != "embedded") {
    return fail(Remedy::reject, "backup.form",
                folder.string() + " is a backup of the service; restore it with --config");
  }
  if (!is_free(to)) {
    return fail(Remedy::reject, "home.exists",
                to.string() + " is there already; a restore never overwrites, choose another");
  }
  const fs::path work = unfinished(to);
  if (auto made = make_folders(work, 0700); !made) return std::unexpected(made.error());
  const auto finish = [&]() -> Result<void> {
    auto copied = copy_checked(
        folder, *manifest, [&](const std::string& name) { return work / name; }, progress);
    if (!copied) return copied;
    const auto home = Home::open(work);
    if (!home) return std::unexpected(home.error());
    {
      auto store = SqliteStore::open_file((*home)->store());
      if (!store) return std::unexpected(store.error());
      if (auto same = check_restored(*manifest, **home, **store); !same) return same;
    }
    std::error_code ignored, wrong;
    fs::remove(to, ignored);
    fs::rename(work, to, wrong);
    if (wrong) {
      return fail(Remedy::stop, "file.io", "rename " + work.string() + ": " + wrong.message());
    }
    return sync_folder(to.has_parent_path() ? to.parent_path() : ".");
  };
  if (auto finished = finish(); !finished) {
    std::error_code ignored;
    fs::remove_all(work, ignored);  // Ours, and made a moment ago.
    return std::unexpected(finished.error());
  }
  return manifest;
}

}  // namespace teller
