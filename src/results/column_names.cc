// What a header says that holds more than the words of one name: two languages, or a way through JSON.
#include <algorithm>
#include <string>
#include <string_view>

#include "results/column_words.h"

namespace teller {

namespace {

// "/precincts/name" of what stands around records of JSON: as if it were "precinct name".
ColumnWord meaning_of_path(std::string_view path) {
  const std::size_t last = path.rfind('/');
  const std::size_t before = last == 0 ? std::string_view::npos : path.rfind('/', last - 1);
  const std::string own(path.substr(last + 1));
  const auto no_option = [](ColumnWord word) {
    return word.role == Role::option ? ColumnWord() : word;
  };
  if (before == std::string_view::npos) return no_option(meaning_of(own));
  std::string above(path.substr(before + 1, last - before - 1));
  if (above.ends_with('s')) above.pop_back();
  for (const std::string& both : {above + "_" + own, own == "*" ? above : std::string()}) {
    const ColumnWord found = meaning_of(both);
    if (found.role != Role::none && !both.empty()) return found;
  }
  // "title" of "races".
  const ColumnWord thing = meaning_of(above), said = meaning_of(own);
  const bool is_name = own == "name" || own == "title" || own == "label" || own == "text";
  return is_name && thing.role != Role::none ? thing : no_option(said);
}

}  // namespace

ColumnWord meaning_of_column(std::string_view name) {
  if (name.starts_with('/')) return meaning_of_path(name);
  ColumnWord said = meaning_of(name);
  if (said.role != Role::none || !name.contains('/')) return said;
  for (std::string_view left = name; !left.empty();) {
    const std::size_t end = std::min(left.find('/'), left.size());
    const ColumnWord part = meaning_of(left.substr(0, end));
    if (part.role != Role::none && said.role != Role::none && part.role != said.role) return {};
    if (said.role == Role::none) said = part;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return said;
}

}  // namespace teller
