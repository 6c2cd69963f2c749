// teller incidents: what was recorded and not counted, and is no duplicate, in the words that its
// sender was told; and what the inbox refused.
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/told_incidents.h"
#include "home/kafka_identity.h"
#include "journal/journal_kafka.h"
#include "journal/refused_line.h"
#include "publish/status.h"
#include "settings/config.h"
#include "store/each_incident.h"

namespace teller::cli {
namespace {

struct IncidentsOptions {
  Where where;
  std::string format = "table";
  bool refused = false;
};

std::string replayed(const IncidentRow& row) {
  return row.replayed_as ? place_in_words(*row.replayed_as) : "";
}

nlohmann::ordered_json json_of(const IncidentRow& row, const std::string& counted,
                               const std::string& settled, const ToldIncident* told,
                               const Rules& rules) {
  const Incident& incident = row.incident;
  nlohmann::ordered_json json{{"partition", row.partition},
                              {"position", incident.position},
                              {"index", incident.index},
                              {"outcome", to_text(incident.outcome)},
                              {"reason", code_of(incident.reason)},
                              {"leaf", to_hex(incident.leaf)},
                              {"counted_leaf", counted},
                              {"commit", row.commit},
                              {"replayed_as", replayed(row)},
                              {"settled", settled}};
  // What only the journal knows, in the words that the sender was told.
  if (told != nullptr) json.update(nlohmann::ordered_json::parse(to_json(*told, rules)));
  for (const char* of_sender : {"number", "code"}) json.erase(of_sender);
  return json;
}

std::vector<std::string> csv_cells(const IncidentRow& row, const std::string& counted,
                                   const std::string& settled, const ToldIncident* told) {
  const Incident& incident = row.incident;
  std::vector<std::string> cells{std::to_string(row.partition),
                                 std::to_string(incident.position),
                                 std::to_string(incident.index),
                                 std::string(to_text(incident.outcome)),
                                 std::string(code_of(incident.reason)),
                                 to_hex(incident.leaf),
                                 counted,
                                 std::to_string(row.commit),
                                 replayed(row)};
  const ToldIncident nothing;
  const ToldIncident& one = told != nullptr ? *told : nothing;
  cells.insert(cells.end(),
               {one.kind, one.unit, one.method, one.contest,
                one.version > 0 ? std::to_string(one.version) : "", one.words, settled});
  return cells;
}

int incidents(const IncidentsOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  std::vector<IncidentRow> rows;
  const auto read =
      for_each_incident(*opened->store, 0, [&](const IncidentRow& row) { rows.push_back(row); });
  if (!read) return report(read.error());
  const auto settled = settled_conflicts(opened->home->count, *opened->store);
  if (!settled) return report(settled.error());
  const std::vector<ToldIncident> told = tell_incidents(*opened, rows);

  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> cells;
  std::uint64_t conflicts = 0, rejected = 0, again = 0, decided = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const IncidentRow& row = rows[i];
    const bool conflict = row.incident.outcome == Outcome::conflict;
    const std::string counted = conflict ? to_hex(ByteView(row.incident.counted)) : "";
    const std::string by = settled_in_words(*settled, row.incident);
    const ToldIncident* words = i < told.size() ? &told[i] : nullptr;
    ++(conflict ? conflicts : rejected);
    again += row.replayed_as ? 1 : 0;
    decided += by.empty() ? 0 : 1;
    if (options.format == "json") {
      all.push_back(json_of(row, counted, by, words, opened->home->rules));
    } else if (options.format == "csv") {
      cells.push_back(csv_cells(row, counted, by, words));
    } else {
      cells.push_back(
          {std::to_string(row.partition), std::to_string(row.incident.position),
           std::to_string(row.incident.index), std::string(to_text(row.incident.outcome)),
           std::to_string(row.commit), conflict ? by : replayed(row),
           words != nullptr ? words->words
                            : fmt::format("{}, leaf {}", code_of(row.incident.reason).text(),
                                          to_hex(row.incident.leaf).substr(0, 16))});
    }
  }
  if (options.format == "json") {
    print_as_json(all);
  } else if (options.format == "csv") {
    std::fputs(
        "partition,position,index,outcome,reason,leaf,counted_leaf,commit,replayed_as,kind,unit,"
        "method,contest,version,words,settled\n",
        stdout);
    for (const auto& row : cells) std::fputs(csv_line(row).c_str(), stdout);
  } else {
    std::fputs(table({"Partition>", "Record>", "Index>", "Outcome", "Commit>",
                      "Settled, or replayed as", "What"},
                     cells)
                   .c_str(),
               stdout);
    std::printf(
        "%s conflict(s), %s rejected, of which %s replayed%s\n", grouped(conflicts).c_str(),
        grouped(rejected).c_str(), grouped(again).c_str(),
        decided > 0 ? ("; " + grouped(decided) + " conflict(s) settled by officers").c_str() : "");
  }
  return done;
}

// What producers wrote to the inbox and nobody recorded. Whoever has the hash of a small message can guess the message.
int refused(const IncidentsOptions& options) {
  const auto config = load_config(options.where.config);
  if (!config) return report(config.error());
  const auto folder = HomeFolder::open(*config);
  if (!folder) return report(folder.error());
  if (publishes_after_close((*folder)->count)) {
    const auto opened = open_store(options.where, "teller_publisher");
    if (!opened) return report(opened.error());
  }
  const auto kafka = need(*config, config->kafka, "kafka");
  if (!kafka) return report(kafka.error());
  KafkaSettings settings = kafka_settings(*kafka, "reconcile", kafka->refused);
  settings.read_only = true;
  const auto topic = open_kafka_journal(settings, 1);
  if (!topic) return report(topic.error());
  // Each message once: its line may stand there twice, after a crash.
  std::map<std::pair<std::int32_t, std::uint64_t>, RefusedLine> lines;
  Position next = 0;
  const auto read = read_refused_lines(**topic, next, [&](const RefusedLine& line) {
    lines.try_emplace({line.partition, line.offset}, line);
  });
  if (!read) return report(read.error());
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> cells;
  std::map<std::string, std::uint64_t> by_code;
  for (const auto& [at, line] : lines) {
    ++by_code[line.code];
    all.push_back({{"partition", line.partition},
                   {"offset", line.offset},
                   {"code", line.code},
                   {"sha256", line.sha256}});
    cells.push_back({std::to_string(line.partition), std::to_string(line.offset), line.code,
                     options.format == "csv" ? line.sha256 : line.sha256.substr(0, 16)});
  }
  if (options.format == "json") {
    print_as_json(all);
  } else if (options.format == "csv") {
    std::fputs("partition,offset,code,sha256\n", stdout);
    for (const auto& row : cells) std::fputs(csv_line(row).c_str(), stdout);
  } else {
    std::fputs(table({"Partition>", "Offset>", "Code", "SHA-256"}, cells).c_str(), stdout);
    std::printf("%s message(s) of the inbox refused\n", grouped(lines.size()).c_str());
    for (const auto& [code, messages] : by_code) {
      std::printf("%s %s\n", grouped(messages).c_str(), code.c_str());
    }
  }
  return done;
}

}  // namespace

void add_incidents(CLI::App& app) {
  auto options = std::make_shared<IncidentsOptions>();
  CLI::App* command = add_command(
      app, "incidents", "List conflicts and rejected entries: place, unit, contest, both figures",
      "Examples:\n"
      "  teller incidents --home my-count\n"
      "  teller incidents --config teller.toml --format csv > incidents.csv\n"
      "  teller incidents --config teller.toml --refused\n"
      "Of a sheet both figures are shown, the one that is counted and the one that is not; of a\n"
      "ballot only its unit. The bytes are in the journal, at partition, record and index.\n"
      "`teller resolve` settles conflicts, `teller replay-rejected` records rejected entries "
      "anew.");
  add_where(command, options->where);
  add_before_close(command, options->where);
  command->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  command->add_flag("--refused", options->refused,
                    "Of the servers: what the inbox refused, by place in the inbox and code");
  on_run(command, [options] {
    if (!options->refused) return incidents(*options);
    if (!options->where.config.empty()) return refused(*options);
    return report({Remedy::reject, "config.invalid",
                   "--refused reads the topic of an inbox: name the servers with --config (a home "
                   "has no inbox; whoever sends over HTTP is answered what was refused)"});
  });
}

}  // namespace teller::cli
