#include "journal/journal_file.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/check.h"
#include "base/fail_point.h"
#include "base/file.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_magic = "TJNL", group_magic = "TGRP";
constexpr std::size_t file_head_bytes = 4 + 1 + 16;
constexpr std::size_t group_head_bytes = 4 + 4 + 8 + 4;
constexpr std::size_t item_head_bytes = 2 + 8 + 4;

struct RecordPlace {
  std::uint32_t file;
  std::uint32_t length;
  std::uint64_t offset;
};

struct GroupHead {
  std::uint32_t length = 0;
  std::uint64_t number = 0;
  std::uint32_t crc = 0;
};

std::uint32_t group_crc(const GroupHead& head, ByteView payload) {
  Bytes covered;
  ByteWriter out(covered);
  out.u32(head.length);
  out.u64(head.number);
  out.u32(crc32c(payload));
  return crc32c(covered);
}

// The group at the beginning of `bytes`, if there is a whole and sound one.
std::optional<GroupHead> group_at(ByteView bytes) {
  ByteReader in(bytes);
  if (as_text(in.take(4)) != group_magic) return std::nullopt;
  GroupHead head;
  head.length = in.u32();
  head.number = in.u64();
  head.crc = in.u32();
  const ByteView payload = in.take(head.length);
  if (!in.ok() || head.length == 0 || group_crc(head, payload) != head.crc) return std::nullopt;
  return head;
}

Error journal_error(Error error) {
  if (error.remedy == Remedy::retry) {
    error.code = "journal.full";
  } else {
    error.code = "journal.io";
    error.remedy = Remedy::stop;
  }
  return error;
}

}  // namespace

struct FileJournal::State {
  fs::path directory;
  CountId count;
  Options options;

  // Written under the lock by the writer thread, after the fsync.
  std::mutex mutex;
  std::vector<std::vector<RecordPlace>> places;  // By partition and position.
  std::vector<std::shared_ptr<Descriptor>> files;

  struct Waiting {
    std::uint16_t partition;
    Bytes record;
    Done done;
  };
  std::condition_variable arrived;
  std::deque<Waiting> waiting;
  std::size_t waiting_bytes = 0;
  bool stopping = false;
  std::optional<Error> broken;  // Set once, never cleared.

  // The writer thread's own.
  std::vector<Position> next;
  std::uint64_t group_number = 1;
  std::uint64_t end_offset = 0;
  std::thread writer;

  [[nodiscard]] fs::path path(std::size_t file) const {
    return directory / fmt::format("{:08}.journal", file + 1);
  }

  Result<void> start_file() {
    const fs::path at = path(files.size());
    Bytes head;
    ByteWriter out(head);
    out.raw(file_magic);
    out.u8(1);
    out.raw(ByteView(count.bytes));
    if (auto written = write_file(at, head, 0600); !written) return written;
    auto file = open_file(at, O_RDWR);
    if (!file) return std::unexpected(file.error());
    const std::scoped_lock lock(mutex);
    files.push_back(std::make_shared<Descriptor>(std::move(*file)));
    end_offset = file_head_bytes;
    return {};
  }

  Result<void> load();
  Result<void> load_file(std::size_t number, bool last);
  Result<void> make_durable(const Descriptor& file, const fs::path& at, ByteView last_group,
                            std::size_t offset);
  void write_groups();
  bool write_one_group();
  Result<void> write_group(std::vector<Waiting>& group, std::vector<RecordPlace>& at);
};

Result<void> FileJournal::State::load_file(std::size_t number, bool last) {
  const fs::path at = path(number);
  auto text = read_file(at, own_file_bytes_max);
  if (!text) return std::unexpected(journal_error(text.error()));
  const ByteView bytes = as_bytes(*text);
  if (bytes.size() < file_head_bytes || as_text(bytes.first(4)) != file_magic || bytes[4] != 1) {
    return fail(Remedy::stop, "journal.corrupt", at.string() + " does not begin like a journal");
  }
  if (!std::equal(count.bytes.begin(), count.bytes.end(), bytes.begin() + 5)) {
    return fail(Remedy::reject, "count.other", at.string() + " belongs to another count");
  }
  std::size_t offset = file_head_bytes, last_group = file_head_bytes;
  while (offset < bytes.size()) {
    const auto head = group_at(bytes.subspan(offset));
    if (!head || head->number != group_number) break;
    ByteReader in(bytes.subspan(offset + group_head_bytes, head->length));
    std::size_t inside = offset + group_head_bytes;
    while (in.left() > 0) {
      const std::uint16_t partition = in.u16();
      const Position position = in.u64();
      const std::uint32_t length = in.u32();
      (void)in.take(length);
      if (!in.ok() || partition >= places.size() || position != places[partition].size()) {
        return fail(Remedy::stop, "journal.corrupt",
                    fmt::format("{}: group {} has a good checksum and bad content", at.string(),
                                group_number));
      }
      places[partition].push_back(
          {static_cast<std::uint32_t>(number), length, inside + item_head_bytes});
      inside += item_head_bytes + length;
    }
    last_group = offset;
    offset += group_head_bytes + head->length;
    ++group_number;
  }
  auto file = open_file(at, options.read_only ? O_RDONLY : O_RDWR);
  if (!file) return std::unexpected(journal_error(file.error()));
  if (offset < bytes.size()) {
    // Not the end of what was acknowledged if any sound later group stands behind.
    bool damage = !last;
    for (std::size_t look = offset; !damage && look + group_head_bytes <= bytes.size(); ++look) {
      if (std::memcmp(bytes.data() + look, group_magic.data(), group_magic.size()) != 0) continue;
      const auto later = group_at(bytes.subspan(look));
      damage = later && later->number > group_number;
    }
    if (damage) {
      return fail(Remedy::stop, "journal.corrupt",
                  fmt::format("{}: group {} at byte {} is damaged, and acknowledged records stand "
                              "behind it; restore the file from a copy before going on",
                              at.string(), group_number, offset));
    }
    if (!options.read_only) {
      if (auto cut = cut_file(*file, offset, at); !cut) {
        return std::unexpected(journal_error(cut.error()));
      }
    }
  }
  if (last && !options.read_only) {
    const ByteView group = bytes.subspan(last_group, offset - last_group);
    if (auto kept = make_durable(*file, at, group, last_group); !kept) {
      return std::unexpected(journal_error(kept.error()));
    }
  }
  files.push_back(std::make_shared<Descriptor>(std::move(*file)));
  end_offset = offset;
  return {};
}

// What was read will be counted, and must not be lost afterwards. A process that was killed before
// its fsync has left its last group, and perhaps the names, where the next process can read them
// and a power loss takes them. The group is written again, for after an fsync that failed the
// system takes its pages for written.
Result<void> FileJournal::State::make_durable(const Descriptor& file, const fs::path& at,
                                              ByteView last_group, std::size_t offset) {
  if (auto written = write_at(file, last_group, offset, at); !written) return written;
  if (auto synced = sync_data(file, at); !synced) return synced;
  return sync_folder(directory);
}

Result<void> FileJournal::State::load() {
  if (!options.read_only) {
    auto ready = make_folders(directory, 0700);
    // It may have been there, made by a process that was killed before its name was on the disk.
    if (ready) ready = sync_folder(directory.has_parent_path() ? directory.parent_path() : ".");
    if (!ready) return std::unexpected(journal_error(ready.error()));
  }
  auto names = list_folder(directory);
  if (!names && options.read_only && names.error().code == Code("file.missing")) {
    names.emplace();  // Nothing was recorded yet, and who only reads makes no folder.
  }
  if (!names) return std::unexpected(journal_error(names.error()));
  std::size_t found = 0;
  while (std::ranges::find(*names, path(found).filename().string()) != names->end()) ++found;
  for (std::size_t i = 0; i < found; ++i) {
    if (auto loaded = load_file(i, i + 1 == found); !loaded) return loaded;
  }
  if (found == 0 && !options.read_only) {
    if (auto started = start_file(); !started) {
      return std::unexpected(journal_error(started.error()));
    }
  }
  next.resize(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) next[i] = places[i].size();
  return {};
}

Result<void> FileJournal::State::write_group(std::vector<Waiting>& group,
                                             std::vector<RecordPlace>& at) {
  if (end_offset >= options.file_bytes_max) {
    if (auto started = start_file(); !started) {
      return std::unexpected(journal_error(started.error()));
    }
  }
  const auto file_number = static_cast<std::uint32_t>(files.size() - 1);
  std::size_t size = 0;
  for (const Waiting& item : group) size += item_head_bytes + item.record.size();
  Bytes payload;
  payload.reserve(size);  // Megabytes: growing would copy them a second time.
  ByteWriter out(payload);
  std::vector<Position> positions = next;
  for (const Waiting& item : group) {
    out.u16(item.partition);
    out.u64(positions[item.partition]++);
    out.u32(static_cast<std::uint32_t>(item.record.size()));
    at.push_back({file_number, static_cast<std::uint32_t>(item.record.size()),
                  end_offset + group_head_bytes + payload.size()});
    out.raw(item.record);
  }
  GroupHead head{static_cast<std::uint32_t>(payload.size()), group_number, 0};
  head.crc = group_crc(head, payload);
  Bytes group_head;
  ByteWriter head_out(group_head);
  head_out.raw(group_magic);
  head_out.u32(head.length);
  head_out.u64(head.number);
  head_out.u32(head.crc);

  const Descriptor& file = *files.back();
  const fs::path name = path(file_number);
  fail_point("journal.before_write");
  auto written = write_at(file, payload, end_offset + group_head_bytes, name);
  fail_point("journal.before_head");
  if (written) written = write_at(file, group_head, end_offset, name);
  if (!written) {
    // Nothing of it may stay: the next group has the same number and place.
    if (!cut_file(file, end_offset, name)) {
      return fail(Remedy::stop, "journal.io", "cannot cut off a group that was not written whole");
    }
    return std::unexpected(journal_error(written.error()));
  }
  fail_point("journal.before_sync");
  if (auto synced = sync_data(file, name); !synced) {
    // Not even a full disk is excuse enough here: what the file holds now is unknown.
    Error error = synced.error();
    error.remedy = Remedy::stop;
    error.code = "journal.io";
    return std::unexpected(error);
  }
  fail_point("journal.after_sync");
  end_offset += group_head_bytes + payload.size();
  ++group_number;
  next = std::move(positions);
  return {};
}

bool FileJournal::State::write_one_group() {
  std::vector<Waiting> group;
  std::optional<Error> told;
  {
    const std::scoped_lock lock(mutex);
    std::size_t bytes = 0;
    while (!waiting.empty() && (group.empty() || bytes < options.group_bytes_max)) {
      bytes += waiting.front().record.size();
      group.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
    waiting_bytes -= bytes;
    told = broken;
  }
  if (group.empty()) return false;
  std::vector<RecordPlace> at;
  std::vector<Position> first = next;
  if (!told) {
    if (auto written = write_group(group, at); !written) told = written.error();
  }
  {
    const std::scoped_lock lock(mutex);
    if (told && told->remedy == Remedy::stop) broken = told;
    if (!told) {
      for (std::size_t i = 0; i < group.size(); ++i) places[group[i].partition].push_back(at[i]);
    }
  }
  for (const Waiting& item : group) {
    if (told) {
      item.done(std::unexpected(*told));
    } else {
      item.done(first[item.partition]++);
    }
  }
  return true;
}

void FileJournal::State::write_groups() {
  for (;;) {
    {
      std::unique_lock lock(mutex);
      arrived.wait(lock, [&] { return stopping || !waiting.empty(); });
      if (waiting.empty()) return;
    }
    write_one_group();
  }
}

Result<std::unique_ptr<FileJournal>> FileJournal::open(const fs::path& directory,
                                                       const CountFile& count) {
  return open(directory, count, Options());
}

Result<std::unique_ptr<FileJournal>> FileJournal::open(const fs::path& directory,
                                                       const CountFile& count, Options options) {
  if (const auto why = read_file(directory / retired_name); why) {
    return fail(Remedy::reject, "journal.retired", directory.string() + ": " + *why);
  }
  for (int attempt = 1;; ++attempt) {
    auto state = std::make_unique<State>();
    state->directory = directory;
    state->count = count.id;
    state->options = options;
    state->places.resize(count.partitions);
    auto loaded = state->load();
    if (loaded) return std::unique_ptr<FileJournal>(new FileJournal(std::move(state)));
    // Read while another process writes: the middle of a file may be older than its end.
    const bool again =
        options.read_only && loaded.error().code == Code("journal.corrupt") && attempt < 3;
    if (!again) return std::unexpected(loaded.error());
  }
}

// The note first: a journal that is partly gone must not look like one that is.
Result<void> FileJournal::retire(const fs::path& directory, std::string_view because) {
  if (!fs::exists(directory / retired_name)) {
    if (auto noted = write_file(directory / retired_name, as_bytes(because)); !noted) {
      return std::unexpected(journal_error(noted.error()));
    }
  }
  fail_point("journal.retire_noted");
  const auto names = list_folder(directory);
  if (!names) return std::unexpected(journal_error(names.error()));
  for (const std::string& name : *names) {
    if (name == retired_name) continue;
    std::error_code wrong;
    fs::remove(directory / name, wrong);
    if (wrong) {
      return fail(Remedy::stop, "journal.io", (directory / name).string() + ": " + wrong.message());
    }
  }
  if (auto synced = sync_folder(directory); !synced) {
    return std::unexpected(journal_error(synced.error()));
  }
  return {};
}

FileJournal::FileJournal(std::unique_ptr<State> state) : state_(std::move(state)) {
  if (state_->options.own_thread) {
    state_->writer = std::thread([this] { state_->write_groups(); });
  }
}

FileJournal::~FileJournal() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stopping = true;
  }
  state_->arrived.notify_all();
  if (state_->writer.joinable()) {
    state_->writer.join();
  } else {
    while (state_->write_one_group()) {
    }
  }
}

bool FileJournal::write_one_group() {
  check(!state_->options.own_thread, "one writes the groups: the journal's thread or its host");
  return state_->write_one_group();
}

void FileJournal::append(std::uint16_t partition, Bytes record, Done done) {
  check(partition < state_->places.size(), "a record goes to a partition of the count");
  check(!record.empty(), "a record is not empty");
  check(!state_->options.read_only, "nothing is appended to a journal that is only looked at");
  std::optional<Error> refused;
  std::unique_lock lock(state_->mutex);
  if (state_->broken) {
    refused = state_->broken;
  } else if (state_->stopping) {
    refused = Error{Remedy::retry, "journal.busy", "the journal is closing"};
  } else if (state_->waiting_bytes + record.size() > state_->options.waiting_bytes_max &&
             !state_->waiting.empty()) {
    refused = Error{Remedy::retry, "journal.busy", "too much waits for the disk; send it again"};
  }
  if (refused) {
    lock.unlock();
    done(std::unexpected(*refused));
    return;
  }
  state_->waiting_bytes += record.size();
  state_->waiting.push_back({partition, std::move(record), std::move(done)});
  lock.unlock();
  state_->arrived.notify_one();
}

Result<std::vector<JournalRecord>> FileJournal::read(std::uint16_t partition, Position from,
                                                     std::size_t bytes_max) {
  std::vector<std::pair<RecordPlace, std::shared_ptr<Descriptor>>> wanted;
  {
    const std::scoped_lock lock(state_->mutex);
    const auto& places = state_->places.at(partition);
    std::size_t bytes = 0;
    for (Position at = from; at < places.size(); ++at) {
      bytes += places[at].length;
      if (!wanted.empty() && bytes > bytes_max) break;
      wanted.emplace_back(places[at], state_->files[places[at].file]);
    }
  }
  std::vector<JournalRecord> records;
  records.reserve(wanted.size());
  for (const auto& [place, file] : wanted) {
    JournalRecord& record = records.emplace_back();
    record.position = from++;
    record.bytes.resize(place.length);
    if (auto read = read_at(*file, record.bytes, place.offset, state_->path(place.file)); !read) {
      return std::unexpected(journal_error(read.error()));
    }
  }
  return records;
}

Result<Position> FileJournal::end(std::uint16_t partition) {
  const std::scoped_lock lock(state_->mutex);
  return state_->places.at(partition).size();
}

}  // namespace teller
