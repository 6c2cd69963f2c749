// teller reconcile: what every place says of a count, held against each other.
#include <optional>

#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "base/time.h"
#include "cli/check_file.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "gateway/entries_endpoint.h"
#include "host/alarms.h"
#include "host/check_loop.h"
#include "host/stop_signals.h"
#include "http/http_server.h"
#include "operate/home_reconciler.h"
#include "operate/reconcile_loop.h"
#include "operate/reconciler_service.h"
#include "publish/status.h"

namespace teller::cli {
namespace {

struct ReconcileOptions {
  Where where;
  bool full = false, json = false;
  std::uint32_t every_s = 0;
  std::string listen, checks, alarm_url, alarm_secret;
};

void print(const Reconciliation& result, bool as_json) {
  if (as_json) {
    nlohmann::ordered_json json;
    json["good"] = result.good();
    json["commit"] = result.commit;
    for (const ReconcileLine& line : result.lines) {
      json["lines"].push_back({{"what", line.what},
                               {"result", to_text(line.agreement)},
                               {"commit", line.commit},
                               {"compared", line.compared},
                               {"note", line.note}});
    }
    json["differences"] = nlohmann::json::array();
    for (const Difference& difference : result.differences) {
      json["differences"].push_back({{"what", difference.what}, {"where", difference.where}});
    }
    json["more"] = result.more;
    print_as_json(json);
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const ReconcileLine& line : result.lines) {
    rows.push_back({line.what, std::string(to_text(line.agreement)), grouped(line.commit),
                    grouped(line.compared), line.note});
  }
  std::printf("%s", table({"What", "Result", "Commit>", "Compared>", ""}, rows).c_str());
  for (const Difference& difference : result.differences) {
    std::printf("%s: %s\n", printable_line(difference.what).c_str(),
                printable_line(difference.where).c_str());
  }
  if (result.more > 0) std::printf("and %s more\n", grouped(result.more).c_str());
  std::printf("%s\n", printable_line(in_words(result)).c_str());
}

// The checks of a count on the servers, again and again, and who is told of what they find.
class ServiceChecks {
 public:
  // Errors: those of Alarms::open() and read_check_rules().
  [[nodiscard]] static Result<std::unique_ptr<ServiceChecks>> start(
      const ReconcileOptions& options, const ServiceReconciler& reconciler, const OnEvent& event) {
    auto rules = read_check_rules(options.checks);
    if (!rules) return std::unexpected(rules.error());
    std::unique_ptr<ServiceChecks> made(new ServiceChecks(reconciler, std::move(*rules)));
    if (!options.alarm_url.empty()) {
      auto opened = Alarms::open({.home = &reconciler.home(),
                                  .clock = &made->clock_,
                                  .url = options.alarm_url,
                                  .secret = options.alarm_secret,
                                  .event = event});
      if (!opened) return std::unexpected(opened.error());
      made->alarms_ = std::move(*opened);
    }
    made->loop_.emplace(CheckLoop::Options{
        .home = &reconciler.home(),
        .store = made->store_.get(),
        .rules = made->rules_,
        .journal =
            nullptr,  // Each conflict would be read out of Kafka again, and the figures wait for it.
        .event = event,
        .ready = [raw = made.get(), &home = reconciler.home()] { return raw->open(home); },
        .told =
            [raw = made.get()](const CountChecked& checked, std::uint64_t commit) {
              if (raw->alarms_) raw->alarms_->take(raw->rules_, checked, commit);
            }});
    return made;
  }

  void watch(Metrics& metrics) {
    loop_->watch(metrics);
    Alarms::watch(metrics, alarms_.get());
  }

 private:
  ServiceChecks(const ServiceReconciler& reconciler, CheckRules rules)
      : store_(reconciler.store_beside()), rules_(std::move(rules)) {}
  Result<void> open(const Home& home) {
    if (opened_) return {};
    auto right = store_->open(home.count);
    opened_ = right.has_value();
    return right;
  }

  const SystemClock clock_;
  const std::unique_ptr<Store> store_;
  const CheckRules rules_;
  bool opened_ = false;  // Of the loop's thread.
  std::unique_ptr<Alarms> alarms_;
  std::optional<CheckLoop> loop_;  // The last member: it uses all others.
};

constexpr const char* not_told = "figures are not told before the close of voting";

// `--every`: until somebody stops it. Exit code of the last pass.
int watch(const ReconcileOptions& options, ServiceReconciler& reconciler, const OnEvent& event) {
  const Home& home = reconciler.home();
  const SystemClock clock;
  install_stop_signals();
  const auto checks = ServiceChecks::start(options, reconciler, event);
  if (!checks) return report(checks.error());
  std::optional<std::string> said;  // Only what is new: the same line every minute tells nothing.
  std::atomic<int> code{unfinished};
  ReconcileLoop loop(
      {.run = [&](Reconciler::Wanted what) { return reconciler.run(what); },
       .wanted = {.entries = true,
                  .totals = options.full,
                  .segments = options.full,
                  .deliveries = options.full,
                  .public_log = options.full},
       .every = std::chrono::seconds(options.every_s),
       .told =
           [&](const Result<Reconciliation>& result) {
             if (result) {
               if (const auto kept = record_reconciliation(reconciler.store(), *result, clock);
                   !kept) {
                 event(Event("reconcile.board_not_told", kept.error()));
               }
             }
             code = !result ? unfinished : result->good() ? done : found;
             // What differs is told with figures.
             const bool told = may_publish(home.count, reconciler.store()).has_value();
             const std::string kind = !result          ? to_text(result.error())
                                      : result->good() ? "good"
                                      : told           ? in_words(*result)
                                                       : not_told;
             if (std::exchange(said, kind) == kind) return;
             event(!result          ? Event("reconcile.trouble", result.error())
                   : result->good() ? Event::info("reconcile.agrees")
                                    : Event::warning("reconcile.differs").with("because", kind));
             if (result && !result->good() && told) print(*result, options.json);
             std::fflush(stdout);
           }});
  Metrics metrics;
  loop.watch(metrics);
  (*checks)->watch(metrics);
  std::unique_ptr<HttpServer> server;
  if (!options.listen.empty()) {
    HttpRouter router;
    add_metrics_route(router, metrics);
    add_health_route(router, [&]() -> Health {
      return {code == found ? "differs" : "ready", home.count.id.hex(),
              std::string(to_text(home.count.mode)), home.count.label};
    });
    HttpServerOptions server_options;
    server_options.listen = options.listen;
    auto started = HttpServer::start(std::move(server_options), std::move(router));
    if (!started) return report(started.error());
    server = std::move(*started);
    event(Event::info("reconcile.started").with("url", server->url()));
  }
  wait_for_stop();
  server.reset();
  return code;
}

int run(const ReconcileOptions& options) {
  const bool checked = !options.checks.empty() || !options.alarm_url.empty();
  if (checked && (options.every_s == 0 || options.where.config.empty())) {
    return report({Remedy::reject, "config.invalid",
                   "--checks and --alarm-url go with --config and --every; a home is checked by "
                   "`teller serve`, and once by `teller check`"});
  }
  const Reconciler::Wanted wanted{options.full, options.full, options.full, options.full,
                                  options.full};
  if (!options.where.home.empty()) {
    if (options.every_s > 0) {
      return report({Remedy::reject, "config.invalid",
                     "`teller serve` reconciles a home every minute itself; see its /metrics"});
    }
    auto opened = open_to_compare(options.where, "teller_publisher");
    if (!opened) return report(opened.error());
    if (auto may = check_may_tell(*opened, options.where); !may) return report(may.error());
    const auto beside = check_not_behind(*opened);
    HomeReconciler reconciler(std::move(opened->home), std::move(opened->store));
    auto result = reconciler.run(wanted);
    if (!result) return report(result.error());
    if (!beside) result->differences.push_back({"what lies beside = store", beside.error().detail});
    print(*result, options.json);
    return result->good() ? done : found;
  }
  if (options.every_s > 0 && options.where.before_close) {
    return report({Remedy::reject, "config.invalid",
                   "with --every no figure is told before the close of voting, whatever is asked; "
                   "look once, without --every"});
  }
  auto config = load_config(options.where.config);
  if (!config) return report(config.error());
  const OnEvent event = to_operator();
  auto reconciler = ServiceReconciler::open(std::move(*config), [event](const std::string& text) {
    event(Event::warning("kafka.said").with("text", text));
  });
  if (!reconciler) return report(reconciler.error());
  if (options.every_s > 0) return watch(options, **reconciler, event);
  if (publishes_after_close((*reconciler)->home().count)) {
    const auto opened = open_to_compare(options.where, "teller_publisher");
    if (!opened) return report(opened.error());
    if (auto may = check_may_tell(*opened, options.where); !may) return report(may.error());
  }
  auto result = (*reconciler)->run(wanted);
  if (!result) return report(result.error());
  print(*result, options.json);
  return result->good() ? done : found;
}

}  // namespace

void add_reconcile(CLI::App& app) {
  auto options = std::make_shared<ReconcileOptions>();
  CLI::App* command = add_command(
      app, "reconcile", "Hold journal, store, log, statement and all readers against each other",
      "Examples:\n"
      "  teller reconcile --home my-count\n"
      "  teller reconcile --config teller.toml --full --json\n"
      "  teller reconcile --config teller.toml --every 60 --listen 127.0.0.1:18444\n"
      "  teller reconcile --config teller.toml --every 60 --alarm-url https://alarms.example/ \\\n"
      "         --alarm-secret alarm.secret\n"
      "Without --full: counters, positions, heads and votes by option; costs seconds. --full also\n"
      "reads the whole journal, every segment and every total. Exit code 1 when something "
      "differs,\n"
      "with what and where. Being behind is no difference; with --full, standing still behind is.\n"
      "With --every the checks of `teller check` are made too, and /metrics says how many find "
      "something.");
  add_where(command, options->where);
  add_before_close(command, options->where);
  command->add_flag("--full", options->full, "Every entry, segment and total");
  command->add_flag("--json", options->json, "For a program to read");
  command
      ->add_option("--every", options->every_s,
                   "Again and again, with the journal entry by entry; stop it with SIGTERM")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 86'400));
  command->add_option("--listen", options->listen, "With --every: /metrics and /v1/health here")
      ->type_name("ADDRESS:PORT");
  add_checks(command, options->checks);
  command
      ->add_option("--alarm-url", options->alarm_url,
                   "With --every: new errors and warnings of the checks are sent here")
      ->type_name("URL");
  command
      ->add_option("--alarm-secret", options->alarm_secret,
                   "Signs them: a file of yours alone with a secret that the receiver has too")
      ->type_name("FILE");
  on_run(command, [options] { return run(*options); });
}

}  // namespace teller::cli
