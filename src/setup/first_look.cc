#include "setup/first_look.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "setup/ballot_signs.h"
#include "setup/tables_below.h"
#include "tables/table_files.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// Adds what stands in another file that is made alike.
void add_facts(const TableFront& more, TableFront& front) {
  front.rows_all += more.rows_all;
  for (std::size_t i = 0; i < front.columns.size(); ++i) {
    ColumnFacts& into = front.columns[i];
    const ColumnFacts& from = more.columns[i];
    into.filled += from.filled;
    into.numbers += from.numbers;
    into.masks += from.masks;
    into.shares += from.shares;
    into.gaps_of_shares += from.gaps_of_shares;
    into.gaps_of_others += from.gaps_of_others;
    into.more_texts = into.more_texts || from.more_texts;
    for (const auto& [text, where] : from.texts) {
      const auto [kept, is_new] = into.texts.try_emplace(text, where);
      if (!is_new) kept->second.rows += where.rows;
    }
  }
  for (const TableFront::Row& row : more.rows) {
    if (front.rows.size() < TableFront::rows_kept) front.rows.push_back(row);
  }
  for (const auto& [code, times] : more.faults) front.faults[code] += times;
  front.bad_lines.insert(front.bad_lines.end(), more.bad_lines.begin(), more.bad_lines.end());
}

}  // namespace

Result<void> look_at_another(const std::string& first, const std::string& path,
                             const TableFiles::Wanted& wanted, const JsonForm& json,
                             TableFront& front) {
  auto files = TableFiles::list(path, wanted, json);
  if (!files) return std::unexpected(files.error());
  const auto more = look_at_table(*files);
  if (!more) return std::unexpected(more.error());
  const auto& a = front.form;
  const auto& b = more->form;
  const bool is_alike =
      a.delimiter == b.delimiter && a.quotes == b.quotes && a.header_line == b.header_line &&
      front.header_rows == more->header_rows && front.rows_below == more->rows_below &&
      front.encoding == more->encoding &&
      std::ranges::equal(front.columns, more->columns, {}, &ColumnFacts::name, &ColumnFacts::name);
  if (!is_alike) {
    return fail(
        Remedy::reject, "mapping.invalid",
        fmt::format("{} has not the columns and the form of {}: make a mapping of each, and "
                    "give `teller import` both (--mapping a.toml --mapping b.toml, in the "
                    "order of the files)",
                    path, first));
  }
  add_facts(*more, front);
  return {};
}

namespace {

std::string table_in_words(const TableLines& table) {
  return fmt::format("line {}{}", table.header,
                     table.title.empty() ? "" : " (" + shown(table.title) + ")");
}

std::string without_digits(std::string text) {
  std::erase_if(text, [](unsigned char c) { return c >= '0' && c <= '9'; });
  return text;
}

// Titles that differ in digits alone: "Question 1" and "Question 2", or the time at which each page was printed. Joins
// those that are pages of one table.
void ask_pages(std::vector<TableLines>& tables, const MappingAnswers& answers,
               MappingDraft& asked) {
  std::map<std::string, bool> are_pages;  // By title.
  for (std::size_t i = 1; i < tables.size();) {
    if (!tables[i].may_go_on) {
      ++i;
      continue;
    }
    const auto [known, is_new] = are_pages.try_emplace(without_digits(tables[i].title), false);
    if (is_new) {
      const std::string answer = answer_to(
          asked, answers,
          {"csv titles " + shown(tables[i].title),
           fmt::format("the titles on top of lines {} and {} differ in digits alone ({}, {}), and "
                       "the header is the same: are they tables of their own, as of two contests, "
                       "or pages of one table (then their rows are read together)?",
                       tables[i - 1].header, tables[i].header, shown(tables[i - 1].title),
                       shown(tables[i].title)),
           "own",
           {"own", "pages"}});
      known->second = answer == "pages";
    }
    if (!known->second) {
      ++i;
      continue;
    }
    tables[i - 1].to = tables[i].to;
    tables.erase(tables.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

// A few lines that say what the table below them is of: "Election:", "Date:", "Precincts:".
bool is_head_alone(const std::vector<TableLines>& tables) {
  constexpr std::uint64_t lines_max = 4;
  const TableLines& first = tables.front();
  return tables.size() == 2 && first.title.empty() && first.to > 0 &&
         first.to - first.from < lines_max && tables.back().to == 0;
}

// Which of several tables below each other is meant; nothing: there is one.
std::optional<TableLines> ask_table(const std::vector<TableLines>& tables,
                                    const MappingAnswers& answers, MappingDraft& asked) {
  constexpr std::size_t shown_max = 6;
  if (tables.size() < 2) return std::nullopt;
  std::string headers;
  std::vector<std::string> choices;
  for (const TableLines& table : tables) {
    if (choices.size() < shown_max)
      headers += (headers.empty() ? "" : ", ") + table_in_words(table);
    choices.push_back(std::to_string(choices.size() + 1));
  }
  if (tables.size() > shown_max) headers += ", …";
  const std::string answer = answer_to(
      asked, answers,
      {"csv table",
       fmt::format("the file has {} tables below each other, with headers on {}; each needs a "
                   "mapping of its own, and `teller import` gets the file once for each (teller "
                   "import FILE FILE --mapping 1.toml --mapping 2.toml): of which is this one?",
                   tables.size(), headers),
       is_head_alone(tables) ? "2" : "1", choices});
  const auto chosen = std::ranges::find(choices, answer);
  return tables[chosen == choices.end() ? 0 : static_cast<std::size_t>(chosen - choices.begin())];
}

}  // namespace

Result<TableFront> look_and_ask(TableFiles& files, const MappingAnswers& answers,
                                MappingDraft& asked) {
  auto front = look_at_table(files);
  if (!front) return front;
  auto tables = find_tables_below(files, front->form.delimiter);
  if (!tables) return std::unexpected(tables.error());
  ask_pages(*tables, answers, asked);
  const auto part = ask_table(*tables, answers, asked);
  if (part) front = look_at_table(files, true, &*part);
  if (!front) return front;
  const auto note_part = [&] {
    front->is_one_of_several = part.has_value();
    // A table that no title names is told from the others by its number.
    const auto has_no_title = [](const TableLines& table) { return table.title.empty(); };
    if (!part || !has_no_title(*part) || std::ranges::count_if(*tables, has_no_title) < 2 ||
        is_head_alone(*tables))
      return;
    for (std::size_t i = 0; i < tables->size(); ++i) {
      if ((*tables)[i].header == part->header) front->number = i + 1;
    }
  };
  note_part();
  if (front->rows_below > 0) {
    const std::string answer =
        answer_to(asked, answers,
                  {"csv skip_rows",
                   front->below_why + ": is it more of the header, and passed over?",
                   "yes",
                   {"yes", "no"}});
    if (answer != "yes") front = look_at_table(files, false, part ? &*part : nullptr);
    if (!front) return front;
    note_part();
  }
  const std::string signs = signs_of_ballots(*front);
  if (signs.empty()) return front;
  const std::string answer = answer_to(
      asked, answers,
      {"file ballots",
       fmt::format("{}: is each row a ballot, and no result ({})?", signs, advice_on_ballots()),
       "no",
       {"yes", "no"}});
  if (answer == "no") return front;
  return fail(Remedy::reject, "mapping.invalid",
              fmt::format("each row is a ballot ({}): {}", signs, advice_on_ballots()));
}

}  // namespace teller
