// Rules of several files as one: of one election and its methods, with the units, parties, contests and
// ballot styles of all of them.
//
// What has one id must be one thing: whatever two files say differently of it is told by name, and
// nothing is joined then. A style that several files have carries the contests of all of them, those of
// card 1 on card 1.
//
// Pure. Called by src/cli/rules.cc.
#pragma once

#include <span>
#include <string>

#include "base/error.h"
#include "election/rules.h"

namespace teller {

struct RulesFile {
  std::string name;  // For messages.
  Rules rules;
};

// The bytes of a rules.json. `files` has at least one.
// Errors: reject rules.contradict with every contradiction on a line of its own.
[[nodiscard]] Result<std::string> join_rules(std::span<const RulesFile> files);

}  // namespace teller
