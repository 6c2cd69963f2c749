#include "setup/join_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "election/rules_text.h"
#include "setup/typed_table.h"

namespace teller {
namespace {

using Json = RulesJson::Json;

// What a member says that is left out (schema/rules.schema.json).
const Json defaults = {{"seats", 1},
                       {"votes_allowed", 1},
                       {"write_ins", false},
                       {"share_base", "votes"},
                       {"decides", ""},
                       {"counted_from", "ballots"},
                       {"parties", Json::array()},
                       {"candidates", Json::array()}};

Json member(const Json& item, const std::string& name) {
  if (const auto found = item.find(name); found != item.end()) return *found;
  if (name == "name" && item.contains("id")) return item.at("id");
  const auto otherwise = defaults.find(name);
  return otherwise == defaults.end() ? Json(nullptr) : *otherwise;
}

std::set<std::string> members_of(const Json& first, const Json& second) {
  std::set<std::string> names;
  for (const Json* const item : {&first, &second}) {
    for (const auto& [name, value] : item->items()) names.insert(name);
  }
  return names;
}

std::string in_words(const Json& value) {
  constexpr std::size_t most = 60;
  std::string text = value.is_null() ? "left out" : value.dump();
  if (text.size() > most) text = text.substr(0, text.find(' ', most)) + " …";
  return text;
}

class Joiner {
 public:
  explicit Joiner(const RulesFile& first) : first_(first.name) {
    const Json root = Json::parse(first.rules.bytes());
    joined_.election = root.at("election");
    take_lists(root, first.name);
  }

  void add(const RulesFile& file) {
    const Json root = Json::parse(file.rules.bytes());
    compare("the election", joined_.election, root.at("election"), first_, file.name);
    take_lists(root, file.name);
  }

  [[nodiscard]] Result<std::string> finish() const {
    if (!faults_.none()) return std::unexpected(faults_.error("rules.contradict"));
    return rules_text(joined_);
  }

 private:
  struct FirstAt {
    std::size_t at = 0;
    std::string file;
  };
  using Places = std::map<std::string, FirstAt>;

  void take_lists(const Json& root, const std::string& file) {
    const bool is_first = file == first_ && joined_.methods.empty();
    take(root, "methods", "method", joined_.methods, methods_, file);
    if (!is_first) check_methods(root, file);
    take(root, "parties", "party", joined_.parties, parties_, file);
    take(root, "units", "unit", joined_.units, units_, file);
    take(root, "contests", "contest", joined_.contests, contests_, file);
    for (const Json& style : root.value("styles", Json::array())) take_style(style, file);
  }

  // A contest is counted from ballots or sheets by method: a method more would be one that it says
  // nothing of.
  void check_methods(const Json& root, const std::string& file) {
    std::set<std::string> here;
    for (const Json& method : root.at("methods")) here.insert(method.at("id").get<std::string>());
    for (const auto& [id, seen] : methods_) {
      if (here.contains(id) && seen.file == first_) continue;
      faults_.add(fmt::format("method {}: is in {} and not in {}; both must have the same methods",
                              id, here.contains(id) ? file : seen.file,
                              here.contains(id) ? first_ : file));
    }
  }

  void take(const Json& root, const char* list, const char* what, std::vector<Json>& into,
            Places& places, const std::string& file) {
    for (const Json& item : root.value(list, Json::array())) {
      const std::string id = item.at("id");
      const auto [found, is_new] = places.emplace(id, FirstAt{into.size(), file});
      if (is_new) {
        into.push_back(item);
      } else {
        compare(fmt::format("{} {}", what, id), into[found->second.at], item, found->second.file,
                file);
      }
    }
  }

  void take_style(const Json& style, const std::string& file) {
    const std::string id = style.at("id");
    const auto [found, is_new] = styles_.emplace(id, FirstAt{joined_.styles.size(), file});
    if (is_new) {
      joined_.styles.push_back(style);
      return;
    }
    Json& into = joined_.styles[found->second.at];
    if (member(into, "name") != member(style, "name")) {
      faults_.add(fmt::format("style {}: name is {} in {} and {} in {}", id,
                              in_words(member(into, "name")), found->second.file,
                              in_words(member(style, "name")), file));
    }
    take_units_of_style(into, style);
    Json& cards = into.at("cards");
    const Json& more = style.at("cards");
    for (std::size_t n = 0; n < more.size(); ++n) {
      if (n == cards.size()) cards.push_back(Json::array());
      for (const Json& contest : more[n]) take_contest_of_style(id, cards, n, contest, file);
    }
  }

  // Given where either file gives it; everywhere where one of them does not say.
  static void take_units_of_style(Json& into, const Json& style) {
    if (!into.contains("units")) return;
    if (!style.contains("units")) {
      into.erase("units");
      return;
    }
    Json& units = into.at("units");
    for (const Json& unit : style.at("units")) {
      if (std::find(units.begin(), units.end(), unit) == units.end()) units.push_back(unit);
    }
  }

  void take_contest_of_style(const std::string& style, Json& cards, std::size_t n,
                             const Json& contest, const std::string& file) {
    for (std::size_t other = 0; other < cards.size(); ++other) {
      const auto& on = cards[other];
      if (std::find(on.begin(), on.end(), contest) == on.end()) continue;
      if (other != n) {
        faults_.add(fmt::format("style {}: {} puts contest {} on card {}, another file on card {}",
                                style, file, in_words(contest), n + 1, other + 1));
      }
      return;
    }
    cards[n].push_back(contest);
  }

  void compare(const std::string& what, const Json& first, const Json& second,
               const std::string& first_file, const std::string& second_file) {
    for (const std::string& name : members_of(first, second)) {
      const Json one = member(first, name), other = member(second, name);
      if (one == other) continue;
      faults_.add(fmt::format("{}: {} is {} in {} and {} in {}", what, name, in_words(one),
                              first_file, in_words(other), second_file));
    }
  }

  const std::string first_;
  RulesJson joined_;
  Places methods_, parties_, units_, contests_, styles_;
  TableFaults faults_;
};

}  // namespace

Result<std::string> join_rules(std::span<const RulesFile> files) {
  Joiner joiner(files.front());
  for (const RulesFile& file : files.subspan(1)) joiner.add(file);
  return joiner.finish();
}

}  // namespace teller
