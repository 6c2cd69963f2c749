// A home that `teller serve` counts at this moment is written to through it, by whoever owns the home.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "http/http_client.h"

namespace teller::cli {

// Where to send what was meant for `home`, after `error` said that another process counts there. Says
// so on stderr. Nothing if it is another error, or a server that asks for more than the home's token.
[[nodiscard]] std::optional<HttpClientOptions> served_instead(const std::string& home,
                                                              const Error& error);

}  // namespace teller::cli
