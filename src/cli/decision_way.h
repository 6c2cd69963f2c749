// What is done with a decision once it is made: signed with the keys that are at hand, kept in a
// file for other officers, or sent and followed until it is known what became of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/entry_target.h"
#include "decide/decision.h"

namespace teller::cli {

struct DecisionWay {
  SendTo to;
  std::vector<std::string> keys;
  std::string file;  // Where it is kept; empty: it is sent.
  bool json = false;
};
// Add --sign, and --to with what belongs to it.
void add_keys_option(CLI::App* command, DecisionWay& way, bool required);
void add_target(CLI::App* command, DecisionWay& way);
// Adds both, --out and --json.
void add_way(CLI::App* command, DecisionWay& way);

// "void 12 ballots", "a.huber, b.meier".
[[nodiscard]] std::string words_of(const Decision& decision);
[[nodiscard]] std::string signers_of(const Decision& decision);

// Errors: those of OfficerKey::read() and sign().
[[nodiscard]] Result<void> sign_with(Decision& decision, const std::vector<std::string>& keys);

// Each gives the command's exit code. `count` may be null: then it is not said whether it can be sent.
// `named`: what was told of ballots that were named, for --json.
[[nodiscard]] int write_decision(const DecisionWay& way, const Decision& decision,
                                 const CountFile* count);
[[nodiscard]] int send_decision(const DecisionWay& way, const Decision& decision,
                                const nlohmann::ordered_json& named = nullptr);
// The one or the other, of a decision that was made for the count in `home` (empty: on the servers).
[[nodiscard]] int go_on_with(const DecisionWay& way, const std::string& home,
                             const Decision& decision, const CountFile& count,
                             const nlohmann::ordered_json& named = nullptr);

}  // namespace teller::cli
