// What requests, answers and routes are, without the server that carries them.
#include <utility>

#include "http/http_server.h"

namespace teller {
namespace {

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

HttpResponse error_response(unsigned status, std::string_view code, std::string_view detail) {
  HttpResponse response;
  response.status = status;
  response.body = R"({"error":{"code":)";
  append_json_string(response.body, code);
  response.body += R"(,"detail":)";
  append_json_string(response.body, detail);
  response.body += "}}\n";
  return response;
}

HttpResponse busy_response(std::string_view code, std::string_view detail, unsigned retry_after_s) {
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

void HttpRouter::add(std::string method, std::string path, HttpAccess access, HttpHandler handler) {
  routes_.push_back({std::move(method), std::move(path), access, std::move(handler)});
}

}  // namespace teller
