// A thread that keeps the figures of each hour (earlier_totals.h) while a process serves; one for the embedded form and one for
// `teller api`.
#pragma once

#include <string>

#include "base/event.h"
#include "base/repeating.h"
#include "host/earlier_totals.h"

namespace teller {

class KeepTotals {
 public:
  // Both outlive it. What goes wrong is said once, until something else does.
  KeepTotals(EarlierTotals& totals, const OnEvent& event)
      : repeating_(
            [this, &totals, &event] {
              const auto kept = totals.keep_if_due();
              std::string wrong = kept ? std::string() : to_text(kept.error());
              if (!kept && wrong != wrong_) event(Event("totals.not_kept", kept.error()));
              wrong_ = std::move(wrong);
              return true;
            },
            {.once_more_at_the_end = false, .nice = 10}) {}

 private:
  std::string wrong_;
  Repeating repeating_;  // Last: it begins at once.
};

}  // namespace teller
