// What requests, answers and routes are, without the server that carries them.
#include <utility>

#include "base/json_text.h"
#include "http/http_server.h"

namespace teller {

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

HttpResponse error_response(unsigned status, Code code, std::string_view detail) {
  HttpResponse response;
  response.status = status;
  response.body = R"({"error":{"code":)";
  append_json_text(response.body, code);
  response.body += R"(,"detail":)";
  append_json_text(response.body, detail);
  response.body += "}}\n";
  return response;
}

HttpResponse busy_response(Code code, std::string_view detail, unsigned retry_after_s) {
  HttpResponse response = error_response(503, code, detail);
  response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

bool HttpRouter::Route::matches(std::string_view asked) const {
  constexpr std::string_view open = "{path}";
  const std::string_view whole = path;
  if (!whole.ends_with(open)) return asked == whole;
  const std::string_view begin = whole.substr(0, whole.size() - open.size());
  return asked.size() > begin.size() && asked.starts_with(begin);
}

void HttpRouter::add(std::string method, std::string path, HttpAccess access, HttpHandler handler,
                     HttpPages pages) {
  routes_.push_back({std::move(method), std::move(path), access, std::move(handler), pages});
}

}  // namespace teller
