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
//     after the next start, and by that it is counted once.
//
// Requests run elsewhere than on the server's threads; changes come one after the other. A delivery
// waits for the counting, and nobody who types waits for it but whose sheet it is.
#pragma once

#include <functional>
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

// For a host in which no sheets are typed: whoever may is told so, by the same table.
void add_no_entering(HttpRouter& router, OfficerRoutes& officers);

class EnteringRoutes {
 public:
  struct Parts {
    const Home* home;
    OfficerRoutes* officers;
    Deliverer* deliverer;
    const Clock* clock;
    const CheckRules* checks;
    std::function<Result<Stage>()> stage;
    OnEvent event;
  };
  // What is in `parts` outlives this, and this the server. What was kept and cannot be read keeps
  // nobody from counting: each route says so instead.
  explicit EnteringRoutes(Parts parts);

  void add(HttpRouter& router);
  // Delivers what is ready, one sheet after the other. What cannot be delivered now waits, and is told
  // to `event`.
  void deliver_ready();

 private:
  using Json = nlohmann::ordered_json;
  using Asker = OfficerRoutes::Asker;
  struct Listed;

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
  // The line, and then the sheet.
  [[nodiscard]] Result<void> keep(const std::string& actor, const char* action,
                                  const std::string& reason, EnteredSheet sheet);
  [[nodiscard]] bool may_type(const EnteredSheet& sheet, const Asker& asker) const;
  [[nodiscard]] Json row_json(const EnteredSheet& sheet, const Asker& asker) const;
  [[nodiscard]] Json whole_json(const EnteredSheet& sheet, const Asker& asker) const;
  [[nodiscard]] Json findings_json(const EnteredSheet& sheet, const SheetFigures& figures) const;
  // Delivers what is ready, and then says how the sheet stands.
  [[nodiscard]] HttpResponse answer(const SheetKey& key, const Asker& asker, Json more);
  [[nodiscard]] Result<void> deliver(const EnteredSheet& sheet);

  const Parts parts_;
  const Rules& rules_;
  const Entering entering_;
  mutable std::once_flag listed_;
  mutable std::vector<SheetKey> waited_for_;  // Ascending; through waited_for().
  std::mutex mutex_;                          // Of what follows.
  Result<EnteredSheets> sheets_;
  std::string trouble_;    // Why what is ready was not delivered; empty: it was.
  std::mutex delivering_;  // One after the other; before mutex_.
};

}  // namespace teller
