#include "setup/guess_columns.h"

#include <algorithm>
#include <filesystem>
#include <optional>
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
#include "setup/guess_sheets.h"
#include "setup/guess_wide.h"
#include "setup/header_contests.h"
#include "setup/method_sums.h"
#include "setup/number_texts.h"
#include "setup/row_sum.h"
#include "setup/row_words.h"
#include "setup/wide_columns.h"
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
      find_rounds();
      find_options();
      if (auto found = option_ ? find_long_votes() : take_wide_votes(); !found)
        return std::unexpected(found.error());
    }
    find_masks();
    find_sheet_figures();
    find_number_forms();
    find_contest();
    if (round_) draft_.contest_id += " " + in_braces(column(*round_).name);
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
    all_.votes.insert(votes.begin(), votes.end());
    draft_.votes.push_back({column(means->votes).name, "", ""});
    for (const std::size_t at : means->names)
      draft_.option_id += (draft_.option_id.empty() ? "" : " ") + in_braces(column(at).name);
    if (means->party) {
      draft_.party = in_braces(column(*means->party).name);
      draft_.because("party", fmt::format("{} names parties: its name says so",
                                          column_in_words(column(*means->party))));
    }
    find_row_sum(all_, wide_, votes, all_.called_sums());
    draft_.because(
        "groups",
        fmt::format(
            "the {} columns from {} to {} come {} times, a group for each option{}", groups_.width,
            shown(draft_.group_from), shown(draft_.group_to),
            (columns().size() - groups_.begin) / groups_.width,
            draft_.front.groups.are_there() ? "; the header names those of the first one" : ""));
    return true;
  }

  // "Round", "Turno": the same votes come again in each, or other elections, of which one is meant.
  void find_rounds() {
    constexpr std::size_t rounds_max = 40;
    for (std::size_t at = 0; at < columns().size(); ++at) {
      const ColumnFacts& facts = column(at);
      // "Round Rock 1" is a place above its numbers.
      const bool has_digit = facts.name.find_first_of("0123456789") != std::string::npos;
      if (!is_called_round(facts.name) || has_digit || facts.is_constant() || facts.more_texts ||
          facts.texts.size() > rounds_max || facts.filled < draft_.front.rows_all || !is_only(at) ||
          !all_.repeats(at))
        continue;
      std::vector<std::string> choices;
      for (const auto& [text, where] : facts.texts) choices.push_back("only " + text);
      choices.emplace_back("contests");
      const std::string answer = ask(
          {"votes column " + shown(facts.name),
           fmt::format("{} numbers rounds, in which the same votes may come again: which one is "
                       "counted, or has each contests of its own?",
                       column_in_words(facts)),
           "only " + facts.first, choices});
      used_.insert(at);
      constexpr std::string_view only = "only ";
      if (answer == "contests") {
        round_ = at;
      } else {
        draft_.where[facts.name] = {answer.substr(only.size())};
      }
      return;
    }
  }

  // A text column "option" makes a long table, or one "party" beside one column of votes.
  void find_options() {
    auto at = with(Role::option);
    if (at && (column(*at).is_number() || is_of_places(*at))) at.reset();
    if (take_name_columns(at)) return;
    if (!at) at = parties_as_options();
    const bool is_known = at.has_value();
    if (!at) at = ask_options();
    if (!at) return;
    option_ = at;
    used_.insert(*at);
    draft_.option_id = in_braces(column(*at).name);
    if (!is_known) return;
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
    const auto all = all_.numeric();
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

  // Beside a column that is called votes, and behind which no options stand beside each other, one of texts names them.
  std::optional<std::size_t> ask_options() {
    const bool has_votes = numbers_with(Role::votes) > 0;
    if ((!has_votes && numbers_with(Role::method_votes) < 2) || has_header_parts())
      return std::nullopt;
    std::vector<std::size_t> possible;
    bool has_text = false, is_behind = false;
    for (std::size_t at = 0; at < columns().size(); ++at) {
      const ColumnFacts& facts = column(at);
      const Role role = words_[at].role;
      const bool is_text = facts.filled > facts.masks && !facts.is_number() && !facts.is_share();
      // Numbers that nothing is said of may be options beside each other; those of the rows stand in front of all texts.
      if (role == Role::none && facts.is_number() && (has_text || !all_.is_code(at)))
        return std::nullopt;
      has_text = has_text || is_text;
      // What stands behind the votes is a remark.
      is_behind =
          is_behind || (facts.is_number() && (role == Role::votes || role == Role::method_votes));
      if (is_text && !is_behind && role == Role::none && !used_.contains(at) && is_only(at) &&
          !facts.is_constant() && all_.repeats(at))
        possible.push_back(at);
    }
    if (possible.empty()) return std::nullopt;
    std::vector<std::string> names;
    for (const std::size_t at : possible) names.push_back(column(at).name);
    std::vector<std::string> choices = names;
    choices.emplace_back("none");
    const std::string answer =
        ask({"option column",
             fmt::format("no column is called like options, and the votes stand behind texts: "
                         "which column names the options: {}?",
                         fmt::join(names, ", ")),
             has_votes ? names.back() : "none", choices});
    const auto chosen = std::ranges::find(names, answer);
    if (chosen == names.end()) return std::nullopt;
    return possible[static_cast<std::size_t>(chosen - names.begin())];
  }

  // "Ada Moss Early", "Ada Moss Absentee": names of columns of votes say options already.
  [[nodiscard]] bool has_header_parts() const {
    std::vector<std::string> names;
    for (const std::size_t at : all_.with_header_parts(true)) names.push_back(column(at).name);
    return draft_.front.header_rows == 1 && find_header_parts(names).has_value();
  }

  // "Round 1", "Count 2": each has the votes once more.
  bool take_one_round() {
    std::vector<std::size_t> rounds;
    for (const std::size_t at : all_.numeric()) {
      if (is_numbered_round(column(at).name) && !is_called_transfer(column(at).name))
        rounds.push_back(at);
    }
    if (rounds.size() < 2) return false;
    take_votes(rounds);
    for (const std::size_t at : all_.numeric()) {
      if (is_numbered_round(column(at).name) || is_called_transfer(column(at).name))
        used_.insert(at);
    }
    return true;
  }

  Result<void> find_long_votes() {
    if (take_one_round()) return {};
    std::vector<std::size_t> by_method, by_name, totals, others;
    // "ED" in front of the options, where the votes stand behind them, numbers an election district.
    const auto columns_of_numbers = all_.numeric();
    const bool has_votes_behind = std::ranges::any_of(columns_of_numbers, [&](std::size_t at) {
      return at > *option_ && words_[at].role == Role::votes;
    });
    for (const std::size_t at : columns_of_numbers) {
      const Role role = words_[at].role;
      if (role == Role::method_votes && has_votes_behind && at < *option_) continue;
      if (role == Role::method_votes) by_method.push_back(at);
      if (role == Role::votes) by_name.push_back(at);
      const bool is_sum = role == Role::none && is_named_as_sum(column(at).name);
      if (role == Role::total || is_sum) totals.push_back(at);
      if (role == Role::none && !is_sum) others.push_back(at);
    }
    if (!by_method.empty()) {
      const auto more =
          find_other_methods(draft_, answers_, {by_method, others, all_.called_sums()});
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
      find_row_sum(all_, wide_, by_method, by_name);
      return {};
    }
    if (by_method.empty() && take_places_as_columns(by_name, totals, others)) return {};
    // A total beside one method alone has votes of others that the file does not show, and "Votes" may have those of the
    // method or not: somebody has to say.
    if (by_name.empty() && !by_method.empty()) by_name = totals;
    if (!by_name.empty()) by_name.insert(by_name.end(), by_method.begin(), by_method.end());
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
      all_.votes.insert(at);
    }
    find_row_sum(all_, wide_, others, totals);
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
      all_.votes.insert(at);
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
    all_.votes.insert(at);
    draft_.because("votes",
                   fmt::format("{} has the votes: {} of {} cells that are filled are numbers",
                               column_in_words(column(at)), grouped(column(at).numbers),
                               grouped(column(at).filled)));
  }

  Result<void> take_wide_votes() {
    auto found = draft_wide_votes(all_);
    if (!found) return std::unexpected(found.error());
    wide_ = std::move(*found);
    return {};
  }

  // How numbers are written, and what stands where there is none.
  void find_masks() {
    std::set<std::string> seen;
    bool is_empty = false;
    for (const std::size_t at : all_.votes) {
      take_number_texts(draft_, answers_, column(at), seen, true);
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
      if (!names.contains(column(at).name) || all_.votes.contains(at)) continue;
      take_number_texts(draft_, answers_, column(at), seen, false);
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
      std::string title = draft_.front.title.empty() ? file_title() : draft_.front.title;
      if (draft_.front.number > 0) title += fmt::format(" {}", draft_.front.number);
      draft_.contest_name =
          ask({"contest name",
               "no column names a contest, so that there is one: what is it called?",
               title,
               {}});
      // Another table of the file has another contest, and both are one delivery.
      constexpr std::size_t id_bytes_max = 200;
      const bool can_be_id = !draft_.contest_name.empty() &&
                             draft_.contest_name.size() <= id_bytes_max &&
                             draft_.contest_name.find_first_of("{}") == std::string::npos;
      draft_.contest_id =
          draft_.front.is_one_of_several && can_be_id ? draft_.contest_name : "contest";
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
    expect_party_sums();
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

  // "Total" of all lines of a candidate.
  void expect_party_sums() {
    const std::string name = only_column(draft_.party);
    for (const ColumnFacts& facts : columns()) {
      if (facts.name != name || name.empty()) continue;
      for (const auto& [text, where] : facts.texts) {
        if (!is_named_as_sum(text) || !ask_party_sum(facts, text)) continue;
        draft_.expect[name].insert(text);
        draft_.because("expect",
                       fmt::format("{} in {} (line {}) is the sum of a candidate's lines, "
                                   "by its name: it is compared and not counted",
                                   shown(text), shown(name), where.first_line));
      }
    }
  }

  // Whether it is one: "All" is the party of offices without parties too. A sum has another row of its candidate beside it.
  bool ask_party_sum(const ColumnFacts& party, const std::string& text) {
    const auto at = static_cast<std::size_t>(&party - columns().data());
    const auto rest_of = [&](const TableFront::Row& row) {
      std::string rest;
      for (std::size_t i = 0; i < row.fields.size() && i < columns().size(); ++i) {
        const Role role = words_[i].role;
        const bool is_figure = all_.votes.contains(i) || role == Role::ignored ||
                               (column(i).is_number() && role != Role::unit &&
                                role != Role::district && role != Role::contest);
        if (i != at && !is_figure) rest += row.fields[i] + "\n";
      }
      return rest;
    };
    const auto is_sum = [&](const TableFront::Row& row) {
      return at < row.fields.size() && row.fields[at] == text;
    };
    std::set<std::string> others;
    for (const TableFront::Row& row : draft_.front.rows) {
      if (at < row.fields.size() && !is_sum(row)) others.insert(rest_of(row));
    }
    std::size_t sums = 0, alone = 0;
    for (const TableFront::Row& row : draft_.front.rows) {
      if (!is_sum(row)) continue;
      ++sums;
      alone += others.contains(rest_of(row)) ? 0 : 1;
    }
    // What stands behind the kept rows alone is as much in doubt.
    if (sums > 0 && alone == 0) return true;
    const std::string answer = ask(
        {"party " + shown(text),
         fmt::format("{} in {} is called a sum, and {} of the first {} rows with it have no row "
                     "of another party beside them: is it the sum of a candidate's lines, which "
                     "is compared and not counted, or a party, whose votes are counted?",
                     shown(text), shown(party.name), grouped(alone), grouped(sums)),
         alone < sums || sums == 0 ? "sum" : "party",
         {"sum", "party"}});
    if (answer == "sum") return true;
    draft_.no_sums.push_back(text);
    return false;
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
  std::optional<std::size_t> round_;       // Of which each has contests of its own.
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
