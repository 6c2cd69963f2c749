#include "cli/told_incidents.h"

#include <algorithm>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include "election/decisions.h"
#include "log/segments_directory.h"

namespace teller::cli {

std::vector<ToldIncident> tell_incidents(const Opened& opened,
                                         const std::vector<IncidentRow>& rows) {
  std::vector<ToldIncident> told;
  if (rows.empty()) return told;
  const auto cannot = [](const Error& error) {
    say("teller: units, contests and figures are not shown: " + to_text(error));
  };
  const auto journal = open_journal_to_read(opened);
  if (!journal) {
    cannot(journal.error());
    return told;
  }
  DirectorySegments segments(segments_folder(opened));
  IncidentReader reader(opened.home->definition(), **journal, *opened.store, segments);
  for (std::span<const IncidentRow> rest(rows); !rest.empty();) {
    const auto now = rest.first(std::min<std::size_t>(rest.size(), 1000));
    rest = rest.subspan(now.size());
    auto some = reader.tell(now, ToldTo::officer);
    if (!some) {
      cannot(some.error());
      return told;
    }
    std::ranges::move(*some, std::back_inserter(told));
  }
  return told;
}

std::string settled_in_words(const std::map<Hash, SettledConflict>& settled,
                             const Incident& incident) {
  if (incident.outcome != Outcome::conflict) return "";
  const auto by = settled.find(incident.leaf);
  if (by == settled.end()) return "";
  const bool keeps = by->second.action == Control::Action::keep;
  return fmt::format("{}, commit {}",
                     keeps               ? "kept"
                     : by->second.counts ? "superseded: it counts"
                                         : "superseded: it counts no longer",
                     by->second.commit);
}

std::string place_in_words(const EntryPlace& place) {
  return fmt::format("{}/{}/{}", place.partition, place.position, place.index);
}

}  // namespace teller::cli
