// teller load: sends files of entries, waits until they are counted, and says what became of each.
// To a server, or (--home) into the embedded engine in this process, through the same accepting and
// recording.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "gateway/follow_outcomes.h"
#include "gateway/http_outcomes.h"
#include "gateway/http_sender.h"
#include "gateway/loader.h"
#include "gateway/recorder_sender.h"
#include "host/home_counting.h"
#include "host/stop_signals.h"

namespace teller::cli {
namespace {

struct LoadArguments {
  std::vector<std::string> files;
  std::string home;
  HttpClientOptions to;
  std::string format, batch;
  std::uint64_t expect = 0;
  unsigned in_flight = 4;
  bool in_order = false;
  bool no_wait = false;
  unsigned give_up_after_s = 300;
  bool json = false;
};

// Where it goes, and what is left to do when all is sent.
struct Target {
  std::shared_ptr<void> keeps = {};  // What the sender stands on; goes after it.
  std::unique_ptr<EntrySender> sender = {};
  std::function<bool()> broken = [] { return false; };  // Nothing more will be counted.
  std::function<Result<void>()> finish = [] { return Result<void>{}; };
  AskOutcomes outcomes = {};  // Once finish() has returned.
};

// What became of what was recorded; without `followed` it is not known here.
struct Became {
  std::optional<Followed> followed = {};
  std::vector<std::string> incidents = {};  // As JSON, for --json.
  std::uint64_t incidents_more = 0;
  std::string because = {};  // Why it is not known.
};
constexpr std::uint64_t incidents_shown_max = 20, incidents_kept_max = 100'000;

void say_event(const std::string& text) { say("teller: " + text); }

// Counts in this process: the sender stands on what counts.
Result<Target> open_home(const LoadArguments& arguments) {
  auto opened = HomeCounting::open(arguments.home, say_event);
  if (!opened) return std::unexpected(std::move(opened.error()));
  const std::shared_ptr<HomeCounting> counting = std::move(*opened);
  Target target;
  target.keeps = counting;
  target.broken = [raw = counting.get()] { return raw->broken(); };
  target.sender = std::make_unique<RecorderSender>(
      counting->home().definition(), counting->recorder(), "file",
      std::chrono::seconds(arguments.give_up_after_s),
      [broken = target.broken] { return stop_asked() || broken(); }, say_event);
  target.finish = [raw = counting.get()] { return raw->finish(); };
  target.outcomes = [raw = counting.get()](std::span<const RecordPlace> records) {
    return raw->outcomes().ask(records, std::nullopt);
  };
  return target;
}

Result<Target> open_target(const LoadArguments& arguments) {
  if (!arguments.home.empty()) return open_home(arguments);
  auto sender = HttpSender::open(arguments.to, std::chrono::seconds(arguments.give_up_after_s),
                                 stop_asked, say_event);
  if (!sender) return std::unexpected(std::move(sender.error()));
  auto asker = HttpOutcomes::open(arguments.to, std::chrono::seconds(arguments.give_up_after_s),
                                  stop_asked, say_event);
  if (!asker) return std::unexpected(std::move(asker.error()));
  Target target;
  target.sender = std::move(*sender);
  target.outcomes = [asking = std::make_shared<HttpOutcomes>(std::move(*asker))](
                        std::span<const RecordPlace> records) { return asking->ask(records); };
  return target;
}

// Waits until what was recorded is decided, and names conflicts and rejections as it hears of them.
Result<Became> follow(const Target& target, std::vector<RecordPlace> records,
                      const LoadArguments& arguments) {
  Became became;
  if (arguments.no_wait) {
    became.because = "it was not waited for (--no-wait)";
    return became;
  }
  Progress progress("counting");
  std::uint64_t incidents = 0;
  FollowOptions options;
  options.give_up_after = std::chrono::seconds(arguments.give_up_after_s);
  options.stop = stop_asked;
  options.on_progress = progress.counting("entries");
  options.on_incident = [&](const OutcomesAnswer::Told& told) {
    if (incidents++ < incidents_shown_max) say(printable_line(told.words));
    if (!arguments.json) return;
    if (became.incidents.size() < incidents_kept_max) {
      became.incidents.push_back(told.json);
    } else {
      ++became.incidents_more;
    }
  };
  auto followed = follow_outcomes(std::move(records), target.outcomes, options);
  progress.end();
  if (followed) {
    if (incidents > incidents_shown_max) {
      say("teller: and " + grouped(incidents - incidents_shown_max) +
          " more; `teller incidents` names all of the count");
    }
    became.followed = *followed;
  } else if (followed.error().code == Code("outcomes.elsewhere")) {
    became.because = followed.error().detail;
  } else {
    return std::unexpected(std::move(followed.error()));
  }
  return became;
}

std::string a_second(const LoadSummary& summary, double seconds) {
  return grouped(
      static_cast<std::uint64_t>(static_cast<double>(summary.entries) / std::max(seconds, 0.001)));
}

// What stands behind the bar.
std::string text_of(const LoadSummary& summary, double seconds) {
  std::string text = grouped(summary.recorded) + " recorded";
  if (summary.refused_total > 0) text += ", " + grouped(summary.refused_total) + " refused";
  return text + ", " + a_second(summary, seconds) + "/s";
}

// Beside the numbers: what is to be done.
void say_what_is_open(const LoadSummary& summary, const Became& became) {
  if (!became.followed) {
    if (summary.recorded == 0 || became.because.empty()) return;
    say("teller: recorded is not counted yet. What became of these is not known here: " +
        became.because + ". `teller inspect` and `teller incidents` know, where the count is");
    return;
  }
  const Followed& followed = *became.followed;
  if (followed.halted > 0) {
    say("teller: " + grouped(followed.halted) +
        " wait for a halted partition: see `teller inspect`, then `teller resume`");
  }
  if (followed.waiting > followed.halted) {
    say("teller: " + grouped(followed.waiting - followed.halted) +
        " are recorded and not counted yet: the same command again asks again");
  }
}

void print(const LoadSummary& summary, const Became& became, double seconds, const Error* error,
           bool as_json) {
  if (as_json) {
    nlohmann::ordered_json json{{"entries", summary.entries},
                                {"recorded", summary.recorded},
                                {"refused_total", summary.refused_total},
                                {"refused", summary.refused},
                                {"bodies_refused", summary.bodies_refused},
                                {"sent_again", summary.sent_again},
                                {"unknown_resolved", summary.unknown_resolved},
                                {"seconds", seconds},
                                {"finished", error == nullptr}};
    json["followed"] = became.followed.has_value();
    if (became.followed) {
      json["counted_or_copy"] = became.followed->counted;
      json["conflict"] = became.followed->conflict;
      json["rejected"] = became.followed->rejected;
      json["waiting"] = became.followed->waiting;
      json["halted"] = became.followed->halted;
      json["incidents"] = nlohmann::ordered_json::array();
      for (const std::string& one : became.incidents)
        json["incidents"].push_back(nlohmann::ordered_json::parse(one));
      if (became.incidents_more > 0) json["incidents_more"] = became.incidents_more;
    }
    if (error != nullptr) json["error"] = {{"code", error->code}, {"detail", error->detail}};
    std::printf(
        "%s\n",
        json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return;
  }
  std::vector<std::vector<std::string>> rows;
  if (became.followed) {
    const Followed& followed = *became.followed;
    rows.push_back({"counted, or a copy of what is counted", grouped(followed.counted)});
    for (const auto& [what, entries] :
         {std::pair("conflict: another one was counted first", followed.conflict),
          std::pair("rejected by the count", followed.rejected),
          std::pair("recorded, not counted yet", followed.waiting)}) {
      if (entries > 0) rows.push_back({what, grouped(entries)});
    }
  } else {
    rows.push_back({"recorded", grouped(summary.recorded)});
  }
  for (const auto& [code, entries] : summary.refused)
    rows.push_back({"refused: " + code, grouped(entries)});
  if (summary.bodies_refused > 0)
    rows.push_back({"bodies refused as a whole", grouped(summary.bodies_refused)});
  if (summary.sent_again > 0) rows.push_back({"bodies sent again", grouped(summary.sent_again)});
  if (summary.unknown_resolved > 0)
    rows.push_back({"unknown for a while, then recorded", grouped(summary.unknown_resolved)});
  std::fputs(table({"entries", ">"}, rows).c_str(), stdout);
  std::printf("%s entries in %.1f s, %s a second\n", grouped(summary.entries).c_str(), seconds,
              a_second(summary, seconds).c_str());
}

int load(const LoadArguments& arguments) {
  install_stop_signals();
  auto target = open_target(arguments);
  if (!target) return report(target.error());

  Progress progress("loading");
  constexpr unsigned refused_shown_max = 20;
  unsigned refused_shown = 0;

  LoadOptions options;
  options.in_flight = arguments.in_order ? 1 : arguments.in_flight;
  options.batch = arguments.batch;
  options.stop = [&] { return stop_asked() || target->broken(); };
  if (arguments.format == "packed") options.format = BodyFormat::packed;
  if (arguments.format == "ndjson") options.format = BodyFormat::ndjson;
  if (arguments.format == "json") options.format = BodyFormat::json;
  options.on_refused = [&](const std::string& place, const RefusedEntry& refused) {
    if (refused_shown > refused_shown_max) return;
    say(refused_shown++ == refused_shown_max
            ? "further refusals are only counted"
            : printable_line(place + ": refused: " + refused.code + ": " + refused.detail));
  };
  options.on_progress = [&](const LoadSummary& summary, std::uint64_t bytes, std::uint64_t of) {
    // Several files: only --expect can tell how much is left.
    const std::uint64_t all = arguments.files.size() == 1 ? of : 0;
    const auto beside = [&] { return text_of(summary, progress.seconds()); };
    if (arguments.expect > 0) {
      progress.show(summary.entries, arguments.expect, beside);
    } else {
      progress.show(bytes, all, beside);
    }
  };

  std::optional<Error> error;
  LoadSummary summary;
  std::vector<RecordPlace> records;
  {
    Loader loader(*target->sender, options);
    for (const std::string& file : arguments.files) {
      auto sent = loader.file(file);
      if (sent) continue;
      error = std::move(sent.error());
      break;
    }
    auto finished = loader.finish();
    if (!finished && !error) error = std::move(finished.error());
    summary = loader.summary();
    records = loader.take_records();
  }
  // Of a part it is asked with the rest, when the same command has sent all.
  const bool all_sent = !error;
  // What broke it says more than that nothing more could be sent.
  if (!error || target->broken()) {
    auto finished = target->finish();
    if (!finished) error = std::move(finished.error());
  }
  const double seconds = progress.seconds();
  progress.end();
  Became became;
  if (all_sent && !target->broken()) {
    auto followed = follow(*target, std::move(records), arguments);
    if (followed) {
      became = std::move(*followed);
    } else if (!error) {
      error = std::move(followed.error());
    }
  }
  print(summary, became, seconds, error ? &*error : nullptr, arguments.json);
  say_what_is_open(summary, became);
  if (error) {
    report(*error);
    return unfinished;
  }
  const bool all_count =
      !became.followed ||
      became.followed->conflict + became.followed->rejected + became.followed->waiting == 0;
  return summary.refused_total + summary.bodies_refused > 0 || !all_count ? found : done;
}

}  // namespace

void add_load(CLI::App& app) {
  const auto arguments = std::make_shared<LoadArguments>();
  CLI::App* command = add_command(
      app, "load", "Sends files of entries and says what became of them",
      "Examples:\n"
      "  teller load ballots.packed.zst --home my-count\n"
      "  teller load ballots.packed.zst --to http://127.0.0.1:18400 --token-file my-count/token\n"
      "  teller load ballots.ndjson.gz --to https://gateway.example:8443 --ca ca.crt \\\n"
      "              --certificate station.crt --key station.key --batch 'scanner 3/17'\n"
      "  teller import results.csv --mapping m.toml --home count --out - | teller load - --home "
      "count\n"
      "It sends again what was not recorded or is unknown, for as long as --give-up-after says;\n"
      "running the same command again is always safe. Then it waits until all of it is counted, "
      "and\n"
      "names what is not. Exit code 1: something was refused, a conflict, rejected, or still "
      "waits;\n"
      "3: not all could be sent. A gateway cannot say what becomes of entries: ask where the count "
      "is.");
  command->add_option("FILE", arguments->files, "Packed batches, NDJSON or a JSON list; - is stdin")
      ->required();
  auto* where = command->add_option_group("where", "Where to");
  where
      ->add_option("--home", arguments->home,
                   "Count it in this process, into the home of an embedded count")
      ->type_name("DIR");
  CLI::Option* to =
      where->add_option("--to", arguments->to.url, "A gateway or teller serve, https://host:port")
          ->type_name("URL");
  where->require_option(1);
  command->add_option("--ca", arguments->to.ca, "Whose certificates to trust (PEM)")
      ->type_name("FILE");
  CLI::Option* certificate =
      command->add_option("--certificate", arguments->to.certificate, "Who we are (PEM)")
          ->type_name("FILE");
  CLI::Option* key =
      command->add_option("--key", arguments->to.key, "Its private key (PEM)")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  command
      ->add_option("--token-file", arguments->to.token_file,
                   "A file with the token that says who we are; of `teller serve`, DIR/token")
      ->type_name("FILE");
  command->add_option("--format", arguments->format, "packed, ndjson or json; else it is seen")
      ->check(CLI::IsMember({"packed", "ndjson", "json"}));
  command->add_option("--batch", arguments->batch, "The scanner's batch these come from")
      ->type_name("NAME");
  command->add_option("--expect", arguments->expect, "How many entries, for the progress bar")
      ->type_name("N");
  command->add_option("--in-flight", arguments->in_flight, "Requests at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_flag("--in-order", arguments->in_order,
                    "One request after the other, on one connection: the order of the file holds");
  command
      ->add_flag("--no-wait", arguments->no_wait,
                 "Do not wait until it is counted: recorded is all that is said")
      ->needs(to);
  command
      ->add_option("--give-up-after", arguments->give_up_after_s,
                   "Of one body's tries, and of waiting without anything being counted")
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "The summary as JSON");
  on_run(command, [arguments] { return load(*arguments); });
}

}  // namespace teller::cli
