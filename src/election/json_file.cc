#include "election/json_file.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/utf8.h"

namespace teller {
namespace {

using Json = nlohmann::json;

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
        const Json key = Json::parse(text_.substr(begin, at_ - begin), nullptr, false);
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

// No file of ours goes deeper than eight. Deeper than a stack is what only an attacker writes.
constexpr int depth_max = 64;

const Json empty_object = Json::object();
const Json empty_array = Json::array();

std::string child(const std::string& path, std::string_view member) {
  return path + "/" + std::string(member);
}

}  // namespace

Result<JsonFile> JsonFile::parse(std::string_view text, std::string_view name, Code code) {
  JsonFile file(text, name);
  std::string repeated;
  bool too_deep = false;
  std::vector<std::set<std::string>> members;
  const auto notice = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > depth_max) {
      too_deep = true;
      return false;
    }
    if (event == Json::parse_event_t::object_start) members.emplace_back();
    if (event == Json::parse_event_t::object_end) members.pop_back();
    if (event == Json::parse_event_t::key &&
        !members.back().insert(value.get<std::string>()).second)
      repeated = value.get<std::string>();
    return true;
  };
  try {
    file.root_ = Json::parse(file.text_, notice);
  } catch (const Json::parse_error& wrong) {
    return fail(Remedy::reject, code,
                fmt::format("{}:{}: this is not JSON: {}", file.name_, line_at(text, wrong.byte),
                            wrong.what()));
  } catch (const Json::exception& wrong) {
    // A number that no double holds.
    return fail(Remedy::reject, code, file.name_ + ": " + wrong.what());
  }
  if (too_deep) {
    return fail(Remedy::reject, code,
                fmt::format("{}: lists and objects stand in each other more than {} deep",
                            file.name_, depth_max));
  }
  if (!repeated.empty()) {
    return fail(
        Remedy::reject, code,
        file.name_ + ": the member \"" + repeated + "\" stands twice in one object; keep one");
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

const Json& JsonFile::object(const Json& in, const std::string& path) {
  if (in.is_object()) return in;
  fault(path, "must be an object {…}");
  return empty_object;
}

const Json& JsonFile::array(const Json& object, std::string_view member, const std::string& path,
                            bool needed) {
  const auto found = object.find(std::string(member));
  if (found == object.end()) {
    if (needed) fault(path, "\"" + std::string(member) + "\" is missing; it must be a list […]");
    return empty_array;
  }
  if (found->is_array()) return *found;
  fault(child(path, member), "must be a list […]");
  return empty_array;
}

std::string JsonFile::text(const Json& object, std::string_view member, const std::string& path,
                           bool needed) {
  const auto found = object.find(std::string(member));
  if (found == object.end()) {
    if (needed) fault(path, "\"" + std::string(member) + "\" is missing; it must be a text");
    return {};
  }
  if (found->is_string() && is_clean_utf8(found->get_ref<const std::string&>())) {
    auto text = found->get<std::string>();
    if (!turns_direction(text)) return text;
    fault(child(path, member),
          "must be a text without controls of direction (U+202A to U+202E, U+2066 to U+2069)");
    return {};
  }
  fault(child(path, member), "must be a text without control characters");
  return {};
}

std::uint64_t JsonFile::number(const Json& object, std::string_view member, const std::string& path,
                               std::uint64_t lowest, std::uint64_t highest,
                               std::uint64_t otherwise) {
  const auto found = object.find(std::string(member));
  if (found == object.end()) return otherwise;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() >= lowest &&
      found->get<std::uint64_t>() <= highest) {
    return found->get<std::uint64_t>();
  }
  fault(child(path, member), fmt::format("must be a whole number from {} to {}", lowest, highest));
  return otherwise;
}

bool JsonFile::flag(const Json& object, std::string_view member, const std::string& path) {
  const auto found = object.find(std::string(member));
  if (found == object.end()) return false;
  if (found->is_boolean()) return found->get<bool>();
  fault(child(path, member), "must be true or false");
  return false;
}

std::string JsonFile::id(const Json& object, const std::string& path) {
  std::string id = text(object, "id", path);
  if (object.contains("id") && (id.empty() || id.size() > 200)) {
    fault(child(path, "id"), "an id has 1 to 200 bytes");
  }
  return id;
}

void JsonFile::only(const Json& object, const std::string& path,
                    std::initializer_list<std::string_view> known) {
  for (const auto& [member, value] : object.items()) {
    if (std::find(known.begin(), known.end(), member) == known.end()) {
      std::string names;
      for (const std::string_view name : known) {
        names += (names.empty() ? "" : ", ") + std::string(name);
      }
      fault(child(path, member), "is not known here; known are: " + names);
    }
  }
}

}  // namespace teller
