// What a server's TLS connections have in common: its certificate and key, the authority of its
// clients' certificates, and which TLS is spoken.
//
// What always holds: TLS 1.3 and nothing older; no session is resumed, so that a sender shows its
// certificate on each connection and no ticket key is kept. Made once, before the server listens;
// connections of all threads share it and change nothing in it.
#pragma once

#include <memory>

#include <boost/asio/ssl/context.hpp>

#include "base/error.h"
#include "http/http_server.h"

namespace teller {

// Errors: reject http.tls_invalid (a file that cannot be read, or a key of another certificate).
[[nodiscard]] Result<std::unique_ptr<boost::asio::ssl::context>> make_tls(
    const HttpServerOptions& options);

}  // namespace teller
