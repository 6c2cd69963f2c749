#include "cli/entry_target.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "base/grouped.h"
#include "cli/progress.h"
#include "cli/served_home.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "gateway/http_outcomes.h"
#include "gateway/http_sender.h"
#include "gateway/recorder_sender.h"
#include "host/home_counting.h"
#include "host/stop_signals.h"

namespace teller::cli {
namespace {

constexpr std::uint64_t incidents_shown_max = 20, incidents_kept_max = 100'000;

// Where the entry of an incident came from, if whoever sent it can tell.
std::string place_of(const OutcomesAnswer::Told& told, const SendTo& where) {
  if (!where.place) return {};
  const auto json = nlohmann::json::parse(told.json, nullptr, false);
  return json.is_object() ? where.place(json.value("id", "")) : "";
}

// Counts in this process: the sender stands on what counts.
EntryTarget in_this_process(const SendTo& where, std::shared_ptr<HomeCounting> counting) {
  EntryTarget target;
  target.keeps = counting;
  target.definition = counting->home().definition();
  target.broken = [raw = counting.get()] { return raw->broken(); };
  target.sender = std::make_unique<RecorderSender>(
      counting->home().definition(), counting->recorder(), "file",
      std::chrono::seconds(where.give_up_after_s),
      [broken = target.broken] { return stop_asked() || broken(); }, say_event);
  target.finish = [raw = counting.get()] { return raw->finish(); };
  target.outcomes = [raw = counting.get()](std::span<const RecordPlace> records) {
    return raw->outcomes().ask(records, std::nullopt);
  };
  return target;
}

}  // namespace

Result<EntryTarget> open_entry_target(const SendTo& where) {
  HttpClientOptions to = where.to;
  if (!where.home.empty()) {
    auto counting = HomeCounting::open(where.home, say_event);
    if (counting) return in_this_process(where, std::move(*counting));
    const auto served = served_instead(where.home, counting.error());
    if (!served) return std::unexpected(std::move(counting.error()));
    to = *served;
  }
  auto sender =
      HttpSender::open(to, std::chrono::seconds(where.give_up_after_s), stop_asked, say_event);
  if (!sender) return std::unexpected(std::move(sender.error()));
  HttpClientOptions knows = to;
  if (!where.outcomes_at.empty()) knows.url = where.outcomes_at;
  auto asker =
      HttpOutcomes::open(knows, std::chrono::seconds(where.give_up_after_s), stop_asked, say_event);
  if (!asker) return std::unexpected(std::move(asker.error()));
  EntryTarget target;
  target.sender = std::move(*sender);
  target.outcomes = [asking = std::make_shared<HttpOutcomes>(std::move(*asker))](
                        std::span<const RecordPlace> records) { return asking->ask(records); };
  return target;
}

// Waits until what was recorded is decided, and names conflicts and rejections as it hears of them.
Result<Became> follow_entries(const EntryTarget& target, std::vector<RecordPlace> records,
                              const SendTo& where) {
  Became became;
  if (where.no_wait) {
    became.because = "it was not waited for (--no-wait)";
    return became;
  }
  Progress progress("counting");
  std::uint64_t incidents = 0;
  FollowOptions options;
  options.give_up_after = std::chrono::seconds(where.give_up_after_s);
  options.stop = stop_asked;
  options.on_progress = progress.counting("entries");
  options.on_incident = [&](const OutcomesAnswer::Told& told) {
    if (incidents++ < incidents_shown_max) say(printable_line(place_of(told, where) + told.words));
    if (!where.json) return;
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

bool Became::all_count() const {
  return !followed || followed->conflict + followed->rejected + followed->waiting == 0;
}

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

nlohmann::ordered_json became_json(const LoadSummary& summary, const Became& became, double seconds,
                                   const Error* error) {
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
  return json;
}

void print_became(const LoadSummary& summary, const Became& became, double seconds) {
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

}  // namespace teller::cli
