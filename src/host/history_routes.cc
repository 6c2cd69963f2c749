#include "host/history_routes.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace teller {
namespace {

using Query = std::map<std::string, std::string>;

constexpr std::uint64_t listed_max = 1000;
constexpr std::string_view one_begins = "/v1/deliveries/";

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

std::optional<Query> parse_query(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto value = decoded(pair.substr(equals + 1));
    if (!value || !query.emplace(pair.substr(0, equals), std::move(*value)).second) {
      return std::nullopt;
    }
  }
  return query;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The members of `query` that are known; nothing if it has another one, or none.
std::optional<SheetsAsked> sheets_asked(const Query& query) {
  SheetsAsked asked;
  for (const auto& [name, value] : query) {
    if (name == "unit") {
      asked.unit = value;
    } else if (name == "contest") {
      asked.contest = value;
    } else if (name == "method") {
      asked.method = value;
    } else {
      return std::nullopt;
    }
  }
  if ((asked.unit + asked.contest + asked.method).empty()) return std::nullopt;
  return asked;
}

HttpResponse answer_of(Result<std::string> text) {
  if (!text) {
    const Error& error = text.error();
    if (error.code == Code("delivery.none")) return error_response(404, error.code, error.detail);
    return busy_response(error.code, error.detail);
  }
  HttpResponse response;
  response.body = std::move(*text);
  response.headers = {{"Cache-Control", "no-cache"}};
  return response;
}

HttpResponse not_understood(std::string_view why) {
  return error_response(400, "delivery.invalid", why);
}

}  // namespace

void add_history_routes(
    HttpRouter& router, DeliveryHistory& history,
    std::function<void(const std::string& sender, std::function<void()> work)> elsewhere) {
  const auto add = [&](const char* path, auto ask) {
    router.add("GET", path, HttpAccess::sender,
               [elsewhere, ask](HttpRequest request, const HttpResponder& responder) {
                 const std::string sender = request.sender;
                 elsewhere(sender, [ask, responder, request = std::move(request)] {
                   responder.send(ask(request));
                 });
               });
  };
  add("/v1/deliveries", [&history](const HttpRequest& request) {
    const auto query = parse_query(request.query);
    const auto first = query && query->contains("first") ? parse_number(query->at("first"))
                                                         : std::optional<std::uint64_t>(1);
    if (!query || !first || query->size() > query->count("first")) {
      return not_understood("the query is first=NUMBER, or nothing");
    }
    return answer_of(history.list(*first, listed_max));
  });
  add("/v1/deliveries/{path}", [&history](const HttpRequest& request) {
    const auto number = parse_number(std::string_view(request.path).substr(one_begins.size()));
    if (!number) return not_understood("a delivery has a number: /v1/deliveries/7");
    return answer_of(history.delivery(*number));
  });
  add("/v1/sheets", [&history](const HttpRequest& request) {
    const auto query = parse_query(request.query);
    const auto asked = query ? sheets_asked(*query) : std::nullopt;
    if (!asked)
      return not_understood("the query names a unit, a contest or a method, each once at most");
    return answer_of(history.sheets(*asked));
  });
}

}  // namespace teller
