#include "entering/entered_sheet.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/utf8.h"
#include "checks/check_sheet.h"

namespace teller {
namespace {

constexpr std::array<std::string_view, entering_steps> step_names{
    "untyped", "once", "different", "error", "warning", "ready", "delivered", "left_out"};

std::unexpected<Error> not_now(std::string why) {
  return fail(Remedy::reject, "entering.not_now", std::move(why));
}

// How often each person's last reading of the column is this figure, but for `except`.
bool others_read(const EnteredSheet& sheet, std::uint16_t column, Figure figure,
                 std::string_view except) {
  for (const auto* typing : {&sheet.first, &sheet.second}) {
    if ((*typing)->by != except && figure_at((*typing)->figures, column) == figure) return true;
  }
  return std::ranges::any_of(sheet.retyped, [&](const Retyping& one) {
    return one.column == column && one.done_by.by != except && one.figure == figure;
  });
}

// What stands in a column; nothing: it does not yet. The last one who read it again decides, if
// somebody else has read the same.
std::optional<Figure> standing_figure(const EnteredSheet& sheet, std::uint16_t column) {
  const Retyping* last = nullptr;
  for (const Retyping& one : sheet.retyped) {
    if (one.column == column) last = &one;
  }
  if (last != nullptr) {
    if (!others_read(sheet, column, last->figure, last->done_by.by)) return std::nullopt;
    return last->figure;
  }
  const Figure first = figure_at(sheet.first->figures, column);
  if (first != figure_at(sheet.second->figures, column)) return std::nullopt;
  return first;
}

void read_again(EnteredSheet& sheet, std::uint16_t column, Figure figure, const DoneBy& done_by) {
  std::erase_if(sheet.retyped, [&](const Retyping& one) {
    return one.column == column && one.done_by.by == done_by.by;
  });
  sheet.retyped.push_back({column, figure, done_by});
}

}  // namespace

std::string_view to_text(EnteringStep step) {
  return step_names.at(static_cast<std::size_t>(step));
}

std::optional<EnteringStep> entering_step_named(std::string_view text) {
  const auto* found = std::ranges::find(step_names, text);
  if (found == step_names.end()) return std::nullopt;
  return static_cast<EnteringStep>(found - step_names.begin());
}

std::vector<Unsettled> Entering::unsettled(const EnteredSheet& sheet) const {
  std::vector<Unsettled> open;
  if (!sheet.first || !sheet.second) return open;
  for (const std::uint16_t column : sheet_columns(rules_->contest(sheet.key.contest))) {
    if (standing_figure(sheet, column)) continue;
    open.push_back({column, figure_at(sheet.first->figures, column),
                    figure_at(sheet.second->figures, column)});
  }
  return open;
}

std::optional<SheetFigures> Entering::agreed(const EnteredSheet& sheet) const {
  if (!sheet.first || !sheet.second) return std::nullopt;
  SheetFigures figures;
  for (const std::uint16_t column : sheet_columns(rules_->contest(sheet.key.contest))) {
    const auto stands = standing_figure(sheet, column);
    if (!stands) return std::nullopt;
    put_figure(figures, column, *stands);
  }
  return figures;
}

std::vector<CheckFinding> Entering::findings(const SheetKey& key,
                                             const SheetFigures& figures) const {
  std::vector<CheckFinding> all =
      check_sheet(*rules_, *registered_, sheet_of(key, figures), *checks_);
  std::erase_if(all, [](const CheckFinding& one) { return one.severity == Severity::note; });
  return all;
}

const Explanation* Entering::explanation(const EnteredSheet& sheet, const CheckFinding& finding) {
  const auto found = std::ranges::find_if(sheet.explained, [&](const Explanation& one) {
    return one.check == finding.kind && one.what == finding.what;
  });
  return found == sheet.explained.end() ? nullptr : &*found;
}

EnteringStep Entering::step(const EnteredSheet& sheet) const {
  if (sheet.brought) {
    return sheet.brought->stands ? EnteringStep::delivered : EnteringStep::left_out;
  }
  if (sheet.ready) return EnteringStep::ready;
  if (!sheet.first) return EnteringStep::untyped;
  if (!sheet.second) return EnteringStep::once;
  const auto figures = agreed(sheet);
  if (!figures) return EnteringStep::different;
  if (figures->empty()) return EnteringStep::error;  // Of a sheet that says nothing.
  bool warned = false;
  for (const CheckFinding& one : findings(sheet.key, *figures)) {
    if (one.severity == Severity::error) return EnteringStep::error;
    warned = warned || explanation(sheet, one) == nullptr;
  }
  return warned ? EnteringStep::warning : EnteringStep::ready;
}

Result<void> Entering::may_type(const EnteredSheet& sheet, std::string_view by, bool anew) const {
  if (sheet.seen.contains(by)) {
    return fail(
        Remedy::reject, "entering.seen",
        fmt::format("{} has seen the figures of this sheet; somebody who has not types it", by));
  }
  if (sheet.second || sheet.ready || sheet.brought) {
    return not_now("two people have typed this sheet already");
  }
  if (!sheet.first) return {};
  if (sheet.first->by == by && !anew) {
    return fail(Remedy::reject, "entering.same_person",
                fmt::format("{} has typed this sheet first; another person types it again", by));
  }
  return {};
}

Result<void> Entering::type(EnteredSheet& sheet, Typing typing, bool anew) const {
  if (auto may = may_type(sheet, typing.by, anew); !may) return may;
  if (anew && (!sheet.first || sheet.first->by != typing.by)) {
    return not_now(fmt::format("{} has typed nothing of this sheet yet", typing.by));
  }
  const DoneBy done_by{typing.by, "typed", typing.at_us};
  (sheet.first && !anew ? sheet.second : sheet.first) = std::move(typing);
  changed(sheet, done_by);
  return {};
}

Result<void> Entering::may_decide(const EnteredSheet& sheet, const DoneBy& done_by) const {
  if (done_by.reason.empty() || done_by.reason.size() > reason_bytes_max ||
      !is_clean_line(done_by.reason)) {
    return fail(Remedy::reject, "entering.reason_missing",
                fmt::format("a reason has 1 to {} bytes on one line", reason_bytes_max));
  }
  for (const auto* typing : {&sheet.first, &sheet.second}) {
    if (!*typing || (*typing)->by != done_by.by) continue;
    return fail(Remedy::reject, "entering.same_person",
                fmt::format("{} has typed this sheet; somebody else decides about it", done_by.by));
  }
  if (sheet.ready && !sheet.brought) return not_now("the sheet is ready, and being delivered");
  return {};
}

Result<void> Entering::keep(EnteredSheet& sheet, std::string_view typist,
                            const DoneBy& done_by) const {
  if (auto may = may_decide(sheet, done_by); !may) return may;
  const auto open = unsettled(sheet);
  if (sheet.brought || open.empty()) return not_now("nothing differs in this sheet");
  const auto* kept = sheet.first->by == typist    ? &sheet.first
                     : sheet.second->by == typist ? &sheet.second
                                                  : nullptr;
  if (kept == nullptr) {
    return not_now(fmt::format("\"{}\" has not typed this sheet; {} and {} have", typist,
                               sheet.first->by, sheet.second->by));
  }
  for (const Unsettled& one : open) {
    read_again(sheet, one.column, figure_at((*kept)->figures, one.column), done_by);
  }
  changed(sheet, done_by);
  return {};
}

Result<void> Entering::retype(EnteredSheet& sheet, std::uint16_t column, Figure figure,
                              const DoneBy& done_by) const {
  if (auto may = may_decide(sheet, done_by); !may) return may;
  if (!sheet.second) return not_now("a figure is read again once two people have typed the sheet");
  if (sheet.brought) return not_now("the sheet was delivered; have it typed anew as a whole");
  read_again(sheet, column, figure, done_by);
  changed(sheet, done_by);
  return {};
}

Result<void> Entering::again(EnteredSheet& sheet, std::string_view typist,
                             const DoneBy& done_by) const {
  if (auto may = may_decide(sheet, done_by); !may) return may;
  if (!sheet.first) return not_now("nobody has typed this sheet yet");
  const bool delivered = sheet.brought && sheet.brought->stands;
  if (sheet.brought && !typist.empty()) {
    return not_now("a sheet that was delivered is typed anew by two people");
  }
  const bool of_first = typist.empty() || sheet.first->by == typist;
  const bool of_second = typist.empty() || (sheet.second && sheet.second->by == typist);
  if (!of_first && !of_second) {
    return not_now(fmt::format("\"{}\" has not typed this sheet", typist));
  }
  if (delivered) sheet.correction = done_by.reason;
  if (of_second) sheet.second.reset();
  if (of_first) sheet.first = std::exchange(sheet.second, std::nullopt);
  // What was read again was read to settle this.
  sheet.retyped.clear();
  sheet.explained.clear();
  sheet.ready.reset();
  sheet.brought.reset();
  changed(sheet, done_by);
  return {};
}

Result<void> Entering::explain(EnteredSheet& sheet, CheckKind check, const DoneBy& done_by) const {
  if (auto may = may_decide(sheet, done_by); !may) return may;
  const auto figures = agreed(sheet);
  if (!figures || sheet.brought) return not_now("the sheet has no warning to explain");
  bool any = false;
  for (const CheckFinding& one : findings(sheet.key, *figures)) {
    if (one.kind != check) continue;
    if (one.severity == Severity::error) {
      return not_now(
          fmt::format("{} is an error: it is mended, and not explained", to_text(check)));
    }
    if (explanation(sheet, one) != nullptr) continue;
    sheet.explained.push_back({check, one.what, done_by});
    any = true;
  }
  if (!any) return not_now(fmt::format("no warning of {} is open", to_text(check)));
  changed(sheet, done_by);
  return {};
}

void Entering::bring(EnteredSheet& sheet, Brought brought) const {
  check(sheet.ready.has_value(), "what is ready is delivered");
  sheet.brought = std::move(brought);
  ++sheet.changes;
}

void Entering::changed(EnteredSheet& sheet, const DoneBy& done_by) const {
  ++sheet.changes;
  if (step(sheet) == EnteringStep::ready) sheet.ready = done_by;
}

}  // namespace teller
