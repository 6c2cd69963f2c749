// The decision that gives names that voters wrote in to an option of their contest: each ballot with
// such a name is superseded by the same ballot with a mark for the option in its place. And the one
// that takes that back. What either does to ballots and totals is worked out first and told, before
// anything is made or signed.
//
// What always holds: the two contents of a ballot differ in that contest alone, and there in nothing but
// the names and the mark. The name and the mark of one option are one vote (schema/entry.md).
//
// Nothing is sent or written. Between making and sending the count may go on; then the count itself
// rejects a decision by name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "decide/decision.h"
#include "decide/write_ins.h"
#include "store/store.h"

namespace teller {

// What is done with ballots that are an overvote with the names and none without them, or the other
// way round: some laws take a mark and the same person's name for two votes.
enum class Overvotes : std::uint8_t {
  ask,  // Nobody said; they are listed, and no decision is made while there are any.
  give,
  leave,
};

struct GivingAsked {
  ContestId contest{};
  OptionId option{};
  std::set<std::string> names;  // Byte by byte as they were written; none of them empty.
  Overvotes overvotes = Overvotes::ask;
  bool take_back = false;
};

// What was found of what was asked.
struct GivingFound {
  struct Ballot {
    Bytes stands, other;  // What counts now, and what is to count in its place.
  };
  std::map<EntryId, Ballot> ballots;            // Those that it is decided about.
  std::map<std::string, std::uint64_t> names;   // How many of these each name stands on, or stood.
  std::map<std::uint16_t, std::int64_t> moves;  // By how much each slot of the contest moves.
  std::vector<EntryId> marked_too;  // Of these: they mark the option too, and keep one vote for it.
  std::vector<EntryId> overvotes;   // Overvotes before or after, and not both.
  std::vector<EntryId> still_overvotes;  // Both: no total moves by them.
  // Not decided about: void; decided about otherwise since the names were given; two contents that one
  // entry has no room for.
  std::vector<EntryId> on_void, otherwise, too_long;
  // Of taking back: no name was given there, but a conflict settled, with a mark in place of the name.
  // The paper was looked at for that, and conflict_decision.h takes it back.
  std::vector<EntryId> settled;
};
// Errors: as of for_each_standing_ballot() and for_each_incident(); stop segment.invalid.
[[nodiscard]] Result<GivingFound> find_write_ins(const Definition& definition, CountReader& store,
                                                 Segments& segments, const GivingAsked& asked);

// A decision about what was found; `reason` is published. Errors: those of count_now(); reject decision.no_ballot
// (nothing was found).
[[nodiscard]] Result<Decision> new_write_in_decision(const CountFile& count, Store& store,
                                                     const GivingFound& found,
                                                     const std::string& reason);

// The selection with a mark for `option` in place of `names`; nothing where it has none of them.
[[nodiscard]] std::optional<Selection> given_to(const Selection& selection,
                                                const std::set<std::string>& names,
                                                OptionId option);

}  // namespace teller
