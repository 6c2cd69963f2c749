#include "publish/search_server.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teller {

SearchServer::SearchServer(const Place& place)
    : options_{.url = place.url,
               .ca = place.ca.string(),
               .user = place.user,
               .password_file = place.password_file.string(),
               .connect_timeout = std::chrono::seconds(5),
               .answer_timeout = std::chrono::seconds(60)} {}

std::string SearchServer::Answer::error_type() const {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_object()) {
    return json["error"].value("type", "error");
  }
  return "error";
}

std::unexpected<Error> SearchServer::unavailable(std::string detail) {
  return fail(Remedy::retry, "sink.unavailable", "Elasticsearch: " + std::move(detail));
}

Result<SearchServer::Answer> SearchServer::ask(const char* method, const std::string& path,
                                               std::string_view body, const char* type) {
  if (!client_) {
    auto opened = HttpClient::open(options_);
    if (!opened) return unavailable(opened.error().detail);
    client_ = std::move(*opened);
  }
  auto got = client_->request(method, path, body, {{"Content-Type", type}});
  if (!got) return unavailable(got.error().detail);
  Answer answer{got->status, std::move(got->body)};
  if (answer.status == 401 || answer.status == 403 || answer.status == 429 ||
      answer.status >= 500) {
    return unavailable(
        fmt::format("{} {}: {} {}", method, path, answer.status, answer.error_type()));
  }
  return answer;
}

}  // namespace teller
