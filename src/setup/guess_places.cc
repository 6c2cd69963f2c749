#include "setup/guess_places.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "tables/unicode.h"

namespace teller {
namespace {

class PlaceGuess {
 public:
  PlaceGuess(DraftColumns& all, const WideColumns& wide) : all_(all), wide_(wide) {}

  void run(std::optional<std::size_t> contest_at) {
    std::vector<std::size_t> levels = named_levels(all_);
    if (levels.empty()) levels = asked_levels();
    if (levels.empty()) return;
    const std::size_t top = levels.front();
    // Whatever is decided here needs one place that all others lie in.
    if (!all_.column(top).is_constant() || (has_gaps(top) && !is_filled_down(top, top)))
      all_.draft.units.push_back({"whole", "all", {}});
    for (const std::size_t at : levels) take_level(at, top);
    // Where places are, contests that leave cells empty are meant so too.
    if (contest_at && !all_.draft.fill_down.empty() && is_filled_down(*contest_at, *contest_at))
      fill_down(*contest_at, "contest");
  }

 private:
  void take_level(std::size_t at, std::size_t top) {
    const ColumnFacts& facts = all_.column(at);
    all_.used.insert(at);
    const std::string kind = as_id(facts.name);
    all_.draft.units.push_back(
        {kind.empty() || facts.name.starts_with('#') ? "place" : kind, in_braces(facts.name), {}});
    all_.draft.because("unit",
                       fmt::format("{} names places, {} of them", column_in_words(facts),
                                   facts.more_texts ? "very many" : grouped(all_.different(at))));
    if (!has_gaps(at)) return;
    if (has_shares_in_gaps(at)) {
      all_.draft.leave_out[facts.name].insert("");
      all_.draft.because("leave_out", fmt::format("where {} is empty, the row has shares and no "
                                                  "numbers: it is no place",
                                                  shown(facts.name)));
    } else if (facts.gaps_of_shares == 0 && is_filled_down(at, top)) {
      fill_down(at, "unit");
    } else if (at == top) {
      ask_gaps(at);
    } else {
      all_.draft.units.back().empty.insert("");
      all_.draft.because("unit", fmt::format("where {} is empty, the row is of the place above it",
                                             shown(facts.name)));
    }
  }

  [[nodiscard]] bool has_gaps(std::size_t at) const {
    return all_.column(at).filled < all_.draft.front.rows_all;
  }

  // Below each place a row of percents, in the whole file.
  [[nodiscard]] bool has_shares_in_gaps(std::size_t at) const {
    const ColumnFacts& facts = all_.column(at);
    return facts.gaps_of_shares > 0 && facts.gaps_of_others == 0;
  }

  // Whether an empty cell means the one above it: the topmost places have empty ones too, and they stand
  // behind most names, as where cells are merged. One behind the last place is of something else.
  [[nodiscard]] bool is_filled_down(std::size_t at, std::size_t top) const {
    return has_gaps(at) && has_gaps(top) && stands_behind_names(at) &&
           (at == top || stands_behind_names(top));
  }
  [[nodiscard]] bool stands_behind_names(std::size_t at) const {
    const auto& rows = all_.draft.front.rows;
    const auto is_filled = [&](const TableFront::Row& row) {
      return at < row.fields.size() && !row.fields[at].empty();
    };
    if (rows.empty() || !is_filled(rows.front())) return false;
    std::size_t names = 0, followed = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!is_filled(rows[i])) continue;
      ++names;
      followed += i + 1 < rows.size() && !is_filled(rows[i + 1]) ? 1 : 0;
    }
    return 2 * followed >= names;
  }

  void fill_down(std::size_t at, const std::string& part) {
    const std::string& name = all_.column(at).name;
    all_.draft.fill_down.push_back(name);
    all_.draft.because(part,
                       fmt::format("where {} is empty, the cell above it is meant", shown(name)));
  }

  // Of rows without a name of the topmost places no cell says whose they are.
  void ask_gaps(std::size_t at) {
    const auto& rows = all_.draft.front.rows;
    const auto first = std::ranges::find_if(rows, [&](const TableFront::Row& row) {
      return at >= row.fields.size() || row.fields[at].empty();
    });
    const ColumnFacts& facts = all_.column(at);
    const std::uint64_t gaps = all_.draft.front.rows_all - facts.filled;
    const std::string answer = all_.ask(
        {"unit empty " + shown(facts.name),
         fmt::format("{} {} nothing in {}{}: {} of the whole, of the place in the row above, or of "
                     "no place that can be told (then they are refused)?",
                     grouped(gaps), gaps == 1 ? "row has" : "rows have", shown(facts.name),
                     first == rows.end() ? "" : fmt::format(", the first on line {}", first->line),
                     gaps == 1 ? "is it" : "are they"),
         "whole",
         {"whole", "above", "none"}});
    if (answer == "above") fill_down(at, "unit");
    if (answer == "whole") all_.draft.units.back().empty.insert("");
  }

  // No name says it: texts that nothing is made of, or else numbers that look like codes. A person says
  // whether that is right.
  std::vector<std::size_t> asked_levels() {
    std::vector<std::size_t> possible = texts_left();
    if (possible.empty()) possible = codes_left();
    if (possible.empty()) {
      all_.draft.units.push_back(
          {"whole",
           all_.ask({"unit id",
                     "no column tells places apart: what is the place called that all rows are of?",
                     "all",
                     {}}),
           {}});
      return {};
    }
    std::vector<std::string> names;
    for (const std::size_t at : possible) names.push_back(all_.column(at).name);
    const std::string together = fmt::format("{}", fmt::join(names, " / "));
    std::vector<std::string> choices = names;
    if (names.size() > 1) choices.insert(choices.begin(), together);
    const std::string answer =
        all_.ask({"unit columns",
                  fmt::format("no column is called like a place; {} {}: is that right?", together,
                              names.size() == 1 ? "tells most rows apart"
                                                : "tell rows apart, from the large to the small"),
                  together, choices});
    const auto chosen = std::ranges::find(names, answer);
    if (chosen != names.end()) return {possible[static_cast<std::size_t>(chosen - names.begin())]};
    return possible;
  }

  // From the one with fewest different texts to the one with most.
  [[nodiscard]] std::vector<std::size_t> texts_left() const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < all_.columns().size(); ++i) {
      const ColumnFacts& facts = all_.column(i);
      if (!all_.used.contains(i) && facts.filled > 0 && !facts.is_number() && !facts.is_share() &&
          facts.masks < facts.filled && all_.is_only(i) &&
          (all_.words[i].role == Role::none || is_of_places_by_now(i)))
        found.push_back(i);
    }
    std::ranges::sort(found, {}, [&](std::size_t at) { return std::pair(all_.different(at), at); });
    return found;
  }

  // A column "name" of which no options were made.
  [[nodiscard]] bool is_of_places_by_now(std::size_t at) const {
    return all_.words[at].role == Role::option && as_id(all_.column(at).name) == "name";
  }

  // The one that tells most rows apart.
  [[nodiscard]] std::vector<std::size_t> codes_left() const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < all_.columns().size(); ++i) {
      const bool is_code_name = all_.words[i].role == Role::ignored && all_.is_code(i);
      if (all_.used.contains(i) || !all_.is_only(i) ||
          all_.column(i).filled < all_.draft.front.rows_all || all_.column(i).is_constant() ||
          all_.column(i).is_share() || (all_.words[i].role != Role::none && !is_code_name) ||
          wide_.why.contains(i))
        continue;
      if (!best || all_.different(i) > all_.different(*best)) best = i;
    }
    if (!best) return {};
    return {*best};
  }

  DraftColumns& all_;
  const WideColumns& wide_;
};

}  // namespace

// By their names, from the whole to the polling station.
std::vector<std::size_t> named_levels(const DraftColumns& all) {
  std::vector<std::size_t> levels;
  for (std::size_t i = 0; i < all.columns().size(); ++i) {
    const bool is_place =
        all.words[i].role == Role::unit ||
        (all.words[i].role == Role::district && !all.draft.contest_id.starts_with('{'));
    if (is_place && !all.used.contains(i) && all.column(i).filled > 0 && all.is_only(i))
      levels.push_back(i);
  }
  // Of two alike the one that stands further left is first.
  std::ranges::sort(levels, {}, [&](std::size_t at) { return std::pair(all.words[at].rank, at); });
  // The number of a place is not needed beside its name, which tells as many apart.
  const auto found = levels;
  std::erase_if(levels, [&](std::size_t at) {
    return all.words[at].is_code && std::ranges::any_of(found, [&](std::size_t other) {
             return all.words[other].rank == all.words[at].rank && !all.words[other].is_code &&
                    all.different(other) >= all.different(at);
           });
  });
  // Of two names of one level (a state and its letters, say) the first is enough.
  levels.erase(std::unique(levels.begin(), levels.end(),
                           [&](std::size_t a, std::size_t b) {
                             return all.words[a].rank == all.words[b].rank && all.words[a].rank < 6;
                           }),
               levels.end());
  return levels;
}

void draft_places(DraftColumns& all, const WideColumns& wide,
                  std::optional<std::size_t> contest_at) {
  PlaceGuess(all, wide).run(contest_at);
}

}  // namespace teller
