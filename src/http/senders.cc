#include "http/senders.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/bytes.h"
#include "base/utf8.h"

namespace teller {

namespace {

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && is_clean_utf8(name);
}

}  // namespace

Result<KnownSenders> KnownSenders::read(const HttpServerOptions& options) {
  KnownSenders known;
  known.allowed_ = options.senders;
  if (!options.tokens.empty()) {
    auto tokens = read_tokens(options.tokens);
    if (!tokens) return std::unexpected(std::move(tokens.error()));
    known.tokens_ = std::move(*tokens);
  }
  if (!options.owner_token.empty())
    known.tokens_.push_back({sha256(as_bytes(std::string_view(options.owner_token))), "owner"});
  return known;
}

Result<std::vector<KnownSenders::Token>> KnownSenders::read_tokens(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(Remedy::reject, "http.tokens_invalid", path + ": cannot be read");
  std::vector<Token> tokens;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    Token token;
    const std::size_t space = line.find(' ');
    if (space == std::string::npos || !from_hex(line.substr(0, space), token.hash) ||
        !is_name(line.substr(space + 1)))
      return fail(
          Remedy::reject, "http.tokens_invalid",
          fmt::format("{}:{}: not the SHA-256 of a token in 64 hex digits, a space and a name",
                      path, number));
    token.name = line.substr(space + 1);
    tokens.push_back(std::move(token));
  }
  if (tokens.empty())
    return fail(Remedy::reject, "http.tokens_invalid", path + ": there is no token in it");
  return tokens;
}

std::expected<std::string, HttpResponse> KnownSenders::sender_of(std::string_view of_connection,
                                                                 bool is_tls,
                                                                 std::string_view authorization,
                                                                 HttpAccess access) const {
  std::string sender(of_connection);
  if (!tokens_.empty()) {
    if (!is_tls) sender.clear();
    if (ascii_lower(authorization.substr(0, 7)) == "bearer ") {
      const Token* token = find_token(authorization.substr(7));
      if (token == nullptr) return unknown("this token is not known here");
      sender = token->name;
    }
  }
  if (sender.empty()) return unknown("a token or a certificate that says who sends is needed");
  if (access == HttpAccess::sender && !allowed_.empty() &&
      std::find(allowed_.begin(), allowed_.end(), sender) == allowed_.end())
    return std::unexpected(error_response(403, "http.sender_not_allowed",
                                          "'" + sender + "' is known here and may not do this"));
  return sender;
}

const KnownSenders::Token* KnownSenders::find_token(std::string_view text) const {
  const Hash hash = sha256(as_bytes(text));
  const Token* found = nullptr;
  for (const Token& token : tokens_)
    if (CRYPTO_memcmp(token.hash.data(), hash.data(), hash.size()) == 0) found = &token;
  return found;
}

std::unexpected<HttpResponse> KnownSenders::unknown(std::string_view detail) const {
  auto response = error_response(401, "http.sender_unknown", detail);
  if (!tokens_.empty()) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return std::unexpected(std::move(response));
}

std::string common_name(ssl_st* connection) {
  X509* certificate = SSL_get_peer_certificate(connection);
  if (certificate == nullptr) return {};
  std::string name;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0 && X509_NAME_get_index_by_NID(subject, NID_commonName, at) < 0) {
    unsigned char* text = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size > 0) name.assign(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
  }
  X509_free(certificate);
  return is_name(name) ? name : std::string();
}

}  // namespace teller
