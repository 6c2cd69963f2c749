#include "setup/no_votes.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "results/column_words.h"
#include "tables/unicode.h"

namespace teller {
namespace {

constexpr auto no_votes = std::to_array<std::string_view>(
    {"no-vote", "no-votes", "no-vote-cast", "no-votes-cast", "novote", "novotes", "non-vote",
     "non-votes", "not-voted", "did-not-vote", "no-selection", "no-selections", "no-choice",
     "no-mark", "no-answer"});

bool has_option(const ResultsTable::Contest& contest, std::initializer_list<std::string_view> ids) {
  return std::ranges::any_of(contest.options, [&](const auto& option) {
    return std::ranges::find(ids, as_id(option.name)) != ids.end();
  });
}

}  // namespace

bool settle_no_votes(const ResultsTable& table, MappingDraft& draft, const MappingAnswers& answers,
                     std::set<std::string>& asked) {
  bool changed = false;
  for (const auto& contest : table.contests) {
    for (const auto& option : contest.options) {
      const std::string id = as_id(option.name);
      const bool has_no = has_option(contest, {"no", "against", "nay"});
      const bool is_no = has_option(contest, {"yes-vote", "yes-votes"}) && !has_no &&
                         (id == "no-vote" || id == "no-votes");
      if (is_no || std::ranges::find(no_votes, id) == no_votes.end() ||
          draft.option_figures.contains(option.name) || draft.option_skip.contains(option.name) ||
          !asked.insert("no vote\n" + option.name).second)
        continue;
      const bool may_be_no = has_option(contest, {"yes", "for", "aye"}) && !has_no;
      const std::string answer = answer_to(
          draft, answers,
          {"option " + shown(option.name),
           fmt::format(
               "{} of {} may be those who marked nothing, or votes: is it undervotes, blank "
               "ballots, an option{}, or nothing that is needed (then it is left out)?",
               shown(option.name), shown(contest.id), may_be_no ? " (votes for No)" : ""),
           may_be_no ? "option" : "undervotes",
           {"undervotes", "blank", "option", "nothing"}});
      if (answer == "option") continue;
      changed = true;
      if (answer == "nothing") {
        draft.option_skip.insert(option.name);
      } else {
        draft.option_figures[option.name] = answer;
      }
    }
  }
  return changed;
}

bool settle_headings(const ResultsTable& table, MappingDraft& draft, const MappingAnswers& answers,
                     std::set<std::string>& asked) {
  if (draft.option_id.starts_with("{header") || !draft.unknown.contains("")) return false;
  std::set<std::pair<std::size_t, std::size_t>> known;
  for (const auto& cell : table.cells) known.emplace(cell.contest, cell.column);
  bool changed = false;
  for (std::size_t c = 0; c < table.contests.size(); ++c) {
    for (std::size_t i = 0; i < table.contests[c].options.size(); ++i) {
      const std::string& name = table.contests[c].options[i].name;
      if (known.contains({c, i}) || draft.option_skip.contains(name) ||
          !asked.insert("heading\n" + name).second)
        continue;
      const std::string answer = answer_to(
          draft, answers,
          {"option " + shown(name),
           fmt::format("{} of {} has no figure in any row: is it an option (otherwise it is left "
                       "out; a heading above options of another contest needs a column in which "
                       "each row says its contest)?",
                       shown(name), shown(table.contests[c].id)),
           "no",
           {"yes", "no"}});
      if (answer == "no") changed = draft.option_skip.insert(name).second || changed;
    }
  }
  return changed;
}

namespace {

// "Ada Moss (DEM)": "Ada Moss"; empty: there is no party in brackets.
std::string without_party(const std::string& name) {
  constexpr std::size_t letters_max = 12;
  const std::size_t open = name.rfind(" (");
  if (open == std::string::npos || open == 0 || !name.ends_with(')') ||
      name.size() - open - 3 > letters_max ||
      name.find_first_of("0123456789", open) != std::string::npos)
    return {};
  return name.substr(0, open);
}

}  // namespace

bool settle_lines(const ResultsTable& table, MappingDraft& draft, const MappingAnswers& answers,
                  std::set<std::string>& asked) {
  if (!draft.header_forms.empty() || !draft.repeated.empty()) return false;
  for (const auto& contest : table.contests) {
    std::map<std::string, std::string> first;  // Of each name without its party.
    for (const auto& option : contest.options) {
      const std::string person = without_party(option.name);
      if (person.empty()) continue;
      const auto [before, is_new] = first.emplace(person, option.name);
      if (is_new || draft.option_ids.contains(option.name) ||
          !asked.insert("line\n" + person).second)
        continue;
      const bool is_wide = draft.option_id == "{header}" && !draft.wide_from.empty();
      const std::string answer = answer_to(
          draft, answers,
          {"option " + shown(option.name),
           fmt::format("{} of {} is called as {} but for its party: is it one candidate, whose "
                       "lines are added up, or are they different ones?",
                       shown(option.name), shown(contest.id), shown(before->second)),
           is_wide ? "one" : "different",
           {"one", "different"}});
      if (answer != "one") continue;
      if (is_wide) {
        draft.header_forms = {"{option} ({party})"};
        if (std::ranges::any_of(contest.options, [](const auto& other) {
              return without_party(other.name).empty();
            }))
          draft.header_forms.emplace_back("{option}");
        draft.option_id = "{header option}";
        draft.party = "{header party}";
        draft.repeated = "add_parties";
        return true;
      }
      for (const auto& other : contest.options) {
        if (without_party(other.name) == person) draft.option_ids[other.name] = person;
      }
      draft.repeated = "add";
      return true;
    }
  }
  return false;
}

}  // namespace teller
