#include "setup/number_texts.h"

#include <fmt/format.h>

#include "results/column_words.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

namespace teller {
namespace {

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
                       const ColumnFacts& column, std::set<std::string>& seen) {
  for (const auto& [text, facts] : column.texts) {
    std::uint64_t value = 0;
    if (read_number(text, {}, value) == NumberKind::number || !seen.insert(text).second) continue;
    const std::string where =
        fmt::format("{} in {} on line {}", shown(text), shown(column.name), facts.first_line);
    if (!take_number_form(draft, text, where)) take_mask(draft, answers, text, where);
  }
}

}  // namespace teller
