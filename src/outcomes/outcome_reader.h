// Says what became of records of the journal: of how many of their entries which, and each conflict
// and rejection in words.
//
// What always holds:
//   - A sender is told of the records whose envelopes all carry the sender's name. Of any other place
//     the answer is the same, whether something stands there or not: that it is not the sender's.
//   - What is counted and what is a copy of it are one number: the store keeps no list of copies,
//     so that nothing can be asked of an entry that made no trouble.
//   - What is called waiting was not committed when it was looked at; everything else is for good.
//
// Any thread may use it if any thread may use its parts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/definition.h"
#include "journal/journal.h"
#include "journal/record.h"
#include "log/segments.h"
#include "outcomes/incident_reader.h"
#include "store/count_store.h"

namespace teller {

// Sums of the records that it answers for: all but those in `ask_again`, and those that wait.
struct OutcomesAnswer {
  std::uint64_t counted = 0;  // Or a copy of what is counted.
  std::uint64_t conflict = 0, rejected = 0;
  std::uint64_t waiting = 0;  // Not committed yet.
  std::uint64_t halted = 0;   // Of those that wait, what stands in a halted partition.
  struct Told {
    Outcome outcome = Outcome::conflict;
    std::string words;  // ToldIncident::words
    std::string json;   // All of it, as one object.
  };
  std::vector<Told> incidents = {};
  std::vector<RecordPlace> ask_again =
      {};  // Those that wait, and those for which there was no room.
};

class OutcomeReader {
 public:
  struct Parts {
    Definition definition;
    Journal* journal;
    CountReader* store;
    Segments* segments;
    // An answer tells no more of a further record once it has told so many incidents.
    std::size_t incidents_max = 1000;
    // Whether nothing may be told about votes yet: then a conflict is told without its figures. May be
    // empty: everything may.
    std::function<Result<bool>()> is_held_back = {};
  };
  // What is in `parts` outlives this.
  explicit OutcomeReader(Parts parts);

  // `sender`: who asks; nobody when whoever asks has the journal in his hands, as `teller load
  // --home` has. What he says of entries is then believed.
  // Errors: reject outcomes.not_yours; those of CountReader and IncidentReader.
  [[nodiscard]] Result<OutcomesAnswer> ask(std::span<const RecordPlace> records,
                                           std::optional<std::string_view> sender);

 private:
  // How many entries the record has, if it is the sender's; else nothing.
  [[nodiscard]] Result<std::optional<std::uint32_t>> entries_of(const RecordPlace& record,
                                                                std::string_view sender);
  const Parts parts_;
  IncidentReader incidents_;
};

}  // namespace teller
