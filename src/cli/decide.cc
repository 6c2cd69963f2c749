// teller decide: what officers decide about a count, made, signed and sent.
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
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
#include "cli/entry_target.h"
#include "cli/officer_requests.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "decide/ballot_decision.h"
#include "decide/new_decision.h"
#include "decide/told_decisions.h"
#include "election/decisions.h"
#include "entering/entered_sheets.h"
#include "gateway/loader.h"
#include "host/stop_signals.h"
#include "intake/accept.h"
#include "log/segments_directory.h"
#include "publish/status.h"

namespace teller::cli {
namespace {

constexpr std::uint64_t decision_bytes_max = std::uint64_t{256} << 20;

struct DecideOptions {
  Where where;
  SendTo to;
  DecisionAsked asked;
  std::vector<std::string> keys;
  BallotsNamed named;
  bool found_only = false;
  std::string file, checks, waiting;
  bool as_person = false;
  bool json = false;
};

std::string words_of(const Decision& decision) {
  std::string text(to_text(decision.action));
  if (decision.first().about_stage()) return text + " the count";
  return text + " " + grouped(decision.entries.size()) +
         (decision.entries.size() == 1 ? " ballot" : " ballots");
}

std::string signers_of(const Decision& decision) {
  const auto names = decision.officers();
  return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", "));
}

bool about_ballots(Control::Action action) {
  return action == Control::Action::void_ballot || action == Control::Action::reinstate;
}

// A decision that was made, of which count, and what of the ballots that were named it is about.
struct MadeDecision {
  Decision decision;
  CountFile count;
  nlohmann::ordered_json named = nullptr;
};

nlohmann::ordered_json json_of(const BallotsFound& found, const BallotIds& ids) {
  const auto list = [](const std::vector<EntryId>& some) {
    nlohmann::ordered_json texts = nlohmann::ordered_json::array();
    for (const EntryId& id : some) texts.push_back(to_text(id));
    return texts;
  };
  return {{"named", ids.ids.size()},
          {"found", found.ballots.size()},
          {"absent", list(found.absent)},
          {"settled", list(found.settled)},
          {"elsewhere", list(found.elsewhere)},
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
  told = json_of(*found, *ids);
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
  auto voters = read_unit_voters(*opened.home, opened.home->rules);
  if (!voters) return std::unexpected(voters.error());
  asked.voters = std::move(*voters);
  const auto entered =
      EnteredSheets::open(opened.home->path / EnteredSheets::folder_name, opened.home->rules);
  if (!entered) return std::unexpected(entered.error());
  asked.entered_open = entered->open_sheets();
  return new_stage_decision(opened.home->definition(), opened.home->presentation, *opened.store,
                            asked);
}

Result<void> sign_with(Decision& decision, const std::vector<std::string>& keys) {
  for (const std::string& path : keys) {
    const auto key = OfficerKey::read(path);
    if (!key) return std::unexpected(key.error());
    if (auto good = sign(decision, *key); !good) return good;
  }
  return {};
}

// Sends all entries, one body after the other.
Result<std::vector<RecordPlace>> send_entries(const EntryTarget& target, const Decision& decision,
                                              LoadSummary& summary) {
  std::vector<Bytes> entries;
  for (const Entry& entry : decision.entries) entries.push_back(encode(entry, decision.count));
  std::string refused;  // The last one that was.
  LoadOptions load;
  load.in_flight = 1;
  load.on_refused = [&](const std::string&, const RefusedEntry& entry) {
    refused = entry.code + ": " + entry.detail;
    say(printable_line("refused: " + refused));
  };
  Loader loader(*target.sender, std::move(load));
  auto sent = loader.entries(decision.count, entries, "the decision");
  if (auto finished = loader.finish(); sent) sent = std::move(finished);
  summary = loader.summary();
  if (!sent) return std::unexpected(sent.error());
  if (summary.bodies_refused > 0) return fail(Remedy::reject, "load.not_allowed", refused);
  return loader.take_records();
}

// What became of each ballot, when it is known of all: "counted", or why it was not.
nlohmann::ordered_json each_ballot(const Became& became,
                                   const std::map<std::string, std::string>& ballots) {
  if (!became.followed || became.followed->waiting > 0 || became.incidents_more > 0) return nullptr;
  std::map<std::string, std::string> codes;
  for (const std::string& one : became.incidents) {
    const auto json = nlohmann::json::parse(one);
    codes.emplace(json.value("id", ""), json.value("code", ""));
  }
  nlohmann::ordered_json each = nlohmann::ordered_json::array();
  for (const auto& [entry, ballot] : ballots) {
    const auto code = codes.find(entry);
    each.push_back(
        {{"ballot", ballot}, {"became", code == codes.end() ? "counted" : code->second}});
  }
  return each;
}

int send_decision(const DecideOptions& options, const Decision& decision,
                  const nlohmann::ordered_json& named = nullptr) {
  install_stop_signals();
  const auto ballots = ballots_by_entry(decision);
  SendTo to = options.to;
  to.json = true;  // Each incident is kept, to tell which ballot it is about.
  to.place = [&](std::string_view entry) {
    const auto ballot = ballots.find(std::string(entry));
    return ballot == ballots.end() ? std::string() : "ballot " + ballot->second + ": ";
  };
  const auto target = open_entry_target(to);
  if (!target) {
    if (target.error().code != Code("home.locked")) return report(target.error());
    Error error = target.error();
    error.detail += "; if it is `teller serve`, send it there: --to URL --token-file " +
                    options.to.home + "/token";
    return report(error);
  }
  if (target->definition) {
    if (auto good = check_signed(decision, *target->definition->count); !good) {
      return report(good.error());
    }
  }
  Progress clock("");
  LoadSummary summary;
  auto records = send_entries(*target, decision, summary);
  std::optional<Error> error;
  if (!records) error = records.error();
  if (auto finished = target->finish(); !finished && !error) error = finished.error();
  Became became;
  if (!error) {
    auto followed = follow_entries(*target, std::move(*records), to);
    if (followed) {
      became = std::move(*followed);
    } else {
      error = followed.error();
    }
  }
  if (options.json) {
    auto json = became_json(summary, became, clock.seconds(), error ? &*error : nullptr);
    if (!named.is_null()) json["named"] = named;
    if (!ballots.empty()) json["ballots"] = each_ballot(became, ballots);
    print_as_json(json, -1);
  } else {
    std::printf("%s, decided by %s\n", printable_line(words_of(decision)).c_str(),
                printable_line(signers_of(decision)).c_str());
    print_became(summary, became, clock.seconds());
  }
  say_what_is_open(summary, became);
  if (error) {
    report(*error);
    return unfinished;
  }
  return became.all_count() && summary.refused_total == 0 ? done : found;
}

int keep_decision(const DecideOptions& options, const Decision& decision, const CountFile* count) {
  if (auto written = write_file(options.file, to_text(decision)); !written) {
    return report(written.error());
  }
  say(fmt::format("teller: {} is in {}, signed by {}", words_of(decision), options.file,
                  signers_of(decision)));
  if (count == nullptr) return done;
  const auto good = check_signed(decision, *count);
  say(good ? fmt::format("teller: it can be sent: teller decide send {}", options.file)
           : fmt::format("teller: {}; the next officer signs: teller decide sign {} --sign KEY",
                         good.error().detail, options.file));
  return done;
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
         !options.to.to.url.empty() && std::chrono::steady_clock::now() - began < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    decision = make_decision(options, *opened, named);
  }
  if (!decision) return std::unexpected(decision.error());
  if (auto good = sign_with(*decision, options.keys); !good) return std::unexpected(good.error());
  return MadeDecision{std::move(*decision), opened->home->count, std::move(named)};
}

int decide(const DecideOptions& options) {
  const auto made = make_and_sign(options);
  if (!made) return report(made.error());
  const auto& [decision, count, named] = *made;
  if (!options.file.empty()) return keep_decision(options, decision, &count);
  if (auto good = check_signed(decision, count); !good) {
    Error error = good.error();
    error.detail += "; --out FILE keeps it for the other officers";
    return report(error);
  }
  DecideOptions sending = options;
  if (sending.to.to.url.empty()) sending.to.home = options.where.home;
  if (sending.to.home.empty() && sending.to.to.url.empty()) {
    say("give --to: on the servers decisions go to a gateway");
    return usage;
  }
  return send_decision(sending, decision, named);
}

Result<Decision> read_decision(const std::string& path) {
  const auto text = read_file(path, decision_bytes_max);
  if (!text) return std::unexpected(text.error());
  return parse_decision(*text, path);
}

int sign_file(const DecideOptions& options) {
  auto decision = read_decision(options.file);
  if (!decision) return report(decision.error());
  if (auto good = sign_with(*decision, options.keys); !good) return report(good.error());
  return keep_decision(options, *decision, nullptr);
}

int show_file(const DecideOptions& options) {
  const auto decision = read_decision(options.file);
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
  if (options.json) {
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

void add_target(CLI::App* command, SendTo& to) {
  command->add_option("--to", to.to.url, "A gateway or teller serve, https://host:port")
      ->type_name("URL");
  command->add_option("--ca", to.to.ca, "Whose certificates to trust (PEM)")->type_name("FILE");
  CLI::Option* certificate =
      command->add_option("--certificate", to.to.certificate, "Who sends it (PEM)")
          ->type_name("FILE");
  CLI::Option* key =
      command->add_option("--key", to.to.key, "The sender's private key (PEM)")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  command
      ->add_option("--token-file", to.to.token_file,
                   "A file with the sender's token; of `teller serve`, DIR/token")
      ->type_name("FILE");
  command
      ->add_option("--outcomes-at", to.outcomes_at,
                   "Ask here whether it was counted: a `teller api`")
      ->type_name("URL");
  command->add_flag("--no-wait", to.no_wait, "Do not wait until it is counted");
}

void add_keys_option(CLI::App* command, DecideOptions& options, bool required) {
  command
      ->add_option("--sign", options.keys,
                   "An officer's key (teller officer new); several officers: "
                   "several times")
      ->type_name("KEY")
      ->required(required);
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
  add_keys_option(command, *options, false);
  command
      ->add_option("--out", options->file,
                   "Keep it in this file for other officers to sign; else it "
                   "is sent")
      ->type_name("FILE");
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
  add_target(command, options->to);
  command->add_flag("--json", options->json, "Report as JSON");
  on_run(command, [options] { return decide(*options); });
}

void add_waiting(CLI::App* decide_command) {
  const auto options = std::make_shared<DecideOptions>();
  CLI::App* command = decide_command->add_subcommand(
      "waiting", "Decisions that wait at a teller serve for more signatures");
  command->add_option("--to", options->to.to.url, "The teller serve, https://host:port")
      ->type_name("URL")
      ->required();
  command->add_option("--ca", options->to.to.ca, "Whose certificates to trust (PEM)")
      ->type_name("FILE");
  command
      ->add_option("--token-file", options->to.to.token_file,
                   "A file with your token (teller token new)")
      ->type_name("FILE")
      ->required();
  auto* get = command->add_option("--get", options->waiting, "Fetch this one, to read and sign it")
                  ->type_name("ID");
  command->add_option("--out", options->file, "Where it goes")->type_name("FILE")->needs(get);
  command->add_flag("--json", options->json, "For a program to read");
  on_run(command, [options] {
    if (options->waiting.empty()) return list_waiting(options->to.to, options->json);
    if (options->file.empty()) {
      say("--get goes with --out");
      return usage;
    }
    return fetch_waiting(options->to.to, options->waiting, options->file);
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
      "  teller decide show certify.json\n"
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
  signing->add_option("FILE", options->file, "A decision that --out kept")->required();
  add_keys_option(signing, *options, true);
  on_run(signing, [options] { return sign_file(*options); });

  CLI::App* showing = command->add_subcommand("show", "Say what a decision's file decides");
  showing->add_option("FILE", options->file, "A decision that --out kept")->required();
  on_run(showing, [options] { return show_file(*options); });

  CLI::App* sending = command->add_subcommand("send", "Send a decision that is signed");
  sending->add_option("FILE", options->file, "A decision that --out kept")->required();
  auto* home = sending->add_option("--home", options->to.home, "The home of an embedded count")
                   ->type_name("DIR");
  add_target(sending, options->to);
  sending->get_option("--to")->excludes(home);
  sending->add_flag("--as-person", options->as_person,
                    "The token is a person's (teller token): with too few signatures it waits "
                    "there for the others");
  sending->add_flag("--json", options->json, "Report as JSON");
  on_run(sending, [options] {
    if (options->to.home.empty() && options->to.to.url.empty()) {
      say("give one of --home and --to");
      return usage;
    }
    if (options->as_person && options->to.to.url.empty()) {
      say("--as-person goes with --to");
      return usage;
    }
    const auto decision = read_decision(options->file);
    if (!decision) return report(decision.error());
    if (options->as_person) return hand_in_decision(options->to.to, *decision, options->json);
    return send_decision(*options, *decision);
  });
  add_waiting(command);

  CLI::App* listing =
      command->add_subcommand("list", "What was decided, and where the count stands");
  options->where.tells_votes = false;
  add_where(listing, options->where);
  listing->add_flag("--json", options->json, "For a program to read");
  on_run(listing, [options] { return list_decisions(*options); });
}

}  // namespace teller::cli
