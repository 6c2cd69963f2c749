// teller resume: a partition that stands still goes on. teller inspect shows why it stands.
#include <optional>

#include <fmt/format.h>

#include "base/time.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/person.h"
#include "operate/audit.h"

namespace teller::cli {
namespace {

struct ResumeOptions {
  Where where;
  Person person;
  std::uint16_t partition = 0;
};

int resume(const ResumeOptions& options) {
  const auto opened = open_for_change(options.where);
  if (!opened) return report(opened.error());
  const auto rows = opened->store->partitions();
  if (!rows) return report(rows.error());
  if (options.partition >= rows->size()) {
    return report({Remedy::reject, "partition.unknown",
                   fmt::format("the count has partitions 0 to {}", rows->size() - 1)});
  }
  const PartitionRow& row = (*rows)[options.partition];
  if (!row.halted) {
    return report(
        {Remedy::reject, "partition.not_halted",
         fmt::format("partition {} is not halted; nothing was changed", options.partition)});
  }
  const auto line = write_audit(opened->home->count, *opened->store, SystemClock(),
                                {.actor = options.person.actor,
                                 .action = "resume",
                                 .subject = fmt::format("partition {}", options.partition),
                                 .reason = options.person.reason,
                                 .before = sha256(as_bytes(row.halted_because)),
                                 .after = {},
                                 .approver = options.person.approver},
                                {.resumed = options.partition});
  if (!line) return report(line.error());
  say(fmt::format(
      "teller: partition {} goes on at position {} (audit line {}); it stood because: {}",
      options.partition, row.committed.position, *line, row.halted_because));
  return done;
}

}  // namespace

void add_resume(CLI::App& app) {
  auto options = std::make_shared<ResumeOptions>();
  CLI::App* command = add_command(
      app, "resume", "Let a halted partition go on, after what halted it was put right",
      "Examples:\n"
      "  teller inspect --home my-count --record\n"
      "  teller resume --home my-count --partition 3 --reason \"journal restored from the "
      "mirror\"\n"
      "Nothing is skipped: the record at which it stood is read again, and if it is still as it\n"
      "was, the partition halts again at once. A running engine or Spark job goes on by itself.");
  add_where(command, options->where);
  command->add_option("--partition", options->partition, "Which one")->required()->type_name("N");
  add_person(command, options->person);
  on_run(command, [options] { return resume(*options); });
}

}  // namespace teller::cli
