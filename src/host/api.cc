#include "host/api.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/time.h"
#include "deliver/deliverer.h"
#include "deliver/kept_deliveries.h"
#include "gateway/entries_endpoint.h"
#include "gateway/gateway.h"
#include "gateway/recorder.h"
#include "gateway/recorder_sender.h"
#include "gateway/service_waits.h"
#include "home/home.h"
#include "home/kafka_identity.h"
#include "host/deliveries_route.h"
#include "host/held_back.h"
#include "host/history_routes.h"
#include "host/keep_totals.h"
#include "host/read_routes.h"
#include "host/wait_counted.h"
#include "http/http_server.h"
#include "http/metrics.h"
#include "journal/journal_kafka.h"
#include "log/segments_directory.h"
#include "outcomes/outcomes_endpoint.h"
#include "publish/status.h"
#include "search/search_route.h"
#include "store/store_postgres.h"
#include "store/store_postgres_turn.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

constexpr const char* role = "teller_deliverer";
constexpr const char* identity = "api";
// Shorter than the answer may take (HttpServerOptions).
constexpr std::chrono::milliseconds turn_at_most{20'000};
constexpr std::chrono::milliseconds send_at_most{60'000};

// In the order of the flow: a part uses only those above it.
struct Api {
  Api(const Config& given, const std::function<bool()>& stop, const OnEvent& to)
      : config(given), stop_asked(stop), event(to), segments(given.segments.directory) {}

  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> open_journal(const Config::Kafka& kafka);
  void prepare();
  [[nodiscard]] Result<void> serve();
  [[nodiscard]] Result<void> run();

  const Config& config;
  const std::function<bool()>& stop_asked;
  const OnEvent& event;
  const SystemClock clock;
  DirectorySegments segments;
  FatalFailure failure;  // Of the journal.
  const std::function<void(const Error&)> still = [this](const Error& error) {
    event(Event("api.waiting", error));
  };

  std::unique_ptr<Home> home;
  // Each with a connection of its own: whoever reads never waits for a delivery.
  std::optional<PostgresStore> delivering, reading;
  std::optional<PostgresTurn> turn;
  Metrics metrics;
  std::unique_ptr<Journal> journal;
  std::optional<Recorder> recorder;
  std::optional<RecorderSender> sender;
  std::optional<Deliverer> deliverer;
  std::optional<OutcomeReader> outcomes;
  std::optional<DeliveryHistory> history;
  std::optional<NameSearch> search;
  std::optional<EarlierTotals> earlier_totals;
  std::optional<KeepTotals> keeping_totals;
  std::atomic<const char*> state = "ready";
  std::atomic<HttpServer*> serving = nullptr;
  std::unique_ptr<SenderLimits> limits;
  std::optional<DeliveriesRoute> deliveries;
  std::optional<BodyWorkers> body_workers;
  std::unique_ptr<HttpServer> server;
};

Result<void> Api::open_journal(const Config::Kafka& kafka) {
  KafkaSettings entries = kafka_settings(kafka, identity, kafka.entries);
  entries.on_event = [this](const std::string& text) {
    event(Event::warning("kafka.said").with("text", text));
  };
  const auto kafka_is_there = [&]() -> Result<void> {
    auto opened = open_kafka_journal(entries, home->count.partitions);
    if (!opened) return std::unexpected(std::move(opened.error()));
    journal = std::move(*opened);
    return {};
  };
  return wait_for(kafka_is_there, still, stop_asked);
}

Result<void> Api::open() {
  const auto kafka = need(config, config.kafka, "kafka");
  if (!kafka) return std::unexpected(kafka.error());
  const auto postgres = need(config, config.postgres, "postgres");
  if (!postgres) return std::unexpected(postgres.error());
  if (const auto https = need(config, config.api, "api"); !https) {
    return std::unexpected(https.error());
  }
  auto opened = Home::open(config);
  if (!opened) return std::unexpected(opened.error());
  home = std::move(*opened);
  turn.emplace(postgres->conninfo_as(role));
  for (auto* store : {&delivering, &reading}) {
    store->emplace(postgres->conninfo_as(role));
    const auto is_there = [&] { return (*store)->open(home->count); };
    if (auto there = wait_for(is_there, still, stop_asked); !there) return there;
  }
  return open_journal(*kafka);
}

void Api::prepare() {
  recorder.emplace(home->count, *journal, [this](const Error& error) { failure.report(error); });
  sender.emplace(home->definition(), *recorder, "delivery", send_at_most, stop_asked);
  deliverer.emplace(Deliverer::Parts{
      .definition = home->definition(),
      .store = &*delivering,
      .segments = &segments,
      .sender = &*sender,
      .clock = &clock,
      .counted =
          [this] {
            return wait_counted({.journal = journal.get(),
                                 .store = &*delivering,
                                 .partitions = home->count.partitions,
                                 .stop = stop_asked});
          },
      .keep =
          [this](const DeliveryRow& row, const Delivery& delivery) {
            return keep_delivery(home->deliveries(), row, delivery, home->definition());
          },
      .keep_settled =
          [this](const DeliveryRow& row, std::span<const DeliveredSheet> sheets) {
            return keep_settled(home->deliveries(), row, sheets);
          },
      .turn = [this] { return turn->take(turn_at_most, stop_asked); }});
  outcomes.emplace(
      OutcomeReader::Parts{.definition = home->definition(),
                           .journal = journal.get(),
                           .store = &*reading,
                           .segments = &segments,
                           .is_held_back = [this] { return is_held_back(home->count, *reading); }});
  history.emplace(home->definition(), *reading, segments);
}

Result<void> Api::serve() {
  watch_load(metrics, [this] {
    const HttpServer* now = serving;
    return now != nullptr ? now->load() : HttpServer::Load();
  });
  auto read_limits = sender_limits_of(*config.api, home->rules);
  if (!read_limits) return std::unexpected(read_limits.error());
  limits = std::move(*read_limits);
  deliveries.emplace(*home, *deliverer, limits.get());
  body_workers.emplace();
  HttpRouter router;
  deliveries->add(router);
  const auto elsewhere = [this](const std::string& from, std::function<void()> work) {
    body_workers->run(from, std::move(work));
  };
  add_outcomes_route(router, *outcomes, elsewhere);
  add_history_routes(router, *history, elsewhere);
  search.emplace(home->rules, home->count, home->presentation);
  add_search_route(router, *search, elsewhere);
  earlier_totals.emplace(home->definition(), *reading, *reading, home->earlier_totals(),
                         std::chrono::minutes(config.api->keep_totals_minutes));
  keeping_totals.emplace(*earlier_totals, event);
  add_read_routes(router, home->definition(), *reading, *reading, &*earlier_totals);
  add_health_route(router, [this]() -> Health {
    return {state.load(), home->count.id.hex(), std::string(to_text(home->count.mode)),
            home->count.label};
  });
  add_metrics_route(router, metrics);
  if (publishes_after_close(home->count)) {
    router = held_back(router, [this] { return is_held_back(home->count, *reading); });
  }
  HttpServerOptions options{.listen = config.api->listen,
                            .certificate = config.api->certificate,
                            .key = config.api->key,
                            .client_ca = config.api->client_ca,
                            .tokens = config.api->tokens,
                            .page_origins = config.api->page_origins,
                            .senders = config.api->senders};
  count_requests(options, router, metrics);
  auto started = HttpServer::start(std::move(options), std::move(router));
  if (!started) return std::unexpected(std::move(started.error()));
  server = std::move(*started);
  serving = server.get();
  event(Event::info("api.started")
            .with("count", home->count.id.hex())
            .with("mode", to_text(home->count.mode))
            .with("url", server->url()));
  return {};
}

Result<void> Api::run() {
  if (auto opened = open(); !opened) return opened;
  if (stop_asked()) return {};
  prepare();
  if (auto served = serve(); !served) return served;
  auto result = failure.until_stopped(stop_asked);
  state = "stopping";
  event(Event::info("api.stopping"));
  server->stop(35s);
  return result;
}

}  // namespace

Result<void> run_api(const Config& config, const std::function<bool()>& stop_asked,
                     const OnEvent& event) {
  return Api(config, stop_asked, event).run();
}

}  // namespace teller
