#include "cli/served_home.h"

#include "cli/command.h"
#include "cli/terminal_text.h"
#include "home/home.h"

namespace teller::cli {

std::optional<HttpClientOptions> served_instead(const std::string& home, const Error& error) {
  if (error.code != Code("home.locked")) return std::nullopt;
  const auto served = served_at(home);
  if (!served) return std::nullopt;
  say(printable_line("teller: `teller serve` counts this home; sending to " + served->url));
  HttpClientOptions to;
  to.url = served->url;
  to.token_file = served->token_file.string();
  return to;
}

}  // namespace teller::cli
