// teller report: the documents that an office files, signed by the count's key, and the check of one.
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/fail_point.h"
#include "base/file.h"
#include "base/time.h"
#include "cli/check_file.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/open_sheets.h"
#include "cli/person.h"
#include "cli/progress.h"
#include "cli/terminal_text.h"
#include "cli/voters_place.h"
#include "log/segments_directory.h"
#include "operate/office_report.h"
#include "publish/status.h"

namespace teller::cli {
namespace {

struct OfficeReportOptions {
  Where where;
  Person person;
  std::string out, checks, file, key;
};

std::unexpected<Error> document_unwritable(const std::string& what, int error) {
  return fail(Remedy::stop, "output.unwritable",
              what + ": " + std::error_code(error, std::generic_category()).message());
}

// A new file for a document, which has its name only when the whole document is in it: a command that dies
// leaves the name free for the same command. Begun before anything is signed, so that a folder in which nothing can be
// written is known by then.
class DocumentFile {
 public:
  // Errors: stop output.unwritable (the name is taken: what is there stays as it is); those of files.
  [[nodiscard]] static Result<std::unique_ptr<DocumentFile>> begin(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
      return fail(Remedy::stop, "output.unwritable",
                  path + " is there already; name a new file, nothing was signed");
    }
    // By chance: a process that died may have had the number that this one has.
    auto file = std::unique_ptr<DocumentFile>(
        new DocumentFile(path, fmt::format("{}.new-{:08x}", path, std::random_device()())));
    auto opened = open_file(file->beside_, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (!opened) return std::unexpected(opened.error());
    file->out_ = std::move(*opened);
    return file;
  }
  ~DocumentFile() {
    if (out_.open()) ::unlink(beside_.c_str());  // None is there under this name once it was kept.
  }
  DocumentFile(const DocumentFile&) = delete;
  DocumentFile& operator=(const DocumentFile&) = delete;

  // Errors: those of begin().
  [[nodiscard]] Result<void> keep(std::string_view note) {
    if (auto written = write_at(out_, as_bytes(note), 0, beside_); !written) return written;
    if (auto synced = sync_data(out_, beside_); !synced) return synced;
    fail_point("report.before_name");
    if (!name_it()) return document_unwritable(path_, errno);
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    return sync_folder(folder.empty() ? "." : folder);
  }

 private:
  DocumentFile(std::string path, std::string beside)
      : path_(std::move(path)), beside_(std::move(beside)) {}

  // Never over another file. A file system knows one of the two ways, and some know both.
  [[nodiscard]] bool name_it() const {
    if (::renameat2(AT_FDCWD, beside_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
      return true;
    }
    if (errno != EINVAL && errno != ENOSYS) return false;
    return ::link(beside_.c_str(), path_.c_str()) == 0;
  }

  std::string path_, beside_;
  Descriptor out_;
};

Result<ReportMade> make_signed_report(const OfficeReportOptions& options, OfficeReport kind) {
  const auto checks = read_check_rules(options.checks);
  if (!checks) return std::unexpected(checks.error());
  auto opened = open_store(options.where, "teller_publisher");
  if (!opened) {
    if (is_not_told(opened.error())) {
      opened.error().detail += opened.error().code == Code("publication.before_close")
                                   ? ", and no document is signed before it"
                                   : ", and no document is signed";
    }
    return std::unexpected(opened.error());
  }
  const auto noted = open_for_change(options.where);
  if (!noted) return std::unexpected(noted.error());
  const Home& home = *opened->home;
  const auto signer = home.signer();
  if (!signer) return std::unexpected(signer.error());
  Result<std::vector<UnitVoters>> voters;
  if (kind == OfficeReport::canvass)
    voters = read_unit_voters(*opened);  // It alone tells of checks.
  if (!voters) return std::unexpected(voters.error());
  const auto entered = open_sheets(*opened);
  if (!entered) return std::unexpected(entered.error());
  DirectorySegments segments(segments_folder(*opened));
  const SystemClock clock;
  Progress shown("verifying");
  return make_office_report({.home = &home,
                             .store = opened->store.get(),
                             .audit = noted->store.get(),
                             .segments = &segments,
                             .clock = &clock,
                             .signer = signer->get(),
                             .deliveries = opened->config ? Kept::in_part : Kept::all_here,
                             .checks = *checks,
                             .voters = std::move(*voters),
                             .entered_open = *entered,
                             .progress = shown.counting("leaves")},
                            kind,
                            {.actor = options.person.actor,
                             .action = {},
                             .subject = {},
                             .reason = options.person.reason,
                             .approver = options.person.approver});
}

// Errors: stop output.unwritable.
Result<void> print_document(std::string_view note) {
  if (std::fwrite(note.data(), 1, note.size(), stdout) == note.size() && std::fflush(stdout) == 0) {
    return {};
  }
  return document_unwritable("standard output", errno);
}

int make_document(const OfficeReportOptions& options, OfficeReport kind) {
  std::unique_ptr<DocumentFile> out;
  if (!options.out.empty()) {
    auto file = DocumentFile::begin(options.out);
    if (!file) return report(file.error());
    out = std::move(*file);
  }
  const auto made = make_signed_report(options, kind);
  if (!made) return report(made.error());
  const auto printed = print_document(made->note);
  const auto kept = out ? out->keep(made->note) : Result<void>();
  if (out && kept) say("teller: kept in " + options.out);
  say(fmt::format("teller: signed by the count's key (audit line {})", made->audit_line));
  if (!kept) return report(kept.error());
  if (!printed) return report(printed.error());
  return done;
}

int check_document(const OfficeReportOptions& options) {
  if (options.where.home.empty() == options.key.empty()) {
    say("give one of --key and --home");
    return usage;
  }
  const auto note = read_file(options.file, own_file_bytes_max);
  if (!note) return report(note.error());
  std::string key = options.key;
  if (key.empty()) {
    const auto home = HomeFolder::open(options.where.home);
    if (!home) return report(home.error());
    key = (*home)->count.public_key;
  }
  const auto read = read_document(*note, key);
  if (!read) {
    report(read.error());
    return read.error().remedy == Remedy::reject ? found : unfinished;
  }
  const std::string line =
      fmt::format("{} of {} (count {}, {}), made at {}. The signature is good: {}", read->kind,
                  read->election, read->count, read->mode, read->time, key);
  std::printf("%s\n", printable_line(line).c_str());
  return done;
}

void add_document(CLI::App* above, OfficeReport kind, const char* summary) {
  const auto options = std::make_shared<OfficeReportOptions>();
  CLI::App* command = above->add_subcommand(std::string(to_text(kind)), summary);
  add_where(command, options->where);
  command->add_option("--out", options->out, "Keep it in this new file too")->type_name("FILE");
  if (kind == OfficeReport::canvass) add_checks(command, options->checks);
  add_person(command, options->person, fmt::format("{} for the office's files", to_text(kind)));
  on_run(command, [options, kind] { return make_document(*options, kind); });
}

}  // namespace

void add_report(CLI::App& app) {
  CLI::App* command = add_command(
      app, "report", "Sign a document for an office's files: canvass, certificate, decisions",
      "Examples:\n"
      "  teller report canvass --home my-count --out canvass.txt\n"
      "  teller report certificate --config teller.toml --out certificate.txt\n"
      "  teller report check canvass.txt --key 'election.example/2026+e3657a7e+Aep…'\n"
      "Each is a text that people can read, signed by the key of the count, noted in the audit log "
      "by\n"
      "its hash, and made only of a count in which `teller verify` finds nothing. It needs a "
      "signed\n"
      "statement of all that is counted (teller serve, teller publish). docs/guides/documents.md "
      "says\n"
      "what stands in each, and how one is checked without this program.");
  command->require_subcommand(1);
  add_document(command, OfficeReport::sheets,
               "Every version of each result sheet: figures, reason, who brought it");
  add_document(command, OfficeReport::decisions,
               "What officers decided and why, and the lines of the audit log");
  add_document(command, OfficeReport::canvass,
               "Totals of each contest and of each unit, and what is left open");
  add_document(command, OfficeReport::certificate, "Who certified which statement, and its totals");
  const auto options = std::make_shared<OfficeReportOptions>();
  CLI::App* check = command->add_subcommand(
      "check", "Whether such a document, a zero report or a test deck's is signed as it is");
  check->add_option("FILE", options->file, "The document")->required();
  check->add_option("--key", options->key, "The count's public key as its office published it")
      ->type_name("KEY");
  check->add_option("--home", options->where.home, "Or the home of the count")->type_name("DIR");
  on_run(check, [options] { return check_document(*options); });
}

}  // namespace teller::cli
