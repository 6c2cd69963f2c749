#include "setup/no_votes.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "results/column_words.h"
#include "setup/row_words.h"
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
  for (const auto& cell : table.unknown) {
    if (cell.masked) known.emplace(cell.contest, cell.column);
  }
  for (const auto& row : table.refused) {
    if (row.contest >= 0 && row.column >= 0) known.emplace(row.contest, row.column);
  }
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
           fmt::format("{} of {} has nothing in place of a figure in any row: is it an option "
                       "(otherwise it is left "
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

// Two names of one person, as a person answered, with what joins them.
struct JoinedLines {
  std::string id, first, other;
};

// "Ada Moss (DEM)" read as an option and a party makes one of all who differ in their party alone. Whether that joins
// nobody else: each text in brackets is a party, and nobody is called so without one.
bool may_take_apart(const ResultsTable& table, const MappingDraft& draft) {
  std::set<std::string> persons, others;
  for (const auto& contest : table.contests) {
    for (const auto& option : contest.options) {
      const std::string person = without_party(option.name);
      if (person.empty() && option.name.contains(" (")) return false;
      (person.empty() ? others : persons).insert(person.empty() ? option.name : person);
    }
  }
  const auto has_brackets = [](const std::string& name) { return name.contains(" ("); };
  return std::ranges::none_of(persons, [&](const auto& name) { return others.contains(name); }) &&
         draft.option_ids.empty() && std::ranges::none_of(draft.option_skip, has_brackets) &&
         std::ranges::none_of(draft.wide_except, has_brackets) &&
         std::ranges::none_of(draft.option_figures,
                              [&](const auto& figure) { return has_brackets(figure.first); });
}

void take_parties_apart(const ResultsTable& table, MappingDraft& draft) {
  draft.header_forms = {"{option} ({party})"};
  for (const auto& contest : table.contests) {
    if (draft.header_forms.size() == 1 &&
        std::ranges::any_of(contest.options,
                            [](const auto& other) { return without_party(other.name).empty(); }))
      draft.header_forms.emplace_back("{option}");
  }
  draft.option_id = "{header option}";
  draft.party = "{header party}";
  draft.repeated = "add_parties";
}

bool is_option(const ResultsTable& table, const std::string& name) {
  return std::ranges::any_of(table.contests, [&](const auto& contest) {
    return std::ranges::any_of(contest.options, [&](const auto& option) {
      return option.name == name || option.id == name;
    });
  });
}

}  // namespace

bool settle_lines(const ResultsTable& table, MappingDraft& draft, const MappingAnswers& answers,
                  std::set<std::string>& asked) {
  if (!draft.header_forms.empty() || !draft.repeated.empty()) return false;
  const bool is_wide = draft.option_id == "{header}" && !draft.wide_from.empty();
  const std::string some_differ = "lines differ";
  std::vector<JoinedLines> joined;
  for (const auto& contest : table.contests) {
    std::map<std::string, std::string> first;  // Of each name without its party.
    for (const auto& option : contest.options) {
      const std::string person = without_party(option.name);
      if (person.empty()) continue;
      const auto [before, is_new] = first.emplace(person, option.name);
      if (is_new || before->second == option.name || draft.option_ids.contains(option.name) ||
          !asked.insert("line\n" + option.name).second)
        continue;
      const std::string answer = answer_to(
          draft, answers,
          {"option " + shown(option.name),
           fmt::format("{} of {} is called as {} but for its party: is it one candidate, whose "
                       "lines are added up, or are they different ones?",
                       shown(option.name), shown(contest.id), shown(before->second)),
           is_wide ? "one" : "different",
           {"one", "different"}});
      if (answer == "one") {
        joined.push_back(
            {is_option(table, person) ? before->second : person, before->second, option.name});
      } else {
        asked.insert(some_differ);
      }
    }
  }
  if (joined.empty()) return false;
  if (is_wide && !asked.contains(some_differ) && may_take_apart(table, draft)) {
    take_parties_apart(table, draft);
    return true;
  }
  for (const JoinedLines& lines : joined) {
    for (auto& [name, id] : draft.option_ids) {  // Other spellings of them.
      if (id == lines.first || id == lines.other) id = lines.id;
    }
    draft.option_ids[lines.first] = lines.id;
    draft.option_ids[lines.other] = lines.id;
  }
  // What is called the same there is a copy, and is refused.
  draft.repeated = "add_names";
  return true;
}

}  // namespace teller
