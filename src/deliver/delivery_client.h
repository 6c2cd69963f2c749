// Delivers to a `teller serve` or `teller api` elsewhere: its count and rules, and POST /v1/deliveries.
// The same delivery again is safe, so it is sent until there is an answer.
//
// Not thread-safe. Called by `teller import --to`.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "deliver/delivery.h"
#include "deliver/delivery_history.h"
#include "election/count_file.h"
#include "election/rules.h"
#include "http/http_client.h"

namespace teller {

class DeliveryClient {
 public:
  struct Options {
    HttpClientOptions to;
    std::chrono::milliseconds give_up_after{300'000};
    std::function<bool()> stop = {};
    std::function<void(const std::string&)> event = {};  // That it waits, and goes on.
  };
  // Asks which count it is. Errors: reject http.client_invalid, delivery.not_allowed; stop
  // delivery.gave_up; those of Rules and CountFile.
  [[nodiscard]] static Result<std::unique_ptr<DeliveryClient>> open(Options options);

  [[nodiscard]] const CountFile& count() const { return count_; }
  [[nodiscard]] const Rules& rules() const { return rules_; }

  // The answer's JSON, as report_json() makes it; of one that is larger than a request may be, the
  // reports of its parts as one (delivery_parts.h). Errors: as open(), and the server's own as reject.
  [[nodiscard]] Result<std::string> deliver(const Delivery& delivery);

  // The history of these sheets, as DeliveryHistory::sheets() tells it. Errors: as deliver().
  [[nodiscard]] Result<std::string> sheets(const SheetsAsked& asked);

 private:
  DeliveryClient(Options options, HttpClient client)
      : options_(std::move(options)), client_(std::move(client)) {}
  // Sends until there is an answer that says more than to send again.
  [[nodiscard]] Result<std::string> ask(std::string_view method, std::string_view path,
                                        std::string_view body);

  Options options_;
  HttpClient client_;
  CountFile count_;
  Rules rules_;
};

}  // namespace teller
