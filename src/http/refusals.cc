#include "http/refusals.h"

#include <string>
#include <utility>

#include <fmt/format.h>

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
