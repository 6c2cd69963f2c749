#include "http/query.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace teller {
namespace {

// "%20" and "+" as a browser writes them. Nothing if it is not written like that.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at] == '+' ? ' ' : text[at];
      continue;
    }
    unsigned value = 0;
    const std::string_view hex = text.substr(at + 1, 2);
    const auto [end, wrong] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (wrong != std::errc() || hex.size() < 2 || end != hex.data() + 2) return std::nullopt;
    out += static_cast<char>(value);
    at += 2;
  }
  return out;
}

std::unexpected<Error> invalid(std::string_view what,
                               std::initializer_list<std::string_view> known) {
  return fail(Remedy::reject, "http.query_invalid",
              fmt::format("{}; known here: {}, each once at most", what, fmt::join(known, ", ")));
}

}  // namespace

Result<HttpQuery> parse_query(std::string_view text,
                              std::initializer_list<std::string_view> known) {
  HttpQuery query;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return invalid("a name has no value", known);
    const std::string name(pair.substr(0, equals));
    if (std::ranges::find(known, name) == known.end()) {
      return invalid("it has a name that is not known", known);
    }
    auto value = decoded(pair.substr(equals + 1));
    if (!value)
      return invalid(name + " has a % that is not followed by two hexadecimal digits", known);
    if (!query.emplace(name, std::move(*value)).second) {
      return invalid(name + " stands twice", known);
    }
  }
  return query;
}

std::string value_of(const HttpQuery& query, std::string_view name) {
  const auto at = query.find(std::string(name));
  return at == query.end() ? std::string() : at->second;
}

}  // namespace teller
