// teller verify: counts again from the log and holds it against store and statements.
#include "verify/verify.h"

#include <map>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/common.h"
#include "log/segments_directory.h"

namespace teller::cli {
namespace {

struct Options {
  Where where;
  std::string log;
  bool json = false;
};

int run(const Options& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const Home& home = *opened->home;
  std::string log = options.log;
  if (log.empty()) {
    log = home.segments();
    if (!options.where.config.empty()) {
      if (const auto config = load_config(options.where.config)) log = config->segments.directory;
    }
  }
  DirectorySegments segments(log);
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  std::uint64_t shown = 0;
  const auto progress = [&](std::uint64_t at, std::uint64_t all) {
    if (!terminal || (at != all && at < shown + std::max<std::uint64_t>(1, all / 200))) return;
    shown = at;
    std::fprintf(stderr, "\rteller: verifying step %s of %s%s", grouped(at).c_str(),
                 grouped(all).c_str(), at == all ? "\n" : "");
  };
  const auto result = verify(home.rules, home.count, *opened->store, segments, progress);
  if (!result) return report(result.error());

  std::map<int, int> wrong;
  for (const Finding& finding : result->findings) ++wrong[finding.check];
  if (options.json) {
    nlohmann::ordered_json json;
    json["good"] = result->good();
    json["counted_again"] = result->counted_again;
    json["commit"] = result->commit;
    json["statements"] = result->statements;
    json["steps"] = result->steps;
    json["leaves"] = result->leaves;
    json["digest"] = to_hex(result->digest);
    json["findings"] = nlohmann::json::array();
    for (const Finding& finding : result->findings) {
      json["findings"].push_back({{"check", finding.check}, {"what", finding.what}});
    }
    std::printf("%s\n", json.dump(2).c_str());
  } else {
    for (int check = 1; check <= 12; ++check) {
      // What could not be looked at is never called good.
      const bool open = !result->counted_again && check >= 9 && check <= 11;
      std::printf("%2d  %-6s %s\n", check,
                  wrong.contains(check) ? "FAILED"
                  : open                ? "open"
                                        : "ok",
                  std::string(sentence_of_check(check)).c_str());
    }
    for (const Finding& finding : result->findings) {
      std::printf("check %d: %s\n", finding.check, finding.what.c_str());
    }
    if (!result->counted_again) {
      std::printf("open: not checked in full, because a segment before it is missing or wrong\n");
    }
    if (result->more > 0) std::printf("and %s more\n", grouped(result->more).c_str());
    std::printf("%s statements, %s steps, %s leaves, as of commit %s\n",
                grouped(result->statements).c_str(), grouped(result->steps).c_str(),
                grouped(result->leaves).c_str(), grouped(result->commit).c_str());
    if (result->good()) std::printf("digest %s\n", to_hex(result->digest).c_str());
  }
  return result->good() ? done : found;
}

}  // namespace

void add_verify(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, "verify", "Check a count from what it left behind, and count it again",
                  "Examples:\n"
                  "  teller verify --home my-count\n"
                  "  teller verify --home my-count --log copy-of-its-segments --json\n"
                  "Exit code 1 when a check fails; each finding names what is wrong and where.");
  add_where(command, options->where);
  command->add_option("--log", options->log, "Check this copy of the segments instead")
      ->type_name("DIR");
  command->add_flag("--json", options->json, "For a program to read");
  on_run(command, [options] { return run(*options); });
}

}  // namespace teller::cli
