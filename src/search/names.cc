#include "search/names.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "election/joined_id.h"

namespace teller {
namespace {

// What `id` is called in other languages.
void add_translations(Named& named, const Presentation& presentation, const std::string& id) {
  for (const auto& [language, texts] : presentation.texts) {
    const auto found = texts.find(id);
    if (found != texts.end() && !found->second.empty()) named.also.push_back(found->second);
  }
}

class NamesOfElection {
 public:
  NamesOfElection(const Rules& rules, const Presentation& presentation)
      : rules_(&rules), presentation_(&presentation) {}

  void add_contests() {
    for (const Contest& contest : rules_->contests) {
      Named named{.kind = NamedKind::contest, .id = contest.id, .name = contest.name};
      add_translations(named, *presentation_, contest.id);
      names.all.push_back(std::move(named));
    }
  }

  void add_options() {
    for (std::uint32_t c = 0; c < rules_->contests.size(); ++c) {
      const Contest& contest = rules_->contests[c];
      for (const Option& option : contest.options) {
        const std::string key = fmt::format("{}/{}", contest.id, option.id);
        Named named = in_contest(NamedKind::option, c, option.id, option.name);
        const auto look = presentation_->options.find(key);
        if (look != presentation_->options.end() && !look->second.short_name.empty()) {
          named.also.push_back(look->second.short_name);
        }
        add_translations(named, *presentation_, key);
        names.all.push_back(std::move(named));
      }
    }
  }

  void add_parties() {
    for (std::uint32_t c = 0; c < rules_->contests.size(); ++c) {
      std::map<std::vector<std::uint32_t>, bool> known;
      for (const Option& option : rules_->contests[c].options) {
        std::vector<std::uint32_t> parties;
        for (const PartyId party : option.parties) parties.push_back(party.value);
        if (!parties.empty() && known.emplace(parties, true).second) add_party(c, parties);
      }
    }
  }

  void add_places() {
    const auto first = static_cast<std::uint32_t>(names.all.size());
    for (std::uint32_t u = 0; u < rules_->units.size(); ++u) {
      const Unit& unit = rules_->units[u];
      Named named{
          .id = unit.id, .name = unit.name, .what = unit.kind, .reports = rules_->is_leaf({u})};
      if (unit.parent) named.in = first + unit.parent->value;
      add_translations(named, *presentation_, unit.id);
      names.all.push_back(std::move(named));
    }
  }

  Names names;

 private:
  // Contests stand first in the list, by number.
  [[nodiscard]] Named in_contest(NamedKind kind, std::uint32_t contest, std::string_view id,
                                 std::string_view name) const {
    return {.kind = kind,
            .id = id,
            .name = name,
            .contest = rules_->contests[contest].id,
            .in = contest};
  }

  void add_party(std::uint32_t contest, const std::vector<std::uint32_t>& parties) {
    std::string id, name, said;  // `said`: by which the presentation knows it.
    for (const std::uint32_t party : parties) {
      const Party& one = rules_->parties.at(party);
      join_id(id, one.id);
      name += (name.empty() ? "" : " + ") + one.name;
      said += (said.empty() ? "" : "+") + one.id;
    }
    const std::string& kept_id = names.made.emplace_back(std::move(id));
    const std::string& kept_name = names.made.emplace_back(std::move(name));
    Named named = in_contest(NamedKind::party, contest, kept_id, kept_name);
    const std::string& kept_said = names.made.emplace_back(std::move(said));
    if (kept_said != kept_id) named.also.push_back(kept_said);
    add_translations(named, *presentation_, kept_said);
    names.all.push_back(std::move(named));
  }

  const Rules* rules_;
  const Presentation* presentation_;
};

}  // namespace

std::string_view to_text(NamedKind kind) {
  switch (kind) {
    case NamedKind::contest:
      return "contest";
    case NamedKind::option:
      return "option";
    case NamedKind::party:
      return "party";
    case NamedKind::place:
      return "place";
  }
  std::unreachable();
}

Names names_of(const Rules& rules, const Presentation& presentation) {
  NamesOfElection made(rules, presentation);
  made.add_contests();
  made.add_options();
  made.add_parties();
  made.add_places();
  return std::move(made.names);
}

}  // namespace teller
