#include "publish/export.h"

#include <map>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/csv_text.h"
#include "base/file.h"
#include "log/merkle.h"
#include "log/segment.h"
#include "log/tiles.h"
#include "publish/current_totals.h"
#include "publish/statement.h"
#include "store/each_statement.h"

namespace teller {

namespace fs = std::filesystem;

namespace exported {

std::string partition_folder(std::uint16_t partition) {
  return fmt::format("partitions/{:04}", partition);
}

std::string steps_heading(std::uint64_t statement) {
  return fmt::format("statement {}\n", statement);
}

std::string totals_csv(const Rules& rules, const std::vector<TotalRow>& totals) {
  std::string text = "contest,column,unit,method,known,value\n";
  for (const TotalRow& row : totals) {
    const bool withheld = row.total.withheld > 0;
    if (!withheld && row.total.value == 0) continue;
    const bool whole = row.key.contest == whole_unit;
    if (!whole) text += csv_text(rules.contest(row.key.contest).id);
    text += ',';
    text += csv_text(whole ? slot::name(row.key.slot)
                           : column_id(rules, row.key.contest, row.key.slot));
    text += ',';
    text += csv_text(rules.units.at(row.key.unit.value).id);
    text += ',';
    text += csv_text(rules.methods.at(row.key.method.value).id);
    text += withheld ? ",withheld," : ",number,";
    if (!withheld) text += std::to_string(row.total.value);
    text += '\n';
  }
  return text;
}

}  // namespace exported

namespace {

// Files that nobody waits for one by one: all of them are on the disk at the end.
class Folder {
 public:
  explicit Folder(fs::path path) : path_(std::move(path)) {}

  Result<void> write(const std::string& name, ByteView bytes) {
    const fs::path file = path_ / name;
    if (const fs::path parent = file.parent_path(); parent != last_parent_) {
      std::error_code wrong;
      fs::create_directories(parent, wrong);
      if (wrong) return fail(Remedy::stop, "file.io", parent.string() + ": " + wrong.message());
      last_parent_ = parent;
    }
    auto opened = open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (!opened) return std::unexpected(opened.error());
    ++files;
    return write_at(*opened, bytes, 0, file);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }
  std::uint64_t files = 0;

 private:
  fs::path path_;
  fs::path last_parent_;
};

// A log of its own below `prefix`.
TileBuilder builder(Folder& folder, std::string prefix) {
  return TileBuilder([&folder, prefix = std::move(prefix)](const std::string& path,
                                                           ByteView bytes) -> Result<void> {
    return folder.write(prefix + "/" + path, bytes);
  });
}

std::unexpected<Error> export_broken(const std::string& what) {
  return fail(Remedy::stop, "export.broken", what + "; teller verify says what is wrong");
}

class Exporter {
 public:
  Exporter(Folder& folder, const Rules& rules, const CountFile& count, Store& store,
           Segments& segments, const ExportWanted& wanted)
      : folder_(folder),
        rules_(rules),
        count_(count),
        store_(store),
        segments_(segments),
        wanted_(wanted) {}

  Exported result;

  // The log of statements and the lists of steps.
  Result<Statement> statements() {
    TileBuilder tiles = builder(folder_, "statements");
    std::string steps;
    std::string checkpoint;
    std::optional<Statement> last;
    auto read = for_each_statement(store_, 0, [&](const StatementRow& row) -> Result<void> {
      auto statement = parse_statement(as_text(row.bytes));
      if (row.number != tiles.size() || !statement) {
        return export_broken(fmt::format("statement {} is missing or unreadable", tiles.size()));
      }
      const auto list = store_.steps(last ? last->commit : 0, statement->commit);
      if (!list) return std::unexpected(list.error());
      steps += exported::steps_heading(row.number) + to_text(*list);
      if (auto added = tiles.append(row.bytes, leaf_hash(row.bytes)); !added) return added;
      checkpoint = row.checkpoint;
      last = std::move(*statement);
      return {};
    });
    if (!read) return std::unexpected(read.error());
    if (!last) {
      return fail(Remedy::reject, "export.unstated",
                  "no statement was made yet, so there is nothing to check an export against");
    }
    result.statements = tiles.size();
    result.commit = last->commit;
    if (auto done = tiles.write_edge(); !done) return std::unexpected(done.error());
    for (const auto& [name, text] :
         {std::pair<const char*, const std::string&>{"statements/checkpoint", checkpoint},
          {"steps.txt", steps}}) {
      if (auto done = folder_.write(name, as_bytes(text)); !done) {
        return std::unexpected(done.error());
      }
    }
    return *last;
  }

  // The log of votes, partition by partition, so that one is in memory at a time.
  Result<void> partitions(const Statement& last) {
    const auto rows = store_.steps(0, last.commit);
    if (!rows) return std::unexpected(rows.error());
    auto row = rows->begin();
    for (const Statement::Partition& stated : last.partitions) {
      TileBuilder tiles = builder(folder_, exported::partition_folder(stated.partition));
      for (; row != rows->end() && row->partition == stated.partition; ++row) {
        if (wanted_.progress) wanted_.progress(result.steps, rows->size());
        ++result.steps;
        const auto bytes = segments_.get(row->partition, row->number, row->segment);
        if (!bytes) return std::unexpected(bytes.error());
        const auto segment = decode_segment(*bytes, count_.id);
        if (!segment) return std::unexpected(segment.error());
        for (std::size_t i = 0; i < segment->leaves.size(); ++i) {
          const Hash& hash = segment->hashes[i];
          auto added =
              wanted_.entries ? tiles.append(segment->leaves[i], hash) : tiles.append(hash);
          if (!added) return added;
        }
      }
      if (tiles.size() != stated.committed.log_size) {
        return export_broken(fmt::format("partition {} has {} leaves, and the statement says {}",
                                         stated.partition, tiles.size(),
                                         stated.committed.log_size));
      }
      if (auto done = tiles.write_edge(); !done) return done;
      result.leaves += tiles.size();
    }
    if (wanted_.progress) wanted_.progress(rows->size(), rows->size());
    return {};
  }

  Result<void> totals() {
    if (!wanted_.entries) return {};
    const auto snapshot = store_.snapshot();
    if (!snapshot) return std::unexpected(snapshot.error());
    if (snapshot->head.commit != result.commit) return {};
    result.totals = true;
    return folder_.write("totals.csv", as_bytes(exported::totals_csv(rules_, snapshot->totals)));
  }

 private:
  Folder& folder_;
  const Rules& rules_;
  const CountFile& count_;
  Store& store_;
  Segments& segments_;
  const ExportWanted& wanted_;
};

}  // namespace

Result<Exported> write_export(const fs::path& folder, const Rules& rules, const CountFile& count,
                              std::string_view presentation, Store& store, Segments& segments,
                              const ExportWanted& wanted) {
  std::error_code wrong;
  const bool there = fs::exists(folder, wrong);
  if (there && !(fs::is_directory(folder, wrong) && fs::is_empty(folder, wrong))) {
    return fail(Remedy::reject, "export.exists",
                folder.string() +
                    " is there already; an export is never written over: choose "
                    "another folder");
  }
  fs::path temporary = folder;
  if (!temporary.has_filename()) temporary = temporary.parent_path();
  const fs::path target = temporary;
  temporary += fmt::format(".new-{}", ::getpid());
  if (auto made = make_folders(temporary); !made) return std::unexpected(made.error());

  Folder files(temporary);
  Exporter exporter(files, rules, count, store, segments, wanted);
  const auto write_all = [&]() -> Result<void> {
    const auto last = exporter.statements();
    if (!last) return std::unexpected(last.error());
    if (last->presentation != sha256(as_bytes(presentation))) {
      return fail(Remedy::reject, "export.presentation",
                  "presentation.json is not the one that the last statement names");
    }
    for (const auto& [name, bytes] :
         {std::pair<const char*, std::string_view>{"count.json", count.bytes},
          {"rules.json", rules.bytes()},
          {"presentation.json", presentation}}) {
      if (auto done = files.write(name, as_bytes(bytes)); !done) return done;
    }
    if (auto done = exporter.partitions(*last); !done) return done;
    if (auto done = exporter.totals(); !done) return done;
    if (auto done = sync_file_system(temporary); !done) return done;
    if (there) fs::remove(target, wrong);
    if (::rename(temporary.c_str(), target.c_str()) != 0) {
      return std::unexpected(file_error(target, "rename"));
    }
    return sync_folder(target.has_parent_path() ? target.parent_path() : ".");
  };
  if (auto done = write_all(); !done) {
    fs::remove_all(temporary, wrong);
    return std::unexpected(done.error());
  }
  exporter.result.files = files.files;
  return exporter.result;
}

}  // namespace teller
