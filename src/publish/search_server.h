// HTTPS to one Elasticsearch, kept open between requests: what sink_elasticsearch.h and
// search_indices.h speak through.
//
// An error never quotes a document or a password. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/http_client.h"

namespace teller {

class SearchServer {
 public:
  struct Place {
    std::string url;  // https://host:port
    std::filesystem::path ca;
    std::string user;
    std::filesystem::path password_file;  // Read before each request.
    std::string count_name = {};          // In the names of indices (search_indices.h); often none.
    std::int32_t shards = 1;              // Of the index of totals (search_indices.h).
  };
  explicit SearchServer(const Place& place);

  struct Answer {
    unsigned status = 0;
    std::string body;
    [[nodiscard]] bool good() const { return status >= 200 && status < 300; }
    // The type of the error in it; never its reason, which may quote a document.
    [[nodiscard]] std::string error_type() const;
  };

  // Errors: retry sink.unavailable, whatever it was. No answer, a file that cannot be read, a server
  // that is not trusted (somebody may be mending it); or an answer about us or the server: 401, 403,
  // 429, 5xx. What was sent and not answered may be sent again: documents have ids and versions.
  [[nodiscard]] Result<Answer> ask(const char* method, const std::string& path,
                                   std::string_view body = {},
                                   const char* type = "application/json");

  [[nodiscard]] static std::unexpected<Error> unavailable(std::string detail);

 private:
  HttpClientOptions options_;
  std::optional<HttpClient> client_;  // From the first request on: its files may come later.
};

}  // namespace teller
