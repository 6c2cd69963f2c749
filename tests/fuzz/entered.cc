// The file of a result sheet that two people type, in a home that somebody else wrote to. What is taken is written
// again as it was, has a step, and says nothing that was not typed: a figure stands where both have typed it.
#include <map>
#include <string>

#include "entering/entered_sheets.h"
#include "fuzz/target.h"

using namespace teller;

namespace {

void sheet_holds(const EnteredSheet& sheet, const Rules& rules) {
  const std::string text = to_text(sheet, rules);
  const auto again = parse_entered_sheet(text, "again.json", rules);
  check(again && to_text(*again, rules) == text, "what is written says what was read");
  const std::map<std::string, std::uint64_t> registered;
  const Entering entering(rules, registered, default_check_rules());
  const EnteringStep step = entering.step(sheet);
  check(entering_step_named(to_text(step)) == step, "a step has a name");
  const auto unsettled = entering.unsettled(sheet);
  const auto agreed = entering.agreed(sheet);
  check(!agreed || unsettled.empty(), "what is agreed differs nowhere");
  check(unsettled.empty() || (sheet.first && sheet.second), "only what two people typed differs");
  if (agreed) static_cast<void>(entering.findings(sheet.key, *agreed));
  if (!sheet.first) return;
  // Whoever typed it does not type it once more as somebody else.
  EnteredSheet typed = sheet;
  const bool taken = entering.type(typed, *sheet.first, false).has_value();
  check(!taken && to_text(typed, rules) == text, "a change that is refused changes nothing");
}

}  // namespace

FUZZ_TARGET(entered) {
  const Rules& rules = *fuzz::definition().rules;
  const auto sheet = parse_entered_sheet(as_text(input), "sheet.json", rules);
  if (sheet) return sheet_holds(*sheet, rules);
  check(sheet.error().code == Code("entering.file_invalid") &&
            sheet.error().remedy == Remedy::reject && !sheet.error().detail.empty(),
        "a refusal has a code and a sentence");
}
