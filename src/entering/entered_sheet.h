// One result sheet that two people type, each without the other's figures, and the steps that it takes
// until it may be delivered:
//
//   untyped ─▶ once ─▶ different ─▶ error ─▶ warning ─▶ ready ─▶ delivered
//                                                             └▶ left_out
//
// It is `different` while a figure does not stand, at `error` or `warning` while the checks of one sheet
// find something, and `ready` when nothing is left; each is worked out from what was typed, and none
// is stored. Whatever is not to be said passes over.
//
// What always holds:
//   - A figure stands when two different persons read the same: both who typed the sheet, or one of them
//     and whoever read the paper again.
//   - Nobody types a sheet both times, nobody types one whose figures they have seen, and who typed
//     decides nothing about it.
//   - An error is mended; a warning is mended or explained, with a reason.
//   - What is ready does not change any more; what was delivered is typed anew as a whole.
//   - A change that is refused changes nothing.
//
// Pure: who may do it by their role, and when, is asked elsewhere. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "checks/check_count.h"
#include "checks/check_rules.h"
#include "count/sheets.h"
#include "election/rules.h"
#include "entering/sheet_fields.h"

namespace teller {

enum class EnteringStep : std::uint8_t {
  untyped,
  once,
  different,
  error,
  warning,
  ready,
  delivered,
  left_out,  // Delivered, and what stands is not this.
};
inline constexpr std::size_t entering_steps = 8;
[[nodiscard]] std::string_view to_text(EnteringStep step);
[[nodiscard]] std::optional<EnteringStep> entering_step_named(std::string_view text);

// What one person typed of the sheet.
struct Typing {
  std::string by;
  std::int64_t at_us = 0;
  SheetFigures figures;
};

// Who did something, when and why.
struct DoneBy {
  std::string by, reason;
  std::int64_t at_us = 0;
};

// One figure that somebody read again.
struct Retyping {
  std::uint16_t column = 0;
  Figure figure;
  DoneBy done_by;
};

// Why a warning may stand. It is about these words: with other figures there is another warning.
struct Explanation {
  CheckKind check{};
  std::string what;
  DoneBy done_by;
};

// What became of it where it was delivered.
struct Brought {
  std::uint64_t delivery = 0;
  std::string became = {}, detail = {};  // As Became of deliver/delivery.h is written.
  bool stands = false;
  std::int64_t at_us = 0;
};

struct EnteredSheet {
  SheetKey key = {};
  std::uint64_t changes = 0;  // How often it was changed.
  std::optional<Typing> first = {}, second = {};
  std::vector<Retyping> retyped = {};  // Of one person and column the last one.
  std::vector<Explanation> explained = {};
  std::set<std::string, std::less<>> seen = {};  // Who was shown its figures.
  std::string correction = {};  // Why figures that were delivered are typed anew; mostly empty.
  std::optional<DoneBy> ready = {};  // Since when, and by whom.
  std::optional<Brought> brought = {};
};

// A figure that does not stand yet.
struct Unsettled {
  std::uint16_t column = 0;
  Figure first, second;
};

class Entering {
 public:
  static constexpr std::size_t reason_bytes_max = 500;

  // All outlive it. `registered`: by unit id (Presentation).
  Entering(const Rules& rules, const std::map<std::string, std::uint64_t>& registered,
           const CheckRules& checks)
      : rules_(&rules), registered_(&registered), checks_(&checks) {}

  [[nodiscard]] EnteringStep step(const EnteredSheet& sheet) const;
  // Ascending; empty where not both have typed.
  [[nodiscard]] std::vector<Unsettled> unsettled(const EnteredSheet& sheet) const;
  // What stands, once all of it does.
  [[nodiscard]] std::optional<SheetFigures> agreed(const EnteredSheet& sheet) const;
  // What the checks say of these figures: errors and warnings.
  [[nodiscard]] std::vector<CheckFinding> findings(const SheetKey& key,
                                                   const SheetFigures& figures) const;
  [[nodiscard]] static const Explanation* explanation(const EnteredSheet& sheet,
                                                      const CheckFinding& finding);
  // Why this person may not type the sheet now; nothing when they may.
  // Errors: reject entering.same_person, entering.seen, entering.not_now.
  [[nodiscard]] Result<void> may_type(const EnteredSheet& sheet, std::string_view by,
                                      bool anew = false) const;

  // `anew`: in place of what the same person typed, while nobody else has. Errors: those of may_type().
  [[nodiscard]] Result<void> type(EnteredSheet& sheet, Typing typing, bool anew) const;
  // What `typist` typed is right wherever the two differ.
  // Errors: reject entering.same_person, entering.not_now, entering.reason_missing.
  [[nodiscard]] Result<void> keep(EnteredSheet& sheet, std::string_view typist,
                                  const DoneBy& done_by) const;
  // This figure, as it was read again. Errors: as of keep().
  [[nodiscard]] Result<void> retype(EnteredSheet& sheet, std::uint16_t column, Figure figure,
                                    const DoneBy& done_by) const;
  // What `typist` typed is left out, or what both did when it is empty, and is typed anew. Of a sheet
  // that was delivered it is always both, as a correction. Errors: as of keep().
  [[nodiscard]] Result<void> again(EnteredSheet& sheet, std::string_view typist,
                                   const DoneBy& done_by) const;
  // Errors: as of keep(); reject entering.not_now also where no such warning is open.
  [[nodiscard]] Result<void> explain(EnteredSheet& sheet, CheckKind check,
                                     const DoneBy& done_by) const;
  // What became of one that was ready.
  void bring(EnteredSheet& sheet, Brought brought) const;

 private:
  [[nodiscard]] Result<void> may_decide(const EnteredSheet& sheet, const DoneBy& done_by) const;
  // Something was changed: it may be ready by that.
  void changed(EnteredSheet& sheet, const DoneBy& done_by) const;

  const Rules* rules_;
  const std::map<std::string, std::uint64_t>* registered_;
  const CheckRules* checks_;
};

}  // namespace teller
