#include "home/home_store.h"

#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/file.h"
#include "log/segments_directory.h"
#include "publish/sink_static_files.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Files in a folder and below; 0 when it is not there.
std::size_t files_in(const fs::path& folder) {
  std::size_t files = 0;
  std::error_code wrong;
  for (fs::recursive_directory_iterator at(folder, wrong), end; !wrong && at != end;
       at.increment(wrong)) {
    if (at->is_regular_file()) ++files;
  }
  return files;
}

std::string what_else(const HomeFolder& home) {
  return fmt::format("{} segment(s), {} file(s) of the journal and {} published file(s)",
                     files_in(home.segments()), files_in(home.journal()),
                     files_in(home.published()));
}

constexpr std::size_t mark_bytes_max = 4096;

constexpr std::string_view what_to_do =
    "; run `teller recover`, or restore a backup, before anything is read or counted";

// Statements lie there as statement-0, statement-1, …; one is in the store before it is written.
Result<void> not_behind_statements(Store& store, const fs::path& published) {
  for (;;) {
    const auto last = store.last_statement();
    if (!last) return std::unexpected(last.error());
    const std::uint64_t stated = *last ? (*last)->number + 1 : 0;
    if (!is_there(published / fmt::format("statement-{}", stated))) return {};
    const auto again = store.last_statement();
    if (!again) return std::unexpected(again.error());
    if (*again && (*again)->number + 1 > stated) continue;  // Somebody published meanwhile.
    return fail(Remedy::stop, "log.rollback",
                fmt::format("statement {} is published in {}, the store knows only {}{}", stated,
                            published.string(), stated, what_to_do));
  }
}

Result<void> not_behind_audit(const HomeFolder& home, Store& store, const fs::path& published) {
  const auto note = read_file(published / "audit-checkpoint");
  if (!note) return {};
  // One that is not ours says nothing here; `audit verify` holds it against the lines.
  const auto signed_of = open_checkpoint(*note, home.count.public_key);
  if (!signed_of) return {};
  const auto last = store.last_audit();
  if (!last) return std::unexpected(last.error());
  const std::uint64_t lines = *last ? (*last)->number + 1 : 0;
  if (lines >= signed_of->size) return {};
  return fail(Remedy::stop, "store.behind",
              fmt::format("{} audit lines are signed in {}, the store has {}{}", signed_of->size,
                          published.string(), lines, what_to_do));
}

// A step may be in the log and not committed; none can be two steps ahead.
Result<void> not_behind_segments(Store& store, Segments& segments) {
  const auto rows = store.partitions();
  if (!rows) return std::unexpected(rows.error());
  for (const PartitionRow& row : *rows) {
    for (std::uint64_t at = row.committed.number;;) {
      const auto ahead = segments.list(row.partition, at + 2);
      if (!ahead) return std::unexpected(ahead.error());
      if (ahead->empty()) break;
      const auto again = store.partitions();
      if (!again) return std::unexpected(again.error());
      const std::uint64_t now = again->at(row.partition).committed.number;
      if (now > at) {
        at = now;
        continue;
      }
      return fail(Remedy::stop, "store.behind",
                  fmt::format("{} is in the log, the store knows only {} step(s) of it{}",
                              segment_name(row.partition, at + 2), at, what_to_do));
    }
  }
  return {};
}

}  // namespace

bool was_counted_in(const HomeFolder& home) {
  return files_in(home.segments()) > 0 || files_in(home.journal()) > 0 ||
         files_in(home.published()) > 0;
}

bool is_only_begun(const HomeFolder& home) {
  if (was_counted_in(home)) return false;
  if (!is_there(home.store())) return true;
  const auto store = SqliteStore::open_file(home.store(), true);
  if (!store) return false;
  if (const auto right = (*store)->open(home.count); !right) {
    return right.error().code == Code("count.none");
  }
  const auto first = (*store)->last_audit();
  return first && !*first;
}

Result<void> check_private(const HomeFolder& home) {
  struct stat info{};
  struct statvfs system{};
  if (::stat(home.path.c_str(), &info) != 0) return std::unexpected(file_error(home.path, "stat"));
  if ((info.st_mode & 077) == 0) return {};
  if (::statvfs(home.path.c_str(), &system) == 0 && (system.f_flag & ST_RDONLY) != 0) return {};
  return fail(
      Remedy::reject, "home.open_to_others",
      fmt::format("{} has the rights {:o}: others can read the journal and the votes in it; "
                  "chmod 700 it, and think about who has read it",
                  home.path.string(), info.st_mode & 0777));
}

Result<std::unique_ptr<SqliteStore>> open_home_store(const HomeFolder& home, StoreUse use) {
  if (auto own = check_private(home); !own) return std::unexpected(own.error());
  const bool there = is_there(home.store());
  if (!there && !was_counted_in(home)) {
    return fail(Remedy::reject, "count.none",
                fmt::format("nothing has been counted in {} yet: there is no store.sqlite; "
                            "`teller init` was interrupted, run it again",
                            home.path.string()));
  }
  const auto lost = [&](std::string_view how) {
    return fail(Remedy::reject, "store.missing",
                fmt::format("{} {}, and beside it are {}{}", home.store().string(), how,
                            what_else(home), what_to_do));
  };
  if (!there) return lost("is gone");
  auto store = SqliteStore::open_file(home.store(), use == StoreUse::look);
  if (!store) return store;
  if (auto right = (*store)->open(home.count); !right) {
    if (right.error().code == Code("count.none")) return lost("holds no count");
    return std::unexpected(right.error());
  }
  return store;
}

Result<void> check_not_behind(const HomeFolder& home, Store& store, const fs::path& published,
                              Segments* segments) {
  if (auto good = not_behind_statements(store, published); !good) return good;
  if (auto good = not_behind_audit(home, store, published); !good) return good;
  return segments == nullptr ? Result<void>() : not_behind_segments(store, *segments);
}

Result<SecondPlace> look_at_second_place(const HomeFolder& home) {
  if (home.also_published.empty()) return SecondPlace::none;
  const fs::path mark = home.also_published / second_place_file;
  const auto left = read_file(mark, mark_bytes_max);
  if (left && *left == second_place_text(home.count)) return SecondPlace::there;
  if (left) {
    return fail(
        Remedy::reject, "home.second_place",
        fmt::format(
            "{} is not as the count {} left it: the second place is another count's, or damaged",
            mark.string(), home.count.id.hex()));
  }
  // An older program left no mark.
  return is_there(home.also_published / "head.json") ? SecondPlace::there : SecondPlace::away;
}

std::string is_away(const HomeFolder& home) {
  return fmt::format(
      "{} is where statements are published too, and what was published is not there",
      home.also_published.string());
}

Result<void> settle_second_place(HomeFolder& home, const fs::path& wanted) {
  fs::path place = wanted.empty() ? home.also_published : fs::absolute(wanted).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();  // "DIR/"
  if (place == home.also_published) {
    const auto there = look_at_second_place(home);
    if (!there) return std::unexpected(there.error());
    if (*there != SecondPlace::away) return {};
    return fail(Remedy::reject, "home.second_place",
                is_away(home) + ": mount it, or name another with --also-publish");
  }
  if (const auto inside = place.lexically_relative(fs::absolute(home.path).lexically_normal());
      !inside.empty() && *inside.begin() != "..") {
    return fail(
        Remedy::reject, "home.second_place",
        fmt::format("{} is in the home: a copy of the home sets it back too", place.string()));
  }
  if (auto made = make_folders(place); !made) return made;
  // The mark first: a home that names a place without one would call it away.
  HomeFolder there;
  there.count = home.count;
  there.also_published = place;
  if (const auto ours = look_at_second_place(there); !ours) return std::unexpected(ours.error());
  auto marked =
      write_file(place / second_place_file, as_bytes(second_place_text(home.count)), 0644);
  if (!marked) return marked;
  home.also_published = place;
  return write_file(home.path / "also-published", as_bytes(place.string() + "\n"), 0600);
}

Result<void> check_not_behind(const HomeFolder& home, Store& store, StoreUse use) {
  DirectorySegments segments(home.segments());
  // Without audit lines that were signed it is counted and stated all the same: the publisher says
  // audit.corrupt, and signs that log no more.
  for (const fs::path& place : {home.published(), home.also_published}) {
    if (place.empty()) continue;
    auto same = not_behind_statements(store, place);
    if (same && use == StoreUse::look) same = not_behind_audit(home, store, place);
    if (!same) return same;
  }
  if (auto same = not_behind_segments(store, segments); !same) return same;
  // Of a count of nothing only a process that counts may have segments: its first commit is near,
  // or its journal makes them again.
  const auto head = store.head();
  if (!head) return std::unexpected(head.error());
  if (head->commit > 0 || files_in(home.segments()) == 0) return {};
  if (use == StoreUse::count && files_in(home.journal()) > 0) return {};
  if (use == StoreUse::look) {
    const auto lock = lock_folder(home.path);
    if (!lock && lock.error().code == Code("home.locked")) return {};
    // Whoever had it may have committed before he let it go.
    const auto again = store.head();
    if (!again) return std::unexpected(again.error());
    if (again->commit > 0) return {};
  }
  return fail(Remedy::stop, "store.behind",
              fmt::format("the store has counted nothing, and beside it are {}; if a first start "
                          "was interrupted, `teller serve` goes on from the journal. Otherwise the "
                          "store was replaced{}",
                          what_else(home), what_to_do));
}

}  // namespace teller
