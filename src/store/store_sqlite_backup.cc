#include "store/store_sqlite_backup.h"

#include <memory>

#include <fcntl.h>
#include <sqlite3.h>

#include "base/file.h"

namespace teller {
namespace {

struct Closes {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Connection = std::unique_ptr<sqlite3, Closes>;

Result<Connection> open(const std::filesystem::path& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection connection(raw);
  if (code == SQLITE_OK) return connection;
  return fail(code == SQLITE_CANTOPEN ? Remedy::reject : Remedy::stop,
              code == SQLITE_CANTOPEN ? Code("file.missing") : Code("store.io"),
              path.string() + ": " + sqlite3_errmsg(raw));
}

}  // namespace

Result<void> back_up_sqlite(const std::filesystem::path& from, const std::filesystem::path& to) {
  // Made by us and by nobody else, and for nobody else.
  if (auto made = open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0600); !made) {
    return std::unexpected(made.error());
  }
  const auto source = open(from, SQLITE_OPEN_READONLY);
  if (!source) return std::unexpected(source.error());
  const auto target = open(to, SQLITE_OPEN_READWRITE);
  if (!target) return std::unexpected(target.error());
  sqlite3_busy_timeout(source->get(), 10'000);
  sqlite3_backup* backup = sqlite3_backup_init(target->get(), "main", source->get(), "main");
  int code = SQLITE_ERROR;
  if (backup != nullptr) {
    // All pages in one step: one reading transaction, which in a WAL keeps no writer waiting.
    code = sqlite3_backup_step(backup, -1);
    const int finished = sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE) code = finished;
  }
  if (code != SQLITE_OK) {
    const bool passes = (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED ||
                        (code & 0xFF) == SQLITE_FULL;
    return fail(passes ? Remedy::retry : Remedy::stop,
                passes ? Code("store.unavailable") : Code("store.io"),
                from.string() + " cannot be copied: " + sqlite3_errmsg(target->get()));
  }
  // One file and no -wal beside it.
  char* words = nullptr;
  if (sqlite3_exec(target->get(), "pragma journal_mode = delete", nullptr, nullptr, &words) !=
      SQLITE_OK) {
    const std::string why = words == nullptr ? "error" : words;
    sqlite3_free(words);
    return fail(Remedy::stop, "store.io", to.string() + ": " + why);
  }
  const auto file = open_file(to, O_RDWR);
  if (!file) return std::unexpected(file.error());
  return sync_data(*file, to);
}

}  // namespace teller
