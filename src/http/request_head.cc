#include "http/request_head.h"

#include <algorithm>
#include <charconv>

#include "base/utf8.h"
#include "http/without_blanks.h"

namespace teller {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

bool is_control(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7F'; }

std::size_t count_of(const Fields& fields, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [&](const auto& field) { return field.first == name; }));
}

// Whether a list like that of Connection has `word`, which is in lower case.
bool lists(const Fields& fields, std::string_view name, std::string_view word) {
  for (const auto& [key, value] : fields) {
    if (key != name) continue;
    std::string_view rest = value;
    while (true) {
      const std::size_t comma = rest.find(',');
      if (ascii_lower(without_blanks(rest.substr(0, comma))) == word) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

// "POST /v1/entries HTTP/1.1", with one space between its parts.
std::expected<bool, RequestFault> parse_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos)
    return std::unexpected("the request line is not a method, a path and a version");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (head.method.empty() || !std::ranges::all_of(head.method, is_token_character))
    return std::unexpected("the method is not a word");
  if (head.target.empty() ||
      !std::ranges::all_of(head.target, [](char c) { return c > ' ' && c < '\x7F'; }))
    return std::unexpected("the path is not in visible ASCII");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return std::unexpected("the version is not HTTP/1.1");
  return version == "HTTP/1.1";
}

// How long the body is, said once and in one way.
std::expected<void, RequestFault> read_framing(RequestHead& head, bool is_http_1_1) {
  const std::size_t lengths = count_of(head.fields, "content-length");
  const std::size_t codings = count_of(head.fields, "transfer-encoding");
  if (codings > 0) {
    if (lengths > 0)
      return std::unexpected("Content-Length and Transfer-Encoding exclude each other");
    if (!is_http_1_1 || codings > 1 || ascii_lower(head.field("transfer-encoding")) != "chunked")
      return std::unexpected("the only Transfer-Encoding here is chunked, alone, in HTTP/1.1");
    head.chunked = true;
  }
  if (lengths == 0) return {};
  const std::string_view text = head.field("content-length");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (lengths > 1 || text.empty() || error != std::errc() || end != text.data() + text.size())
    return std::unexpected("Content-Length is not one number");
  head.content_length = length;
  return {};
}

}  // namespace

std::string_view RequestHead::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

std::expected<std::size_t, RequestFault> HeadEnd::find(std::string_view arrived) {
  for (; seen_ < arrived.size(); ++seen_) {
    const char c = arrived[seen_];
    const bool after_cr = seen_ > 0 && arrived[seen_ - 1] == '\r';
    if ((c == '\n') != after_cr)
      return std::unexpected("a line of the head does not end with CR LF");
    if (c == '\n') {
      const bool is_empty = seen_ - line_begins_ == 1;
      line_begins_ = seen_ + 1;
      if (is_empty) return ++seen_;
    } else if (c != '\r' && is_control(c)) {
      return std::unexpected("there are control characters in the head");
    }
  }
  return 0;
}

std::expected<std::pair<std::string, std::string>, RequestFault> parse_field_line(
    std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  // Also a line that begins with a space (it would go on the one before) and a space before the
  // colon, which some read and others do not.
  if (colon == std::string_view::npos || name.empty() ||
      !std::ranges::all_of(name, is_token_character))
    return std::unexpected("a header field is not a name, a colon and a value on one line");
  return std::pair(ascii_lower(name), std::string(without_blanks(line.substr(colon + 1))));
}

std::expected<RequestHead, RequestFault> parse_request_head(std::string_view text) {
  RequestHead head;
  const auto next_line = [&text] {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    return line;
  };
  const auto is_http_1_1 = parse_request_line(next_line(), head);
  if (!is_http_1_1) return std::unexpected(is_http_1_1.error());
  for (std::string_view line = next_line(); !line.empty(); line = next_line()) {
    auto field = parse_field_line(line);
    if (!field) return std::unexpected(field.error());
    head.fields.push_back(std::move(*field));
  }
  const std::size_t hosts = count_of(head.fields, "host");
  if (hosts > 1 || (hosts == 0 && *is_http_1_1))
    return std::unexpected("there is not one header field Host");
  if (const auto framed = read_framing(head, *is_http_1_1); !framed)
    return std::unexpected(framed.error());
  head.keep_alive = *is_http_1_1 ? !lists(head.fields, "connection", "close")
                                 : lists(head.fields, "connection", "keep-alive");
  head.expects_continue = ascii_lower(head.field("expect")) == "100-continue";
  return head;
}

}  // namespace teller
