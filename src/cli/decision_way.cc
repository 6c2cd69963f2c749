#include "cli/decision_way.h"

#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/grouped.h"
#include "cli/print_as_json.h"
#include "cli/progress.h"
#include "cli/terminal_text.h"
#include "election/decisions.h"
#include "gateway/loader.h"
#include "host/stop_signals.h"

namespace teller::cli {
namespace {

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
nlohmann::ordered_json each_target(const Became& became,
                                   const std::map<std::string, std::string>& targets) {
  if (!became.followed || became.followed->waiting > 0 || became.incidents_more > 0) return nullptr;
  std::map<std::string, std::string> codes;
  for (const std::string& one : became.incidents) {
    const auto json = nlohmann::json::parse(one);
    codes.emplace(json.value("id", ""), json.value("code", ""));
  }
  nlohmann::ordered_json each = nlohmann::ordered_json::array();
  for (const auto& [entry, ballot] : targets) {
    const auto code = codes.find(entry);
    each.push_back(
        {{"ballot", ballot}, {"became", code == codes.end() ? "counted" : code->second}});
  }
  return each;
}

}  // namespace

std::string words_of(const Decision& decision) {
  std::string text(to_text(decision.action));
  if (decision.first().about_stage()) return text + " the count";
  const bool one = decision.entries.size() == 1;
  const char* what = decision.action == Control::Action::keep
                         ? (one ? " side of a conflict" : " sides of conflicts")
                         : (one ? " ballot" : " ballots");
  return text + " " + grouped(decision.entries.size()) + what;
}

std::string signers_of(const Decision& decision) {
  const auto names = decision.officers();
  return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", "));
}

Result<void> sign_with(Decision& decision, const std::vector<std::string>& keys) {
  for (const std::string& path : keys) {
    const auto key = OfficerKey::read(path);
    if (!key) return std::unexpected(key.error());
    if (auto good = sign(decision, *key); !good) return good;
  }
  return {};
}

int send_decision(const DecisionWay& way, const Decision& decision,
                  const nlohmann::ordered_json& named) {
  install_stop_signals();
  const auto targets = targets_by_entry(decision);
  SendTo to = way.to;
  to.json = true;  // Each incident is kept, to tell which ballot it is about.
  const char* what = decision.action == Control::Action::keep ? "entry " : "ballot ";
  to.place = [&](std::string_view entry) {
    const auto about = targets.find(std::string(entry));
    return about == targets.end() ? std::string() : what + about->second + ": ";
  };
  const auto target = open_entry_target(to);
  if (!target) {
    if (target.error().code != Code("home.locked")) return report(target.error());
    Error error = target.error();
    error.detail +=
        "; if it is `teller serve`, send it there: --to URL --token-file " + way.to.home + "/token";
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
  if (way.json) {
    auto json = became_json(summary, became, clock.seconds(), error ? &*error : nullptr);
    if (!named.is_null()) json["named"] = named;
    if (!targets.empty()) json["ballots"] = each_target(became, targets);
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

int write_decision(const DecisionWay& way, const Decision& decision, const CountFile* count) {
  const std::string text = to_text(decision);
  if (text.size() > decision_bytes_max) {
    return report(
        {Remedy::reject, "file.too_large",
         fmt::format("a decision about {} entries would be longer than {} bytes, and nobody "
                     "could sign it; decide about fewer at a time",
                     grouped(decision.entries.size()), grouped(decision_bytes_max))});
  }
  if (auto written = write_file(way.file, text); !written) return report(written.error());
  say(fmt::format("teller: {} is in {}, signed by {}", words_of(decision), way.file,
                  signers_of(decision)));
  if (count == nullptr) return done;
  const auto good = check_signed(decision, *count);
  say(good ? fmt::format("teller: it can be sent: teller decide send {}", way.file)
           : fmt::format("teller: {}; the next officer signs: teller decide sign {} --sign KEY",
                         good.error().detail, way.file));
  return done;
}

int go_on_with(const DecisionWay& way, const std::string& home, const Decision& decision,
               const CountFile& count, const nlohmann::ordered_json& named) {
  if (!way.file.empty()) {
    const int wrote = write_decision(way, decision, &count);
    if (wrote == done && way.json) {
      nlohmann::ordered_json json{{"file", way.file}, {"entries", decision.entries.size()}};
      if (!named.is_null()) json["named"] = named;
      print_as_json(json);
    }
    return wrote;
  }
  if (auto good = check_signed(decision, count); !good) {
    Error error = good.error();
    error.detail += "; --out FILE keeps it for the other officers";
    return report(error);
  }
  DecisionWay sending = way;
  if (sending.to.to.url.empty()) sending.to.home = home;
  if (sending.to.home.empty() && sending.to.to.url.empty()) {
    say("give --to: on the servers decisions go to a gateway");
    return usage;
  }
  return send_decision(sending, decision, named);
}

void add_target(CLI::App* command, DecisionWay& way) {
  SendTo& to = way.to;
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

void add_keys_option(CLI::App* command, DecisionWay& way, bool required) {
  command
      ->add_option("--sign", way.keys,
                   "An officer's key (teller officer new); several officers: "
                   "several times")
      ->type_name("KEY")
      ->required(required);
}

void add_way(CLI::App* command, DecisionWay& way) {
  add_keys_option(command, way, false);
  command
      ->add_option("--out", way.file,
                   "Keep it in this file for other officers to sign; else it "
                   "is sent")
      ->type_name("FILE");
  add_target(command, way);
  command->add_flag("--json", way.json, "Report as JSON");
}

}  // namespace teller::cli
