// A decision on its way: made, signed by one officer after the other, sent. Its file is JSON that
// people can read before they sign; what is signed are the entries that follow from it.
//
//   {"teller": "decision/1", "count": "…", "action": "close", "reason": "…",
//    "entries": [{"id": "…", "partition": 0, "number": 2}, …],
//    "signatures": [{"officer": "a.huber", "of": ["<128 hexadecimal digits>", …]}, …]}
//
// A decision about the stage has an entry for each partition that is to go there, with the number that the decision
// gets in it; to certify also has "statement", "statement_hash" and "digest", and "counted" in each entry.
// A decision about ballots has an entry for each ballot, with the bytes of the ballot as "ballot"; to supersede also
// those of the one that is to count in its place, as "other". One that keeps what counts has an entry for each
// conflict: the id as "of", of sheets their key as "sheet", the leaf hashes of both sides as "kept" and "not_counted".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "decide/officer_key.h"
#include "election/count_file.h"
#include "election/entry.h"

namespace teller {

// Of a decision's file: neither written nor read when it is longer.
inline constexpr std::uint64_t decision_bytes_max = std::uint64_t{256} << 20;

struct Decision {
  CountId count;
  Control::Action action = Control::Action::open;
  std::string reason;
  std::vector<Entry> entries;  // Controls of this action and reason, signed by the same officers.

  [[nodiscard]] const Control& first() const { return std::get<Control>(entries.front().body); }
  [[nodiscard]] std::vector<std::string> officers() const;  // Who signed it so far.
};

// Of a decision that is not about the stage: the id of each entry that it is about, by that of the entry that decides.
[[nodiscard]] std::map<std::string, std::string> targets_by_entry(const Decision& decision);

// Errors: reject decision.invalid, with line.
[[nodiscard]] Result<Decision> parse_decision(std::string_view text, std::string_view name);
[[nodiscard]] std::string to_text(const Decision& decision);

// Adds the officer's signature to each entry, in place of an earlier one.
// Errors: reject control.role (the role may not), control.approvals (eight signed already).
[[nodiscard]] Result<void> sign(Decision& decision, const OfficerKey& key);

// Checks whether the count would take it, by its officers and signatures alone.
// Errors: reject decision.other_count, decision.not_signed (by whom it is and is not).
[[nodiscard]] Result<void> check_signed(const Decision& decision, const CountFile& count);
// The same for those who signed it so far: one is enough, however many signatures the count asks for.
[[nodiscard]] Result<void> check_signed_so_far(const Decision& decision, const CountFile& count);

// The hash of what is decided, whoever signed it: two files of one decision have the same, and no others.
[[nodiscard]] Hash hash_of_decided(const Decision& decision);
// Adds to `decision` the signatures of officers that `other`, of the same decision, has beside its own.
// Errors: reject control.approvals (more than eight).
[[nodiscard]] Result<void> add_signatures(Decision& decision, const Decision& other);

}  // namespace teller
