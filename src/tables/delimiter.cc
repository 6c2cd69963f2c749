#include "tables/delimiter.h"

#include <fmt/format.h>

namespace teller {

std::string_view delimiter_in_words(char delimiter) {
  switch (delimiter) {
    case ',':
      return "a comma";
    case ';':
      return "a semicolon";
    case '\t':
      return "a tab";
    default:
      return "|";
  }
}

std::string cut_otherwise(std::string_view cut_at) {
  return fmt::format(
      "its columns are separated by {}, and so it was read; the mapping says nothing of that: "
      "delimiter in [csv]",
      cut_at);
}

char fitting_delimiter(TableFiles& files, std::size_t place, const CsvForm& form,
                       const std::function<bool(CsvReader&)>& fits) {
  if (form.delimiter_stated || !files.can_be_cut_otherwise()) return form.delimiter;
  for (const char delimiter : {form.delimiter, ',', ';', '\t', '|'}) {
    CsvForm tried = form;
    tried.delimiter = delimiter;
    auto csv = files.open(place, std::move(tried));
    if (csv && fits(*csv)) return delimiter;
  }
  return form.delimiter;
}

}  // namespace teller
