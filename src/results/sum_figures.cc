#include "results/sum_figures.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "base/grouped.h"

namespace teller::sums {

double bits_needed(std::size_t things, bool is_named) {
  return is_named ? 3.0 : 9.0 + 2.0 * std::log2(static_cast<double>(things));
}

double bits(std::uint64_t value) { return std::log2(static_cast<double>(value) + 1.0); }

double is_sum_of_others(const Figures& figures, std::size_t thing, bool is_named,
                        std::span<const std::size_t> without) {
  const std::uint32_t summands_needed = is_named ? 1 : 2;
  double sure = 0;
  for (const auto& [point, value] : figures.of[thing]) {
    if (figures.has_gaps[point]) continue;
    std::uint64_t others = figures.sum[point] - value;
    std::uint32_t summands = figures.above_zero[point] - (value > 0 ? 1U : 0U);
    for (const std::size_t left_out : without) {
      const auto& theirs = figures.of[left_out];
      const auto found =
          std::lower_bound(theirs.begin(), theirs.end(), std::pair(point, std::uint64_t{0}));
      if (found == theirs.end() || found->first != point) continue;
      others -= found->second;
      summands -= found->second > 0 ? 1 : 0;
    }
    if (others != value) return 0;
    if (summands >= summands_needed) sure += bits(value);
  }
  return sure;
}

std::string mostly_sum_of_others(const Figures& figures, std::size_t thing, double needed) {
  constexpr std::size_t agree_min = 4, agree_share = 4;
  std::size_t agree = 0, differ = 0;
  double sure = 0;
  for (const auto& [point, value] : figures.of[thing]) {
    if (figures.has_gaps[point]) continue;
    const std::uint64_t others = figures.sum[point] - value;
    const std::uint32_t summands = figures.above_zero[point] - (value > 0 ? 1U : 0U);
    if (others != value) {
      ++differ;
    } else if (summands >= 2) {
      ++agree;
      sure += bits(value);
    }
  }
  if (differ == 0 || agree < agree_min || agree < agree_share * differ || sure < needed) return {};
  return fmt::format("of all others in {} of {} figures", grouped(agree), grouped(agree + differ));
}

std::string one_figure(const Figures& figures, std::size_t thing) {
  std::uint64_t most = 0;
  for (const auto& [point, value] : figures.of[thing]) most = std::max(most, value);
  return fmt::format("{}, for one", grouped(most));
}

std::map<std::size_t, std::vector<std::size_t>> sums_of_their_names(
    const Figures& figures, std::span<const std::string> names) {
  std::vector<std::size_t> by_name(names.size());
  for (std::size_t i = 0; i < by_name.size(); ++i) by_name[i] = i;
  std::ranges::sort(by_name, {}, [&](std::size_t i) { return std::string_view(names[i]); });
  std::map<std::size_t, std::vector<std::size_t>> found;
  for (std::size_t at = 0; at < by_name.size(); ++at) {
    const std::size_t thing = by_name[at];
    const std::string& name = names[thing];
    std::vector<std::size_t> parts;
    for (std::size_t k = at + 1; k < by_name.size() && names[by_name[k]].starts_with(name); ++k) {
      // "P1" is not the beginning of "P10".
      const std::string_view more = std::string_view(names[by_name[k]]).substr(name.size());
      if (!name.empty() && !more.empty() && std::string_view(" -–:,(/_").contains(more.front()))
        parts.push_back(by_name[k]);
    }
    if (parts.size() < 2) continue;
    std::map<std::uint32_t, std::uint64_t> sums;
    for (const std::size_t part : parts) {
      for (const auto& [point, value] : figures.of[part]) sums[point] += value;
    }
    double sure = 0;
    const bool is_sum = std::ranges::all_of(figures.of[thing], [&](const auto& figure) {
      sure += bits(figure.second);
      return figures.has_gaps[figure.first] || sums[figure.first] == figure.second;
    });
    if (is_sum && sure >= bits_needed(names.size(), true)) found.emplace(thing, std::move(parts));
  }
  return found;
}

std::string nearly_sum_of_others(const Figures& figures, std::size_t thing, std::uint64_t share,
                                 std::span<const std::size_t> without) {
  std::uint64_t mine = 0, others = 0;
  for (const auto& [point, value] : figures.of[thing]) {
    mine += value;
    others += figures.sum[point] - value;
  }
  for (const std::size_t left_out : without) {
    for (const auto& [point, value] : figures.of[left_out]) others -= std::min(others, value);
  }
  if (mine == 0 || mine > others + others / share || mine + mine / share < others) return {};
  return fmt::format("of all others, or nearly: {} beside {}", grouped(mine), grouped(others));
}

}  // namespace teller::sums
