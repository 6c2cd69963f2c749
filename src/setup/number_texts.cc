#include "setup/number_texts.h"

#include <fmt/format.h>

#include "results/column_words.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {
namespace {

// Whether each number of the column has a point in front of three digits, as a thousand and a fraction have: no other
// one says which it is.
bool may_be_fractions(const ColumnFacts& column) {
  bool has_point = false;
  for (const auto& [text, where] : column.texts) {
    if (!is_number_in_any_form(text)) continue;
    const std::size_t point = text.find('.');
    if (point == std::string::npos || point + 4 != text.size() ||
        text.find_first_not_of("0123456789.") != std::string::npos ||
        text.find('.', point + 1) != std::string::npos)
      return false;
    has_point = true;
  }
  return has_point;
}

// "631.385" everywhere: thousands, or fractions of votes.
bool ask_fractions(MappingDraft& draft, const MappingAnswers& answers, const std::string& where) {
  return answer_to(draft, answers,
                   {"numbers point",
                    where + " and all others beside it have a point in front of three digits: "
                            "does it stand between thousands, or are they fractions (then such "
                            "rows are refused)?",
                    "thousands",
                    {"thousands", "fractions"}}) == "fractions";
}

bool take_number_form(MappingDraft& draft, const std::string& text, const std::string& where) {
  std::uint64_t value = 0;
  NumberFormat format{.thousands = {}, .other_digits = true};
  if (read_number(text, format, value) == NumberKind::number) {
    draft.other_digits = true;
    draft.because("numbers", where + " has digits of another script");
    return true;
  }
  for (const std::string separator :
       {",", ".", " ", "'", "\u2019", "\u00A0", "\u202F", "\u2009", "\u2007", "\u066C"}) {
    for (const auto grouping : {NumberFormat::Grouping::western, NumberFormat::Grouping::indian}) {
      format.thousands = {separator};
      format.grouping = grouping;
      if (read_number(text, format, value) != NumberKind::number) continue;
      draft.thousands.insert(separator);
      draft.indian = draft.indian || grouping == NumberFormat::Grouping::indian;
      draft.because("numbers", fmt::format("{} stands between groups of digits", shown(separator)) +
                                   ": " + where);
      return true;
    }
  }
  return false;
}

}  // namespace

void take_mask(MappingDraft& draft, const MappingAnswers& answers, const std::string& text,
               const std::string& where) {
  const std::string form = digits_as_marks(text);
  // What has digits and is no number is wrong, and stays so.
  if (form.contains('#') && !form.starts_with('<')) return;
  const bool stars = !text.empty() && text.find_first_not_of('*') == std::string::npos;
  if (stars || form == "<#" || form == "<=#" || form == "< #") {
    draft.withheld.insert(stars ? text : form);
    draft.because("votes", where + ": a number that is kept back");
    return;
  }
  const std::string key = "votes mask " + shown(text);
  const std::string lower = as_id(text);
  const std::string guess = lower == "x" ? "not_on_ballot" : "unknown";
  const std::string answer =
      answer_to(draft, answers,
                {key,
                 where + ": is the number withheld, unknown, zero, or the contest not_on_ballot?",
                 guess,
                 {"withheld", "unknown", "not_on_ballot", "zero"}});
  (answer == "withheld"        ? draft.withheld
   : answer == "not_on_ballot" ? draft.not_on_ballot
   : answer == "zero"          ? draft.zero
                               : draft.unknown)
      .insert(text);
}

void take_number_texts(MappingDraft& draft, const MappingAnswers& answers,
                       const ColumnFacts& column, std::set<std::string>& seen, bool are_votes) {
  // A figure beside the votes is never so small that fractions of it are meant.
  bool asked_point = !are_votes || !may_be_fractions(column);
  for (const auto& [text, facts] : column.texts) {
    std::uint64_t value = 0;
    if (read_number(text, {}, value) == NumberKind::number || !seen.insert(text).second) continue;
    const std::string where =
        fmt::format("{} in {} on line {}", shown(text), shown(column.name), facts.first_line);
    if (!asked_point && text.contains('.') && !draft.thousands.contains(".")) {
      asked_point = true;
      if (ask_fractions(draft, answers, where)) return;
    }
    if (!take_number_form(draft, text, where)) take_mask(draft, answers, text, where);
  }
}

}  // namespace teller
