#include "results/unread_columns.h"

#include <fmt/format.h>

#include "tables/unicode.h"

namespace teller {

UnreadColumns::UnreadColumns(const std::vector<std::string>& header, const Mapping& mapping,
                             const std::set<std::size_t>& read)
    : mapping_(mapping) {
  for (std::size_t at = 0; at < header.size(); ++at) {
    const std::string& name = header[at];
    if (mapping.named.contains(name) || mapping.wide.except.contains(name) || read.contains(at))
      continue;
    columns_.push_back({at, name.empty() ? fmt::format("column {}", at + 1) : name});
  }
}

void UnreadColumns::row(std::span<const std::string_view> fields) {
  for (Column& column : columns_) {
    if (column.has_others || column.at >= fields.size()) continue;
    const std::string_view text = trimmed(fields[column.at]);
    const std::string whole(text);
    if (text.empty() || mapping_.is_withheld(text) || mapping_.unknown.contains(whole) ||
        mapping_.not_on_ballot.contains(whole) || mapping_.zero.contains(whole))
      continue;
    std::uint64_t value = 0;
    if (read_number(text, mapping_.numbers, value) == NumberKind::number) {
      column.has_numbers = true;
    } else {
      column.has_others = true;
    }
  }
}

std::vector<std::string> UnreadColumns::names() const {
  std::vector<std::string> found;
  for (const Column& column : columns_) {
    if (column.has_numbers && !column.has_others) found.push_back(column.name);
  }
  return found;
}

}  // namespace teller
