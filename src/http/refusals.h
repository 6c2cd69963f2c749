// What a request is refused with before any handler sees it, and the route it takes if it is not.
//
// What always holds: a refusal has the shape of error_response(). Nothing is kept here, so any thread may
// ask.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>

#include "http/http_server.h"
#include "http/request_head.h"

namespace teller {

// Or what to answer instead: 404 where no route has the path, 405 where none of those has the
// method. The route is one of the router's.
[[nodiscard]] std::expected<const HttpRouter::Route*, HttpResponse> find_route(
    const HttpRouter& router, std::string_view method, std::string_view path);

// What to answer who came under a name that is not this server's, or for a page of another origin
// that may not read `pages`; none: he may ask.
[[nodiscard]] std::optional<HttpResponse> refuse_foreign(const HttpServerOptions& options,
                                                         bool is_tls, const RequestHead& head,
                                                         HttpPages pages);

[[nodiscard]] HttpResponse too_large_response(std::size_t body_bytes_max);  // 413
[[nodiscard]] HttpResponse full_response();                                 // 503
[[nodiscard]] HttpResponse too_many_connections_response();                 // 503

}  // namespace teller
