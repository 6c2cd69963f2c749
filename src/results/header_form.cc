#include "results/header_form.h"

#include <algorithm>

#include <fmt/format.h>

#include "tables/unicode.h"

namespace teller {

Result<HeaderForm> HeaderForm::parse(std::string_view text) {
  const auto wrong = [&](std::string_view what) {
    return fail(Remedy::reject, "mapping.invalid",
                fmt::format("\"{}\": {}, as in \"{{contest}} - {{option}}\"", text, what));
  };
  HeaderForm form;
  // As the header is compared: in one form of letters, without unseen marks.
  form.text_ = cleaned(text);
  std::string_view left = form.text_;
  while (true) {
    const std::size_t brace = left.find_first_of("{}");
    form.between_.emplace_back(left.substr(0, brace));
    if (brace == std::string_view::npos) break;
    const std::size_t close = left.find('}', brace);
    if (left[brace] == '}' || close == std::string_view::npos || close == brace + 1)
      return wrong("write a part as {name}");
    std::string name = cleaned(left.substr(brace + 1, close - brace - 1));
    if (name.find_first_not_of("0123456789") == std::string::npos)
      return wrong("a part has a name, for {header 1} is the first row of the header");
    if (std::ranges::find(form.parts_, name) != form.parts_.end())
      return wrong("each part has a name of its own");
    if (!form.parts_.empty() && form.between_.back().empty())
      return wrong("say what stands between two parts");
    form.parts_.push_back(std::move(name));
    left.remove_prefix(close + 1);
  }
  if (form.parts_.empty()) return wrong("it names no part");
  return form;
}

// The first place in which a part can end leaves the most to those behind it, so that no other needs to
// be tried.
std::optional<std::vector<std::string>> HeaderForm::read(std::string_view header) const {
  const std::string& front = between_.front();
  const std::string& end = between_.back();
  if (!header.starts_with(front) || !header.ends_with(end) ||
      header.size() < front.size() + end.size())
    return std::nullopt;
  header.remove_prefix(front.size());
  header.remove_suffix(end.size());
  std::vector<std::string> found;
  while (found.size() + 1 < parts_.size()) {
    const std::string& behind = between_[found.size() + 1];
    std::size_t at = header.find(behind);
    while (at != std::string_view::npos && cleaned(header.substr(0, at)).empty())
      at = header.find(behind, at + 1);
    if (at == std::string_view::npos) return std::nullopt;
    found.push_back(cleaned(header.substr(0, at)));
    header.remove_prefix(at + behind.size());
  }
  found.push_back(cleaned(header));
  if (found.back().empty()) return std::nullopt;
  return found;
}

}  // namespace teller
