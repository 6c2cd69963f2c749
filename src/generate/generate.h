// Entries that nobody cast, for tests, rehearsals and measurements: any number of ballots for the
// rules of a count, with the trouble that real nights have (the same again, the same id with other
// marks, what must be refused), and a list of what was sent, so that something else than we can say
// what the count must be.
//
// The same seed, options, rules and count give the same bytes. An item depends on the seed and its
// number only; memory holds the copies that are still to come, not the ballots.
//
// Called by src/cli/generate.cc and tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "election/rules.h"

namespace teller {

struct GenerateOptions {
  std::uint64_t ballots = 1'000;  // Firsts; copies and invalid ones come on top.
  std::uint64_t seed = 1;
  // Shares of `ballots`. A duplicate and a conflict come some time after the first they belong to.
  double duplicates = 0, conflicts = 0, invalid = 0;
  // Shares of the contests on the ballots.
  double overvotes = 0.01, undervotes = 0.02, blank = 0.005, write_ins = 0.01;
  // How unequal units and options are: 0 all the same, 1 as Zipf has it.
  double skew = 0.7;
  // Streams. A copy is in the same stream as its first, and behind it.
  std::uint32_t parts = 1;
  bool json = false;  // Invalid ones are wrong JSON instead of wrong bytes.
};

struct GeneratedItem {
  enum class Kind : std::uint8_t { first, duplicate, conflict, invalid };
  Kind kind = Kind::first;
  std::uint32_t part = 0;
  std::uint64_t index = 0;  // In its part, from 0.
  EntryId id = {};
  Code code = {};                // Of an invalid one: what it must be refused with.
  const Entry* entry = nullptr;  // Not of an invalid one.
  ByteView bytes = {};           // Packed form; of an invalid one only without `json`.
  std::string_view line = {};    // Of an invalid one with `json`.
};
[[nodiscard]] std::string_view to_text(GeneratedItem::Kind kind);

struct GenerateSummary {
  std::uint64_t first = 0, duplicate = 0, conflict = 0, invalid = 0;
};

using ItemSink = std::function<Result<void>(const GeneratedItem& item)>;

// Errors: reject generate.no_ballots (the rules count nothing from ballots), and the sink's.
[[nodiscard]] Result<GenerateSummary> generate(const Rules& rules, const CountId& count,
                                               const GenerateOptions& options,
                                               const ItemSink& sink);

// One line of the list of what was sent, with its end: part,index,id,kind,code,unit,style,card,
// method,contests. The last is JSON: {"mayor": {"allowed": 1, "marks": ["ada"], "write_ins": 0}},
// or "ranking", "blank", "invalid" instead of marks and write-ins. CSV as RFC 4180 has it.
void append_truth(std::string& out, const GeneratedItem& item, const Rules& rules);
inline constexpr std::string_view truth_head =
    "part,index,id,kind,code,unit,style,card,method,contests\n";

struct GenerateRulesOptions {
  std::uint64_t seed = 1;
  std::uint32_t contests = 3, units = 100, options = 5, parties = 4, methods = 2;
  std::uint32_t ranked = 0;  // So many of the contests, the last ones.
};
// The bytes of a rules.json and of a presentation.json for it.
[[nodiscard]] std::string generate_rules(const GenerateRulesOptions& options);
[[nodiscard]] std::string generate_presentation(const GenerateRulesOptions& options);

}  // namespace teller
