#include "setup/header_contests.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "results/column_words.h"
#include "results/header_form.h"
#include "results/sums.h"
#include "setup/row_words.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using PartNames = std::vector<std::string>;

// What people write between two things, the surer before the others.
constexpr auto separators = std::to_array<std::string_view>(
    {" - ", " – ", " — ", ": ", " : ", " | ", " / ", " > ", "::", ":", "|", "_"});

bool is_of_method(const std::string& text) {
  return meaning_of(text).role == Role::method_votes || is_named_as_sum(text);
}

// Each text stands in one run of columns.
bool are_runs(const PartNames& texts) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0 && texts[i] == texts[i - 1]) continue;
    if (!seen.insert(texts[i]).second) return false;
  }
  return true;
}

// Texts that are contests: several, most of them above several columns that differ in what is behind.
bool are_contests(const PartNames& texts, const PartNames& behind) {
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
bool are_methods(const PartNames& texts, const PartNames& in_front) {
  const std::set<std::string> methods(texts.begin(), texts.end());
  const bool is_said = std::ranges::any_of(
      texts, [](const std::string& text) { return meaning_of(text).role == Role::method_votes; });
  return is_said && methods.size() > 1 && std::ranges::all_of(texts, is_of_method) &&
         2 * std::set<std::string>(in_front.begin(), in_front.end()).size() <= texts.size();
}

// The texts of one part of each name; nothing: some name has not this form.
std::optional<std::vector<PartNames>> parts_of(const PartNames& names, const std::string& text) {
  const auto form = HeaderForm::parse(text);
  if (!form) return std::nullopt;
  std::vector<PartNames> parts(form->parts().size());
  for (const std::string& name : names) {
    const auto found = form->read(name);
    if (!found) return std::nullopt;
    for (std::size_t i = 0; i < found->size(); ++i) parts[i].push_back((*found)[i]);
  }
  return parts;
}

// "Ada Moss (DEM)": half of the options or more end in a short word in brackets.
bool have_parties(const PartNames& options) {
  const auto has_party = [](const std::string& option) {
    const std::string person = without_party(option);
    return !person.empty() && option.find(' ', person.size() + 2) == std::string::npos;
  };
  return 2 * std::ranges::count_if(options, has_party) >= std::ssize(options);
}

// A contest, an option and a method; in front of the option, or behind it.
bool take_three(const PartNames& names, bool is_behind, HeaderParts& found) {
  const std::string& between = found.separator;
  const std::string form =
      (is_behind ? "{option}" + between + "{contest}" : "{contest}" + between + "{option}") +
      between + "{method}";
  const auto three = parts_of(names, form);
  if (!three) return false;
  const PartNames& contests = (*three)[is_behind ? 1 : 0];
  const PartNames& options = (*three)[is_behind ? 0 : 1];
  PartNames others;
  for (std::size_t i = 0; i < options.size(); ++i)
    others.push_back(options[i] + between + (*three)[2][i]);
  if (!are_contests(contests, others) || !are_methods((*three)[2], options)) return false;
  found.has_contest = found.has_method = true;
  found.contest_is_behind = is_behind;
  found.forms = {form};
  return true;
}

// A contest and an option, with its party where most have one.
bool take_two(const PartNames& names, bool is_behind, HeaderParts& found) {
  const std::string contest = is_behind ? found.separator + "{contest}" : "";
  const std::string option = is_behind ? "{option}" : "{contest}" + found.separator + "{option}";
  const auto parts = parts_of(names, option + contest);
  if (!parts) return false;
  const PartNames& options = (*parts)[is_behind ? 0 : 1];
  if (!are_contests((*parts)[is_behind ? 1 : 0], options)) return false;
  found.has_contest = true;
  found.contest_is_behind = is_behind;
  found.has_party = have_parties(options);
  if (found.has_party) found.forms.push_back(option + " ({party})" + contest);
  if (!found.has_party || !parts_of(names, found.forms.front()))
    found.forms.push_back(option + contest);
  return true;
}

std::optional<HeaderParts> parts_at(const PartNames& names, const std::string& between) {
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

// What may stand between an option and a method where no separator does, and behind both.
struct Between {
  std::string_view text, end;
};
constexpr auto betweens = std::to_array<Between>({{" (", ")"}, {", ", ""}, {" ", ""}});

// The methods with which the option of `names.front()` comes, where each other option comes with all of them too and no
// name is left over. `cut`: where that option ends, or, with methods in front, where it begins.
PartNames methods_of_all(const PartNames& names, std::size_t cut, const Between& between,
                         bool in_front) {
  const std::string& first = names.front();
  const std::string option = in_front ? std::string(between.text) + first.substr(cut)
                                      : first.substr(0, cut) + std::string(between.text);
  PartNames methods;
  for (const std::string& name : names) {
    const bool is_its = in_front ? name.ends_with(option) : name.starts_with(option);
    if (!is_its || name.size() <= option.size() + between.end.size()) continue;
    const std::size_t size = name.size() - option.size() - between.end.size();
    methods.push_back(in_front ? name.substr(0, size) : name.substr(option.size(), size));
  }
  const std::set<std::string> all(methods.begin(), methods.end());
  if (all.size() != methods.size() || all.size() < 2 || all.size() == names.size() ||
      !are_methods(methods, PartNames(methods.size(), option)))
    return {};
  std::map<std::string, std::size_t> times;  // Of each option.
  for (const std::string& name : names) {
    const auto method = std::ranges::find_if(all, [&](const std::string& one) {
      const std::string text = in_front
                                   ? one + std::string(between.text)
                                   : std::string(between.text) + one + std::string(between.end);
      return name.size() > text.size() &&
             (in_front ? name.starts_with(text) : name.ends_with(text));
    });
    if (method == all.end()) return {};
    const std::size_t more = method->size() + between.text.size() + between.end.size();
    ++times[in_front ? name.substr(more) : name.substr(0, name.size() - more)];
  }
  const bool is_whole = std::ranges::all_of(times, [&](const auto& one) {
    return one.second == all.size() && !is_named_as_sum(one.first);
  });
  return is_whole ? methods : PartNames();
}

// "Ada Moss ED", "Ada Moss (Early)", "ED Ada Moss": options and methods, each with each.
std::optional<HeaderParts> find_methods_beside(const PartNames& names) {
  const std::string& first = names.front();
  for (const Between& between : betweens) {
    if (!std::ranges::all_of(names, [&](const std::string& name) {
          return name.contains(between.text) && name.ends_with(between.end);
        }))
      continue;
    for (const bool in_front : {false, true}) {
      if (in_front && !between.end.empty()) continue;
      std::vector<std::size_t> places;
      for (std::size_t at = first.find(between.text); at != std::string::npos;
           at = first.find(between.text, at + 1))
        places.push_back(in_front ? at + between.text.size() : at);
      // The shortest text that is a method says most.
      if (!in_front) std::ranges::reverse(places);
      for (const std::size_t cut : places) {
        HeaderParts found;
        found.methods = methods_of_all(names, cut, between, in_front);
        if (found.methods.empty()) continue;
        std::string texts;
        for (const std::string& method : found.methods)
          texts += (texts.empty() ? "" : "|") + method;
        found.has_method = true;
        found.separator = between.text;
        found.one = names.front();
        found.other = names.back();
        const std::string method = "{method=" + texts + "}", text(between.text);
        found.forms = {in_front ? method + text + "{option}"
                                : "{option}" + text + method + std::string(between.end)};
        if (texts.find_first_of("{}") == std::string::npos) return found;
      }
    }
  }
  return std::nullopt;
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

std::optional<HeaderParts> find_header_parts(const PartNames& names) {
  if (names.size() < 2) return std::nullopt;
  for (const std::string_view between : separators) {
    const bool all_have_it =
        std::ranges::all_of(names, [&](const std::string& name) { return name.contains(between); });
    if (!all_have_it) continue;
    if (auto found = parts_at(names, std::string(between))) return found;
  }
  return find_methods_beside(names);
}

std::string method_of(const HeaderParts& parts, const std::string& name) {
  for (const std::string& text : parts.forms) {
    const auto form = HeaderForm::parse(text);
    if (!form) continue;
    const auto found = form->read(name);
    const auto method = std::ranges::find(form->parts(), std::string("method"));
    if (found && method != form->parts().end())
      return (*found)[static_cast<std::size_t>(method - form->parts().begin())];
  }
  return {};
}

bool has_method_at_end(const std::string& name) {
  if (meaning_of(name).role == Role::method_votes) return true;
  const std::size_t first = name.find(' '), last = name.rfind(' ');
  return first != std::string::npos &&
         (meaning_of(name.substr(last + 1)).role == Role::method_votes ||
          meaning_of(name.substr(0, first)).role == Role::method_votes);
}

std::vector<std::string> years_of_names(const PartNames& names) {
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

std::string form_of_year(const PartNames& names, const std::string& year) {
  for (const std::string& name : names) {
    const Yearly one = yearly(name);
    if (one.year == year) return one.is_behind ? "{option} " + year : year + " {option}";
  }
  return {};
}

}  // namespace teller
