#include "election/rules.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "election/json_file.h"

namespace teller {

namespace {

constexpr JsonLimits rules_limits{.bytes = Rules::file_bytes_max, .values = std::size_t{16} << 20};

constexpr std::string_view unsupported_kinds[] = {"approval", "list", "cumulative", "weighted"};

}  // namespace

// Reads the file top to bottom, in the order in which its parts name each other.
class RulesParser {
 public:
  using Json = JsonFile::Json;

  explicit RulesParser(JsonFile& file) : file_(file) {}

  Rules rules;
  bool kind_unsupported = false;

  void run() {
    const Json root = file_.object(file_.root(), "");
    file_.only(
        root, "",
        {"teller", "$schema", "election", "parties", "methods", "units", "contests", "styles"});
    if (file_.text(root, "teller", "") != "rules/1") {
      file_.fault("/teller", "must be \"rules/1\", the only version known here");
    }
    const Json election =
        file_.object(root.find("election").value_or(JsonTree::empty_object()), "/election");
    file_.only(election, "/election", {"name", "date", "time_zone"});
    rules.election = file_.text(election, "name", "/election");
    rules.date = file_.text(election, "date", "/election");
    rules.time_zone = file_.text(election, "time_zone", "/election");
    if (!is_date(rules.date)) file_.fault("/election/date", "must be a date like 2024-01-13");

    parties(file_.array(root, "parties", "", false));
    methods(file_.array(root, "methods", ""));
    units(file_.array(root, "units", ""));
    contests(file_.array(root, "contests", ""));
    styles(file_.array(root, "styles", "", false));
  }

 private:
  static bool is_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9')) return false;
    }
    const int month = (text[5] - '0') * 10 + text[6] - '0',
              day = (text[8] - '0') * 10 + text[9] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
  }

  static std::string at(const char* list, std::size_t i) { return fmt::format("/{}/{}", list, i); }

  // Enters `id` under its place in the list, or notes that it was there before.
  void index(Rules::Index& index, const std::string& id, std::size_t place,
             const std::string& path) {
    if (!id.empty() && !index.emplace(id, static_cast<std::uint32_t>(place)).second) {
      file_.fault(path + "/id", "\"" + id + "\" stands in this list twice");
    }
  }

  void too_many(Json list, const char* name, std::size_t most) {
    if (list.size() > most) {
      file_.fault(std::string("/") + name, fmt::format("at most {} are possible", most));
    }
  }

  std::string name_of(Json item, const std::string& path, const std::string& id) {
    const std::string name = file_.text(item, "name", path, false);
    return name.empty() ? id : name;
  }

  void parties(Json list) {
    too_many(list, "parties", 65'000);
    list.for_each([&](std::size_t i, Json listed) {
      const std::string path = at("parties", i);
      const Json item = file_.object(listed, path);
      file_.only(item, path, {"id", "name"});
      Party party{file_.id(item, path), {}};
      party.name = name_of(item, path, party.id);
      index(rules.party_index_, party.id, i, path);
      rules.parties.push_back(std::move(party));
    });
  }

  void methods(Json list) {
    too_many(list, "methods", 255);
    if (list.empty()) file_.fault("/methods", "name at least one voting method");
    list.for_each([&](std::size_t i, Json listed) {
      const std::string path = at("methods", i);
      const Json item = file_.object(listed, path);
      file_.only(item, path, {"id", "name"});
      Method method{file_.id(item, path), {}};
      method.name = name_of(item, path, method.id);
      index(rules.method_index_, method.id, i, path);
      rules.methods.push_back(std::move(method));
    });
  }

  void units(Json list) {
    too_many(list, "units", std::size_t{1} << 24);
    if (list.empty()) file_.fault("/units", "name at least one reporting unit");
    list.for_each([&](std::size_t i, Json listed) {
      const std::string path = at("units", i);
      const Json item = file_.object(listed, path);
      file_.only(item, path, {"id", "name", "kind", "parent"});
      Unit unit{file_.id(item, path), {}, file_.text(item, "kind", path), {}};
      unit.name = name_of(item, path, unit.id);
      if (item.find("parent")) {
        const std::string parent = file_.text(item, "parent", path);
        const auto found = rules.unit_index_.find(parent);
        if (found == rules.unit_index_.end()) {
          file_.fault(path + "/parent", "\"" + parent +
                                            "\" is no unit before this one; a parent stands "
                                            "before its children");
        } else {
          unit.parent = UnitId{found->second};
        }
      }
      index(rules.unit_index_, unit.id, i, path);
      rules.units.push_back(std::move(unit));
    });
  }

  void contests(Json list) {
    too_many(list, "contests", 65'000);
    if (list.empty()) file_.fault("/contests", "name at least one contest");
    list.for_each([&](std::size_t i, Json listed) {
      const std::string path = at("contests", i);
      const Json item = file_.object(listed, path);
      file_.only(item, path,
                 {"id", "name", "kind", "seats", "votes_allowed", "write_ins", "share_base",
                  "decides", "unit", "counted_from", "options"});
      Contest contest;
      contest.id = file_.id(item, path);
      contest.name = name_of(item, path, contest.id);
      index(rules.contest_index_, contest.id, i, path);
      const std::string kind = file_.text(item, "kind", path);
      if (kind == "ranked") {
        contest.kind = ContestKind::ranked;
      } else if (std::find(std::begin(unsupported_kinds), std::end(unsupported_kinds), kind) !=
                 std::end(unsupported_kinds)) {
        kind_unsupported = true;
        file_.fault(path + "/kind", "\"" + kind +
                                        "\" has its name but is not built yet; this "
                                        "version counts plurality and ranked");
      } else if (kind != "plurality") {
        file_.fault(path + "/kind", "must be plurality or ranked");
      }
      contest.seats = static_cast<std::uint16_t>(file_.number(item, "seats", path, 1, 1'000, 1));
      contest.votes_allowed =
          static_cast<std::uint16_t>(file_.number(item, "votes_allowed", path, 1, 255, 1));
      contest.write_ins = file_.flag(item, "write_ins", path);
      contest.share_base = file_.text(item, "share_base", path, false);
      if (contest.share_base.empty()) contest.share_base = "votes";
      if (contest.share_base != "votes" && contest.share_base != "cards") {
        file_.fault(path + "/share_base", "must be votes or cards");
      }
      contest.decides = file_.text(item, "decides", path, false);
      if (item.find("unit")) {
        const std::string unit = file_.text(item, "unit", path);
        const auto found = rules.unit_index_.find(unit);
        if (found == rules.unit_index_.end()) {
          file_.fault(path + "/unit", "\"" + unit + "\" is no reporting unit");
        } else {
          contest.unit = UnitId{found->second};
        }
      }
      counted_from(contest, item, path);
      options(contest, item, path);
      rules.contests.push_back(std::move(contest));
    });
  }

  void counted_from(Contest& contest, Json item, const std::string& path) {
    const std::string at = path + "/counted_from";
    const auto read = [&](Json value, const std::string& where) {
      if (value.text() == "ballots") return CountedFrom::ballots;
      if (value.text() != "sheets") file_.fault(where, "must be \"ballots\" or \"sheets\"");
      return CountedFrom::sheets;
    };
    contest.counted_from.assign(rules.methods.size(), CountedFrom::ballots);
    const auto value = item.find("counted_from");
    if (!value) return;
    if (!value->is_object()) {
      contest.counted_from.assign(rules.methods.size(), read(*value, at));
      return;
    }
    std::vector<bool> named(rules.methods.size());
    for (const auto& [method, from] : value->members()) {
      const std::string where = fmt::format("{}/{}", at, method);
      const auto found = rules.method_index_.find(method);
      if (found == rules.method_index_.end()) {
        file_.fault(where, "is no voting method");
        continue;
      }
      contest.counted_from[found->second] = read(from, where);
      named[found->second] = true;
    }
    for (std::size_t i = 0; i < named.size(); ++i) {
      if (!named[i]) file_.fault(at, "the method \"" + rules.methods[i].id + "\" is missing");
    }
  }

  void options(Contest& contest, Json item, const std::string& path) {
    const Json list = file_.array(item, "options", path);
    if (list.empty()) file_.fault(path, "a contest needs at least one option");
    if (list.size() > 65'000) file_.fault(path + "/options", "at most 65000 are possible");
    Rules::Index& by_id = rules.option_index_.emplace_back();
    list.for_each([&](std::size_t i, Json listed) {
      const std::string here = fmt::format("{}/options/{}", path, i);
      const Json value = file_.object(listed, here);
      file_.only(value, here, {"id", "name", "kind", "candidates", "parties"});
      Option option;
      option.id = file_.id(value, here);
      option.name = name_of(value, here, option.id);
      index(by_id, option.id, i, here);
      const std::string kind = file_.text(value, "kind", here, false);
      if (kind == "none_of_the_above") {
        option.kind = OptionKind::none_of_the_above;
      } else if (kind == "measure") {
        option.kind = OptionKind::measure;
      } else if (!kind.empty() && kind != "candidate") {
        file_.fault(here + "/kind", "must be candidate, none_of_the_above or measure");
      }
      candidates(option, value, here);
      parties_of(option, value, here);
      contest.options.push_back(std::move(option));
    });
  }

  void candidates(Option& option, Json item, const std::string& path) {
    file_.array(item, "candidates", path, false).for_each([&](std::size_t k, Json listed) {
      const std::string where = fmt::format("{}/candidates/{}", path, k);
      const Json candidate = file_.object(listed, where);
      file_.only(candidate, where, {"id", "name"});
      const std::string id = file_.id(candidate, where);
      option.candidates.push_back({id, name_of(candidate, where, id)});
    });
  }

  void parties_of(Option& option, Json item, const std::string& path) {
    file_.array(item, "parties", path, false).for_each([&](std::size_t k, Json listed) {
      const std::string where = fmt::format("{}/parties/{}", path, k);
      const std::string id(listed.text());
      const auto found = rules.find_party(id);
      if (!found) {
        file_.fault(where, "\"" + id + "\" is no party");
      } else if (std::ranges::find(option.parties, *found) != option.parties.end()) {
        file_.fault(where, "\"" + id + "\" stands here twice");
      } else {
        option.parties.push_back(*found);
      }
    });
  }

  void styles(Json list) {
    too_many(list, "styles", 65'000);
    list.for_each([&](std::size_t i, Json listed) {
      const std::string path = at("styles", i);
      const Json item = file_.object(listed, path);
      file_.only(item, path, {"id", "name", "cards", "units"});
      Style style{.id = file_.id(item, path), .name = {}, .cards = {}};
      style.name = name_of(item, path, style.id);
      index(rules.style_index_, style.id, i, path);
      const Json list_of_cards = file_.array(item, "cards", path);
      if (list_of_cards.empty() || list_of_cards.size() > 255) {
        file_.fault(path + "/cards", "a ballot style has 1 to 255 cards");
      }
      cards(style, list_of_cards, path);
      if (item.find("units")) units_of(style, file_.array(item, "units", path), path);
      rules.styles.push_back(std::move(style));
    });
  }

  void cards(Style& style, Json list, const std::string& path) {
    std::unordered_set<std::uint32_t> carried;
    list.for_each([&](std::size_t k, Json listed) {
      const std::string here = fmt::format("{}/cards/{}", path, k);
      if (!listed.is_list() || listed.empty() || listed.size() > 255) {
        file_.fault(here, "a card is a list of 1 to 255 contests");
        return;
      }
      Card card;
      listed.for_each([&](std::size_t n, Json contest) {
        const std::string where = fmt::format("{}/{}", here, n);
        const std::string id(contest.text());
        const auto found = rules.find_contest(id);
        if (!found) {
          file_.fault(where, "\"" + id + "\" is no contest");
        } else if (!carried.insert(found->value).second) {
          file_.fault(where, "\"" + id + "\" stands on this ballot style twice");
        } else {
          card.contests.push_back(*found);
        }
      });
      std::ranges::sort(card.contests);
      style.cards.push_back(std::move(card));
    });
  }

  void units_of(Style& style, Json list, const std::string& path) {
    std::vector<UnitId>& units = style.units.emplace();
    list.for_each([&](std::size_t k, Json listed) {
      const std::string where = fmt::format("{}/units/{}", path, k);
      const std::string id(listed.text());
      const auto found = rules.find_unit(id);
      if (!found) {
        file_.fault(where, "\"" + id + "\" is no reporting unit");
      } else {
        units.push_back(*found);
      }
    });
    std::ranges::sort(units);
    if (std::ranges::adjacent_find(units) != units.end())
      file_.fault(path + "/units", "a unit stands here twice");
    // What finding the expected units costs: a small file must not take minutes.
    std::size_t carried = 0;
    for (const Card& card : style.cards) carried += card.contests.size();
    pairs_ += carried * units.size();
    if (pairs_ > pairs_max && pairs_ - carried * units.size() <= pairs_max) {
      file_.fault(path + "/units",
                  fmt::format("more than {} pairs of a contest and a unit; name the units above "
                              "these instead",
                              pairs_max));
    }
  }

  static constexpr std::size_t pairs_max = std::size_t{16} << 20;
  JsonFile& file_;
  std::size_t pairs_ = 0;
};

Result<Rules> Rules::parse(std::string_view json, std::string_view name) {
  Rules rules;
  {
    Result<JsonFile> file = JsonFile::parse(json, name, "rules.syntax", rules_limits);
    if (!file) return std::unexpected(file.error());
    RulesParser parser(*file);
    parser.run();
    if (!file->good()) {
      return std::unexpected(file->error(parser.kind_unsupported ? Code("contest.kind_unsupported")
                                                                 : Code("rules.invalid")));
    }
    rules = std::move(parser.rules);
  }
  // The tree, which is larger than the file, is gone before the file is kept a second time.
  rules.bytes_ = json;
  rules.find_leaf_units();
  rules.find_expected();
  rules.hash_ = sha256(as_bytes(json));
  return rules;
}

namespace {

template <typename T, typename Index>
std::optional<T> find_in(const Index& index, std::string_view id) {
  const auto found = index.find(id);
  if (found == index.end()) return std::nullopt;
  return T{found->second};
}

}  // namespace

// A parent stands before its children, so that from the end each unit is complete when it is met.
void Rules::find_leaf_units() {
  leaf_units_.assign(units.size(), 0);
  is_leaf_.assign(units.size(), false);
  for (std::size_t u = units.size(); u-- > 0;) {
    if (leaf_units_[u] == 0) {
      leaf_units_[u] = 1;
      is_leaf_[u] = true;
    }
    if (units[u].parent) leaf_units_.at(units[u].parent->value) += leaf_units_[u];
  }
}

namespace {

// Of the units that styles name, those whose leaves are at or below `top`, none below another of them.
std::vector<UnitId> highest_below(const Rules& rules,
                                  const std::unordered_set<std::uint32_t>& named, UnitId top) {
  const auto above = [&](UnitId unit) { return rules.units[unit.value].parent; };
  for (std::optional<UnitId> unit = top; unit; unit = above(*unit)) {
    if (named.contains(unit->value)) return {top};
  }
  std::vector<UnitId> highest;
  for (const std::uint32_t each : named) {
    auto unit = above(UnitId{each});
    while (unit && *unit != top && !named.contains(unit->value)) unit = above(*unit);
    if (unit && *unit == top) highest.push_back(UnitId{each});
  }
  return highest;
}

}  // namespace

// The highest units at or below which everybody gets the contest.
std::vector<UnitId> Rules::given_in(ContestId contest) const {
  const UnitId top = contests[contest.value].unit;
  const auto& with_it = styles_with_[contest.value];
  std::unordered_set<std::uint32_t> named;
  for (const StyleId style : with_it) {
    if (!styles[style.value].units) return {top};
    for (const UnitId unit : *styles[style.value].units) named.insert(unit.value);
  }
  return with_it.empty() ? std::vector{top} : highest_below(*this, named, top);
}

void Rules::find_expected() {
  styles_with_.assign(contests.size(), {});
  for (std::uint32_t s = 0; s < styles.size(); ++s) {
    for (const Card& card : styles[s].cards) {
      for (const ContestId contest : card.contests) styles_with_[contest.value].push_back({s});
    }
  }
  expected_.clear();
  for (std::uint32_t c = 0; c < contests.size(); ++c) {
    std::uint32_t count = 0;
    for (const UnitId unit : given_in({c})) count += leaf_units(unit);
    expected_.push_back(count);
  }
}

std::vector<UnitId> Rules::units_expected(ContestId contest) const {
  // A parent stands before its children, so that what lies below is found in one way down.
  std::vector<bool> reached(units.size(), false);
  for (const UnitId unit : given_in(contest)) reached[unit.value] = true;
  std::vector<UnitId> expected;
  for (std::uint32_t u = 0; u < units.size(); ++u) {
    if (units[u].parent && reached[units[u].parent->value]) reached[u] = true;
    if (reached[u] && is_leaf_[u]) expected.push_back(UnitId{u});
  }
  return expected;
}

std::optional<ContestId> Rules::find_contest(std::string_view id) const {
  return find_in<ContestId>(contest_index_, id);
}
std::optional<OptionId> Rules::find_option(ContestId contest, std::string_view id) const {
  return find_in<OptionId>(option_index_.at(contest.value), id);
}
std::optional<PartyId> Rules::find_party(std::string_view id) const {
  return find_in<PartyId>(party_index_, id);
}
std::optional<UnitId> Rules::find_unit(std::string_view id) const {
  return find_in<UnitId>(unit_index_, id);
}
std::optional<StyleId> Rules::find_style(std::string_view id) const {
  return find_in<StyleId>(style_index_, id);
}
std::optional<MethodId> Rules::find_method(std::string_view id) const {
  return find_in<MethodId>(method_index_, id);
}

std::string_view to_text(ContestKind kind) {
  switch (kind) {
    case ContestKind::plurality:
      return "plurality";
    case ContestKind::ranked:
      return "ranked";
  }
  return "";
}

std::string_view to_text(OptionKind kind) {
  switch (kind) {
    case OptionKind::candidate:
      return "candidate";
    case OptionKind::none_of_the_above:
      return "none_of_the_above";
    case OptionKind::measure:
      return "measure";
  }
  return "";
}

}  // namespace teller
