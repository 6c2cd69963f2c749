#include "cli/ballot_page.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/terminal_text.h"

namespace teller::cli {
namespace {

// `text` on as many lines as it needs, broken at blanks where there are some. The first line stands
// behind `first`, the others behind as many blanks.
void wrap(std::string& page, const std::string& first, std::string_view text) {
  const std::string printed = printable_line(text);
  std::string_view left = printed;
  const std::size_t indent = width_of(first);
  std::string before = first;
  do {
    std::string_view line = cut_to_width(left, page_columns - indent);
    if (line.size() < left.size()) {
      const std::size_t blank = line.rfind(' ');
      if (left[line.size()] != ' ' && blank != std::string_view::npos && blank > 0)
        line = line.substr(0, blank);
    }
    page += before;
    page += line;
    page += '\n';
    left.remove_prefix(line.size());
    while (left.starts_with(' ')) left.remove_prefix(1);
    before = std::string(indent, ' ');
  } while (!left.empty());
}

std::string repeated(std::string_view what, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += what;
  return text;
}

std::string how_to_vote(const Contest& contest) {
  std::string text;
  if (contest.kind == ContestKind::ranked) {
    text = contest.votes_allowed == 1
               ? "Write 1 beside one"
               : fmt::format("Rank up to {}: 1 is your first choice", contest.votes_allowed);
  } else {
    text = contest.votes_allowed == 1 ? "Vote for one"
                                      : fmt::format("Vote for at most {}", contest.votes_allowed);
  }
  if (contest.seats > 1) text += fmt::format(" · {} seats", contest.seats);
  return text;
}

// "Ada Moss · Greens, Labour", with the people of a ticket where the option is called otherwise.
std::string said_of(const Option& option, const Rules& rules) {
  std::string people, parties;
  for (const Candidate& candidate : option.candidates)
    people += (people.empty() ? "" : " / ") + candidate.name;
  for (const PartyId party : option.parties)
    parties += (parties.empty() ? "" : ", ") + rules.parties.at(party.value).name;
  std::string text = option.name;
  if (!people.empty() && people != option.name) text += " (" + people + ")";
  if (!parties.empty()) text += " · " + parties;
  return text;
}

void add_contest(std::string& page, const Contest& contest, const Rules& rules) {
  page += '\n';
  wrap(page, "", contest.name);
  wrap(page, "", how_to_vote(contest));
  page += '\n';
  const std::string box = contest.kind == ContestKind::ranked ? "  [  ] " : "  [ ] ";
  for (const Option& option : contest.options) wrap(page, box, said_of(option, rules));
  const std::size_t lines = contest.write_ins ? contest.votes_allowed : 0;
  constexpr std::size_t lines_max = 10;
  for (std::size_t i = 0; i < std::min(lines, lines_max); ++i) {
    page += box + repeated("_", 40);
    page += i == 0 ? " (a name of your own)\n" : "\n";
  }
}

// "North, Fire station and 12 more".
std::string places_of(const Rules& rules, const std::vector<UnitId>& units) {
  constexpr std::size_t shown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(units.size(), shown); ++i)
    text += (i == 0 ? "" : ", ") + rules.units.at(units[i].value).name;
  if (units.size() > shown) text += fmt::format(" and {} more", units.size() - shown);
  return units.empty() ? "no unit of its own" : text;
}

}  // namespace

std::string ballot_page(const Rules& rules, const Style& style, std::size_t card) {
  std::string page;
  wrap(page, "", fmt::format("{} · {}", rules.election, rules.date));
  wrap(page, "",
       style.cards.size() == 1
           ? fmt::format("Ballot {}", style.name)
           : fmt::format("Ballot {}, card {} of {}", style.name, card + 1, style.cards.size()));
  if (style.units) wrap(page, "", "Given in " + places_of(rules, *style.units));
  page += repeated("─", page_columns) + "\n";
  for (const ContestId contest : style.cards[card].contests)
    add_contest(page, rules.contest(contest), rules);
  return page;
}

}  // namespace teller::cli
