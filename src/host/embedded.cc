#include "host/embedded.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "base/repeating.h"
#include "base/time.h"
#include "decide/approval_files.h"
#include "entering/entered_files.h"
#include "gateway/entries_endpoint.h"
#include "gateway/recorder.h"
#include "gateway/recorder_sender.h"
#include "host/alarms.h"
#include "host/check_loop.h"
#include "host/deliveries_route.h"
#include "host/entering_routes.h"
#include "host/held_back.h"
#include "host/history_routes.h"
#include "host/home_deliverer.h"
#include "host/keep_totals.h"
#include "host/log_endpoint.h"
#include "host/log_follower.h"
#include "host/officer_routes.h"
#include "host/opened_home.h"
#include "host/read_routes.h"
#include "host/stop_signals.h"
#include "http/http_server.h"
#include "http/metrics.h"
#include "operate/reconcile_loop.h"
#include "outcomes/outcomes_endpoint.h"
#include "publish/certified_result.h"
#include "publish/sink_static_files.h"
#include "publish/status.h"
#include "search/search_route.h"
#include "store/store_sqlite.h"
#include "store/store_views.h"

namespace teller {

using namespace std::chrono_literals;

// In the order of the flow: a part uses only those above it.
struct Embedded::Parts : OpenedHome {
  explicit Parts(Options given) : options(std::move(given)) {}
  ~Parts() { end_threads(); }

  [[nodiscard]] Result<void> open_to_read();
  [[nodiscard]] Result<void> prepare_publisher();
  [[nodiscard]] Result<void> start_counting();
  void start_publishing();
  void start_following();
  void start_reconciling();
  void start_keeping();
  [[nodiscard]] Result<void> read_sender_limits();
  void prepare_deliveries();
  [[nodiscard]] Result<void> prepare_officers(const RunElsewhere& elsewhere);
  [[nodiscard]] Result<void> start_checking();
  void watch_all();
  [[nodiscard]] Result<void> start_serving();
  void end_threads();

  void failed(const Error& error);
  [[nodiscard]] bool publish_once();
  void say_held_back(bool held_back);
  void tell_result();
  void tell_reconciled(const Result<Reconciliation>& result);

  const Options options;
  const SystemClock clock;
  std::atomic<bool> broken{false};

  // Connections to the file of `store`, so that committing never waits for reading (WAL): that of
  // requests and statements, and one each for the public log and the reconciler, which read long.
  std::unique_ptr<Store> reading, following, comparing;
  std::unique_ptr<Signer> signer;
  std::optional<Publisher> publisher;

  std::unique_ptr<Engine> engine;
  std::optional<Repeating> publishing;
  // Of the publisher's thread; what a process before it said is not known.
  std::optional<bool> said_held_back;
  bool result_told = false;
  std::optional<LogFiles> log_files;
  std::optional<LogFollower> log_following;
  std::optional<Reconciler> reconciler;
  std::string disagreement;  // What the reconciler said last; empty when everything agreed.
  std::optional<ReconcileLoop> reconciling;
  std::unique_ptr<Alarms> alarms;
  std::optional<CheckLoop> checking;
  Metrics metrics;
  std::optional<Recorder> recorder;
  std::optional<RecorderSender> delivery_sender;
  std::unique_ptr<SenderLimits> limits;
  std::optional<Deliverer> deliverer;
  std::optional<DeliveryHistory> history;
  std::optional<DeliveriesRoute> deliveries;
  std::optional<NameSearch> search;
  std::optional<EarlierTotals> earlier_totals;
  std::optional<KeepTotals> keeping_totals;
  std::optional<OutcomeReader> outcomes;
  std::unique_ptr<KnownProvider> provider;
  std::unique_ptr<ApprovalFiles> approvals;
  std::optional<OfficerRoutes> officers;
  std::optional<EnteredFiles> entered;
  std::optional<EnteringRoutes> entering;
  std::optional<BodyWorkers> body_workers;
  std::unique_ptr<HttpServer> server;
  ServedNotice notice;  // While it answers.
  std::atomic<const HttpServer*> serving = nullptr;
};

Result<void> Embedded::Parts::open_to_read() {
  // Statements are written through `reading`; the other two only look.
  for (const auto& [connection, read_only] :
       {std::pair(&reading, false), std::pair(&following, true), std::pair(&comparing, true)}) {
    auto another = SqliteStore::open_file(home->store(), read_only);
    if (!another) return std::unexpected(another.error());
    *connection = std::move(*another);
    if (auto right = (*connection)->open(home->count); !right) return right;
  }
  return {};
}

Result<void> Embedded::Parts::prepare_publisher() {
  if (!options.publish) return {};
  auto key = home->signer();
  if (!key) return std::unexpected(key.error());
  signer = std::move(*key);
  return make_publisher(*reading, *signer, publisher);
}

Result<void> Embedded::Parts::start_counting() {
  auto started = start_engine(
      clock, [this](const Error& error) { failed(error); },
      [this](const Error& error) { options.event(Event("count.trouble", error)); });
  if (!started) return std::unexpected(started.error());
  engine = std::move(*started);
  return {};
}

void Embedded::Parts::start_publishing() {
  if (publisher) publishing.emplace([this] { return publish_once(); }, Repeating::Options{});
}

// The public log follows behind, when nobody else needs the processor.
void Embedded::Parts::start_following() {
  if (!publisher) return;
  log_files.emplace(home->published() / log_folder, home->count, *following, *segments);
  log_following.emplace(*log_files, options.event,
                        [this] { return may_publish(home->count, *following); });
}

// Whether everything here says the same, once a minute.
void Embedded::Parts::start_reconciling() {
  Reconciler::Parts places;
  places.home = home.get();
  places.store = comparing.get();
  places.segments = segments.get();
  places.journal = journal.get();
  if (publisher) {
    places.readers.push_back(
        {"static files", [this](bool totals) -> Result<ReadBack> {
           if (auto may = may_publish(home->count, *comparing); !may) {
             return std::unexpected(may.error());
           }
           return StaticFilesSink(home->published(), home->rules, home->count).read_back(totals);
         }});
  }
  places.readers.push_back({"pub_* views", [this](bool totals) -> Result<ReadBack> {
                              if (auto may = may_publish(home->count, *comparing); !may) {
                                return std::unexpected(may.error());
                              }
                              return read_back_sqlite(home->store(), home->count.id, home->rules,
                                                      totals);
                            }});
  reconciler.emplace(std::move(places));
  reconciling.emplace(ReconcileLoop::Options{
      .run = [this](Reconciler::Wanted wanted) { return reconciler->run(wanted); },
      .wanted = {.entries = true},
      .told = [this](const Result<Reconciliation>& result) { tell_reconciled(result); }});
}

// Figures of now, for who asks for them later.
void Embedded::Parts::start_keeping() {
  earlier_totals.emplace(home->definition(), *reading, *reading, home->earlier_totals(),
                         options.keep_totals);
  keeping_totals.emplace(*earlier_totals, options.event);
}

Result<void> Embedded::Parts::read_sender_limits() {
  if (options.sender_limits.empty()) return {};
  SenderLimits::Host host;
  if (!home->count.officers.empty()) {
    host.stage = [this]() -> Result<Stage> {
      const auto reached = stage_reached(home->count, *reading, ~std::uint64_t{0});
      if (!reached) return std::unexpected(reached.error());
      return voting_stage(*reached);
    };
  }
  auto read = SenderLimits::read(options.sender_limits, home->rules, std::move(host));
  if (!read) return std::unexpected(read.error());
  limits = std::move(*read);
  return {};
}

// Result sheets that are compared with what stands before they are recorded.
void Embedded::Parts::prepare_deliveries() {
  delivery_sender.emplace(home->definition(), *recorder, "delivery", 60s, stop_asked);
  deliverer.emplace(home_deliverer(*home, *reading, *segments, *delivery_sender, clock, *engine));
  deliveries.emplace(*home, *deliverer, limits.get());
  history.emplace(home->definition(), *reading, *segments);
}

// What persons ask and hand in; they are known by tokens of their own.
Result<void> Embedded::Parts::prepare_officers(const RunElsewhere& elsewhere) {
  if (!options.persons.empty()) {
    auto read = KnownProvider::read(options.persons, options.event);
    if (!read) return std::unexpected(read.error());
    provider = std::move(*read);
  }
  auto waiting = ApprovalFiles::open(home->officers() / "approvals");
  if (!waiting) return std::unexpected(waiting.error());
  approvals = std::move(*waiting);
  officers.emplace(OfficerRoutes::Parts{.home = home.get(),
                                        .store = reading.get(),
                                        .recorder = &*recorder,
                                        .outcomes = &*outcomes,
                                        .approvals = approvals.get(),
                                        .clock = &clock,
                                        .counted = [this] { return engine->drain(); },
                                        .stop = stop_asked,
                                        .elsewhere = elsewhere,
                                        .patience = std::chrono::hours(options.approval_hours),
                                        .provider = provider ? &provider->provider : nullptr,
                                        .provider_keys = provider ? &provider->keys : nullptr});
  entered.emplace(home->path / EnteredFiles::folder_name);
  entering.emplace(EnteringRoutes::Parts{.home = home.get(),
                                         .officers = &*officers,
                                         .rows = &*entered,
                                         .deliverer = &*deliverer,
                                         .clock = &clock,
                                         .checks = &options.check_rules,
                                         .stage = [this]() -> Result<Stage> {
                                           const auto reached = stage_reached(home->count, *reading,
                                                                              ~std::uint64_t{0});
                                           if (!reached) return std::unexpected(reached.error());
                                           return reached->all;
                                         },
                                         .event = options.event});
  return {};
}

Result<void> Embedded::Parts::start_checking() {
  if (!options.alarm_url.empty()) {
    auto opened = Alarms::open({.home = home.get(),
                                .clock = &clock,
                                .url = options.alarm_url,
                                .secret = options.alarm_secret,
                                .event = options.event});
    if (!opened) return std::unexpected(opened.error());
    alarms = std::move(*opened);
  }
  checking.emplace(
      CheckLoop::Options{.home = home.get(),
                         .store = comparing.get(),
                         .rules = options.check_rules,
                         .journal = journal.get(),
                         .event = options.event,
                         .told = [this](const CountChecked& checked, std::uint64_t commit) {
                           if (alarms) alarms->take(options.check_rules, checked, commit);
                         }});
  return {};
}

void Embedded::Parts::watch_all() {
  reconciling->watch(metrics);
  checking->watch(metrics);
  Alarms::watch(metrics, alarms.get());
  if (log_following) log_following->watch(metrics);
  metrics.watch("entries_waiting", "Entries recorded and not yet committed", false,
                [this] { return static_cast<double>(engine->numbers().waiting); });
  metrics.watch("commits_total", "Commits since the start", true,
                [this] { return static_cast<double>(engine->numbers().commits); });
  watch_load(metrics, [this] {
    const HttpServer* now = serving;
    return now != nullptr ? now->load() : HttpServer::Load();
  });
}

Result<void> Embedded::Parts::start_serving() {
  if (auto checks = start_checking(); !checks) return checks;
  watch_all();
  recorder.emplace(home->count, engine->journal(), [this](const Error& error) { failed(error); });

  if (auto read = read_sender_limits(); !read) return read;
  prepare_deliveries();

  HttpRouter router;
  body_workers.emplace();
  add_entries_route(router, home->definition(), *recorder, metrics, &*body_workers, limits.get());
  outcomes.emplace(
      OutcomeReader::Parts{.definition = home->definition(),
                           .journal = journal.get(),
                           .store = reading.get(),
                           .segments = segments.get(),
                           .is_held_back = [this] { return is_held_back(home->count, *reading); }});
  const auto elsewhere = [this](const std::string& sender, std::function<void()> work) {
    body_workers->run(sender, std::move(work));
  };
  add_outcomes_route(router, *outcomes, elsewhere);
  if (auto prepared = prepare_officers(elsewhere); !prepared) return prepared;
  officers->add(router);
  entering->add(router);
  add_history_routes(router, *history, elsewhere);
  search.emplace(home->rules, home->count, home->presentation);
  add_search_route(router, *search, elsewhere);
  add_metrics_route(router, metrics);
  add_health_route(router, [this]() -> Health {
    return {stop_asked() ? "stopping" : "ready", home->count.id.hex(),
            std::string(to_text(home->count.mode)), home->count.label};
  });
  start_keeping();
  add_read_routes(router, home->definition(), *reading, *reading, &*earlier_totals);
  deliveries->add(router);
  if (publisher) add_log_route(router, home->published() / log_folder);
  if (publishes_after_close(home->count)) {
    router = teller::held_back(
        router, [this] { return is_held_back(home->count, *reading); }, why_not_told(home->count));
  }

  HttpServerOptions server_options{.listen = options.listen,
                                   .certificate = options.certificate,
                                   .key = options.key,
                                   .client_ca = options.client_ca,
                                   .tokens = options.tokens,
                                   .page_origins = options.page_origins};
  server_options.person_of = [this](std::string_view authorization) {
    return officers->person_of(authorization);
  };
  if (options.tokens.empty() && options.client_ca.empty()) {
    // Being on this machine is no right: the home is 0700, and what is in it is its owner's.
    auto token = home->owner_token();
    if (!token) return std::unexpected(token.error());
    server_options.owner_token = std::move(*token);
    options.event(Event::info("serve.asks_token").with("file", (home->path / "token").string()));
  }
  count_requests(server_options, router, metrics);
  const bool owners_may = !server_options.owner_token.empty() && server_options.certificate.empty();
  auto started = HttpServer::start(std::move(server_options), std::move(router));
  if (!started) return std::unexpected(started.error());
  server = std::move(*started);
  serving = server.get();
  // What was ready when the last process ended.
  elsewhere("entering", [this] { entering->deliver_ready(); });
  if (owners_may) notice = ServedNotice(home->path, server->url());
  options.event(Event::info("serve.started")
                    .with("count", home->count.id.hex())
                    .with("mode", to_text(home->count.mode))
                    .with("url", server->url()));
  return {};
}

// Backwards along the flow; the publisher and the public log make a last pass, so they end when
// nothing is committed any more.
void Embedded::Parts::end_threads() {
  notice = {};
  server.reset();
  deliveries.reset();
  body_workers.reset();
  provider.reset();
  checking.reset();
  alarms.reset();
  reconciling.reset();
  engine.reset();
  publishing.reset();
  log_following.reset();
}

void Embedded::Parts::failed(const Error& error) {
  options.event(Event("serve.stopping", error));
  broken = true;
}

// Makes a statement if something new is committed. False: what is wrong will not pass.
bool Embedded::Parts::publish_once() {
  const auto pass = publisher->run_once();
  if (!pass && pass.error().remedy == Remedy::stop) {
    failed(pass.error());
    return false;
  }
  if (!pass) options.event(Event("publish.trouble", pass.error()));
  if (pass) {
    say_held_back(pass->held_back);
    tell_result();
    for (const Error& error : pass->sinks_behind)
      options.event(Event("publish.sink_behind", error));
    if (pass->audit) options.event(Event("publish.audit_unsigned", *pass->audit));
  }
  return true;
}

void Embedded::Parts::say_held_back(bool held_back) {
  if (said_held_back == held_back) return;
  const auto told = tell_held_back(home->published(), held_back, why_not_told(home->count));
  if (told) said_held_back = held_back;  // Else with the next pass.
  if (!told) options.event(Event("publish.trouble", told.error()));
}

// Of a count that publishes its certified result alone: once officers have certified it.
void Embedded::Parts::tell_result() {
  if (result_told) return;
  bool everywhere = true;
  for (const std::filesystem::path& folder : {home->published(), home->also_published}) {
    if (folder.empty()) continue;
    const auto told = publish_result(home->definition(), *reading, *signer, folder);
    if (!told) options.event(Event("publish.trouble", told.error()));
    everywhere = everywhere && told.value_or(false);
  }
  result_told = everywhere || !publishes_result_alone(home->count);
}

// Only what is new: the same line every minute tells nothing.
void Embedded::Parts::tell_reconciled(const Result<Reconciliation>& result) {
  if (result) {
    if (const auto kept = record_reconciliation(*reading, *result, clock); !kept) {
      options.event(Event("reconcile.board_not_told", kept.error()));
    }
  }
  const std::string text = !result          ? to_text(result.error())
                           : result->good() ? std::string()
                           : may_publish(home->count, *reading)
                               ? in_words(*result)
                               : std::string("figures are not told before the close of voting");
  if (std::exchange(disagreement, text) != text) {
    options.event(!result        ? Event("reconcile.trouble", result.error())
                  : text.empty() ? Event::info("reconcile.agrees")
                                 : Event::warning("reconcile.differs").with("because", text));
  }
}

Result<std::unique_ptr<Embedded>> Embedded::start(Options options) {
  auto parts = std::make_unique<Parts>(std::move(options));
  if (auto opened = parts->open(parts->options.home, parts->options.also_publish); !opened) {
    return std::unexpected(opened.error());
  }
  if (auto opened = parts->open_to_read(); !opened) return std::unexpected(opened.error());
  if (auto made = parts->prepare_publisher(); !made) return std::unexpected(made.error());
  if (auto counting = parts->start_counting(); !counting) return std::unexpected(counting.error());
  parts->start_publishing();
  parts->start_following();
  parts->start_reconciling();
  if (auto serving = parts->start_serving(); !serving) return std::unexpected(serving.error());
  return std::unique_ptr<Embedded>(new Embedded(std::move(parts)));
}

Embedded::Embedded(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Embedded::~Embedded() = default;

std::string Embedded::url() const { return parts_->server->url(); }

bool Embedded::broken() const { return parts_->broken; }

void Embedded::stop() {
  parts_->server->stop(10s);
  parts_->body_workers.reset();
  if (!parts_->broken) {
    if (auto drained = parts_->engine->drain(); !drained) parts_->failed(drained.error());
  }
  parts_->end_threads();
}

}  // namespace teller
