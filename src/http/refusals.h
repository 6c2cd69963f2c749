// What a request is refused with before any handler sees it, and the route it takes if it is not.
//
// What always holds: a refusal has the shape of error_response(). Nothing is kept here: any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "http/http_server.h"

namespace teller {

// Or what to answer instead: 404 where no route has the path, 405 where none of those has the
// method. The route is one of the router's.
[[nodiscard]] std::expected<const HttpRouter::Route*, HttpResponse> find_route(
    const HttpRouter& router, std::string_view method, std::string_view path);

[[nodiscard]] HttpResponse too_large_response(std::size_t body_bytes_max);  // 413
[[nodiscard]] HttpResponse full_response();                                 // 503
[[nodiscard]] HttpResponse too_many_connections_response();                 // 503

}  // namespace teller
