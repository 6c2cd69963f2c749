// What persons ask and send of result sheets that are entered twice (src/entering; schema/http.yaml,
// /v1/officer/sheets and /v1/officer/sheet): which are waited for, the figures that one person typed,
// and what is decided where two of them differ. What is ready is delivered, by the one who delivers
// everything else.
//
// What always holds:
//   - Role and stage are asked of the table first (officer_routes.h). Figures are told of a sheet that two
//     people have typed, to who may read them, and that is written down with the sheet.
//   - Each change has its line in the audit log before it is kept, and no line has a figure.
//   - What is ready is kept as ready before it is delivered. If the process dies there, it is delivered
//     after the next start or by another process, and by that it is counted once.
//
// Requests run elsewhere than on the server's threads; changes come one after the other, over all processes
// that share a `turn`; where that is lost, no sheet is changed but the one that was seen (store/entered_rows.h).
// A delivery waits for the counting, and nobody who types waits for it but whose sheet it is.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"
#include "base/event.h"
#include "base/time.h"
#include "checks/check_rules.h"
#include "deliver/deliverer.h"
#include "entering/entered_sheet.h"
#include "entering/entered_sheets.h"
#include "home/home.h"
#include "host/officer_routes.h"
#include "http/http_server.h"

namespace teller {

class EnteringRoutes {
 public:
  struct Parts {
    const Home* home;
    OfficerRoutes* officers;
    EnteredRows* rows;
    Deliverer* deliverer;
    const Clock* clock;
    const CheckRules* checks;
    std::function<Result<Stage>()> stage;
    OnEvent event;
    // Where other processes take sheets too; left out: there are none. Held while a sheet is changed, and while one is delivered.
    // Errors: those of PostgresTurn.
    std::function<Result<std::shared_ptr<void>>()> turn = {}, delivery_turn = {};
    // Has deliver_ready() called soon, by somebody else: whoever types waits no longer than `patience` for it. Left out: it is called
    // by whom the sheet is of.
    std::function<void()> deliver_soon = {};
    std::chrono::milliseconds patience{10'000};
  };
  // What is in `parts` outlives this, and this the server. What is kept and cannot be read keeps
  // nobody from counting: each route says so instead.
  explicit EnteringRoutes(Parts parts);

  void add(HttpRouter& router);
  // Delivers what is ready, one sheet after the other. What cannot be delivered now waits, and is told
  // to `event`; what another process delivers is left to it.
  void deliver_ready();

 private:
  using Json = nlohmann::ordered_json;
  using Asker = OfficerRoutes::Asker;
  struct Listed;
  // Nobody else changes a sheet as long as it is there, and what is kept was read. What is given back first stands last.
  struct Change {
    std::unique_lock<std::timed_mutex> here;
    std::shared_ptr<void> everywhere;
    std::unique_lock<std::mutex> reading;
  };

  [[nodiscard]] HttpResponse list(const HttpRequest& request, const Asker& asker);
  [[nodiscard]] HttpResponse one(const HttpRequest& request, const Asker& asker);
  [[nodiscard]] HttpResponse type(const HttpRequest& request, const Asker& asker);
  [[nodiscard]] HttpResponse decide(const HttpRequest& request, const Asker& asker);

  [[nodiscard]] const std::vector<SheetKey>& waited_for() const;
  void list_waited_for() const;
  // Which sheet is meant; what the rules have one of may be left out.
  [[nodiscard]] Result<SheetKey> sheet_meant(const std::string& unit, const std::string& contest,
                                             const std::string& method) const;
  [[nodiscard]] EnteredSheet sheet_at(const SheetKey& key) const;
  // "sheet north, mayor", as a line of the audit log has room for.
  [[nodiscard]] std::string subject_of(const SheetKey& key) const;
  [[nodiscard]] HttpResponse refuse(const Asker& asker, const SheetKey& key, const Error& why);
  // Errors: retry store.unavailable (others change some); those of EnteredSheets::look() and of `turn`.
  [[nodiscard]] Result<Change> begin_change();
  // The line, and then the sheet. In a change. Errors: also reject entering.changed: it is another one by now.
  [[nodiscard]] Result<void> keep(const std::string& actor, const char* action,
                                  const std::string& reason, EnteredSheet sheet);
  [[nodiscard]] bool may_type(const EnteredSheet& sheet, const Asker& asker) const;
  [[nodiscard]] Json row_json(const EnteredSheet& sheet, const Asker& asker) const;
  [[nodiscard]] Json whole_json(const EnteredSheet& sheet, const Asker& asker) const;
  [[nodiscard]] Json findings_json(const EnteredSheet& sheet, const SheetFigures& figures) const;
  // Delivers what is ready, and then says how the sheet stands.
  [[nodiscard]] HttpResponse answer(const SheetKey& key, const Asker& asker, Json more);
  [[nodiscard]] Result<void> deliver(const EnteredSheet& sheet);
  // If it is still ready when it is its turn.
  [[nodiscard]] Result<void> deliver_in_turn(const SheetKey& key);
  // Returns when the sheet was delivered, or could not be, or it takes too long.
  void wait_for_delivery(const SheetKey& key);

  const Parts parts_;
  const Rules& rules_;
  const Entering entering_;
  mutable std::once_flag listed_;
  mutable std::vector<SheetKey> waited_for_;  // Ascending; through waited_for().
  std::timed_mutex changing_;                 // One change after the other; before mutex_.
  std::mutex delivering_;                     // One delivery after the other; before changing_.
  std::mutex mutex_;                          // Of what follows.
  EnteredSheets sheets_;
  std::string trouble_;  // Why what is ready was not delivered; empty: it was.
  std::uint64_t passes_begun_ = 0, passes_ended_ = 0;  // Of deliver_ready().
  std::condition_variable passed_;                     // One ended, or a sheet of it is delivered.
};

}  // namespace teller
