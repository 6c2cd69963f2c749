// teller log: a count's log as files, for whoever wants to check it: all of it at once, or while it
// grows.
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "gateway/entries_endpoint.h"
#include "host/held_back.h"
#include "host/log_endpoint.h"
#include "host/log_follower.h"
#include "host/stop_signals.h"
#include "http/metrics.h"
#include "log/segments_directory.h"
#include "publish/export.h"
#include "publish/log_files.h"
#include "publish/status.h"

namespace teller::cli {
namespace {

struct LogOptions {
  Where where;
  std::string folder;
  bool without_entries = false;
  bool json = false;
};

int run_export(const LogOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const Home& home = *opened->home;
  DirectorySegments segments(segments_folder(*opened));
  ExportWanted wanted;
  wanted.entries = !options.without_entries;
  Progress progress("exporting");
  wanted.progress = progress.counting("steps");
  const auto result = write_export(options.folder, home.rules, home.count, home.presentation.bytes,
                                   *opened->store, segments, wanted);
  progress.end();
  if (!result) return report(result.error());
  if (options.json) {
    const nlohmann::ordered_json json{
        {"folder", options.folder},         {"commit", result->commit},
        {"statements", result->statements}, {"steps", result->steps},
        {"leaves", result->leaves},         {"files", result->files},
        {"totals", result->totals},         {"key", home.count.public_key}};
    print_as_json(json);
    return done;
  }
  std::printf("%s: %s statements, %s steps, %s leaves in %s files, as of commit %s\n",
              options.folder.c_str(), grouped(result->statements).c_str(),
              grouped(result->steps).c_str(), grouped(result->leaves).c_str(),
              grouped(result->files).c_str(), grouped(result->commit).c_str());
  if (wanted.entries && !result->totals) {
    say("teller: totals.csv was left out: newer commits are not stated yet");
  }
  say("teller: check it with: teller verify --export " + options.folder + " --key '" +
      home.count.public_key + "'");
  return done;
}

struct ServeOptions {
  std::string config, listen = "127.0.0.1:18445";
  bool once = false;
};

// The service form; `teller serve` has the same in it.
int run_serve(const ServeOptions& options) {
  install_stop_signals();
  const auto count = find_on_servers(options.config, "teller_publisher");
  if (!count) return report(count.error());
  const Home& home = *count->home;
  Store& store = *count->store;
  DirectorySegments segments(count->config->segments.directory);
  const std::filesystem::path folder = count->config->published.directory / log_folder;
  LogFiles files(folder, home.count, store, segments);
  if (options.once) {
    if (auto right = store.open(home.count); !right) return report(right.error());
    if (auto may = may_publish(home.count, store); !may) return report(may.error());
    const auto statements = files.catch_up(stop_asked);
    if (!statements) return report(statements.error());
    return stop_asked() ? unfinished : done;
  }

  const OnEvent event = to_operator();
  LogFollower following(files, event, [&store, &home, opened = false]() mutable -> Result<void> {
    if (!opened) {
      if (auto right = store.open(home.count); !right) return right;
      opened = true;
    }
    return may_publish(home.count, store);
  });
  Metrics metrics;
  following.watch(metrics);
  HttpRouter router;
  add_log_route(router, folder);
  add_metrics_route(router, metrics);
  add_health_route(router, [&home]() -> Health {
    return {stop_asked() ? "stopping" : "ready", home.count.id.hex(),
            std::string(to_text(home.count.mode)), home.count.label};
  });
  if (publishes_after_close(home.count)) {
    router = held_back(
        router, [&store, &home] { return is_held_back(home.count, store); },
        why_not_told(home.count));
  }
  HttpServerOptions server_options;
  server_options.listen = options.listen;
  server_options.is_public = true;  // The log is for everybody, by whatever name a proxy gives it.
  count_requests(server_options, router, metrics);
  auto server = HttpServer::start(std::move(server_options), std::move(router));
  if (!server) return report(server.error());
  event(Event::info("log.started")
            .with("count", home.count.id.hex())
            .with("url", fmt::format("{}/v1/log/checkpoint", (*server)->url())));
  wait_for_stop();
  event(Event::info("log.stopped"));
  return done;
}

}  // namespace

void add_log(CLI::App& app) {
  auto* log = add_command(
      app, "log", "Export the log of a count as files, or serve them",
      "Examples:\n"
      "  teller log export audit-copy --home my-count\n"
      "  teller log export for-everybody --home my-count --without-entries\n"
      "  teller log serve --config teller.toml\n"
      "The layout is C2SP tlog-tiles; schema/export.md has it. An export is as of the last\n"
      "statement and is never written over.");
  log->require_subcommand(1);
  auto* command = log->add_subcommand(
      "export", "Write statements, hash tiles, entries and totals into a new folder");
  const auto options = std::make_shared<LogOptions>();
  command->add_option("folder", options->folder, "The new folder")->required()->type_name("DIR");
  add_where(command, options->where);
  add_before_close(command, options->where);
  command->add_flag("--without-entries", options->without_entries,
                    "Statements and hash tiles only: what everybody may have");
  command->add_flag("--json", options->json, "For a program to read");
  on_run(command, [options] { return run_export(*options); });

  auto* serve = log->add_subcommand(
      "serve", "Keep the public log (statements, hash tiles) up to date, and serve it");
  serve->footer(
      "Writes the folder log/ beside the published files: checkpoint, tiles of the statements,\n"
      "hash tiles of each partition, never an entry. Any web server can serve that folder; here\n"
      "it is at /v1/log/checkpoint and /v1/log/tile/…, for this machine or a proxy on it.\n"
      "`teller serve` does the same for an embedded count.");
  const auto serving = std::make_shared<ServeOptions>();
  serve->add_option("--config", serving->config, "teller.toml of a count on the servers")
      ->required()
      ->type_name("FILE");
  serve->add_option("--listen", serving->listen, "Where to serve it: a loopback address")
      ->capture_default_str()
      ->type_name("ADDRESS:PORT");
  serve->add_flag("--once", serving->once,
                  "Bring the folder up to date, then end; 3 when it was stopped before");
  on_run(serve, [serving] { return run_serve(*serving); });
}

}  // namespace teller::cli
