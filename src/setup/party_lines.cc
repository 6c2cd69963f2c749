#include "setup/party_lines.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "setup/row_words.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using OneContest = ResultsTable::Contest;
using Pair = std::pair<std::uint32_t, std::uint32_t>;

// Each party of an option that crosses has options of its own, and few cross.
bool is_primary(const OneContest& contest) {
  std::map<std::uint32_t, std::size_t> own;
  std::size_t crossing = 0;
  for (const auto& option : contest.options) {
    if (option.parties.size() == 1) ++own[option.parties.front()];
    crossing += option.parties.size() > 1 ? 1 : 0;
  }
  if (crossing == 0 || 2 * crossing > contest.options.size()) return false;
  return std::ranges::all_of(contest.options, [&](const auto& option) {
    return option.parties.size() < 2 ||
           std::ranges::all_of(option.parties, [&](const auto party) { return own[party] > 0; });
  });
}

std::vector<Pair> pairs_of(const std::vector<std::uint32_t>& parties) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < parties.size(); ++i) {
    for (std::size_t k = i + 1; k < parties.size(); ++k)
      pairs.push_back(std::minmax(parties[i], parties[k]));
  }
  return pairs;
}

// The two that stand against each other wherever both are.
bool are_known_rivals(std::string_view one, std::string_view other) {
  constexpr std::array<std::string_view, 5> left = {"d", "dem", "democrat", "democratic",
                                                    "democratic party"};
  constexpr std::array<std::string_view, 5> right = {"r", "rep", "republican", "gop",
                                                     "republican party"};
  const auto is_of = [](const auto& words, std::string_view name) {
    return std::ranges::find(words, plain_word(cleaned(name))) != words.end();
  };
  return (is_of(left, one) && is_of(right, other)) || (is_of(right, one) && is_of(left, other));
}

}  // namespace

PartyLines find_party_lines(const ResultsTable& table) {
  PartyLines found;
  std::map<Pair, std::set<std::string>> together;  // Names of options.
  std::map<Pair, std::size_t> apart;               // Contests.
  for (const OneContest& contest : table.contests) {
    if (is_primary(contest)) {
      const auto crossing = std::ranges::find_if(
          contest.options, [](const auto& option) { return option.parties.size() > 1; });
      found.primaries.emplace(contest.id, crossing->id);
      continue;
    }
    std::set<std::uint32_t> all;
    std::set<Pair> joined;
    for (const auto& option : contest.options) {
      const std::vector<std::uint32_t> parties(option.parties.begin(), option.parties.end());
      all.insert(parties.begin(), parties.end());
      for (const Pair& pair : pairs_of(parties)) {
        together[pair].insert(option.name);
        joined.insert(pair);
      }
    }
    for (const Pair& pair : pairs_of({all.begin(), all.end()}))
      apart[pair] += joined.contains(pair) ? 0 : 1;
  }
  for (const OneContest& contest : table.contests) {
    if (found.primaries.contains(contest.id)) continue;
    for (const auto& option : contest.options) {
      if (is_of_no_party(option.name)) continue;
      for (const Pair& pair : pairs_of({option.parties.begin(), option.parties.end()})) {
        const auto& [one, other] = pair;
        const bool rivals = apart[pair] > together[pair].size() ||
                            are_known_rivals(table.parties[one].id, table.parties[other].id);
        // What is so of several candidates is a habit of the place.
        if ((together[pair].size() > 1 && !rivals) || (!found.option.empty() && !rivals)) continue;
        found.option = option.id;
        found.contest = contest.id;
        found.parties = {table.parties[one].id, table.parties[other].id};
        found.are_rivals = rivals;
        if (rivals) return found;
      }
    }
  }
  return found;
}

}  // namespace teller
