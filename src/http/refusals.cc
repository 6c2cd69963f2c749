#include "http/refusals.h"

#include <string>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include "base/utf8.h"
#include "http/page_origins.h"

namespace teller {

std::expected<const HttpRouter::Route*, HttpResponse> find_route(const HttpRouter& router,
                                                                 std::string_view method,
                                                                 std::string_view path) {
  const HttpRouter::Route* found = nullptr;
  std::string allowed;
  for (const auto& route : router.routes()) {
    if (!route.matches(path)) continue;
    // HEAD is answered as GET is, and the session leaves the body out.
    if (route.method == (method == "HEAD" ? "GET" : method)) found = &route;
    allowed.append(allowed.empty() ? "" : ", ").append(route.method);
  }
  if (allowed.empty())
    return std::unexpected(error_response(404, "http.no_such_path", "there is nothing here"));
  if (found != nullptr) return found;
  auto response = error_response(405, "http.method_not_allowed", "allowed here: " + allowed);
  response.headers.emplace_back("Allow", allowed);
  return std::unexpected(std::move(response));
}

namespace {

// "localhost:18400" without its port.
std::string_view without_port(std::string_view host) {
  const std::size_t end = host.starts_with('[') ? host.find(']') : host.rfind(':');
  if (end == std::string_view::npos) return host;
  return host.substr(0, host.starts_with('[') ? end + 1 : end);
}

bool is_this_machine(std::string_view host) {
  host = without_port(host);
  if (host == "[::1]" || ascii_lower(host) == "localhost") return true;
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
         ntohl(address.s_addr) >> 24 == 127;
}

}  // namespace

std::optional<HttpResponse> refuse_foreign(const HttpServerOptions& options, bool is_tls,
                                           const RequestHead& head, HttpPages pages) {
  if (options.is_public) return std::nullopt;
  const std::string_view host = head.field("host");
  if (!is_tls && !host.empty() && !is_this_machine(host))
    return error_response(421, "http.host_unknown",
                          "this server has no such name; ask for 127.0.0.1 or localhost");
  const std::string_view origin = head.field("origin");
  if (origin.empty() || origin == fmt::format("{}{}", is_tls ? "https://" : "http://", host))
    return std::nullopt;
  if (!is_page_origin(options, origin))
    return error_response(403, "http.origin_foreign", "pages of other origins may not ask here");
  if (pages != HttpPages::may_read)
    return error_response(403, "http.origin_foreign",
                          "pages of this origin may read figures, and nothing else");
  return std::nullopt;
}

HttpResponse too_large_response(std::size_t body_bytes_max) {
  return error_response(
      413, "http.too_large",
      fmt::format("a body may have {} bytes here; send it in parts", body_bytes_max));
}

HttpResponse full_response() {
  return busy_response("http.full", "too much is in work; send the same again later");
}

HttpResponse too_many_connections_response() {
  return busy_response("http.too_many_connections",
                       "too many connections; send the same again later");
}

}  // namespace teller
