// A small HTTP/1.1 server: the one way by which entries come in over the network, and where
// health and metrics are asked for.
//
// What always holds:
//   - Beyond loopback it speaks TLS 1.3 with known senders (certificates of one CA, or tokens), or
//     it does not start: http.plain_beyond_loopback.
//   - Memory is bounded: connections, bytes of one body, and bytes of all bodies that are being
//     read or answered. What is too much is answered (413, or 503 with Retry-After), never dropped.
//   - A slow or silent client loses its connection after a stated time and holds up nobody else.
//   - Requests of one connection are answered one after the other, in order: the next one is read
//     when the answer to the last one is out. A sender that needs an order uses one connection.
//   - What is not HTTP/1.1 by the letter (RFC 9112) is answered 400 and its connection ends: no two
//     readers of one stream may disagree about where a request ends.
//   - Every request that was read is answered once; a handler that drops its responder answers 500.
//
// Handlers run on the server's threads and must not block on disk or network. They answer through
// an HttpResponder, at once or later, from any thread: an acknowledgement waits for the journal.
//
// Hosts (gateway, serve) own one of these. No type of the library behind it is seen here.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace teller {

struct HttpServerCore;

struct HttpRequest {
  std::string method;  // "POST"
  std::string path;    // Without the query and as it was sent: no %-decoding, so no two spellings.
  std::string query;   // Without the '?'.
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
  std::string body;
  // Whose request it is: the certificate's common name, the token's name, or "loopback"; of a route
  // for persons what HttpServerOptions::person_of said.
  std::string sender;

  // Empty if the header is not there. `name` in lower case.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string body = {};
  std::string content_type = "application/json";  // Empty: none, for an answer without a body.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // It may go out compressed to who takes it so. Never set where something that not everybody who reads
  // it may know stands beside something that came with the request: the length would tell of it
  // (docs/decisions/0035-figures-go-out-compressed-and-to-named-pages.md).
  bool may_be_compressed = false;
};

// {"error":{"code":"http.too_large","detail":"…"}}, the shape of every answer that is an error.
[[nodiscard]] HttpResponse error_response(unsigned status, Code code, std::string_view detail);
// The same as 503 with Retry-After: not now, but the same bytes again later.
[[nodiscard]] HttpResponse busy_response(Code code, std::string_view detail,
                                         unsigned retry_after_s = 1);

// The right to answer one request, once. Copies are the same right. Any thread, at any time, even
// after the server is gone (then nobody hears it).
class HttpResponder {
 public:
  class Exchange;  // Of the server.
  explicit HttpResponder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  void send(HttpResponse response) const;

 private:
  std::shared_ptr<Exchange> exchange_;
};

using HttpHandler = std::function<void(HttpRequest request, HttpResponder responder)>;

enum class HttpAccess {
  anyone,  // Whoever can connect: health. A request has no body.
  known,   // Every known sender; the handler tells him of nothing but what is his.
  sender,  // Known senders only, and only those that HttpServerOptions::senders allows.
  person,  // Whom HttpServerOptions::person_of knows by a token; a sender's is not asked for.
};

// Whether pages of HttpServerOptions::page_origins may read it, beside the server's own.
enum class HttpPages : std::uint8_t { none, may_read };

// Which handler answers which method and path; HEAD goes where GET does. Paths are matched as a whole; one that ends with
// "{path}" is matched by all that begins as it does and goes on.
class HttpRouter {
 public:
  struct Route {
    std::string method, path;
    HttpAccess access;
    HttpHandler handler;
    HttpPages pages = HttpPages::none;
    [[nodiscard]] bool matches(std::string_view asked) const;
  };
  void add(std::string method, std::string path, HttpAccess access, HttpHandler handler,
           HttpPages pages = HttpPages::none);
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

struct HttpServerOptions {
  std::string listen = "127.0.0.1:0";  // IPv4, [IPv6] or localhost, and a port; 0 takes a free one.

  // Files in PEM. With certificate and key it speaks TLS 1.3 and nothing else; with client_ca, a
  // client without a certificate of that CA is refused in the handshake unless `tokens` is set too.
  std::string certificate = {}, key = {}, client_ca = {};
  // A file of known tokens: a line for each, SHA-256 of the token in hex, a space, its name. Empty
  // lines and those that begin with # mean nothing. Tokens come as `Authorization: Bearer`.
  std::string tokens = {};
  // A token of a sender named "owner", as it is sent; none if empty.
  std::string owner_token = {};
  // Pages and names of others may ask too: for what everybody may read. Otherwise a plain server
  // answers only who asked for this machine by name or address, so that no page in somebody's
  // browser reaches it under a name of its own, and no server answers a page of another origin.
  bool is_public = false;
  // Origins of pages that may read routes which are for pages: "https://news.example", letter by letter
  // (page_origins.h).
  std::vector<std::string> page_origins = {};
  // Names that may use routes for senders; empty: every known one.
  std::vector<std::string> senders = {};
  // Who asks on a route for persons, by the header Authorization, before a body is read; or what to
  // answer instead. On the server's threads, so it must be quick. Empty: nobody is known.
  std::function<std::expected<std::string, HttpResponse>(std::string_view authorization)>
      person_of = {};

  std::size_t body_bytes_max = 16U << 20;
  // Of all requests read or in work at one time; of one sender no more than he leaves free.
  std::size_t bodies_bytes_max = 256U << 20;
  std::uint32_t header_bytes_max = 16U << 10;
  // Beyond this many, one that waits for its client is closed for a new one, strangers first; where
  // all are at work the new one is told 503, and beyond an eighth more it waits to be accepted.
  // Never more than the half of the descriptors that this process may have.
  std::size_t connections_max = 1024;
  unsigned threads = 0;  // 0: one for each core.

  std::chrono::milliseconds idle_timeout{60'000};    // For the next request.
  std::chrono::milliseconds header_timeout{10'000};  // From its first byte; the TLS handshake too.
  // Then 408; a second more for each of these many bytes that have come.
  std::chrono::milliseconds body_timeout{20'000};
  std::size_t body_bytes_per_s_min = 32U << 10;
  std::chrono::milliseconds answer_timeout{150'000};  // For the handler; then 504.
  std::chrono::milliseconds write_timeout{20'000};

  // Called after each answer, on a thread of the server: route ("/v1/entries", or "" where there is
  // none), status, and the time from the last byte of the request to its answer.
  std::function<void(std::string_view route, unsigned status, std::chrono::nanoseconds took)>
      observe = {};
};

class HttpServer {
 public:
  // Listens and serves until stop().
  //
  // Errors: reject http.plain_beyond_loopback, http.address_invalid, http.tls_invalid,
  // http.tokens_invalid; stop http.listen_failed.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options,
                                                                 HttpRouter router);
  ~HttpServer();  // stop() without waiting.
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Takes no new connection, closes idle ones, lets requests that have begun finish for at most
  // `drain`, then closes what is left. Once it returns no handler runs any more.
  void stop(std::chrono::milliseconds drain);

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;  // "https://127.0.0.1:18443"

  struct Load {
    std::size_t connections = 0, connections_max = 0;
    std::size_t bodies_bytes = 0;
    std::uint64_t handshakes_refused = 0;  // TLS: too old, no certificate, another CA.
  };
  [[nodiscard]] Load load() const;

 private:
  explicit HttpServer(std::shared_ptr<HttpServerCore> core);
  std::shared_ptr<HttpServerCore> core_;
};

}  // namespace teller
