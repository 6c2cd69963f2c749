#include "host/history_routes.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "http/query.h"

namespace teller {
namespace {

constexpr std::uint64_t listed_max = 1000;
constexpr std::string_view one_begins = "/v1/deliveries/";

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
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
    const auto query = parse_query(request.query, {"first"});
    if (!query) return error_response(400, query.error().code, query.error().detail);
    const auto first = query->contains("first") ? parse_number(query->at("first"))
                                                : std::optional<std::uint64_t>(1);
    if (!first) return not_understood("first is the number of a delivery: first=1001");
    return answer_of(history.list(*first, listed_max));
  });
  add("/v1/deliveries/{path}", [&history](const HttpRequest& request) {
    const auto number = parse_number(std::string_view(request.path).substr(one_begins.size()));
    if (!number) return not_understood("a delivery has a number: /v1/deliveries/7");
    return answer_of(history.delivery(*number));
  });
  add("/v1/sheets", [&history](const HttpRequest& request) {
    const auto query = parse_query(request.query, {"unit", "contest", "method"});
    if (!query) return error_response(400, query.error().code, query.error().detail);
    const SheetsAsked asked{.unit = value_of(*query, "unit"),
                            .contest = value_of(*query, "contest"),
                            .method = value_of(*query, "method")};
    if ((asked.unit + asked.contest + asked.method).empty()) {
      return not_understood("say of which unit, contest or method: /v1/sheets?unit=…");
    }
    return answer_of(history.sheets(asked));
  });
}

}  // namespace teller
