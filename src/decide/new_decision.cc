#include "decide/new_decision.h"

#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/grouped.h"
#include "checks/check_count.h"
#include "checks/complete_units.h"
#include "decide/conflict_decision.h"
#include "decide/count_now.h"
#include "decide/decision_id.h"
#include "decide/left_open.h"
#include "election/decisions.h"
#include "publish/audit_line.h"
#include "publish/statement.h"
#include "publish/zero_report.h"
#include "store/each_audit_line.h"
#include "store/each_incident.h"

namespace teller {
namespace {

// What the checks say of the figures that would be certified.
Result<std::string> open_by_checks(const Definition& definition, const Presentation& presentation,
                                   const CountNow& now, Store& store, const DecisionAsked& asked) {
  const auto falls = fallen_figures(store);
  if (!falls) return std::unexpected(falls.error());
  const auto complete = complete_units(*definition.count, *definition.rules, store);
  if (!complete) return std::unexpected(complete.error());
  const auto checked = check_count({.rules = *definition.rules,
                                    .registered = presentation.registered,
                                    .totals = now.snapshot.totals,
                                    .falls = *falls,
                                    .voters = asked.voters,
                                    .complete = *complete},
                                   asked.checks);
  if (!checked) return std::unexpected(checked.error());
  return open_in_words(*checked);
}

// A live count opens after somebody looked and signed that there was nothing in it.
Result<void> zero_was_reported(const CountFile& count, Store& store) {
  if (count.mode != Mode::live) return {};
  bool reported = false;
  auto read = for_each_audit_line(store, 0, [&](const AuditRow& row) -> Result<void> {
    const auto line = parse_audit_line(as_text(row.bytes));
    if (!line) return std::unexpected(line.error());
    reported |= line->count == count.id && line->action == audit_zero;
    return {};
  });
  if (!read || reported) return read;
  return fail(Remedy::reject, "decision.no_zero_report",
              "the count is live, and its audit log has no zero report");
}

// What keeps a count from being certified; empty when nothing does.
Result<std::string> still_open(const CountFile& count, const CountNow& now, Store& store,
                               const std::string& by_checks) {
  const auto left = left_open(count, store, now.snapshot);
  if (!left) return std::unexpected(left.error());
  std::vector<std::string> open;
  if (left->conflicts > 0) open.push_back(fmt::format("{} conflict(s)", grouped(left->conflicts)));
  if (left->rejected > 0) open.push_back(fmt::format("{} rejected", grouped(left->rejected)));
  if (left->halted > 0) open.push_back(fmt::format("{} halted partition(s)", left->halted));
  if (!by_checks.empty()) open.push_back(by_checks);
  return fmt::format("{}", fmt::join(open, ", "));
}

// The statement that has all that is counted.
Result<Statement> last_stated(const CountNow& now, Store& store) {
  const auto row = store.last_statement();
  if (!row) return std::unexpected(row.error());
  const auto unstated = [&](const std::string& what) {
    return fail(Remedy::reject, "decision.unstated", what);
  };
  if (!*row) return unstated("nothing was stated yet");
  auto statement = parse_statement(as_text((*row)->bytes));
  if (!statement) return statement;
  if (statement->commit != now.snapshot.head.commit) {
    return unstated(fmt::format("the last statement is of commit {}, the count is at {}",
                                statement->commit, now.snapshot.head.commit));
  }
  check(statement->partitions.size() == now.snapshot.partitions.size(),
        "a statement has the partitions of its count");
  return statement;
}

Result<Control::Certified> certified_now(const CountFile& count, const CountNow& now,
                                         const std::string& by_checks, Store& store,
                                         DecisionAsked& asked,
                                         std::vector<std::uint64_t>& counted) {
  const auto open = still_open(count, now, store, by_checks);
  if (!open) return std::unexpected(open.error());
  std::vector<std::string> left;
  std::vector<std::string_view> where;
  if (*open != by_checks) where.emplace_back("`teller incidents`");
  if (!by_checks.empty()) where.emplace_back("`teller check`");
  if (!open->empty()) left.push_back(*open);
  if (asked.entered_open > 0) {
    where.emplace_back("`teller enter status`");
    left.push_back(
        fmt::format("{} sheet(s) that were typed and not delivered", asked.entered_open));
  }
  if (!left.empty()) {
    if (!asked.accept_open) {
      return fail(Remedy::reject, "decision.open",
                  fmt::format("{} are left ({})", fmt::join(left, ", "), fmt::join(where, ", ")));
    }
    asked.reason += fmt::format(" [left open: {}]", fmt::join(left, ", "));
  }
  if (!asked.checks.hash.empty()) {
    asked.reason += fmt::format(" [own checks, sha256 {}]", asked.checks.hash);
  }
  const auto statement = last_stated(now, store);
  if (!statement) return std::unexpected(statement.error());
  Control::Certified certified;
  certified.statement = statement->number;
  certified.statement_hash = sha256(as_bytes(to_text(*statement)));
  certified.digest = statement->digest;
  for (const auto& partition : statement->partitions) {
    counted.push_back(partition.committed.log_size);
  }
  return certified;
}

}  // namespace

Result<Decision> new_stage_decision(const Definition& definition, const Presentation& presentation,
                                    Store& store, const DecisionAsked& wanted) {
  const CountFile& count = *definition.count;
  DecisionAsked asked = wanted;
  const auto now = count_now(count, store, asked.action, asked.reason);
  if (!now) return std::unexpected(now.error());
  if (asked.action == Control::Action::open) {
    if (auto good = zero_was_reported(count, store); !good) return std::unexpected(good.error());
  }
  Control control;
  control.action = asked.action;
  std::vector<std::uint64_t> counted;
  if (asked.action == Control::Action::certify) {
    const auto by_checks = open_by_checks(definition, presentation, *now, store, asked);
    if (!by_checks) return std::unexpected(by_checks.error());
    const auto certified = certified_now(count, *now, *by_checks, store, asked, counted);
    if (!certified) return std::unexpected(certified.error());
    control.certified = *certified;
  }
  control.reason = asked.reason;
  Decision decision{count.id, asked.action, asked.reason, {}};
  for (std::uint16_t partition = 0; partition < count.partitions; ++partition) {
    const StageReached::Partition& at = now->stage.partitions[partition];
    if (!allowed_at(at.stage, asked.action)) continue;
    control.partition = partition;
    control.number = at.number + 1;
    if (!counted.empty()) control.certified.entries = counted[partition];
    decision.entries.push_back({new_decision_id(), control});
  }
  return decision;
}

}  // namespace teller
