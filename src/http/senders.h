// Who sends: the file of known tokens, the name in a certificate, and whether a sender may use the
// routes for senders.
//
// What always holds: a name is clean UTF-8 of 1 to 255 bytes; of a token only its SHA-256 is kept;
// all tokens are looked at in the same time, whichever it is. Nothing changes after read(): any
// thread may ask.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "http/http_server.h"

struct ssl_st;  // OpenSSL's SSL.

namespace teller {

class KnownSenders {
 public:
  // Without a file of tokens in the options there are none. Errors: reject http.tokens_invalid.
  [[nodiscard]] static Result<KnownSenders> read(const HttpServerOptions& options);

  // Whose request it is that came over a connection of `of_connection` (empty: nobody known) with
  // this header Authorization; or what to answer instead: 401 for nobody known, 403 for somebody
  // who may not use a route of this access. Where there are tokens, being on this machine is no name.
  [[nodiscard]] std::expected<std::string, HttpResponse> sender_of(std::string_view of_connection,
                                                                   bool is_tls,
                                                                   std::string_view authorization,
                                                                   HttpAccess access) const;

 private:
  struct Token {
    Hash hash{};
    std::string name;
  };
  [[nodiscard]] static Result<std::vector<Token>> read_tokens(const std::string& path);
  [[nodiscard]] const Token* find_token(std::string_view text) const;
  [[nodiscard]] std::unexpected<HttpResponse> unknown(std::string_view detail) const;

  std::vector<Token> tokens_;
  std::vector<std::string> allowed_;  // Empty: every known one.
};

// The common name in the client's certificate. Empty when there is no usable one: none, more than
// one, or one with control characters.
[[nodiscard]] std::string common_name(ssl_st* connection);

}  // namespace teller
