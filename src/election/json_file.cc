#include "election/json_file.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace teller {
namespace {

std::size_t line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(
                 text.begin(),
                 text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size())), '\n'));
}

// Walks text that is known to be JSON to the value a pointer names, or as far as it goes. Only run
// when there is a fault to report.
class Locator {
 public:
  explicit Locator(std::string_view text) : text_(text) {}

  std::size_t find(std::string_view pointer) {
    skip_space();
    while (!pointer.empty()) {
      pointer.remove_prefix(1);
      const std::size_t slash = std::min(pointer.find('/'), pointer.size());
      const std::size_t value = at_;
      if (!enter(unescape(pointer.substr(0, slash)))) return value;
      pointer.remove_prefix(slash);
    }
    return at_;
  }

 private:
  static std::string unescape(std::string_view token) {
    std::string result;
    for (std::size_t i = 0; i < token.size(); ++i) {
      if (token[i] == '~' && i + 1 < token.size()) {
        result.push_back(token[++i] == '1' ? '/' : '~');
      } else {
        result.push_back(token[i]);
      }
    }
    return result;
  }

  bool enter(const std::string& token) {
    if (at_ >= text_.size()) return false;
    if (text_[at_] == '{') {
      ++at_;
      for (skip_space(); at_ < text_.size() && text_[at_] != '}'; skip_comma()) {
        const std::size_t begin = at_;
        skip_value();
        const auto key = nlohmann::json::parse(text_.substr(begin, at_ - begin), nullptr, false);
        skip_space();
        ++at_;  // ':'
        skip_space();
        if (key.is_string() && key.get_ref<const std::string&>() == token) return true;
        skip_value();
      }
    } else if (text_[at_] == '[') {
      ++at_;
      std::size_t index = 0;
      for (skip_space(); at_ < text_.size() && text_[at_] != ']'; skip_comma(), ++index) {
        if (std::to_string(index) == token) return true;
        skip_value();
      }
    }
    return false;
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }
  void skip_comma() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == ',') ++at_;
    skip_space();
  }
  void skip_value() {
    std::size_t depth = 0;
    bool in_string = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (in_string) {
        if (c == '\\') ++at_;
        if (c == '"') {
          in_string = false;
          if (depth == 0) {
            ++at_;
            return;
          }
        }
      } else if (c == '"') {
        in_string = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth == 0) return;
        if (--depth == 0) {
          ++at_;
          return;
        }
      } else if (depth == 0 && std::string_view(",: \t\r\n").contains(c)) {
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string child(const std::string& path, std::string_view member) {
  return path + "/" + std::string(member);
}

}  // namespace

Result<JsonFile> JsonFile::parse(std::string_view text, std::string_view name, Code code,
                                 const JsonLimits& limits) {
  JsonFile file(text, name);
  if (const auto wrong = file.tree_.build(text, limits)) {
    const std::string line = wrong->at ? fmt::format(":{}", line_at(text, *wrong->at)) : "";
    return fail(Remedy::reject, code, fmt::format("{}{}: {}", name, line, wrong->what));
  }
  return file;
}

std::size_t JsonFile::line_of(const std::string& path) const {
  return line_at(text_, Locator(text_).find(path));
}

void JsonFile::fault(const std::string& path, const std::string& what) {
  if (++faults_ <= 20) {
    lines_.push_back(
        fmt::format("{}:{}: {}: {}", name_, line_of(path), path.empty() ? "/" : path, what));
  }
}

Error JsonFile::error(Code code) const {
  std::string detail;
  for (const std::string& line : lines_) detail += (detail.empty() ? "" : "\n") + line;
  if (faults_ > lines_.size()) {
    detail += fmt::format("\nand {} more", faults_ - lines_.size());
  }
  return {Remedy::reject, code, detail};
}

JsonValue JsonFile::object(Json in, const std::string& path) {
  if (in.is_object()) return in;
  fault(path, "must be an object {…}");
  return JsonTree::empty_object();
}

JsonValue JsonFile::array(Json object, std::string_view member, const std::string& path,
                          bool needed) {
  const auto found = object.find(member);
  if (!found) {
    if (needed) fault(path, "\"" + std::string(member) + "\" is missing; it must be a list […]");
    return JsonTree::empty_list();
  }
  if (found->is_list()) return *found;
  fault(child(path, member), "must be a list […]");
  return JsonTree::empty_list();
}

std::string JsonFile::text(Json object, std::string_view member, const std::string& path,
                           bool needed) {
  const auto found = object.find(member);
  if (!found) {
    if (needed) fault(path, "\"" + std::string(member) + "\" is missing; it must be a text");
    return {};
  }
  if (found->is_text() && is_clean_utf8(found->text())) {
    if (!turns_direction(found->text())) return std::string(found->text());
    fault(child(path, member),
          "must be a text without controls of direction (U+202A to U+202E, U+2066 to U+2069)");
    return {};
  }
  fault(child(path, member), "must be a text without control characters");
  return {};
}

std::uint64_t JsonFile::number(Json object, std::string_view member, const std::string& path,
                               std::uint64_t lowest, std::uint64_t highest,
                               std::uint64_t otherwise) {
  const auto found = object.find(member);
  return found ? number(*found, child(path, member), lowest, highest, otherwise) : otherwise;
}

std::uint64_t JsonFile::number(Json value, const std::string& path, std::uint64_t lowest,
                               std::uint64_t highest, std::uint64_t otherwise) {
  const auto number = value.natural();
  if (number && *number >= lowest && *number <= highest) return *number;
  fault(path, fmt::format("must be a whole number from {} to {}", lowest, highest));
  return otherwise;
}

bool JsonFile::flag(Json object, std::string_view member, const std::string& path) {
  const auto found = object.find(member);
  if (!found) return false;
  if (const auto flag = found->flag()) return *flag;
  fault(child(path, member), "must be true or false");
  return false;
}

std::string JsonFile::id(Json object, const std::string& path) {
  std::string id = text(object, "id", path);
  if ((id.empty() || id.size() > 200) && object.find("id")) {
    fault(child(path, "id"), "an id has 1 to 200 bytes");
  }
  return id;
}

void JsonFile::only(Json object, const std::string& path,
                    std::initializer_list<std::string_view> known) {
  const auto is_known = [&](std::string_view member) {
    return std::ranges::find(known, member) != known.end();
  };
  bool all_known = true;
  object.for_each_member([&](std::string_view member, Json) { all_known &= is_known(member); });
  if (all_known) return;
  // Once: a file may have as many strange members as it has room for.
  const std::string what = fmt::format("is not known here; known are: {}", fmt::join(known, ", "));
  for (const auto& [member, value] : object.members()) {
    if (!is_known(member)) fault(child(path, member), what);
  }
}

}  // namespace teller
