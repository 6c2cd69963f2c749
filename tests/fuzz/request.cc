// The bytes of a connection as our server reads them: heads and bodies of requests, one after the
// other. However they are cut on the way, the same requests are read, and they are refused at the
// same place: a request that begins elsewhere for another reader is a smuggled one.
//
//   input = u8 size of a piece, the bytes
#include <algorithm>

#include "fuzz/target.h"
#include "http/gzip.h"
#include "http/request_body.h"

using namespace teller;

namespace {

constexpr std::size_t body_bytes_max = 1000;

struct Read {
  std::vector<std::string> requests;
  bool refused = false;
  bool operator==(const Read&) const = default;
};

// What `stream` holds when it comes in pieces of that many bytes.
Read read_in_pieces(std::string_view stream, std::size_t piece) {
  static BodyBudget budget(1U << 20);
  Read read;
  std::string arrived;
  HeadEnd head_end;
  std::optional<RequestHead> head;
  std::optional<RequestBody> body;
  while (!stream.empty()) {
    arrived += stream.substr(0, piece);
    stream.remove_prefix(std::min(piece, stream.size()));
    while (true) {
      if (!head) {
        const auto size = head_end.find(arrived);
        if (size && *size == 0) break;
        auto parsed = size ? parse_request_head(std::string_view(arrived).substr(0, *size))
                           : std::unexpected(size.error());
        if (!parsed) {
          read.refused = true;
          return read;
        }
        arrived.erase(0, *size);
        head_end = {};
        body.emplace(*parsed, body_bytes_max, BodyShare(budget, "scanner-3"));
        head = std::move(*parsed);
        static_cast<void>(takes_gzip(*head));  // It takes a field apart that nothing else reads.
      }
      const auto taken = body->take(arrived);
      if (!taken) {
        read.refused = true;
        return read;
      }
      arrived.erase(0, *taken);
      if (!body->done()) break;
      std::string whole = head->method + " " + head->target;
      for (const auto& [name, value] : head->fields) whole += "\n" + name + ": " + value;
      const bool fits = body->received() <= body_bytes_max;
      check(body->too_large() != fits, "a body that is too large is told from one that is not");
      const std::string bytes = body->release_bytes();
      check(bytes.size() == (fits ? body->received() : 0), "what is kept is what came");
      read.requests.push_back(whole + "\n\n" + bytes);
      head.reset();
    }
  }
  check(budget.used() <= 2 * body_bytes_max, "no more is taken of the budget than a body may have");
  return read;
}

}  // namespace

FUZZ_TARGET(request) {
  ByteReader in(input);
  const std::size_t piece = std::max<std::size_t>(1, in.u8());
  const std::string_view stream = as_text(in.take(in.left()));
  if (stream.empty()) return;
  check(read_in_pieces(stream, piece) == read_in_pieces(stream, stream.size()),
        "the same requests, however they are cut");
}
