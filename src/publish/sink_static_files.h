// The sink for everybody with a web server: a folder of plain files.
//
//   head.json      what is counted, as of which commit; written last
//   options.json   votes by contest and option
//   totals.json, totals.csv   every total by contest, column, unit and method
//   statement-N    the signed statements, byte by byte
//   steps-N        the list of steps that statement N signed (schema/entry.md): what recovery
//                  replays; written before the statement
//   checkpoint     the signed note over all statements up to the last
//   audit-checkpoint   the signed note over the audit log, whose lines are not here: whoever
//                  keeps a copy can tell later that none was changed or taken away
//   zero-report-N  signed before anything was counted; `teller zero` puts it there, N is the number
//                  of its audit line
//   second-place   in the second place of a home alone, which home/home_store.h puts there
//
// Always true: a file is replaced as a whole, is on the disk before the next is written, and says
// its mode, status and commit itself, so that a copy that has lost its neighbours still does.
//
// If the process dies here: some files are of the newer commit and say so, head.json is of the
// older; the next publication writes all of them.
//
// Called by the publisher's thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "publish/current_totals.h"
#include "publish/sink.h"
#include "publish/statement.h"

namespace teller {

// Left in a second place when it is named, and so before anything is published: what is not mounted
// has none.
inline constexpr std::string_view second_place_file = "second-place";
[[nodiscard]] std::string second_place_text(const CountFile& count);

class StaticFilesSink final : public Sink {
 public:
  // `rules` and `count` outlive the sink; the folder is made when it is first needed.
  StaticFilesSink(std::filesystem::path folder, const Rules& rules, const CountFile& count);

  // Whether somebody may write into the folder while it is read back; true unless this says otherwise.
  void expect_writer(bool writer) { writer_ = writer; }

  [[nodiscard]] Result<Cursor> cursor() override;
  [[nodiscard]] Result<void> publish(const Publication& publication) override;
  [[nodiscard]] Result<ReadBack> read_back(bool totals) override;

 private:
  class FilesReader;
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<void> write(const std::string& name, std::string_view text) const;
  [[nodiscard]] std::string options_json(const Head& head) const;
  struct Totals {
    std::string json, csv;
  };
  [[nodiscard]] Totals totals(const Head& head) const;
  // Whether what lies there is what was written, byte by byte (sink_static_files_check.cc): what is
  // not is added to `found.wrong`.
  void check_written(ReadBack& found) const;
  void check_statements(ReadBack& found) const;
  void check_head(const Statement& last, ReadBack& found) const;
  void check_names(ReadBack& found) const;
  [[nodiscard]] std::uint64_t statements_signed() const;
  void check_figures(ReadBack& found) const;

  std::filesystem::path folder_;
  const Rules* rules_;
  const CountFile* count_;
  CurrentTotals totals_;
  bool writer_ = true;
  bool prepared_ = false;
  bool told_ = false;            // Everything, once, and all of it is written.
  std::uint64_t published_ = 0;  // Commit and statements that readers have.
  std::uint64_t statements_ = 0;
  std::uint64_t audit_ = 0;  // Lines under the audit checkpoint that this object has written.
};

}  // namespace teller
