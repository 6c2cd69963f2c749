// What is asked before results are used: whether what they name is what its writer meant.
#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

#include "count/step.h"
#include "results/column_words.h"
#include "results/import.h"
#include "results/name_hints.h"
#include "results/name_skeleton.h"
#include "results/option_names.h"
#include "results/sums.h"
#include "tables/unicode.h"

namespace teller {
namespace {

std::unexpected<Error> refuse_alike(std::string_view what, std::string_view pair,
                                    std::string_view advice) {
  return fail(Remedy::reject, "mapping.invalid",
              fmt::format("two {} look the same: {}; {}", what, pair, advice));
}

// Of lines of one candidate that are added up, one that is called their sum.
Result<void> check_party_sums(const ResultsTable& table, const Mapping& mapping) {
  if (mapping.repeated != Mapping::Repeated::add_parties) return {};
  for (const auto& party : table.parties) {
    if (!is_named_as_sum(party.name) || mapping.no_sums.contains(party.id)) continue;
    return fail(
        Remedy::reject, "mapping.invalid",
        fmt::format("{}: the party {} is called a sum, and repeated = \"add_parties\" would add it "
                    "to the lines that it is the sum of: compare its rows ([expect], the column of "
                    "parties) or leave them out ([leave_out]); if it is a party, write no_sums = "
                    "[{}] at the top of the mapping",
                    mapping.name, shown(party.name), shown(party.id)));
  }
  return {};
}

}  // namespace

Result<void> check_mapping(const ResultsTable& table, const Mapping& mapping) {
  if (table.cells.empty() && table.rows_refused() == 0) {
    return fail(Remedy::reject, "mapping.invalid",
                table.rows_read == 0
                    ? "the file has a header and no rows: was it fetched to its end?"
                    : fmt::format("{}: takes none of the {} rows of the file; look at [where], "
                                  "[leave_out] and skip",
                                  mapping.name, table.rows_read));
  }
  if (auto good = check_party_sums(table, mapping); !good) return good;
  if (mapping.unused_allowed) return {};
  const auto is_none = [&](const std::string& id) {
    const auto is = [&](const auto& thing) { return thing.id == id || thing.name == id; };
    return std::ranges::none_of(table.units, is) && std::ranges::none_of(table.methods, is) &&
           std::ranges::none_of(table.parties, is) &&
           std::ranges::none_of(table.contests, [&](const auto& contest) {
             return std::ranges::any_of(contest.options, is);
           });
  };
  if (const auto none = std::ranges::find_if(mapping.no_sums, is_none);
      none != mapping.no_sums.end()) {
    return fail(
        Remedy::reject, "mapping.invalid",
        fmt::format(
            "{}: no unit, option, method or party of the file is called {}, as no_sums says",
            mapping.name, shown(*none)));
  }
  if (table.unused_keys.empty()) return {};
  return fail(
      Remedy::reject, "mapping.invalid",
      unused_in_words(table, mapping) +
          ". Correct it, or take it out; if files come in parts, write unused = \"allow\" at "
          "the top");
}

std::string unused_in_words(const ResultsTable& table, const Mapping& mapping) {
  constexpr std::size_t shown_max = 10;
  const std::size_t number = table.unused_keys.size();
  return fmt::format(
      "{}: fits no row of the file: {}{}", mapping.name,
      fmt::join(std::span(table.unused_keys).first(std::min(number, shown_max)), ", "),
      number > shown_max ? fmt::format(" and {} more", number - shown_max) : "");
}

namespace {

// Votes of a unit that stand beside those of the units in it, in one contest and with one method.
Result<void> check_levels(const ResultsTable& table, const Mapping& mapping) {
  std::vector<bool> is_above(table.units.size());
  for (const auto& unit : table.units) {
    if (unit.parent >= 0) is_above[static_cast<std::size_t>(unit.parent)] = true;
  }
  std::map<std::tuple<std::uint32_t, std::uint16_t, std::uint16_t>, std::uint64_t> lines;
  for (const auto& cell : table.cells) {
    if (is_above[cell.unit] && cell.column < slot::first_counter)
      lines.try_emplace({cell.unit, cell.contest, cell.method}, cell.line);
  }
  if (lines.empty()) return {};
  for (const auto& cell : table.cells) {
    if (cell.column >= slot::first_counter) continue;
    for (std::int32_t above = table.units[cell.unit].parent; above >= 0;
         above = table.units[static_cast<std::size_t>(above)].parent) {
      const auto found = lines.find({static_cast<std::uint32_t>(above), cell.contest, cell.method});
      if (found == lines.end()) continue;
      return fail(
          Remedy::reject, "mapping.invalid",
          fmt::format("{}: {} has votes of its own in {} ({}), and so has {}, which lies in it "
                      "({}): they would be counted twice. Leave one of them out with [leave_out], "
                      "or, where they are votes of another kind, give them a method of their own",
                      mapping.name, shown(table.units[static_cast<std::size_t>(above)].id),
                      shown(table.contests[cell.contest].id), table.in_words(found->second),
                      shown(table.units[cell.unit].id), table.in_words(cell.line)));
    }
  }
  return {};
}

}  // namespace

Result<void> check_sums(const ResultsTable& table, const Mapping& mapping) {
  if (auto good = check_levels(table, mapping); !good) return good;
  const auto sums = find_sums(table, mapping.no_sums);
  if (sums.empty()) return {};
  std::string text;
  constexpr std::size_t shown_max = 5;
  for (const FoundSum& sum : std::span(sums).first(std::min(sums.size(), shown_max)))
    text += (text.empty() ? "" : "; ") + in_words(sum);
  if (sums.size() > shown_max) text += fmt::format("; and {} more", sums.size() - shown_max);
  const FoundSum& first = sums.front();
  return fail(
      Remedy::reject, "mapping.invalid",
      fmt::format("{}: {}; it would be counted twice. {}; if {}, write no_sums = "
                  "[{}] at the top of the mapping",
                  mapping.name, text,
                  first.what == FoundSum::What::option
                      ? "Name it in skip of [option], or in [option.figures]"
                      : "Leave such rows out: [leave_out], the column, and what stands in it",
                  first.is_copy ? "they are votes of their own" : "it is no sum",
                  shown(first.name)));
}

namespace {

Result<void> check_names_in(const ResultsTable::Contest& contest, const Mapping& mapping) {
  for (const auto& option : contest.options) {
    // What the mapping names by its id is what the mapping says.
    if (mapping.no_sums.contains(option.id) || mapping.option_kinds.contains(option.id) ||
        option.id != option.name)
      continue;
    const std::string_view figure = figure_called(option.name);
    if (figure.empty() && !is_called_sum(option.name)) continue;
    return fail(
        Remedy::reject, "mapping.invalid",
        fmt::format("{}: the option {} of {} is called like {}; {}, or, if it is an option, write "
                    "no_sums = [{}] at the top of the mapping",
                    mapping.name, shown(option.name), shown(contest.id),
                    figure.empty() ? "a sum" : "a figure of the unit",
                    figure.empty() ? "name it in skip of [option]"
                                   : fmt::format("write {} = \"{}\" in [option.figures]",
                                                 shown(option.name), figure),
                    shown(option.id)));
  }
  return {};
}

// Figures by where they stand: of two things that are one, written in two ways, they are the same.
using Standing = std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint64_t>;

bool are_same(const Standing& one, const Standing& other) {
  return one == other &&
         std::ranges::any_of(one, [](const auto& figure) { return figure.second > 0; });
}

// All of a unit, with the units in it.
Standing standing_of_unit(const ResultsTable& table, std::uint32_t unit) {
  Standing standing;
  for (const auto& cell : table.cells) {
    for (std::int64_t at = cell.unit; at >= 0;
         at = table.units[static_cast<std::size_t>(at)].parent) {
      if (at == unit) standing[{cell.contest, cell.method, cell.column}] += cell.value;
    }
  }
  return standing;
}

Standing standing_of_option(const ResultsTable& table, std::size_t contest, std::size_t option) {
  Standing standing;
  for (const auto& cell : table.cells) {
    if (cell.contest == contest && cell.column == option)
      standing[{cell.unit, cell.method, 0}] += cell.value;
  }
  return standing;
}

constexpr std::size_t pairs_compared_max = 50;

Result<void> refuse_same(std::string_view what, std::string_view pair) {
  return fail(Remedy::reject, "mapping.invalid",
              fmt::format("two {} are called nearly the same and have the same figures: {}: is it "
                          "one, that would be counted twice? Correct the file, or leave one out "
                          "([leave_out])",
                          what, pair));
}

// Names that differ and may be one thing, in what a person reads.
struct LikeThings {
  std::string what;  // "units"
  std::string pair;
  bool have_same_figures = false;
};

std::vector<LikeThings> like_things(const ResultsTable& table) {
  std::vector<LikeThings> found;
  std::map<std::int32_t, std::vector<std::uint32_t>> siblings;
  for (std::uint32_t i = 0; i < table.units.size(); ++i)
    siblings[table.units[i].parent].push_back(i);
  for (const auto& [parent, units] : siblings) {
    std::vector<std::string_view> names;
    for (const std::uint32_t unit : units) names.push_back(table.units[unit].name);
    for (const LikeNames& pair : like_names(names)) {
      if (found.size() >= pairs_compared_max) return found;
      found.push_back({"units", two_spellings(names[pair.one], names[pair.other]),
                       are_same(standing_of_unit(table, units[pair.one]),
                                standing_of_unit(table, units[pair.other]))});
    }
  }
  std::vector<std::string_view> contests;
  for (std::size_t c = 0; c < table.contests.size(); ++c) {
    contests.push_back(table.contests[c].name);
    std::vector<std::string_view> names;
    for (const auto& option : table.contests[c].options) names.push_back(option.name);
    for (const LikeNames& pair : like_names(names)) {
      if (found.size() >= pairs_compared_max) return found;
      found.push_back({"options of " + table.contests[c].id,
                       two_spellings(names[pair.one], names[pair.other]),
                       are_same(standing_of_option(table, c, pair.one),
                                standing_of_option(table, c, pair.other))});
    }
  }
  for (const LikeNames& pair : like_names(contests))
    found.push_back({"contests", two_spellings(contests[pair.one], contests[pair.other])});
  return found;
}

}  // namespace

std::vector<std::string> name_doubts(const ResultsTable& table) {
  std::vector<std::string> doubts;
  for (const LikeThings& like : like_things(table))
    doubts.push_back(fmt::format("two {} are called nearly the same, and are taken for two: {}",
                                 like.what, like.pair));
  return doubts;
}

Result<void> check_option_names(const ResultsTable& table, const Mapping& mapping) {
  for (const auto& contest : table.contests) {
    if (auto good = check_names_in(contest, mapping); !good) return good;
  }
  return {};
}

Result<void> check_names(const ResultsTable& table, const Mapping& mapping) {
  std::map<std::int32_t, std::vector<std::string_view>> siblings;
  for (const auto& unit : table.units) siblings[unit.parent].push_back(unit.id);
  for (const auto& [parent, ids] : siblings) {
    if (const std::string pair = alike(ids); !pair.empty())
      return refuse_alike("units", pair, "correct the file");
  }
  std::vector<std::string_view> contests;
  for (const auto& contest : table.contests) {
    contests.push_back(contest.id);
    if (auto good = check_names_in(contest, mapping); !good) return good;
    std::vector<std::string_view> options;
    for (const auto& option : contest.options) options.push_back(option.id);
    if (const std::string pair = alike(options); !pair.empty())
      return refuse_alike("options", pair, "give both one id in [option.ids], or correct the file");
  }
  if (const std::string pair = alike(contests); !pair.empty())
    return refuse_alike("contests", pair, "give both one id in [contest.ids], or correct the file");
  for (const LikeThings& like : like_things(table)) {
    if (like.have_same_figures) return refuse_same(like.what, like.pair);
  }
  return {};
}

}  // namespace teller
