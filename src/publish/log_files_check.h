// Whether the public log (log_files.h) is what store and segments give, file by file: each tile and bundle
// that its checkpoint leads to is there with the bytes that are made anew here, partial tiles of an earlier
// size are the beginning of the later ones, and nothing else lies in the folder.
//
// What lies beyond the checkpoint is looked at by nobody: a process that follows the log writes it first and
// moves the checkpoint last. So it may run beside one. A checkpoint that was set back is true, and is said to
// be behind. Reads all segments; changes nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "election/count_file.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

struct LogFilesCheck {
  std::uint64_t compared = 0;      // Files.
  std::uint64_t behind = 0;        // Statements of the store that are not under the checkpoint.
  std::vector<std::string> wrong;  // Each names a file; at most 100.
  std::string unread;              // Why the tiles were not compared: store or segments are wrong.
};

// Errors: those of the store.
[[nodiscard]] Result<LogFilesCheck> check_log_files(const std::filesystem::path& folder,
                                                    const CountFile& count, Store& store,
                                                    Segments& segments);
// What is no difference: "2 statements behind"; mostly empty.
[[nodiscard]] std::string in_words(const LogFilesCheck& check);

}  // namespace teller
