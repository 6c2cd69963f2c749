#include "verify/evidence_export.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/file.h"
#include "election/presentation.h"
#include "log/merkle.h"
#include "log/segment.h"
#include "publish/export.h"
#include "publish/statement.h"
#include "verify/verify.h"

namespace teller {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view entries_prefix = "tile/entries/";
// Of steps.txt: some three million steps.
constexpr std::uint64_t steps_bytes_max = std::uint64_t{1} << 29;

// The number behind the last one in a file of a log's lowest row, by its name below that row.
std::optional<std::uint64_t> end_of_tile(std::string_view path) {
  std::uint64_t number = 0;
  std::size_t width = tile_width;
  if (const std::size_t partial = path.find(".p/"); partial != std::string_view::npos) {
    const std::string_view digits = path.substr(partial + 3);
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), width);
    if (bad != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    path = path.substr(0, partial);
  }
  for (const char c : path) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    } else if (c != 'x' && c != '/') {
      return std::nullopt;
    }
  }
  return number * tile_width + width;
}

// Files below `folder`, as paths relative to it.
Result<std::vector<std::string>> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code wrong;
  for (fs::recursive_directory_iterator at(folder, wrong), end; !wrong && at != end;
       at.increment(wrong)) {
    if (!at->is_directory()) files.push_back(fs::relative(at->path(), folder).generic_string());
  }
  if (wrong && wrong != std::errc::no_such_file_or_directory) {
    return fail(Remedy::stop, "file.io", folder.string() + ": " + wrong.message());
  }
  return files;
}

// How long a log is, by the names of its lowest files: no content has to be believed for that.
std::uint64_t size_of_log(const fs::path& folder) {
  std::uint64_t size = 0;
  for (const std::string_view rows : {entries_prefix, std::string_view("tile/0/")}) {
    const auto files = files_below(folder / rows);
    if (!files) continue;
    for (const std::string& file : *files) {
      if (const auto end = end_of_tile(file)) size = std::max(size, *end);
    }
    if (size > 0) break;
  }
  return size;
}

}  // namespace

ExportedStatements find_statements(const fs::path& folder) {
  ExportedStatements found;
  found.size = size_of_log(folder / "statements");
  if (found.size == 0) return found;
  TileReader tiles(folder / "statements", found.size);
  const auto bytes = tiles.entry(found.size - 1);
  if (!bytes) return found;
  const auto hash = tiles.node(0, found.size - 1);
  found.last_has_its_hash = hash && *hash == leaf_hash(*bytes);
  if (auto statement = parse_statement(as_text(*bytes))) found.last = std::move(*statement);
  return found;
}

ExportEvidence::ExportEvidence(fs::path folder, const Rules& rules, const CountFile& count,
                               std::uint64_t statements)
    : folder_(std::move(folder)),
      rules_(&rules),
      count_(&count),
      statements_(folder_ / "statements", statements) {
  bool any = false;
  for (std::uint16_t i = 0; i < count.partitions; ++i) {
    const std::string prefix = exported::partition_folder(i);
    Log& log = partitions_.emplace_back(folder_ / prefix, size_of_log(folder_ / prefix));
    log.again.emplace(holding_against(prefix));
    any = any || fs::exists(folder_ / prefix / entries_prefix);
  }
  entries_ = any || leaves() == 0;
  for (const char* name : {"count.json", "rules.json", "presentation.json", "steps.txt",
                           "totals.csv", "statements/checkpoint"}) {
    known_.insert(name);
  }

  auto text = read_file(folder_ / "steps.txt", steps_bytes_max);
  if (!text) {
    steps_wrong_ = "steps.txt: " + text.error().detail;
    return;
  }
  steps_text_ = std::move(*text);
  std::string_view rest = steps_text_;
  for (std::uint64_t number = 0; !rest.empty(); ++number) {
    const std::string heading = exported::steps_heading(number);
    if (!rest.starts_with(heading)) {
      steps_wrong_ = fmt::format("steps.txt: the list of statement {} is not there", number);
      return;
    }
    rest.remove_prefix(heading.size());
    std::size_t end = 0;
    while (end < rest.size() && !rest.substr(end).starts_with("statement ")) {
      end = std::min(rest.find('\n', end), rest.size() - 1) + 1;
    }
    step_lists_.push_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
}

std::uint64_t ExportEvidence::leaves() const {
  std::uint64_t sum = 0;
  for (const Log& log : partitions_) sum += log.tiles.size();
  return sum;
}

Result<std::vector<StatementRow>> ExportEvidence::statements(std::uint64_t first,
                                                             std::uint64_t limit) {
  std::vector<StatementRow> rows;
  const std::uint64_t size = statements_.tiles.size();
  for (std::uint64_t number = first; number < size && rows.size() < limit; ++number) {
    const auto bytes = statements_.tiles.entry(number);
    if (!bytes) return std::unexpected(bytes.error());
    StatementRow& row = rows.emplace_back();
    row.number = number;
    row.bytes.assign(bytes->begin(), bytes->end());
    if (const auto statement = parse_statement(as_text(row.bytes))) row.commit = statement->commit;
    if (number + 1 == size) {
      const auto checkpoint = read_file(folder_ / "statements/checkpoint");
      row.checkpoint = checkpoint ? *checkpoint : "missing";
    }
  }
  return rows;
}

Result<std::vector<StepRow>> ExportEvidence::steps(std::uint64_t statement, std::uint64_t,
                                                   std::uint64_t) {
  const auto wrong = [&](std::string what) {
    return fail(Remedy::reject, "export.steps", std::move(what));
  };
  if (steps_wrong_) return wrong(*steps_wrong_);
  if (statement >= step_lists_.size()) {
    return wrong(fmt::format("steps.txt: the list of statement {} is missing", statement));
  }
  auto rows = parse_steps(step_lists_[statement]);
  if (!rows) {
    return wrong(
        fmt::format("steps.txt: the list of statement {}: {}", statement, rows.error().detail));
  }
  return rows;
}

Result<std::vector<StepRow>> ExportEvidence::unstated(std::uint64_t) {
  return std::vector<StepRow>{};
}

Result<Bytes> ExportEvidence::segment(const StepRow& step, const Committed& before) {
  if (!entries_) {
    return fail(Remedy::reject, "segments.withheld", "this export has no entries");
  }
  Log& log = partitions_.at(step.partition);
  const auto broken = [&](Code code, std::string what) {
    log.whole = false;
    return fail(Remedy::reject, code, std::move(what));
  };
  if (step.log_size > log.tiles.size()) {
    return broken("segments.missing", "the exported entries do not reach so far");
  }
  // Entries point into a bundle only until the next one is read: one buffer for the step.
  Bytes buffer;
  std::vector<std::size_t> ends;
  for (std::uint64_t i = before.log_size; i < step.log_size; ++i) {
    const auto entry = log.tiles.entry(i);
    if (!entry) {
      if (entry.error().code == Code("tile.missing")) {
        return broken("segments.missing", entry.error().detail);
      }
      if (entry.error().code == Code("tile.invalid")) {
        return broken("segments.corrupt", entry.error().detail);
      }
      return std::unexpected(entry.error());
    }
    buffer.insert(buffer.end(), entry->begin(), entry->end());
    ends.push_back(buffer.size());
  }
  std::vector<ByteView> leaves;
  leaves.reserve(ends.size());
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    leaves.push_back(ByteView(buffer).subspan(begin, end - begin));
    begin = end;
  }
  Bytes bytes = encode_segment({.count = count_->id,
                                .partition = step.partition,
                                .number = step.number,
                                .first_leaf = before.log_size,
                                .leaves = static_cast<std::uint32_t>(leaves.size()),
                                .root_before = before.root,
                                .root_after = step.root},
                               leaves);
  if (sha256(bytes) != step.segment) {
    return broken(
        "segments.corrupt",
        fmt::format(
            "the entries {} to {} of {} do not make the segment that the list of steps names",
            before.log_size, step.log_size, exported::partition_folder(step.partition)));
  }
  if (log.whole) {
    for (const ByteView leaf : leaves) {
      if (auto added = log.again->append(leaf, leaf_hash(leaf)); !added) {
        return std::unexpected(added.error());
      }
    }
  }
  return bytes;
}

TileBuilder ExportEvidence::holding_against(const std::string& prefix) {
  return TileBuilder([this, prefix](const std::string& path, ByteView bytes) -> Result<void> {
    const std::string name = prefix + "/" + path;
    known_.insert(name);
    const auto there = read_file(folder_ / name, tile_bytes_max);
    if (!there && there.error().code != Code("file.missing")) return std::unexpected(there.error());
    if (!there) {
      tiles_wrong_.push_back(name + " is missing");
    } else if (as_text(bytes) != *there) {
      tiles_wrong_.push_back(name + " is not the tile that the entries give");
    }
    return {};
  });
}

// Without entries: the lowest tiles are the leaves.
void ExportEvidence::compare_hashes_only(Log& log, const std::string& prefix, const Hash& root,
                                         Findings& findings) {
  TileBuilder again([this, prefix](const std::string& path, ByteView bytes) -> Result<void> {
    const std::string name = prefix + "/" + path;
    known_.insert(name);
    const auto there = read_file(folder_ / name, tile_bytes_max);
    if (!there || as_text(bytes) != *there) {
      tiles_wrong_.push_back(name + " is not the tile that the tiles below it give");
    }
    return {};
  });
  CompactRange tree;
  for (std::uint64_t i = 0; i < log.tiles.size(); ++i) {
    const auto hash = log.tiles.node(0, i);
    if (!hash) {
      findings.found(Check::tiles, hash.error().detail);
      return;
    }
    tree.append(*hash);
    if (!again.append(*hash)) return;
  }
  if (!again.write_edge()) return;
  if (tree.root() != root) {
    findings.found(Check::tiles, prefix + ": its tiles do not give the stated root");
  }
}

void ExportEvidence::compare_totals(const Counted& counted, Findings& findings) const {
  const fs::path file = folder_ / "totals.csv";
  std::error_code none;
  if (!fs::exists(file, none)) return findings.not_here(Check::totals);
  if (!counted.complete) return findings.open(Check::totals);
  const std::string again = exported::totals_csv(*rules_, counted.totals);
  const auto there = read_file(file, again.size());
  if (!there) return findings.found(Check::totals, there.error().detail);
  const auto [here, other] = std::ranges::mismatch(again, *there);
  if (here == again.end() && other == there->end()) return;
  findings.found(Check::totals,
                 fmt::format("totals.csv differs from the count done again in line {}",
                             1 + std::ranges::count(again.begin(), here, '\n')));
}

Result<void> ExportEvidence::compare(const Counted& counted, Findings& findings) {
  findings.not_here(Check::outcomes);
  findings.not_here(Check::definition);
  std::vector<std::string> skipped;  // Logs whose files cannot be known.

  if (counted.authentic) {
    TileBuilder again = holding_against("statements");
    for (std::uint64_t i = 0; i < statements_.tiles.size(); ++i) {
      const auto entry = statements_.tiles.entry(i);
      if (!entry) return std::unexpected(entry.error());
      if (auto added = again.append(*entry, leaf_hash(*entry)); !added) return added;
    }
    if (auto done = again.write_edge(); !done) return done;
  } else {
    findings.open(Check::tiles);
    skipped.push_back("statements/");
  }
  for (std::uint16_t i = 0; i < partitions_.size(); ++i) {
    Log& log = partitions_[i];
    const std::string prefix = exported::partition_folder(i);
    if (!entries_ && counted.authentic && counted.last) {
      compare_hashes_only(log, prefix, counted.last->partitions.at(i).committed.root, findings);
    } else if (entries_ && log.whole && log.again->size() == log.tiles.size()) {
      if (auto done = log.again->write_edge(); !done) return done;
    } else {
      findings.open(Check::tiles);
      skipped.push_back(prefix + "/");
    }
  }
  for (std::string& what : tiles_wrong_) findings.found(Check::tiles, std::move(what));

  compare_totals(counted, findings);
  if (counted.authentic && counted.last) {
    const auto presentation =
        read_file(folder_ / "presentation.json", Presentation::file_bytes_max);
    if (!presentation) {
      findings.found(Check::presentation, presentation.error().detail);
    } else if (sha256(as_bytes(*presentation)) != counted.last->presentation) {
      findings.found(Check::presentation,
                     "presentation.json is not the one that the last statement names");
    }
  }
  if (!skipped.empty()) findings.open(Check::files);
  return compare_files(skipped, findings);
}

// Nothing else lies there: no file, no folder that holds none of the export's, and no link, behind
// which anything could lie tomorrow.
Result<void> ExportEvidence::compare_files(const std::vector<std::string>& skipped,
                                           Findings& findings) {
  std::error_code wrong;
  for (fs::recursive_directory_iterator at(folder_, wrong), end; !wrong && at != end;
       at.increment(wrong)) {
    const fs::file_status status = at->symlink_status();
    const bool folder = fs::is_directory(status);
    std::string name = at->path().lexically_relative(folder_).generic_string();
    if (folder) name += "/";
    if (std::ranges::any_of(skipped, [&](const std::string& prefix) {
          return name.starts_with(prefix) || (folder && prefix.starts_with(name));
        })) {
      continue;
    }
    if (!folder && !fs::is_regular_file(status)) {
      findings.found(Check::files, name + " is no plain file");
      continue;
    }
    const auto known = known_.lower_bound(name);
    if (known == known_.end() || !(folder ? known->starts_with(name) : *known == name)) {
      findings.found(Check::files, name + " does not belong to an export");
      if (folder) at.disable_recursion_pending();
    }
  }
  if (wrong) return fail(Remedy::stop, "file.io", folder_.string() + ": " + wrong.message());
  return {};
}

Result<Verification> verify_export(const fs::path& folder, std::string_view key,
                                   const VerifyProgress& progress) {
  const auto definition_wrong = [](std::string what) {
    Verification result;
    result.findings.found(Check::statement_of_this_count, std::move(what));
    for (int check = 1; check <= checks; ++check) result.findings.open(static_cast<Check>(check));
    return result;
  };
  std::error_code ignored;
  if (!fs::exists(folder / "statements", ignored)) {
    return fail(Remedy::reject, "export.none",
                folder.string() + " holds no export; make one with: teller log export DIR");
  }
  const ExportedStatements statements = find_statements(folder);
  const auto count_text = read_file(folder / "count.json", CountFile::file_bytes_max);
  if (!count_text) return definition_wrong(count_text.error().detail);
  // A statement that is as it was exported and names another count file: that file is the wrong
  // one. A statement that is not will be found by its checkpoint.
  if (statements.last && statements.last_has_its_hash &&
      statements.last->count_file != sha256(as_bytes(*count_text))) {
    return definition_wrong("count.json is not the file that the statements name");
  }
  const auto count = CountFile::parse(*count_text, "count.json");
  if (!count) return definition_wrong(count.error().detail);
  const auto rules_text = read_file(folder / "rules.json", Rules::file_bytes_max);
  if (!rules_text) return definition_wrong(rules_text.error().detail);
  if (sha256(as_bytes(*rules_text)) != count->rules) {
    return definition_wrong("rules.json is not the file that count.json names");
  }
  const auto rules = Rules::parse(*rules_text, "rules.json");
  if (!rules) return definition_wrong(rules.error().detail);

  ExportEvidence evidence(folder, *rules, *count, statements.size);
  auto result = verify(*rules, *count, evidence, progress);
  if (result && !key.empty() && key != count->public_key) {
    result->findings.found(
        Check::checkpoint_signed,
        "count.json names another key than the one that was given: " + count->public_key);
  }
  return result;
}

}  // namespace teller
