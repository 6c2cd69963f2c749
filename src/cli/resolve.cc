// teller resolve: conflicts, both sides of each, and the decision that settles it.
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/decision_way.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/told_incidents.h"
#include "decide/ballot_decision.h"
#include "intake/entry_output.h"
#include "log/merkle.h"
#include "log/segments_directory.h"
#include "outcomes/recorded_entry.h"
#include "store/each_incident.h"

namespace teller::cli {
namespace {

struct ResolveOptions {
  Where where;
  DecisionWay way;
  std::vector<std::string> conflicts;  // As place_in_words() has them.
  bool all_open = false;
  bool keep = false, supersede = false, undo = false;
  [[nodiscard]] bool decides() const { return keep || supersede || undo; }
};

// A conflict that was named or is listed, and whether it is settled.
struct ConflictSeen {
  IncidentRow row;
  EntryPlace place;
  std::string settled;
};

Result<std::vector<ConflictSeen>> find_conflicts(const ResolveOptions& options,
                                                 const Opened& opened) {
  const auto settled = settled_conflicts(opened.home->count, *opened.store);
  if (!settled) return std::unexpected(settled.error());
  std::set<std::string> named(options.conflicts.begin(), options.conflicts.end());
  std::vector<ConflictSeen> seen;
  auto read = for_each_incident(*opened.store, 0, [&](const IncidentRow& row) {
    if (row.incident.outcome != Outcome::conflict) return;
    const EntryPlace place{row.partition, row.incident.position, row.incident.index};
    const bool is_named = named.erase(place_in_words(place)) > 0;
    std::string by = settled_in_words(*settled, row.incident);
    if (options.conflicts.empty() ? options.all_open && !by.empty() : !is_named) return;
    seen.push_back({row, place, std::move(by)});
  });
  if (!read) return std::unexpected(read.error());
  if (!named.empty()) {
    return fail(Remedy::reject, "decision.no_conflict",
                fmt::format("at {} there is no conflict (partition/record/index, as this command "
                            "lists them)",
                            fmt::join(named, ", ")));
  }
  return seen;
}

bool is_control(const Bytes& entry) {
  return entry.size() > 1 && entry[1] == static_cast<std::uint8_t>(EntryKind::control);
}

// With `all_open` without those that nobody can settle.
Result<std::vector<Conflict>> read_sent(const Opened& opened, const std::vector<ConflictSeen>& seen,
                                        bool all_open) {
  std::vector<Conflict> conflicts;
  const auto journal = open_journal_to_read(opened);
  if (!journal) return std::unexpected(journal.error());
  std::size_t of_decisions = 0;
  for (const ConflictSeen& one : seen) {
    auto sent = recorded_entry(**journal, opened.home->count, one.place, one.row.incident.leaf);
    if (!sent) return std::unexpected(sent.error());
    if (all_open && is_control(*sent)) {
      ++of_decisions;
      continue;
    }
    conflicts.push_back({one.place.partition, std::move(*sent)});
  }
  if (of_decisions > 0) {
    say(
        fmt::format("teller: {} conflict(s) of decisions stay open: what was counted of a decision "
                    "stands (certifying takes --accept-open)",
                    grouped(of_decisions)));
  }
  return conflicts;
}

int list_conflicts(const ResolveOptions& options, const Opened& opened,
                   const std::vector<ConflictSeen>& seen) {
  std::vector<IncidentRow> rows;
  for (const ConflictSeen& one : seen) rows.push_back(one.row);
  const std::vector<ToldIncident> told = tell_incidents(opened, rows);
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> cells;
  std::size_t open = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const ConflictSeen& one = seen[i];
    open += one.settled.empty() ? 1 : 0;
    const std::string words = i < told.size() ? told[i].words : "";
    const std::string id = to_text(one.row.incident.id);
    all.push_back({{"conflict", place_in_words(one.place)},
                   {"id", id},
                   {"commit", one.row.commit},
                   {"not_counted", to_hex(one.row.incident.leaf)},
                   {"settled", one.settled},
                   {"words", words}});
    cells.push_back(
        {place_in_words(one.place), id, std::to_string(one.row.commit), one.settled, words});
  }
  if (options.way.json) {
    print_as_json(all);
    return done;
  }
  if (!cells.empty()) {
    std::fputs(table({"Conflict", "Id", "Commit>", "Settled", "What"}, cells).c_str(), stdout);
  }
  std::printf("%s conflict(s), %s open\n", grouped(seen.size()).c_str(), grouped(open).c_str());
  return done;
}

// One side of a conflict, for people who compare it with the paper.
nlohmann::ordered_json side(const Bytes& bytes, const Opened& opened) {
  Entry entry;
  const Home& home = *opened.home;
  nlohmann::ordered_json json;
  json["leaf"] = to_hex(leaf_hash(bytes));
  if (decode(bytes, home.rules, home.count.id, entry)) return json;
  if (std::holds_alternative<Ballot>(entry.body) || std::holds_alternative<Sheet>(entry.body)) {
    json["entry"] = nlohmann::ordered_json::parse(to_json(entry, home.rules, home.count.id));
  }
  return json;
}

int show_conflicts(const Opened& opened, const std::vector<ConflictSeen>& seen) {
  const auto sent = read_sent(opened, seen, false);
  if (!sent) return report(sent.error());
  std::map<EntryId, std::uint16_t> ids;
  for (const ConflictSeen& one : seen) ids[one.row.incident.id] = one.row.partition;
  DirectorySegments segments(segments_folder(opened));
  const auto now = entries_now(opened.home->count, *opened.store, segments, ids);
  if (!now) return report(now.error());
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < seen.size(); ++i) {
    nlohmann::ordered_json json{{"conflict", place_in_words(seen[i].place)},
                                {"settled", seen[i].settled}};
    const auto entry = now->find(seen[i].row.incident.id);
    if (entry != now->end()) {
      json["counts"] = side(entry->second.stands, opened);
      json["void"] = entry->second.is_void;
    }
    json["sent_later"] = side((*sent)[i].sent, opened);
    all.push_back(std::move(json));
  }
  print_as_json(all);
  return done;
}

// The store is closed again before anything is sent: whoever counts it is its only user then.
Result<std::pair<Decision, CountFile>> decide_conflicts(const ResolveOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return std::unexpected(opened.error());
  const auto seen = find_conflicts(options, *opened);
  if (!seen) return std::unexpected(seen.error());
  const auto conflicts = read_sent(*opened, *seen, options.all_open);
  if (!conflicts) return std::unexpected(conflicts.error());
  DirectorySegments segments(segments_folder(*opened));
  const Resolve how = options.keep   ? Resolve::keep
                      : options.undo ? Resolve::undo
                                     : Resolve::supersede;
  auto decision = new_conflict_decision(opened->home->count, *opened->store, segments, *conflicts,
                                        how, options.where.reason);
  if (!decision) return std::unexpected(decision.error());
  if (auto good = sign_with(*decision, options.way.keys); !good) {
    return std::unexpected(good.error());
  }
  return std::pair(std::move(*decision), opened->home->count);
}

int resolve(const ResolveOptions& options) {
  if (options.decides()) {
    if (options.conflicts.empty() && !options.all_open) {
      say("say which: --conflict P/R/I, or --all-open");
      return usage;
    }
    const auto made = decide_conflicts(options);
    if (!made) return report(made.error());
    return go_on_with(options.way, options.where.home, made->first, made->second);
  }
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const auto seen = find_conflicts(options, *opened);
  if (!seen) return report(seen.error());
  return options.conflicts.empty() ? list_conflicts(options, *opened, *seen)
                                   : show_conflicts(*opened, *seen);
}

}  // namespace

void add_resolve(CLI::App& app) {
  const auto options = std::make_shared<ResolveOptions>();
  CLI::App* command = add_command(
      app, "resolve", "Settle conflicts: keep what counts, or let the other content count",
      "Examples:\n"
      "  teller resolve --home count\n"
      "  teller resolve --home count --conflict 0/17/3\n"
      "  teller resolve --home count --conflict 0/17/3 --supersede --reason \"The paper says so\" "
      "\\\n"
      "    --sign a.key --out supersede.json\n"
      "  teller resolve --home count --all-open --keep --reason \"Test cards of the morning\" \\\n"
      "    --sign a.key --sign b.key\n"
      "Alone it lists conflicts; with --conflict it shows both sides as JSON, marks and all. What\n"
      "it decides is a decision like those of `teller decide`: it takes as many officers, its "
      "file\n"
      "is signed and sent by `teller decide sign` and `send`, and it is undone by another one.");
  add_where(command, options->where);
  command
      ->add_option("--conflict", options->conflicts,
                   "Which: partition/record/index; several: several times")
      ->type_name("P/R/I");
  command
      ->add_flag("--all-open", options->all_open,
                 "All that are not settled yet; those of decisions, of a program before this, stay")
      ->excludes("--conflict");
  add_before_close(command, options->where);
  auto* reason =
      command->get_option("--reason")
          ->type_name("TEXT")
          ->description(
              "Why: of a decision it is published; with --before-close it is for the audit log");
  auto* keep = command->add_flag("--keep", options->keep, "What counts goes on counting");
  auto* supersede = command->add_flag("--supersede", options->supersede,
                                      "What was sent later counts in its place (ballots)");
  auto* undo = command->add_flag("--undo", options->undo,
                                 "What the other content was put in the place of counts again");
  for (CLI::Option* one : {keep, supersede, undo}) one->needs(reason);
  keep->excludes(supersede)->excludes(undo);
  supersede->excludes(undo);
  add_way(command, options->way);
  on_run(command, [options] {
    options->where.tells_votes = !options->decides();  // Else both sides may be shown.
    return resolve(*options);
  });
}

}  // namespace teller::cli
