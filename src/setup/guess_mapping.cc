#include "setup/guess_mapping.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "count/step.h"
#include "results/column_words.h"
#include "results/import.h"
#include "results/name_skeleton.h"
#include "results/result_sums.h"
#include "results/sums.h"
#include "setup/ballot_signs.h"
#include "setup/first_look.h"
#include "setup/guess_columns.h"
#include "setup/guess_json.h"
#include "setup/guess_sheets.h"
#include "setup/no_votes.h"
#include "setup/party_lines.h"
#include "setup/row_words.h"
#include "setup/settle_alike.h"
#include "setup/straight_tickets.h"
#include "tables/table_files.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// Tries a draft on the file and settles what that shows, until nothing more is found.
class Trial {
 public:
  // `files`: what those of an archive, or of the command, are called, where they are several.
  Trial(std::span<const std::string> paths, MappingDraft draft, const MappingAnswers& answers,
        std::vector<std::string> files)
      : paths_(paths),
        path_(paths.size() == 1 ? paths.front()
                                : fmt::format("{} and {} more", paths.front(), paths.size() - 1)),
        draft_(std::move(draft)),
        answers_(answers),
        files_(std::move(files)) {}

  Result<MappingGuess> run() {
    constexpr int tries_max = 50;
    for (int tries = 0; tries < tries_max; ++tries) {
      auto mapping = Mapping::parse(mapping_text(draft_, path_), "the guess");
      if (!mapping) return std::unexpected(mapping.error());
      auto table = read_results(paths_, *mapping, nullptr);
      if (!table) return std::unexpected(table.error());
      if (settle(*table, *mapping)) continue;
      say_what_it_takes(*table, *mapping);
      return MappingGuess{mapping_text(draft_, path_), draft_.open, draft_.asked, draft_.takes};
    }
    return fail(Remedy::reject, "mapping.invalid",
                "what the file means could not be guessed; write the mapping by hand");
  }

 private:
  // Each is true if it changed the draft, so that it is to be tried again.
  bool settle(const ResultsTable& table, const Mapping& mapping) {
    return settle_unit_figures() || settle_straight_tickets(draft_, answers_) ||
           settle_whole_totals() || settle_option_figures(table) || settle_parties(table) ||
           settle_repeated(table) || settle_levels(table) || settle_figures(table) ||
           settle_no_rows(table) || settle_no_votes(table, draft_, answers_, asked_alike_) ||
           settle_headings(table, draft_, answers_, asked_alike_) ||
           settle_alike_names(table, draft_, answers_, asked_alike_) ||
           settle_lines(table, draft_, answers_, asked_alike_) || settle_sums(table, mapping) ||
           settle_names(table) || settle_local(table) || settle_idle(table);
  }

  [[nodiscard]] static bool has_fault(const ResultsTable& table, std::string_view code) {
    return std::any_of(
        table.fault_groups.begin(), table.fault_groups.end(),
        [&](const auto& group) { return group.second.examples.front().code.text() == code; });
  }
  std::string ask(MappingQuestion question) {
    return answer_to(draft_, answers_, std::move(question));
  }

  // Contests that are figures: rows of "Registered Voters" name no option, so they are no cells yet.
  bool settle_unit_figures() {
    const std::string column = only_column(draft_.contest_id).empty()
                                   ? draft_.contest_id.substr(0, draft_.contest_id.find('}') + 1)
                                   : draft_.contest_id;
    bool changed = false;
    for (const ColumnFacts& facts : draft_.front.columns) {
      if ("{" + facts.name + "}" != column) continue;
      for (const auto& [text, where] : facts.texts) {
        const std::string figure(figure_called(text));
        if (figure.empty() || !draft_.contest_figures.try_emplace(text, figure).second) continue;
        draft_.because("contest", fmt::format("{} (line {}) is no contest but a figure of the unit",
                                              shown(text), where.first_line));
        changed = true;
      }
    }
    return changed;
  }

  // "Grand Total" among the precincts, where the ward is empty: it is compared with all of them.
  bool settle_whole_totals() {
    const auto& columns = draft_.front.columns;
    std::vector<std::size_t> levels;
    for (const MappingDraft::Level& level : draft_.units) {
      const auto at = std::ranges::find(columns, only_column(level.id), &ColumnFacts::name);
      if (at != columns.end()) levels.push_back(static_cast<std::size_t>(at - columns.begin()));
    }
    bool changed = false;
    for (const TableFront::Row& row : draft_.front.rows) {
      for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        const std::size_t above = levels[i], at = levels[i + 1];
        if (at >= row.fields.size() || above >= row.fields.size() || !row.fields[above].empty())
          continue;
        const std::string &name = row.fields[at], &column = columns[at].name;
        if ((!is_named_as_sum(name) && !is_called_whole(name)) ||
            std::ranges::find(draft_.fill_down, columns[above].name) != draft_.fill_down.end() ||
            !draft_.expect[column].insert(name).second)
          continue;
        draft_.because("expect", fmt::format("{} stands in no {} (line {}): it is compared with "
                                             "the sum of all and not counted",
                                             shown(name), shown(columns[above].name), row.line));
        changed = true;
      }
    }
    return changed;
  }

  bool settle_option_figures(const ResultsTable& table) {
    bool changed = false;
    for (const auto& contest : table.contests) {
      for (const auto& option : contest.options) {
        const std::string figure(figure_called(option.name));
        if (figure.empty() || draft_.option_skip.contains(option.name) ||
            draft_.option_figures.contains(option.name) || is_no_sum(option.id))
          continue;
        if (may_be_surname(option.name) && is_somebody(contest, option, figure)) {
          draft_.no_sums.push_back(option.id);
          changed = true;
          continue;
        }
        if (figure == "cards" && is_less_than_an_option(table, contest, option)) {
          draft_.option_skip.insert(option.name);
          draft_.because("option",
                         fmt::format("{} is no option, by its name, and no number of ballots: it "
                                     "is less than the votes of one option",
                                     shown(option.name)));
          changed = true;
          continue;
        }
        draft_.option_figures[option.name] = figure;
        draft_.because("option", fmt::format("{} is no option but the figure {}, by its name",
                                             shown(option.name), figure));
        changed = true;
      }
    }
    return changed;
  }

  [[nodiscard]] bool is_no_sum(const std::string& id) const {
    return std::ranges::find(draft_.no_sums, id) != draft_.no_sums.end();
  }

  // An option that is called like a figure and like a person. Other figures beside it say that it is one, too.
  [[nodiscard]] bool is_somebody(const ResultsTable::Contest& contest,
                                 const ResultsTable::Option& option, const std::string& figure) {
    const auto is_sure = [&](const std::string& name) {
      return !may_be_surname(name) && (!figure_called(name).empty() || is_called_sum(name));
    };
    bool are_short = true;
    for (const auto& other : contest.options) {
      if (is_sure(other.name)) return false;
      are_short = are_short && !other.name.contains(' ');
    }
    if (std::ranges::any_of(draft_.option_figures | std::views::keys, is_sure) ||
        std::ranges::any_of(draft_.option_skip, is_sure) || !draft_.sheet_figures.empty())
      return false;
    return ask({"option " + shown(option.name),
                fmt::format("{} of {} is called like the figure {}, and may be somebody's name: is "
                            "it an option?",
                            shown(option.name), shown(contest.id), figure),
                are_short ? "yes" : "no",
                {"yes", "no"}}) == "yes";
  }

  // A share of those who voted is called like their number.
  [[nodiscard]] static bool is_less_than_an_option(const ResultsTable& table,
                                                   const ResultsTable::Contest& contest,
                                                   const ResultsTable::Option& option) {
    const auto at = static_cast<std::size_t>(&contest - table.contests.data());
    const auto column = static_cast<std::size_t>(&option - contest.options.data());
    std::map<std::pair<std::uint32_t, std::uint16_t>, std::pair<std::uint64_t, std::uint64_t>>
        sheets;  // The figure, and the most votes of another option.
    for (const auto& cell : table.cells) {
      if (cell.contest != at || cell.column >= slot::first_counter) continue;
      auto& [figure, most] = sheets[{cell.unit, cell.method}];
      if (cell.column == column) {
        figure = cell.value;
      } else if (meaning_of(contest.options[cell.column].name).role != Role::registered) {
        most = std::max(most, cell.value);
      }
    }
    return std::ranges::any_of(sheets, [](const auto& sheet) {
      return sheet.second.first > 0 && sheet.second.first < sheet.second.second;
    });
  }

  // An option of several parties: a primary of each party, lines of one candidate that are added up, or two
  // people.
  bool settle_parties(const ResultsTable& table) {
    if (!has_fault(table, "import.party_differs") || !draft_.repeated.empty()) return false;
    MappingDraft tried = draft_;
    tried.repeated = "add_parties";
    const auto added = read_with(tried);
    if (!added) return false;
    const PartyLines lines = find_party_lines(*added);
    if (split_primaries(lines)) return true;
    if (!lines.option.empty() && !is_one_candidate(lines)) {
      draft_.option_id += " " + draft_.party;
      draft_.because("option", "an option and its party are one: two of one name are two people");
      return true;
    }
    draft_.repeated = "add_parties";
    draft_.because("votes",
                   fmt::format("an option stands for several parties (line {}): its rows are "
                               "lines of one candidate, and are added up",
                               line_of(table, "import.party_differs")));
    return true;
  }

  bool split_primaries(const PartyLines& lines) {
    if (lines.primaries.empty() || asked_primaries_) return false;
    asked_primaries_ = true;
    const auto& [contest, crossing] = *lines.primaries.begin();
    const std::string answer =
        ask({"contest parties",
             fmt::format("in {}{} each option but {} is of one party: has each party a contest of "
                         "its own, as in a primary?",
                         shown(contest),
                         lines.primaries.size() == 1
                             ? ""
                             : fmt::format(" and {} other contests", lines.primaries.size() - 1),
                         shown(crossing)),
             "yes",
             {"yes", "no"}});
    if (answer != "yes") return false;
    for (const auto& [id, option] : lines.primaries)
      draft_.contest_each[id] = draft_.contest_id + " " + draft_.party;
    draft_.because("contest", "a primary: each party has a contest of its own");
    return true;
  }

  [[nodiscard]] bool is_one_candidate(const PartyLines& lines) {
    return ask({"votes parties",
                fmt::format("{} of {} stands for {} and for {}: is it one candidate, whose lines "
                            "are added up, or are they different ones?",
                            shown(lines.option), shown(lines.contest), shown(lines.parties[0]),
                            shown(lines.parties[1])),
                lines.are_rivals ? "different" : "one",
                {"one", "different"}}) == "one";
  }

  [[nodiscard]] std::optional<ResultsTable> read_with(const MappingDraft& draft) const {
    auto mapping = Mapping::parse(mapping_text(draft, path_), "the guess");
    if (!mapping) return std::nullopt;
    auto table = read_results(paths_, *mapping, nullptr);
    if (!table) return std::nullopt;
    return std::move(*table);
  }

  [[nodiscard]] static std::uint64_t line_of(const ResultsTable& table, std::string_view code) {
    for (const auto& [kind, group] : table.fault_groups) {
      if (group.examples.front().code.text() == code) return group.examples.front().line;
    }
    return 0;
  }

  // Two rows with one key: a text column that nobody reads may tell them apart, or the file's name.
  bool settle_repeated(const ResultsTable& table) {
    if (!has_fault(table, "import.row_repeated")) return false;
    for (const ColumnFacts& column : draft_.front.columns) {
      const bool is_no_text = column.is_number() || meaning_of(column.name).role == Role::ignored;
      if ((is_no_text && !has_years(column)) || column.is_constant() || column.filled == 0 ||
          is_read(column.name) || !tried_.insert(column.name).second)
        continue;
      if (tells_apart(column, table)) return true;
    }
    if (settle_files(table) || settle_numbers(table)) return true;
    if (asked_repeated_) return false;
    asked_repeated_ = true;
    const std::string answer = ask(
        {"votes repeated",
         fmt::format("{} rows have a unit, contest, method and option that stood before, the first "
                     "on line {}: refuse them, or add them up?",
                     grouped(rows_of(table, "import.row_repeated")),
                     line_of(table, "import.row_repeated")),
         draft_.repeated.empty() || draft_.repeated == "add_names" ? "refuse" : draft_.repeated,
         {"refuse", "add", "add_parties"}});
    if (answer == draft_.repeated || answer == "refuse") return false;
    draft_.repeated = answer;
    return true;
  }

  // Whole numbers in front of the votes: those of a place or a part of one, where most such rows are apart by them.
  bool settle_numbers(const ResultsTable& table) {
    for (const ColumnFacts& column : draft_.front.columns) {
      const bool is_votes = column.name == draft_.wide_from ||
                            (!draft_.votes.empty() && column.name == draft_.votes.front().column);
      if (is_votes) return false;
      const Role role = meaning_of_column(column.name).role;
      const bool may_tell = column.is_number() && column.shares == 0 && !column.is_constant() &&
                            column.filled == draft_.front.rows_all &&
                            (role == Role::none || role == Role::unit || role == Role::district ||
                             role == Role::ignored || role == Role::method_votes);
      if (!may_tell || is_read(column.name) || !tried_.insert(column.name).second) continue;
      MappingDraft tried = draft_;
      take_column(column, "place", tried);
      const std::uint64_t before = rows_of(table, "import.row_repeated");
      if (2 * repeated_with(tried) > before) continue;
      if (ask_column(column, "place", line_of(table, "import.row_repeated"))) return true;
    }
    return false;
  }

  // Several elections in one file.
  [[nodiscard]] static bool has_years(const ColumnFacts& column) {
    constexpr std::size_t years_max = 6;
    return column.texts.size() > 1 && column.texts.size() <= years_max &&
           std::ranges::all_of(column.texts, [](const auto& text) { return is_year(text.first); });
  }

  // Whether fewer rows are repeated where `column` is read. What it is, its name says, or somebody.
  bool tells_apart(const ColumnFacts& column, const ResultsTable& table) {
    const Role role = meaning_of(column.name).role;
    const bool of_contest =
        role == Role::none && !draft_.contest_id.empty() && column.filled < draft_.front.rows_all;
    const auto with = [&](std::string_view what) {
      MappingDraft draft = draft_;
      take_column(column, what, draft);
      return draft;
    };
    const std::string guess = of_contest ? "contest" : "place";
    if (repeated_with(with(guess)) >= rows_of(table, "import.row_repeated")) return false;
    const std::uint64_t line = line_of(table, "import.row_repeated");
    if (role == Role::unit || role == Role::district) {
      draft_ = with(guess);
      draft_.because(guess == "place" ? "unit" : guess,
                     fmt::format("without column {} rows have one key that are not one (line {})",
                                 shown(column.name), line));
      return true;
    }
    return ask_column(column, guess, line);
  }

  // Of rows that only differ in what no name explains, one may be the other's later version.
  bool ask_column(const ColumnFacts& column, const std::string& guess, std::uint64_t line) {
    constexpr std::size_t texts_max = 6;
    std::vector<std::string> choices = {"place", "contest", "method"};
    std::vector<std::string> texts;
    for (const auto& [text, where] : column.texts) {
      if (texts.size() == texts_max) break;
      texts.push_back(shown(text));
      if (column.texts.size() <= texts_max && !column.more_texts) choices.push_back("only " + text);
    }
    choices.emplace_back("nothing");
    const bool are_few = choices.size() > 4;
    const std::size_t open_before = draft_.open.size();
    const std::string answer = ask(
        {"votes column " + shown(column.name),
         fmt::format("rows differ in column {} alone ({}; the first on line {}): is it a place, "
                     "a part of the contest, a method, {}or nothing (then they are refused)?",
                     shown(column.name), fmt::join(texts, ", "), line,
                     are_few ? "versions of which one alone is counted (only …), " : ""),
         are_few && column.filled == draft_.front.rows_all ? "nothing" : guess, choices});
    // Somebody may say what to do with such rows only after that.
    asked_repeated_ = asked_repeated_ || draft_.open.size() > open_before;
    if (answer == "nothing") return false;
    constexpr std::string_view only = "only ";
    if (answer.starts_with(only)) {
      draft_.where[column.name] = {answer.substr(only.size())};
    } else {
      take_column(column, answer, draft_);
    }
    return true;
  }

  static void take_column(const ColumnFacts& column, std::string_view what, MappingDraft& draft) {
    const std::string id = "{" + column.name + "}";
    if (what == "contest") {
      draft.contest_id += " " + id;
    } else if (what == "method") {
      draft.method_id = id;
      draft.method_name.clear();
    } else {
      draft.units.push_back({as_id(column.name), id, {}});
    }
  }

  // Counties that send a file each, and call their places alike.
  bool settle_files(const ResultsTable& table) {
    if (files_.size() < 2 || asked_files_ || is_read(Mapping::file_column)) return false;
    asked_files_ = true;
    MappingDraft tried = draft_;
    take_names_of_tables(Mapping::file_column, "place", tried);
    if (repeated_with(tried) >= rows_of(table, "import.row_repeated")) return false;
    constexpr std::size_t names_max = 5;
    std::vector<std::string> names = files_;
    if (names.size() > names_max) names.resize(names_max);
    const std::string answer =
        ask({"csv file_names",
             fmt::format("what stands in one file stands in another too (line {}), and they are "
                         "called {}{}: is that a place, a contest, a voting method, or nothing "
                         "(then such rows are refused)?",
                         line_of(table, "import.row_repeated"), fmt::join(names, ", "),
                         names.size() < files_.size() ? ", …" : ""),
             "place",
             {"contest", "place", "method", "nothing"}});
    if (answer == "nothing") return false;
    take_names_of_tables(Mapping::file_column, answer, draft_);
    return true;
  }

  [[nodiscard]] static std::uint64_t rows_of(const ResultsTable& table, std::string_view code) {
    std::uint64_t rows = 0;
    for (const auto& [kind, group] : table.fault_groups) {
      if (group.examples.front().code.text() == code) rows += group.rows;
    }
    return rows;
  }

  [[nodiscard]] std::uint64_t repeated_with(const MappingDraft& draft) const {
    const auto table = read_with(draft);
    return table ? rows_of(*table, "import.row_repeated") : ~std::uint64_t{0};
  }

  [[nodiscard]] bool is_read(const std::string& column) const {
    const std::string in_braces = "{" + column + "}";
    const auto names_it = [&](const std::string& id) { return id.contains(in_braces); };
    return std::any_of(draft_.units.begin(), draft_.units.end(),
                       [&](const auto& level) { return names_it(level.id); }) ||
           names_it(draft_.contest_id) || names_it(draft_.option_id) || names_it(draft_.party) ||
           names_it(draft_.method_id) ||
           std::any_of(draft_.votes.begin(), draft_.votes.end(),
                       [&](const auto& votes) { return votes.column == column; });
  }

  // Rows of a unit that name none of its parts are its sum, where their figures say so.
  bool settle_levels(const ResultsTable& table) {
    if (draft_.units.empty() || !draft_.units.back().empty.contains("")) return false;
    const std::string column = only_column(draft_.units.back().id);
    using Place = std::tuple<std::int64_t, std::uint16_t, std::uint16_t, std::uint16_t>;
    std::map<Place, std::uint64_t> own, parts;
    for (const auto& cell : table.cells) {
      if (cell.column >= slot::first_counter) continue;
      own[{cell.unit, cell.contest, cell.method, cell.column}] += cell.value;
      parts[{table.units[cell.unit].parent, cell.contest, cell.method, cell.column}] += cell.value;
    }
    std::size_t sums = 0;
    for (const auto& [place, value] : parts) {
      const auto above = own.find(place);
      if (above == own.end()) continue;
      if (above->second != value) return false;
      ++sums;
    }
    if (sums == 0 || column.empty() || !draft_.expect[column].insert("").second) return false;
    draft_.units.back().empty.clear();
    drop_question("unit empty " + shown(column));
    draft_.because("expect", fmt::format("where {} is empty stand the sums of the places above: "
                                         "they are compared with them and not counted",
                                         shown(column)));
    return true;
  }

  // A column that says it is a sum, or of the whole unit, and is not.
  bool settle_figures(const ResultsTable& table) {
    for (const auto& [kind, group] : table.fault_groups) {
      const RowFault& fault = group.examples.front();
      if (fault.code.text() != "import.figure_differs") continue;
      if (fault.detail.contains("add_parties") && draft_.repeated.empty() && !draft_.party.empty())
        return ask_parties(fault);
      if (fault.column == draft_.sum_column && !fault.column.empty() && !draft_.sum_is_sure) {
        draft_.sum_column.clear();
        draft_.because("votes",
                       fmt::format("{} is not the sum of its row on line {}: it is not read",
                                   shown(fault.column), fault.line));
        return true;
      }
      if (fault.column == draft_.size_column && !fault.column.empty()) {
        draft_.size_column.clear();
        draft_.because("contest",
                       fmt::format("{} differs within a contest (line {}): it is not read",
                                   shown(fault.column), fault.line));
        return true;
      }
      if (!draft_.sheet_figures.empty() && fault.column.empty()) {
        draft_.sheet_figures.clear();
        draft_.because("votes",
                       fmt::format("figures of the whole unit differ from row to row (line {}): "
                                   "they are not read",
                                   fault.line));
        return true;
      }
    }
    return false;
  }

  // Registered voters of each party, in rows of their own.
  bool ask_parties(const RowFault& fault) {
    const std::string answer =
        ask({"votes repeated",
             fmt::format("{} (line {}): are they to be added up?", fault.detail, fault.line),
             "add_parties",
             {"add_parties", "refuse"}});
    draft_.repeated = answer == "refuse" ? "refuse" : "add_parties";
    return true;
  }

  // Rows that are called like no option and no place: "Precincts Reporting", "Percent".
  bool settle_no_rows(const ResultsTable& table) {
    bool changed = false;
    for (const auto& contest : table.contests) {
      for (const auto& option : contest.options) {
        if (draft_.option_skip.contains(option.name) || !figure_called(option.name).empty() ||
            !is_no_row("option", option.name, "an option of " + shown(contest.id)))
          continue;
        draft_.option_skip.insert(option.name);
        changed = true;
      }
    }
    for (const auto& unit : table.units) {
      std::size_t depth = 0;
      for (auto parent = unit.parent; parent >= 0; ++depth)
        parent = table.units[static_cast<std::size_t>(parent)].parent;
      const std::string column =
          depth < draft_.units.size() ? only_column(draft_.units[depth].id) : std::string();
      if (column.empty() || column.starts_with('/') || column.starts_with("header") ||
          !is_no_row("leave_out", unit.name, "a place"))
        continue;
      changed = draft_.leave_out[column].insert(unit.name).second || changed;
    }
    return changed;
  }

  // Asked once of a name.
  bool is_no_row(const std::string& table, const std::string& name, const std::string& what) {
    const RowName kind = kind_of_row_name(name);
    if (kind == RowName::plain || !asked_rows_.insert(table + "\n" + name).second) return false;
    if (kind == RowName::none) {
      draft_.because(table, fmt::format("{} is not {}, by its name", shown(name), what));
      return true;
    }
    return ask({table + " " + shown(name),
                fmt::format("{} is not called like {}: is it one?", shown(name), what),
                "no",
                {"yes", "no"}}) == "no";
  }

  bool settle_sums(const ResultsTable& table, const Mapping& mapping) {
    bool changed = false;
    for (const FoundSum& sum : find_sums(table, mapping.no_sums)) {
      const bool settled = sum.what == FoundSum::What::unit     ? settle_unit_sum(table, sum)
                           : sum.what == FoundSum::What::option ? settle_option_sum(sum)
                                                                : settle_method_sum(sum);
      changed = changed || settled;
    }
    return changed;
  }

  // What to do with a sum: nobody doubts one that is called so, too.
  [[nodiscard]] bool is_sum(const FoundSum& sum, const std::string& table,
                            const std::string& name) {
    const std::string said = in_words(sum);
    if (!sum.by_name_alone && (is_called_sum(name) || sum.names_say_so)) {
      draft_.because(table, said);
      return true;
    }
    const std::string answer =
        ask({table + " " + shown(sum.name),
             said + (sum.is_copy         ? ": are they the same votes, which are "
                                           "counted once and left out here?"
                     : sum.by_name_alone ? ": is it a sum that is left out?"
                                         : ", and is not called so: is it a sum that is "
                                           "left out?"),
             "yes",
             {"yes", "no"}});
    if (answer != "no") return true;
    draft_.no_sums.push_back(sum.name);
    return false;
  }

  bool settle_unit_sum(const ResultsTable& table, const FoundSum& sum) {
    const auto unit = std::find_if(table.units.begin(), table.units.end(),
                                   [&](const auto& each) { return each.id == sum.name; });
    if (unit == table.units.end()) return false;
    std::size_t depth = 0;
    for (auto parent = unit->parent; parent >= 0; ++depth)
      parent = table.units[static_cast<std::size_t>(parent)].parent;
    const std::string column = only_column(draft_.units[depth].id);
    if (column.empty()) return false;
    if (!is_sum(sum, "leave_out", unit->name)) return true;
    return draft_.leave_out[column].insert(unit->name).second;
  }

  bool settle_option_sum(const FoundSum& sum) {
    if (!is_sum(sum, "option", sum.name)) return true;
    if (draft_.wide_from.empty() || draft_.option_id != "{header}")
      return draft_.option_skip.insert(sum.name).second;
    return draft_.wide_except.insert(sum.name).second;
  }

  bool settle_method_sum(const FoundSum& sum) {
    const std::string column = only_column(draft_.method_id);
    if (!column.empty()) {
      // A sum of all is compared. Lines of one candidate may have one each, of which none is the sum of all of them.
      // Figures of a unit may stand in rows of a total alone.
      const bool is_compared =
          sum.of_all && draft_.repeated.empty() && draft_.contest_figures.empty();
      if (!is_sum(sum, is_compared ? "expect" : "leave_out", sum.name)) return true;
      auto& rows = is_compared ? draft_.expect : draft_.leave_out;
      return rows[column].insert(sum.name).second;
    }
    const auto votes = std::find_if(draft_.votes.begin(), draft_.votes.end(),
                                    [&](const auto& each) { return each.method == sum.name; });
    if (votes == draft_.votes.end()) return false;
    // Who answers that it is none keeps it; a sum of all is compared with the votes of its row.
    if (!sum.of_all && !is_sum(sum, "votes", sum.name)) return true;
    if (sum.of_all) {
      draft_.sum_column = votes->column;
      draft_.because("votes", fmt::format("{} is the sum of the other methods", shown(sum.name)));
    }
    draft_.votes.erase(votes);
    return true;
  }

  // Options that are called a sum and are none by arithmetic.
  bool settle_names(const ResultsTable& table) {
    for (const auto& contest : table.contests) {
      for (const auto& option : contest.options) {
        if (!is_called_sum(option.name) || draft_.option_skip.contains(option.name) ||
            is_no_sum(option.id))
          continue;
        const std::string answer = ask(
            {"option " + shown(option.name),
             fmt::format("{} of {} is called a sum, and its figures are not the sum of the others: "
                         "is it an option, as somebody who is called so (otherwise it is left "
                         "out)?",
                         shown(option.name), shown(contest.id)),
             "no",
             {"yes", "no"}});
        if (answer == "yes") {
          draft_.no_sums.push_back(option.id);
        } else {
          draft_.option_skip.insert(option.name);
        }
        return true;
      }
    }
    return false;
  }

  // An office that each county fills for itself: no option of one county's stands in another's.
  bool settle_local(const ResultsTable& table) {
    if (looked_for_local_ || draft_.units.size() < 3) return false;
    looked_for_local_ = true;
    const std::string contest_column = only_column(draft_.contest_id);
    std::size_t level = 0;
    while (level < draft_.units.size() && only_column(draft_.units[level].id).empty()) ++level;
    if (contest_column.empty() || level + 1 >= draft_.units.size()) return false;
    std::vector<std::set<std::pair<std::uint16_t, std::uint32_t>>> places(table.contests.size());
    for (const auto& cell : table.cells) {
      if (cell.column >= slot::first_counter) continue;
      places[cell.contest].emplace(cell.column, place_at(table, cell.unit, level));
    }
    bool changed = false;
    for (std::size_t i = 0; i < places.size(); ++i) {
      std::set<std::uint32_t> counties;
      std::set<std::uint16_t> options;
      for (const auto& [option, county] : places[i]) {
        counties.insert(county);
        options.insert(option);
      }
      if (counties.size() < 2 || options.size() != places[i].size()) continue;
      const std::string& id = table.contests[i].id;
      // A contest of a party that was made of one of all parties is none in the file.
      if (asked_primaries_ && !has_text(contest_column, id)) continue;
      draft_.contest_each[id] =
          fmt::format("{} {}", draft_.units[level].id, "{" + contest_column + "}");
      draft_.because("contest",
                     fmt::format("{} has other options in each of {} places: it is a contest of "
                                 "each",
                                 shown(id), counties.size()));
      changed = true;
    }
    return changed;
  }

  [[nodiscard]] bool has_text(const std::string& column, const std::string& text) const {
    return std::ranges::any_of(draft_.front.columns, [&](const ColumnFacts& facts) {
      return facts.name == column && facts.texts.contains(text);
    });
  }

  // What was guessed of rows that are passed over by now: masks and empty places that nothing needs.
  bool settle_idle(const ResultsTable& table) {
    const auto drop = [&](const std::vector<std::string>& keys, const std::string& key,
                          std::set<std::string>& texts) {
      return std::erase_if(texts, [&](const std::string& text) {
               return std::ranges::find(keys, key + " " + shown(text)) != keys.end();
             }) > 0;
    };
    bool changed = false;
    for (MappingDraft::Level& level : draft_.units)
      changed =
          drop(table.unused_keys, fmt::format("[[unit]] {} empty", level.kind), level.empty) ||
          changed;
    for (const auto& [key, texts] :
         {std::pair("[votes] unknown", &draft_.unknown), std::pair("[votes] zero", &draft_.zero),
          std::pair("[votes] not_on_ballot", &draft_.not_on_ballot)}) {
      const std::set<std::string> before = *texts;
      if (!drop(table.idle_keys, key, *texts)) continue;
      changed = true;
      for (const std::string& text : before) {
        if (texts->contains(text)) continue;
        drop_question("votes mask " + shown(text));
      }
    }
    return changed;
  }

  // What it asked is settled.
  void drop_question(const std::string& key) {
    std::erase_if(draft_.open,
                  [&](const MappingQuestion& question) { return question.key == key; });
  }

  [[nodiscard]] static std::uint32_t place_at(const ResultsTable& table, std::uint32_t unit,
                                              std::size_t level) {
    std::vector<std::uint32_t> path{unit};
    while (table.units[path.back()].parent >= 0)
      path.push_back(static_cast<std::uint32_t>(table.units[path.back()].parent));
    return level < path.size() ? path[path.size() - 1 - level] : unit;
  }

  void say_what_it_takes(const ResultsTable& table, const Mapping& mapping) {
    const ResultSums sums = result_sums(table);
    draft_.takes.push_back(fmt::format(
        "Tried on the whole file: votes: {}; {} contests and {} places, from {} rows; {} refused, "
        "{} passed over.",
        in_words(sums.votes, sums.cell_word), grouped(table.contests.size()),
        grouped(table.units.size()), grouped(table.rows_read), grouped(table.rows_refused()),
        grouped(table.rows_passed_over)));
    const auto open = [&](std::string text) {
      draft_.open.push_back({"file", std::move(text), "as it is", {}});
      draft_.asked.push_back(draft_.open.back());
    };
    drop_question("file");
    if (table.rows_refused() > 0) {
      const RowFault& first = table.faults.front();
      ask({"file",
           fmt::format("{} rows are refused, the first on line {} ({} {} {}): is that right?",
                       grouped(table.rows_refused()), first.line, first.column, first.found,
                       first.detail),
           "as it is",
           {}});
    }
    ask_other_columns(table);
    ask_near_places(table);
    for (const auto& good :
         {check_mapping(table, mapping), check_sums(table, mapping), check_names(table, mapping)}) {
      if (!good) open(fmt::format("it cannot be used yet: {}; what is it?", good.error().detail));
    }
  }

  // Columns of numbers that the first file has not, and another one has.
  void ask_other_columns(const ResultsTable& table) {
    if (files_.size() < 2 && draft_.sheets.empty()) return;
    std::vector<std::string> names;
    for (const std::string& name : table.unread_columns) {
      if (std::ranges::find(draft_.front.columns, name, &ColumnFacts::name) ==
          draft_.front.columns.end())
        names.push_back(shown(name));
    }
    if (names.empty()) return;
    ask({"file columns",
         fmt::format("only some of the files have {}, and nothing is read of what stands there: is "
                     "that right (otherwise those files need a mapping of their own)?",
                     fmt::join(names, ", ")),
         "yes",
         {"yes"}});
  }

  // Places beside each other that are written in two ways. A mapping cannot make one of them.
  void ask_near_places(const ResultsTable& table) {
    std::map<std::int32_t, std::vector<std::string_view>> families;
    for (const auto& unit : table.units) families[unit.parent].emplace_back(unit.name);
    std::size_t pairs = 0;
    std::string first;
    for (const auto& [parent, names] : families) {
      for (const LikeNames& pair : like_names(names)) {
        if (pairs++ == 0) first = two_spellings(names[pair.one], names[pair.other]);
      }
    }
    if (pairs == 0) return;
    ask({"unit names",
         fmt::format("places are written nearly alike: {}{}; are they two places (a mapping cannot "
                     "make one of them: mend the file, if they are)?",
                     first,
                     pairs == 1 ? "" : fmt::format(", and {} more pairs", grouped(pairs - 1))),
         "yes",
         {"yes"}});
  }

  const std::span<const std::string> paths_;
  const std::string path_;  // What they are called at the head of the mapping.
  MappingDraft draft_;
  const MappingAnswers& answers_;
  std::vector<std::string> files_;
  std::set<std::string> tried_, asked_alike_, asked_rows_;
  bool asked_repeated_ = false, looked_for_local_ = false, asked_primaries_ = false;
  bool asked_files_ = false;
};

}  // namespace

Result<MappingGuess> guess_mapping(std::span<const std::string> paths,
                                   const std::map<std::string, std::string>& answers) {
  const std::string& path = paths.front();
  const auto sheets = find_sheets(path);
  if (!sheets) return std::unexpected(sheets.error());
  MappingDraft asked;
  const auto json = find_json_records(path, answers, asked);
  if (!json) return std::unexpected(json.error());
  std::vector<std::string> chosen;
  if (!sheets->names.empty()) {
    chosen = WorkbookSheets::of_answer(answer_to(asked, answers, sheets->question));
  } else if (answers.contains(sheets->question.key) && !sheets->question.choices.empty()) {
    asked.asked.push_back(sheets->question);  // It has one sheet, which may be named all the same.
  }
  TableFiles::Wanted wanted{.sheets = chosen};
  if (auto known = ask_hidden(paths, answers, wanted, asked); !known)
    return std::unexpected(known.error());
  auto files = TableFiles::list(path, wanted, *json);
  if (!files) return std::unexpected(files.error());
  auto front = look_and_ask(*files, answers, asked);
  if (!front) return std::unexpected(front.error());
  for (const std::string& more : paths.subspan(1)) {
    if (auto looked = look_at_another(path, more, wanted, *json, *front); !looked)
      return std::unexpected(looked.error());
  }
  if (chosen.size() == 1 && sheets->is_made_otherwise(chosen.front())) {
    front->is_one_of_several = true;
    if (front->title.empty()) front->title = chosen.front();
  }
  const std::string signs = signs_of_ballots(*front);
  auto draft = draft_from_columns(path, std::move(*front), answers);
  if (!draft) {
    if (!signs.empty())
      draft.error().detail +=
          fmt::format(". It may hold a ballot in each row ({}): {}", signs, advice_on_ballots());
    return std::unexpected(draft.error());
  }
  draft->sheets = chosen;
  draft->hidden = asked.hidden;
  draft->is_json = asked.is_json;
  draft->json_records = asked.json_records;
  draft->open.insert(draft->open.begin(), asked.open.begin(), asked.open.end());
  draft->asked.insert(draft->asked.begin(), asked.asked.begin(), asked.asked.end());
  if (files->is_spreadsheet() && files->names().size() > 1)
    ask_sheet_names(*sheets, answers, *draft);
  std::vector<std::string> names;
  const auto name_of = [](const std::string& name) {
    // Of a member of an archive: "night.zip:Rill.csv".
    return std::filesystem::path(name.substr(name.rfind(':') + 1)).stem().string();
  };
  if (!files->is_spreadsheet())
    std::ranges::transform(files->names(), std::back_inserter(names), name_of);
  if (paths.size() > 1) {
    names.clear();
    std::ranges::transform(paths, std::back_inserter(names), name_of);
  }
  return Trial(paths, std::move(*draft), answers, std::move(names)).run();
}

}  // namespace teller
