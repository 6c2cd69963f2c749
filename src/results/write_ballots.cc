// The last step of an import, other than sheets: each vote becomes a ballot of its own.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "count/step.h"
#include "election/entry.h"
#include "results/arrival.h"
#include "results/import.h"

namespace teller {
namespace {

using Row = BoundResults::Row;

std::unexpected<Error> unsupported(const std::string& what) {
  return fail(Remedy::reject, "import.synthesise_unsupported",
              what +
                  "; only a vote-for-one contest that is alone on its ballot can be turned "
                  "into ballots, the rest into result sheets");
}

// The ballot style that holds `contest` and nothing else.
std::optional<StyleId> style_of_only(ContestId contest, const Rules& rules) {
  for (std::uint32_t i = 0; i < rules.styles.size(); ++i) {
    const Style& style = rules.styles[i];
    if (style.cards.size() == 1 && style.cards[0].contests.size() == 1 &&
        style.cards[0].contests[0] == contest) {
      return StyleId{i};
    }
  }
  return std::nullopt;
}

// The style of the ballots, if all of the results (at least one row) can be turned into ballots.
Result<StyleId> check_ballots_possible(const BoundResults& results, const Rules& rules) {
  if (const auto good = check_counted_from(results, rules, CountedFrom::ballots); !good) {
    return std::unexpected(good.error());
  }
  const ContestId contest = results.rows.front().contest;
  const Contest& about = rules.contest(contest);
  if (about.kind != ContestKind::plurality || about.votes_allowed != 1) {
    return unsupported(about.id + " is not vote-for-one");
  }
  const auto style = style_of_only(contest, rules);
  if (!style) return unsupported("no ballot style holds " + about.id + " and nothing else");
  for (const Row& row : results.rows) {
    if (row.contest != contest) {
      return unsupported(
          fmt::format("the results are of {} and {}", about.id, rules.contest(row.contest).id));
    }
    // Figures of the whole unit say nothing about a single ballot.
    if (row.column == slot::cards || row.column == slot::registered) continue;
    if (row.column >= slot::first_counter) {
      return unsupported(fmt::format("the results have {}", slot::name(row.column)));
    }
    if (row.withheld) return unsupported("the results have figures that are withheld");
  }
  return *style;
}

// The ballots of one row. They differ in nothing but their ids.
struct RowBallots {
  std::uint64_t end = 0;  // Where they end in the order of arrival, counted in ballots.
  Bytes bytes;            // An entry; its id is overwritten for each ballot.
  Hash key{};             // Of their ids.
};

std::vector<RowBallots> ballots_by_row(const BoundResults& results, const Rules& rules,
                                       StyleId style, const CountId& count, ByteView secret) {
  std::vector<RowBallots> by_row;
  std::uint64_t end = 0;
  for (const auto rows : by_arrival(results, secret)) {
    for (const Row& row : rows) {
      if (row.value == 0 || row.column >= slot::first_counter) continue;
      Selection selection;
      selection.contest = row.contest;
      selection.marks = {OptionId{row.column}};
      const Entry entry{
          .id = {},
          .body = Ballot{
              .unit = row.unit, .style = style, .method = row.method, .selections = {selection}}};
      end += row.value;
      const Contest& contest = rules.contest(row.contest);
      by_row.push_back({end, encode(entry, count),
                        derived_key(secret, fmt::format("ballot|{}|{}|{}|{}", contest.id,
                                                        rules.units[row.unit.value].id,
                                                        rules.methods[row.method.value].id,
                                                        contest.options[row.column].id))});
    }
  }
  return by_row;
}

// One ballot: the row it is of, and its number there, from 1 (the last in the order of arrival).
struct BallotOfRow {
  std::uint32_t row;
  std::uint64_t number;
};

// A window of the order is filled and shuffled in itself: it is some hundred units wide.
constexpr std::uint64_t window_ballots = 1 << 17;

// Ballots `begin` to `end` of the order of arrival, unshuffled. `window` is overwritten.
void fill_window(const std::vector<RowBallots>& by_row, std::uint64_t begin, std::uint64_t end,
                 std::vector<BallotOfRow>& window) {
  window.clear();
  auto row = static_cast<std::size_t>(
      std::upper_bound(by_row.begin(), by_row.end(), begin,
                       [](std::uint64_t at, const RowBallots& each) { return at < each.end; }) -
      by_row.begin());
  for (std::uint64_t at = begin; at < end; ++at) {
    if (at == by_row[row].end) ++row;
    window.push_back({static_cast<std::uint32_t>(row), by_row[row].end - at});
  }
}

// Gives the shared bytes of `row` the id of its ballot `number`.
void set_id(RowBallots& row, std::uint64_t number) {
  constexpr std::size_t id_at = entry_head_bytes - sizeof(EntryId::bytes);
  std::array<char, 8> raw;
  std::memcpy(raw.data(), &number, sizeof(number));
  const EntryId id = derived_id(row.key, std::string_view(raw.data(), raw.size()));
  std::copy(id.bytes.begin(), id.bytes.end(), row.bytes.begin() + id_at);
}

}  // namespace

Result<std::uint64_t> write_ballots(const BoundResults& results, const Rules& rules,
                                    const CountId& count, ByteView secret, const Portion& portion,
                                    const EntrySink& sink) {
  if (results.rows.empty()) return 0;
  const auto style = check_ballots_possible(results, rules);
  if (!style) return std::unexpected(style.error());
  std::vector<RowBallots> by_row = ballots_by_row(results, rules, *style, count, secret);
  const std::uint64_t total = by_row.empty() ? 0 : by_row.back().end;

  std::vector<BallotOfRow> window;
  const std::uint64_t seed = derived_seed(secret, "window");
  const std::uint64_t stop =
      portion.take < total - std::min(total, portion.skip) ? portion.skip + portion.take : total;
  for (std::uint64_t begin = portion.skip / window_ballots * window_ballots; begin < stop;
       begin += window_ballots) {
    const std::uint64_t end = std::min(begin + window_ballots, total);
    fill_window(by_row, begin, end, window);
    SeededRandom(seed, begin).shuffle(std::span(window));
    for (std::uint64_t at = std::max(begin, portion.skip); at < std::min(end, stop); ++at) {
      const BallotOfRow& ballot = window[at - begin];
      RowBallots& row = by_row[ballot.row];
      set_id(row, ballot.number);
      const auto sent = sink(row.bytes);
      if (!sent) return std::unexpected(sent.error());
    }
  }
  return total;
}

}  // namespace teller
