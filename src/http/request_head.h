// The head of a request: its line and its header fields, read strictly as RFC 9112 says.
//
// What always holds: what could be read in two ways is refused, so that no proxy before us and we
// ever disagree about where a request ends (request smuggling: a part of one sender's body taken
// for another's request). So a line ends with CR LF and nothing else does; a field is on one line;
// a length stands there once, in digits; the only transfer coding is `chunked`, alone. Pure; safe
// from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace teller {

// Why it is no request: a sentence for the sender, who is answered 400 and loses his connection,
// because nobody can say where the next request would begin.
using RequestFault = std::string_view;

struct RequestHead {
  std::string method, target;
  std::vector<std::pair<std::string, std::string>> fields;  // Names in lower case.
  std::optional<std::uint64_t> content_length;
  bool chunked = false;  // Then there is no content_length.
  bool keep_alive = false;
  bool expects_continue = false;

  // Empty if the field is not there. `name` in lower case.
  [[nodiscard]] std::string_view field(std::string_view name) const;
};

// Where the head ends in what has arrived so far. Looks at each byte once.
class HeadEnd {
 public:
  // `arrived` is what it was before, and more. The size of the head with its empty line; 0 if that
  // has not come yet.
  [[nodiscard]] std::expected<std::size_t, RequestFault> find(std::string_view arrived);

 private:
  std::size_t seen_ = 0, line_begins_ = 0;
};

// `head` as HeadEnd found it.
[[nodiscard]] std::expected<RequestHead, RequestFault> parse_request_head(std::string_view head);

// "Name: value" without the end of the line; the name in lower case.
[[nodiscard]] std::expected<std::pair<std::string, std::string>, RequestFault> parse_field_line(
    std::string_view line);

// Of a name of a field, a method, or an extension of a chunk (RFC 9110, 5.6.2).
[[nodiscard]] bool is_token_character(char c);

}  // namespace teller
