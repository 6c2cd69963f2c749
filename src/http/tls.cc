#include "http/tls.h"

#include <openssl/ssl.h>

namespace teller {

Result<std::unique_ptr<boost::asio::ssl::context>> make_tls(const HttpServerOptions& options) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code error;
  const auto wrong = [&](const std::string& path) {
    return fail(Remedy::reject, "http.tls_invalid", path + ": " + error.message());
  };
  if (context->use_certificate_chain_file(options.certificate, error); error)
    return wrong(options.certificate);
  if (context->use_private_key_file(options.key, ssl::context::pem, error); error)
    return wrong(options.key);
  if (!options.client_ca.empty()) {
    if (context->load_verify_file(options.client_ca, error); error) return wrong(options.client_ca);
    SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(options.client_ca.c_str()));
    // With tokens too, a sender has one or the other, and the request without any is refused.
    int mode = SSL_VERIFY_PEER;
    if (options.tokens.empty()) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(raw, mode, nullptr);
  }
  return context;
}

}  // namespace teller
