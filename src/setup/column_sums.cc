#include "setup/column_sums.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "results/sums.h"
#include "tables/number_format.h"

namespace teller {
namespace {

// More columns than this are options of a large ballot: then only runs are looked for.
constexpr std::size_t columns_with_extra_max = 120, columns_max = 1'000;

class SumFinder {
 public:
  SumFinder(const TableFront& front, const std::vector<std::size_t>& among)
      : front_(front), among_(among) {
    const NumberFormat format = any_number_format();
    for (const std::size_t at : among) {
      auto& values = values_.emplace_back();
      for (const TableFront::Row& row : front.rows) {
        std::uint64_t value = 0;
        const bool is_there = at < row.fields.size();
        if (is_there && read_number(row.fields[at], format, value) == NumberKind::number) {
          values.emplace_back(value);
        } else if (is_there && row.fields[at].empty()) {
          values.emplace_back(0);
        } else {
          values.emplace_back();
        }
      }
    }
    is_sum_.resize(among.size());
  }

  ColumnSums run() {
    ColumnSums found;
    // A sum that another one stands in the way of is found in the next round.
    for (bool more = among_.size() <= columns_max; more;) {
      more = false;
      for (std::size_t i = 0; i < among_.size(); ++i) {
        if (found.contains(among_[i])) continue;
        const auto of = summands_of(i);
        if (of.empty()) continue;
        auto& columns = found[among_[i]];
        for (const std::size_t k : of) columns.push_back(among_[k]);
        std::ranges::sort(columns);
        is_sum_[i] = true;
        more = true;
      }
    }
    return found;
  }

 private:
  using Places = std::vector<std::size_t>;

  Places summands_of(std::size_t at) const {
    if (auto of = run_to(at, std::nullopt); !of.empty()) return of;
    if (among_.size() > columns_with_extra_max) return {};
    for (std::size_t extra = 0; extra < among_.size(); ++extra) {
      if (extra == at) continue;
      if (auto of = run_to(at, extra); !of.empty()) return of;
    }
    return {};
  }

  // A run of neighbours, and `extra`, whose sum is `at` in every row. Sums that are known are passed
  // over, so that nothing is added twice.
  Places run_to(std::size_t at, std::optional<std::size_t> extra) const {
    const auto largest = largest_row(at);
    if (!largest) return {};
    const std::uint64_t whole = *values_[at][*largest];
    for (std::size_t from = 0; from < among_.size(); ++from) {
      Places of;
      std::uint64_t sum = 0;
      if (extra) {
        of.push_back(*extra);
        sum = values_[*extra][*largest].value_or(whole + 1);
      }
      for (std::size_t k = from; k < among_.size() && sum <= whole; ++k) {
        if (k == at || is_sum_[k] || k == extra) {
          if (k == from) break;
          continue;
        }
        sum += values_[k][*largest].value_or(whole + 1);
        of.push_back(k);
        if (sum == whole && of.size() > 1 && holds(at, of)) return with_empty_ones(at, of, extra);
      }
    }
    return {};
  }

  std::optional<std::size_t> largest_row(std::size_t at) const {
    std::optional<std::size_t> largest;
    for (std::size_t row = 0; row < values_[at].size(); ++row) {
      const auto& value = values_[at][row];
      if (value && *value > 0 && (!largest || *value > *values_[at][*largest])) largest = row;
    }
    return largest;
  }

  // In every row, and in too many for chance.
  bool holds(std::size_t at, const Places& of) const {
    double sure = 0;
    std::size_t rows = 0;
    for (std::size_t row = 0; row < front_.rows.size(); ++row) {
      if (!values_[at][row]) continue;
      std::uint64_t sum = 0;
      std::size_t summands = 0;
      bool is_known = true;
      for (const std::size_t k : of) {
        is_known = is_known && values_[k][row].has_value();
        sum += values_[k][row].value_or(0);
        summands += values_[k][row].value_or(0) > 0 ? 1 : 0;
      }
      if (!is_known) continue;
      if (sum != *values_[at][row]) return false;
      if (summands < 2) continue;
      sure += std::log2(static_cast<double>(sum) + 1.0);
      ++rows;
    }
    const bool is_named = is_named_as_sum(front_.columns[among_[at]].name);
    const double needed = 9.0 + 2.0 * std::log2(static_cast<double>(among_.size()));
    return rows > 1 && sure >= (is_named ? 3.0 : needed);
  }

  // Nobody voted for an option at the end of the run: it belongs to it as well.
  Places with_empty_ones(std::size_t at, Places of, std::optional<std::size_t> extra) const {
    const auto is_empty = [&](std::size_t k) {
      return k != at && k != extra && !is_sum_[k] &&
             std::ranges::all_of(values_[k], [](const auto& value) { return value == 0U; });
    };
    const auto [first, last] = std::ranges::minmax(extra ? Places(of.begin() + 1, of.end()) : of);
    for (std::size_t k = last + 1; k < among_.size() && is_empty(k); ++k) of.push_back(k);
    for (std::size_t k = first; k > 0 && is_empty(k - 1); --k) of.push_back(k - 1);
    return of;
  }

  const TableFront& front_;
  const std::vector<std::size_t>& among_;
  std::vector<std::vector<std::optional<std::uint64_t>>> values_;
  std::vector<bool> is_sum_;
};

}  // namespace

ColumnSums find_column_sums(const TableFront& front, const std::vector<std::size_t>& among) {
  return SumFinder(front, among).run();
}

NumberFormat any_number_format() {
  return {.thousands = {",", ".", " ", "'", "\u2019", "\u00A0", "\u202F"}, .other_digits = true};
}

SumOfRows sum_of_rows(const TableFront& front, const std::vector<std::size_t>& votes,
                      std::size_t of) {
  const NumberFormat format = any_number_format();
  SumOfRows rows;
  for (const TableFront::Row& row : front.rows) {
    std::uint64_t sum = 0, stands = 0;
    if (of >= row.fields.size() ||
        read_number(row.fields[of], format, stands) != NumberKind::number)
      continue;
    bool all = true, any = false;
    for (const std::size_t at : votes) {
      std::uint64_t value = 0;
      if (at == of) continue;
      const bool is_number = at < row.fields.size() && !row.fields[at].empty() &&
                             read_number(row.fields[at], format, value) == NumberKind::number;
      if (!is_number) all = all && at < row.fields.size() && row.fields[at].empty();
      any = any || is_number;
      sum += value;
    }
    if (!all || !any) continue;
    if (sum != stands) {
      if (rows.differ++ == 0) {
        rows.first_line = row.line;
        rows.stands = stands;
        rows.adds_up = sum;
      }
    } else if (stands > 0) {
      ++rows.agree;
    }
  }
  return rows;
}

}  // namespace teller
