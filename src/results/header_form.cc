#include "results/header_form.h"

#include <algorithm>

#include <fmt/format.h>

#include "tables/unicode.h"

namespace teller {
namespace {

// "ED|AV"; false: one of them is empty.
bool take_texts(std::string_view all, std::vector<std::string>& out) {
  for (;;) {
    const std::size_t end = all.find('|');
    out.push_back(cleaned(all.substr(0, end)));
    if (out.back().empty()) return false;
    if (end == std::string_view::npos) return true;
    all.remove_prefix(end + 1);
  }
}

}  // namespace

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
    const std::string_view inside = left.substr(brace + 1, close - brace - 1);
    const std::size_t equals = inside.find('=');
    std::string name = cleaned(inside.substr(0, equals));
    auto& said = form.said_.emplace_back();
    if (equals != std::string_view::npos && !take_texts(inside.substr(equals + 1), said))
      return wrong("a part that says its texts says each of them, as in {method=ED|AV}");
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
  for (std::size_t i = 1; i + 1 < form.parts_.size(); ++i) {
    if (!form.said_[i].empty())
      return wrong("only the first part and the last one say their texts");
  }
  return form;
}

std::string_view HeaderForm::said_at(std::size_t part, std::string_view header) const {
  std::string_view longest;
  for (const std::string_view text : said_[part]) {
    const bool is_there =
        part == 0 && parts_.size() > 1 ? header.starts_with(text) : header.ends_with(text);
    if (is_there && text.size() > longest.size()) longest = text;
  }
  return longest;
}

// The first place in which a part can end leaves the most to those behind it, so that no other needs to
// be tried. A part that says its texts is taken off before.
std::optional<std::vector<std::string>> HeaderForm::read(std::string_view header) const {
  const std::string& front = between_.front();
  const std::string& end = between_.back();
  if (!header.starts_with(front) || !header.ends_with(end) ||
      header.size() < front.size() + end.size())
    return std::nullopt;
  header.remove_prefix(front.size());
  header.remove_suffix(end.size());
  std::vector<std::string> found;
  std::size_t parts = parts_.size();  // That are left to be read.
  std::string last;
  if (!said_[parts - 1].empty()) {
    last = said_at(parts - 1, header);
    if (last.empty() || (parts == 1 && last.size() != header.size())) return std::nullopt;
    header.remove_suffix(last.size());
    --parts;
    if (parts > 0) {
      if (!header.ends_with(between_[parts])) return std::nullopt;
      header.remove_suffix(between_[parts].size());
    }
  }
  if (parts > 0 && parts_.size() > 1 && !said_.front().empty()) {
    const std::string_view first = said_at(0, header);
    const std::string_view behind = parts > 1 ? std::string_view(between_[1]) : std::string_view();
    if (first.empty() || !header.substr(first.size()).starts_with(behind)) return std::nullopt;
    found.emplace_back(first);
    header.remove_prefix(first.size() + behind.size());
  }
  while (found.size() + 1 < parts) {
    const std::string& behind = between_[found.size() + 1];
    std::size_t at = header.find(behind);
    while (at != std::string_view::npos && cleaned(header.substr(0, at)).empty())
      at = header.find(behind, at + 1);
    if (at == std::string_view::npos) return std::nullopt;
    found.push_back(cleaned(header.substr(0, at)));
    header.remove_prefix(at + behind.size());
  }
  if (found.size() < parts) {
    found.push_back(cleaned(header));
    if (found.back().empty()) return std::nullopt;
  } else if (!header.empty()) {
    return std::nullopt;
  }
  if (parts < parts_.size()) found.push_back(std::move(last));
  return found;
}

}  // namespace teller
