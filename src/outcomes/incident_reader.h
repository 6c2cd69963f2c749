// Tells conflicts and rejections in words: what the entry was, from the journal, and what was
// counted in its place, from the log. The same words for whoever sent it and for officers.
//
// What always holds: of a ballot it says the unit and, to its sender, the id; never a mark, and
// never anything of the ballot that was counted instead. Of a sheet it says all figures: sheets are
// sums that somebody has published.
//
// Any thread may use it if any thread may use its parts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "election/definition.h"
#include "journal/journal.h"
#include "log/segments.h"
#include "outcomes/counted_sheets.h"
#include "store/count_store.h"

namespace teller {

// Texts are the ids of the rules; empty where there is none, or where the entry cannot be read.
struct ToldIncident {
  EntryPlace place;
  std::uint64_t number = 0;  // Which entry of its body it was, from 0; in the inbox, the offset.
  Outcome outcome = Outcome::conflict;
  Reason reason = Reason::entry_conflict;
  std::string kind;  // "ballot", "sheet" or another.
  std::string id;    // Of a ballot or a decision; only for its sender.
  std::string unit, method, contest;
  std::uint32_t version = 0;
  std::optional<Sheet> sent, counted;  // Of a conflict of sheets.
  // "Rill/P1, all, Mayor, version 1: counted Ada 120; sent Ada 150. A new version …"
  std::string words;
};

enum class ToldTo { sender, officer };

class IncidentReader {
 public:
  // All of it outlives this.
  IncidentReader(Definition definition, Journal& journal, CountReader& store, Segments& segments)
      : definition_(definition), journal_(&journal), sheets_(definition, store, segments) {}

  // One for each row, in their order.
  // Errors: those of Journal, CountReader and Segments; stop journal.gap, journal.corrupt (the record
  // is gone, or is another one).
  [[nodiscard]] Result<std::vector<ToldIncident>> tell(std::span<const IncidentRow> rows,
                                                       ToldTo to);

 private:
  [[nodiscard]] Result<void> read_sent(std::span<const IncidentRow> rows, ToldTo to,
                                       std::vector<ToldIncident>& told);
  [[nodiscard]] Result<void> find_counted(std::span<const IncidentRow> rows,
                                          std::vector<ToldIncident>& told);

  const Definition definition_;
  Journal* const journal_;
  CountedSheets sheets_;
};

// One JSON object: what http.yaml calls Incident.
[[nodiscard]] std::string to_json(const ToldIncident& told, const Rules& rules);

}  // namespace teller
