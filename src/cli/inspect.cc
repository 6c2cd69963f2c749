// teller inspect: what a count holds and where it stands. Never changes anything.
#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "journal/record.h"
#include "store/each_incident.h"
#include "verify/vote_law.h"

namespace teller::cli {
namespace {

struct InspectOptions {
  Where where;
  bool json = false, incidents = false, record = false, sheets = false;
};

// A record's head: TREC, version, count, partition, number of entries. What follows is private.
constexpr std::size_t record_head_bytes = 27;

// The record that a halted partition cannot pass: the first one from its position on that is no
// record; if all are, the one at its position, which then reads well by now.
nlohmann::ordered_json record_of(Journal& journal, const Home& home, const PartitionRow& row) {
  std::optional<nlohmann::ordered_json> first;
  for (Position at = row.committed.position;;) {
    const auto records = journal.read(row.partition, at, std::size_t{8} << 20);
    if (!records) return {{"position", at}, {"readable", to_text(records.error())}};
    if (records->empty()) break;
    for (const JournalRecord& record : *records) {
      const auto reader = RecordReader::open(record.bytes, home.count.id, row.partition);
      const nlohmann::ordered_json json{
          {"position", record.position},
          {"size_bytes", record.bytes.size()},
          {"head",
           to_hex(ByteView(record.bytes).first(std::min(record.bytes.size(), record_head_bytes)))},
          {"readable", reader ? "yes" : to_text(reader.error())}};
      if (!reader) return json;
      if (!first) first = json;
    }
    at = records->back().position + 1;
  }
  return first ? *first
               : nlohmann::ordered_json{{"position", row.committed.position},
                                        {"readable", "there is no record at this position"}};
}

// What was read of the store. Nothing here is changed by being shown.
struct CountState {
  Head head;
  std::vector<PartitionRow> partitions;
  Outcomes sum;
  std::uint64_t statements = 0;
  std::optional<ReconciliationRow> reconciled;
};

Result<CountState> read(Store& store) {
  CountState state;
  auto head = store.head();
  if (!head) return std::unexpected(head.error());
  state.head = std::move(*head);
  auto partitions = store.partitions();
  if (!partitions) return std::unexpected(partitions.error());
  state.partitions = std::move(*partitions);
  state.sum = sum_of(state.partitions);
  const auto last = store.last_statement();
  if (!last) return std::unexpected(last.error());
  state.statements = *last ? (*last)->number + 1 : 0;
  auto reconciled = store.last_reconciliation();
  if (!reconciled) return std::unexpected(reconciled.error());
  state.reconciled = std::move(*reconciled);
  return state;
}

nlohmann::ordered_json as_json(const Home& home, const CountState& state) {
  nlohmann::ordered_json json;
  json["count"] = home.count.id.hex();
  json["election"] = home.rules.election;
  json["mode"] = to_text(home.count.mode);
  json["label"] = home.count.label;
  json["status"] = state.head.status;
  json["commit"] = state.head.commit;
  json["committed_at"] = state.head.commit == 0
                             ? nlohmann::ordered_json()
                             : nlohmann::ordered_json(format_utc(state.head.committed_at_us));
  json["recorded"] = state.sum.recorded();
  json["counted"] = state.sum.counted;
  json["duplicate"] = state.sum.duplicate;
  json["conflict"] = state.sum.conflict;
  json["rejected"] = state.sum.rejected;
  json["statements"] = state.statements;
  if (const auto& row = state.reconciled) {
    json["reconciled"] = {{"at", format_utc(row->at_us)},
                          {"commit", row->commit},
                          {"differences", row->differences},
                          {"differs", row->differs},
                          {"not_looked_at", row->not_looked_at}};
    if (!row->refused.empty()) json["reconciled"]["inbox_refused"] = row->refused;
  }
  return json;
}

void print(const Home& home, const CountState& state, const std::string& partitions) {
  const std::string when = state.head.commit == 0
                               ? "nothing is counted yet"
                               : "commit " + grouped(state.head.commit) + " at " +
                                     format_utc(state.head.committed_at_us);
  std::printf("%s · %s%s%s · %s\ncount %s, %s, %s statement(s)\n\n%s\n",
              home.rules.election.c_str(), std::string(to_text(home.count.mode)).c_str(),
              home.count.label.empty() ? "" : " · ", home.count.label.c_str(),
              state.head.status.c_str(), home.count.id.hex().c_str(), when.c_str(),
              grouped(state.statements).c_str(), partitions.c_str());
  std::printf("recorded %s = counted %s + duplicate %s + conflict %s + rejected %s\n",
              grouped(state.sum.recorded()).c_str(), grouped(state.sum.counted).c_str(),
              grouped(state.sum.duplicate).c_str(), grouped(state.sum.conflict).c_str(),
              grouped(state.sum.rejected).c_str());
  if (const auto& row = state.reconciled) {
    std::printf("reconciled as of commit %s at %s: %s difference(s)%s%s\n",
                grouped(row->commit).c_str(), format_utc(row->at_us).c_str(),
                grouped(row->differences).c_str(), row->differs.empty() ? "" : ": ",
                printable_line(row->differs).c_str());
    for (const auto& [code, messages] : row->refused) {
      std::printf("the inbox refused %s message(s): %s\n", grouped(messages).c_str(),
                  printable_line(code).c_str());
    }
  }
}

// The partitions as JSON and as a table; `records`: where halted ones stand, if a journal is given.
std::string partition_table(const Home& home, const CountState& state, Journal* journal,
                            nlohmann::ordered_json& json, std::string& records) {
  std::vector<std::vector<std::string>> rows;
  for (const PartitionRow& row : state.partitions) {
    nlohmann::ordered_json record;
    if (journal != nullptr && row.halted) {
      record = record_of(*journal, home, row);
      records += fmt::format("partition {} stands at record {}: {}\n{}", row.partition,
                             record["position"].dump(), record["readable"].get<std::string>(),
                             record.contains("head")
                                 ? "  " + record["size_bytes"].dump() + " bytes, head " +
                                       record["head"].get<std::string>() + "\n"
                                 : "");
    }
    json["partitions"].push_back({{"partition", row.partition},
                                  {"step", row.committed.number},
                                  {"position", row.committed.position},
                                  {"log_size", row.committed.log_size},
                                  {"root", to_hex(row.committed.root)},
                                  {"counted", row.outcomes.counted},
                                  {"duplicate", row.outcomes.duplicate},
                                  {"conflict", row.outcomes.conflict},
                                  {"rejected", row.outcomes.rejected},
                                  {"halted", row.halted_because},
                                  {"record", record}});
    rows.push_back({std::to_string(row.partition), grouped(row.committed.number),
                    grouped(row.committed.position), grouped(row.outcomes.counted),
                    grouped(row.outcomes.duplicate), grouped(row.outcomes.conflict),
                    grouped(row.outcomes.rejected), to_hex(row.committed.root).substr(0, 16),
                    row.halted ? row.halted_because : ""});
  }
  return table({"Partition", "Step>", "Position>", "Counted>", "Duplicate>", "Conflict>",
                "Rejected>", "Root", "Halted"},
               rows);
}

Result<std::string> incident_table(CountReader& store, nlohmann::ordered_json& json) {
  json["incidents"] = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  const auto read = for_each_incident(store, 0, [&](const IncidentRow& row) {
    const Incident& incident = row.incident;
    json["incidents"].push_back({{"partition", row.partition},
                                 {"position", incident.position},
                                 {"index", incident.index},
                                 {"outcome", to_text(incident.outcome)},
                                 {"reason", code_of(incident.reason)},
                                 {"leaf", to_hex(incident.leaf)},
                                 {"commit", row.commit}});
    rows.push_back({std::to_string(row.partition), grouped(incident.position),
                    std::to_string(incident.index), std::string(to_text(incident.outcome)),
                    std::string(code_of(incident.reason)), to_hex(incident.leaf).substr(0, 16)});
  });
  if (!read) return std::unexpected(read.error());
  return table({"Partition", "Record>", "Index>", "Outcome", "Reason", "Leaf"}, rows);
}

Result<std::string> sheets_against_cards(CountReader& store, const Rules& rules,
                                         nlohmann::ordered_json& json) {
  const auto snapshot = store.snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  const VoteLaw law = against_vote_law(rules, snapshot->totals);
  json["sheets"] = {{"in_full", law.sheets_in_full},
                    {"in_part", law.sheets_in_part},
                    {"not_checked", law.sheets_not},
                    {"wrong", law.wrong}};
  std::string text = sheets_in_words(law);
  if (!text.empty()) text += "\n";
  for (const std::string& what : law.wrong) text += printable_line(what) + "\n";
  return text;
}

int inspect(const InspectOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const Home& home = *opened->home;
  const auto state = read(*opened->store);
  if (!state) return report(state.error());
  std::unique_ptr<Journal> journal;
  if (options.record && std::ranges::any_of(state->partitions, &PartitionRow::halted)) {
    auto journal_opened = open_journal_to_read(*opened);
    if (!journal_opened) return report(journal_opened.error());
    journal = std::move(*journal_opened);
  }
  auto json = as_json(home, *state);
  put_second_place(json, *opened);
  std::string records, sheets, incidents;
  const std::string partitions = partition_table(home, *state, journal.get(), json, records);
  if (options.incidents) {
    auto listed = incident_table(*opened->store, json);
    if (!listed) return report(listed.error());
    incidents = "\n" + *listed;
  }
  if (options.sheets) {
    auto checked = sheets_against_cards(*opened->store, home.rules, json);
    if (!checked) return report(checked.error());
    sheets = std::move(*checked);
  }
  if (options.json) {
    print_as_json(json);
    return done;
  }
  print(home, *state, partitions);
  std::printf("%s%s%s%s", sheets.c_str(), records.empty() ? "" : "\n", records.c_str(),
              incidents.c_str());
  return done;
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = add_command(app, "inspect", "Look into a count without changing anything",
                                  "Examples:\n"
                                  "  teller inspect --home my-count\n"
                                  "  teller inspect --home my-count --record\n"
                                  "  teller inspect --home my-count --incidents --json");
  add_where(command, options->where);
  add_before_close(command, options->where);
  command->add_flag("--incidents", options->incidents, "List conflicts and rejections");
  command->add_flag("--record", options->record,
                    "Show the record at which a halted partition stands (reads the journal)");
  command->add_flag("--sheets", options->sheets,
                    "Hold votes against cards, and say of how many sheets that cannot be done");
  command->add_flag("--json", options->json, "For a program to read");
  on_run(command, [options] { return inspect(*options); });
}

}  // namespace teller::cli
