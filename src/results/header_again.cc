#include "results/header_again.h"

#include <algorithm>
#include <utility>

namespace teller {
namespace {

// No figure, nor a mask of one: it has a letter, and does not begin with a digit.
bool is_word(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  return std::ranges::any_of(text, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
  });
}

}  // namespace

HeaderNames::HeaderNames(std::vector<std::string> names) : names_(std::move(names)) {
  for (const std::string& name : names_) {
    if (name.empty()) continue;
    if (by_name_[name].times++ == 0 && is_word(name)) ++words_;
  }
}

HeaderAgain HeaderNames::look(std::span<const std::string_view> fields) {
  if (fields.size() == names_.size() && std::ranges::equal(fields, names_))
    return HeaderAgain::same;
  std::size_t words = 0, found = 0, all_found = 0, filled = 0;
  std::vector<Name*> met;
  for (const std::string_view field : fields) {
    if (field.empty()) continue;
    ++filled;
    const bool word = is_word(field);
    words += word ? 1 : 0;
    const auto name = by_name_.find(field);
    if (name == by_name_.end()) continue;
    if (name->second.met++ == 0) {
      met.push_back(&name->second);
      found += word ? 1 : 0;
    }
    all_found += name->second.met <= name->second.times ? 1 : 0;
  }
  for (Name* const name : met) name->met = 0;
  const std::size_t named =
      names_.size() - static_cast<std::size_t>(std::ranges::count(names_, std::string()));
  const bool is_reordered = found > 0 && all_found == filled && filled == named;
  const bool has_most = found >= 2 && 2 * found > words_ && 2 * found > words;
  return is_reordered || has_most ? HeaderAgain::other : HeaderAgain::no;
}

}  // namespace teller
