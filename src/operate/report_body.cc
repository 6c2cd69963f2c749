#include "operate/report_body.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/grouped.h"
#include "checks/complete_units.h"
#include "decide/left_open.h"
#include "deliver/delivery_history.h"
#include "election/decisions.h"
#include "log/merkle.h"
#include "publish/figure_json.h"
#include "publish/figures.h"
#include "publish/good_decisions.h"
#include "publish/two_levels.h"
#include "store/each_decision.h"
#include "store/each_incident.h"

namespace teller {
namespace {

using ReportJson = nlohmann::ordered_json;

// ---- Decisions, each from the entry that the officers signed.

struct ReportDecision {
  std::uint64_t commit = 0;
  EntryId id;
  Control control;
  Hash leaf{};
};

Result<ReportDecision> read_report_decision(const CountFile& count, const DecisionRow& row) {
  const auto not_signed = [&] {
    return fail(Remedy::stop, "log.broken",
                fmt::format("a decision of commit {} has not the officers' signatures; nothing "
                            "was signed",
                            row.commit));
  };
  auto entry = read_control(row.entry, count.id);
  if (!entry) return not_signed();
  Control* control = std::get_if<Control>(&entry->body);
  if (control == nullptr || good_decisions().why_not(entry->id, *control, count, row.entry)) {
    return not_signed();
  }
  return ReportDecision{row.commit, entry->id, std::move(*control), leaf_hash(row.entry)};
}

// In their order, until `each` gives an error.
Result<void> each_report_decision(const ReportParts& parts, const ReportBase& base,
                                  const std::function<void(const ReportDecision&)>& each) {
  std::optional<Error> wrong;
  auto read = for_each_decision(*parts.store, 0, [&](const DecisionRow& row) {
    if (row.commit > base.snapshot.head.commit) return false;
    const auto decision = read_report_decision(parts.home->count, row);
    if (!decision) {
      wrong = decision.error();
      return false;
    }
    each(*decision);
    return true;
  });
  if (read && wrong) return std::unexpected(*wrong);
  return read;
}

void write_report_decision(ReportLines& out, const ReportDecision& decision) {
  const Control& control = decision.control;
  out.line("commit", std::to_string(decision.commit));
  out.line("action", to_text(control.action));
  if (control.about_stage()) {
    out.line("about", fmt::format("partition {}, decision {}", control.partition, control.number));
  } else if (const auto target = control.target_id(); target) {
    const bool keeps = control.action == Control::Action::keep;
    out.line("about", (keeps ? "entry " : "ballot ") + to_text(*target));
    if (keeps) {
      out.line("counts", to_hex(control.kept.counted));
      out.line("counts_not", to_hex(control.kept.other));
    } else if (control.action == Control::Action::supersede) {
      out.line("counts", to_hex(leaf_hash(control.other)));
      out.line("counts_not", to_hex(leaf_hash(control.target)));
    } else {
      out.line("ballot_leaf", to_hex(leaf_hash(control.target)));
    }
  }
  if (control.action == Control::Action::certify) {
    out.line("certified_statement", std::to_string(control.certified.statement));
    out.line("certified_hash", to_hex(control.certified.statement_hash));
    out.line("certified_digest", to_hex(control.certified.digest));
  }
  for (const Control::Signature& signature : control.signatures) {
    out.line("officer", signature.officer);
  }
  out.line("reason", control.reason);
  out.line("entry", to_text(decision.id));
  out.line("leaf", to_hex(decision.leaf));
}

// ---- Totals

std::string report_part(const ContestFigures::Part& part) {
  switch (part.known) {
    case ContestFigures::Known::number:
      return grouped(static_cast<std::uint64_t>(part.value));
    case ContestFigures::Known::withheld:
      return "withheld";
    case ContestFigures::Known::unknown:
      break;
  }
  return "unknown";
}

// What a ballot says nothing of has no figure where ballots came, and no 0 either.
bool ballots_give(const Contest& contest, std::uint16_t counter) {
  switch (counter) {
    case slot::registered:
      return false;
    case slot::exhausted:
      return contest.kind == ContestKind::ranked;
    case slot::undervotes:
    case slot::write_ins:
      return contest.kind != ContestKind::ranked;
    default:
      return true;
  }
}

// Whether anything that was heard says something of it.
bool report_gives(const Contest& contest, const ContestFigures& figures, std::uint16_t counter) {
  const auto cells = figures.cells();
  const auto parts = figures.parts(counter);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].from_sheets ? parts[i].known != ContestFigures::Known::unknown
                             : ballots_give(contest, counter)) {
      return true;
    }
  }
  return cells.empty();
}

// Counters that something is known of, as counters_of() has them.
std::vector<std::pair<std::uint16_t, TotalFigure>> report_counters(const Contest& contest,
                                                                   const ContestFigures& figures) {
  std::vector<std::pair<std::uint16_t, TotalFigure>> counters;
  const auto known = counters_of(figures);
  for (std::uint16_t s = slot::first_counter; s <= slot::registered; ++s) {
    if (!report_gives(contest, figures, s)) continue;
    const auto found =
        std::ranges::find(known, slot::name(s), [](const auto& counter) { return counter.first; });
    if (found != known.end()) counters.emplace_back(s, found->second);
  }
  return counters;
}

void write_report_contest(ReportLines& out, const Rules& rules, ContestId id,
                          const ContestFigures& figures) {
  const Contest& contest = rules.contest(id);
  out.line("contest", contest.id);
  out.line("name", contest.name);
  if (contest.kind == ContestKind::ranked) out.line("note", first_preferences_only);
  const auto [units, of] = figures.reporting();
  out.line("reporting", fmt::format("{} of {} units", grouped(units), grouped(of)));
  for (const TwoLevels& levels : two_levels(rules, id, figures)) {
    out.line("note", "two levels of units in one sum: " + in_words(levels, rules, id));
  }
  const std::string_view cell = figures.cell_word();
  for (std::size_t i = 0; i < contest.options.size(); ++i) {
    out.line("option", contest.options[i].id);
    out.line("name", contest.options[i].name);
    out.line("votes", in_words(figures.column(static_cast<std::uint16_t>(i)), cell));
  }
  for (const auto& [counter, figure] : report_counters(contest, figures)) {
    out.line(slot::name(counter), in_words(figure, counter == slot::registered ? "unit" : cell));
  }
}

// What each unit reported, with each method: "votes 120 ada".
void write_report_cells(ReportLines& out, const Rules& rules, ContestId id,
                        const ContestFigures& figures) {
  const Contest& contest = rules.contest(id);
  std::vector<std::pair<std::string, std::vector<ContestFigures::Part>>> columns;
  for (std::size_t i = 0; i < contest.options.size(); ++i) {
    columns.emplace_back(contest.options[i].id, figures.parts(static_cast<std::uint16_t>(i)));
  }
  const std::size_t options = columns.size();
  const auto counters = report_counters(contest, figures);
  for (const auto& counter : counters) {
    columns.emplace_back(std::string(slot::name(counter.first)), figures.parts(counter.first));
  }
  const auto cells = figures.cells();
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const Unit& unit = rules.units.at(cells[at].unit.value);
    out.line("unit", unit.id);
    out.line("name", unit.name);
    out.line("method", rules.methods.at(cells[at].method.value).id);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto& [name, parts] = columns[i];
      if (i < options) {
        out.line("votes", report_part(parts.at(at)) + " " + name);
      } else if (cells[at].from_sheets || ballots_give(contest, counters[i - options].first)) {
        out.line(name, report_part(parts.at(at)));
      }
    }
  }
}

void write_report_totals(ReportLines& out, const ReportParts& parts, const ReportBase& base,
                         bool with_cells) {
  const Rules& rules = parts.home->rules;
  const auto rows = rows_by_contest(rules, base.snapshot.totals);
  for (std::uint32_t c = 0; c < rules.contests.size(); ++c) {
    const ContestFigures figures(rules, {c}, rows[c]);
    write_report_contest(out, rules, {c}, figures);
    if (with_cells) write_report_cells(out, rules, {c}, figures);
  }
}

// ---- What is left open

Result<void> write_report_open(ReportLines& out, const ReportParts& parts, const ReportBase& base) {
  const auto left =
      left_open(parts.home->count, *parts.store, base.snapshot, base.snapshot.head.commit);
  if (!left) return std::unexpected(left.error());
  out.number("open_conflicts", left->conflicts);
  out.number("settled_conflicts", left->settled);
  out.number("open_rejected", left->rejected);
  out.number("recorded_anew", left->anew);
  out.number("halted_partitions", left->halted);
  out.number("open_typed", parts.entered_open);
  return {};
}

// ---- What the checks find

// Decisions that took another one back; one about the stage stands once in each partition.
Result<std::vector<UndoneDecision>> report_undone(const ReportParts& parts,
                                                  const ReportBase& base) {
  std::vector<UndoneDecision> undone;
  auto read = each_report_decision(parts, base, [&](const ReportDecision& decision) {
    const Control& control = decision.control;
    const bool reopened = control.action == Control::Action::reopen && control.partition == 0;
    if (!reopened && control.action != Control::Action::reinstate) return;
    std::vector<std::string_view> officers;
    for (const auto& signature : control.signatures) officers.emplace_back(signature.officer);
    undone.push_back(
        {reopened ? "the count" : "ballot " + to_text(control.target_id().value_or(EntryId{})),
         std::string(to_text(control.action)), fmt::format("{}", fmt::join(officers, ", "))});
  });
  if (!read) return std::unexpected(read.error());
  return undone;
}

// Those that are wanted, and that were not given what they hold: none of them found nothing.
std::vector<CheckKind> report_not_made(const ReportParts& parts) {
  const CheckRules& rules = parts.checks;
  std::vector<CheckKind> not_made;
  const auto needs = [&](CheckKind kind, bool given) {
    if (rules.of(kind).made && !given) not_made.push_back(kind);
  };
  needs(CheckKind::above_check_ins, !parts.voters.empty());
  needs(CheckKind::check_ins_above_registered, !parts.voters.empty());
  needs(CheckKind::far_from_before, false);   // The last election is given to `teller check` alone.
  needs(CheckKind::sender_conflicts, false);  // No journal is read here.
  needs(CheckKind::night_work, rules.night_work.from_hour != rules.night_work.to_hour);
  return not_made;
}

// A canvass report is for everybody: of a person or a sender it says that there is something.
std::string report_finding(const CheckFinding& finding) {
  if (finding.contest || !finding.units.empty()) return in_words(finding);
  return "about a person or a sender; `teller check` says who";
}

Result<void> write_report_findings(ReportLines& out, const ReportParts& parts,
                                   const ReportBase& base) {
  const Home& home = *parts.home;
  const auto falls = fallen_figures(*parts.store);
  if (!falls) return std::unexpected(falls.error());
  const auto complete = complete_units(home.count, home.rules, *parts.store);
  if (!complete) return std::unexpected(complete.error());
  const auto undone = report_undone(parts, base);
  if (!undone) return std::unexpected(undone.error());
  const auto checked = check_count({.rules = home.rules,
                                    .registered = home.presentation.registered,
                                    .totals = base.snapshot.totals,
                                    .falls = *falls,
                                    .voters = parts.voters,
                                    .audit = base.audit,
                                    .undone = *undone,
                                    .complete = *complete},
                                   parts.checks);
  if (!checked) return std::unexpected(checked.error());
  out.line("checks", parts.checks.hash.empty() ? "those of the program"
                                               : "of a file, sha256 " + parts.checks.hash);
  for (const Severity severity : {Severity::error, Severity::warning, Severity::note}) {
    out.number(fmt::format("{}s", to_text(severity)), checked->of(severity));
  }
  for (const CheckKind kind : report_not_made(parts)) out.line("not_made", to_text(kind));
  for (const CheckFinding& finding : checked->findings) {
    if (finding.severity == Severity::note) continue;
    out.line("finding", fmt::format("{} {}: {}", to_text(finding.severity), to_text(finding.kind),
                                    report_finding(finding)));
  }
  return {};
}

// ---- Sheets

std::string report_text(const ReportJson& json, const char* name) { return json.value(name, ""); }

void write_report_delivery(ReportLines& out, const ReportJson& by) {
  out.line("source", report_text(by, "source"));
  out.line("file", report_text(by, "file"));
  out.line("figures_at", by.value("figures_at", "unknown"));
  out.line("received_at", report_text(by, "received_at"));
  out.line("sender", report_text(by, "sender"));
}

void write_report_version(ReportLines& out, const ReportJson& version) {
  out.line("version", version.at("version").dump());
  out.line("act", report_text(version, "act"));
  out.line("now", report_text(version, "now"));
  if (version.contains("reason")) out.line("reason", report_text(version, "reason"));
  for (const ReportJson& figure : version.at("figures")) {
    const ReportJson& value = figure.at("value");
    const std::string told = value.is_number()   ? grouped(value.get<std::uint64_t>())
                             : value.is_string() ? value.get<std::string>()
                                                 : "unknown";
    if (figure.contains("option")) {
      out.line("votes", told + " " + report_text(figure, "option"));
    } else {
      out.line(report_text(figure, "figure"), told);
    }
  }
  const ReportJson& by = version.at("brought_by");
  if (by.is_null()) {
    out.line("brought_by", "another way than a delivery");
  } else {
    out.line("brought_by", "delivery " + by.at("delivery").dump());
    write_report_delivery(out, by);
  }
}

}  // namespace

Result<void> write_report_sheets(ReportLines& out, const ReportParts& parts) {
  DeliveryHistory history(parts.home->definition(), *parts.store, *parts.segments);
  const auto told = history.sheets({});
  if (!told) return std::unexpected(told.error());
  const ReportJson json = ReportJson::parse(*told);
  out.number("sheets", json.at("sheets").size());
  for (const ReportJson& sheet : json.at("sheets")) {
    out.line("sheet", report_text(sheet, "unit"));
    out.line("name", report_text(sheet, "unit_name"));
    out.line("contest", report_text(sheet, "contest"));
    out.line("method", report_text(sheet, "method"));
    for (const ReportJson& version : sheet.at("versions")) write_report_version(out, version);
    for (const ReportJson& other : sheet.at("not_taken")) {
      out.line("not_taken", report_text(other, "became"));
      out.line("brought_by", "delivery " + other.at("delivery").dump());
      write_report_delivery(out, other);
      if (other.contains("detail")) out.line("detail", report_text(other, "detail"));
    }
  }
  return {};
}

Result<void> write_report_decisions(ReportLines& out, const ReportParts& parts,
                                    const ReportBase& base) {
  std::uint64_t number = 0;
  auto read = each_report_decision(parts, base, [&](const ReportDecision& decision) {
    out.number("decision", ++number);
    write_report_decision(out, decision);
  });
  if (!read) return read;
  for (std::size_t i = 0; i < base.audit.size(); ++i) {
    const AuditLine& line = base.audit[i];
    out.line("audit", std::to_string(line.number));
    out.line("time", format_utc(line.time_us));
    out.line("actor", line.actor);
    out.line("action", line.action);
    out.line("subject", line.subject);
    out.line("reason", line.reason);
    if (!line.approver.empty()) out.line("approver", line.approver);
    out.line("leaf", to_hex(base.audit_leaves[i]));
  }
  return {};
}

Result<void> write_report_canvass(ReportLines& out, const ReportParts& parts,
                                  const ReportBase& base) {
  const Outcomes sum = sum_of(base.snapshot.partitions);
  out.number("recorded", sum.recorded());
  out.number("counted", sum.counted);
  out.number("duplicates", sum.duplicate);
  out.number("conflicts", sum.conflict);
  out.number("rejected", sum.rejected);
  std::map<Control::Action, std::uint64_t> decided;
  auto read = each_report_decision(
      parts, base, [&](const ReportDecision& decision) { ++decided[decision.control.action]; });
  if (!read) return read;
  for (const auto& [action, times] : decided) {
    out.line("decided", fmt::format("{} {}", to_text(action), grouped(times)));
  }
  if (auto open = write_report_open(out, parts, base); !open) return open;
  if (auto findings = write_report_findings(out, parts, base); !findings) return findings;
  write_report_totals(out, parts, base, true);
  return {};
}

Result<void> write_report_certificate(ReportLines& out, const ReportParts& parts,
                                      const ReportBase& base) {
  const CountFile& count = parts.home->count;
  if (base.stage.all != Stage::certified || !base.stage.same_everywhere() ||
      base.snapshot.head.status != official) {
    return fail(
        Remedy::reject, "policy.not_certified",
        fmt::format("the count is {} ({})", to_text(base.stage.all), base.snapshot.head.status));
  }
  std::map<std::uint16_t, ReportDecision> last;  // Of each partition.
  auto read = each_report_decision(parts, base, [&](const ReportDecision& decision) {
    if (decision.control.action == Control::Action::certify) {
      last[decision.control.partition] = decision;
    }
  });
  if (!read) return read;
  std::map<std::string, const Officer*> signers;
  for (const auto& [partition, decision] : last) {
    if (decision.control.certified.digest != base.statement.digest) {
      return fail(Remedy::stop, "log.broken",
                  fmt::format("partition {} was certified with another digest than the last "
                              "statement has; nothing was signed",
                              partition));
    }
    for (const Control::Signature& signature : decision.control.signatures) {
      for (const Officer& officer : count.officers) {
        if (officer.name == signature.officer) signers[officer.name] = &officer;
      }
    }
  }
  for (const auto& [name, officer] : signers) {
    out.line("certified_by", name);
    out.line("role", to_text(officer->role));
    out.line("officer_key", to_hex(officer->key));
  }
  for (const auto& [partition, decision] : last) write_report_decision(out, decision);
  if (auto open = write_report_open(out, parts, base); !open) return open;
  write_report_totals(out, parts, base, false);
  return {};
}

}  // namespace teller
