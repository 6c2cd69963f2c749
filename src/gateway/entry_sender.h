// Port: where `teller load` sends entries to. It hands over whole bodies and hears of each entry
// what became of it.
//
// Adapters: http_sender.h (a gateway, or `teller serve`), recorder_sender.h (a journal in this
// process).
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "gateway/entries_endpoint.h"
#include "intake/accept.h"

namespace teller {

struct EntryBody {
  BodyFormat format = BodyFormat::packed;
  std::string bytes = {};
  std::string batch = {};  // Name of the scanner's batch; may be empty.
};

struct Sent {
  // Of every entry it is known what became of it: `unknown` and `not_recorded` are 0. With an
  // error_code the frame of the body could not be read, and nothing of it was recorded.
  EntriesAnswer answer = {};
  std::uint64_t sent_again = 0;        // Times.
  std::uint64_t unknown_resolved = 0;  // Recorded entries whose fate was unknown for a while.
};

class EntrySender {
 public:
  virtual ~EntrySender() = default;

  // Sends until every outcome is known; the same bytes again where that is needed, which makes
  // duplicates and never a second vote. Safe from any thread. What one thread sends is recorded in
  // the order in which it sends it.
  //
  // Errors: reject load.not_allowed (the other side takes none of it from us), stop load.gave_up
  // (not before it was tried for as long as the adapter was told to).
  [[nodiscard]] virtual Result<Sent> send(const EntryBody& body) = 0;
};

}  // namespace teller
