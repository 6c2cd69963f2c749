#include "http/page_origins.h"

#include <algorithm>

#include <fmt/format.h>

#include "http/refusals.h"

namespace teller {
namespace {

// What is wrong with it as the origin of a page; empty: nothing. A browser names an origin in one way
// only, so that one in any other would be told to nobody, ever.
std::string_view fault_of_origin(std::string_view origin) {
  if (origin == "*") return "an origin is named, and none stands for all";
  const bool tls = origin.starts_with("https://");
  if (!tls && !origin.starts_with("http://")) return "it begins with https:// or http://";
  std::string_view host = origin.substr(tls ? 8 : 7);
  if (host.empty()) return "there is no name in it";
  if (host.find('/') != std::string_view::npos) {
    return "there is no / behind the name: an origin is no address of a page";
  }
  const bool is_known = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
  });
  if (!is_known) return "it is in small ASCII letters, as browsers write it (xn--…)";
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || host.ends_with(']')) return {};
  const std::string_view port = host.substr(colon + 1);
  if (port.empty() || port.find_first_not_of("0123456789") != std::string_view::npos ||
      port.size() > 5 || port.front() == '0') {
    return "behind the colon stands a port";
  }
  if (port == (tls ? "443" : "80")) return "browsers leave out this port, so leave it out";
  return {};
}

}  // namespace

Result<void> check_page_origins(const std::vector<std::string>& origins) {
  for (const std::string& origin : origins) {
    if (const std::string_view fault = fault_of_origin(origin); !fault.empty()) {
      return fail(
          Remedy::reject, "http.address_invalid",
          fmt::format("'{}' is no origin of a page, like https://news.example: {}", origin, fault));
    }
  }
  return {};
}

bool is_page_origin(const HttpServerOptions& options, std::string_view origin) {
  return std::ranges::find(options.page_origins, origin) != options.page_origins.end();
}

std::optional<HttpResponse> answer_preflight(const HttpServerOptions& options, bool is_tls,
                                             const HttpRouter& router, const RequestHead& head,
                                             std::string_view path) {
  if (options.page_origins.empty() || head.method != "OPTIONS" || head.field("origin").empty() ||
      head.field("access-control-request-method").empty()) {
    return std::nullopt;
  }
  const auto route = find_route(router, "GET", path);
  if (!route || (*route)->pages != HttpPages::may_read) return std::nullopt;
  if (auto foreign = refuse_foreign(options, is_tls, head, HttpPages::may_read)) return foreign;
  if (!is_page_origin(options, head.field("origin"))) return std::nullopt;
  HttpResponse response;
  response.status = 204;
  response.content_type.clear();
  // The browser holds the page's request against these. Ten minutes are two answers of a quiet count,
  // and an origin that is taken out again is refused at its request whatever a browser remembers.
  response.headers = {{"Access-Control-Allow-Methods", "GET, HEAD"},
                      {"Access-Control-Allow-Headers", "Authorization, If-None-Match"},
                      {"Access-Control-Max-Age", "600"},
                      {"Vary", "Origin"}};
  let_page_read(response, head.field("origin"));
  return response;
}

void let_page_read(HttpResponse& response, std::string_view origin) {
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  response.headers.emplace_back("Access-Control-Expose-Headers", "ETag, Retry-After");
}

}  // namespace teller
