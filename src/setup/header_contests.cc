#include "setup/header_contests.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "results/column_words.h"
#include "results/header_form.h"
#include "results/sums.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using HeaderNames = std::vector<std::string>;

// What people write between two things, the surer before the others.
constexpr auto separators = std::to_array<std::string_view>(
    {" - ", " – ", " — ", ": ", " : ", " | ", " / ", " > ", "::", ":", "|", "_"});

bool is_of_method(const std::string& text) {
  return meaning_of(text).role == Role::method_votes || is_named_as_sum(text);
}

// Each text stands in one run of columns.
bool are_runs(const HeaderNames& texts) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0 && texts[i] == texts[i - 1]) continue;
    if (!seen.insert(texts[i]).second) return false;
  }
  return true;
}

// Texts that are contests: several, most of them above several columns that differ in what is behind.
bool are_contests(const HeaderNames& texts, const HeaderNames& behind) {
  std::map<std::string, std::set<std::string>> options;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!options[texts[i]].insert(behind[i]).second) return false;
  }
  const auto several = std::ranges::count_if(options, [](const auto& contest) {
    return std::ranges::count_if(
               contest.second, [](const std::string& name) { return !is_named_as_sum(name); }) > 1;
  });
  const bool says_figures = std::ranges::any_of(
      options, [](const auto& contest) { return meaning_of(contest.first).role != Role::none; });
  return are_runs(texts) && !says_figures && several > 0 && 2 * several >= std::ssize(options);
}

// Texts that are methods: each name in front comes with several of them.
bool are_methods(const HeaderNames& texts, const HeaderNames& in_front) {
  const std::set<std::string> methods(texts.begin(), texts.end());
  const bool is_said = std::ranges::any_of(
      texts, [](const std::string& text) { return meaning_of(text).role == Role::method_votes; });
  return is_said && methods.size() > 1 && std::ranges::all_of(texts, is_of_method) &&
         2 * std::set<std::string>(in_front.begin(), in_front.end()).size() <= texts.size();
}

// The texts of one part of each name; nothing: some name has not this form.
std::optional<std::vector<HeaderNames>> parts_of(const HeaderNames& names,
                                                 const std::string& text) {
  const auto form = HeaderForm::parse(text);
  if (!form) return std::nullopt;
  std::vector<HeaderNames> parts(form->parts().size());
  for (const std::string& name : names) {
    const auto found = form->read(name);
    if (!found) return std::nullopt;
    for (std::size_t i = 0; i < found->size(); ++i) parts[i].push_back((*found)[i]);
  }
  return parts;
}

// "Ada Moss (DEM)": half of the options or more end in a short word in brackets.
bool have_parties(const HeaderNames& options) {
  const auto has_party = [](const std::string& option) {
    constexpr std::size_t letters_max = 12;
    const std::size_t open = option.rfind(" (");
    return open != std::string::npos && open > 0 && option.ends_with(')') &&
           option.size() - open - 3 <= letters_max &&
           option.find_first_of("0123456789 ", open + 2) == std::string::npos;
  };
  return 2 * std::ranges::count_if(options, has_party) >= std::ssize(options);
}

// A contest, an option and a method; in front of the option, or behind it.
bool take_three(const HeaderNames& names, bool is_behind, HeaderParts& found) {
  const std::string& between = found.separator;
  const std::string form =
      (is_behind ? "{option}" + between + "{contest}" : "{contest}" + between + "{option}") +
      between + "{method}";
  const auto three = parts_of(names, form);
  if (!three) return false;
  const HeaderNames& contests = (*three)[is_behind ? 1 : 0];
  const HeaderNames& options = (*three)[is_behind ? 0 : 1];
  HeaderNames others;
  for (std::size_t i = 0; i < options.size(); ++i)
    others.push_back(options[i] + between + (*three)[2][i]);
  if (!are_contests(contests, others) || !are_methods((*three)[2], options)) return false;
  found.has_contest = found.has_method = true;
  found.contest_is_behind = is_behind;
  found.forms = {form};
  return true;
}

// A contest and an option, with its party where most have one.
bool take_two(const HeaderNames& names, bool is_behind, HeaderParts& found) {
  const std::string contest = is_behind ? found.separator + "{contest}" : "";
  const std::string option = is_behind ? "{option}" : "{contest}" + found.separator + "{option}";
  const auto parts = parts_of(names, option + contest);
  if (!parts) return false;
  const HeaderNames& options = (*parts)[is_behind ? 0 : 1];
  if (!are_contests((*parts)[is_behind ? 1 : 0], options)) return false;
  found.has_contest = true;
  found.contest_is_behind = is_behind;
  found.has_party = have_parties(options);
  if (found.has_party) found.forms.push_back(option + " ({party})" + contest);
  if (!found.has_party || !parts_of(names, found.forms.front()))
    found.forms.push_back(option + contest);
  return true;
}

std::optional<HeaderParts> parts_at(const HeaderNames& names, const std::string& between) {
  HeaderParts found;
  found.separator = between;
  found.one = names.front();
  found.other = names.back();
  if (take_three(names, false, found)) return found;
  const auto parts = parts_of(names, "{option}" + between + "{method}");
  if (!parts) return std::nullopt;
  if (are_methods((*parts)[1], (*parts)[0])) {
    found.has_method = true;
    found.forms = {"{option}" + between + "{method}"};
    return found;
  }
  if (take_two(names, false, found) || take_three(names, true, found) ||
      take_two(names, true, found))
    return found;
  return std::nullopt;
}

bool is_year(std::string_view word) {
  return word.size() == 4 && (word.starts_with("19") || word.starts_with("20")) &&
         word.find_first_not_of("0123456789") == std::string_view::npos;
}

// A name without its year, and that.
struct Yearly {
  std::string name, year;
  bool is_behind = false;
};
Yearly yearly(const std::string& name) {
  constexpr std::size_t digits = 4;
  if (name.size() <= digits + 1) return {name, {}};
  const std::string_view text = name;
  if (is_year(text.substr(text.size() - digits)) && text[text.size() - digits - 1] == ' ')
    return {cleaned(text.substr(0, text.size() - digits)),
            std::string(text.substr(text.size() - digits)), true};
  if (is_year(text.substr(0, digits)) && text[digits] == ' ')
    return {cleaned(text.substr(digits)), std::string(text.substr(0, digits))};
  return {name, {}};
}

}  // namespace

std::optional<HeaderParts> find_header_parts(const HeaderNames& names) {
  if (names.size() < 2) return std::nullopt;
  for (const std::string_view between : separators) {
    const bool all_have_it =
        std::ranges::all_of(names, [&](const std::string& name) { return name.contains(between); });
    if (!all_have_it) continue;
    if (auto found = parts_at(names, std::string(between))) return found;
  }
  return std::nullopt;
}

std::vector<std::string> years_of_names(const HeaderNames& names) {
  std::map<std::string, std::set<std::string>> years_by_name;
  std::set<std::string> years;
  for (const std::string& name : names) {
    const Yearly one = yearly(name);
    if (one.year.empty()) continue;
    years_by_name[one.name].insert(one.year);
    years.insert(one.year);
  }
  if (std::ranges::none_of(years_by_name, [](const auto& it) { return it.second.size() > 1; }))
    return {};
  return {years.rbegin(), years.rend()};
}

std::string year_of_name(const std::string& name) { return yearly(name).year; }

std::string form_of_year(const HeaderNames& names, const std::string& year) {
  for (const std::string& name : names) {
    const Yearly one = yearly(name);
    if (one.year == year) return one.is_behind ? "{option} " + year : year + " {option}";
  }
  return {};
}

}  // namespace teller
