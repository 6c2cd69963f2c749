#include "cli/earlier_votes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "base/file.h"
#include "base/grouped.h"
#include "tables/csv.h"

namespace teller::cli {
namespace {

constexpr std::array<std::string_view, 4> earlier_columns{"unit", "contest", "option", "votes"};
constexpr std::int64_t earlier_votes_max = 1'000'000'000;

std::optional<std::int64_t> votes_in(std::string_view text) {
  std::int64_t votes = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), votes);
  if (fault != std::errc() || end != text.data() + text.size() || votes < 0 ||
      votes > earlier_votes_max) {
    return std::nullopt;
  }
  return votes;
}

}  // namespace

Result<std::vector<EarlierVotes>> read_earlier_votes(const std::string& file, const Rules& rules) {
  std::vector<EarlierVotes> votes;
  if (file.empty()) return votes;
  const auto text = read_file(file, own_file_bytes_max);
  if (!text) return std::unexpected(text.error());
  CsvReader csv(*text, {});
  CsvRow row;
  std::array<std::size_t, earlier_columns.size()> at{};
  std::map<std::tuple<ContestId, UnitId, OptionId>, std::uint64_t> lines;
  for (bool header = true;; header = false) {
    const auto more = csv.next(row);
    if (!more) return std::unexpected(during(file, more.error()));
    if (!*more && header) {
      return fail(Remedy::reject, "checks.invalid",
                  fmt::format("{}: there is no line with the names of the columns {}", file,
                              fmt::join(earlier_columns, ", ")));
    }
    if (!*more) return votes;
    const auto fault = [&](std::string what) {
      return fail(Remedy::reject, "checks.invalid", fmt::format("{}:{}: {}", file, row.line, what));
    };
    if (header) {
      for (std::size_t c = 0; c < earlier_columns.size(); ++c) {
        const auto field = std::ranges::find(row.fields, earlier_columns[c]);
        if (field == row.fields.end()) {
          return fault(fmt::format("there is no column {}; it has {}", earlier_columns[c],
                                   fmt::join(row.fields, ", ")));
        }
        at[c] = static_cast<std::size_t>(field - row.fields.begin());
      }
      continue;
    }
    const auto unit = rules.find_unit(std::string(row.fields[at[0]]));
    if (!unit) return fault(fmt::format("no unit has the id {}", row.fields[at[0]]));
    const auto contest = rules.find_contest(std::string(row.fields[at[1]]));
    if (!contest) return fault(fmt::format("no contest has the id {}", row.fields[at[1]]));
    const auto option = rules.find_option(*contest, row.fields[at[2]]);
    if (!option) return fault(fmt::format("no option of it has the id {}", row.fields[at[2]]));
    const auto number = votes_in(row.fields[at[3]]);
    if (!number) {
      return fault(fmt::format("\"{}\" is no number of votes (0 to {})", row.fields[at[3]],
                               grouped(static_cast<std::uint64_t>(earlier_votes_max))));
    }
    const auto [first, is_new] = lines.try_emplace({*contest, *unit, *option}, row.line);
    if (!is_new) {
      return fault(fmt::format("the votes for {} of {} in {} stand twice: line {} has them too",
                               row.fields[at[2]], row.fields[at[1]], row.fields[at[0]],
                               first->second));
    }
    votes.push_back({*contest, *unit, static_cast<std::uint16_t>(option->value), *number});
  }
}

}  // namespace teller::cli
