#include "gateway/loader.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "gateway/sheet_versions.h"
#include "intake/accept.h"
#include "tables/reader.h"

namespace teller {

namespace {

constexpr std::size_t batch_bytes_max = std::size_t{256} << 20;

// The bytes of a file with a look ahead.
class LoadedBytes {
 public:
  explicit LoadedBytes(Reader reader) : reader_(std::move(reader)) {}

  // Makes at least `bytes` visible, or all there is.
  Result<std::string_view> see(std::size_t bytes) {
    if (at_ > 0 && buffer_.size() - at_ < bytes) {
      buffer_.erase(0, at_);
      at_ = 0;
    }
    while (!ended_ && buffer_.size() - at_ < bytes) {
      const std::size_t before = buffer_.size();
      buffer_.resize(before + std::max<std::size_t>(block_, bytes - (before - at_)));
      const auto read = reader_.read({buffer_.data() + before, buffer_.size() - before});
      buffer_.resize(before + (read ? *read : 0));
      if (!read) return std::unexpected(read.error());
      ended_ = *read == 0;
    }
    return std::string_view(buffer_).substr(at_);
  }
  std::string take(std::size_t bytes) {
    std::string taken = buffer_.substr(at_, bytes);
    at_ += bytes;
    return taken;
  }
  [[nodiscard]] const Reader& reader() const { return reader_; }

 private:
  static constexpr std::size_t block_ = 256U << 10;
  Reader reader_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

struct Job {
  EntryBody body;
  std::string file;
  std::uint64_t index_before = 0, lines_before = 0;  // In the file, before this body.
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0, of = 0;  // For the progress: where in the file this body ends.
};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

struct Loader::State {
  State(EntrySender& given_sender, LoadOptions given_options)
      : sender(&given_sender), options(std::move(given_options)) {
    const unsigned threads = std::max(1U, options.in_flight);
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
  }
  ~State() {
    {
      const std::scoped_lock lock(mutex);
      closed = true;
      jobs.clear();
    }
    changed.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return closed || !jobs.empty(); });
      if (jobs.empty()) return;
      const Job job = std::move(jobs.front());
      jobs.pop_front();
      ++working;
      lock.unlock();
      auto sent = sender->send(job.body);
      lock.lock();
      --working;
      if (sent) {
        note(job, *sent);
      } else if (!error) {
        error = during(job.file, std::move(sent.error()));
        jobs.clear();
      }
      changed.notify_all();
    }
  }

  void note(const Job& job, const Sent& sent) {
    const EntriesAnswer& answer = sent.answer;
    summary.add(sent, job.entries);
    records.insert(records.end(), answer.records.begin(), answer.records.end());
    if (options.on_refused) say_refused(job, answer);
    if (options.on_progress) options.on_progress(summary, job.bytes, job.of);
  }

  void say_refused(const Job& job, const EntriesAnswer& answer) const {
    if (!answer.error_code.empty()) {
      const std::string place =
          answer.error_line > 0
              ? fmt::format("{}:{}", job.file, job.lines_before + answer.error_line)
              : fmt::format("{}, the body that begins with entry {}", job.file, job.index_before);
      options.on_refused(place, {job.index_before, 0, answer.error_code, answer.error_detail});
      return;
    }
    for (const RefusedEntry& entry : answer.refused) {
      const std::string place =
          entry.line > 0 ? fmt::format("{}:{}", job.file, job.lines_before + entry.line)
                         : fmt::format("{}, entry {}", job.file, job.index_before + entry.index);
      options.on_refused(place, entry);
    }
  }

  Result<void> check_versions(const Job& job) {
    if (options.any_version) return {};
    const auto jump = versions.look(job.body.format, job.body.bytes);
    if (!jump) return {};
    const std::string place =
        jump->line > 0 ? fmt::format("{}:{}", job.file, job.lines_before + jump->line)
                       : fmt::format("{}, entry {}", job.file, job.index_before + jump->index);
    return fail(
        Remedy::reject, "load.version_jump",
        fmt::format("{}: a sheet of version {}, and of that sheet version {} is the highest "
                    "that is known here",
                    place, jump->version, jump->known));
  }

  // Waits for room; an error of the workers ends the file.
  Result<void> push(Job job) {
    if (auto good = check_versions(job); !good) return good;
    std::unique_lock lock(mutex);
    // Each worker has one in flight and one to go on with.
    changed.wait(lock, [this] { return error || jobs.size() + working < 2 * workers.size(); });
    if (error) return std::unexpected(*error);
    if (options.stop && options.stop())
      return fail(Remedy::stop, "load.gave_up", "it was interrupted");
    jobs.push_back(std::move(job));
    changed.notify_all();
    return {};
  }

  Result<void> packed(LoadedBytes& source, Job job);
  Result<void> packed_anew(const std::string& bytes, Job& job);
  Result<void> add(BatchWriter& batch, ByteView entry, bool is_last, Job& job);
  Result<void> lines(LoadedBytes& source, Job job);
  Result<void> whole(LoadedBytes& source, Job job);

  EntrySender* const sender;
  const LoadOptions options;
  SheetVersions versions;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;
  std::size_t working = 0;
  bool closed = false;
  std::optional<Error> error;  // The first one of the sender.
  LoadSummary summary;
  std::vector<RecordPlace> records;
  std::vector<std::thread> workers;
};

void LoadSummary::add(const Sent& sent, std::uint64_t of_body) {
  const EntriesAnswer& answer = sent.answer;
  sent_again += sent.sent_again;
  unknown_resolved += sent.unknown_resolved;
  if (!answer.error_code.empty()) {
    ++bodies_refused;
    entries += of_body;
    ++refused[answer.error_code];
    return;
  }
  entries += answer.recorded + answer.refused_total;
  recorded += answer.recorded;
  refused_total += answer.refused_total;
  for (const RefusedEntry& entry : answer.refused) ++refused[entry.code];
  if (answer.refused_total > answer.refused.size()) {
    refused["(not listed)"] += answer.refused_total - answer.refused.size();
  }
}

Loader::Loader(EntrySender& sender, LoadOptions options)
    : state_(std::make_unique<State>(sender, std::move(options))) {}
Loader::~Loader() = default;

Result<void> Loader::file(const std::string& path) {
  auto reader = Reader::open(path);
  if (!reader) return std::unexpected(std::move(reader.error()));
  LoadedBytes source(std::move(*reader));
  Job job;
  job.file = path == "-" ? "standard input" : path;
  job.body.batch = state_->options.batch;

  auto format = state_->options.format;
  if (!format) {
    const auto begin = source.see(4096);
    if (!begin) return std::unexpected(begin.error());
    if (begin->empty()) return {};
    const std::size_t first = begin->find_first_not_of(" \t\r\n");
    if (begin->starts_with("TBAT"))
      format = BodyFormat::packed;
    else if (first != std::string_view::npos && (*begin)[first] == '[')
      format = BodyFormat::json;
    else if (first != std::string_view::npos && (*begin)[first] == '{')
      format = BodyFormat::ndjson;
    else
      return fail(Remedy::reject, "load.format_unknown",
                  job.file + ": neither packed batches (TBAT), nor lines of JSON, nor a JSON list");
  }
  job.body.format = *format;
  switch (*format) {
    case BodyFormat::packed:
      return state_->packed(source, std::move(job));
    case BodyFormat::ndjson:
      return state_->lines(source, std::move(job));
    case BodyFormat::json:
      break;
  }
  return state_->whole(source, std::move(job));
}

Result<void> Loader::State::packed(LoadedBytes& source, Job job) {
  while (true) {
    auto seen = source.see(batch_head_bytes);
    if (!seen) return std::unexpected(seen.error());
    if (seen->empty()) return {};
    const auto cut_off = [&] {
      return fail(Remedy::reject, "load.truncated",
                  fmt::format("{}: the batch that begins with entry {} is not all there", job.file,
                              job.index_before));
    };
    if (seen->size() < batch_head_bytes) return cut_off();
    if (!seen->starts_with("TBAT"))
      return fail(
          Remedy::reject, "batch.invalid",
          fmt::format("{}: what follows entry {} is not a packed batch (it begins with TBAT)",
                      job.file, job.index_before));
    std::uint32_t n;
    std::memcpy(&n, seen->data() + batch_head_bytes - 4, sizeof n);
    std::size_t size = batch_head_bytes;
    for (std::uint32_t i = 0; i < n; ++i) {
      if (seen->size() < size + 2) seen = source.see(size + 2);
      if (!seen) return std::unexpected(seen.error());
      if (seen->size() < size + 2) return cut_off();
      std::uint16_t length;
      std::memcpy(&length, seen->data() + size, sizeof length);
      size += 2U + length;
      if (size > batch_bytes_max)
        return fail(Remedy::reject, "load.body_too_large",
                    fmt::format("{}: one packed batch is larger than {} MiB", job.file,
                                batch_bytes_max >> 20));
    }
    size += batch_crc_bytes;
    if (seen = source.see(size); !seen) return std::unexpected(seen.error());
    if (seen->size() < size) return cut_off();

    job.bytes = source.reader().file_bytes_read();
    job.of = source.reader().file_bytes();
    std::string bytes = source.take(size);
    if (size > options.body_bytes_max) {
      if (auto anew = packed_anew(bytes, job); !anew) return anew;
      continue;
    }
    job.entries = n;
    Job one = job;
    one.body.bytes = std::move(bytes);
    if (auto pushed = push(std::move(one)); !pushed) return pushed;
    job.index_before += n;
  }
}

// A batch that is too large for one request, in several. Its checksum is looked at before that.
Result<void> Loader::State::packed_anew(const std::string& bytes, Job& job) {
  const ByteView all = as_bytes(bytes);
  ByteReader crc(all.last(batch_crc_bytes));
  if (crc.u32() != crc32c(all.first(all.size() - batch_crc_bytes)))
    return fail(Remedy::reject, "batch.checksum",
                fmt::format("{}: the batch that begins with entry {} is damaged", job.file,
                            job.index_before));
  ByteReader in(all.first(all.size() - batch_crc_bytes).subspan(4 + 1));
  CountId count;
  count.bytes = in.array<16>();
  const std::uint32_t n = in.u32();
  BatchWriter writer(count);
  for (std::uint32_t i = 0; i < n; ++i) {
    if (auto added = add(writer, in.take(in.u16()), i + 1 == n, job); !added) return added;
  }
  return {};
}

// Sends what is in `batch` once it is as large as a body should be, or the last of it is in.
Result<void> Loader::State::add(BatchWriter& batch, ByteView entry, bool is_last, Job& job) {
  batch.add(entry);
  if (batch.bytes() < options.body_bytes && !is_last) return {};
  job.entries = batch.size();
  Job one = job;
  one.body.bytes = as_text(batch.finish());
  if (auto pushed = push(std::move(one)); !pushed) return pushed;
  job.index_before += job.entries;
  return {};
}

Result<void> Loader::entries(const CountId& count, std::span<const Bytes> entries,
                             const std::string& name) {
  Job job;
  job.file = name;
  job.body.format = BodyFormat::packed;
  job.body.batch = state_->options.batch;
  BatchWriter batch(count);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (auto added = state_->add(batch, entries[i], i + 1 == entries.size(), job); !added) {
      return added;
    }
  }
  return {};
}

Result<void> Loader::State::lines(LoadedBytes& source, Job job) {
  while (true) {
    std::size_t wanted = options.body_bytes;
    std::size_t size = 0;
    while (true) {
      const auto seen = source.see(wanted);
      if (!seen) return std::unexpected(seen.error());
      if (seen->empty()) return {};
      if (seen->size() < wanted) {
        size = seen->size();  // The last of it, with or without a line end.
        break;
      }
      const std::size_t end = seen->substr(0, wanted).rfind('\n');
      if (end != std::string_view::npos) {
        size = end + 1;
        break;
      }
      if (wanted >= options.body_bytes_max)
        return fail(Remedy::reject, "load.line_too_long",
                    fmt::format("{}:{}: a line is longer than {} bytes", job.file,
                                job.lines_before + 1, wanted));
      wanted = std::min(wanted * 2, options.body_bytes_max);
    }
    job.bytes = source.reader().file_bytes_read();
    job.of = source.reader().file_bytes();
    Job one = job;
    one.body.bytes = source.take(size);
    std::uint64_t line_count = 0;
    for (std::string_view rest = one.body.bytes; !rest.empty(); ++line_count) {
      const std::size_t end = rest.find('\n');
      if (!is_blank(rest.substr(0, end))) ++one.entries;
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    job.index_before += one.entries;
    job.lines_before += line_count;
    if (one.entries == 0) continue;
    if (auto pushed = push(std::move(one)); !pushed) return pushed;
  }
}

Result<void> Loader::State::whole(LoadedBytes& source, Job job) {
  const auto seen = source.see(options.body_bytes_max + 1);
  if (!seen) return std::unexpected(seen.error());
  if (seen->size() > options.body_bytes_max)
    return fail(
        Remedy::reject, "load.body_too_large",
        fmt::format("{}: a JSON list of more than {} MiB; one object a line (NDJSON) has no limit",
                    job.file, options.body_bytes_max >> 20));
  job.bytes = source.reader().file_bytes_read();
  job.of = source.reader().file_bytes();
  job.body.bytes = source.take(seen->size());
  return push(std::move(job));
}

Result<void> Loader::finish() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->jobs.empty() && state_->working == 0; });
  if (state_->error) return std::unexpected(*state_->error);
  return {};
}

LoadSummary Loader::summary() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->summary;
}

std::vector<RecordPlace> Loader::take_records() {
  const std::scoped_lock lock(state_->mutex);
  return std::exchange(state_->records, {});
}

}  // namespace teller
