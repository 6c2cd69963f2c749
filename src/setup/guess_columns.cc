#include "setup/guess_columns.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <ranges>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "results/column_words.h"
#include "results/sums.h"
#include "setup/column_groups.h"
#include "setup/draft_columns.h"
#include "setup/guess_form.h"
#include "setup/guess_places.h"
#include "setup/header_contests.h"
#include "setup/method_sums.h"
#include "setup/number_texts.h"
#include "setup/wide_columns.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {
namespace {

class Drafter {
 public:
  Drafter(const std::string& path, TableFront front, const MappingAnswers& answers)
      : path_(path), answers_(answers), all_(std::move(front), answers) {}

  Result<MappingDraft> run() {
    if (!take_groups()) {
      if (auto one = check_one_table(); !one) return std::unexpected(one.error());
      find_options();
      if (auto found = option_ ? find_long_votes() : find_wide_votes(); !found)
        return std::unexpected(found.error());
    }
    find_masks();
    find_sheet_figures();
    find_number_forms();
    find_contest();
    find_party_and_method();
    // Otherwise they stand beside each other.
    if (draft_.units.empty()) draft_places(all_, wide_, contest_at_);
    find_election();
    draft_form(all_);
    return std::move(draft_);
  }

 private:
  [[nodiscard]] const std::vector<ColumnFacts>& columns() const { return all_.columns(); }
  [[nodiscard]] const ColumnFacts& column(std::size_t at) const { return all_.column(at); }
  std::string ask(MappingQuestion question) { return all_.ask(std::move(question)); }
  [[nodiscard]] std::optional<std::size_t> with(Role role) const { return all_.with(role); }
  [[nodiscard]] bool is_only(std::size_t at) const { return all_.is_only(at); }

  // Two tables beside each other have their places twice.
  [[nodiscard]] Result<void> check_one_table() const {
    for (std::size_t at = 0; at < columns().size(); ++at) {
      if (words_[at].role != Role::unit || column(at).filled == 0 || is_only(at)) continue;
      return fail(Remedy::reject, "mapping.invalid",
                  fmt::format("two columns are called {}: are they two tables beside each other? "
                              "Save each as a file of its own, or rename one of the columns",
                              shown(column(at).name)));
    }
    return {};
  }

  // "Name 1", "Party 1", "Votes 1", "Name 2", …, or the same names again, or none behind the first group.
  bool take_groups() {
    groups_ = draft_.front.groups.are_there() ? draft_.front.groups : find_named_groups(columns());
    const auto means = groups_.are_there() ? meaning_of_group(columns(), groups_) : std::nullopt;
    // Numbered ones without a party are told by their names alone, wherever they stand.
    if (!means || (means->are_numbered && !means->party)) {
      groups_ = {};
      return false;
    }
    draft_.group_from = column(groups_.begin).name;
    draft_.group_to = column(groups_.end() - 1).name;
    std::vector<std::size_t> votes;
    for (std::size_t at = means->votes; at < columns().size(); at += groups_.width)
      votes.push_back(at);
    for (std::size_t at = groups_.begin; at < columns().size(); ++at) used_.insert(at);
    vote_columns_.insert(votes.begin(), votes.end());
    draft_.votes.push_back({column(means->votes).name, "", ""});
    for (const std::size_t at : means->names)
      draft_.option_id += (draft_.option_id.empty() ? "" : " ") + in_braces(column(at).name);
    if (means->party) {
      draft_.party = in_braces(column(*means->party).name);
      draft_.because("party", fmt::format("{} names parties: its name says so",
                                          column_in_words(column(*means->party))));
    }
    find_sum(votes, called_sums());
    draft_.because(
        "groups",
        fmt::format(
            "the {} columns from {} to {} come {} times, a group for each option{}", groups_.width,
            shown(draft_.group_from), shown(draft_.group_to),
            (columns().size() - groups_.begin) / groups_.width,
            draft_.front.groups.are_there() ? "; the header names those of the first one" : ""));
    return true;
  }

  // A text column "option" makes a long table, or one "party" beside one column of votes.
  void find_options() {
    auto at = with(Role::option);
    if (at && (column(*at).is_number() || is_of_places(*at))) at.reset();
    if (take_name_columns(at)) return;
    if (!at) at = parties_as_options();
    if (!at) return;
    option_ = at;
    used_.insert(*at);
    draft_.option_id = in_braces(column(*at).name);
    draft_.because("option",
                   fmt::format("{} names options: its name says so", column_in_words(column(*at))));
  }

  // A first name and a last one are an option together.
  bool take_name_columns(std::optional<std::size_t> whole) {
    const std::vector<std::size_t> names = find_name_columns(columns(), whole);
    if (names.empty() || !std::ranges::all_of(names, [&](std::size_t at) { return is_only(at); }))
      return false;
    std::vector<std::string> said;
    for (const std::size_t at : names) {
      used_.insert(at);
      draft_.option_id += (draft_.option_id.empty() ? "" : " ") + in_braces(column(at).name);
      said.push_back(shown(column(at).name));
    }
    option_ = names.front();
    draft_.because("option", fmt::format("{} are the parts of an option's name, by their names",
                                         fmt::join(said, ", ")));
    return true;
  }

  // How many columns of numbers have such a role.
  [[nodiscard]] std::size_t numbers_with(Role role) const {
    const auto all = numeric();
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [&](std::size_t at) { return words_[at].role == role; }));
  }

  // "Name" beside several columns of numbers, of which none is called votes: names of places.
  [[nodiscard]] bool is_of_places(std::size_t at) const {
    return as_id(column(at).name) == "name" && numbers_with(Role::none) > 1 &&
           numbers_with(Role::votes) + numbers_with(Role::method_votes) == 0;
  }

  [[nodiscard]] std::optional<std::size_t> parties_as_options() const {
    const auto at = with(Role::party);
    const std::size_t votes = numbers_with(Role::votes) + numbers_with(Role::method_votes);
    if (!at || column(*at).is_number() || column(*at).is_constant() || votes == 0)
      return std::nullopt;
    return at;
  }

  // The numbers of the columns that may be votes.
  [[nodiscard]] std::vector<std::size_t> numeric() const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < columns().size(); ++i) {
      if (column(i).is_number() && !used_.contains(i)) found.push_back(i);
    }
    return found;
  }

  Result<void> find_long_votes() {
    std::vector<std::size_t> by_method, by_name, totals, others;
    for (const std::size_t at : numeric()) {
      const Role role = words_[at].role;
      if (role == Role::method_votes) by_method.push_back(at);
      if (role == Role::votes) by_name.push_back(at);
      const bool is_sum = role == Role::none && is_named_as_sum(column(at).name);
      if (role == Role::total || is_sum) totals.push_back(at);
      if (role == Role::none && !is_sum) others.push_back(at);
    }
    if (!by_method.empty()) {
      const auto more = find_other_methods(draft_, answers_, {by_method, others, called_sums()});
      by_method.insert(by_method.end(), more.methods.begin(), more.methods.end());
      std::ranges::sort(by_method);
      totals.insert(totals.end(), more.sums.begin(), more.sums.end());
    }
    if (by_method.size() > 1) {
      for (const std::size_t at : left_out_method_sums(draft_, answers_, by_method)) {
        used_.insert(at);
        std::erase(by_method, at);
      }
      take_methods(by_method);
      by_name.insert(by_name.end(), totals.begin(), totals.end());
      find_sum(by_method, by_name);
      return {};
    }
    if (by_method.empty() && take_places_as_columns(by_name, totals, others)) return {};
    // A total beside one method alone has votes of others that the file does not show: somebody has to say.
    if (by_name.empty() && !by_method.empty() && !totals.empty()) {
      by_name = totals;
      by_name.insert(by_name.end(), by_method.begin(), by_method.end());
    }
    for (const auto& next : {by_method, totals, others}) {
      if (by_name.empty()) by_name = next;
    }
    if (by_name.empty()) {
      return fail(
          Remedy::reject, "mapping.invalid",
          "no column of the file has numbers that could be votes; write the mapping by hand");
    }
    take_votes(by_name);
    return {};
  }

  // A row an option, a column a place: columns of numbers beside each other that nothing is said of, and no
  // column of places.
  bool take_places_as_columns(const std::vector<std::size_t>& by_name,
                              std::vector<std::size_t> totals,
                              const std::vector<std::size_t>& others) {
    if (others.size() < 2 || !named_levels(all_).empty()) return false;
    totals.insert(totals.end(), by_name.begin(), by_name.end());
    for (std::size_t at = others.front(); at <= others.back(); ++at) {
      if (!std::ranges::binary_search(others, at)) return false;
    }
    draft_.wide_from = column(others.front()).name;
    draft_.wide_to = column(others.back()).name;
    for (const std::size_t at : others) {
      used_.insert(at);
      vote_columns_.insert(at);
    }
    find_sum(others, totals);
    draft_.units.push_back({"whole", "all", {}});
    draft_.units.push_back({"place", "{header}", {}});
    draft_.because(
        "unit",
        fmt::format("no column names places, and each of those from {} to {} has numbers for "
                    "every option: they are places beside each other",
                    shown(draft_.wide_from), shown(draft_.wide_to)));
    return true;
  }

  void take_methods(const std::vector<std::size_t>& by_method) {
    std::vector<std::string> names;
    for (const std::size_t at : by_method) {
      draft_.votes.push_back({column(at).name, method_id_of(column(at).name), ""});
      names.push_back(column(at).name);
      used_.insert(at);
      vote_columns_.insert(at);
    }
    draft_.because("votes", fmt::format("each of these columns has the votes of one method, by its "
                                        "name: {}",
                                        shown(fmt::format("{}", fmt::join(names, ", ")))));
  }

  void take_votes(const std::vector<std::size_t>& possible) {
    std::vector<std::string> names;
    for (const std::size_t at : possible) names.push_back(column(at).name);
    const std::string chosen =
        possible.size() == 1
            ? names.front()
            : ask({"votes column",
                   fmt::format("which column has the votes: {}?", fmt::join(names, ", ")),
                   names.front(), names});
    const auto at = possible[static_cast<std::size_t>(
                                 std::find(names.begin(), names.end(), chosen) - names.begin()) %
                             possible.size()];
    draft_.votes.push_back({column(at).name, "", ""});
    used_.insert(at);
    vote_columns_.insert(at);
    draft_.because("votes",
                   fmt::format("{} has the votes: {} of {} cells that are filled are numbers",
                               column_in_words(column(at)), grouped(column(at).numbers),
                               grouped(column(at).filled)));
  }

  // A column that is the sum of the votes of its row, in every row that was kept, or in most or in none and is
  // called so: then a person says which is wrong.
  void find_sum(const std::vector<std::size_t>& votes, const std::vector<std::size_t>& candidates) {
    for (const std::size_t at : candidates) {
      if (used_.contains(at) || !is_only(at)) continue;
      const SumOfRows rows = sum_of_rows(draft_.front, votes, at);
      const bool is_called = words_[at].role == Role::total || is_named_as_sum(column(at).name);
      if (rows.is_nearly() || (rows.differ > 0 && is_called && !wide_.sums.contains(at))) {
        const std::string answer =
            ask({"votes sum_column",
                 fmt::format(
                     "{} is the sum of the votes beside it in {} rows and not in {}, the first on "
                     "line {}, where {} stands and the votes add up to {}: is it a sum all the "
                     "same (such a row is told and its sheet waits), or is it not read?",
                     column_in_words(column(at)), grouped(rows.agree), grouped(rows.differ),
                     rows.first_line, grouped(rows.stands), grouped(rows.adds_up)),
                 rows.is_nearly() ? "sum" : "not read",
                 {"sum", "not read"}});
        used_.insert(at);
        if (answer != "sum") continue;
        draft_.sum_column = column(at).name;
        draft_.sum_is_sure = true;
        return;
      }
      if (!rows.is_sum()) continue;
      draft_.sum_column = column(at).name;
      used_.insert(at);
      draft_.because(
          "votes", fmt::format("{} is the sum of the votes beside it, in all of the first {} rows: "
                               "it is compared and not counted",
                               column_in_words(column(at)), grouped(draft_.front.rows.size())));
      return;
    }
  }

  // Columns of numbers that nothing else is said of are options. They stand beside each other.
  Result<void> find_wide_votes() {
    if (take_header_parts()) return {};
    wide_ = find_wide_columns(draft_.front, words_, numeric());
    if (take_numbered_groups()) return {};
    if (wide_.options.empty()) {
      return fail(Remedy::reject, "mapping.invalid",
                  "no column names options, and no columns of numbers could be options; write the "
                  "mapping by hand");
    }
    keep_code_of_place();
    ask_outside();
    ask_years();
    ask_methods(wide_.options);
    ask_called_sums();
    for (const auto& [at, sentence] : wide_.why) draft_.because("votes", sentence);
    take_wide(wide_.options);
    return {};
  }

  // "Total Tim" may be somebody, where no row says that it is a sum.
  void ask_called_sums() {
    for (const std::size_t at : numeric()) {
      const bool may_be_one = words_[at].role == Role::none && is_named_as_sum(column(at).name) &&
                              !wide_.sums.contains(at) && is_only(at);
      if (!may_be_one || draft_.front.header_rows > 1) continue;
      const SumOfRows rows = sum_of_rows(draft_.front, wide_.options, at);
      if (rows.agree > 0 || rows.differ < 2) continue;
      const std::string& name = column(at).name;
      const std::string answer = ask(
          {"option " + shown(name),
           fmt::format("{} is called a sum, and is in no row the sum of the others beside it "
                       "(which is {} on line {}): is it an option, as somebody who is called so "
                       "(otherwise it is not read)?",
                       column_in_words(column(at)), grouped(rows.adds_up), rows.first_line),
           "no",
           {"yes", "no"}});
      if (answer != "yes") {
        used_.insert(at);
        continue;
      }
      wide_.why.erase(at);
      wide_.options.push_back(at);
      draft_.no_sums.push_back(name);
    }
    std::ranges::sort(wide_.options);
  }

  // Names of methods where the columns are taken for options.
  void ask_methods(const std::vector<std::size_t>& options) {
    std::vector<std::string> named;
    for (const std::size_t at : options) {
      if (draft_.front.header_rows == 1 && has_method_at_end(column(at).name))
        named.push_back(shown(column(at).name));
    }
    if (named.size() < 2) return;
    // "no" changes nothing here: a mapping by hand is needed then.
    ask({"votes names",
         fmt::format("{} of the columns of votes are called like voting methods, as {} and {}: is "
                     "each an option of its own (if not, write header_form in [votes], which says "
                     "what is an option's name and what a method)?",
                     grouped(named.size()), named.front(), named.back()),
         "yes",
         {"yes"}});
  }

  // "Mayor - Ada Moss", "Ada Moss - Absentee": each name of a column of votes says several things. Sums
  // of each contest are found by the trial on the file.
  bool take_header_parts() {
    if (draft_.front.header_rows != 1 || !draft_.front.has_header) return false;
    std::vector<std::size_t> possible;
    for (const std::size_t at : numeric()) {
      const Role what = words_[at].role;
      if (what == Role::none || what == Role::votes || what == Role::total ||
          what == Role::option || what == Role::method_votes)
        possible.push_back(at);
    }
    std::optional<HeaderParts> parts;
    // Numbers of rows or places may stand in front of them, sums behind.
    for (constexpr std::size_t others_max = 3; possible.size() > 1;) {
      std::vector<std::string> names;
      for (const std::size_t at : possible) names.push_back(column(at).name);
      parts = find_header_parts(names);
      if (parts || numeric().size() - possible.size() >= others_max) break;
      const Role last = words_[possible.back()].role;
      if (last == Role::total || last == Role::votes) {
        possible.pop_back();
      } else {
        possible.erase(possible.begin());
      }
    }
    if (!parts) return false;
    const std::string answer = ask({parts->has_contest ? "contest header" : "method header",
                                    question_of(*parts),
                                    "yes",
                                    {"yes", "no"}});
    if (answer != "yes") return false;
    draft_.header_forms = parts->forms;
    draft_.option_id = "{header option}";
    if (parts->has_contest) draft_.contest_id = "{header contest}";
    if (parts->has_party) draft_.party = "{header party}";
    if (parts->has_method) {
      draft_.method_id = "{header method}";
      leave_out_sums(*parts, possible);
    } else {
      ask_methods(possible);
    }
    take_wide(possible);
    return true;
  }

  [[nodiscard]] static std::string question_of(const HeaderParts& parts) {
    const std::string say = fmt::format("names of columns say {} things, as {} and {}",
                                        parts.has_contest && parts.has_method ? "three" : "two",
                                        shown(parts.one), shown(parts.other));
    if (!parts.methods.empty())
      return fmt::format("{}: are {} voting methods (a total is compared with the others)?", say,
                         fmt::join(parts.methods, ", "));
    return fmt::format("{}: is what stands {} {} {}?", say,
                       parts.has_contest && !parts.contest_is_behind ? "before" : "behind",
                       shown(parts.separator),
                       parts.has_contest ? "the contest" : "a voting method");
  }

  // A method that is called a sum is compared with the others of its option; of several such nobody knows of what.
  void leave_out_sums(const HeaderParts& parts, std::vector<std::size_t>& possible) {
    std::set<std::string> sums;
    for (const std::size_t at : possible) {
      const std::string method = method_of(parts, column(at).name);
      if (is_named_as_sum(method)) sums.insert(method);
    }
    if (sums.size() == 1) {
      draft_.expect["header method"] = sums;
      for (const std::size_t at : possible) {
        if (sums.contains(method_of(parts, column(at).name))) compared_.insert(at);
      }
      draft_.because("expect", fmt::format("{} is called the sum of the other methods: it is "
                                           "compared with them and not counted",
                                           shown(*sums.begin())));
      return;
    }
    std::erase_if(possible, [&](std::size_t at) {
      const bool is_sum = sums.contains(method_of(parts, column(at).name));
      if (is_sum) draft_.wide_except.insert(column(at).name);
      return is_sum;
    });
  }

  // "Moss 2026" beside "Moss 2022": figures of the election before stand beside those of this one.
  void ask_years() {
    std::vector<std::string> names;
    for (const std::size_t at : wide_.options) names.push_back(column(at).name);
    const auto years = years_of_names(names);
    if (years.empty()) return;
    std::vector<std::string> choices = years;
    choices.emplace_back("all");
    const std::string answer =
        ask({"votes years",
             fmt::format("names of columns have different years ({}): of which are the votes of "
                         "this election?",
                         fmt::join(years, ", ")),
             years.front(), choices});
    const std::string form = form_of_year(names, answer);
    if (form.empty()) return;
    bool has_others = false;
    std::erase_if(wide_.options, [&](std::size_t at) {
      const auto of = year_of_name(column(at).name);
      has_others = has_others || of.empty();
      if (of.empty() || of == answer) return false;
      draft_.wide_except.insert(column(at).name);
      used_.insert(at);
      return true;
    });
    wide_.sum.reset();
    draft_.header_forms = {form};
    if (has_others) draft_.header_forms.emplace_back("{option}");
    draft_.option_id = "{header option}";
  }

  // "Name 1", "Votes 1", "Name 2", "Votes 2": the options' names stand in columns of their own.
  bool take_numbered_groups() {
    std::map<std::string, std::map<std::size_t, std::size_t>> groups;  // Stem -> number -> column.
    for (std::size_t i = 0; i < columns().size(); ++i) {
      const std::string& name = column(i).name;
      const std::size_t end = name.find_last_not_of("0123456789") + 1;
      if (end == 0 || end == name.size() || name.size() - end > 3 || !is_only(i)) continue;
      groups[as_id(name.substr(0, end))].emplace(std::stoul(name.substr(end)), i);
    }
    const auto group_of = [&](Role role, bool numbers) {
      return std::ranges::find_if(groups, [&](const auto& group) {
        return group.second.size() > 1 && meaning_of(group.first).role == role &&
               column(group.second.begin()->second).is_number() == numbers;
      });
    };
    const auto votes = group_of(Role::votes, true), names = group_of(Role::option, false);
    if (votes == groups.end() || names == groups.end() ||
        !std::ranges::equal(votes->second | std::views::keys, names->second | std::views::keys))
      return false;
    wide_.options.clear();
    for (const auto& [number, at] : votes->second) {
      wide_.options.push_back(at);
      draft_.wide_columns.push_back(column(at).name);
      vote_columns_.insert(at);
      used_.insert(at);
    }
    for (const auto& [number, at] : names->second) {
      draft_.name_columns.push_back(column(at).name);
      used_.insert(at);
    }
    find_sum(wide_.options, called_sums());
    draft_.option_id = "{header}";
    draft_.because(
        "votes",
        fmt::format("the columns from {} to {} have the votes of the options that "
                    "are named in those from {} to {}",
                    shown(draft_.wide_columns.front()), shown(draft_.wide_columns.back()),
                    shown(draft_.name_columns.front()), shown(draft_.name_columns.back())));
    return true;
  }

  // In a table without any text the first numbers may be those of the places.
  void keep_code_of_place() {
    const bool has_place = std::ranges::any_of(words_, [](const ColumnWord& word) {
      return word.role == Role::unit || word.role == Role::district;
    });
    const bool has_text = std::ranges::any_of(columns(), [](const ColumnFacts& facts) {
      return facts.filled > 0 && !facts.is_number() && facts.masks < facts.filled;
    });
    if (has_place || has_text || !all_.is_code(0)) return;
    std::erase(wide_.options, std::size_t{0});
    std::erase(wide_.outside, std::size_t{0});
  }

  // Numbers that are not in the sum of the options are hardly options.
  void ask_outside() {
    if (wide_.outside.empty()) return;
    std::vector<std::string> names;
    for (const std::size_t at : wide_.outside) names.push_back(shown(column(at).name));
    const std::string answer =
        ask({"votes others",
             fmt::format("{} {} in the sum of the options: {} options too?", fmt::join(names, ", "),
                         names.size() == 1 ? "is not" : "are not",
                         names.size() == 1 ? "is it one of the" : "are they"),
             "no",
             {"yes", "no"}});
    if (answer != "yes") return;
    wide_.options.insert(wide_.options.end(), wide_.outside.begin(), wide_.outside.end());
    std::ranges::sort(wide_.options);
    wide_.outside.clear();
    wide_.sum.reset();
  }

  void take_wide(const std::vector<std::size_t>& options) {
    const std::size_t from = options.front(), to = options.back();
    draft_.wide_from = column(from).name;
    draft_.wide_to = column(to).name;
    // One between them that has no number at all is an option whose figures are kept back.
    for (std::size_t at = from; at <= to; ++at) {
      const bool is_kept_back = words_[at].role == Role::none && column(at).numbers == 0 &&
                                column(at).masks == column(at).filled && !column(at).is_share() &&
                                !column(at).name.empty() && !is_named_as_sum(column(at).name);
      if (std::ranges::binary_search(options, at) || is_kept_back) {
        vote_columns_.insert(at);
        used_.insert(at);
      } else {
        draft_.wide_except.insert(column(at).name);
      }
    }
    if (wide_.sum && is_only(*wide_.sum)) {
      draft_.sum_column = column(*wide_.sum).name;
      used_.insert(*wide_.sum);
      draft_.because(
          "votes",
          fmt::format("{} is the sum of the options, in all of the first {} rows: it is "
                      "compared and not counted",
                      column_in_words(column(*wide_.sum)), grouped(draft_.front.rows.size())));
    } else if (draft_.front.header_rows == 1 && !draft_.contest_id.starts_with('{')) {
      std::vector<std::size_t> counted = options;
      std::erase_if(counted, [&](std::size_t at) { return compared_.contains(at); });
      find_sum(counted, called_sums());
    }
    name_wide(options);
  }

  [[nodiscard]] std::vector<std::size_t> called_sums() const {
    std::vector<std::size_t> found;
    for (const std::size_t at : numeric()) {
      if (words_[at].role == Role::total || words_[at].role == Role::votes ||
          (words_[at].role == Role::none && is_named_as_sum(column(at).name)))
        found.push_back(at);
    }
    return found;
  }

  void name_wide(const std::vector<std::size_t>& options) {
    const bool has_methods =
        draft_.front.header_rows > 1 &&
        std::all_of(options.begin(), options.end(), [&](std::size_t at) {
          return words_[at].role == Role::method_votes || words_[at].role == Role::votes;
        });
    if (draft_.header_forms.empty()) name_by_rows(options, has_methods);
    draft_.because("votes",
                   fmt::format("no column names options: the columns of numbers from {} to {} are "
                               "options beside each other{}",
                               shown(draft_.wide_from), shown(draft_.wide_to),
                               has_methods || draft_.method_id.starts_with("{header")
                                   ? ", each with a column for every method"
                                   : ""));
    const bool named_by_numbers = std::any_of(options.begin(), options.end(), [&](std::size_t at) {
      std::uint64_t value = 0;
      return read_number(column(at).name, any_number_format(), value) == NumberKind::number;
    });
    if (!draft_.front.has_header || named_by_numbers) {
      // "no" changes nothing here: a mapping by hand is needed then.
      ask({"votes layout",
           fmt::format("nothing names columns: are those from {} to {} options beside each other?",
                       draft_.wide_from, draft_.wide_to),
           "yes",
           {"yes"}});
    }
    if (!draft_.wide_except.empty()) {
      draft_.because("votes",
                     fmt::format("these stand between them and are no options: {}",
                                 shown(fmt::format("{}", fmt::join(draft_.wide_except, ", ")))));
    }
  }

  // What the rows of the header name, from the top.
  void name_by_rows(const std::vector<std::size_t>& options, bool has_methods) {
    const std::uint32_t rows = draft_.front.header_rows;
    const auto header = [](std::uint32_t row) { return fmt::format("{{header {}}}", row); };
    if (rows == 1) {
      draft_.option_id = "{header}";
      return;
    }
    if (has_methods) draft_.method_id = header(rows);
    const std::uint32_t named = has_methods ? rows - 1 : rows;
    draft_.option_id = header(named);
    if (named > 1) draft_.contest_id = header(1);
    if (named < 3) return;
    // Below the contest stand a name and what more is said of it, or the other way round.
    std::set<std::string> below;
    for (const std::size_t at : options) below.insert(column(at).top + "\n" + column(at).name);
    const std::string both = header(2) + " " + header(3);
    draft_.option_id =
        ask({"option header",
             fmt::format("three rows stand above the votes, as {}, {} and {}: which of the lower "
                         "two names the options?",
                         shown(column(options.front()).top), shown(column(options.front()).above),
                         shown(column(options.front()).name)),
             below.size() == options.size() ? header(3) : both,
             {header(2), header(3), both}});
  }

  // How numbers are written, and what stands where there is none.
  void find_masks() {
    std::set<std::string> seen;
    bool is_empty = false;
    for (const std::size_t at : vote_columns_) {
      take_number_texts(draft_, answers_, column(at), seen);
      // An option's group may be empty where it does not stand.
      const bool may_be_empty = groups_.are_there() && at >= groups_.end();
      is_empty = is_empty || (!may_be_empty && column(at).filled < draft_.front.rows_all);
    }
    if (is_empty) take_mask(draft_, answers_, "", "an empty cell");
  }

  // Of columns that are read beside the votes: registered voters have thousands where no candidate has.
  void find_number_forms() {
    std::set<std::string> names;
    if (!draft_.sum_column.empty()) names.insert(draft_.sum_column);
    for (const auto& [figure, name] : draft_.sheet_figures) names.insert(name);
    std::set<std::string> seen;
    bool has_gaps = false;
    for (std::size_t at = 0; at < columns().size(); ++at) {
      if (!names.contains(column(at).name) || vote_columns_.contains(at)) continue;
      take_number_texts(draft_, answers_, column(at), seen);
      const bool is_sum = column(at).name == draft_.sum_column;
      has_gaps = has_gaps || (!is_sum && column(at).filled < draft_.front.rows_all);
    }
    if (has_gaps && !draft_.unknown.contains(""))
      take_mask(draft_, answers_, "", "an empty cell beside the votes");
  }

  void find_sheet_figures() {
    static constexpr std::pair<Role, const char*> figures[] = {
        {Role::registered, "registered"}, {Role::cards, "cards"},
        {Role::invalid, "invalid"},       {Role::blank, "blank"},
        {Role::undervotes, "undervotes"}, {Role::overvotes, "overvotes"}};
    ask_invalid();
    const bool has_several = draft_.votes.size() > 1 || draft_.method_id.starts_with("{header");
    for (const auto& [role, figure] : figures) {
      const auto at = figure_column(role);
      if (!at || !column(*at).is_number()) continue;
      used_.insert(*at);
      if (has_several && role != Role::registered) {
        draft_.because("sheet",
                       fmt::format("{} is one figure for all methods and is left out: it is "
                                   "the figure of no single method's sheet",
                                   column_in_words(column(*at))));
        draft_.because("votes", draft_.why["sheet"].back());
        continue;
      }
      draft_.sheet_figures[figure] = column(*at).name;
      const auto why = wide_.why.find(*at);
      const bool is_named = meaning_of(column(*at).name).role == role;
      draft_.because("sheet", !is_named && why != wide_.why.end() ? why->second
                              : is_named ? fmt::format("{}: its name says that it is {}",
                                                       column_in_words(column(*at)), figure)
                                         : fmt::format("{} is taken as {}, though no name says so",
                                                       column_in_words(column(*at)), figure));
    }
  }

  // What the options lack of the ballots, where no name says it.
  void ask_invalid() {
    if (!wide_.invalid) return;
    const std::string& name = column(*wide_.invalid).name;
    const std::string answer =
        ask({"sheet " + shown(name),
             fmt::format("{} and the votes of the options make up {}: are they invalid or blank "
                         "ones, or none of both?",
                         shown(name), shown(column(*wide_.cards).name)),
             "invalid",
             {"invalid", "blank", "none"}});
    if (answer != "none")
      all_.words[*wide_.invalid].role = answer == "blank" ? Role::blank : Role::invalid;
  }

  // Of several columns of one name's meaning: what arithmetic says, or the sum of the others.
  [[nodiscard]] std::optional<std::size_t> figure_column(Role role) const {
    if (role == Role::cards && wide_.cards && is_only(*wide_.cards)) return wide_.cards;
    const auto first = with(role);
    if (first) {
      for (const auto& [sum, of] : wide_.sums) {
        if (words_[sum].role == role && !used_.contains(sum) && is_only(sum) &&
            std::ranges::all_of(of, [&](std::size_t at) { return words_[at].role == role; }))
          return sum;
      }
      return first;
    }
    if (role == Role::registered && wide_.registered && is_only(*wide_.registered))
      return wide_.registered;
    return std::nullopt;
  }

  void find_contest() {
    if (!draft_.contest_id.empty()) {
      draft_.because("contest",
                     draft_.header_forms.empty()
                         ? "the first row of the header names contests: it stands above several "
                           "columns"
                         : "the first part of the columns' names is the contest");
      return;
    }
    const auto at = with(Role::contest);
    if (!at || column(*at).is_number()) {
      draft_.contest_id = "contest";
      draft_.contest_name =
          ask({"contest name",
               "no column names a contest, so that there is one: what is it called?",
               draft_.front.title.empty() ? file_title() : draft_.front.title,
               {}});
      return;
    }
    used_.insert(*at);
    contest_at_ = at;
    draft_.contest_id = in_braces(column(*at).name);
    draft_.because(
        "contest",
        fmt::format("{} names contests, {} of them", column_in_words(column(*at)),
                    column(*at).more_texts ? "very many" : grouped(column(*at).texts.size())));
    const auto district = with(Role::district);
    if (district &&
        (!column(*district).is_constant() || column(*district).filled < draft_.front.rows_all)) {
      used_.insert(*district);
      draft_.contest_id += " " + in_braces(column(*district).name);
      draft_.because("contest", fmt::format("{} says which of several contests of one name it is",
                                            column_in_words(column(*district))));
    }
    if (const auto size = with(Role::size); size && column(*size).is_number()) {
      used_.insert(*size);
      draft_.size_column = column(*size).name;
      draft_.because("contest",
                     fmt::format("{} says how many may be chosen", column_in_words(column(*size))));
    }
  }

  void find_party_and_method() {
    if (const auto at = with(Role::party); at && option_) {
      used_.insert(*at);
      draft_.party = in_braces(column(*at).name);
      draft_.because(
          "party", fmt::format("{} names parties: its name says so", column_in_words(column(*at))));
    }
    if (draft_.votes.size() > 1 || !draft_.method_id.empty()) return;
    if (const auto at = with(Role::method); at && !column(*at).is_number()) {
      used_.insert(*at);
      draft_.method_id = in_braces(column(*at).name);
      draft_.because("method",
                     fmt::format("{} names voting methods", column_in_words(column(*at))));
      return;
    }
    if (const auto at = methods_by_their_names()) {
      used_.insert(*at);
      draft_.method_id = in_braces(column(*at).name);
      draft_.because("method", fmt::format("{} names voting methods: what stands there says so",
                                           column_in_words(column(*at))));
      return;
    }
    draft_.method_id = "all";
    draft_.method_name = "All methods";
    draft_.because("method", "no column tells voting methods apart");
  }

  // A column of few texts, of which most are called like methods and the others like their sum.
  [[nodiscard]] std::optional<std::size_t> methods_by_their_names() const {
    constexpr std::size_t methods_max = 20;
    for (std::size_t i = 0; i < columns().size(); ++i) {
      const ColumnFacts& facts = column(i);
      if (used_.contains(i) || facts.is_number() || facts.more_texts || facts.texts.size() < 2 ||
          facts.texts.size() > methods_max || !is_only(i))
        continue;
      const auto methods = std::ranges::count_if(facts.texts, [](const auto& text) {
        return meaning_of(text.first).role == Role::method_votes;
      });
      const auto sums = std::ranges::count_if(
          facts.texts, [](const auto& text) { return is_named_as_sum(text.first); });
      if (methods > 0 && 2 * methods >= std::ssize(facts.texts) - sums) return i;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string file_title() const {
    std::string title = std::filesystem::path(path_).filename().string();
    title = title.substr(0, title.find('.'));
    std::replace(title.begin(), title.end(), '_', ' ');
    return title.empty() ? "Results" : title;
  }

  void find_election() {
    draft_.name = ask({"election name", "what is the election called?", file_title(), {}});
    std::string date = date_in(std::filesystem::path(path_).filename().string());
    std::string from = "the file's name says so";
    if (const auto at = with(Role::date);
        at && column(*at).is_constant() && date_in(column(*at).first) == column(*at).first) {
      date = column(*at).first;
      from = fmt::format("{} says so on every row", column_in_words(column(*at)));
    }
    if (date.empty() || answers_.contains("election date")) {
      draft_.date = ask({"election date", "when was the election (YYYY-MM-DD)?", "2000-01-01", {}});
    } else {
      draft_.date = date;
      draft_.because("election", fmt::format("the date is {}: {}", date, from));
    }
    draft_.time_zone = ask(
        {"election time_zone", "in which time zone are its times (as Europe/Zurich)?", "UTC", {}});
  }

  const std::string& path_;
  const MappingAnswers& answers_;
  DraftColumns all_;
  MappingDraft& draft_ = all_.draft;
  const std::vector<ColumnWord>& words_ = all_.words;
  std::set<std::size_t>& used_ = all_.used;
  std::optional<std::size_t> contest_at_;  // The column that names contests.
  std::set<std::size_t> vote_columns_;
  std::set<std::size_t> compared_;  // Of them: totals of each option.
  std::optional<std::size_t> option_;
  ColumnGroups groups_;
  WideColumns wide_;  // Of a table without a column of options.
};

}  // namespace

std::string answer_to(MappingDraft& draft, const MappingAnswers& answers,
                      MappingQuestion question) {
  draft.asked.push_back(question);
  const auto answer = answers.find(question.key);
  if (answer != answers.end()) return answer->second.empty() ? question.guess : answer->second;
  std::string guess = question.guess;
  draft.open.push_back(std::move(question));
  return guess;
}

Result<MappingDraft> draft_from_columns(const std::string& path, TableFront front,
                                        const MappingAnswers& answers) {
  return Drafter(path, std::move(front), answers).run();
}

}  // namespace teller
