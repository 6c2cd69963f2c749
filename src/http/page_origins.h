// Pages of other origins that may read: what a browser has to be told before it lets a page of
// https://news.example see an answer of ours (CORS; https://fetch.spec.whatwg.org/#http-cors-protocol).
//
// What always holds: without HttpServerOptions::page_origins no page of another origin reads anything.
// With it, those origins alone do, letter by letter, and only routes that are for pages
// (HttpPages::may_read). A browser is never told to send what it keeps for us (cookies, certificates):
// a page that may read has a token and shows it itself. An origin says nothing about who asks: the
// sender is known, or not, as ever. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/http_server.h"
#include "http/request_head.h"

namespace teller {

// Errors: reject http.address_invalid, with what would be right.
[[nodiscard]] Result<void> check_page_origins(const std::vector<std::string>& origins);

[[nodiscard]] bool is_page_origin(const HttpServerOptions& options, std::string_view origin);

// The answer to a browser that asks whether a page may send its request (a preflight, by OPTIONS); none:
// it is no such question, or this path is not for pages.
[[nodiscard]] std::optional<HttpResponse> answer_preflight(const HttpServerOptions& options,
                                                           bool is_tls, const HttpRouter& router,
                                                           const RequestHead& head,
                                                           std::string_view path);

// What any answer of a route that is for pages says to the browser of a page that may read it.
void let_page_read(HttpResponse& response, std::string_view origin);

}  // namespace teller
