#include "setup/straight_tickets.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "results/column_words.h"
#include "setup/guess_sheets.h"
#include "tables/unicode.h"

namespace teller {
namespace {

bool is_called_straight(const std::string& contest) {
  const std::string id = as_id(contest);
  return id.contains("straight-party") || id.contains("straight-ticket") || id == "straight" ||
         id.contains("straightparty");
}

}  // namespace

bool settle_straight_tickets(MappingDraft& draft, const MappingAnswers& answers) {
  const auto& columns = draft.front.columns;
  const auto place = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(columns, name, &ColumnFacts::name) -
                                    columns.begin());
  };
  const std::string contest =
      only_column(draft.contest_id.substr(0, draft.contest_id.find('}') + 1));
  const std::size_t at = place(contest), option = place(only_column(draft.option_id));
  if (contest.empty() || at == columns.size() || option == columns.size()) return false;
  for (const auto& [text, where] : columns[at].texts) {
    const auto is_of_it = [&](const TableFront::Row& row) {
      return at < row.fields.size() && row.fields[at] == text;
    };
    const auto has_option = [&](const TableFront::Row& row) {
      return is_of_it(row) && option < row.fields.size() && !row.fields[option].empty();
    };
    // Of rows further down than those that were kept nothing is known.
    if (std::ranges::none_of(draft.front.rows, is_of_it)) continue;
    const auto left_out = draft.leave_out.find(contest);
    const std::string key = "contest " + shown(text);
    const auto is_asked = [&](const MappingQuestion& one) { return one.key == key; };
    if (!is_called_straight(text) || std::ranges::any_of(draft.front.rows, has_option) ||
        (left_out != draft.leave_out.end() && left_out->second.contains(text)) ||
        std::ranges::any_of(draft.asked, is_asked))
      continue;
    const std::string answer = answer_to(
        draft, answers,
        {key,
         fmt::format(
             "rows of {} have no option (the first on line {}): are they marks for a party, "
             "which are in the votes of its candidates already, and left out?",
             shown(text), where.first_line),
         "yes",
         {"yes", "no"}});
    if (answer == "yes") return draft.leave_out[contest].insert(text).second;
  }
  return false;
}

}  // namespace teller
