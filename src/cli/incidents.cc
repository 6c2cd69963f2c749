// teller incidents: what was recorded and not counted, and is no duplicate.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/table.h"
#include "store/each_incident.h"

namespace teller::cli {
namespace {

struct Options {
  Where where;
  std::string format = "table";
};

std::string replayed(const IncidentRow& row) {
  if (!row.replayed_as) return "";
  return fmt::format("{}/{}/{}", row.replayed_as->partition, row.replayed_as->position,
                     row.replayed_as->index);
}

int incidents(const Options& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> cells;
  std::uint64_t conflicts = 0, rejected = 0, again = 0;
  const auto read = for_each_incident(*opened->store, 0, [&](const IncidentRow& row) {
    const Incident& incident = row.incident;
    const bool conflict = incident.outcome == Outcome::conflict;
    const std::string counted = conflict ? to_hex(ByteView(incident.counted)) : "";
    ++(conflict ? conflicts : rejected);
    again += row.replayed_as ? 1 : 0;
    if (options.format == "json") {
      all.push_back({{"partition", row.partition},
                     {"position", incident.position},
                     {"index", incident.index},
                     {"outcome", to_text(incident.outcome)},
                     {"reason", code_of(incident.reason)},
                     {"leaf", to_hex(incident.leaf)},
                     {"counted_leaf", counted},
                     {"commit", row.commit},
                     {"replayed_as", replayed(row)}});
      return;
    }
    const bool csv = options.format == "csv";
    const auto hash = [&](const std::string& hex) { return csv ? hex : hex.substr(0, 16); };
    cells.push_back({std::to_string(row.partition), std::to_string(incident.position),
                     std::to_string(incident.index), std::string(to_text(incident.outcome)),
                     std::string(code_of(incident.reason)), hash(to_hex(incident.leaf)),
                     hash(counted), std::to_string(row.commit), replayed(row)});
  });
  if (!read) return report(read.error());
  if (options.format == "json") {
    std::printf("%s\n", all.dump(2).c_str());
  } else if (options.format == "csv") {
    std::fputs("partition,position,index,outcome,reason,leaf,counted_leaf,commit,replayed_as\n",
               stdout);
    for (const auto& row : cells) std::fputs(csv_line(row).c_str(), stdout);
  } else {
    std::fputs(table({"Partition>", "Record>", "Index>", "Outcome", "Reason", "Leaf", "Counted",
                      "Commit>", "Replayed as"},
                     cells)
                   .c_str(),
               stdout);
    std::printf("%s conflict(s), %s rejected, of which %s replayed\n", grouped(conflicts).c_str(),
                grouped(rejected).c_str(), grouped(again).c_str());
  }
  return done;
}

}  // namespace

void add_incidents(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, "incidents", "List conflicts and rejected entries: place, reason, hashes",
      "Examples:\n"
      "  teller incidents --home my-count\n"
      "  teller incidents --config teller.toml --format csv > incidents.csv\n"
      "No content is shown: the bytes are in the journal, at partition, record and index.");
  add_where(command, options->where);
  command->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  on_run(command, [options] { return incidents(*options); });
}

}  // namespace teller::cli
