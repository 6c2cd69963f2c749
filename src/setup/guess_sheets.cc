#include "setup/guess_sheets.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "results/column_words.h"
#include "results/mapping.h"
#include "tables/table_files.h"
#include "tables/unicode.h"

namespace teller {

std::string only_column(const std::string& id) {
  const bool is_one = id.starts_with('{') && id.find('}') == id.size() - 1;
  return is_one ? id.substr(1, id.size() - 2) : std::string();
}

bool WorkbookSheets::are_alike(std::size_t a, std::size_t b) const {
  const auto& [one, other] = std::tie(fronts[a], fronts[b]);
  return one && other && one->form.header_line == other->form.header_line &&
         one->has_header == other->has_header && one->header_rows == other->header_rows &&
         std::ranges::equal(one->columns, other->columns, {}, &ColumnFacts::name,
                            &ColumnFacts::name);
}

bool WorkbookSheets::is_made_otherwise(const std::string& name) const {
  const auto at = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  if (at == names.size()) return false;
  bool has_others = false;
  for (std::size_t i = 0; i < fronts.size(); ++i) {
    if (i == at || !fronts[i]) continue;
    if (are_alike(at, i)) return false;
    has_others = true;
  }
  return has_others;
}

std::vector<std::string> WorkbookSheets::of_answer(std::string_view answer) {
  std::vector<std::string> found;
  while (!answer.empty()) {
    const std::size_t end = std::min(answer.find(MappingQuestion::between), answer.size());
    found.emplace_back(answer.substr(0, end));
    answer.remove_prefix(std::min(end + MappingQuestion::between.size(), answer.size()));
  }
  return found;
}

Result<WorkbookSheets> find_sheets(const std::string& path) {
  WorkbookSheets found;
  // Its sheets are read once, whatever is hidden in them.
  const auto files = TableFiles::list(path, {.sheets = {std::string(TableFiles::all_sheets)},
                                             .hidden = TableFiles::Wanted::Hidden::read});
  if (!files) return std::unexpected(files.error());
  std::vector<std::string> hidden;
  for (const Workbook::Sheet& sheet : files->sheets()) {
    found.question.choices.push_back(sheet.name);
    if (sheet.is_hidden) hidden.push_back(sheet.name);
  }
  if (found.question.choices.size() < 2) return found;
  found.names = found.question.choices;
  const auto is_hidden = [&](std::size_t at) {
    return std::ranges::find(hidden, found.names[at]) != hidden.end();
  };
  std::vector<std::string> with_numbers;
  std::uint64_t most = 0;
  std::size_t best = 0;
  for (std::size_t i = 0; i < found.names.size(); ++i) {
    TableFiles one = files->only(i);
    auto front = look_at_table(one);
    auto& kept = found.fronts.emplace_back();
    if (!front) continue;  // Nothing in it.
    std::uint64_t numbers = 0;
    // Voters and turnout are no votes.
    for (const ColumnFacts& column : front->columns) {
      const Role role = meaning_of(column.name).role;
      const bool may_be_votes = role == Role::none || role == Role::votes || role == Role::total ||
                                role == Role::method_votes;
      numbers += may_be_votes ? column.numbers : 0;
    }
    if (numbers > 0) with_numbers.push_back(found.names[i]);
    kept = std::move(*front);
    if (numbers <= most || is_hidden(i)) continue;
    most = numbers;
    best = i;
  }
  std::vector<std::string> alike;
  std::size_t empty = 0;
  for (std::size_t i = 0; i < found.names.size(); ++i) {
    empty += found.fronts[i] ? 0 : 1;
    if (i == best || (found.are_alike(i, best) && !is_hidden(i))) alike.push_back(found.names[i]);
  }
  MappingQuestion& question = found.question;
  question.takes_several = true;
  question.guess = found.names[best];
  const std::string unseen =
      hidden.empty() ? std::string() : fmt::format("; hidden: {}", fmt::join(hidden, ", "));
  std::erase(with_numbers, question.guess);
  const std::string others =
      with_numbers.empty()
          ? std::string()
          : fmt::format(
                "; numbers stand on {} too: a sheet of votes with other columns needs a "
                "mapping of its own (--sheet), and `teller import` gets the file once for "
                "each",
                fmt::join(with_numbers, ", "));
  question.text +=
      fmt::format(" ({} has most numbers{}{})?", shown(question.guess), others, unseen);
  if (alike.size() < 2) return found;
  question.guess = hidden.empty() && alike.size() + empty == found.names.size()
                       ? std::string(TableFiles::all_sheets)
                       : fmt::format("{}", fmt::join(alike, MappingQuestion::between));
  question.choices.insert(question.choices.begin(), question.guess);
  question.text = fmt::format("which sheets have the votes ({} have one header{}{})?",
                              question.guess == TableFiles::all_sheets
                                  ? fmt::format("all {} of them", alike.size())
                                  : question.guess,
                              question.guess == TableFiles::all_sheets ? "; * is all" : "", unseen);
  return found;
}

namespace {

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

}  // namespace

Result<void> ask_hidden(std::span<const std::string> paths, const MappingAnswers& answers,
                        TableFiles::Wanted& wanted, MappingDraft& asked) {
  using Hidden = TableFiles::Wanted::Hidden;
  std::string rows, columns;
  for (const std::string& path : paths) {
    auto files = TableFiles::list(path, {wanted.sheets, Hidden::read});
    if (!files) return std::unexpected(files.error());
    for (std::size_t i = 0; files->is_spreadsheet() && i < files->names().size(); ++i) {
      if (const auto opened = files->open(i, {}); !opened) return std::unexpected(opened.error());
      if (rows.empty() && !files->hidden_rows().empty())
        rows = these_are("row", files->hidden_rows()) + " hidden in " + files->names()[i];
      if (columns.empty() && !files->hidden_columns().empty())
        columns = these_are("column", files->hidden_columns()) + " hidden in " + files->names()[i];
    }
  }
  if (rows.empty() && columns.empty()) return {};
  asked.hidden = answer_to(asked, answers,
                           {"csv hidden",
                            fmt::format("{}{}{}: read what is hidden, or leave it out?", rows,
                                        rows.empty() || columns.empty() ? "" : ", and ", columns),
                            "read",
                            {"read", "leave_out"}});
  wanted.hidden = asked.hidden == "leave_out" ? Hidden::leave_out : Hidden::read;
  return {};
}

void ask_sheet_names(const WorkbookSheets& sheets, const MappingAnswers& answers,
                     MappingDraft& draft) {
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
  take_names_of_tables(Mapping::sheet_column, answer, draft);
}

void take_names_of_tables(const std::string& column, std::string_view what, MappingDraft& draft) {
  const std::string name = "{" + column + "}";
  if (what == "contest") {
    const bool has_contests = draft.contest_id.contains('{');
    draft.contest_id = has_contests ? name + " " + draft.contest_id : name;
    draft.contest_name.clear();
    std::erase_if(draft.open, [](const auto& question) { return question.key == "contest name"; });
  } else if (what == "place") {
    const bool has_whole = !draft.units.front().id.contains('{');
    if (has_whole && draft.units.size() == 1) {
      draft.units.push_back({"place", name, {}});
      return;
    }
    if (!has_whole) draft.units.insert(draft.units.begin(), {"whole", "all", {}});
    draft.units.insert(draft.units.begin() + 1, {as_id(column), name, {}});
  } else if (what == "method") {
    draft.method_id = name;
    draft.method_name.clear();
  }
}

}  // namespace teller
