// teller serve: the embedded form. One process takes entries, records, counts, proves, commits and
// publishes; this file only puts the parts together and ends them in the right order.
#include <atomic>
#include <map>
#include <thread>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.h"
#include "base/repeating.h"
#include "base/time.h"
#include "cli/common.h"
#include "engine/engine.h"
#include "gateway/entries_endpoint.h"
#include "gateway/recorder.h"
#include "host/log_endpoint.h"
#include "host/log_follower.h"
#include "http/http_server.h"
#include "http/metrics.h"
#include "journal/journal_file.h"
#include "log/segments_directory.h"
#include "operate/reconcile_loop.h"
#include "publish/digest.h"
#include "publish/publisher.h"
#include "publish/sink_static_files.h"
#include "store/store_sqlite.h"
#include "store/store_views.h"

namespace teller::cli {
namespace {

using namespace std::chrono_literals;

struct Options {
  std::string home, listen = "127.0.0.1:18400";
  std::string certificate, key, client_ca, tokens;
  bool no_publish = false;
};

// Makes a statement if something new is committed. False: what is wrong will not pass.
bool publish_once(Publisher& publisher, const std::function<void(const Error&)>& failed) {
  const auto pass = publisher.run_once();
  if (!pass && pass.error().remedy == Remedy::stop) {
    failed(pass.error());
    return false;
  }
  if (!pass) say("teller: publish: " + to_text(pass.error()));
  if (pass) {
    for (const Error& error : pass->sinks_behind) say("teller: publish: " + to_text(error));
    if (pass->audit) say("teller: publish: " + to_text(*pass->audit));
  }
  return true;
}

// What can be read over HTTP. Each answer is one snapshot and says as of which commit.
void add_read_routes(HttpRouter& router, const Home& home, Store& store) {
  const auto headers = [&home](const Head& head) {
    nlohmann::ordered_json json;
    json["count"] = home.count.id.hex();
    json["mode"] = to_text(home.count.mode);
    json["label"] = home.count.label;
    json["status"] = head.status;
    json["commit"] = head.commit;
    json["as_of"] = format_utc(head.committed_at_us);
    return json;
  };
  const auto answer = [](HttpResponder& responder, const nlohmann::ordered_json& json,
                         std::uint64_t commit) {
    HttpResponse response;
    response.body = json.dump() + "\n";
    response.headers = {{"ETag", "\"" + std::to_string(commit) + "\""},
                        {"Cache-Control", "no-cache"}};
    responder.send(std::move(response));
  };
  const auto failed = [](HttpResponder& responder, const Error& error) {
    responder.send(busy_response(error.code, error.detail));
  };
  router.add("GET", "/v1/head", HttpAccess::sender,
             [=, &store](HttpRequest, HttpResponder responder) {
               const auto snapshot = store.totals_since(~std::uint64_t{0} >> 1);
               if (!snapshot) return failed(responder, snapshot.error());
               Outcomes sum;
               for (const PartitionRow& row : snapshot->partitions) sum += row.outcomes;
               auto json = headers(snapshot->head);
               json["recorded"] = sum.recorded();
               json["counted"] = sum.counted;
               json["duplicate"] = sum.duplicate;
               json["conflict"] = sum.conflict;
               json["rejected"] = sum.rejected;
               answer(responder, json, snapshot->head.commit);
             });
  router.add("GET", "/v1/totals", HttpAccess::sender,
             [=, &home, &store](HttpRequest, HttpResponder responder) {
               const auto snapshot = store.snapshot();
               if (!snapshot) return failed(responder, snapshot.error());
               auto json = headers(snapshot->head);
               std::map<std::pair<std::uint32_t, std::uint16_t>, std::int64_t> sums;
               for (const TotalRow& row : snapshot->totals) {
                 sums[{row.key.contest.value, row.key.slot}] += row.total.value;
               }
               for (std::uint32_t i = 0; i < home.rules.contests.size(); ++i) {
                 const Contest& contest = home.rules.contests[i];
                 nlohmann::ordered_json options = nlohmann::ordered_json::object();
                 for (std::uint16_t k = 0; k < contest.options.size(); ++k) {
                   options[contest.options[k].id] = sums[{i, k}];
                 }
                 nlohmann::ordered_json counters = nlohmann::ordered_json::object();
                 for (std::uint16_t s = slot::cards; s <= slot::registered; ++s) {
                   if (sums.contains({i, s})) counters[std::string(slot::name(s))] = sums[{i, s}];
                 }
                 json["contests"][contest.id] = {{"votes", options}, {"counters", counters}};
               }
               answer(responder, json, snapshot->head.commit);
             });
  router.add("GET", "/v1/digest", HttpAccess::sender,
             [=, &home, &store](HttpRequest, HttpResponder responder) {
               const auto snapshot = store.snapshot();
               if (!snapshot) return failed(responder, snapshot.error());
               auto json = headers(snapshot->head);
               json["digest"] = to_hex(digest_of(home.rules.hash(), snapshot->totals));
               answer(responder, json, snapshot->head.commit);
             });
  const auto add_text = [&](const char* path, auto pick) {
    router.add("GET", path, HttpAccess::sender, [=, &store](HttpRequest, HttpResponder responder) {
      const auto last = store.last_statement();
      if (!last) return failed(responder, last.error());
      if (!*last) {
        responder.send(error_response(404, "statement.none", "no statement was made yet"));
        return;
      }
      HttpResponse response;
      response.content_type = "text/plain; charset=utf-8";
      response.body = pick(**last);
      responder.send(std::move(response));
    });
  };
  add_text("/v1/statements/latest",
           [](const StatementRow& row) { return std::string(as_text(row.bytes)); });
  add_text("/v1/checkpoint", [](const StatementRow& row) { return row.checkpoint; });
}

int serve(const Options& options) {
  install_stop_signals();
  const auto home_opened = Home::open(options.home);
  if (!home_opened) return report(home_opened.error());
  const Home& home = **home_opened;
  const auto lock = lock_folder(home.path);
  if (!lock) return report(lock.error());

  std::atomic<bool> broken{false};
  const auto failed = [&](const Error& error) {
    say("teller: stopping: " + to_text(error));
    broken = true;
  };

  // Two connections to one file: committing never waits for reading (WAL).
  auto store = SqliteStore::open_file(home.store());
  if (!store) return report(store.error());
  if (auto made = (*store)->create(home.rules, home.presentation, home.count); !made) {
    return report(made.error());
  }
  auto reading = SqliteStore::open_file(home.store());
  if (!reading) return report(reading.error());
  if (auto right = (*reading)->open(home.count); !right) return report(right.error());

  auto journal = FileJournal::open(home.journal(), home.count);
  if (!journal) return report(journal.error());
  DirectorySegments segments(home.segments());
  const SystemClock clock;
  std::unique_ptr<Signer> signer;
  std::optional<Publisher> publisher;
  if (!options.no_publish) {
    auto key = home.signer();
    if (!key) return report(key.error());
    signer = std::move(*key);
    publisher.emplace(home.definition(), **reading, *signer);
    publisher->add(std::make_unique<StaticFilesSink>(home.published(), home.rules, home.count));
    // Before anything is counted: what an older copy of the store counts on in its own way cannot
    // be brought back to what was stated.
    const auto good = publisher->check_published();
    if (!good && good.error().remedy != Remedy::retry) return report(good.error());
  }
  auto engine =
      Engine::start({.home = &home,
                     .journal = journal->get(),
                     .segments = &segments,
                     .store = store->get(),
                     .clock = &clock,
                     .threads = std::max(1U, std::thread::hardware_concurrency()),
                     .failed = failed,
                     .noted = [](const Error& error) { say("teller: " + to_text(error)); }});
  if (!engine) return report(engine.error());

  std::optional<Repeating> publishing;
  if (publisher) {
    publishing.emplace([&] { return publish_once(*publisher, failed); }, Repeating::Options{});
  }

  // The public log follows behind, with a connection of its own, when nobody else needs the
  // processor.
  auto following = SqliteStore::open_file(home.store(), true);
  if (!following) return report(following.error());
  if (auto right = (*following)->open(home.count); !right) return report(right.error());
  LogFiles log_files(home.published() / log_folder, home.count, **following, segments);
  std::optional<LogFollower> log_following;
  if (publisher) {
    log_following.emplace(log_files, [](const std::string& text) { say("teller: " + text); });
  }

  // Whether everything here says the same, once a minute; a connection of its own, since it reads
  // long.
  auto comparing = SqliteStore::open_file(home.store(), true);
  if (!comparing) return report(comparing.error());
  if (auto right = (*comparing)->open(home.count); !right) return report(right.error());
  Reconciler::Parts sources;
  sources.home = &home;
  sources.store = comparing->get();
  sources.segments = &segments;
  sources.journal = journal->get();
  if (!options.no_publish) {
    sources.readers.push_back(
        {"static files", [&home](bool totals) {
           return StaticFilesSink(home.published(), home.rules, home.count).read_back(totals);
         }});
  }
  sources.readers.push_back({"pub_* views", [&home](bool totals) {
                               return read_back_sqlite(home.store(), home.count.id, home.rules,
                                                       totals);
                             }});
  Reconciler reconciler(std::move(sources));
  std::string agreed = "";
  std::optional<ReconcileLoop> reconciling;
  reconciling.emplace(ReconcileLoop::Options{
      .run = [&](Reconciler::Wanted wanted) { return reconciler.run(wanted); },
      .wanted = {.entries = true},
      .told =
          [&](const Result<Reconciliation>& result) {
            if (result) {
              if (const auto kept = record_reconciliation(**reading, *result, clock); !kept) {
                say("teller: reconcile: the board is not told: " + to_text(kept.error()));
              }
            }
            const std::string text = !result          ? to_text(result.error())
                                     : result->good() ? std::string()
                                                      : sentence(*result);
            if (std::exchange(agreed, text) != text) {
              say("teller: reconcile: " + (text.empty() ? "everything agrees again" : text));
            }
          }});

  Metrics metrics;
  reconciling->watch(metrics);
  if (log_following) log_following->watch(metrics);
  metrics.watch("entries_waiting", "Entries recorded and not yet committed", false,
                [&] { return static_cast<double>((*engine)->numbers().waiting); });
  metrics.watch("commits_total", "Commits since the start", true,
                [&] { return static_cast<double>((*engine)->numbers().commits); });
  Recorder recorder(home.count, (*engine)->journal(), failed);
  const Definition definition = home.definition();
  std::string_view state = "ready";
  HttpRouter router;
  add_entries_route(router, definition, recorder, metrics);
  add_metrics_route(router, metrics);
  add_health_route(router, [&]() -> Health {
    return {stop_asked() ? "stopping" : state, home.count.id.hex(),
            std::string(to_text(home.count.mode)), home.count.label};
  });
  add_read_routes(router, home, **reading);
  if (publisher) add_log_route(router, home.published() / log_folder);

  HttpServerOptions server_options;
  server_options.listen = options.listen;
  server_options.certificate = options.certificate;
  server_options.key = options.key;
  server_options.client_ca = options.client_ca;
  server_options.tokens = options.tokens;
  count_requests(server_options, router, metrics);
  auto server = HttpServer::start(std::move(server_options), std::move(router));
  if (!server) return report(server.error());
  say("teller: count " + home.count.id.hex() + " (" + std::string(to_text(home.count.mode)) +
      ") is ready at " + (*server)->url());
  std::printf("%s\n", (*server)->url().c_str());
  std::fflush(stdout);

  wait_for_stop([&] { return broken.load(); });
  // Backwards along the flow: nothing new comes in, what is recorded is counted and stated.
  (*server)->stop(10s);
  server->reset();
  if (!broken) {
    if (auto drained = (*engine)->drain(); !drained) failed(drained.error());
  }
  reconciling.reset();
  engine->reset();
  publishing.reset();
  log_following.reset();
  say("teller: stopped");
  return broken ? unfinished : done;
}

}  // namespace

void add_serve(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, "serve", "Count in one process: take entries, record, count, prove, publish",
      "Examples:\n"
      "  teller serve --home my-count\n"
      "  teller serve --home my-count --listen 0.0.0.0:8443 --certificate s.crt --key s.key \\\n"
      "               --client-ca stations-ca.crt\n"
      "Ends on SIGTERM: what was acknowledged is counted and stated first. After a crash, start\n"
      "it again; nothing that was acknowledged is lost or counted twice.");
  command->add_option("--home", options->home, "The home of the count (teller init)")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--listen", options->listen,
                   "Address and port; beyond loopback only with TLS and known senders")
      ->capture_default_str();
  command->add_option("--certificate", options->certificate, "TLS certificate (PEM)");
  command->add_option("--key", options->key, "Its private key (PEM)");
  command->add_option("--client-ca", options->client_ca, "Senders need a certificate of this CA");
  command->add_option("--tokens", options->tokens,
                      "Senders may use tokens: lines of SHA-256 of the token, and a name");
  command->add_flag("--no-publish", options->no_publish,
                    "Make no statements (the key is elsewhere)");
  on_run(command, [options] { return serve(*options); });
}

}  // namespace teller::cli
