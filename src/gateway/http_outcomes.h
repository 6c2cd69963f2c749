// Asks POST /v1/outcomes of `teller serve`. Asks again while the other side is away.
//
// Not thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "gateway/wait_told.h"
#include "http/http_client.h"
#include "outcomes/outcome_reader.h"

namespace teller {

class HttpOutcomes {
 public:
  // As HttpSender::open(). Errors: reject http.client_invalid.
  [[nodiscard]] static Result<HttpOutcomes> open(
      const HttpClientOptions& options, std::chrono::milliseconds give_up_after,
      std::function<bool()> stop, std::function<void(const std::string&)> event = {});

  // Asks about at most outcomes_asked_max records.
  // Errors: reject outcomes.elsewhere (the other side does not know what becomes of entries: a
  // gateway), load.not_allowed; stop load.gave_up.
  [[nodiscard]] Result<OutcomesAnswer> ask(std::span<const RecordPlace> records);

 private:
  HttpOutcomes(HttpClient client, std::chrono::milliseconds give_up_after,
               std::function<bool()> stop, std::function<void(const std::string&)> event)
      : client_(std::move(client)),
        give_up_after_(give_up_after),
        stop_(std::move(stop)),
        told_(std::make_unique<WaitTold>(std::move(event))) {}

  HttpClient client_;
  std::chrono::milliseconds give_up_after_;
  std::function<bool()> stop_;
  std::unique_ptr<WaitTold> told_;
};

}  // namespace teller
