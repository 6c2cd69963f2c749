// teller feed: takes deliveries as they appear, in a folder or at an address, and goes on after faults.
#include "feed/feed.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "base/time.h"
#include "cli/command.h"
#include "cli/delivery_target.h"
#include "cli/feed_words.h"
#include "feed/pauses.h"
#include "feed/polled_address.h"
#include "feed/watched_folder.h"
#include "host/stop_signals.h"
#include "settings/toml_limits.h"
#include "tables/reader.h"

namespace teller::cli {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct FeedOptions {
  std::string from, mapping, home, from_ca;
  DeliverOptions deliver;
  std::optional<double> every_s;
  bool once = false, partial = false, json = false;

  [[nodiscard]] bool is_address() const {
    return from.starts_with("http://") || from.starts_with("https://");
  }
  [[nodiscard]] std::chrono::milliseconds every() const {
    const double seconds = every_s.value_or(is_address() ? 30 : 2);
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  }
};

// How long `--once` waits for a file that stands not still.
constexpr auto once_waits = 60s;

Result<Mapping> read_mapping(const std::string& path) {
  const auto text = read_text(path, TomlLimits::bytes_max);
  if (!text) return std::unexpected(text.error());
  auto mapping = Mapping::parse(*text, path);
  // Of a night's files each has what it has: a name that is not in this one is in the next.
  if (mapping) mapping->unused_allowed = true;
  return mapping;
}

Result<std::unique_ptr<FeedSource>> open_source(const FeedOptions& options) {
  if (!options.is_address()) {
    auto folder = WatchedFolder::open(options.from);
    if (!folder) return std::unexpected(folder.error());
    return std::make_unique<WatchedFolder>(std::move(*folder));
  }
  auto address = PolledAddress::open(options.from, {.ca = options.from_ca, .answer_timeout = 60s});
  if (!address) return std::unexpected(address.error());
  return std::make_unique<PolledAddress>(std::move(*address));
}

// Passes until it is told to end, or for --once until all that is there was taken.
Result<void> go(Feed& feed, const FeedOptions& options, const OnEvent& event) {
  const SystemClock clock;
  Pauses pauses(options.every());
  bool was_good = true;
  const auto until = std::chrono::steady_clock::now() + once_waits;
  while (!stop_asked()) {
    const auto pass = feed.pass(clock.now_us());
    if (!pass) return std::unexpected(pass.error());
    if (pass->was_good && !was_good) event(Event::info("feed.goes_on").with("from", options.from));
    was_good = pass->was_good;
    const bool is_late = std::chrono::steady_clock::now() >= until;
    if (options.once && (!pass->was_good || !pass->is_waiting || is_late)) {
      if (pass->is_waiting)
        return fail(Remedy::retry, "feed.still_written", options.from + ": files go on changing");
      return {};
    }
    // What stands not still does so soon.
    const auto pause = pass->is_waiting ? std::min(options.every(), 500ms)
                                        : pauses.after(pass->was_good, pass->at_least);
    const auto wake = std::chrono::steady_clock::now() + pause;
    wait_for_stop([&] { return std::chrono::steady_clock::now() >= wake; });
  }
  return {};
}

int run_feed(const FeedOptions& options) {
  auto mapping = read_mapping(options.mapping);
  if (!mapping) return report(mapping.error());
  auto source = open_source(options);
  if (!source) return report(source.error());
  const auto target = open_delivery_target(options.deliver, options.home);
  if (!target) return report(target.error());
  const auto usual = delivery_of(options.deliver, fs::path(options.mapping).stem().string(), "");
  if (!usual) return report(usual.error());
  const Definition definition = (*target)->definition();
  const OnEvent event = to_operator();
  const bool is_home = !options.home.empty();

  Feed feed({.source = source->get(),
             .mapping = std::move(*mapping),
             .definition = definition,
             .name = usual->source,
             .incomplete = options.partial ? Incomplete::take_in_part : Incomplete::hold,
             .deliver = [&](const Delivery& one) { return (*target)->deliver(one); },
             .is_end =
                 [is_home](const Error& error) {
                   return is_home &&
                          (error.remedy == Remedy::stop || error.remedy == Remedy::abort);
                 },
             .told =
                 [&](const FeedDelivery& one) {
                   print_feed_delivery(one, *definition.rules, options.partial, options.json);
                 },
             .trouble =
                 [&](const std::string& file, const Error& error) {
                   event(Event("feed.trouble", error).with("file", file));
                 },
             .stop = stop_asked});
  event(Event::info("feed.started").with("from", options.from).with("source", usual->source));
  const auto gone = go(feed, options, event);
  const auto finished = (*target)->finish();
  print_feed_summary(feed.summary(), options.json);
  event(Event::info("feed.stopped").with("deliveries", feed.summary().deliveries));
  if (!gone && gone.error().code != Code("feed.still_written")) return report(gone.error());
  if (!finished) return report(finished.error());
  if (!gone) report(gone.error());
  return gone && feed.summary().all_well() ? done : found;
}

}  // namespace

void add_feed(CLI::App& app) {
  CLI::App* const command = add_command(
      app, "feed", "Take deliveries as they appear: from a folder, a file or an address",
      "  teller feed incoming --mapping mapping.toml --to http://127.0.0.1:18400 \\\n"
      "    --token-file count/token\n"
      "  teller feed https://results.example/all.json --mapping mapping.toml --every 30 \\\n"
      "    --to http://127.0.0.1:18400 --token-file count/token\n"
      "  teller feed incoming --mapping mapping.toml --home count --once\n"
      "Each file is a delivery, in the order of the times of its figures; one whose rows have "
      "several\n"
      "times is as many. What a file does not mention keeps its figures, older figures are left "
      "out,\n"
      "and a figure that falls is told. It goes on after faults until SIGTERM or SIGINT; the exit\n"
      "code is 0 only when everything that was taken is counted.");
  const auto options = std::make_shared<FeedOptions>();
  command->add_option("from", options->from, "A folder, a file, or http(s)://…")
      ->required()
      ->type_name("DIR|FILE|URL");
  command->add_option("--mapping", options->mapping, "What its columns mean (TOML)")->required();
  command->add_option("--home", options->home, "The count's folder; nobody serves it meanwhile")
      ->type_name("DIR");
  add_target_options(command, options->deliver);
  command->add_option("--from-ca", options->from_ca, "Whose certificates to trust at the address")
      ->type_name("FILE");
  command
      ->add_option("--every", options->every_s,
                   "How often to look; else 2 for a folder, 30 for an address")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.05, 86'400.0));
  command->add_flag("--once", options->once, "Take what is there, and end");
  command->add_flag(
      "--partial", options->partial,
      "Take sheets of which a row was refused or is missing; those figures are unknown");
  command->add_flag("--json", options->json, "A line of JSON for each delivery");
  on_run(command, [options] {
    if (options->home.empty() == options->deliver.to.url.empty()) {
      say("give one of --home and --to");
      return usage;
    }
    return run_feed(*options);
  });
}

}  // namespace teller::cli
