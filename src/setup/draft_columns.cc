#include "setup/draft_columns.h"

#include <algorithm>

#include <fmt/format.h>

#include "results/sums.h"
#include "setup/row_words.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {

DraftColumns::DraftColumns(TableFront front, const MappingAnswers& given) : answers(given) {
  draft.front = std::move(front);
  // A column of texts may have no name, as the corner of a table: a mapping calls it by its place.
  for (std::size_t at = 0; at < columns().size(); ++at) {
    ColumnFacts& facts = draft.front.columns[at];
    if (facts.name.empty() && facts.filled > 0 && !facts.is_number() && !facts.is_share() &&
        facts.masks < facts.filled)
      facts.name = fmt::format("#{}", at + 1);
  }
  for (const ColumnFacts& one : columns()) {
    words.push_back(meaning_of_column(one.name));
    const Role said = words.back().role;
    // "ED" may be early voting, or an election district; words are no votes.
    if (one.filled > 0 && one.numbers == 0 &&
        (said == Role::method_votes || said == Role::votes || said == Role::total))
      words.back() = {};
    // "Precincts Reporting" counts no votes, and is no place either.
    if (one.is_number() && kind_of_row_name(one.name) == RowName::none)
      words.back() = {Role::ignored};
  }
  // "IL" above numbers is no place: it is the word of one language, and a short name of much else.
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].role == Role::unit && column(i).is_number() && as_id(column(i).name) == "il")
      words[i] = {};
  }
  ask_places_between();
  // Among options beside each other, where no other figure is, "Blanco" may be somebody: that is asked.
  const auto is_other = [&](std::size_t at) {
    const Role role = words[at].role;
    return role == Role::option || role == Role::votes ||
           (!figure_called(column(at).name).empty() && !may_be_surname(column(at).name));
  };
  bool has_other = false;
  for (std::size_t i = 0; i < words.size(); ++i) has_other = has_other || is_other(i);
  for (std::size_t i = 0; i < words.size() && !has_other; ++i) {
    if (may_be_surname(column(i).name)) words[i] = {};
  }
}

namespace {

// "Moss/Ward": two people, of whom one is called like a place.
bool is_half_a_place(const std::string& name) {
  const std::size_t cut = name.find('/');
  return cut != std::string::npos && cut > 0 &&
         (meaning_of(name.substr(0, cut)).role == Role::none ||
          meaning_of(name.substr(cut + 1)).role == Role::none);
}

}  // namespace

// "Ward" behind "Moss", where a column of places stands in front of both, may be somebody.
void DraftColumns::ask_places_between() {
  const auto is_option = [&](std::size_t at) {
    return words[at].role == Role::none && column(at).is_number();
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    // Options have a column of their own.
    if (words[i].role == Role::option && column(i).filled > 0 && !column(i).is_number()) return;
  }
  bool has_place = false;
  std::size_t options = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool is_place = words[i].role == Role::unit && column(i).filled > 0;
    options += is_option(i) ? 1 : 0;
    if (!is_place) continue;
    if (has_place && (options > 0 || is_half_a_place(column(i).name)) && column(i).is_number() &&
        !words[i].is_code && is_only(i)) {
      const std::string answer =
          ask({"option " + shown(column(i).name),
               fmt::format("{} stands beside columns of votes and is called like a place: is it "
                           "an option, as somebody who is called so (otherwise it is a place)?",
                           column_in_words(column(i))),
               repeats(i) ? "no" : "yes",
               {"yes", "no"}});
      if (answer == "yes") words[i] = {};
    }
    has_place = has_place || options == 0;
  }
}

std::string DraftColumns::ask(MappingQuestion question) {
  return answer_to(draft, answers, std::move(question));
}

std::optional<std::size_t> DraftColumns::with(Role role) const {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].role == role && !used.contains(i) && column(i).filled > 0 && is_only(i)) return i;
  }
  return std::nullopt;
}

bool DraftColumns::is_only(std::size_t at) const {
  return std::count_if(columns().begin(), columns().end(), [&](const ColumnFacts& other) {
           return other.name == column(at).name;
         }) == 1;
}

std::size_t DraftColumns::different(std::size_t at) const {
  std::set<std::string> seen;
  for (const TableFront::Row& row : draft.front.rows) {
    if (at < row.fields.size() && !row.fields[at].empty()) seen.insert(row.fields[at]);
  }
  return std::max(seen.size(), column(at).texts.size());
}

std::vector<std::size_t> DraftColumns::numeric() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < columns().size(); ++i) {
    if (column(i).is_number() && !used.contains(i)) found.push_back(i);
  }
  return found;
}

std::vector<std::size_t> DraftColumns::called_sums() const {
  std::vector<std::size_t> found;
  for (const std::size_t at : numeric()) {
    if (words[at].role == Role::total || words[at].role == Role::votes ||
        (words[at].role == Role::none && is_named_as_sum(column(at).name)))
      found.push_back(at);
  }
  return found;
}

std::vector<std::size_t> DraftColumns::with_header_parts(bool no_votes) const {
  std::vector<std::size_t> found;
  for (const std::size_t at : numeric()) {
    const Role role = words[at].role;
    if (role == Role::none || role == Role::votes || role == Role::total || role == Role::option ||
        role == Role::method_votes || (no_votes && is_no_vote_of_method(column(at).name)))
      found.push_back(at);
  }
  return found;
}

bool DraftColumns::repeats(std::size_t at) const {
  std::set<std::string> seen;
  return std::ranges::any_of(draft.front.rows, [&](const TableFront::Row& row) {
    return at < row.fields.size() && !row.fields[at].empty() && !seen.insert(row.fields[at]).second;
  });
}

bool DraftColumns::is_code(std::size_t at) const {
  std::set<std::string> seen;
  std::uint64_t last = 0;
  bool ascends = true, is_of_one_length = true;
  for (const TableFront::Row& row : draft.front.rows) {
    std::uint64_t value = 0;
    if (at >= row.fields.size() || read_number(row.fields[at], {}, value) != NumberKind::number ||
        !seen.insert(row.fields[at]).second)
      return false;
    ascends = ascends && value > last;
    is_of_one_length = is_of_one_length && row.fields[at].size() == seen.begin()->size() &&
                       row.fields[at].size() > 2;
    last = value;
  }
  return seen.size() > 1 && (ascends || is_of_one_length);
}

std::string column_in_words(const ColumnFacts& column) {
  return fmt::format("column {} ({})", shown(column.name),
                     column.filled == 0
                         ? "empty"
                         : fmt::format("as {} on line {}", shown(column.first), column.first_line));
}

std::string in_braces(const std::string& name) { return "{" + name + "}"; }

}  // namespace teller
