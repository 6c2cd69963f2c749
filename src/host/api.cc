#include "host/api.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/repeating.h"
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
#include "host/entering_routes.h"
#include "host/held_back.h"
#include "host/history_routes.h"
#include "host/keep_totals.h"
#include "host/officer_routes.h"
#include "host/provider_keys.h"
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
constexpr std::chrono::milliseconds turn_at_most{20'000}, decide_turn_at_most{10'000};
constexpr std::chrono::milliseconds sheet_turn_at_most{10'000};
// A sheet that is ready at a process that died is delivered this much later at most.
constexpr std::chrono::milliseconds ready_sheets_every{5'000};
constexpr std::chrono::milliseconds send_at_most{60'000};
constexpr unsigned officer_threads = 4;

// In the order of the flow: a part uses only those above it.
struct Api {
  Api(const Config& given, const CheckRules& of_sheets, const std::function<bool()>& stop,
      const OnEvent& to)
      : config(given),
        checks(of_sheets),
        stop_asked(stop),
        event(to),
        segments(given.segments.directory) {}

  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> open_journal(const Config::Kafka& kafka);
  void prepare();
  [[nodiscard]] Result<void> prepare_officers(const RunElsewhere& elsewhere);
  void prepare_entering();
  // Until what the journal holds now is counted. Errors: those of wait_counted().
  [[nodiscard]] Result<void> wait_for_delivery();
  [[nodiscard]] Result<void> wait_for_decision();
  [[nodiscard]] Result<void> serve();
  [[nodiscard]] Result<void> run();

  const Config& config;
  const CheckRules& checks;
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
  std::optional<PostgresTurn> turn, decide_turn, sheet_turn, ready_turn;
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
  std::unique_ptr<KnownProvider> provider;
  std::optional<OfficerRoutes> officers;
  std::optional<EnteringRoutes> entering;
  // Ends before them: it delivers what is ready.
  std::optional<Repeating> delivering_ready;
  // A decision waits until it is counted: who only reads does not wait for it.
  std::optional<BodyWorkers> body_workers, officer_workers;
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
  decide_turn.emplace(postgres->conninfo_as(role), TurnAt::decisions);
  sheet_turn.emplace(postgres->conninfo_as(role), TurnAt::sheets);
  ready_turn.emplace(postgres->conninfo_as(role), TurnAt::ready_sheets);
  for (auto* store : {&delivering, &reading}) {
    store->emplace(postgres->conninfo_as(role), PostgresPatience{}, AuditLines::of_requests);
    const auto is_there = [&] { return (*store)->open(home->count); };
    if (auto there = wait_for(is_there, still, stop_asked); !there) return there;
  }
  return open_journal(*kafka);
}

Result<void> Api::wait_for_delivery() {
  return wait_counted({.journal = journal.get(),
                       .store = &*delivering,
                       .partitions = home->count.partitions,
                       .stop = stop_asked});
}

// What is not counted in time is recorded all the same: the answer says which of the two it is. A turn
// lasts no longer than PostgreSQL lets a transaction do nothing.
Result<void> Api::wait_for_decision() {
  const auto counted = wait_counted({.journal = journal.get(),
                                     .store = &*reading,
                                     .partitions = home->count.partitions,
                                     .stop = stop_asked,
                                     .still_max = 20s,
                                     .at_most = 45s});
  if (!counted && counted.error().code == Code("delivery.not_counted_yet")) return {};
  return counted;
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
      .counted = [this] { return wait_for_delivery(); },
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

// What persons ask and hand in: what `teller serve` takes.
Result<void> Api::prepare_officers(const RunElsewhere& elsewhere) {
  if (!config.api->persons.empty()) {
    auto read = KnownProvider::read(config.api->persons, event);
    if (!read) return std::unexpected(read.error());
    provider = std::move(*read);
  }
  officers.emplace(OfficerRoutes::Parts{
      .home = home.get(),
      .store = &*reading,
      .recorder = &*recorder,
      .outcomes = &*outcomes,
      .approvals = &*reading,
      .clock = &clock,
      .counted = [this] { return wait_for_decision(); },
      .stop = stop_asked,
      .elsewhere = elsewhere,
      .patience = std::chrono::hours(config.api->approval_hours),
      .provider = provider ? &provider->provider : nullptr,
      .provider_keys = provider ? &provider->keys : nullptr,
      .turn = [this] { return decide_turn->take(decide_turn_at_most, stop_asked); }});
  return {};
}

// Sheets that two people type, at whichever process they ask. Whoever typed the second time waits for Spark no longer
// than he has patience; what is ready is delivered all the same.
void Api::prepare_entering() {
  entering.emplace(EnteringRoutes::Parts{
      .home = home.get(),
      .officers = &*officers,
      .rows = &*reading,
      .deliverer = &*deliverer,
      .clock = &clock,
      .checks = &checks,
      .stage = [this]() -> Result<Stage> {
        const auto reached = stage_reached(home->count, *reading, ~std::uint64_t{0});
        if (!reached) return std::unexpected(reached.error());
        return reached->all;
      },
      .event = event,
      .turn = [this] { return sheet_turn->take(sheet_turn_at_most, stop_asked); },
      .delivery_turn = [this] { return ready_turn->take(turn_at_most, stop_asked); },
      .deliver_soon =
          [this] {
            if (delivering_ready) delivering_ready->wake();
          }});
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
  officer_workers.emplace(officer_threads);
  auto prepared = prepare_officers([this](const std::string& from, std::function<void()> work) {
    officer_workers->run(from, std::move(work));
  });
  if (!prepared) return prepared;
  officers->add(router);
  prepare_entering();
  entering->add(router);
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
  options.person_of = [this](std::string_view authorization) {
    return officers->person_of(authorization);
  };
  count_requests(options, router, metrics);
  delivering_ready.emplace(
      [this] {
        entering->deliver_ready();
        return true;
      },
      Repeating::Options{.pause = ready_sheets_every, .once_more_at_the_end = false});
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

Result<void> run_api(const Config& config, const CheckRules& checks,
                     const std::function<bool()>& stop_asked, const OnEvent& event) {
  return Api(config, checks, stop_asked, event).run();
}

}  // namespace teller
