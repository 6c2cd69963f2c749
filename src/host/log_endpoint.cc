#include "host/log_endpoint.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/file.h"

namespace teller {
namespace {

constexpr std::string_view prefix = "/v1/log/";

// "checkpoint", "tile/0/x001/067.p/12", "partitions/0003/tile/1/000": no way leads out of the
// folder, and no other file of it is sent.
bool is_log_file(std::string_view name) {
  if (name == "checkpoint") return true;
  constexpr std::string_view partitions = "partitions/";
  if (name.starts_with(partitions)) {
    const std::size_t end = name.find('/', partitions.size());
    if (end == std::string_view::npos) return false;
    const std::string_view number = name.substr(partitions.size(), end - partitions.size());
    if (!std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; })) return false;
    name.remove_prefix(end + 1);
  }
  if (!name.starts_with("tile/")) return false;
  return name.find("..") == std::string_view::npos && std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '/' || c == '.';
         });
}

}  // namespace

void add_log_route(HttpRouter& router, std::filesystem::path folder) {
  router.add(
      "GET", "/v1/log/{path}", HttpAccess::sender,
      [folder = std::move(folder)](const HttpRequest& request, const HttpResponder& responder) {
        const std::string name = request.path.substr(prefix.size());
        auto text = is_log_file(name) ? read_file(folder / name, own_file_bytes_max)
                                      : fail(Remedy::reject, "file.missing", name);
        if (!text) {
          responder.send(error_response(404, "log.no_such_file",
                                        "the log has no such file; begin with /v1/log/checkpoint"));
          return;
        }
        HttpResponse response;
        response.body = std::move(*text);
        if (name == "checkpoint") {
          response.content_type = "text/plain; charset=utf-8";
          response.headers = {{"Cache-Control", "no-cache"}};
        } else {
          response.content_type = "application/octet-stream";
          response.headers = {{"Cache-Control", "public, max-age=31536000, immutable"}};
        }
        responder.send(std::move(response));
      });
}

}  // namespace teller
