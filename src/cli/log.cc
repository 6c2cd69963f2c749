// teller log: a count's log as files for whoever wants to check it.
#include <filesystem>

#include <nlohmann/json.hpp>

#include "cli/common.h"
#include "log/segments_directory.h"
#include "publish/export.h"

namespace teller::cli {
namespace {

struct Options {
  Where where;
  std::string folder;
  bool without_entries = false;
  bool json = false;
};

int run_export(const Options& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const Home& home = *opened->home;
  DirectorySegments segments(segments_folder(options.where, home));
  ExportWanted wanted;
  wanted.entries = !options.without_entries;
  wanted.progress = progress_on_terminal("exporting step");
  const auto result = write_export(options.folder, home.rules, home.count, home.presentation.bytes,
                                   *opened->store, segments, wanted);
  if (!result) return report(result.error());
  if (options.json) {
    const nlohmann::ordered_json json{
        {"folder", options.folder},         {"commit", result->commit},
        {"statements", result->statements}, {"steps", result->steps},
        {"leaves", result->leaves},         {"files", result->files},
        {"totals", result->totals},         {"key", home.count.public_key}};
    std::printf("%s\n", json.dump(2).c_str());
    return done;
  }
  std::printf("%s: %s statements, %s steps, %s leaves in %s files, as of commit %s\n",
              options.folder.c_str(), grouped(result->statements).c_str(),
              grouped(result->steps).c_str(), grouped(result->leaves).c_str(),
              grouped(result->files).c_str(), grouped(result->commit).c_str());
  if (wanted.entries && !result->totals) {
    say("teller: totals.csv was left out: newer commits are not stated yet");
  }
  say("teller: check it with: teller verify --export " + options.folder + " --key '" +
      home.count.public_key + "'");
  return done;
}

}  // namespace

void add_log(CLI::App& app) {
  auto* log = add_command(
      app, "log", "The log of a count, as files",
      "Examples:\n"
      "  teller log export audit-copy --home my-count\n"
      "  teller log export for-everybody --home my-count --without-entries\n"
      "The layout is C2SP tlog-tiles; schema/export.md has it. An export is as of the last\n"
      "statement and is never written over.");
  log->require_subcommand(1);
  auto* command = log->add_subcommand(
      "export", "Write statements, hash tiles, entries and totals into a new folder");
  const auto options = std::make_shared<Options>();
  command->add_option("folder", options->folder, "The new folder")->required()->type_name("DIR");
  add_where(command, options->where);
  command->add_flag("--without-entries", options->without_entries,
                    "Statements and hash tiles only: what everybody may have");
  command->add_flag("--json", options->json, "For a program to read");
  on_run(command, [options] { return run_export(*options); });
}

}  // namespace teller::cli
