// Reading a JSON file of ours (rules, presentation, count file) so that every fault can be named
// by file, line and path. Collects faults instead of stopping at the first.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/json_tree.h"

namespace teller {

class JsonFile {
 public:
  using Json = JsonValue;

  // `text` outlives it.
  // Errors: reject `code` with "name:line: …" when it is not JSON, repeats a member, or goes beyond
  // a limit.
  [[nodiscard]] static Result<JsonFile> parse(std::string_view text, std::string_view name,
                                              Code code, const JsonLimits& limits);

  [[nodiscard]] Json root() const { return tree_.root(); }

  // Notes a fault at `path` (a JSON pointer); goes on.
  void fault(const std::string& path, const std::string& what);
  [[nodiscard]] bool good() const { return faults_ == 0; }
  // All faults so far as one error with `code`.
  [[nodiscard]] Error error(Code code) const;

  // Readers: each notes a fault and gives a harmless value when it is not as asked.
  [[nodiscard]] Json object(Json in, const std::string& path);
  [[nodiscard]] Json array(Json object, std::string_view member, const std::string& path,
                           bool needed = true);
  [[nodiscard]] std::string text(Json object, std::string_view member, const std::string& path,
                                 bool needed = true);
  [[nodiscard]] std::uint64_t number(Json object, std::string_view member, const std::string& path,
                                     std::uint64_t lowest, std::uint64_t highest,
                                     std::uint64_t otherwise);
  // The same of a value that was found already.
  [[nodiscard]] std::uint64_t number(Json value, const std::string& path, std::uint64_t lowest,
                                     std::uint64_t highest, std::uint64_t otherwise);
  [[nodiscard]] bool flag(Json object, std::string_view member, const std::string& path);
  // An id: 1 to 200 bytes of clean UTF-8.
  [[nodiscard]] std::string id(Json object, const std::string& path);
  // Notes every member of `object` that is not in `known`.
  void only(Json object, const std::string& path, std::initializer_list<std::string_view> known);

 private:
  JsonFile(std::string_view text, std::string_view name) : text_(text), name_(name) {}
  [[nodiscard]] std::size_t line_of(const std::string& path) const;

  std::string_view text_;
  std::string name_;
  JsonTree tree_;
  std::size_t faults_ = 0;
  std::vector<std::string> lines_;  // The first 20.
};

}  // namespace teller
