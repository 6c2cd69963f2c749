#include "setup/ballot_signs.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "results/column_words.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// Columns that only ballots have, as exports of scanners and of forms call them.
constexpr auto columns_of_ballots =
    std::to_array<std::string_view>({"cast-vote-record", "cvr",          "cvrnumber",
                                     "cvr-number",       "cvr-id",       "cvrid",
                                     "ballot-id",        "ballotid",     "ballot-number",
                                     "ballotnumber",     "ballot-no",    "ballot-style",
                                     "ballottype",       "ballot-type",  "imprintedid",
                                     "imprinted-id",     "tabulatornum", "tabulator",
                                     "tabulator-id",     "batchid",      "batch-id",
                                     "recordid",         "record-id",    "card-number",
                                     "timestamp",        "zeitstempel",  "horodateur",
                                     "marca-temporal",   "paper",        "paper-number"});

// Words of a rank, whose number stands before or behind them.
constexpr auto words_of_ranks = std::to_array<std::string_view>(
    {"choice", "rank", "ranking", "preference", "pref", "wahl", "rang", "präferenz", "choix",
     "préférence", "preferencia", "opción"});
constexpr auto ordinals = std::to_array<std::string_view>(
    {"1st",    "2nd",   "3rd",    "4th",   "5th",  "6th", "7th", "8th",  "9th", "10th", "first",
     "second", "third", "fourth", "fifth", "1ère", "1er", "2e",  "2ème", "3e",  "3ème"});

std::vector<std::string> words_of_name(const std::string& name) {
  std::vector<std::string> words;
  const std::string id = as_id(name);
  for (std::size_t at = 0; at < id.size();) {
    const std::size_t end = std::min(id.find('-', at), id.size());
    if (end > at) words.push_back(id.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

bool is_number_word(std::string_view word) {
  return !word.empty() && word.size() < 3 &&
         word.find_first_not_of("0123456789") == std::string_view::npos;
}

// "1st", "Mayor 2nd", "Rank 3", "choice_1", "First choice".
bool is_called_rank(const std::string& name) {
  const auto words = words_of_name(name);
  const auto has = [&](const auto& known) {
    return std::ranges::any_of(words, [&](const std::string& word) {
      return std::ranges::find(known, word) != known.end();
    });
  };
  return has(ordinals) || (has(words_of_ranks) && std::ranges::any_of(words, is_number_word));
}

// Columns of small numbers of which each row has 1, 2, 3, … once: ranks that a ballot gives.
bool has_rows_of_ranks(const TableFront& front) {
  std::vector<std::size_t> ranks;
  for (std::size_t i = 0; i < front.columns.size(); ++i) {
    const ColumnFacts& column = front.columns[i];
    const bool are_small = std::ranges::all_of(
        column.texts, [](const auto& text) { return is_number_word(text.first); });
    if (column.filled > 0 && column.numbers == column.filled && are_small && !column.more_texts &&
        meaning_of(column.name).role == Role::none)
      ranks.push_back(i);
  }
  if (ranks.size() < 2 || front.rows.size() < 3) return false;
  // A number of the row may stand in front of them.
  for (std::size_t from = 0; from < std::min<std::size_t>(2, ranks.size() - 1); ++from) {
    std::size_t several = 0;
    const bool all = std::ranges::all_of(front.rows, [&](const TableFront::Row& row) {
      std::set<std::uint64_t> given;
      std::size_t filled = 0;
      for (std::size_t k = from; k < ranks.size(); ++k) {
        std::uint64_t value = 0;
        if (ranks[k] >= row.fields.size() || row.fields[ranks[k]].empty()) continue;
        if (read_number(row.fields[ranks[k]], {}, value) != NumberKind::number) return false;
        ++filled;
        given.insert(value);
      }
      several += filled > 1 ? 1 : 0;
      return given.size() == filled &&
             (given.empty() || (*given.begin() == 1 && *given.rbegin() == filled));
    });
    if (all && ranks.size() - from > 1 && 2 * several > front.rows.size()) return true;
  }
  return false;
}

// Cells with names of several options: "Ada Moss; Ben Rook", where one of them stands alone too, or again.
bool has_lists(const ColumnFacts& column) {
  std::size_t lists = 0;
  std::set<std::string> names;
  bool again = false;
  for (const auto& [text, where] : column.texts) {
    if (text.contains("; ") || text.contains(';')) ++lists;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(';', at), text.size());
      again = !names.insert(cleaned(text.substr(at, end - at))).second || again;
      at = end + 1;
    }
  }
  return lists > 0 && again;
}

}  // namespace

std::string signs_of_ballots(const TableFront& front) {
  std::vector<std::string> called, ranks, lists;
  std::size_t votes = 0;
  for (const ColumnFacts& column : front.columns) {
    const Role role = meaning_of(column.name).role;
    votes += role == Role::votes || role == Role::method_votes ? 1 : 0;
    if (column.filled == 0) continue;
    if (std::ranges::find(columns_of_ballots, as_id(column.name)) != columns_of_ballots.end())
      called.push_back(shown(column.name));
    if (!column.is_number() && is_called_rank(column.name)) ranks.push_back(shown(column.name));
    if (!column.is_number() && has_lists(column)) lists.push_back(shown(column.name));
  }
  // Results have a column that is called so.
  if (votes > 0) return {};
  if (ranks.size() > 1)
    return fmt::format("{} are called like ranks and hold names", fmt::join(ranks, ", "));
  if (called.size() > 1 || (!called.empty() && !lists.empty()))
    return fmt::format("it has the columns {}, as ballots have", fmt::join(called, ", "));
  if (!lists.empty())
    return fmt::format("cells of {} hold several names with \";\" between them", lists.front());
  if (has_rows_of_ranks(front)) return "the numbers of each row are 1, 2, 3, …, each once: ranks";
  if (!called.empty() && std::ranges::none_of(front.columns, &ColumnFacts::is_number))
    return fmt::format("it has the column {} and no numbers", called.front());
  return {};
}

std::string advice_on_ballots() {
  return "ballots are read by `teller import` with a mapping of kind = \"ballots\", and rules that "
         "say "
         "what is voted on (docs/reference/mapping.md#ballots, docs/guides/spreadsheets.md)";
}

}  // namespace teller
