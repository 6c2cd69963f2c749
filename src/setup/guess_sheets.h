// The sheets of a workbook with several, and the files of an archive: which of them are meant, and what it
// means how they are called.
//
// Called by guess_mapping.cc.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "setup/guess_columns.h"
#include "setup/table_front.h"
#include "tables/table_files.h"

namespace teller {

// Those of a workbook, where there are several; of one alone `question` knows its name.
struct WorkbookSheets {
  std::vector<std::string> names;
  std::vector<std::optional<TableFront>> fronts;  // Nothing of one that holds no table.
  MappingQuestion question{"csv sheet", "which sheet has the votes", "", {}};

  [[nodiscard]] bool are_alike(std::size_t a, std::size_t b) const;
  // Whether the sheet's columns are in no other one, and one more is not empty: it may be of a contest of its own.
  [[nodiscard]] bool is_made_otherwise(const std::string& name) const;
  // What was answered, as [csv] sheets has it.
  [[nodiscard]] static std::vector<std::string> of_answer(std::string_view answer);
};

// Guesses the sheet with most cells that are numbers, and all that have its header.
// Errors: as of TableFiles.
[[nodiscard]] Result<WorkbookSheets> find_sheets(const std::string& path);

// Whether rows and columns of workbooks are meant that a person who opens them does not see, where there are some:
// becomes `wanted.hidden` and `asked.hidden`. Errors: as of TableFiles.
[[nodiscard]] Result<void> ask_hidden(std::span<const std::string> paths,
                                      const MappingAnswers& answers, TableFiles::Wanted& wanted,
                                      MappingDraft& asked);

// What the names of sheets are that are read together: of contests where the same places stand on them.
void ask_sheet_names(const WorkbookSheets& sheets, const MappingAnswers& answers,
                     MappingDraft& draft);

// Makes of `{/sheet}` or `{/file}` what was answered: "contest", "place" or "method"; nothing of anything
// else.
void take_names_of_tables(const std::string& column, std::string_view what, MappingDraft& draft);

// The only column of a template like "{precinct}"; empty: it is another one.
[[nodiscard]] std::string only_column(const std::string& id);

}  // namespace teller
