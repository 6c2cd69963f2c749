#include "election/presentation.h"

#include <fmt/format.h>

#include "election/json_file.h"

namespace teller {
namespace {

constexpr JsonLimits presentation_limits{.bytes = Presentation::file_bytes_max,
                                         .values = std::size_t{8} << 20};

bool is_colour(std::string_view text) {
  return text.size() == 7 && text[0] == '#' &&
         text.substr(1).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool knows_option(const Rules& rules, std::string_view key) {
  // Ids may hold slashes: any cut that gives a contest and one of its options will do.
  for (std::size_t at = key.find('/'); at != std::string_view::npos; at = key.find('/', at + 1)) {
    const auto contest = rules.find_contest(key.substr(0, at));
    if (contest && rules.find_option(*contest, key.substr(at + 1))) return true;
  }
  return false;
}

OptionLook look(JsonFile& file, JsonFile::Json value, const std::string& path) {
  const JsonFile::Json item = file.object(value, path);
  file.only(item, path, {"colour", "photo", "short_name"});
  OptionLook result{file.text(item, "colour", path, false), file.text(item, "photo", path, false),
                    file.text(item, "short_name", path, false)};
  if (!result.colour.empty() && !is_colour(result.colour)) {
    file.fault(path + "/colour", "must look like #1b9431");
  }
  if (result.photo.contains('/') || result.photo.starts_with('.')) {
    file.fault(path + "/photo", "must be the name of a file beside this one");
  }
  return result;
}

}  // namespace

Result<Presentation> Presentation::parse(std::string_view json, std::string_view name,
                                         const Rules& rules) {
  Result<JsonFile> parsed =
      JsonFile::parse(json, name, "presentation.invalid", presentation_limits);
  if (!parsed) return std::unexpected(parsed.error());
  JsonFile& file = *parsed;
  const JsonFile::Json root = file.object(file.root(), "");
  file.only(
      root, "",
      {"teller", "$schema", "title", "subtitle", "options", "parties", "texts", "registered"});
  if (file.text(root, "teller", "") != "presentation/1") {
    file.fault("/teller", "must be \"presentation/1\"");
  }
  Presentation result;
  result.bytes = json;
  result.title = file.text(root, "title", "", false);
  result.subtitle = file.text(root, "subtitle", "", false);
  if (const auto options = root.find("options")) {
    for (const auto& [key, value] : file.object(*options, "/options").members()) {
      const std::string path = "/options/" + std::string(key);
      if (!knows_option(rules, key)) file.fault(path, "is no \"contest/option\" of the rules");
      result.options[std::string(key)] = look(file, value, path);
    }
  }
  if (const auto parties = root.find("parties")) {
    for (const auto& [key, value] : file.object(*parties, "/parties").members()) {
      const std::string path = "/parties/" + std::string(key);
      if (!rules.find_party(key)) file.fault(path, "is no party of the rules");
      result.parties[std::string(key)] = look(file, value, path);
    }
  }
  if (const auto texts = root.find("texts")) {
    for (const auto& [language, of_it] : file.object(*texts, "/texts").members()) {
      const std::string path = "/texts/" + std::string(language);
      for (const auto& [id, text] : file.object(of_it, path).members()) {
        if (text.is_text()) {
          result.texts[std::string(language)][std::string(id)] = text.text();
        } else {
          file.fault(fmt::format("{}/{}", path, id), "must be a text");
        }
      }
    }
  }
  if (const auto registered = root.find("registered")) {
    for (const auto& [unit, value] : file.object(*registered, "/registered").members()) {
      const std::string path = "/registered/" + std::string(unit);
      if (!rules.find_unit(unit)) file.fault(path, "is no reporting unit");
      result.registered[std::string(unit)] =
          file.number(value, path, 0, (std::uint64_t{1} << 53) - 1, 0);
    }
  }
  if (!file.good()) return std::unexpected(file.error("presentation.invalid"));
  return result;
}

}  // namespace teller
