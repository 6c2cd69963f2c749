// Reading a JSON file of ours (rules, presentation, count file) so that every fault can be named
// by file, line and path. Collects faults instead of stopping at the first; third-party types end
// here and in the .cc files of this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace teller {

class JsonFile {
 public:
  using Json = nlohmann::json;

  // Errors: reject `code` with "name:line: …" when it is not JSON, or repeats a member.
  [[nodiscard]] static Result<JsonFile> parse(std::string_view text, std::string_view name,
                                              Code code);

  [[nodiscard]] const Json& root() const { return root_; }

  // Notes a fault at `path` (a JSON pointer); goes on.
  void fault(const std::string& path, const std::string& what);
  [[nodiscard]] bool good() const { return faults_ == 0; }
  // All faults so far as one error with `code`.
  [[nodiscard]] Error error(Code code) const;

  // Readers: each notes a fault and gives a harmless value when it is not as asked.
  [[nodiscard]] const Json& object(const Json& in, const std::string& path);
  [[nodiscard]] const Json& array(const Json& object, std::string_view member,
                                  const std::string& path, bool needed = true);
  [[nodiscard]] std::string text(const Json& object, std::string_view member,
                                 const std::string& path, bool needed = true);
  [[nodiscard]] std::uint64_t number(const Json& object, std::string_view member,
                                     const std::string& path, std::uint64_t lowest,
                                     std::uint64_t highest, std::uint64_t otherwise);
  [[nodiscard]] bool flag(const Json& object, std::string_view member, const std::string& path);
  // An id: 1 to 200 bytes of clean UTF-8.
  [[nodiscard]] std::string id(const Json& object, const std::string& path);
  // Notes every member of `object` that is not in `known`.
  void only(const Json& object, const std::string& path,
            std::initializer_list<std::string_view> known);

 private:
  JsonFile(std::string_view text, std::string_view name) : text_(text), name_(name) {}
  [[nodiscard]] std::size_t line_of(const std::string& path) const;

  std::string text_, name_;
  Json root_;
  std::size_t faults_ = 0;
  std::vector<std::string> lines_;  // The first 20.
};

}  // namespace teller
