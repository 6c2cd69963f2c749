// Sends entries to POST /v1/entries of a gateway or of `teller serve`.
//
// Each thread that sends has a connection of its own (they are kept and used again), since order
// holds within one connection.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gateway/entry_sender.h"
#include "gateway/wait_told.h"
#include "http/http_client.h"

namespace teller {

class HttpSender : public EntrySender {
 public:
  // `stop` may be empty. `event` is told, from any thread, that the other side is away and sent to
  // again, and when it is back. Errors: reject http.client_invalid.
  [[nodiscard]] static Result<std::unique_ptr<HttpSender>> open(
      HttpClientOptions options, std::chrono::milliseconds give_up_after,
      std::function<bool()> stop, std::function<void(const std::string&)> event = {});

  [[nodiscard]] Result<Sent> send(const EntryBody& body) override;

 private:
  HttpSender(HttpClientOptions options, std::chrono::milliseconds give_up_after,
             std::function<bool()> stop, std::function<void(const std::string&)> event)
      : options_(std::move(options)),
        give_up_after_(give_up_after),
        stop_(std::move(stop)),
        told_(std::move(event)) {}
  Result<HttpClient> take();

  const HttpClientOptions options_;
  const std::chrono::milliseconds give_up_after_;
  const std::function<bool()> stop_;
  WaitTold told_;
  std::mutex mutex_;
  std::vector<HttpClient> idle_;
};

}  // namespace teller
