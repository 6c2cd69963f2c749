// The export: a count's log as a folder of files, for whoever wants to check it without us. Layout
// and meaning are in schema/export.md.
//
//   count.json  rules.json  presentation.json   as the home has them
//   steps.txt                                   the lists of steps that the statements signed
//   statements/   checkpoint, tile/…            the log of statements (C2SP tlog-tiles)
//   partitions/0000/ tile/…                     the log of votes of each partition
//   totals.csv                                  what the store says, if nothing newer is in it
//
// All of it is as of the last statement. The folder is there whole or not at all.
//
// If the process dies here: a folder DIR.new-… is left, which nobody reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/error.h"
#include "election/count_file.h"
#include "election/rules.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

struct ExportWanted {
  // False: hash tiles and statements only, for everybody. Entry bundles and totals.csv are for
  // those who may recount.
  bool entries = true;
  std::function<void(std::uint64_t, std::uint64_t)> progress;  // (steps done, in all); or empty.
};

struct Exported {
  std::uint64_t statements = 0, steps = 0, leaves = 0, files = 0;
  std::uint64_t commit = 0;
  bool totals = false;  // totals.csv is there.
};

// `presentation` is the bytes of the presentation that the last statement names.
// Errors: reject export.exists, export.unstated (no statement was made yet), export.presentation;
// stop export.broken (store and segments do not belong together: run teller verify); those of
// store, segments and files.
[[nodiscard]] Result<Exported> write_export(const std::filesystem::path& folder, const Rules& rules,
                                            const CountFile& count, std::string_view presentation,
                                            Store& store, Segments& segments,
                                            const ExportWanted& wanted = {});

namespace exported {
// The parts of the layout that writer and readers share.
[[nodiscard]] std::string partition_folder(std::uint16_t partition);  // "partitions/0003"
// steps.txt: "statement N" and its list, for each statement in order.
[[nodiscard]] std::string steps_heading(std::uint64_t statement);
// totals.csv of these rows, which are in ascending order.
[[nodiscard]] std::string totals_csv(const Rules& rules, const std::vector<TotalRow>& totals);
}  // namespace exported

}  // namespace teller
