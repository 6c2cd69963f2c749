// Sends entries to a count in this process or to a server, waits until they are counted, and says what
// became of them: what `teller load` and an import of ballots share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "election/definition.h"
#include "gateway/entry_sender.h"
#include "gateway/follow_outcomes.h"
#include "gateway/loader.h"
#include "http/http_client.h"

namespace teller::cli {

struct SendTo {
  std::string home;              // Empty: to a server,
  HttpClientOptions to;          // this one.
  std::string outcomes_at = {};  // Whoever knows what became of it, where that is another server.
  bool no_wait = false;
  unsigned give_up_after_s = 300;
  bool json = false;  // Whether became_json() will be asked.
  // What stands before the words of a conflict or rejection: where the entry with this id came from.
  std::function<std::string(std::string_view id)> place = {};
};

// Where entries go, and what is left to do when all is sent.
struct EntryTarget {
  std::shared_ptr<void> keeps = {};           // What the sender stands on; goes after it.
  std::optional<Definition> definition = {};  // Of a count in this process.
  std::unique_ptr<EntrySender> sender = {};
  std::function<bool()> broken = [] { return false; };  // Nothing more will be counted.
  std::function<Result<void>()> finish = [] { return Result<void>{}; };
  AskOutcomes outcomes = {};  // Once finish() has returned.
};

// Errors: those of HomeCounting, HttpSender and HttpOutcomes.
[[nodiscard]] Result<EntryTarget> open_entry_target(const SendTo& where);

// What became of what was recorded; without `followed` it is not known here.
struct Became {
  std::optional<Followed> followed = {};
  std::vector<std::string> incidents = {};  // As JSON; the first hundred thousand.
  std::uint64_t incidents_more = 0;
  std::string because = {};  // Why it is not known.
  // Nothing is known to be not counted.
  [[nodiscard]] bool all_count() const;
};

// Waits until what was recorded is decided, and names conflicts and rejections as it hears of them.
[[nodiscard]] Result<Became> follow_entries(const EntryTarget& target,
                                            std::vector<RecordPlace> records, const SendTo& where);

// To stdout: a table of what became of the entries. `error`: what ended it; may be null.
void print_became(const LoadSummary& summary, const Became& became, double seconds);
[[nodiscard]] nlohmann::ordered_json became_json(const LoadSummary& summary, const Became& became,
                                                 double seconds, const Error* error);
// To stderr: what is to be done about what is not counted.
void say_what_is_open(const LoadSummary& summary, const Became& became);

// How many entries in a second: "12,345".
[[nodiscard]] std::string a_second(const LoadSummary& summary, double seconds);

}  // namespace teller::cli
