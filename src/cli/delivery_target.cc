#include "cli/delivery_target.h"

#include <filesystem>
#include <utility>

#include "base/time.h"
#include "cli/served_home.h"
#include "deliver/delivery_client.h"
#include "deliver/delivery_json.h"
#include "host/home_counting.h"
#include "host/stop_signals.h"

namespace teller::cli {
namespace {

class InThisProcess final : public DeliveryTarget {
 public:
  explicit InThisProcess(std::unique_ptr<HomeCounting> counting) : counting_(std::move(counting)) {}
  [[nodiscard]] Definition definition() const override { return counting_->home().definition(); }
  [[nodiscard]] Result<std::string> deliver(const Delivery& delivery) override {
    const auto report = counting_->deliverer().deliver(delivery);
    if (!report) return std::unexpected(report.error());
    return report_json(delivery, *report, {}, counting_->home().rules);
  }
  [[nodiscard]] Result<std::string> history(const SheetsAsked& asked) override {
    if (auto may = counting_->may_tell(); !may) return std::unexpected(may.error());
    return counting_->history().sheets(asked);
  }
  [[nodiscard]] Result<void> finish() override { return counting_->finish(); }

 private:
  std::unique_ptr<HomeCounting> counting_;
};

class Elsewhere final : public DeliveryTarget {
 public:
  explicit Elsewhere(std::unique_ptr<DeliveryClient> client) : client_(std::move(client)) {}
  [[nodiscard]] Definition definition() const override {
    return {&client_->rules(), &client_->count()};
  }
  [[nodiscard]] Result<std::string> deliver(const Delivery& delivery) override {
    return client_->deliver(delivery);
  }
  [[nodiscard]] Result<std::string> history(const SheetsAsked& asked) override {
    return client_->sheets(asked);
  }
  [[nodiscard]] Result<void> finish() override { return {}; }

 private:
  std::unique_ptr<DeliveryClient> client_;
};

}  // namespace

void add_target_options(CLI::App* command, DeliverOptions& options) {
  command
      ->add_option("--to", options.to.url,
                   "Deliver to a running `teller serve` or `teller api`, https://host:port or "
                   "http://127.0.0.1:18400")
      ->type_name("URL");
  command
      ->add_option("--token-file", options.to.token_file,
                   "A file with the token that says who we are; of `teller serve`, DIR/token")
      ->type_name("FILE");
  command->add_option("--ca", options.to.ca, "Whose certificates to trust (PEM)")
      ->type_name("FILE");
  command->add_option("--certificate", options.to.certificate, "Who we are (PEM)")
      ->type_name("FILE");
  command->add_option("--key", options.to.key, "Its private key (PEM)")->type_name("FILE");
  command
      ->add_option("--source", options.source,
                   "Whose figures these are; else the name of the mapping")
      ->type_name("NAME");
}

void add_deliver_options(CLI::App* command, DeliverOptions& options) {
  add_target_options(command, options);
  command
      ->add_option("--at", options.at,
                   "When the figures were true, 2026-05-03T21:00+02:00; else when the file was "
                   "changed last, or for one that was delivered before, as then; of a correction "
                   "or withdrawal now")
      ->type_name("TIME");
  auto* const correct = command->add_flag("--correct", options.correct,
                                          "Figures that stand were wrong: these replace them");
  command
      ->add_flag("--withdraw", options.withdraw,
                 "Take the figures of this file away again; they do not belong there")
      ->excludes(correct);
  command->add_option("--reason", options.reason, "Why it is corrected or withdrawn")
      ->type_name("TEXT");
}

Result<std::unique_ptr<DeliveryTarget>> open_delivery_target(const DeliverOptions& options,
                                                             const std::string& home) {
  install_stop_signals();
  HttpClientOptions to = options.to;
  if (to.url.empty()) {
    auto counting = HomeCounting::open(home, say_event);
    if (counting) return std::make_unique<InThisProcess>(std::move(*counting));
    const auto served = served_instead(home, counting.error());
    if (!served) return std::unexpected(std::move(counting.error()));
    to = *served;
  }
  auto client = DeliveryClient::open({.to = to, .stop = stop_asked, .event = say_event});
  if (!client) return std::unexpected(std::move(client.error()));
  return std::make_unique<Elsewhere>(std::move(*client));
}

Result<Delivery> delivery_of(const DeliverOptions& options, const std::string& usual_source,
                             const std::string& file) {
  Delivery delivery;
  delivery.source = options.source.empty() ? usual_source : options.source;
  delivery.file = std::filesystem::path(file).filename().string();
  delivery.reason = options.reason;
  delivery.sender = "file";
  if (options.correct) delivery.act = Sheet::Act::correction;
  if (options.withdraw) delivery.act = Sheet::Act::withdrawal;
  if (!options.reason.empty() && delivery.act == Sheet::Act::update) {
    return fail(Remedy::reject, "delivery.invalid",
                "--reason is for --correct and --withdraw: newer figures need none");
  }
  if (!options.at.empty()) {
    delivery.figures_at_us = parse_time(options.at);
    if (!delivery.figures_at_us) {
      return fail(Remedy::reject, "delivery.invalid",
                  "--at is a time with its zone, as 2026-05-03T21:00+02:00");
    }
  }
  return delivery;
}

}  // namespace teller::cli
