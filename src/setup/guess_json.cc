#include "setup/guess_json.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "election/json_tree.h"
#include "tables/number_format.h"
#include "tables/reader.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using JsonPath = std::vector<std::string>;

// Every way that leads to objects, with how many of them have a number.
class RecordFinder {
 public:
  void look(const JsonValue& value, const JsonPath& path) {
    if (value.is_list()) {
      lists_.insert(path);
      value.for_each([&](std::size_t, const JsonValue& one) { look(one, path); });
      return;
    }
    if (!value.is_object() || path.size() > depth_max) return;
    bool has_number = false;
    std::size_t objects = 0, plain = 0;
    value.for_each_member([&](std::string_view, const JsonValue& one) {
      has_number = has_number || one.number() || is_number_in_any_form(one.text());
      objects += one.is_object() ? 1 : 0;
      plain += one.is_object() || one.is_list() ? 0 : 1;
    });
    records_[path] += has_number ? 1 : 0;
    // Members that are objects alike are keyed by their names.
    const bool are_keyed = objects > 1 && plain == 0 && objects == value.size() && are_alike(value);
    value.for_each_member([&](std::string_view name, const JsonValue& one) {
      JsonPath below = path;
      below.emplace_back(are_keyed ? "*" : name);
      look(one, below);
    });
  }

  [[nodiscard]] const std::map<JsonPath, std::size_t>& records() const { return records_; }

  [[nodiscard]] bool is_list(const JsonPath& path) const { return lists_.contains(path); }

  // Whether `further` lies in a list of each record at `path`, of which the record itself is no row.
  [[nodiscard]] bool is_list_in(const JsonPath& path, const JsonPath& further) const {
    if (further.size() <= path.size() || !std::equal(path.begin(), path.end(), further.begin()))
      return false;
    for (std::size_t size = path.size() + 1; size <= further.size(); ++size) {
      const auto end = further.begin() + static_cast<std::ptrdiff_t>(size);
      if (lists_.contains(JsonPath(further.begin(), end))) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t depth_max = 20;

  static std::set<std::string> names_of(const JsonValue& object) {
    std::set<std::string> names;
    object.for_each_member([&](std::string_view name, const JsonValue&) { names.emplace(name); });
    return names;
  }
  // All have one name or more; of very many, some may have nothing.
  static bool are_alike(const JsonValue& object) {
    constexpr std::size_t members_max = 8;  // Nobody writes so many things that are not one kind.
    std::optional<std::set<std::string>> common;
    object.for_each_member([&](std::string_view, const JsonValue& one) {
      const std::set<std::string> names = names_of(one);
      if (!common) {
        common = names;
      } else {
        std::erase_if(*common, [&](const std::string& name) { return !names.contains(name); });
      }
    });
    return object.size() > members_max || (common && !common->empty());
  }

  std::set<JsonPath> lists_;
  std::map<JsonPath, std::size_t> records_;
};

bool leads_to(const JsonPath& path, const JsonPath& further) {
  return path.size() <= further.size() && std::equal(path.begin(), path.end(), further.begin());
}

std::string way_in_words(const JsonPath& path) {
  return path.empty() ? "the file itself" : fmt::format("{}", fmt::join(path, "/"));
}

JsonForm chosen_form(const JsonPath& path, MappingDraft& asked) {
  asked.is_json = true;
  asked.json_records = path;
  return {.is_used = true, .records = path};
}

}  // namespace

Result<JsonForm> find_json_records(const std::string& path, const MappingAnswers& answers,
                                   MappingDraft& asked) {
  if (path == "-" || access(path.c_str(), F_OK) != 0) return JsonForm{};
  auto opened = Reader::open(path, Reader::Text::any);
  if (!opened) return JsonForm{};
  const auto text = opened->all(json_bytes_max);
  constexpr std::size_t front_bytes = 4'096;
  if (!text || !looks_like_json(std::string_view(*text).substr(0, front_bytes))) return JsonForm{};
  JsonTree tree;
  if (const auto fault = build_json(tree, *text))
    return fail(Remedy::reject, "file.damaged", fault->what);
  RecordFinder finder;
  finder.look(tree.root(), {});
  JsonPath best;
  std::size_t most = 0;
  for (const auto& [way, number] : finder.records()) {
    if (number > most || (number == most && way.size() < best.size())) {
      most = number;
      best = way;
    }
  }
  if (most == 0) {
    return fail(Remedy::reject, "mapping.invalid",
                "the file is JSON, and no object in it has a number that could be votes; write the "
                "mapping by hand, with [json] for where its records stand");
  }
  // A few numbers beside them say how far the count is.
  const auto are_many = [&](std::size_t number) { return number > 0 && 4 * number >= most; };
  // Each place may have a number, as of its voters, and only some of them figures yet.
  JsonPath inner = best;
  std::size_t most_inside = 0;
  for (const auto& [way, number] : finder.records()) {
    if (!finder.is_list_in(best, way) || number <= most_inside || !are_many(number)) continue;
    most_inside = number;
    inner = way;
  }
  // A list of few records may be another contest.
  const auto is_short_list = [&](const JsonPath& way, std::size_t number) {
    return number > 1 && finder.is_list(way);
  };
  const JsonPath outer = std::exchange(best, inner);
  std::vector<std::string> choices;
  for (const auto& [way, number] : finder.records()) {
    if (way == best || way == outer ||
        ((are_many(number) || is_short_list(way, number)) && !leads_to(way, best) &&
         !leads_to(best, way)))
      choices.push_back(way_in_words(way));
  }
  if (choices.size() < 2) return chosen_form(best, asked);
  const std::string answer =
      answer_to(asked, answers,
                {"json records",
                 fmt::format("records with numbers stand in several places of the file ({}): which "
                             "are the votes?",
                             fmt::join(choices, ", ")),
                 way_in_words(best), choices});
  for (const auto& [way, number] : finder.records()) {
    if (way_in_words(way) == answer) best = way;
  }
  return chosen_form(best, asked);
}

}  // namespace teller
