#include "setup/column_groups.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "results/column_words.h"

namespace teller {
namespace {

// A name without the number at its end, and that number; 0: it has none.
struct Numbered {
  std::string stem;
  unsigned long number = 0;
};

Numbered numbered(const std::string& name) {
  constexpr std::size_t digits_max = 3;  // More are a year, or a code.
  const std::size_t end = name.find_last_not_of("0123456789") + 1;
  if (end == 0 || end == name.size() || name.size() - end > digits_max) return {name, 0};
  return {as_id(name.substr(0, end)), std::stoul(name.substr(end))};
}

bool repeats(const ColumnFacts& before, const ColumnFacts& after) {
  if (after.name.empty()) return false;
  const Numbered first = numbered(before.name), second = numbered(after.name);
  if (first.number == 0 && second.number == 0) return before.name == after.name;
  return first.number > 0 && second.number == first.number + 1 && first.stem == second.stem;
}

enum class Kind { empty, number, share, text };
Kind kind_of(const ColumnFacts& column) {
  return column.filled == 0                                          ? Kind::empty
         : column.is_share()                                         ? Kind::share
         : column.numbers > 0 && column.numbers >= column.filled / 2 ? Kind::number
                                                                     : Kind::text;
}

bool may_be_alike(const ColumnFacts& a, const ColumnFacts& b) {
  const Kind first = kind_of(a), second = kind_of(b);
  if (first == Kind::empty || second == Kind::empty || first == second) return true;
  // "60" is a share beside "43.8".
  return first != Kind::text && second != Kind::text;
}

// Words of a person's name, of which none alone names an option for sure.
constexpr std::array<std::string_view, 11> family_names = {
    "nom",       "name",     "nom candidat", "nachname", "familienname", "surname",
    "last name", "apellido", "apellidos",    "cognome",  "nom liste"};

// Which say that they are a part of it.
constexpr std::array<std::string_view, 16> last_names = {
    "nachname", "familienname",   "family name",  "surname",   "last name", "last",
    "lastname", "lname",          "apellido",     "apellidos", "cognome",   "achternaam",
    "nazwisko", "nom de famille", "nom candidat", "efternamn"};
constexpr std::array<std::string_view, 17> given_names = {
    "givennm",        "given names", "prénom",    "prenom",  "prénom candidat", "vorname",
    "first name",     "first",       "firstname", "fname",   "given name",      "forename",
    "nombre de pila", "voornaam",    "imię",      "förnamn", "nome proprio"};
constexpr std::array<std::string_view, 7> middle_names = {
    "middle name", "middle", "middle initial", "mi", "mname", "middlename", "second name"};
constexpr std::array<std::string_view, 3> name_suffixes = {"suffix", "name suffix", "suffix name"};

template <std::size_t size>
bool is_one_of(const std::string& id, const std::array<std::string_view, size>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return as_id(word) == id; });
}

// "Candidate Last Name", "cand_last"; of a header in two languages the first.
std::string without_candidate(std::string_view name) {
  std::string id = as_id(name.substr(0, name.find('/')));
  for (const std::string_view front :
       {"candidate-s-", "candidate’s-", "candidate-", "cand-", "kandidat-"}) {
    if (id.starts_with(front)) return id.substr(front.size());
  }
  return id;
}

}  // namespace

std::vector<std::size_t> find_name_columns(const std::vector<ColumnFacts>& columns,
                                           std::optional<std::size_t> whole) {
  std::optional<std::size_t> last, first, middle, suffix;
  for (std::size_t at = 0; at < columns.size(); ++at) {
    const std::string id = without_candidate(columns[at].name);
    const bool is_text = columns[at].filled > 0 && !columns[at].is_number();
    if (!is_text) continue;
    if (!last && is_one_of(id, last_names)) last = at;
    if (!first && is_one_of(id, given_names)) first = at;
    if (!middle && is_one_of(id, middle_names)) middle = at;
    if (!suffix && is_one_of(id, name_suffixes)) suffix = at;
  }
  for (std::size_t at = 0; at < columns.size() && !last; ++at) {
    const std::string id = as_id(columns[at].name);
    if (columns[at].filled > 0 && !columns[at].is_number() && (id == "name" || id == "nom"))
      last = at;
  }
  if (!last || !first || (whole && *whole != *last)) return {};
  std::vector<std::size_t> found{*first};
  if (middle) found.push_back(*middle);
  found.push_back(*last);
  if (suffix) found.push_back(*suffix);
  return found;
}

ColumnGroups find_named_groups(const std::vector<ColumnFacts>& columns) {
  for (std::size_t width = 2; width * 2 <= columns.size(); ++width) {
    std::size_t run = 0;  // Columns at the end that repeat what stands `width` before them.
    while (run + width < columns.size() &&
           repeats(columns[columns.size() - 1 - run - width], columns[columns.size() - 1 - run]))
      ++run;
    run -= run % width;
    if (run > 0) return {columns.size() - run - width, width};
  }
  return {};
}

ColumnGroups find_unnamed_groups(const std::vector<ColumnFacts>& columns, std::size_t named) {
  const bool has_more = std::any_of(columns.begin() + static_cast<std::ptrdiff_t>(named),
                                    columns.end(), [](const auto& it) { return it.filled > 0; });
  if (named == 0 || !has_more) return {};
  for (std::size_t width = 2; width <= named; ++width) {
    const ColumnGroups groups{named - width, width};
    if ((columns.size() - named) % width != 0 || !meaning_of_group(columns, groups)) continue;
    bool alike = true;
    for (std::size_t at = named; alike && at < columns.size(); ++at)
      alike = may_be_alike(columns[groups.begin + (at - named) % width], columns[at]);
    if (alike) return groups;
  }
  return {};
}

std::optional<GroupColumns> meaning_of_group(const std::vector<ColumnFacts>& columns,
                                             const ColumnGroups& groups) {
  std::optional<std::size_t> votes, family, first;
  GroupColumns found;
  for (std::size_t at = groups.begin; at < groups.begin + groups.width; ++at) {
    const ColumnFacts& column = columns[at];
    const Numbered name = numbered(column.name);
    if (column.name.empty()) return std::nullopt;
    found.are_numbered = found.are_numbered || name.number > 0;
    const std::string stem = as_id(name.stem);
    const Role role = meaning_of(name.stem).role;
    const bool is_text = kind_of(column) == Kind::text;
    if (!votes && role == Role::votes && column.is_number()) votes = at;
    if (!family && is_text && (role == Role::option || is_one_of(stem, family_names))) family = at;
    if (!first && is_text && is_one_of(stem, given_names)) first = at;
    if (!found.party && role == Role::party && (is_text || column.filled == 0)) found.party = at;
  }
  if (!votes || !family) return std::nullopt;
  found.votes = *votes;
  found.names.push_back(*family);
  if (first) found.names.push_back(*first);
  return found;
}

}  // namespace teller
