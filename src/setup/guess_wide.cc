// The votes of a table in which no column names options: they stand beside each other.
#include "setup/guess_wide.h"

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "results/sums.h"
#include "setup/column_sums.h"
#include "setup/header_contests.h"
#include "setup/row_sum.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {
namespace {

class WideDrafter {
 public:
  explicit WideDrafter(DraftColumns& all) : all_(all) {}

  // Columns of numbers that nothing else is said of are options. They stand beside each other.
  Result<WideColumns> run() {
    if (take_header_parts()) return std::move(wide_);
    wide_ = find_wide_columns(draft_.front, words_, all_.numeric());
    if (take_numbered_groups()) return std::move(wide_);
    keep_code_of_place();
    if (wide_.options.empty()) {
      return fail(Remedy::reject, "mapping.invalid",
                  "no column names options, and no columns of numbers could be options; write the "
                  "mapping by hand");
    }
    ask_outside();
    ask_years();
    ask_methods(wide_.options);
    ask_called_sums();
    for (const auto& [at, sentence] : wide_.why) draft_.because("votes", sentence);
    take_wide(wide_.options);
    return std::move(wide_);
  }

 private:
  // "Total Tim" may be somebody, where no row says that it is a sum.
  void ask_called_sums() {
    for (const std::size_t at : all_.numeric()) {
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
    // "Undervotes Early" beside "Ada Moss Early" is read like it, where all of them go together.
    std::vector<std::size_t> possible = all_.with_header_parts(true);
    std::optional<HeaderParts> parts = parts_among(possible);
    if (!parts) {
      possible = all_.with_header_parts(false);
      parts = parts_among(possible);
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

  // Numbers of rows or places may stand in front of them, sums behind: takes those out of `possible`.
  std::optional<HeaderParts> parts_among(std::vector<std::size_t>& possible) {
    constexpr std::size_t others_max = 3;
    while (possible.size() > 1) {
      std::vector<std::string> names;
      for (const std::size_t at : possible) names.push_back(column(at).name);
      auto parts = find_header_parts(names);
      if (parts) return parts;
      if (all_.numeric().size() - possible.size() >= others_max) return std::nullopt;
      const Role last = words_[possible.back()].role;
      if (last == Role::total || last == Role::votes) {
        possible.pop_back();
      } else {
        possible.erase(possible.begin());
      }
    }
    return std::nullopt;
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
      all_.votes.insert(at);
      used_.insert(at);
    }
    for (const auto& [number, at] : names->second) {
      draft_.name_columns.push_back(column(at).name);
      used_.insert(at);
    }
    find_row_sum(all_, wide_, wide_.options, all_.called_sums());
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
        all_.votes.insert(at);
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
      find_row_sum(all_, wide_, counted, all_.called_sums());
    }
    name_wide(options);
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

  // A contest stands above several options; what stands above one alone, or comes again further on, may be its party.
  bool is_row_of_contests(const std::vector<std::size_t>& options) {
    std::vector<std::pair<std::string, std::size_t>> runs;
    for (const std::size_t at : options) {
      const std::string& above = draft_.front.header_rows > 2 ? column(at).top : column(at).above;
      if (runs.empty() || runs.back().first != above) runs.emplace_back(above, 0);
      ++runs.back().second;
    }
    std::set<std::string> texts;
    std::vector<std::string> said;
    for (const auto& [text, columns_below] : runs) {
      constexpr std::size_t said_max = 4;
      if (texts.insert(text).second && said.size() < said_max) said.push_back(shown(text));
    }
    const auto alone = std::ranges::count(runs, 1U, &std::pair<std::string, std::size_t>::second);
    if (runs.size() < 2 || (texts.size() == runs.size() && 2 * alone < std::ssize(runs)))
      return true;
    const std::string answer = ask(
        {"contest header row",
         fmt::format("the upper row of the header says {} above the options: are these "
                     "contests, the options' parties, or neither (then it is not read)?",
                     fmt::join(said, ", ")),
         // A party has options in several contests; one option alone is a contest that nobody contests.
         texts.size() < runs.size() ? "parties" : "contests",
         {"contests", "parties", "neither"}});
    if (answer == "parties") draft_.party = "{header 1}";
    return answer == "contests";
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
    if (named == 2 && !is_row_of_contests(options)) return;
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

  [[nodiscard]] const std::vector<ColumnFacts>& columns() const { return all_.columns(); }
  [[nodiscard]] const ColumnFacts& column(std::size_t at) const { return all_.column(at); }
  std::string ask(MappingQuestion question) { return all_.ask(std::move(question)); }
  [[nodiscard]] bool is_only(std::size_t at) const { return all_.is_only(at); }

  DraftColumns& all_;
  MappingDraft& draft_ = all_.draft;
  const std::vector<ColumnWord>& words_ = all_.words;
  std::set<std::size_t>& used_ = all_.used;
  std::set<std::size_t> compared_;  // Of the columns of votes: totals of each option.
  WideColumns wide_;
};

}  // namespace

Result<WideColumns> draft_wide_votes(DraftColumns& all) { return WideDrafter(all).run(); }

}  // namespace teller
