#include "host/held_back.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/file.h"

namespace teller {
namespace {

// Nothing in their answers says what was voted. POST /v1/outcomes leaves figures out by itself. Officers
// close the count through theirs; a ballot that is to be voided is read by who may sign that, and by auditors.
constexpr std::array<std::string_view, 14> told_before_close{"/v1/entries",
                                                             "/v1/outcomes",
                                                             "/v1/health",
                                                             "/v1/head",
                                                             "/v1/checkpoint",
                                                             "/v1/count",
                                                             "/v1/rules",
                                                             "/v1/search",
                                                             "/metrics",
                                                             "/v1/officer/me",
                                                             "/v1/officer/decisions",
                                                             "/v1/officer/approvals",
                                                             "/v1/officer/approvals/{path}",
                                                             "/v1/officer/audit"};

}  // namespace

HttpRouter held_back(const HttpRouter& router, std::function<Result<bool>()> is_held, Error why) {
  HttpRouter closed;
  for (const HttpRouter::Route& route : router.routes()) {
    if (std::ranges::find(told_before_close, route.path) != told_before_close.end()) {
      closed.add(route.method, route.path, route.access, route.handler, route.pages);
      continue;
    }
    closed.add(
        route.method, route.path, route.access,
        [is_held, why, handler = route.handler](HttpRequest request, HttpResponder responder) {
          const auto held = is_held();
          if (!held) {
            return responder.send(busy_response(held.error().code, held.error().detail));
          }
          if (!*held) return handler(std::move(request), std::move(responder));
          responder.send(error_response(403, why.code, why.detail));
        },
        route.pages);
  }
  return closed;
}

Result<void> tell_held_back(const std::filesystem::path& published, bool is_held,
                            const Error& why) {
  const std::filesystem::path file = published / held_back_note;
  if (!is_held) {
    // Beside figures it would say that there are none.
    std::error_code wrong;
    std::filesystem::remove(file, wrong);
    if (wrong) return fail(Remedy::stop, "file.io", file.string() + ": " + wrong.message());
    return {};
  }
  if (auto made = make_folders(published); !made) return made;
  return write_file(file, as_bytes(why.detail + "\n"));
}

}  // namespace teller
