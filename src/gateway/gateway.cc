#include "gateway/gateway.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include "gateway/service_waits.h"
#include "home/home.h"
#include "home/kafka_identity.h"
#include "journal/journal_kafka.h"

namespace teller {

Result<std::unique_ptr<SenderLimits>> sender_limits_of(const Config::Https& https,
                                                       const Rules& rules) {
  if (https.sender_limits.empty()) return nullptr;
  return SenderLimits::read(https.sender_limits, rules, {});
}

using namespace std::chrono_literals;

HttpRouter gateway_router(const Definition& definition, Recorder& recorder, Metrics& metrics,
                          std::function<Health()> health, BodyWorkers* workers,
                          SenderLimits* limits) {
  HttpRouter router;
  add_entries_route(router, definition, recorder, metrics, workers, limits);
  add_health_route(router, std::move(health));
  add_metrics_route(router, metrics);
  return router;
}

Result<void> run_gateway(const Config& config, const std::function<bool()>& stop_asked,
                         const OnEvent& event) {
  const auto settings = need(config, config.gateway, "gateway");
  if (!settings) return std::unexpected(settings.error());
  const auto kafka = need(config, config.kafka, "kafka");
  if (!kafka) return std::unexpected(kafka.error());
  const auto home = Home::open(config);
  if (!home) return std::unexpected(home.error());
  const CountFile& count = (*home)->count;
  const auto limits = sender_limits_of(*settings, (*home)->rules);
  if (!limits) return std::unexpected(limits.error());

  KafkaSettings entries = kafka_settings(*kafka, "gateway", kafka->entries);
  entries.on_event = [event](const std::string& text) {
    event(Event::warning("kafka.said").with("text", text));
  };
  // What the journal's callbacks touch is made before it and goes after it.
  FatalFailure failure;
  Metrics metrics;
  std::unique_ptr<Journal> journal;
  const auto kafka_is_there = [&]() -> Result<void> {
    auto opened = open_kafka_journal(entries, count.partitions);
    if (!opened) return std::unexpected(std::move(opened.error()));
    journal = std::move(*opened);
    return {};
  };
  const auto still = [&](const Error& error) { event(Event("gateway.waiting", error)); };
  if (auto there = wait_for(kafka_is_there, still, stop_asked); !there) return there;
  if (!journal) return {};  // It was told to stop.

  Recorder recorder(count, *journal, [&](const Error& error) { failure.report(error); });
  std::atomic<const char*> state = "ready";
  HttpServerOptions options{.listen = settings->listen,
                            .certificate = settings->certificate,
                            .key = settings->key,
                            .client_ca = settings->client_ca,
                            .tokens = settings->tokens,
                            .senders = settings->senders};
  std::atomic<HttpServer*> serving = nullptr;
  const auto load = [&serving] {
    const HttpServer* server = serving;
    return server != nullptr ? server->load() : HttpServer::Load();
  };
  watch_load(metrics, load);

  BodyWorkers workers;
  HttpRouter router = gateway_router((*home)->definition(), recorder, metrics,
                                     [&state, &count] {
                                       return Health{state.load(), count.id.hex(),
                                                     std::string(to_text(count.mode)), count.label};
                                     },
                                     &workers, limits->get());
  count_requests(options, router, metrics);
  auto started = HttpServer::start(std::move(options), std::move(router));
  if (!started) return std::unexpected(std::move(started.error()));
  const std::unique_ptr<HttpServer> server = std::move(*started);
  serving = server.get();
  event(Event::info("gateway.started")
            .with("count", count.id.hex())
            .with("mode", to_text(count.mode))
            .with("url", server->url()));

  auto result = failure.until_stopped(stop_asked);
  state = "stopping";
  event(Event::info("gateway.stopping"));  // Lets what has begun finish.
  server->stop(35s);
  return result;
}

}  // namespace teller
