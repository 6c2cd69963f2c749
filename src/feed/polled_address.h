// An address that is asked again and again. What has not changed costs nothing: it is asked with the
// ETag and the time of what came last, and the same bytes again are nothing new.
//
// The body is held in memory, and in no file that a crash would leave behind. A body that is cut off, an
// answer that is no 200 and a server that is away are troubles; the next look asks again.
//
// Troubles of look(): as of HttpClient; retry feed.no_results. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "base/file.h"
#include "base/hash.h"
#include "feed/feed_source.h"
#include "http/http_client.h"

namespace teller {

class PolledAddress final : public FeedSource {
 public:
  // `url` with its path: https://results.example/night/all.csv?x=1. `how` says whom to trust and who we
  // are; its own address is not looked at. Errors: reject http.client_invalid.
  [[nodiscard]] static Result<PolledAddress> open(const std::string& url, HttpClientOptions how);

  [[nodiscard]] Look look(std::int64_t now_us) override;
  [[nodiscard]] bool is_unchanged(const FeedFile&) override { return true; }
  void offer_again(const FeedFile&) override { is_given_ = false; }

  static constexpr std::size_t body_bytes_max = std::size_t{256} << 20;

 private:
  PolledAddress(HttpClient client, std::string path, std::string name)
      : client_(std::move(client)), path_(std::move(path)), name_(std::move(name)) {}
  [[nodiscard]] Result<void> write_file_of(const std::string& body);

  HttpClient client_;
  std::string path_, name_;  // Of the address: what follows the host; its last part.
  std::string etag_, last_modified_;
  std::optional<Hash> body_;  // Of what came last.
  Descriptor file_;           // Which holds it.
  std::optional<std::int64_t> modified_at_us_;
  bool is_given_ = true;
};

}  // namespace teller
