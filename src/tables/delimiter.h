// What separates the columns of a table where nobody said it: whatever gives it the columns that are
// looked for. Called by those who read tables by their columns.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "tables/csv.h"
#include "tables/table_files.h"

namespace teller {

// "a semicolon"
[[nodiscard]] std::string_view delimiter_in_words(char delimiter);

// A note for who gave the file: that it was not a comma, which a mapping means that says nothing.
[[nodiscard]] std::string cut_otherwise(std::string_view cut_at);

// Of `form.delimiter`, comma, semicolon, tab and |: the first with which `fits` is true of the table's
// reader. Nothing tried where the form states one, or there is nothing to choose (a workbook, standard
// input); where none fits, that of the form.
[[nodiscard]] char fitting_delimiter(TableFiles& files, std::size_t place, const CsvForm& form,
                                     const std::function<bool(CsvReader&)>& fits);

}  // namespace teller
