// teller decide: what officers decide about a count, made, signed and sent.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/grouped.h"
#include "cli/ballot_ids.h"
#include "cli/check_file.h"
#include "cli/command.h"
#include "cli/decision_way.h"
#include "cli/officer_requests.h"
#include "cli/open.h"
#include "cli/open_sheets.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/voters_place.h"
#include "decide/ballot_decision.h"
#include "decide/decision_moves.h"
#include "decide/new_decision.h"
#include "decide/told_decisions.h"
#include "election/decisions.h"
#include "log/merkle.h"
#include "log/segments_directory.h"
#include "publish/current_totals.h"
#include "publish/status.h"
#include "tables/reader.h"

namespace teller::cli {
namespace {

struct DecideOptions {
  Where where;
  DecisionWay way;
  DecisionAsked asked;
  BallotsNamed named;
  bool found_only = false;
  std::string checks, waiting, rules;
  bool as_person = false;
};

bool about_ballots(Control::Action action) {
  return action == Control::Action::void_ballot || action == Control::Action::reinstate;
}

// A decision that was made, of which count, and what of the ballots that were named it is about.
struct MadeDecision {
  Decision decision;
  CountFile count;
  nlohmann::ordered_json named = nullptr;
};

nlohmann::ordered_json named_json(const BallotsFound& found, const BallotIds& ids) {
  return {{"named", ids.ids.size()},
          {"found", found.ballots.size()},
          {"absent", ids_json(found.absent)},
          {"settled", ids_json(found.settled)},
          {"elsewhere", ids_json(found.elsewhere)},
          {"unreadable", ids.unreadable},
          {"other_kinds", ids.others}};
}

// What of the ballots that were named can be decided about is told before anything is made.
Result<Decision> decide_about_ballots(const DecideOptions& options, const Opened& opened,
                                      nlohmann::ordered_json& told) {
  const auto ids = find_ballot_ids(options.named, opened);
  if (!ids) return std::unexpected(ids.error());
  DirectorySegments segments(segments_folder(opened));
  const auto found = find_ballots(opened.home->count, *opened.store, segments, options.asked.action,
                                  ids->ids, ids->elsewhere);
  if (!found) return std::unexpected(found.error());
  std::string words = "teller: " + to_words(*found, options.asked.action);
  if (ids->unreadable > 0) {
    words += ", and " + grouped(ids->unreadable) + " entries of the file that no count takes";
  }
  if (ids->others > 0) words += ", and " + grouped(ids->others) + " entries that are no ballots";
  say(words);
  told = named_json(*found, *ids);
  return new_ballot_decision(opened.home->count, *opened.store, *found, options.asked,
                             options.found_only);
}

Result<Decision> make_decision(const DecideOptions& options, const Opened& opened,
                               nlohmann::ordered_json& named) {
  if (about_ballots(options.asked.action)) return decide_about_ballots(options, opened, named);
  const auto checks = read_check_rules(options.checks);
  if (!checks) return std::unexpected(checks.error());
  DecisionAsked asked = options.asked;
  asked.checks = *checks;
  if (asked.action ==
      Control::Action::certify) {  // What is certified is checked, and nothing else.
    auto voters = read_unit_voters(opened);
    if (!voters) return std::unexpected(voters.error());
    asked.voters = std::move(*voters);
  }
  const auto entered = open_sheets(opened);
  if (!entered) return std::unexpected(entered.error());
  asked.entered_open = *entered;
  return new_stage_decision(opened.home->definition(), opened.home->presentation, *opened.store,
                            asked);
}

// A decision, and the count file of its count. The store is closed again: whoever counts it is its
// only user then.
Result<MadeDecision> make_and_sign(const DecideOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return std::unexpected(opened.error());
  nlohmann::ordered_json named = nullptr;
  auto decision = make_decision(options, *opened, named);
  // A server that counts signs a statement within a second or two.
  constexpr auto patience = std::chrono::seconds(30);
  const auto began = std::chrono::steady_clock::now();
  while (!decision && decision.error().code == Code("decision.unstated") &&
         !options.way.to.to.url.empty() && std::chrono::steady_clock::now() - began < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    decision = make_decision(options, *opened, named);
  }
  if (!decision) return std::unexpected(decision.error());
  if (auto good = sign_with(*decision, options.way.keys); !good) {
    return std::unexpected(good.error());
  }
  return MadeDecision{std::move(*decision), opened->home->count, std::move(named)};
}

int decide(const DecideOptions& options) {
  const auto made = make_and_sign(options);
  if (!made) return report(made.error());
  const auto& [decision, count, named] = *made;
  return go_on_with(options.way, options.where.home, decision, count, named);
}

Result<Decision> read_decision(const std::string& path) {
  const auto text = read_file(path, decision_bytes_max);
  if (!text) return std::unexpected(text.error());
  return parse_decision(*text, path);
}

int sign_file(const DecideOptions& options) {
  auto decision = read_decision(options.way.file);
  if (!decision) return report(decision.error());
  if (auto good = sign_with(*decision, options.way.keys); !good) return report(good.error());
  return write_decision(options.way, *decision, nullptr);
}

// What it is about, so that an officer can compare it with what was looked at.
void add_targets(const Decision& decision, std::vector<std::vector<std::string>>& rows) {
  constexpr std::size_t shown_max = 20;
  if (decision.first().about_stage()) return;
  for (const Entry& entry :
       std::span(decision.entries).first(std::min(decision.entries.size(), shown_max))) {
    const Control& control = std::get<Control>(entry.body);
    std::string about = to_text(control.target_id().value_or(EntryId{}));
    if (control.action == Control::Action::keep) {
      about += fmt::format(": leaf {} counts, leaf {} does not", to_hex(control.kept.counted),
                           to_hex(control.kept.other));
    } else if (control.action == Control::Action::supersede) {
      about += fmt::format(": leaf {} counts, and no longer leaf {}",
                           to_hex(leaf_hash(control.other)), to_hex(leaf_hash(control.target)));
    }
    rows.push_back({"About", std::move(about)});
  }
  if (decision.entries.size() > shown_max) {
    rows.push_back({"", fmt::format("and {} more", grouped(decision.entries.size() - shown_max))});
  }
}

// By how much totals move, for the officer who signs what somebody else has made.
Result<void> add_moves(const Decision& decision, const std::string& path,
                       std::vector<std::vector<std::string>>& rows) {
  const auto text = read_text(path, Rules::file_bytes_max);
  if (!text) return std::unexpected(text.error());
  const auto rules = Rules::parse(*text, path);
  if (!rules) return std::unexpected(rules.error());
  const DecisionMoves moves = moves_of(decision, *rules);
  for (const auto& [of, by] : moves.by) {
    rows.push_back(
        {"Totals", fmt::format("{}: {} {}", rules->contest(of.first).id,
                               column_id(*rules, of.first, of.second), grouped_move(by))});
  }
  if (moves.by.empty()) rows.push_back({"Totals", "none moves"});
  if (moves.in_several > 0) {
    rows.push_back({"", fmt::format("{} ballot(s) change in more than one contest",
                                    grouped(moves.in_several))});
  }
  if (moves.unreadable > 0) {
    rows.push_back({"", fmt::format("{} ballot(s) are none by these rules; nothing is said of them",
                                    grouped(moves.unreadable))});
  }
  return {};
}

int show_file(const DecideOptions& options) {
  const auto decision = read_decision(options.way.file);
  if (!decision) return report(decision.error());
  std::vector<std::vector<std::string>> rows{
      {"Decision", words_of(*decision)},
      {"Reason", decision->reason},
      {"Count", decision->count.hex()},
      {"Signed by", signers_of(*decision)},
      {"Entries", grouped(decision->entries.size())},
  };
  if (decision->action == Control::Action::certify) {
    const Control::Certified& certified = decision->first().certified;
    rows.push_back({"Statement", std::to_string(certified.statement)});
    rows.push_back({"Digest", to_hex(certified.digest)});
  }
  if (!options.rules.empty() && !decision->first().about_stage()) {
    if (auto added = add_moves(*decision, options.rules, rows); !added) {
      return report(added.error());
    }
  }
  add_targets(*decision, rows);
  std::fputs(table({"", "What is decided"}, rows).c_str(), stdout);
  return done;
}

int list_decisions(const DecideOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const auto head = opened->store->head();
  if (!head) return report(head.error());
  const auto stage = stage_reached(opened->home->count, *opened->store, head->commit);
  if (!stage) return report(stage.error());
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> cells;
  for (std::uint64_t after = 0;;) {
    const auto rows = told_decisions(opened->home->count, *opened->store, after);
    if (!rows) return report(rows.error());
    if (rows->empty()) break;
    after = rows->back().commit;
    for (const ToldDecision& row : *rows) {
      all.push_back({{"commit", row.commit},
                     {"action", row.action},
                     {"about", row.about},
                     {"officers", row.officers},
                     {"reason", row.reason}});
      cells.push_back(
          {std::to_string(row.commit), row.action, row.about, row.officers, row.reason});
    }
  }
  if (options.way.json) {
    const nlohmann::ordered_json json{
        {"stage", to_text(stage->all)}, {"status", head->status}, {"decisions", std::move(all)}};
    print_as_json(json);
    return done;
  }
  std::printf("The count is %s (%s).%s\n", std::string(to_text(stage->all)).c_str(),
              head->status.c_str(),
              stage->same_everywhere()
                  ? ""
                  : fmt::format(" Some partitions are {}: send that decision again, or see what "
                                "became of it (teller incidents).",
                                to_text(stage->first))
                        .c_str());
  if (!cells.empty()) {
    std::fputs(table({"Commit>", "Decision", "About", "Officers", "Reason"}, cells).c_str(),
               stdout);
  }
  return done;
}

void add_action(CLI::App* decide_command, Control::Action action, const char* summary) {
  const auto options = std::make_shared<DecideOptions>();
  options->asked.action = action;
  CLI::App* command = decide_command->add_subcommand(std::string(to_text(action)), summary);
  options->where.tells_votes = false;
  add_where(command, options->where);
  command->add_option("--reason", options->asked.reason, "Why; it is published")
      ->type_name("TEXT")
      ->required();
  if (action == Control::Action::certify) {
    command->add_flag("--accept-open", options->asked.accept_open,
                      "Certify although conflicts, rejections or findings of checks are left; how "
                      "many is added to the reason");
    add_checks(command, options->checks);
  }
  if (about_ballots(action)) {
    add_ballots_named(command, options->named);
    command->add_flag("--found-only", options->found_only,
                      "Leave out what is absent, settled already, or from another batch too; else "
                      "that is refused");
  }
  add_way(command, options->way);
  on_run(command, [options] { return decide(*options); });
}

void add_waiting(CLI::App* decide_command) {
  const auto options = std::make_shared<DecideOptions>();
  CLI::App* command = decide_command->add_subcommand(
      "waiting", "Decisions that wait at a server for more signatures");
  add_door(command, options->way.to.to);
  auto* get = command->add_option("--get", options->waiting, "Fetch this one, to read and sign it")
                  ->type_name("ID");
  command->add_option("--out", options->way.file, "Where it goes")->type_name("FILE")->needs(get);
  command->add_flag("--json", options->way.json, "For a program to read");
  on_run(command, [options] {
    if (options->waiting.empty()) return list_waiting(options->way.to.to, options->way.json);
    if (options->way.file.empty()) {
      say("--get goes with --out");
      return usage;
    }
    return fetch_waiting(options->way.to.to, options->waiting, options->way.file);
  });
}

}  // namespace

void add_decide(CLI::App& app) {
  CLI::App* command = add_command(
      app, "decide", "Sign what officers decide: open, close, certify, void a ballot",
      "Examples:\n"
      "  teller decide open --home count --reason \"Polls open\" --sign a.key --sign b.key\n"
      "  teller decide certify --home count --reason \"Canvass of 19 May\" --sign a.key \\\n"
      "    --out certify.json\n"
      "  teller decide show void.json --rules count/rules.json\n"
      "  teller decide sign certify.json --sign b.key\n"
      "  teller decide send certify.json --home count\n"
      "  teller decide send certify.json --to URL --token-file huber.token --as-person\n"
      "  teller decide waiting --to URL --token-file meier.token\n"
      "  teller decide void --home count --batch 'scanner 3/17' --reason \"Scanned twice\" \\\n"
      "    --sign a.key --out void.json\n"
      "  teller decide list --home count\n"
      "A decision takes as many officers as count.json says (approvals). A file that was sent can "
      "be\n"
      "sent again: it decides once. docs/reference/decisions.md says who may decide what, and "
      "when.");
  command->require_subcommand(1);
  add_action(command, Control::Action::open, "Voting begins: from here on ballots are counted");
  add_action(command, Control::Action::close, "Voting is over; counting goes on");
  add_action(command, Control::Action::certify, "The result is official; nothing more is counted");
  add_action(command, Control::Action::reopen, "Take the certification back; counting goes on");
  add_action(command, Control::Action::void_ballot, "Take counted ballots out of the totals");
  add_action(command, Control::Action::reinstate, "Count ballots that are void again");

  const auto options = std::make_shared<DecideOptions>();
  CLI::App* signing = command->add_subcommand("sign", "Add an officer's signature to a decision");
  signing->add_option("FILE", options->way.file, "A decision that --out kept")->required();
  add_keys_option(signing, options->way, true);
  on_run(signing, [options] { return sign_file(*options); });

  CLI::App* showing = command->add_subcommand("show", "Say what a decision's file decides");
  showing->add_option("FILE", options->way.file, "A decision that --out kept")->required();
  showing
      ->add_option("--rules", options->rules,
                   "The count's rules.json: say by how much totals move by it")
      ->type_name("FILE");
  on_run(showing, [options] { return show_file(*options); });

  CLI::App* sending = command->add_subcommand("send", "Send a decision that is signed");
  sending->add_option("FILE", options->way.file, "A decision that --out kept")->required();
  auto* home = sending->add_option("--home", options->way.to.home, "The home of an embedded count")
                   ->type_name("DIR");
  add_target(sending, options->way);
  sending->get_option("--to")->excludes(home);
  sending->add_flag("--as-person", options->as_person,
                    "The token is a person's (teller token): with too few signatures it waits "
                    "there for the others");
  sending->add_flag("--json", options->way.json, "Report as JSON");
  on_run(sending, [options] {
    if (options->way.to.home.empty() && options->way.to.to.url.empty()) {
      say("give one of --home and --to");
      return usage;
    }
    if (options->as_person && options->way.to.to.url.empty()) {
      say("--as-person goes with --to");
      return usage;
    }
    const auto decision = read_decision(options->way.file);
    if (!decision) return report(decision.error());
    if (options->as_person) {
      return hand_in_decision(options->way.to.to, *decision, options->way.json);
    }
    return send_decision(options->way, *decision);
  });
  add_waiting(command);

  CLI::App* listing =
      command->add_subcommand("list", "What was decided, and where the count stands");
  options->where.tells_votes = false;
  add_where(listing, options->where);
  listing->add_flag("--json", options->way.json, "For a program to read");
  on_run(listing, [options] { return list_decisions(*options); });
}

}  // namespace teller::cli
