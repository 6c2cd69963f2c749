#include "gateway/gateway.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "home/home.h"
#include "home/kafka_identity.h"
#include "journal/journal_kafka.h"

namespace teller {

using namespace std::chrono_literals;

HttpRouter gateway_router(const Definition& definition, Recorder& recorder, Metrics& metrics,
                          std::function<Health()> health, BodyWorkers* workers) {
  HttpRouter router;
  add_entries_route(router, definition, recorder, metrics, workers);
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

  KafkaSettings entries = kafka_settings(*kafka, "gateway", kafka->entries);
  entries.on_event = [event](const std::string& text) {
    event(Event::warning("kafka.said").with("text", text));
  };
  // What the journal's callbacks touch is made before it and goes after it.
  std::mutex mutex;
  std::optional<Error> failure;
  Metrics metrics;
  std::unique_ptr<Journal> journal;
  while (!journal) {
    auto opened = open_kafka_journal(entries, count.partitions);
    if (opened) {
      journal = std::move(*opened);
    } else if (opened.error().remedy != Remedy::retry) {
      return std::unexpected(std::move(opened.error()));
    } else {
      event(Event("gateway.waiting", opened.error()));
      for (int i = 0; i < 10 && !stop_asked(); ++i) std::this_thread::sleep_for(100ms);
      if (stop_asked()) return {};
    }
  }

  Recorder recorder(count, *journal, [&](const Error& error) {
    const std::scoped_lock lock(mutex);
    failure = error;
  });
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
                                     &workers);
  count_requests(options, router, metrics);
  auto started = HttpServer::start(std::move(options), std::move(router));
  if (!started) return std::unexpected(std::move(started.error()));
  const std::unique_ptr<HttpServer> server = std::move(*started);
  serving = server.get();
  event(Event::info("gateway.started")
            .with("count", count.id.hex())
            .with("mode", to_text(count.mode))
            .with("url", server->url()));

  Result<void> result;
  while (!stop_asked()) {
    std::this_thread::sleep_for(100ms);
    const std::scoped_lock lock(mutex);
    if (!failure) continue;
    result = std::unexpected(*failure);
    break;
  }
  state = "stopping";
  event(Event::info("gateway.stopping"));  // Lets what has begun finish.
  server->stop(35s);
  return result;
}

}  // namespace teller
