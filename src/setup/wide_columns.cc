#include "setup/wide_columns.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "results/sums.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Columns = std::vector<std::size_t>;

// What is in `all` and not in `some`; both ascending.
Columns without(const Columns& all, const Columns& some) {
  Columns left;
  std::ranges::set_difference(all, some, std::back_inserter(left));
  return left;
}

class WideFinder {
 public:
  WideFinder(const TableFront& front, const std::vector<ColumnWord>& words, const Columns& numeric)
      : front_(front), words_(words), numeric_(numeric) {}

  WideColumns run() {
    find_sums();
    find_options();
    find_sum_of_options();
    find_ballots();
    find_registered();
    for (const auto& [sum, of] : found_.sums) {
      if (is_unknown(sum) && sum != found_.sum)
        found_.why.try_emplace(sum, sentence(sum, "it is left out"));
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] const std::string& name(std::size_t at) const { return front_.columns[at].name; }
  [[nodiscard]] Role role(std::size_t at) const { return words_[at].role; }
  // Its name does not say that it is a figure.
  [[nodiscard]] bool is_unknown(std::size_t at) const {
    return role(at) == Role::none || role(at) == Role::votes || role(at) == Role::total;
  }
  [[nodiscard]] bool is_no_vote(std::size_t at) const {
    return role(at) == Role::invalid || role(at) == Role::blank || role(at) == Role::undervotes ||
           role(at) == Role::overvotes;
  }

  // Of the names of these, as many as fit into a sentence.
  [[nodiscard]] std::string listed(const Columns& columns) const {
    constexpr std::size_t listed_max = 6;
    std::vector<std::string> names;
    for (const std::size_t at : columns) {
      if (names.size() == listed_max && columns.size() > listed_max + 1)
        return fmt::format("{} and {} more", fmt::join(names, ", "), columns.size() - listed_max);
      names.push_back(shown(name(at)));
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }
  [[nodiscard]] std::string sentence(std::size_t sum, std::string_view what) const {
    return fmt::format("column {} is in every row the sum of {}: {}", shown(name(sum)),
                       listed(found_.sums.at(sum)), what);
  }

  void find_sums() {
    // In two rows of a header each contest has sums of its own, which the trial on the file finds.
    if (front_.header_rows > 1) return;
    Columns among;
    for (const std::size_t at : numeric_) {
      const Role what = role(at);
      if (what != Role::unit && what != Role::ignored && what != Role::size && what != Role::date &&
          what != Role::district)
        among.push_back(at);
    }
    found_.sums = find_column_sums(front_, among);
  }

  // A number in front of the last text is the row's own, or a place's; but a remark may stand behind.
  [[nodiscard]] Columns behind_texts(const Columns& possible) const {
    std::size_t last_text = 0;
    for (std::size_t i = 0; i < front_.columns.size(); ++i) {
      const ColumnFacts& column = front_.columns[i];
      const bool is_text = !column.is_number() && column.filled > 0 && column.numbers == 0 &&
                           column.masks < column.filled && !column.is_share();
      if (is_text && words_[i].role != Role::ignored && !possible.empty() && i < possible.back())
        last_text = i;
    }
    Columns left;
    std::ranges::copy_if(possible, std::back_inserter(left),
                         [&](std::size_t at) { return at >= last_text || is_summand(at); });
    return left;
  }

  [[nodiscard]] bool is_summand(std::size_t at) const {
    return std::ranges::any_of(
        found_.sums, [&](const auto& sum) { return std::ranges::binary_search(sum.second, at); });
  }

  void find_options() {
    Columns possible;
    for (const std::size_t at : numeric_) {
      const Role what = role(at);
      if (what == Role::none || what == Role::votes || what == Role::total ||
          what == Role::option || what == Role::method_votes)
        possible.push_back(at);
    }
    possible = behind_texts(possible);
    const bool has_names = std::ranges::any_of(possible, [&](std::size_t at) {
      return role(at) == Role::none && !is_named_as_sum(name(at));
    });
    for (const std::size_t at : possible) {
      const bool is_called_sum = role(at) == Role::total || is_named_as_sum(name(at)) ||
                                 (role(at) == Role::votes && has_names && front_.header_rows == 1);
      if (!is_called_sum && !found_.sums.contains(at)) {
        found_.options.push_back(at);
      } else if (!found_.sums.contains(at)) {
        called_sums_.push_back(at);
      }
    }
  }

  // The sum of most of them says which they are. One that with a little more makes up another, as valid
  // ballots and invalid ones do, says it best.
  void find_sum_of_options() {
    std::pair<bool, std::size_t> most{false, 1};
    std::optional<std::size_t> best;
    for (const auto& [sum, of] : found_.sums) {
      const std::pair found{is_most_of_another(sum), options_in(of).size()};
      if (found.second < 2 || found <= most) continue;
      most = found;
      best = sum;
    }
    if (best) {
      const Columns& of = found_.sums.at(*best);
      Columns inside = options_in(of);
      Columns outside = without(found_.options, inside);
      // Otherwise it is the sum of a group of them.
      if (most.first || outside.size() <= inside.size()) {
        if (without(of, inside).empty()) found_.sum = best;
        found_.options = std::move(inside);
        found_.outside = std::move(outside);
      }
    }
    for (const std::size_t at : called_sums_) {
      found_.why[at] = fmt::format(
          "column {} is no option, by its name, and not in every row the sum of those beside it",
          shown(name(at)));
    }
  }

  [[nodiscard]] Columns options_in(const Columns& of) const {
    Columns inside;
    std::ranges::set_intersection(of, found_.options, std::back_inserter(inside));
    return inside;
  }

  // What is more stands in front of the options, and is no tenth of the whole.
  [[nodiscard]] bool is_most_of_another(std::size_t sum) const {
    const Columns& mine = found_.sums.at(sum);
    for (const auto& [other, of] : found_.sums) {
      Columns left = of;
      if (std::ranges::binary_search(of, sum)) {
        std::erase(left, sum);
      } else if (without(mine, of).empty()) {
        left = without(of, mine);
      }
      if (other != sum && left.size() == 1 && left.front() < mine.front() &&
          largest_value(left.front()) < largest_value(other) / 10)
        return true;
    }
    return false;
  }

  // What the options and those who voted for none make up; of several such sums the whole.
  void find_ballots() {
    if (found_.options.size() < 2) return;
    const bool is_named =
        std::ranges::any_of(numeric_, [&](std::size_t at) { return role(at) == Role::cards; });
    std::optional<std::size_t> largest;
    std::optional<std::size_t> unknown;
    for (const auto& [sum, of] : found_.sums) {
      if (sum == found_.sum || (is_named ? role(sum) != Role::cards : !is_unknown(sum))) continue;
      const bool has_sum = found_.sum && std::ranges::binary_search(of, *found_.sum);
      if (!has_sum && !without(found_.options, of).empty()) continue;
      Columns left = without(of, found_.options);
      if (has_sum) std::erase(left, *found_.sum);
      const bool all_named = !left.empty() && std::ranges::all_of(left, [&](std::size_t at) {
        return is_no_vote(at);
      });
      const bool one_unknown = left.size() == 1 && is_unknown(left.front()) && found_.sum;
      if ((!all_named && !one_unknown) || (largest && largest_value(sum) < largest_value(*largest)))
        continue;
      largest = sum;
      unknown = one_unknown ? std::optional(left.front()) : std::nullopt;
    }
    if (!largest) return;
    found_.cards = largest;
    found_.why[*largest] = sentence(*largest, "these are the ballots");
    if (!unknown) return;
    found_.invalid = unknown;
    std::erase(found_.outside, *unknown);
    found_.why.erase(*unknown);
  }

  [[nodiscard]] std::uint64_t largest_value(std::size_t at) const {
    std::uint64_t most = 0;
    for (const TableFront::Row& row : front_.rows) {
      std::uint64_t value = 0;
      if (at < row.fields.size() &&
          read_number(row.fields[at], any_number_format(), value) == NumberKind::number)
        most = std::max(most, value);
    }
    return most;
  }

  // Ballots, and those who did not vote.
  void find_registered() {
    if (!found_.cards) return;
    const auto made_of = found_.sums.find(*found_.cards);
    for (const auto& [sum, of] : found_.sums) {
      if (sum == found_.sum || sum == *found_.cards || !is_unknown(sum)) continue;
      const bool has_cards = std::ranges::binary_search(of, *found_.cards);
      Columns left = of;
      if (has_cards) {
        std::erase(left, *found_.cards);
      } else if (made_of != found_.sums.end() && without(made_of->second, of).empty()) {
        left = without(of, made_of->second);
      }
      if (left.size() != 1 || left.size() == of.size()) continue;
      found_.registered = sum;
      found_.why[sum] = sentence(sum, "these are the registered voters");
      std::erase(found_.outside, left.front());
      found_.why[left.front()] =
          fmt::format("column {} are those who did not vote: it is not read", shown(name(left[0])));
      return;
    }
  }

  const TableFront& front_;
  const std::vector<ColumnWord>& words_;
  const Columns& numeric_;
  Columns called_sums_;
  WideColumns found_;
};

}  // namespace

WideColumns find_wide_columns(const TableFront& front, const std::vector<ColumnWord>& words,
                              const std::vector<std::size_t>& numeric) {
  return WideFinder(front, words, numeric).run();
}

}  // namespace teller
