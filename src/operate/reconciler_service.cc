#include "operate/reconciler_service.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "home/kafka_identity.h"
#include "journal/journal_kafka.h"
#include "log/segments_directory.h"
#include "operate/late_journal.h"
#include "publish/log_files.h"
#include "publish/sink_elasticsearch.h"
#include "publish/sink_static_files.h"
#include "publish/status.h"
#include "store/store_postgres.h"
#include "store/store_views.h"

namespace teller {

struct ServiceReconciler::State {
  std::unique_ptr<Home> home;
  std::unique_ptr<PostgresStore> store;
  std::unique_ptr<DirectorySegments> segments;
  std::unique_ptr<StaticFilesSink> files;
  std::unique_ptr<ElasticsearchSink> search;
  std::unique_ptr<LateJournal> entries, refused;
  std::optional<Reconciler> reconciler;
  std::string conninfo;  // Of the store.
  bool opened = false;
};

Result<std::unique_ptr<ServiceReconciler>> ServiceReconciler::open(
    Config config, std::function<void(const std::string&)> event) {
  auto state = std::make_unique<State>();
  auto home = Home::open(config);
  if (!home) return std::unexpected(home.error());
  state->home = std::move(*home);
  const Home& of = *state->home;
  const auto postgres = need(config, config.postgres, "postgres");
  if (!postgres) return std::unexpected(postgres.error());
  state->store = std::make_unique<PostgresStore>(postgres->conninfo_as("teller_publisher"));
  state->segments = std::make_unique<DirectorySegments>(config.segments.directory);
  state->files = std::make_unique<StaticFilesSink>(config.published.directory, of.rules, of.count);

  Reconciler::Parts parts;
  parts.home = &of;
  parts.store = state->store.get();
  parts.segments = state->segments.get();
  parts.deliveries = Kept::in_part;
  parts.public_log = config.published.directory / log_folder;
  // Before the close of voting readers have nothing, and it is no difference.
  const auto add = [&](std::string name, std::function<Result<ReadBack>(bool)> read) {
    parts.readers.push_back(
        {std::move(name), [store = state->store.get(), &of, read = std::move(read)](bool totals) {
           if (auto may = may_publish(of.count, *store); !may) {
             return Result<ReadBack>(std::unexpected(may.error()));
           }
           return read(totals);
         }});
  };
  add("static files",
      [files = state->files.get()](bool totals) { return files->read_back(totals); });
  if (config.elasticsearch) {
    const Config::Elasticsearch& e = *config.elasticsearch;
    state->search = std::make_unique<ElasticsearchSink>(
        ElasticsearchSink::Server{e.url, e.ca, e.user, e.password_file, config.count.name,
                                  e.shards},
        of.rules, of.count);
    add("Elasticsearch",
        [search = state->search.get()](bool totals) { return search->read_back(totals); });
  }
  add("pub_* views", [conninfo = postgres->conninfo_as("teller_reader"), &of](bool totals) {
    return read_back_postgres(conninfo, of.count.id, of.rules, totals);
  });
  if (config.kafka) {
    const auto settings = [&](const std::string& topic) {
      KafkaSettings all = kafka_settings(*config.kafka, "reconcile", topic);
      all.read_only = true;
      all.on_event = event;
      return all;
    };
    const auto late = [](KafkaSettings of_topic, std::uint16_t partitions) {
      return std::make_unique<LateJournal>([of_topic = std::move(of_topic), partitions] {
        return open_kafka_journal(of_topic, partitions);
      });
    };
    state->entries = late(settings(config.kafka->entries), of.count.partitions);
    state->refused = late(settings(config.kafka->refused), 1);
    parts.journal = state->entries.get();
    parts.refused = state->refused.get();
    parts.inbox = [inbox = settings(config.kafka->inbox), group = config.kafka->inbox_group] {
      return inbox_ranges(inbox, group);
    };
  } else {
    parts.journal_unread = config.file.string() + " has no table [kafka]";
  }
  state->reconciler.emplace(std::move(parts));
  state->conninfo = postgres->conninfo_as("teller_publisher");
  return std::unique_ptr<ServiceReconciler>(new ServiceReconciler(std::move(state)));
}

ServiceReconciler::ServiceReconciler(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServiceReconciler::~ServiceReconciler() = default;

Result<Reconciliation> ServiceReconciler::run(Reconciler::Wanted wanted) {
  if (!state_->opened) {
    if (auto right = state_->store->open(state_->home->count); !right) {
      return std::unexpected(right.error());
    }
    state_->opened = true;
  }
  return state_->reconciler->run(wanted);
}

const Home& ServiceReconciler::home() const { return *state_->home; }
Store& ServiceReconciler::store() { return *state_->store; }
std::unique_ptr<Store> ServiceReconciler::store_beside() const {
  return std::make_unique<PostgresStore>(state_->conninfo);
}

}  // namespace teller
