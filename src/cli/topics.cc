// teller topics: the Kafka topics of a count, made as they must be.
#include "home/topics.h"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "operate/audit.h"

namespace teller::cli {
namespace {

struct TopicsOptions {
  std::string config;
  bool json = false;
  Person person;
};

int create(const TopicsOptions& options) {
  const auto config = load_config(options.config);
  if (!config) return report(config.error());
  const auto opened = open_for_change({.home = {}, .config = options.config});
  if (!opened) return report(opened.error());
  const CountFile& count = opened->home->count;
  const auto specs = count_topics(*config, count);
  if (!specs) return report(specs.error());
  const auto line = write_audit(count, *opened->store, SystemClock(),
                                {.actor = options.person.actor,
                                 .action = "topics-create",
                                 .subject = "topics entries, inbox, refused",
                                 .reason = options.person.reason,
                                 .before = {},
                                 .after = hash_of(*specs),
                                 .approver = options.person.approver});
  if (!line) return report(line.error());
  const auto reports = create_count_topics(*config, count);
  if (!reports) return report(reports.error());

  nlohmann::json all = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const TopicReport& one : *reports) {
    const std::string outcome =
        one.outcome == TopicOutcome::created ? "created" : "was there, as it must be";
    all.push_back({{"topic", one.spec.name},
                   {"partitions", one.spec.partitions},
                   {"replication", one.spec.replication},
                   {"min_in_sync", one.spec.min_in_sync},
                   {"created", one.outcome == TopicOutcome::created}});
    rows.push_back({one.spec.name, std::to_string(one.spec.partitions),
                    std::to_string(one.spec.replication), std::to_string(one.spec.min_in_sync),
                    outcome});
  }
  if (options.json) {
    print_as_json(all, -1);
  } else {
    std::fputs(
        table({"topic", "partitions>", "replicas>", "min in sync>", "outcome"}, rows).c_str(),
        stdout);
  }
  return done;
}

}  // namespace

void add_topics(CLI::App& app) {
  auto* topics = add_command(app, "topics", "Make the Kafka topics of a count",
                             "Example:\n"
                             "  teller topics create --config teller.toml");
  topics->require_subcommand(1);
  auto* command = topics->add_subcommand(
      "create",
      "Make the topics entries, inbox and refused as the count needs them (as `admin`), or check "
      "those that are there. Nothing that exists is changed.");
  const auto options = std::make_shared<TopicsOptions>();
  command->add_option("--config", options->config, "teller.toml")->type_name("FILE")->required();
  command->add_flag("--json", options->json, "One JSON array instead of a table");
  add_person(command, options->person, "the topics of a new count");
  on_run(command, [options] { return create(*options); });
}

}  // namespace teller::cli
