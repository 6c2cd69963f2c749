// teller zero: a signed report that a count stands at nothing, and the check of one.
#include "operate/zero.h"

#include <cstdio>
#include <memory>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/file.h"
#include "base/grouped.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "cli/terminal_text.h"
#include "publish/zero_report.h"

namespace teller::cli {
namespace {

struct ZeroOptions {
  Where where;
  Person person;
  std::string out, check, key;
};

// Takes the name before anything is signed: what is there already stays as it is.
Result<Descriptor> new_report_file(const std::string& path) {
  if (std::error_code ignored; std::filesystem::exists(path, ignored)) {
    return fail(Remedy::reject, "zero.exists", path + " is there already; nothing was signed");
  }
  return open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
}

Result<ZeroMade> make_signed_zero(const ZeroOptions& options, const Opened& opened) {
  const Home& home = *opened.home;
  const auto signer = home.signer();
  if (!signer) return std::unexpected(signer.error());
  const auto journal = open_journal_to_read(opened);
  if (!journal) return std::unexpected(journal.error());
  ZeroParts parts{.home = &home,
                  .store = opened.store.get(),
                  .journal = journal->get(),
                  .clock = nullptr,
                  .signer = signer->get(),
                  .segments = segments_folder(opened),
                  .publish = {}};
  parts.publish.push_back(opened.config ? opened.config->published.directory : home.published());
  if (!opened.config && !home.also_published.empty()) parts.publish.push_back(home.also_published);
  const SystemClock clock;
  parts.clock = &clock;
  return make_zero_report(parts, {.actor = options.person.actor,
                                  .action = {},
                                  .subject = {},
                                  .reason = options.person.reason,
                                  .approver = options.person.approver});
}

int make_zero(const ZeroOptions& options) {
  const auto opened = open_for_change(options.where);
  if (!opened) return report(opened.error());
  Descriptor out;
  if (!options.out.empty()) {
    auto file = new_report_file(options.out);
    if (!file) return report(file.error());
    out = std::move(*file);
  }
  const auto made = make_signed_zero(options, *opened);
  if (!made) {
    if (out.open()) std::filesystem::remove(options.out);  // Ours, and empty.
    return report(made.error());
  }
  std::fputs(made->note.c_str(), stdout);
  for (const std::filesystem::path& file : made->files) {
    say(fmt::format("teller: kept in {}", file.string()));
  }
  if (out.open()) {
    auto written = write_at(out, as_bytes(made->note), 0, options.out);
    if (written) written = sync_data(out, options.out);
    if (!written) return report(written.error());
    say("teller: kept in " + options.out);
  }
  say(fmt::format("teller: the count stands at zero, signed by its key (audit line {})",
                  made->audit_line));
  return done;
}

// With a home: whether it is the report of that count, to the last name.
Result<ZeroReport> open_checked_zero(std::string_view note, const ZeroOptions& options) {
  if (!options.key.empty()) return open_zero_report(note, options.key);
  const auto home = Home::open(options.where.home);
  if (!home) return std::unexpected(home.error());
  auto read = open_zero_report(note, (*home)->count.public_key);
  if (!read) return read;
  ZeroReport wanted = zero_report_of((*home)->definition(), (*home)->presentation, read->time_us);
  wanted.presentation = read->presentation;  // It may have been replaced since.
  if (*read == wanted) return read;
  return fail(Remedy::reject, "zero.other",
              "it is signed by this count's key, and does not describe this count");
}

int check_zero(const ZeroOptions& options) {
  const auto note = read_file(options.check, ZeroReport::file_bytes_max);
  if (!note) return report(note.error());
  const auto read = open_checked_zero(*note, options);
  if (!read) {
    report(read.error());
    return read.error().remedy == Remedy::reject ? found : unfinished;
  }
  const ZeroReport& zero = *read;
  std::size_t choices = 0;
  for (const ZeroReport::Contest& contest : zero.contests) choices += contest.options.size();
  std::printf("%s\n", printable_line(fmt::format("Zero report of {} (count {}, {})", zero.election,
                                                 zero.count.hex(), zero.mode))
                          .c_str());
  std::printf("Nothing counted, recorded, rejected or in conflict in %u partitions at %s.\n",
              zero.partitions, format_utc(zero.time_us).c_str());
  std::printf("%s contests and %s options at 0 votes. The signature is good: %s\n",
              grouped(zero.contests.size()).c_str(), grouped(choices).c_str(), zero.key.c_str());
  return done;
}

int run_zero(const ZeroOptions& options) {
  const bool home = !options.where.home.empty(), config = !options.where.config.empty();
  if (!options.check.empty()) {
    if (home == !options.key.empty() || config) {
      say("give one of --key and --home with --check");
      return usage;
    }
    return check_zero(options);
  }
  if (home == config || !options.key.empty()) {
    say("give one of --home and --config; --key goes with --check");
    return usage;
  }
  return make_zero(options);
}

}  // namespace

void add_zero(CLI::App& app) {
  const auto options = std::make_shared<ZeroOptions>();
  CLI::App* command = add_command(
      app, "zero", "Sign that a count stands at zero, before anything is counted",
      "Examples:\n"
      "  teller zero --home my-count --reason \"Morning of 17 May\" --out zero.txt\n"
      "  teller zero --check zero.txt --key 'election.example/2026+e3657a7e+Aep…'\n"
      "The report names count, rules, contests and options, and says that log, journal and every\n"
      "total are at 0. It is printed, kept beside the published statements as zero-report-N, and\n"
      "noted in the audit log. If the count holds anything it is refused, with what stands where.\n"
      "Make it before the first station is connected. A live count opens only after one\n"
      "(teller decide open). It says nothing about the scanners: test those with paper.\n"
      "--check needs no count and no network. Exit code 1: the report is not what it says it is.");
  command->add_option("--home", options->where.home, "The home of an embedded count")
      ->type_name("DIR");
  command->add_option("--config", options->where.config, "teller.toml of a count on the servers")
      ->type_name("FILE");
  CLI::Option* out =
      command->add_option("--out", options->out, "Keep it in this new file too")->type_name("FILE");
  command->add_option("--check", options->check, "Check this report instead of making one")
      ->type_name("FILE")
      ->excludes(out);
  command
      ->add_option("--key", options->key,
                   "The count's public key as its office published it (for --check)")
      ->type_name("KEY");
  add_person(command, options->person, "zero report before the opening");
  on_run(command, [options] { return run_zero(*options); });
}

}  // namespace teller::cli
