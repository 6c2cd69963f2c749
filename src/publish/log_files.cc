#include "publish/log_files.h"

#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/fail_point.h"
#include "base/file.h"
#include "log/merkle.h"
#include "log/proof.h"
#include "log/segment.h"
#include "publish/export.h"
#include "publish/note.h"

namespace teller {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t statements_at_once = 500;

std::uint64_t leaves(const Statement& statement) {
  std::uint64_t sum = 0;
  for (const auto& partition : statement.partitions) sum += partition.committed.log_size;
  return sum;
}

std::unexpected<Error> log_broken(const std::string& what) {
  return fail(Remedy::stop, "log.broken", what + "; teller verify says what is wrong");
}

}  // namespace

// Bytes that are there already are the same ones, so a tile is written in its place: whoever reads
// it meanwhile reads what he would have read before.
TileBuilder::File LogFiles::into(const fs::path& log) const {
  return [log](const std::string& path, ByteView bytes) -> Result<void> {
    const fs::path file = log / path;
    if (auto made = make_folders(file.parent_path()); !made) return made;
    {
      auto opened = open_file(file, O_WRONLY | O_CREAT, 0644);
      if (!opened) return std::unexpected(opened.error());
      if (auto done = write_at(*opened, bytes, 0, file); !done) return done;
      if (auto done = cut_file(*opened, bytes.size(), file); !done) return done;
    }
    std::error_code ignored;  // What is left is in nobody's way.
    if (path.find(".p/") == std::string::npos) fs::remove_all(file.string() + ".p", ignored);
    return {};
  };
}

LogFiles::Logs LogFiles::nothing() {
  Logs logs{.tiles = TileBuilder(into(folder_))};
  for (std::uint16_t i = 0; i < count_->partitions; ++i) {
    logs.partitions.emplace_back(into(folder_ / exported::partition_folder(i)));
  }
  return logs;
}

Result<void> LogFiles::leads_to(const fs::path& log, std::uint64_t size, const Hash& root) const {
  TileReader reader(log, size);
  const auto there = root_of(size, reader.nodes());
  if (!there) return std::unexpected(there.error());
  if (*there != root) return log_broken(log.string() + " does not lead to the stated root");
  return {};
}

Result<Statement> LogFiles::statement_of(const StatementRow& row) const {
  auto statement = parse_statement(as_text(row.bytes));
  if (!statement || statement->partitions.size() != count_->partitions) {
    return log_broken(fmt::format("statement {} is unreadable", row.number));
  }
  return statement;
}

// Nothing if the folder is empty, or if what it has is damaged: then it is made anew.
Result<std::optional<LogFiles::Logs>> LogFiles::what_is_there() {
  const auto note = read_file(folder_ / "checkpoint");
  if (!note && note.error().code == Code("file.missing")) return std::nullopt;
  if (!note) return std::unexpected(note.error());
  const auto checkpoint = open_checkpoint(*note, count_->public_key);
  if (!checkpoint || checkpoint->size == 0) {
    return fail(Remedy::reject, "count.other",
                (folder_ / "checkpoint").string() +
                    " is not signed by the key of this count; move the folder away");
  }

  const auto rows = store_->statements(checkpoint->size - 1, 1);
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty() || rows->front().number != checkpoint->size - 1 ||
      rows->front().checkpoint != *note) {
    return fail(Remedy::stop, "log.rollback",
                fmt::format("{} speaks of {} statements, and the store does not go on from them: "
                            "an older copy of the store was restored; run teller recover",
                            (folder_ / "checkpoint").string(), checkpoint->size));
  }
  auto last = statement_of(rows->front());
  if (!last) return std::unexpected(last.error());
  if (!leads_to(folder_, checkpoint->size, checkpoint->root)) return std::nullopt;
  auto tiles = TileBuilder::resume(folder_, checkpoint->size, true, into(folder_));
  if (!tiles) return std::nullopt;
  if (auto done = remove_edges_beyond(folder_, checkpoint->size, true); !done) {
    return std::unexpected(done.error());
  }
  Logs logs{.statements = checkpoint->size, .tiles = std::move(*tiles)};
  for (const Statement::Partition& stated : last->partitions) {
    const fs::path log = folder_ / exported::partition_folder(stated.partition);
    const std::uint64_t size = stated.committed.log_size;
    if (!leads_to(log, size, stated.committed.root)) return std::nullopt;
    auto votes = TileBuilder::resume(log, size, false, into(log));
    if (!votes) return std::nullopt;
    if (auto done = remove_edges_beyond(log, size, false); !done) {
      return std::unexpected(done.error());
    }
    logs.partitions.push_back(std::move(*votes));
  }
  logs.last = std::move(*last);
  return logs;
}

Result<LogFiles::Logs> LogFiles::begin() {
  auto there = what_is_there();
  if (!there) return std::unexpected(there.error());
  if (*there) return std::move(**there);
  // What may be damaged is not left beside what is right; and first of all nobody is led to it.
  for (const char* part : {"checkpoint", "tile", "partitions"}) {
    std::error_code wrong;
    fs::remove_all(folder_ / part, wrong);
    if (wrong) return fail(Remedy::stop, "file.io", (folder_ / part).string() + wrong.message());
  }
  return nothing();
}

// The leaves of all steps of the commits in (after, that of the last statement]. False: stopped.
Result<bool> LogFiles::add_votes(Logs& logs, std::uint64_t after,
                                 const std::function<bool()>& stop) {
  const auto steps = store_->steps(after, logs.last->commit);
  if (!steps) return std::unexpected(steps.error());
  for (const StepRow& row : *steps) {
    if (stop && stop()) return false;
    const auto bytes = segments_->get(row.partition, row.number, row.segment);
    if (!bytes) return std::unexpected(bytes.error());
    const auto segment = decode_segment(*bytes, count_->id);
    if (!segment) return std::unexpected(segment.error());
    TileBuilder& log = logs.partitions.at(row.partition);
    for (const Hash& hash : segment->hashes) {
      if (auto added = log.append(hash); !added) return std::unexpected(added.error());
    }
  }
  return true;
}

// The statements that follow, until one of them goes far enough: at least one, if there is one.
// Gives the note over them; it is empty when there is none.
Result<std::string> LogFiles::add_statements(Logs& logs) {
  const std::uint64_t had = logs.last ? leaves(*logs.last) : 0;
  const auto rows = store_->statements(logs.statements, statements_at_once);
  if (!rows) return std::unexpected(rows.error());
  std::string note;
  for (const StatementRow& row : *rows) {
    if (row.number != logs.statements) {
      return log_broken(fmt::format("statement {} is missing", logs.statements));
    }
    auto statement = statement_of(row);
    if (!statement) return std::unexpected(statement.error());
    if (auto added = logs.tiles.append(row.bytes, leaf_hash(row.bytes)); !added) {
      return std::unexpected(added.error());
    }
    ++logs.statements;
    logs.last = std::move(*statement);
    note = row.checkpoint;
    if (leaves(*logs.last) - had >= leaves_at_once_) break;
  }
  return note;
}

// One way from checkpoint to checkpoint. False: there was none to go, or it was stopped.
Result<bool> LogFiles::go_on(Logs& logs, const std::function<bool()>& stop) {
  const std::uint64_t after = logs.last ? logs.last->commit : 0;
  const auto checkpoint = add_statements(logs);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  if (checkpoint->empty()) return false;

  const auto added = add_votes(logs, after, stop);
  if (!added) return std::unexpected(added.error());
  if (!*added) return false;
  if (auto done = logs.tiles.write_edge(); !done) return std::unexpected(done.error());
  for (TileBuilder& log : logs.partitions) {
    if (auto done = log.write_edge(); !done) return std::unexpected(done.error());
  }

  const auto said = open_checkpoint(*checkpoint, count_->public_key);
  if (!said || said->size != logs.statements) {
    return log_broken(fmt::format("the checkpoint over {} statements is not one", logs.statements));
  }
  if (auto right = leads_to(folder_, said->size, said->root); !right) {
    return std::unexpected(right.error());
  }
  for (const Statement::Partition& stated : logs.last->partitions) {
    const auto right = leads_to(folder_ / exported::partition_folder(stated.partition),
                                stated.committed.log_size, stated.committed.root);
    if (!right) return std::unexpected(right.error());
  }
  if (auto synced = sync_file_system(folder_); !synced) return std::unexpected(synced.error());
  fail_point("log_files.before_checkpoint");
  if (auto done = write_file(folder_ / "checkpoint", as_bytes(*checkpoint)); !done) {
    return std::unexpected(done.error());
  }
  return true;
}

Result<std::uint64_t> LogFiles::catch_up(const std::function<bool()>& stop) {
  if (!logs_) {
    auto begun = begin();
    if (!begun) return std::unexpected(begun.error());
    logs_ = std::move(*begun);
  }
  for (;;) {
    const std::uint64_t stated = logs_->statements;
    const auto went_on = go_on(*logs_, stop);
    if (went_on && *went_on) continue;
    // It is between two checkpoints.
    if (!went_on || logs_->statements != stated) logs_.reset();
    if (!went_on) return std::unexpected(went_on.error());
    return stated;
  }
}

}  // namespace teller
