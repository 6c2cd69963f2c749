// teller publish: lets out what is committed on the servers: statements, Elasticsearch, files.
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "cli/command.h"
#include "cli/open.h"
#include "host/held_back.h"
#include "host/stop_signals.h"
#include "log/segments_directory.h"
#include "publish/publisher.h"
#include "publish/sink_elasticsearch.h"
#include "publish/sink_static_files.h"
#include "publish/status.h"

namespace teller::cli {
namespace {

struct PublishOptions {
  std::string config;
  bool once = false;
};

int publish(const PublishOptions& options) {
  install_stop_signals();
  const auto count = find_on_servers(options.config, "teller_publisher");
  if (!count) return report(count.error());
  const Home& home = *count->home;
  const Config& config = *count->config;
  Store& store = *count->store;
  const auto signer = home.signer();
  if (!signer) return report(signer.error());

  const OnEvent event = to_operator();
  Publisher publisher(home.definition(), home.presentation, store, **signer);
  DirectorySegments segments(config.segments.directory);
  if (std::filesystem::is_directory(config.segments.directory)) {
    publisher.hold_against(segments);
  } else {
    event(
        Event::warning("publish.unchecked")
            .with("because", "no folder of segments here: " + config.segments.directory.string()));
  }
  publisher.add(
      std::make_unique<StaticFilesSink>(config.published.directory, home.rules, home.count));
  if (config.elasticsearch) {
    const Config::Elasticsearch& e = *config.elasticsearch;
    publisher.add(std::make_unique<ElasticsearchSink>(
        ElasticsearchSink::Server{e.url, e.ca, e.user, e.password_file, config.count.name,
                                  e.shards},
        home.rules, home.count, [event](const std::string& what) {
          event(Event::warning("publish.index_anew").with("because", what));
        }));
  }

  bool opened = false;
  std::optional<bool> said_held_back;
  for (;;) {
    // The servers may come later than we do, and may go away while we run: neither ends us.
    Result<void> right = opened ? Result<void>{} : store.open(home.count);
    if (right) {
      opened = true;
      const auto pass = publisher.run_once();
      if (pass) {
        for (const Error& error : pass->sinks_behind) event(Event("publish.sink_behind", error));
        if (pass->audit) event(Event("publish.audit_unsigned", *pass->audit));
        if (pass->stated) event(Event::info("publish.stated").with("commit", pass->commit));
        if (publishes_after_close(home.count) && said_held_back != pass->held_back) {
          const auto told = tell_held_back(config.published.directory, pass->held_back);
          if (told) said_held_back = pass->held_back;
          if (!told) event(Event("publish.trouble", told.error()));
        }
        if (options.once) return pass->sinks_behind.empty() && !pass->audit ? done : unfinished;
      } else {
        right = std::unexpected(pass.error());
      }
    }
    if (!right) {
      if (options.once || right.error().remedy == Remedy::stop ||
          right.error().remedy == Remedy::reject) {
        return report(right.error());
      }
      event(Event("publish.trouble", right.error()));
    }
    const auto next = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    wait_for_stop([&] { return std::chrono::steady_clock::now() >= next; });
    if (stop_asked()) {
      event(Event::info("publish.stopped"));
      return done;
    }
  }
}

}  // namespace

void add_publish(CLI::App& app) {
  auto options = std::make_shared<PublishOptions>();
  CLI::App* command = add_command(
      app, "publish", "Publish what is committed on the servers: statements, search, files",
      "Examples:\n"
      "  teller publish --config teller.toml\n"
      "  teller publish --config teller.toml --once\n"
      "On the servers no other program that goes on running reads the private key. Readers that\n"
      "are down are caught up later; the count never waits for them.");
  command->add_option("--config", options->config, "teller.toml")->required()->type_name("FILE");
  command->add_flag("--once", options->once, "One pass, then end; 3 when a reader is behind");
  on_run(command, [options] { return publish(*options); });
}

}  // namespace teller::cli
