// Sends entries to POST /v1/entries of a gateway or of `teller serve`.
//
// Each thread that sends has a connection of its own (they are kept and used again), since order
// holds within one connection.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "gateway/entry_sender.h"
#include "http/http_client.h"

namespace teller {

class HttpSender : public EntrySender {
 public:
  // `stop` may be empty. Errors: reject http.client_invalid.
  [[nodiscard]] static Result<std::unique_ptr<HttpSender>> open(
      HttpClientOptions options, std::chrono::milliseconds give_up_after,
      std::function<bool()> stop);

  [[nodiscard]] Result<Sent> send(const EntryBody& body) override;

 private:
  HttpSender(HttpClientOptions options, std::chrono::milliseconds give_up_after,
             std::function<bool()> stop)
      : options_(std::move(options)), give_up_after_(give_up_after), stop_(std::move(stop)) {}
  Result<HttpClient> take();

  const HttpClientOptions options_;
  const std::chrono::milliseconds give_up_after_;
  const std::function<bool()> stop_;
  std::mutex mutex_;
  std::vector<HttpClient> idle_;
};

}  // namespace teller
