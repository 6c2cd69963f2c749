#include "election/presentation.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/utf8.h"
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

// What a browser shows, by its first bytes; nothing that could hold a script.
bool is_picture(std::string_view bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1a\n") || bytes.starts_with("\xff\xd8\xff") ||
         (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP"));
}

std::string photo_fault(std::string_view bytes) {
  if (bytes.size() > Presentation::photo_bytes_max) {
    return fmt::format("has {} bytes; a photo may have {}", bytes.size(),
                       Presentation::photo_bytes_max);
  }
  return is_picture(bytes) ? "" : "is no PNG, JPEG or WebP";
}

std::set<std::string> read_photos(JsonFile& file, JsonFile::Json root) {
  std::set<std::string> names;
  const auto photos = root.find("photos");
  if (!photos) return names;
  for (const auto& [name, value] : file.object(*photos, "/photos").members()) {
    const std::string path = "/photos/" + std::string(name);
    const auto bytes = from_base64(value.text());
    const std::string fault = bytes ? photo_fault(as_text(*bytes)) : "is no base64";
    if (!fault.empty()) file.fault(path, fault);
    names.emplace(name);
  }
  return names;
}

// Of a text that people are shown; empty: it has none. `lines`: it may have several.
std::string shown_fault(JsonFile::Json value, bool lines) {
  if (!value.is_text()) return "must be a text";
  std::string text(value.text());
  if (lines) std::ranges::replace(text, '\n', ' ');
  if (!is_clean_utf8(text)) return "must be a text without control characters";
  return turns_direction(text) ? "must be a text without controls of direction" : "";
}

void check_profiles(JsonFile& file, JsonFile::Json root, const Rules& rules) {
  const auto profiles = root.find("profiles");
  if (!profiles) return;
  for (const auto& [language, of_it] : file.object(*profiles, "/profiles").members()) {
    const std::string path = "/profiles/" + std::string(language);
    for (const auto& [key, text] : file.object(of_it, path).members()) {
      const std::string at = fmt::format("{}/{}", path, key);
      if (!knows_option(rules, key)) file.fault(at, "is no \"contest/option\" of the rules");
      if (const std::string fault = shown_fault(text, true); !fault.empty()) file.fault(at, fault);
    }
  }
}

// Of one unit then: what shares were of, and votes by option.
void check_earlier_unit(JsonFile& file, JsonFile::Json value, const std::string& path,
                        const Rules& rules, std::optional<ContestId> contest) {
  const JsonFile::Json item = file.object(value, path);
  file.only(item, path, {"of", "options"});
  const std::uint64_t of = file.number(item, "of", path, 1, (std::uint64_t{1} << 53) - 1, 0);
  const auto options = item.find("options");
  if (!options) {
    file.fault(path + "/options", "is missing");
    return;
  }
  for (const auto& [id, votes] : file.object(*options, path + "/options").members()) {
    const std::string at = fmt::format("{}/options/{}", path, id);
    if (contest && !rules.find_option(*contest, id)) file.fault(at, "is no option of the contest");
    if (!votes.natural() || *votes.natural() > of) {
      file.fault(at, fmt::format("must be a number of votes, at most the {} of all", of));
    }
  }
}

void check_earlier(JsonFile& file, JsonFile::Json root, const Rules& rules) {
  const auto earlier = root.find("earlier");
  if (!earlier) return;
  for (const auto& [id, value] : file.object(*earlier, "/earlier").members()) {
    const std::string path = "/earlier/" + std::string(id);
    const auto contest = rules.find_contest(id);
    if (!contest) file.fault(path, "is no contest");
    const JsonFile::Json item = file.object(value, path);
    file.only(item, path, {"title", "units"});
    if (file.text(item, "title", path).empty()) file.fault(path + "/title", "is empty");
    const auto units = item.find("units");
    if (!units) {
      file.fault(path + "/units", "is missing");
      continue;
    }
    for (const auto& [unit, figures] : file.object(*units, path + "/units").members()) {
      const std::string at = fmt::format("{}/units/{}", path, unit);
      if (!rules.find_unit(unit)) file.fault(at, "is no reporting unit");
      check_earlier_unit(file, figures, at, rules, contest);
    }
  }
}

// What a path may be made of: nothing that could be anything but lines.
bool is_outline(std::string_view text) {
  return text.size() <= Presentation::outline_bytes_max &&
         text.find_first_not_of("MLHVZmlhvz0123456789.,- ") == std::string_view::npos;
}

using MapNames = std::set<std::string, std::less<>>;

// Members of `in` that are named as left out, each with why.
MapNames read_left_out(JsonFile& file, JsonFile::Json in, std::string_view member) {
  MapNames named;
  const auto left_out = in.find(member);
  if (!left_out) return named;
  const std::string path = fmt::format("/map/{}", member);
  for (const auto& [id, why] : file.object(*left_out, path).members()) {
    const std::string at = fmt::format("{}/{}", path, id);
    if (why.text().empty()) file.fault(at, "must say why, in a text");
    if (const std::string fault = shown_fault(why, false); !fault.empty()) file.fault(at, fault);
    named.emplace(id);
  }
  return named;
}

// Where each shape lies: two whole numbers within the drawing.
MapNames read_shapes(JsonFile& file, JsonFile::Json map) {
  MapNames shapes;
  for (const char* size : {"width", "height"}) {
    if (!map.find(size)) file.fault(fmt::format("/map/{}", size), "is missing");
  }
  constexpr std::uint64_t most = Presentation::map_max;
  const std::uint64_t across = file.number(map, "width", "/map", 1, most, most);
  const std::uint64_t down = file.number(map, "height", "/map", 1, most, most);
  const auto given = map.find("shapes");
  if (!given) {
    file.fault("/map/shapes", "is missing");
    return shapes;
  }
  for (const auto& [id, place] : file.object(*given, "/map/shapes").members()) {
    bool good = place.is_list() && place.size() == 2;
    place.for_each([&](std::size_t axis, JsonFile::Json value) {
      good = good &&
             value.natural().value_or(Presentation::map_max + 1) <= (axis == 0 ? across : down);
    });
    if (!good) {
      file.fault(fmt::format("/map/shapes/{}", id),
                 fmt::format("must be [x, y], whole numbers of at most {} and {}", across, down));
    }
    shapes.emplace(id);
  }
  return shapes;
}

// Which units have a place on the map: each one a shape of its own.
MapNames read_mapped(JsonFile& file, JsonFile::Json map, const Rules& rules, const MapNames& shapes,
                     const MapNames& left_out) {
  MapNames mapped;
  MapNames taken;
  const auto units = map.find("units");
  if (!units) {
    file.fault("/map/units", "is missing");
  } else {
    for (const auto& [unit, shape] : file.object(*units, "/map/units").members()) {
      const std::string at = fmt::format("/map/units/{}", unit);
      const std::string called(shape.text());
      if (!rules.find_unit(unit)) file.fault(at, "is no reporting unit");
      if (!shapes.contains(called)) file.fault(at, "is none of /map/shapes");
      if (!taken.insert(called).second) file.fault(at, "has the shape of another unit");
      if (left_out.contains(called)) file.fault(at, "has a shape that /map/shapes_without names");
      mapped.emplace(unit);
    }
  }
  for (const std::string& shape : shapes) {
    if (taken.contains(shape) || left_out.contains(shape)) continue;
    file.fault("/map/shapes/" + shape,
               "is of no unit: give it one in /map/units, or say why not "
               "in /map/shapes_without");
  }
  for (const std::string& shape : left_out) {
    if (!shapes.contains(shape))
      file.fault("/map/shapes_without/" + shape, "is none of /map/shapes");
  }
  return mapped;
}

// Every unit that has none below it is on the map once, by itself or within a unit above it, or is
// named as not on it: a map that leaves places out in silence looks complete.
void check_coverage(JsonFile& file, const Rules& rules, const MapNames& mapped,
                    const MapNames& left_out) {
  for (const std::string& unit : left_out) {
    if (!rules.find_unit(unit)) file.fault("/map/units_without/" + unit, "is no reporting unit");
  }
  for (std::uint32_t i = 0; i < rules.units.size(); ++i) {
    if (!rules.is_leaf(UnitId{i})) continue;
    std::size_t times = 0;
    for (std::optional<UnitId> at = UnitId{i}; at; at = rules.units.at(at->value).parent) {
      const std::string& id = rules.units.at(at->value).id;
      if (mapped.contains(id)) ++times;
      if (left_out.contains(id)) ++times;
    }
    const std::string path = "/map/units/" + rules.units.at(i).id;
    if (times == 0) {
      file.fault(path,
                 "is missing: give it, or one unit above it, a shape, or say in "
                 "/map/units_without why it has none");
    } else if (times > 1) {
      file.fault(path, "is on the map more than once, by itself or by a unit above it");
    }
  }
}

void check_map(JsonFile& file, JsonFile::Json root, const Rules& rules) {
  const auto given = root.find("map");
  if (!given) return;
  const JsonFile::Json map = file.object(*given, "/map");
  file.only(map, "/map",
            {"source", "width", "height", "outline", "shapes", "units", "units_without",
             "shapes_without"});
  const auto source = map.find("source");
  if (!source || source->text().empty())
    file.fault("/map/source", "must say whose borders these are");
  if (source) {
    if (const std::string fault = shown_fault(*source, false); !fault.empty()) {
      file.fault("/map/source", fault);
    }
  }
  if (!is_outline(file.text(map, "outline", "/map", false))) {
    file.fault("/map/outline", fmt::format("must be the path of an SVG, of straight lines only, in "
                                           "at most {} bytes",
                                           Presentation::outline_bytes_max));
  }
  const auto shapes = read_shapes(file, map);
  const auto units_without = read_left_out(file, map, "units_without");
  const auto mapped =
      read_mapped(file, map, rules, shapes, read_left_out(file, map, "shapes_without"));
  check_coverage(file, rules, mapped, units_without);
}

}  // namespace

std::vector<std::string> Presentation::photos_beside() const {
  std::set<std::string> beside;
  for (const auto* looks : {&options, &parties}) {
    for (const auto& [id, look] : *looks) {
      if (!look.photo.empty() && !photos.contains(look.photo)) beside.insert(look.photo);
    }
  }
  return {beside.begin(), beside.end()};
}

Result<std::string> Presentation::with_photos(std::string json,
                                              const std::map<std::string, std::string>& photos) {
  if (photos.empty()) return json;
  std::string members;
  for (const auto& [name, bytes] : photos) {
    if (const std::string fault = photo_fault(bytes); !fault.empty()) {
      return fail(Remedy::reject, "presentation.invalid",
                  fmt::format("the photo {} {}", name, fault));
    }
    members += members.empty() ? "\n  " : ",\n  ";
    append_json_text(members, name);
    members += fmt::format(": \"{}\"", to_base64(as_bytes(bytes)));
  }
  // The object has a member already, "teller"; nothing but space stands behind its end.
  json.erase(json.find_last_of('}'));
  json.erase(json.find_last_not_of(" \t\r\n") + 1);
  return fmt::format("{},\n \"photos\": {{{}\n }}\n}}\n", json, members);
}

Result<Presentation> Presentation::parse(std::string_view json, std::string_view name,
                                         const Rules& rules) {
  Result<JsonFile> parsed =
      JsonFile::parse(json, name, "presentation.invalid", presentation_limits);
  if (!parsed) return std::unexpected(parsed.error());
  JsonFile& file = *parsed;
  const JsonFile::Json root = file.object(file.root(), "");
  file.only(root, "",
            {"teller", "$schema", "title", "subtitle", "options", "parties", "texts", "registered",
             "profiles", "photos", "earlier", "map"});
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
        if (const std::string fault = shown_fault(text, false); !fault.empty()) {
          file.fault(fmt::format("{}/{}", path, id), fault);
        } else {
          result.texts[std::string(language)][std::string(id)] = text.text();
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
  result.photos = read_photos(file, root);
  check_profiles(file, root, rules);
  check_earlier(file, root, rules);
  check_map(file, root, rules);
  if (!file.good()) return std::unexpected(file.error("presentation.invalid"));
  return result;
}

}  // namespace teller
