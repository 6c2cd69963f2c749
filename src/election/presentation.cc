#include "election/presentation.h"

#include <algorithm>

#include "election/json_file.h"

namespace teller {
namespace {

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

OptionLook look(JsonFile& file, const JsonFile::Json& value, const std::string& path) {
  const JsonFile::Json& item = file.object(value, path);
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
  Result<JsonFile> parsed = JsonFile::parse(json, name, "presentation.invalid");
  if (!parsed) return std::unexpected(parsed.error());
  JsonFile& file = *parsed;
  const JsonFile::Json& root = file.object(file.root(), "");
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
  const auto knows_party = [&](std::string_view id) {
    return std::ranges::any_of(rules.parties, [&](const Party& party) { return party.id == id; });
  };
  if (root.contains("options")) {
    for (const auto& [key, value] : file.object(root["options"], "/options").items()) {
      const std::string path = "/options/" + key;
      if (!knows_option(rules, key)) file.fault(path, "is no \"contest/option\" of the rules");
      result.options[key] = look(file, value, path);
    }
  }
  if (root.contains("parties")) {
    for (const auto& [key, value] : file.object(root["parties"], "/parties").items()) {
      const std::string path = "/parties/" + key;
      if (!knows_party(key)) file.fault(path, "is no party of the rules");
      result.parties[key] = look(file, value, path);
    }
  }
  if (root.contains("texts")) {
    for (const auto& [language, texts] : file.object(root["texts"], "/texts").items()) {
      const std::string path = "/texts/" + language;
      for (const auto& [id, text] : file.object(texts, path).items()) {
        if (text.is_string()) {
          result.texts[language][id] = text.get<std::string>();
        } else {
          file.fault(path + "/" + id, "must be a text");
        }
      }
    }
  }
  if (root.contains("registered")) {
    const JsonFile::Json& registered = file.object(root["registered"], "/registered");
    for (const auto& [unit, value] : registered.items()) {
      if (!rules.find_unit(unit)) file.fault("/registered/" + unit, "is no reporting unit");
      result.registered[unit] =
          file.number(registered, unit, "/registered", 0, (std::uint64_t{1} << 53) - 1, 0);
    }
  }
  if (!file.good()) return std::unexpected(file.error("presentation.invalid"));
  return result;
}

}  // namespace teller
