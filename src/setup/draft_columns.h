// The columns of a file while a mapping is made of them: what each is called like, of which nothing was
// made yet, and the draft so far. What the parts of a guess share.
//
// Not thread-safe. Called by guess_columns.cc and guess_places.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "results/column_words.h"
#include "setup/guess_columns.h"
#include "setup/mapping_draft.h"

namespace teller {

struct DraftColumns {
  // `answers` outlive it.
  DraftColumns(TableFront front, const MappingAnswers& answers);

  [[nodiscard]] const std::vector<ColumnFacts>& columns() const { return draft.front.columns; }
  [[nodiscard]] const ColumnFacts& column(std::size_t at) const { return columns()[at]; }
  // What was answered, or the guess; then it is open.
  std::string ask(MappingQuestion question);

  // The first column that means it and is not used yet.
  [[nodiscard]] std::optional<std::size_t> with(Role role) const;
  // No other column has its name.
  [[nodiscard]] bool is_only(std::size_t at) const;
  // How many texts and numbers the rows that were kept have there; 0: none.
  [[nodiscard]] std::size_t different(std::size_t at) const;
  // Columns of numbers of which nothing was made yet, and those of them that are called a sum.
  [[nodiscard]] std::vector<std::size_t> numeric() const;
  [[nodiscard]] std::vector<std::size_t> called_sums() const;
  // Columns of numbers whose names may say an option and more; `no_votes`: those called like undervotes of a method too.
  [[nodiscard]] std::vector<std::size_t> with_header_parts(bool no_votes) const;
  // Some text stands there on several of the rows that were kept.
  [[nodiscard]] bool repeats(std::size_t at) const;
  // No two rows have the same number there, and they are of one length or ascend.
  [[nodiscard]] bool is_code(std::size_t at) const;

  const MappingAnswers& answers;
  MappingDraft draft;
  std::vector<ColumnWord> words;  // By column.
  std::set<std::size_t> used;     // Columns of which something was made.
  std::set<std::size_t> votes;    // Those that hold votes.

 private:
  void ask_places_between();
};

// A column with what stood there first, for a sentence.
[[nodiscard]] std::string column_in_words(const ColumnFacts& column);

// A template of a column: "{precinct}".
[[nodiscard]] std::string in_braces(const std::string& name);

}  // namespace teller
