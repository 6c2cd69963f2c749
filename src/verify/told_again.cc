#include "verify/told_again.h"

#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include "base/time.h"
#include "publish/figures.h"
#include "store/told_tables.h"

namespace teller {
namespace {

using ToldRow = std::span<const DefinitionValue>;
constexpr std::int64_t clock_slack_us = 60'000'000;  // By so much a clock may be set back.

// A value that is none, or not of its type, is nothing that was written.
std::int64_t told_number(const DefinitionValue& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? -1 : *number;
}
std::string_view told_text(const DefinitionValue& value) {
  const auto* text = std::get_if<std::string_view>(&value);
  return text == nullptr ? std::string_view() : *text;
}
bool told_nothing(const DefinitionValue& value) {
  return std::holds_alternative<std::monostate>(value);
}

// An older program made the store without this table, or keeps none.
Result<void> or_older(Result<void> read) {
  if (!read && read.error().code == Code("store.older")) return {};
  return read;
}

// One contest while it is counted on from point to point.
struct ContestNow {
  struct ColumnNow {
    std::int64_t value = 0;
    std::uint32_t known = 0, withheld = 0;
    bool touched = false;  // Something was said of it.
  };
  struct CellNow {
    std::int64_t figures = 0, cards = 0;
  };
  std::map<std::uint16_t, ColumnNow> columns;
  std::map<std::pair<UnitId, MethodId>, CellNow> cells;  // Only where sheets are counted.
  std::uint32_t reports = 0, sheets = 0;                 // Cells heard from, and those by sheets.
  std::int64_t cards = 0;
  bool has_sheets = false;

  [[nodiscard]] TotalFigure figure(const ColumnNow& column) const {
    TotalFigure f{.sum = column.value, .of = reports};
    if (!has_sheets) {
      f.of = f.numbers_in = cards > 0 ? 1 : 0;
      return f;
    }
    f.numbers_in = reports - sheets + column.known;
    f.withheld_in = column.withheld;
    f.unknown_in = sheets - column.known - column.withheld;
    return f;
  }

  void move(const TotalKey& key, const Total& by, bool from_sheets) {
    ColumnNow& column = columns[key.slot];
    column.value += by.value;
    column.known += static_cast<std::uint32_t>(by.known);
    column.withheld += static_cast<std::uint32_t>(by.withheld);
    column.touched = true;
    CellNow& cell = cells[{key.unit, key.method}];
    const auto heard = [&] { return cell.figures > 0 || cell.cards > 0; };
    const bool before = heard();
    cell.figures += by.known + by.withheld;
    if (key.slot == slot::cards) cell.cards += by.value;
    const auto more = static_cast<std::uint32_t>(int{heard()} - int{before});
    reports += more;
    if (from_sheets) sheets += more;
  }
};

}  // namespace

Result<void> ToldAgain::read() {
  const auto upto = static_cast<std::int64_t>(snapshot_->head.commit);
  auto done = or_older(store_->definition_rows(timeline_table(), [&](ToldRow row) {
    const std::int64_t commit = told_number(row[0]);
    if (commit >= 0 && commit <= upto) points_.try_emplace(static_cast<std::uint64_t>(commit));
  }));
  if (!done) return done;
  return or_older(store_->definition_rows(incidents_table(), [&](ToldRow row) {
    EntryId id;
    const std::string_view bytes = told_text(row[5]);
    if (told_text(row[3]) != "conflict" || bytes.size() != id.bytes.size()) return;
    std::ranges::copy(as_bytes(bytes), id.bytes.begin());
    wanted_.try_emplace({static_cast<std::uint16_t>(told_number(row[0])), id});
  }));
}

bool ToldAgain::is_later(std::string_view table, Check check, std::int64_t commit) {
  if (commit >= 1 && commit <= static_cast<std::int64_t>(snapshot_->head.commit)) return false;
  later_.try_emplace({table, commit}, check);
  return true;
}

// A count may go on while it is verified, so that a row behind its snapshot is good; but the head is
// moved in the transaction of the rows, and is read behind them.
Result<void> ToldAgain::compare_later(Findings& findings) {
  auto read = or_older(store_->definition_rows(steps_table(), [&](ToldRow row) {
    static_cast<void>(is_later("steps", Check::steps_stated, told_number(row[2])));
  }));
  if (!read) return read;
  if (later_.empty()) return {};
  const auto head = store_->head();
  if (!head) return std::unexpected(head.error());
  const auto verified = static_cast<std::int64_t>(snapshot_->head.commit);
  for (const auto& [of, check] : later_) {
    const auto& [table, commit] = of;
    if (commit > verified && commit <= static_cast<std::int64_t>(head->commit)) continue;
    findings.found(check,
                   fmt::format("{} commit_number {}: there is no such commit", table, commit));
  }
  return {};
}

void ToldAgain::counted(const StepRow& step, const Change& again, const Segment& segment) {
  if (!read_) read_ = read();
  steps_[step.partition][step.to] = step.commit;
  note_falls(step, segment);
  note_point(step, again);
  for (const DecisionRow& row : decision_rows(again, step.commit)) {
    decisions_[{row.partition, static_cast<std::int64_t>(row.step), row.place}] = fmt::format(
        "{} {} {} \"{}\" {} {} {}", row.commit, row.action, row.number, row.reason, row.officers,
        row.statement ? std::to_string(*row.statement) : "-", to_hex(leaf_hash(row.entry)));
  }
  if (wanted_.empty()) return;
  for (std::size_t i = 0; i < segment.leaves.size(); ++i) {
    const auto id = id_of(segment.leaves[i]);
    const auto found = id ? wanted_.find({step.partition, *id}) : wanted_.end();
    if (found != wanted_.end()) found->second = segment.hashes[i];
  }
}

void ToldAgain::note_falls(const StepRow& step, const Segment& segment) {
  std::map<SheetKey, std::vector<Sheet>> brought;
  Entry entry;
  for (const ByteView leaf : segment.leaves) {
    if (leaf.size() < 2 || leaf[1] != static_cast<std::uint8_t>(EntryKind::sheet)) continue;
    if (decode(leaf, *rules_, count_->id, entry)) continue;  // Another check says so.
    if (auto* sheet = std::get_if<Sheet>(&entry.body)) {
      brought[key_of(*sheet)].push_back(std::move(*sheet));
    }
  }
  for (auto& [key, versions] : brought) {
    std::ranges::sort(versions, {}, &Sheet::version);
    std::vector<SheetState> stood;
    if (const auto before = sheets_.find(key); before != sheets_.end()) {
      stood.push_back(before->second);
    }
    for (const Sheet& sheet : versions) {
      const SheetState after{sheet.version, figures_of(sheet)};
      for (const SheetState& before : stood) {
        if (sheet.version < before.version) continue;
        for (auto& fell : decreases_of(sheet, before, after)) {
          StepDecreases& falls = falls_[{step.partition, step.number}];
          falls.commit = step.commit;
          (versions.size() == 1 ? falls.must : falls.may)
              .push_back({fell.key, static_cast<std::int64_t>(fell.before),
                          static_cast<std::int64_t>(fell.after), std::move(fell.reason)});
        }
      }
      stood.push_back(after);
    }
    sheets_[key] = *std::ranges::max_element(stood, {}, &SheetState::version);
  }
}

void ToldAgain::note_point(const StepRow& step, const Change& again) {
  const auto found = points_.lower_bound(step.commit);
  if (found == points_.end()) return;  // Behind the last one.
  Point& point = found->second;
  for (const auto& [key, by] : again.totals) {
    if (key.contest == whole_unit) continue;
    const auto& from = rules_->contest(key.contest).counted_from;
    if (std::ranges::count(from, CountedFrom::sheets) > 0) {
      point.sheets[key] += by;
    } else if (key.slot < slot::first_counter || key.slot == slot::cards) {
      point.options[{key.contest.value, key.slot}] += by.value;
    }
  }
}

Result<void> ToldAgain::compare_falls(Findings& findings) {
  std::map<StepName, std::vector<Decrease>> told;
  auto read = or_older(store_->definition_rows(falls_table(), [&](ToldRow row) {
    const std::int64_t commit = told_number(row[3]);
    if (is_later("falls", Check::totals, commit)) return;
    const StepName name{static_cast<std::uint16_t>(told_number(row[0])),
                        static_cast<std::uint64_t>(told_number(row[1]))};
    std::vector<Decrease>& falls = told[name];
    const auto step = falls_.find(name);
    const std::string where =
        fmt::format("falls, step {} of partition {}", told_number(row[1]), told_number(row[0]));
    if (step == falls_.end()) {
      findings.found(Check::totals, where + ": no figure fell there");
      return;
    }
    if (commit != static_cast<std::int64_t>(step->second.commit)) {
      findings.found(Check::totals,
                     fmt::format("{}, commit_number: {} in the store, the step is of {}", where,
                                 commit, step->second.commit));
    }
    if (told_number(row[2]) != static_cast<std::int64_t>(falls.size())) {
      findings.found(Check::totals, where + ", place: they are numbered from 0 without a hole");
    }
    falls.push_back({{ContestId{static_cast<std::uint16_t>(told_number(row[4]))},
                      static_cast<std::uint16_t>(told_number(row[5])),
                      UnitId{static_cast<std::uint32_t>(told_number(row[6]))},
                      MethodId{static_cast<std::uint8_t>(told_number(row[7]))}},
                     told_number(row[8]),
                     told_number(row[9]),
                     std::string(told_text(row[10]))});
  }));
  if (!read) return read;
  for (auto& [name, step] : falls_) {
    std::vector<Decrease>& falls = told[name];
    std::ranges::sort(falls);
    std::ranges::sort(step.must);
    std::ranges::sort(step.may);
    std::vector<Decrease> missing, more, made_up;
    std::ranges::set_difference(step.must, falls, std::back_inserter(missing));
    std::ranges::set_difference(falls, step.must, std::back_inserter(more));
    for (const Decrease& fall : more) {
      if (!std::ranges::binary_search(step.may, fall)) made_up.push_back(fall);
    }
    if (missing.empty() && made_up.empty()) continue;
    findings.found(
        Check::totals,
        fmt::format("falls, step {} of partition {}: {} of its figures fell and are not listed as "
                    "they did, {} are listed that fell otherwise or not at all",
                    name.second, name.first, missing.size(), made_up.size()));
  }
  return {};
}

namespace {

// Walks the points, and holds each row against what was counted up to there.
class Timeline {
 public:
  Timeline(const Rules& rules, Findings& findings) : rules_(rules), findings_(findings) {
    now_.resize(rules.contests.size());
    for (std::size_t c = 0; c < now_.size(); ++c) {
      now_[c].has_sheets =
          std::ranges::count(rules.contests[c].counted_from, CountedFrom::sheets) > 0;
    }
  }

  void move(const std::map<std::pair<std::uint32_t, std::uint16_t>, std::int64_t>& options,
            const std::map<TotalKey, Total>& sheets) {
    for (const auto& [at, by] : options) {
      ContestNow& contest = now_[at.first];
      if (at.second == slot::cards) {
        contest.cards += by;
      } else {
        contest.columns[at.second].value += by;
        contest.columns[at.second].touched = true;
      }
    }
    for (const auto& [key, by] : sheets) {
      now_[key.contest.value].move(
          key, by, rules_.counted_from(key.contest, key.method, CountedFrom::sheets));
    }
  }

  void begin(std::int64_t commit) {
    commit_ = commit;
    seen_.clear();
  }

  void row(ToldRow row) {
    const std::int64_t c = told_number(row[1]), s = told_number(row[2]);
    const std::string where =
        fmt::format("timeline commit_number {} contest {} slot {}", commit_, c, s);
    if (c < 0 || c >= static_cast<std::int64_t>(now_.size()) || s < 0 ||
        s >= static_cast<std::int64_t>(
                 rules_.contests[static_cast<std::size_t>(c)].options.size())) {
      findings_.found(Check::totals, where + ": there is no such contest, slot or option");
      return;
    }
    seen_.emplace(c, s);
    const ContestNow& contest = now_[static_cast<std::size_t>(c)];
    const auto found = contest.columns.find(static_cast<std::uint16_t>(s));
    const ContestNow::ColumnNow column =
        found == contest.columns.end() ? ContestNow::ColumnNow{} : found->second;
    const TotalFigure figure = contest.figure(column);
    const std::int64_t value = told_number(row[4]);
    // An older program did not keep how a figure was known, and showed what is known of it.
    const bool by_older = row.size() < 6 || told_nothing(row[5]);
    if (value != figure.value().value_or(0) && !(by_older && value == column.value)) {
      findings_.found(Check::totals, fmt::format("{}, value: {} in the store, counted again {}",
                                                 where, value, figure.value().value_or(0)));
    }
    if (by_older ? !contest.has_sheets && row.size() > 5
                 : told_text(row[5]) != to_text(figure.state())) {
      findings_.found(Check::totals,
                      fmt::format("{}, how: \"{}\" in the store, counted again \"{}\"", where,
                                  by_older ? "" : told_text(row[5]), to_text(figure.state())));
    }
  }

  // What an older program left out (no figure is known, or 0 that nobody spoke of) need not be there.
  void end() {
    for (std::size_t c = 0; c < now_.size(); ++c) {
      for (const auto& [slot, column] : now_[c].columns) {
        if (slot >= slot::first_counter || !column.touched || seen_.contains({c, slot}) ||
            now_[c].figure(column).state() == FigureState::not_reported) {
          continue;
        }
        findings_.found(Check::totals,
                        fmt::format("timeline commit_number {} contest {} slot {}: is missing",
                                    commit_, c, slot));
      }
    }
  }

 private:
  const Rules& rules_;
  Findings& findings_;
  std::vector<ContestNow> now_;
  std::int64_t commit_ = 0;
  std::set<std::pair<std::int64_t, std::int64_t>> seen_;
};

// Whether a commit can have been made then, by what statements say of theirs; why not.
std::string against_times(std::uint64_t commit, std::int64_t at,
                          const std::map<std::uint64_t, std::int64_t>& times) {
  if (at <= 0) return "no time as this program writes it is in the store";
  const auto next = times.lower_bound(commit);
  if (next != times.end() && next->first == commit) {
    if (next->second == at) return {};
    return fmt::format("{} in the store, a statement says {}", format_utc(at),
                       format_utc(next->second));
  }
  if (next != times.end() && at > next->second + clock_slack_us) {
    return fmt::format("{} in the store, after what a statement says of commit {}", format_utc(at),
                       next->first);
  }
  if (next != times.begin() && at < std::prev(next)->second - clock_slack_us) {
    return fmt::format("{} in the store, before what a statement says of commit {}", format_utc(at),
                       std::prev(next)->first);
  }
  return {};
}

}  // namespace

Result<void> ToldAgain::compare_timeline(const std::map<std::uint64_t, std::int64_t>& times,
                                         Findings& findings) {
  Timeline timeline(*rules_, findings);
  std::optional<std::int64_t> commit;
  std::set<std::uint64_t> made;
  for (const auto& [partition, steps] : steps_) {
    for (const auto& [to, of] : steps) made.insert(of);
  }
  auto read = or_older(store_->definition_rows(timeline_table(), [&](ToldRow row) {
    const std::int64_t of = told_number(row[0]);
    if (is_later("timeline", Check::totals, of)) return;
    const auto point = points_.find(static_cast<std::uint64_t>(of));
    if (point == points_.end()) {  // It came while all was counted again, and into the past.
      later_.try_emplace({"timeline", of}, Check::totals);
      return;
    }
    if (!commit || *commit != of) {
      if (commit) timeline.end();
      commit = of;
      timeline.begin(of);
      timeline.move(point->second.options, point->second.sheets);
      if (!made.contains(point->first)) {
        findings.found(Check::totals,
                       fmt::format("timeline, commit_number {}: there is no such commit", of));
      }
    }
    const std::string wrong = against_times(point->first, told_number(row[3]), times);
    if (!wrong.empty()) {
      findings.found(Check::totals, fmt::format("timeline commit_number {}, at: {}", of, wrong));
    }
    timeline.row(row);
  }));
  if (!read) return read;
  if (commit) timeline.end();
  // The time beside all figures.
  const Head& head = snapshot_->head;
  if (const auto stated = times.find(head.commit);
      stated != times.end() && stated->second != head.committed_at_us) {
    findings.found(
        Check::definition,
        fmt::format(
            "head only_row 1, committed_at: {} in the store, {} in the statement of commit {}",
            format_utc(head.committed_at_us), format_utc(stated->second), head.commit));
  } else if (stated == times.end() && head.commit > 0) {
    const std::string wrong = against_times(head.commit, head.committed_at_us, times);
    if (!wrong.empty())
      findings.found(Check::definition, "head only_row 1, committed_at: " + wrong);
  }
  return {};
}

Result<void> ToldAgain::compare_incidents(Findings& findings) {
  std::map<std::int64_t, Outcomes> listed;
  const auto found = [&](ToldRow row, std::string_view what) {
    findings.found(Check::outcomes, fmt::format("incidents partition {} position {} place {}, {}",
                                                told_number(row[0]), told_number(row[1]),
                                                told_number(row[2]), what));
  };
  auto read = or_older(store_->definition_rows(incidents_table(), [&](ToldRow row) {
    if (is_later("incidents", Check::outcomes, told_number(row[8]))) return;
    const bool conflict = told_text(row[3]) == "conflict";
    ++(conflict ? listed[told_number(row[0])].conflict : listed[told_number(row[0])].rejected);
    const auto steps = steps_.find(static_cast<std::uint16_t>(told_number(row[0])));
    if (steps != steps_.end()) {
      const auto of = steps->second.upper_bound(static_cast<std::uint64_t>(told_number(row[1])));
      if (of == steps->second.end()) {
        found(row, "position: no step has counted up to there");
      } else if (static_cast<std::int64_t>(of->second) != told_number(row[8])) {
        found(row, fmt::format("commit_number: {} in the store, its step is of {}",
                               told_number(row[8]), of->second));
      }
    }
    const std::string_view reason = told_text(row[4]);
    if (conflict ? !reason.empty() : !reason_named(reason).has_value()) {
      found(row, "reason: it is none of its outcome");
    }
    if (!conflict) {
      if (!told_nothing(row[7])) found(row, "counted_leaf: a rejected entry has none");
      return;
    }
    EntryId id;
    const std::string_view bytes = told_text(row[5]);
    if (bytes.size() != id.bytes.size()) return found(row, "entry_id: it is none");
    std::ranges::copy(as_bytes(bytes), id.bytes.begin());
    const auto leaf = wanted_.find({static_cast<std::uint16_t>(told_number(row[0])), id});
    if (leaf == wanted_.end()) return;  // Committed later than what was read.
    const std::string_view there = told_text(row[7]);
    if (!leaf->second || there.empty() || there.size() > leaf->second->size() ||
        !std::ranges::equal(as_bytes(there), std::span(*leaf->second).first(there.size()))) {
      found(row, "counted_leaf: it is not the leaf that is counted under its entry_id");
    } else if (std::ranges::equal(as_bytes(told_text(row[6])), *leaf->second)) {
      found(row, "leaf: that one is counted");
    }
  }));
  if (!read) return read;
  for (const PartitionRow& row : snapshot_->partitions) {
    const Outcomes& of = listed[row.partition];
    if (of.conflict == row.outcomes.conflict && of.rejected == row.outcomes.rejected) continue;
    findings.found(Check::outcomes,
                   fmt::format("incidents, partition {}, outcome: {} conflicts and {} rejected are "
                               "listed, {} and {} were counted as that",
                               row.partition, of.conflict, of.rejected, row.outcomes.conflict,
                               row.outcomes.rejected));
  }
  return {};
}

Result<void> ToldAgain::compare_decisions(Findings& findings) {
  auto read = or_older(store_->definition_rows(decisions_table(), [&](ToldRow row) {
    if (is_later("decisions", Check::decisions, told_number(row[3]))) return;
    const auto found =
        decisions_.find({told_number(row[0]), told_number(row[1]), told_number(row[2])});
    const std::string where =
        fmt::format("decisions, step {} of partition {}, place {}", told_number(row[1]),
                    told_number(row[0]), told_number(row[2]));
    if (found == decisions_.end()) {
      findings.found(Check::decisions, where + ": the log has no such decision");
      return;
    }
    const std::string there =
        fmt::format("{} {} {} \"{}\" {} {} {}", told_number(row[3]), told_text(row[4]),
                    told_number(row[5]), told_text(row[6]), told_text(row[7]),
                    told_nothing(row[8]) ? "-" : std::to_string(told_number(row[8])),
                    to_hex(leaf_hash(as_bytes(told_text(row[9])))));
    if (there != found->second) {
      findings.found(Check::decisions,
                     fmt::format("{}: the store says {}, the log {}", where, there, found->second));
    }
    decisions_.erase(found);
  }));
  if (!read) return read;
  for (const auto& [place, what] : decisions_) {
    findings.found(Check::decisions,
                   fmt::format("decisions, step {} of partition {}: {} is not listed",
                               std::get<1>(place), std::get<0>(place), what));
  }
  return {};
}

Result<void> ToldAgain::compare(const std::map<std::uint64_t, std::int64_t>& times,
                                Findings& findings) {
  if (!read_) read_ = read();
  if (!*read_) return *read_;
  if (auto done = compare_falls(findings); !done) return done;
  if (auto done = compare_timeline(times, findings); !done) return done;
  if (auto done = compare_decisions(findings); !done) return done;
  if (auto done = compare_incidents(findings); !done) return done;
  return compare_later(findings);
}

}  // namespace teller
