// A client of HTTP: one connection to one server, kept alive between requests. It asks the gateway
// (schema/http.yaml), Elasticsearch, and the addresses of feeds. It follows no redirection.
//
// It sends what it is told, once. Whether to send again is its caller's to say, and the errors are
// cut for that question. The only includer of curl.h. Not thread-safe: each thread has its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace teller {

struct HttpClientOptions {
  std::string url = {};  // "https://gateway.example:8443", without a path.
  std::string ca = {};   // PEM file; empty: the system's.
  std::string certificate = {},
              key = {};         // PEM files; who we are, if the server asks for a certificate.
  std::string token_file = {};  // Or the token that says it. A file, so that no `ps` shows it.
  // Or a name and a password (HTTP Basic), over https only. The file is read before each request: a
  // password may change while we run, and the new one then holds for what is asked next.
  std::string user = {}, password_file = {};
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds answer_timeout{180'000};  // Longer than the server's own.
  std::size_t answer_bytes_max = ~std::size_t{0};     // Of a body.
};

class HttpClient {
 public:
  // Errors: reject http.client_invalid (the URL, a file that cannot be read, a password and no https).
  [[nodiscard]] static Result<HttpClient> open(const HttpClientOptions& options);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  using Headers = std::vector<std::pair<std::string, std::string>>;
  struct Answer {
    unsigned status = 0;
    std::string body;
    std::chrono::seconds retry_after{0};
    std::string etag, last_modified;  // As they stand in the header; empty: not there.
    std::optional<std::int64_t> last_modified_us = {};
  };

  // Any status is an answer. Errors:
  //   retry  http.unreachable  Nothing was sent: refused, no such host, no connection in time.
  //   abort  http.unknown      It was sent, at least in part, and there is no answer.
  //   reject http.untrusted    The server's certificate does not hold, or it refused ours.
  //   reject http.client_invalid  Nothing was sent: the file of the password cannot be read.
  //   reject file.too_large       The answer's body is longer than answer_bytes_max.
  [[nodiscard]] Result<Answer> request(std::string_view method, std::string_view path,
                                       std::string_view body, const Headers& headers);

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace teller
