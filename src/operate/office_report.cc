#include "operate/office_report.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/grouped.h"
#include "log/merkle.h"
#include "operate/report_body.h"
#include "operate/report_lines.h"
#include "publish/audit_line.h"
#include "publish/digest.h"
#include "publish/statement.h"
#include "publish/text_lines.h"
#include "verify/verify.h"
#include "verify/verify_audit.h"

namespace teller {
namespace {

std::unexpected<Error> report_not_verified(std::string what) {
  return fail(Remedy::stop, "log.broken", std::move(what) + "; nothing was signed");
}

std::unexpected<Error> report_still_counting() {
  return fail(Remedy::reject, "decision.unstated",
              "something was counted while the document was made; nothing was signed: make it "
              "again");
}

// The statement that has all that is counted.
Result<Statement> report_stated(std::uint64_t commit, StatementStore& store) {
  const auto row = store.last_statement();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(Remedy::reject, "decision.unstated", "nothing was stated yet");
  auto statement = parse_statement(as_text((*row)->bytes));
  if (!statement) return statement;
  if (statement->commit == commit) return statement;
  return fail(Remedy::reject, "decision.unstated",
              fmt::format("the last statement is of commit {}, the count is at {}",
                          statement->commit, commit));
}

// The log counted again, and everything that is shown beside it.
Result<Verification> report_counted_again(const ReportParts& parts, const ReportBase& base) {
  const Home& home = *parts.home;
  auto verified = verify(home.rules, home.count, home.presentation, *parts.store, *parts.segments,
                         parts.progress);
  if (!verified) return verified;
  if (verified->commit != base.snapshot.head.commit) return report_still_counting();
  if (!verified->good()) {
    const Finding& first = verified->findings.list.front();
    return report_not_verified(fmt::format("verify finds {} fault(s); check {}: {}",
                                           grouped(verified->findings.list.size()),
                                           static_cast<int>(first.check), first.what));
  }
  if (!verified->counted_again) return report_not_verified("the log could not be counted again");
  const Hash digest = digest_of(home.rules.hash(), base.snapshot.totals);
  if (digest != verified->digest || digest != base.statement.digest) {
    return report_not_verified("the totals are not those of the statement and of the log");
  }
  const auto kept =
      check_kept_deliveries(home.deliveries(), *parts.store, home.definition(), parts.deliveries);
  if (!kept) return std::unexpected(kept.error());
  if (!kept->differences.empty()) return report_not_verified(kept->differences.front());
  return verified;
}

Result<void> read_report_audit(const ReportParts& parts, ReportBase& base) {
  // Checkpoints first: a line more is no fault, a checkpoint without its lines would be.
  const auto checkpoints = parts.store->audit_checkpoints();
  if (!checkpoints) return std::unexpected(checkpoints.error());
  const auto rows = all_audit_lines(*parts.store);
  if (!rows) return std::unexpected(rows.error());
  const AuditVerification audited = verify_audit(parts.home->count, *rows, *checkpoints);
  if (!audited.good()) {
    return report_not_verified("the audit log: " + audited.findings.front().what);
  }
  for (const AuditRow& row : *rows) {
    auto line = parse_audit_line(as_text(row.bytes));
    if (!line) return std::unexpected(line.error());
    base.audit.push_back(std::move(*line));
    base.audit_leaves.push_back(leaf_hash(row.bytes));
  }
  return {};
}

Result<ReportBase> verified_report_base(const ReportParts& parts) {
  ReportBase base;
  auto snapshot = parts.store->snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  base.snapshot = std::move(*snapshot);
  const std::uint64_t commit = base.snapshot.head.commit;
  auto statement = report_stated(commit, *parts.store);
  if (!statement) return std::unexpected(statement.error());
  base.statement = std::move(*statement);
  auto stage = stage_reached(parts.home->count, *parts.store, commit);
  if (!stage) return std::unexpected(stage.error());
  base.stage = std::move(*stage);
  const auto verified = report_counted_again(parts, base);
  if (!verified) return std::unexpected(verified.error());
  base.statements = verified->statements;
  base.steps = verified->steps;
  base.leaves = verified->leaves;
  if (auto audited = read_report_audit(parts, base); !audited) {
    return std::unexpected(audited.error());
  }
  return base;
}

void write_report_head(ReportLines& out, const Home& home, const ReportBase& base,
                       std::int64_t time_us) {
  const CountFile& count = home.count;
  const Head& head = base.snapshot.head;
  out.line("count", count.id.hex());
  out.line("mode", to_text(count.mode));
  if (!count.label.empty()) out.line("label", count.label);
  out.line("election", home.rules.election);
  out.line("time", format_utc(time_us));
  out.line("stage", to_text(base.stage.all));
  out.line("status", head.status);
  out.line("commit", std::to_string(head.commit));
  out.line("committed", format_utc(head.committed_at_us));
  out.line("statement", std::to_string(base.statement.number));
  out.line("statement_hash", to_hex(sha256(as_bytes(to_text(base.statement)))));
  out.line("digest", to_hex(base.statement.digest));
  out.line("rules", to_hex(home.rules.hash()));
  out.line("count_file", to_hex(count.hash()));
  out.line("presentation", to_hex(home.presentation.hash()));
  for (const Statement::Partition& one : base.statement.partitions) {
    const Committed& at = one.committed;
    out.line("partition", fmt::format("{} step {} position {} size {} root {}", one.partition,
                                      at.number, at.position, at.log_size, to_hex(at.root)));
  }
  out.line("verified", fmt::format("{} statements, {} steps, {} leaves", grouped(base.statements),
                                   grouped(base.steps), grouped(base.leaves)));
}

Result<void> write_report_body(ReportLines& out, const ReportParts& parts, OfficeReport report,
                               const ReportBase& base) {
  switch (report) {
    case OfficeReport::sheets:
      return write_report_sheets(out, parts);
    case OfficeReport::decisions:
      return write_report_decisions(out, parts, base);
    case OfficeReport::canvass:
      return write_report_canvass(out, parts, base);
    case OfficeReport::certificate:
      break;
  }
  return write_report_certificate(out, parts, base);
}

}  // namespace

std::string_view to_text(OfficeReport report) {
  switch (report) {
    case OfficeReport::sheets:
      return "sheets";
    case OfficeReport::decisions:
      return "decisions";
    case OfficeReport::canvass:
      return "canvass";
    case OfficeReport::certificate:
      break;
  }
  return "certificate";
}

Result<ReportMade> make_office_report(const ReportParts& parts, OfficeReport report,
                                      AuditEntry person) {
  const Home& home = *parts.home;
  const std::int64_t time_us = parts.clock->now_us();  // Before we look.
  const auto base = verified_report_base(parts);
  if (!base) return std::unexpected(base.error());
  ReportLines out(to_text(report));
  write_report_head(out, home, *base, time_us);
  if (auto written = write_report_body(out, parts, report, *base); !written) {
    return std::unexpected(written.error());
  }
  out.line("key", home.count.public_key);
  const std::uint64_t commit = base->snapshot.head.commit;
  const auto head = parts.store->head();
  if (!head) return std::unexpected(head.error());
  if (head->commit != commit) return report_still_counting();
  ReportMade made;
  made.note = parts.signer->sign(out.text());
  person.action = audit_report;
  person.subject = fmt::format("{} as of commit {}", to_text(report), commit);
  person.before = {};
  person.after = sha256(as_bytes(made.note));
  const auto line = write_audit(home.count, *parts.audit, *parts.clock, person);
  if (!line) return std::unexpected(line.error());
  made.audit_line = *line;
  return made;
}

Result<DocumentRead> read_document(std::string_view note, std::string_view verifier_key) {
  const auto text = open_note(note, verifier_key);
  if (!text) return std::unexpected(text.error());
  constexpr std::array kinds{"sheets", "decisions", "canvass", "certificate", "zero", "test-deck"};
  TextLines in(*text);
  DocumentRead read;
  const std::string_view first = in.line("teller");
  for (const std::string_view kind : kinds) {
    if (first == fmt::format("{} 1", kind)) read.kind = kind;
  }
  read.count = in.line("count");
  read.mode = in.line("mode");
  if (in.next_is("label ")) (void)in.line("label");
  read.election = in.line("election");
  read.time = in.line("time");
  if (!in.good() || read.kind.empty() ||
      !text->ends_with(fmt::format("\nkey {}\n", verifier_key))) {
    return fail(Remedy::reject, "zero.invalid",
                "the signature is good, and this is no document of an office of this key's count");
  }
  return read;
}

}  // namespace teller
