#include "setup/guess_mapping.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/grouped.h"
#include "count/step.h"
#include "results/import.h"
#include "results/result_sums.h"
#include "results/sums.h"
#include "setup/column_words.h"
#include "setup/guess_columns.h"
#include "tables/table_files.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// A figure that an option, or a contest, is called like; empty: it is called like none.
std::string figure_called(const std::string& name) {
  switch (meaning_of(name).role) {
    case Role::registered:
      return "registered";
    case Role::cards:
      return "cards";
    case Role::invalid:
      return "invalid";
    case Role::blank:
      return "blank";
    case Role::undervotes:
      return "undervotes";
    case Role::overvotes:
      return "overvotes";
    default:
      return {};
  }
}

// The only column of a template like "{precinct}"; empty: it is another one.
std::string only_column(const std::string& id) {
  const bool is_one = id.starts_with('{') && id.find('}') == id.size() - 1;
  return is_one ? id.substr(1, id.size() - 2) : std::string();
}

// Tries a draft on the file and settles what that shows, until nothing more is found.
class Trial {
 public:
  Trial(const std::string& path, MappingDraft draft, const MappingAnswers& answers)
      : path_(path), draft_(std::move(draft)), answers_(answers) {}

  Result<MappingGuess> run() {
    constexpr int tries_max = 50;
    for (int tries = 0; tries < tries_max; ++tries) {
      auto mapping = Mapping::parse(mapping_text(draft_, path_), "the guess");
      if (!mapping) return std::unexpected(mapping.error());
      auto table = read_results(path_, *mapping);
      if (!table) return std::unexpected(table.error());
      if (settle(*table, *mapping)) continue;
      say_what_it_takes(*table, *mapping);
      return MappingGuess{mapping_text(draft_, path_), draft_.open, draft_.takes};
    }
    return fail(Remedy::reject, "mapping.invalid",
                "what the file means could not be guessed; write the mapping by hand");
  }

 private:
  // Each is true if it changed the draft, so that it is to be tried again.
  bool settle(const ResultsTable& table, const Mapping& mapping) {
    return settle_unit_figures() || settle_option_figures(table) || settle_parties(table) ||
           settle_repeated(table) || settle_levels(table) || settle_figures(table) ||
           settle_alike(table) || settle_sums(table, mapping) || settle_names(table) ||
           settle_local(table) || settle_idle(table);
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
        const std::string figure = figure_called(text);
        if (figure.empty() || !draft_.contest_figures.try_emplace(text, figure).second) continue;
        draft_.because("contest", fmt::format("{} (line {}) is no contest but a figure of the unit",
                                              shown(text), where.first_line));
        changed = true;
      }
    }
    return changed;
  }

  bool settle_option_figures(const ResultsTable& table) {
    bool changed = false;
    for (const auto& contest : table.contests) {
      for (const auto& option : contest.options) {
        const std::string figure = figure_called(option.name);
        if (figure.empty() || !draft_.option_figures.try_emplace(option.name, figure).second)
          continue;
        draft_.because("option", fmt::format("{} is no option but the figure {}, by its name",
                                             shown(option.name), figure));
        changed = true;
      }
    }
    return changed;
  }

  // One candidate for two parties: lines of one candidate that are added up, where they stand in one
  // place, and otherwise a party that the mapping does without.
  bool settle_parties(const ResultsTable& table) {
    if (!has_fault(table, "import.party_differs") || !draft_.repeated.empty()) return false;
    draft_.repeated = "add_parties";
    draft_.because("votes",
                   fmt::format("an option stands for several parties (line {}): its rows are "
                               "lines of one candidate, and are added up",
                               line_of(table, "import.party_differs")));
    return true;
  }

  [[nodiscard]] static std::uint64_t line_of(const ResultsTable& table, std::string_view code) {
    for (const auto& [kind, group] : table.fault_groups) {
      if (group.examples.front().code.text() == code) return group.examples.front().line;
    }
    return 0;
  }

  // Two rows with one key: a text column that nobody reads may tell them apart.
  bool settle_repeated(const ResultsTable& table) {
    if (!has_fault(table, "import.row_repeated")) return false;
    for (const ColumnFacts& column : draft_.front.columns) {
      if (column.is_number() || column.is_constant() || column.filled == 0 ||
          is_read(column.name) || meaning_of(column.name).role == Role::ignored ||
          !tried_.insert(column.name).second)
        continue;
      const bool of_contest = meaning_of(column.name).role == Role::none &&
                              !draft_.contest_id.empty() && column.filled < draft_.front.rows_all;
      const MappingDraft before = draft_;
      if (of_contest) {
        draft_.contest_id += " {" + column.name + "}";
      } else {
        draft_.units.push_back({as_id(column.name), "{" + column.name + "}", {}});
      }
      if (repeated_with(draft_) < rows_of(table, "import.row_repeated")) {
        draft_.because(of_contest ? "contest" : "unit",
                       fmt::format("without column {} rows have one key that are not one (line {})",
                                   shown(column.name), line_of(table, "import.row_repeated")));
        return true;
      }
      draft_ = before;
    }
    if (asked_repeated_) return false;
    asked_repeated_ = true;
    const std::string answer = ask(
        {"votes repeated",
         fmt::format("{} rows have a unit, contest, method and option that stood before, the first "
                     "on line {}: refuse them, or add them up?",
                     grouped(rows_of(table, "import.row_repeated")),
                     line_of(table, "import.row_repeated")),
         draft_.repeated.empty() ? "refuse" : draft_.repeated,
         {"refuse", "add", "add_parties"}});
    if (answer == draft_.repeated || answer == "refuse") return false;
    draft_.repeated = answer;
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
    auto mapping = Mapping::parse(mapping_text(draft, path_), "the guess");
    if (!mapping) return ~std::uint64_t{0};
    const auto table = read_results(path_, *mapping);
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
    if (sums == 0 || column.empty() || !draft_.leave_out[column].insert("").second) return false;
    draft_.units.back().empty.clear();
    draft_.because("leave_out", fmt::format("where {} is empty stand the sums of the places above",
                                            shown(column)));
    return true;
  }

  // A column that says it is a sum, or of the whole unit, and is not.
  bool settle_figures(const ResultsTable& table) {
    for (const auto& [kind, group] : table.fault_groups) {
      const RowFault& fault = group.examples.front();
      if (fault.code.text() != "import.figure_differs") continue;
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

  // Names that look the same on paper.
  bool settle_alike(const ResultsTable& table) {
    std::vector<std::string> contests;
    for (const auto& contest : table.contests) {
      std::vector<std::string> options;
      for (const auto& option : contest.options) options.push_back(option.id);
      if (join_alike("option", options, draft_.option_ids)) return true;
      contests.push_back(contest.id);
    }
    return join_alike("contest", contests, draft_.contest_ids);
  }

  bool join_alike(const std::string& what, const std::vector<std::string>& ids,
                  std::map<std::string, std::string>& joined) {
    std::map<std::string, std::string> by_look;
    bool changed = false;
    for (const std::string& id : ids) {
      const auto [found, is_new] = by_look.emplace(as_seen(id), id);
      if (is_new || joined.contains(id)) continue;
      const std::string answer =
          ask({what + " " + shown(id),
               fmt::format("{} looks like {}: is it the same?", shown(id), shown(found->second)),
               "yes",
               {"yes", "no"}});
      if (answer == "no") continue;
      joined[id] = found->second;
      changed = true;
    }
    return changed;
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
    const std::string said =
        fmt::format("{} is the sum {} ({})", shown(sum.name), sum.of, sum.evidence);
    if (is_named_as_sum(name) || sum.names_say_so) {
      draft_.because(table, said);
      return true;
    }
    const std::string answer = ask({table + " " + shown(sum.name),
                                    said + ", and is not called so: is it a sum that is left out?",
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
    if (!column.empty() && !column.starts_with("header")) {
      if (!is_sum(sum, "leave_out", sum.name)) return true;
      return draft_.leave_out[column].insert(sum.name).second;
    }
    const auto votes = std::find_if(draft_.votes.begin(), draft_.votes.end(),
                                    [&](const auto& each) { return each.method == sum.name; });
    if (votes == draft_.votes.end()) return false;
    draft_.sum_column = votes->column;
    draft_.votes.erase(votes);
    draft_.because("votes", fmt::format("{} is the sum of the other methods", shown(sum.name)));
    return true;
  }

  // Options that are called a sum and are none by arithmetic.
  bool settle_names(const ResultsTable& table) {
    for (const auto& contest : table.contests) {
      for (const auto& option : contest.options) {
        if (!is_named_as_sum(option.name) || draft_.option_skip.contains(option.name) ||
            std::find(draft_.no_sums.begin(), draft_.no_sums.end(), option.id) !=
                draft_.no_sums.end())
          continue;
        const std::string answer = ask(
            {"option " + shown(option.name),
             fmt::format("{} of {} is called a sum, and its figures are not the sum of the others: "
                         "is it an option?",
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
        std::erase_if(draft_.open, [&](const MappingQuestion& question) {
          return question.key == "votes mask " + shown(text);
        });
      }
    }
    return changed;
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
    };
    draft_.open.erase(std::remove_if(draft_.open.begin(), draft_.open.end(),
                                     [](const auto& question) { return question.key == "file"; }),
                      draft_.open.end());
    if (table.rows_refused() > 0 && !answers_.contains("file")) {
      const RowFault& first = table.faults.front();
      open(fmt::format("{} rows are refused, the first on line {} ({} {} {}): is that right?",
                       grouped(table.rows_refused()), first.line, first.column, first.found,
                       first.detail));
    }
    for (const auto& good :
         {check_mapping(table, mapping), check_sums(table, mapping), check_names(table, mapping)}) {
      if (!good) open(fmt::format("it cannot be used yet: {}; what is it?", good.error().detail));
    }
  }

  const std::string& path_;
  MappingDraft draft_;
  const MappingAnswers& answers_;
  std::set<std::string> tried_;
  bool asked_repeated_ = false, looked_for_local_ = false;
};

// The sheets of a workbook, where there are several: which of them are meant, and what they hold.
struct WorkbookSheets {
  static constexpr std::string_view between = " / ";  // No sheet may be called so.
  std::vector<std::string> names;
  std::vector<std::optional<TableFront>> fronts;  // Nothing of one that holds no table.
  MappingQuestion question{"csv sheet", "which sheet has the votes", "", {}};

  [[nodiscard]] bool are_alike(std::size_t a, std::size_t b) const {
    const auto& [one, other] = std::tie(fronts[a], fronts[b]);
    return one && other && one->form.header_line == other->form.header_line &&
           one->has_header == other->has_header && one->header_rows == other->header_rows &&
           std::ranges::equal(one->columns, other->columns, {}, &ColumnFacts::name,
                              &ColumnFacts::name);
  }

  // What was answered, as [csv] sheets has it.
  [[nodiscard]] std::vector<std::string> of_answer(std::string_view answer) const {
    std::vector<std::string> found;
    while (!answer.empty()) {
      const std::size_t end = std::min(answer.find(between), answer.size());
      found.emplace_back(answer.substr(0, end));
      answer.remove_prefix(std::min(end + between.size(), answer.size()));
    }
    return found;
  }
};

// The one with most cells that are numbers, and all that have its header.
Result<WorkbookSheets> find_sheets(const std::string& path) {
  WorkbookSheets found;
  auto sheets = TableFiles::sheets(path);
  if (!sheets) return std::unexpected(sheets.error());
  if (sheets->size() < 2) return found;
  found.names = *sheets;
  std::uint64_t most = 0;
  std::size_t best = 0;
  for (std::size_t i = 0; i < found.names.size(); ++i) {
    auto files = TableFiles::list(path, {found.names[i]});
    if (!files) return std::unexpected(files.error());
    auto front = look_at_table(*files);
    auto& kept = found.fronts.emplace_back();
    if (!front) continue;  // Nothing in it.
    std::uint64_t numbers = 0;
    for (const ColumnFacts& column : front->columns) numbers += column.numbers;
    kept = std::move(*front);
    if (numbers <= most) continue;
    most = numbers;
    best = i;
  }
  std::vector<std::string> alike;
  std::size_t empty = 0;
  for (std::size_t i = 0; i < found.names.size(); ++i) {
    empty += found.fronts[i] ? 0 : 1;
    if (i == best || found.are_alike(i, best)) alike.push_back(found.names[i]);
  }
  MappingQuestion& question = found.question;
  question.choices = found.names;
  question.guess = found.names[best];
  question.text += fmt::format(" ({} has most numbers)?", shown(question.guess));
  if (alike.size() < 2) return found;
  question.guess = alike.size() + empty == found.names.size()
                       ? std::string(TableFiles::all_sheets)
                       : fmt::format("{}", fmt::join(alike, WorkbookSheets::between));
  question.choices.insert(question.choices.begin(), question.guess);
  question.text = fmt::format("which sheets have the votes ({} have one header{})?",
                              question.guess == TableFiles::all_sheets
                                  ? fmt::format("all {} of them", alike.size())
                                  : question.guess,
                              question.guess == TableFiles::all_sheets ? "; * is all" : "");
  return found;
}

// Texts of one column, by sheet.
std::vector<std::set<std::string>> texts_by_sheet(const WorkbookSheets& sheets,
                                                  const std::vector<std::string>& chosen,
                                                  const std::string& column) {
  std::vector<std::set<std::string>> all;
  for (std::size_t i = 0; i < sheets.names.size(); ++i) {
    const bool is_chosen = std::ranges::find(chosen, sheets.names[i]) != chosen.end() ||
                           chosen.front() == TableFiles::all_sheets;
    if (!is_chosen || !sheets.fronts[i]) continue;
    auto& texts = all.emplace_back();
    for (const ColumnFacts& facts : sheets.fronts[i]->columns) {
      if (facts.name != column) continue;
      for (const auto& [text, where] : facts.texts) texts.insert(text);
    }
  }
  return all;
}

bool overlap(const std::vector<std::set<std::string>>& all) {
  std::set<std::string> seen;
  for (const auto& texts : all) {
    for (const std::string& text : texts) {
      if (!seen.insert(text).second) return true;
    }
  }
  return false;
}

// What the names of sheets are that are read together: of contests where the same places stand on them.
void ask_sheet_names(const WorkbookSheets& sheets, const MappingAnswers& answers,
                     MappingDraft& draft) {
  const std::string sheet = fmt::format("{{{}}}", Mapping::sheet_column);
  const bool has_contests = draft.contest_id.contains('{');
  const std::string place = only_column(draft.units.back().id);
  const bool same_places = place.empty() || overlap(texts_by_sheet(sheets, draft.sheets, place));
  const bool same_contests =
      has_contests && overlap(texts_by_sheet(sheets, draft.sheets, only_column(draft.contest_id)));
  const bool same_options =
      draft.option_id.starts_with("{header") ||
      overlap(texts_by_sheet(sheets, draft.sheets, only_column(draft.option_id)));
  const bool are_methods = std::ranges::any_of(sheets.names, [](const std::string& name) {
    return meaning_of(name).role == Role::method_votes;
  });
  const std::string guess = are_methods && same_options      ? "method"
                            : !same_places                   ? "place"
                            : has_contests && !same_contests ? "nothing"
                            : has_contests || same_options   ? "place"
                                                             : "contest";
  std::vector<std::string> names = draft.sheets;
  if (names.front() == TableFiles::all_sheets) names = sheets.names;
  if (names.size() > 5) names.resize(5);
  const std::string answer = answer_to(
      draft, answers,
      {"csv sheet_names",
       fmt::format("the sheets are called {}{}: is that a contest, a place, a voting method, or "
                   "nothing that is needed?",
                   fmt::join(names, ", "), names.size() < sheets.names.size() ? ", …" : ""),
       guess,
       {"contest", "place", "method", "nothing"}});
  if (answer == "contest") {
    draft.contest_id = has_contests ? sheet + " " + draft.contest_id : sheet;
    draft.contest_name.clear();
    std::erase_if(draft.open, [](const auto& question) { return question.key == "contest name"; });
  } else if (answer == "place") {
    const bool has_whole = !draft.units.front().id.contains('{') && draft.units.size() > 1;
    if (!draft.units.front().id.contains('{') && draft.units.size() == 1) {
      draft.units.push_back({"place", sheet, {}});
      return;
    }
    if (!has_whole) draft.units.insert(draft.units.begin(), {"whole", "all", {}});
    draft.units.insert(draft.units.begin() + 1, {"sheet", sheet, {}});
  } else if (answer == "method") {
    draft.method_id = sheet;
    draft.method_name.clear();
  }
}

}  // namespace

Result<MappingGuess> guess_mapping(const std::string& path,
                                   const std::map<std::string, std::string>& answers) {
  const auto sheets = find_sheets(path);
  if (!sheets) return std::unexpected(sheets.error());
  MappingDraft asked;
  std::vector<std::string> chosen;
  if (!sheets->names.empty())
    chosen = sheets->of_answer(answer_to(asked, answers, sheets->question));
  auto files = TableFiles::list(path, chosen);
  if (!files) return std::unexpected(files.error());
  auto front = look_at_table(*files);
  if (!front) return std::unexpected(front.error());
  auto draft = draft_from_columns(path, std::move(*front), answers);
  if (!draft) return std::unexpected(draft.error());
  draft->sheets = chosen;
  draft->open.insert(draft->open.begin(), asked.open.begin(), asked.open.end());
  if (files->is_spreadsheet() && files->names().size() > 1)
    ask_sheet_names(*sheets, answers, *draft);
  return Trial(path, std::move(*draft), answers).run();
}

}  // namespace teller
