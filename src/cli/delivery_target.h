// Where `teller import` and `teller feed` deliver to: a count in this process, or a `teller serve`
// or `teller api` elsewhere.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/command.h"
#include "deliver/delivery.h"
#include "deliver/delivery_history.h"
#include "election/definition.h"
#include "http/http_client.h"

namespace teller::cli {

struct DeliverOptions {
  HttpClientOptions to;  // Without a URL: into --home.
  std::string source, at, reason;
  bool correct = false, withdraw = false;
};
// Adds --to and how to be known there, and --source.
void add_target_options(CLI::App* command, DeliverOptions& options);
// Those, and --at, --correct, --withdraw and --reason.
void add_deliver_options(CLI::App* command, DeliverOptions& options);

class DeliveryTarget {
 public:
  virtual ~DeliveryTarget() = default;
  [[nodiscard]] virtual Definition definition() const = 0;
  // The report, as report_json() of deliver/delivery_json.h makes it, when all that was sent is
  // counted. Errors: those of Deliverer and DeliveryClient.
  [[nodiscard]] virtual Result<std::string> deliver(const Delivery& delivery) = 0;
  // The history of these sheets, as DeliveryHistory::sheets() tells it. Errors: its, and those of
  // DeliveryClient.
  [[nodiscard]] virtual Result<std::string> history(const SheetsAsked& asked) = 0;
  // States what was counted. Once, at the end. Errors: those of HomeCounting::finish().
  [[nodiscard]] virtual Result<void> finish() = 0;
};

// Errors: those of HomeCounting and DeliveryClient.
[[nodiscard]] Result<std::unique_ptr<DeliveryTarget>> open_delivery_target(
    const DeliverOptions& options, const std::string& home);

// A delivery as the options say it, without its sheets. `usual_source` stands where there is no
// --source. Errors: reject delivery.invalid.
[[nodiscard]] Result<Delivery> delivery_of(const DeliverOptions& options,
                                           const std::string& usual_source,
                                           const std::string& file);

}  // namespace teller::cli
