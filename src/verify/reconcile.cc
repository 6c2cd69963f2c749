#include "verify/reconcile.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/check.h"
#include "publish/digest.h"
#include "publish/figures.h"
#include "publish/statement.h"

namespace teller {
namespace {

std::string text(std::uint64_t number) { return std::to_string(number); }

// One line while it is being made.
class Comparing {
 public:
  Comparing(Reconciliation& to, std::string what, std::uint64_t commit) : to_(to) {
    line_.what = std::move(what);
    line_.commit = commit;
  }
  ~Comparing() { to_.lines.push_back(std::move(line_)); }
  Comparing(const Comparing&) = delete;
  Comparing& operator=(const Comparing&) = delete;

  template <typename T>
  void equal(const T& here, const T& there, const std::string& where) {
    ++line_.compared;
    if (here != there)
      differs(where + ": " + text(here) + " in the store, " + text(there) + " there");
  }
  void equal(const Hash& here, const Hash& there, const std::string& where) {
    ++line_.compared;
    if (here != there) {
      differs(where + ": " + to_hex(here).substr(0, 16) + "… in the store, " +
              to_hex(there).substr(0, 16) + "… there");
    }
  }
  void holds(bool good, const std::string& otherwise) {
    ++line_.compared;
    if (!good) differs(otherwise);
  }
  void differs(std::string where) {
    line_.agreement = Agreement::differs;
    if (to_.differences.size() < 100) {
      to_.differences.push_back({line_.what, std::move(where)});
    } else {
      ++to_.more;
    }
  }
  void compares(std::uint64_t values) { line_.compared += values; }
  void note(const std::string& words) { line_.note += (line_.note.empty() ? "" : "; ") + words; }
  void as_of(std::uint64_t commit) { line_.commit = commit; }
  // Of lesser weight than a difference.
  void call(Agreement agreement) { line_.agreement = std::max(line_.agreement, agreement); }

 private:
  [[nodiscard]] static std::string text(std::uint64_t number) { return std::to_string(number); }
  [[nodiscard]] static std::string text(std::int64_t number) { return std::to_string(number); }

  Reconciliation& to_;
  ReconcileLine line_;
};

class Reconciler {
 public:
  Reconciler(const Rules& rules, const CountFile& count, const Places& places)
      : rules_(rules), count_(count), at_(places), commit_(places.head.commit) {
    check(at_.rows.size() == count.partitions && at_.partitions.size() == count.partitions,
          "every partition says something");
    result.commit = commit_;
  }

  Reconciliation result;

  void journal() {
    Comparing line(result, "journal = recorded", commit_);
    if (!at_.journal_unread.empty()) {
      line.call(Agreement::not_looked_at);
      line.note(at_.journal_unread);
    }
    each_partition([&](const PartitionRow& row, const PartitionSays& of, const auto& name) {
      if (!of.journal_damage.empty()) line.differs(name + ": " + of.journal_damage);
      if (!of.journal_end) return;
      line.holds(*of.journal_end >= row.committed.position,
                 name + ": counted up to position " + text(row.committed.position) +
                     ", but the journal ends at " + text(*of.journal_end));
    });
  }

  void outcomes() {
    Comparing line(result, "recorded = counted + duplicate + conflict + rejected", commit_);
    if (!at_.entries_read) {
      line.call(Agreement::not_looked_at);
      line.note(at_.journal_unread.empty() ? "the journal is read by --full" : at_.journal_unread);
    }
    each_partition([&](const PartitionRow& row, const PartitionSays& of, const auto& name) {
      if (!of.journal_entries) return;
      line.holds(*of.journal_entries == row.outcomes.recorded(),
                 name + ": " + text(*of.journal_entries) +
                     " entries in the journal up to position " + text(row.committed.position) +
                     ", " + text(row.outcomes.counted) + " counted + " +
                     text(row.outcomes.duplicate) + " duplicate + " + text(row.outcomes.conflict) +
                     " conflict + " + text(row.outcomes.rejected) + " rejected");
    });
  }

  void incidents() {
    Comparing line(result, "incidents = conflict + rejected", commit_);
    each_partition([&](const PartitionRow& row, const PartitionSays& of, const auto& name) {
      line.holds(of.incidents_listed == row.outcomes.conflict + row.outcomes.rejected,
                 name + ": " + text(of.incidents_listed) + " listed, " +
                     text(row.outcomes.conflict) + " conflict + " + text(row.outcomes.rejected) +
                     " rejected");
      for (const std::string& wrong : of.incidents_wrong) line.differs(name + ", " + wrong);
    });
    if (!at_.entries_read) line.note("as the journal has them: --full");
  }

  void log() {
    Comparing line(result, "log = store", commit_);
    if (!at_.segments_read) line.note("the last segment of each partition; all of them: --full");
    each_partition([&](const PartitionRow& row, const PartitionSays& of, const auto& name) {
      const Committed& committed = row.committed;
      line.equal(row.outcomes.counted, committed.log_size, name + ", counted and size of the log");
      if (!of.last) {
        line.holds(committed == Committed{}, name + ": its last step is not in the list of steps");
        return;
      }
      line.equal(committed.number, of.last->number, name + ", last step");
      line.equal(committed.position, of.last->to, name + ", position");
      line.equal(committed.log_size, of.last->log_size,
                 name + ", size of the log by its last step");
      line.equal(committed.root, of.last->root, name + ", root by its last step");
      if (!of.segment) {
        line.differs(name + ", segment of step " + text(committed.number) + ": " + of.no_segment);
        return;
      }
      line.equal(committed.log_size, of.segment->first_leaf + of.segment->leaves,
                 name + ", size of the log by its last segment");
      line.equal(committed.root, of.segment->root_after, name + ", root by its last segment");
      if (!of.broken_chain.empty()) line.differs(name + ": " + of.broken_chain);
    });
  }

  void statement() {
    Comparing line(result, "statement = store", commit_);
    if (!at_.stated) {
      line.as_of(0);
      line.call(commit_ == 0 ? Agreement::same : Agreement::behind);
      line.note("nothing was stated yet");
      return;
    }
    line.as_of(at_.stated->commit);
    const auto statement = parse_statement(as_text(at_.stated->bytes));
    const std::string name = "statement " + text(at_.stated->number);
    if (!statement) {
      line.differs(name + ": " + statement.error().detail);
      return;
    }
    line.holds(at_.statements == at_.stated->number + 1 &&
                   statement->number == at_.stated->number && statement->count == count_.id,
               name + " is not the last of " + text(at_.statements) + ", or of another count");
    line.holds(statement->commit == at_.stated->commit,
               name + " speaks of commit " + text(statement->commit) + ", its row of " +
                   text(at_.stated->commit));
    if (statement->commit > commit_) {
      line.differs(name + " speaks of commit " + text(statement->commit) + ", the store is at " +
                   text(commit_) + ": an older copy was restored");
      return;
    }
    if (statement->partitions.size() != count_.partitions) {
      line.differs(name + " speaks of another number of partitions");
      return;
    }
    each_partition([&](const PartitionRow& row, const PartitionSays& of, const auto& which) {
      const Committed& said = statement->partitions[row.partition].committed;
      const std::string where = which + ", step " + text(said.number) + " of " + name;
      if (said.number == 0) {
        line.holds(said == Committed{}, where + " is no beginning");
      } else if (!of.stated) {
        line.differs(where + " is not in the store");
        return;
      } else {
        line.equal(of.stated->number, said.number, where + ", number");
        line.equal(of.stated->to, said.position, where + ", position");
        line.equal(of.stated->log_size, said.log_size, where + ", size of the log");
        line.equal(of.stated->root, said.root, where + ", root");
        line.holds(of.stated->commit <= statement->commit, where + " was committed later");
      }
      if (of.after_stated) {
        line.holds(of.after_stated->commit > statement->commit,
                   where + ": the step after it was committed before the statement");
      }
    });
    if (statement->commit == commit_) {
      line.equal(digest_of(rules_.hash(), at_.totals), statement->digest, "digest");
      line.equal(at_.presentation, statement->presentation, "presentation");
    } else {
      line.call(Agreement::behind);
      line.note(text(commit_ - statement->commit) +
                " commits behind: the digest is compared when it has caught up");
    }
  }

  void names() {
    Comparing line(result, "names = files", commit_);
    line.compares(at_.definition.compared);
    for (const std::string& what : at_.definition.differences) line.differs(what);
    if (at_.definition.more > 0) line.differs("and " + text(at_.definition.more) + " more");
    line.holds(at_.undecided.empty(), at_.undecided);
  }

  void reader(const ReaderSays& reader) {
    Comparing line(result, reader.name + " = store", 0);
    if (!reader.damage.empty()) {
      line.differs(reader.damage);
      return;
    }
    if (!reader.read_back) {
      line.call(Agreement::not_looked_at);
      line.note(reader.unread);
      return;
    }
    const ReadBack& read_back = *reader.read_back;
    line.as_of(read_back.commit);
    if (read_back.commit > commit_) {
      line.differs("says commit " + text(read_back.commit) + ", the store is at " + text(commit_) +
                   ": an older copy of the store was restored");
      return;
    }
    if (read_back.commit < commit_) {
      line.call(Agreement::behind);
      line.note(text(commit_ - read_back.commit) +
                " commits behind: what changed since is not compared");
    }
    line.holds(read_back.statements <= at_.statements, "knows of " + text(read_back.statements) +
                                                           " statements, the store of " +
                                                           text(at_.statements));
    if (read_back.commit == commit_) {
      const Outcomes sum = sum_of(at_.rows);
      line.equal(sum.counted, read_back.outcomes.counted, "counted");
      line.equal(sum.duplicate, read_back.outcomes.duplicate, "duplicate");
      line.equal(sum.conflict, read_back.outcomes.conflict, "conflict");
      line.equal(sum.rejected, read_back.outcomes.rejected, "rejected");
    }
    stated(line, read_back);
    if (read_back.commit == 0) {
      for (const std::string& what : read_back.wrong) line.differs(what);
      return;
    }
    if (read_back.rows) rows(line, *read_back.rows, read_back.commit);
    options(line, read_back);
    reporting(line, read_back);
    if (read_back.has_totals) {
      totals(line, read_back);
      if (!read_back.units.empty()) units(line, read_back);
    } else {
      line.note("votes by option; all totals: --full");
    }
    for (const std::string& what : read_back.wrong) line.differs(what);
  }

  void inbox() {
    if (!at_.inbox && at_.inbox_unread.empty()) return;
    Comparing line(result, "inbox = recorded + refused", commit_);
    if (!at_.inbox) {
      line.call(Agreement::not_looked_at);
      line.note(at_.inbox_unread);
      return;
    }
    std::uint64_t waiting = 0;
    for (const InboxSays& of : *at_.inbox) {
      const std::string name = "inbox partition " + text(static_cast<std::uint64_t>(of.partition));
      waiting += of.end - std::min(of.end, of.dealt_with);
      line.holds(of.dealt_with <= of.end, name + ": dealt with up to offset " +
                                              text(of.dealt_with) + ", but it ends at " +
                                              text(of.end) + ": the topic was made anew");
      line.holds(of.neither == 0, name + ": " + text(of.neither) +
                                      " messages were neither recorded nor refused, the first at "
                                      "offset " +
                                      text(of.first_neither));
      line.holds(of.both == 0, name + ": " + text(of.both) +
                                   " messages were recorded and refused, the first at offset " +
                                   text(of.first_both));
    }
    if (waiting > 0) {
      line.call(Agreement::behind);
      line.note(text(waiting) + " messages wait");
    }
  }

 private:
  template <typename Work>
  void each_partition(Work work) {
    for (std::uint16_t i = 0; i < count_.partitions; ++i) {
      work(at_.rows[i], at_.partitions[i], fmt::format("partition {}", i));
    }
  }

  // What it shows as the last statement must be the store's, byte by byte.
  void stated(Comparing& line, const ReadBack& read_back) {
    if (!read_back.stated || read_back.statements == 0) return;
    const auto ours =
        std::ranges::find(at_.read_statements, read_back.statements - 1, &StatementRow::number);
    const std::string name = "statement " + text(read_back.statements - 1);
    if (ours == at_.read_statements.end()) {
      line.differs(name + " is not in the store");
      return;
    }
    line.holds(as_text(ours->bytes) == read_back.stated->statement,
               name + " is not the one in the store, byte by byte");
    line.holds(ours->checkpoint == read_back.stated->checkpoint,
               "the checkpoint is not that of " + name);
  }

  [[nodiscard]] std::string contest_name(ContestId contest) const {
    return "contest " + (contest.value < rules_.contests.size() ? rules_.contest(contest).id
                                                                : text(contest.value));
  }
  [[nodiscard]] std::string column_name(ContestId contest, std::uint16_t slot) const {
    if (slot == ReadBack::all_votes) return "votes";
    if (slot >= slot::first_counter) return std::string(slot::name(slot));
    if (contest.value >= rules_.contests.size() || slot >= rules_.contest(contest).options.size()) {
      return "option number " + text(slot);
    }
    return "option " + rules_.contest(contest).options[slot].id;
  }
  [[nodiscard]] std::string name_of(const TotalKey& key) const {
    return contest_name(key.contest) + ", " + column_name(key.contest, key.slot) + ", unit " +
           (key.unit.value < rules_.units.size() ? rules_.units[key.unit.value].id
                                                 : text(key.unit.value)) +
           ", method " +
           (key.method.value < rules_.methods.size() ? rules_.methods[key.method.value].id
                                                     : text(key.method.value));
  }

  // The store's figures by option, and when anything of the contest changed last.
  void options(Comparing& line, const ReadBack& read_back) {
    if (figures_.empty()) {
      changed_.resize(rules_.contests.size());
      const auto rows = rows_by_contest(rules_, at_.totals);
      for (std::uint32_t c = 0; c < rules_.contests.size(); ++c) {
        for (const TotalRow& row : rows[c]) {
          changed_[c] = std::max(changed_[c], row.changed_at_commit);
        }
        const ContestFigures figures(rules_, {c}, rows[c]);
        reporting_.push_back(figures.reporting());
        for (std::uint16_t o = 0; o < rules_.contests[c].options.size(); ++o) {
          figures_[{c, o}] = figures.column(o);
        }
        for (std::uint16_t s = slot::first_counter; s <= slot::registered; ++s) {
          figures_[{c, s}] = figures.column(s);
        }
        figures_[{c, ReadBack::all_votes}] = figures.votes();
      }
    }
    std::map<Column, std::uint64_t> seen;
    for (const ReadBack::Sum& sum : read_back.options) {
      const auto ours = figures_.find({sum.contest.value, sum.slot});
      const std::string name =
          contest_name(sum.contest) + ", " + column_name(sum.contest, sum.slot);
      if (ours == figures_.end()) {
        line.differs(name + ": is not in the rules");
        continue;
      }
      line.holds(++seen[ours->first] == 1, name + " stands there twice");
      if (changed_[sum.contest.value] > sum.as_of) continue;
      const std::string_view state = to_text(ours->second.state());
      line.holds(sum.how == state, name + at_commit(sum.as_of) + ": " + std::string(state) +
                                       " in the store, " + sum.how + " there");
      if (sum.reports) {
        const std::string where = name + at_commit(sum.as_of);
        line.equal(std::int64_t{ours->second.withheld_in}, sum.reports->withheld_in,
                   where + ", withheld in");
        line.equal(std::int64_t{ours->second.unknown_in}, sum.reports->unknown_in,
                   where + ", unknown in");
        line.equal(std::int64_t{ours->second.of}, sum.reports->of, where + ", reports");
      }
      const auto value = ours->second.value();
      if (value && sum.votes) {
        line.equal(*value, *sum.votes, name + at_commit(sum.as_of));
      } else {
        line.holds(value.has_value() == sum.votes.has_value(),
                   name + at_commit(sum.as_of) + ": a value where there is none, or none");
      }
    }
    for (const auto& [column, figure] : figures_) {
      if (column.second < slot::first_counter && !seen.contains(column)) {
        line.differs(contest_name({column.first}) + ", " +
                     column_name({column.first}, column.second) + ": missing");
      }
    }
  }

  // A row never goes away, and none is there before its commit: a place that is behind has those of
  // its commit, and may have some of the next.
  void rows(Comparing& line, const ReadBack::Rows& there, std::uint64_t commit) {
    std::uint64_t least = 0, most = 0, incidents = 0, options = 0;
    for (const TotalRow& row : at_.totals) {
      if (row.key.contest == whole_unit) continue;
      ++most;
      if (row.changed_at_commit <= commit) ++least;
    }
    for (const PartitionRow& row : at_.rows)
      incidents += row.outcomes.conflict + row.outcomes.rejected;
    for (const Contest& contest : rules_.contests) options += contest.options.size();
    const auto between = [&](const char* what, std::uint64_t from, std::uint64_t to,
                             std::uint64_t found) {
      line.holds(from <= found && found <= to,
                 fmt::format("{}: {} in the store, {} there", what, to, found));
    };
    between("rows of totals", least, most, there.totals);
    between("rows of options", options, options, there.options);
    between("rows of units", rules_.units.size(), rules_.units.size(), there.units);
    between("rows of incidents", commit == commit_ ? incidents : 0, incidents, there.incidents);
  }

  void totals(Comparing& line, const ReadBack& read_back) {
    std::vector<const ReadBack::Cell*> theirs;
    theirs.reserve(read_back.totals.size());
    for (const ReadBack::Cell& cell : read_back.totals) theirs.push_back(&cell);
    std::ranges::sort(theirs, {}, [](const ReadBack::Cell* cell) { return cell->key; });
    auto at = theirs.begin();
    const auto surplus = [&](const ReadBack::Cell& cell) {
      line.differs(name_of(cell.key) + ": stands there and not in the store, or twice");
    };
    for (const TotalRow& row : at_.totals) {
      if (row.key.contest == whole_unit) continue;
      while (at != theirs.end() && (*at)->key < row.key) surplus(**at++);
      if (at == theirs.end() || (*at)->key != row.key) {
        if (row.changed_at_commit <= read_back.commit) {
          line.differs(name_of(row.key) + ": missing, changed at commit " +
                       text(row.changed_at_commit));
        }
        continue;
      }
      const ReadBack::Cell& cell = **at++;
      if (row.changed_at_commit > cell.as_of) continue;
      const std::string_view known = state_of(rules_, row);
      line.holds(cell.how == known, name_of(row.key) + at_commit(cell.as_of) + ": " +
                                        std::string(known) + " in the store, " + cell.how +
                                        " there");
      if (known == "number" && cell.value) {
        line.equal(row.total.value, *cell.value, name_of(row.key) + at_commit(cell.as_of));
      } else {
        line.holds(
            cell.value.has_value() == (known == "number"),
            name_of(row.key) + at_commit(cell.as_of) + ": a value where there is none, or none");
      }
    }
    while (at != theirs.end()) surplus(**at++);
  }

  void reporting(Comparing& line, const ReadBack& read_back) {
    for (const ReadBack::Reporting& there : read_back.reporting) {
      if (there.contest.value >= reporting_.size()) continue;  // options() has said so.
      if (changed_[there.contest.value] > read_back.commit) continue;
      const ContestFigures::Reporting& here = reporting_[there.contest.value];
      const std::string name = contest_name(there.contest);
      line.equal(static_cast<std::int64_t>(here.units), there.units, name + ", units reporting");
      line.equal(static_cast<std::int64_t>(here.of), there.of, name + ", units");
    }
  }

  // Cards and sheets of units, which the store adds up beside its totals.
  void units(Comparing& line, const ReadBack& read_back) {
    struct Ours {
      std::int64_t cards = 0, sheets = 0;
      std::uint64_t changed = 0;
    };
    std::map<std::uint32_t, Ours> ours;
    for (const TotalRow& row : at_.totals) {
      if (row.key.contest != whole_unit) continue;
      Ours& unit = ours[row.key.unit.value];
      if (row.key.slot == slot::cards) unit.cards += row.total.value;
      if (row.key.slot == slot::sheets) unit.sheets += row.total.value;
      unit.changed = std::max(unit.changed, row.changed_at_commit);
    }
    line.holds(read_back.units.size() == rules_.units.size(),
               text(read_back.units.size()) + " units instead of " + text(rules_.units.size()));
    for (const ReadBack::Unit& unit : read_back.units) {
      const auto found = ours.find(unit.unit.value);
      const Ours here = found == ours.end() ? Ours{} : found->second;
      if (here.changed > read_back.commit) continue;
      const bool known = here.sheets == 0 && here.cards > 0;
      const std::string name =
          "unit " + (unit.unit.value < rules_.units.size() ? rules_.units[unit.unit.value].id
                                                           : text(unit.unit.value));
      line.equal(here.sheets, unit.sheets, name + ", sheets");
      if (known && unit.cards) {
        line.equal(here.cards, *unit.cards, name + ", cards");
      } else {
        line.holds(known == unit.cards.has_value(),
                   name + ", cards: a value where there is none, or none");
      }
    }
  }

  [[nodiscard]] static std::string at_commit(std::uint64_t commit) {
    return " (commit " + text(commit) + ")";
  }

  using Column = std::pair<std::uint32_t, std::uint16_t>;
  const Rules& rules_;
  const CountFile& count_;
  const Places& at_;
  const std::uint64_t commit_;
  std::map<Column, TotalFigure> figures_;
  std::vector<std::uint64_t> changed_;
  std::vector<ContestFigures::Reporting> reporting_;
};

}  // namespace

std::string_view to_text(Agreement agreement) {
  switch (agreement) {
    case Agreement::same:
      return "same";
    case Agreement::behind:
      return "behind";
    case Agreement::not_looked_at:
      return "not looked at";
    case Agreement::differs:
      return "DIFFERS";
  }
  return "";
}

Reconciliation reconcile(const Rules& rules, const CountFile& count, const Places& places) {
  Reconciler reconciler(rules, count, places);
  reconciler.journal();
  reconciler.outcomes();
  reconciler.incidents();
  reconciler.log();
  reconciler.statement();
  reconciler.names();
  for (const ReaderSays& reader : places.readers) reconciler.reader(reader);
  reconciler.inbox();
  return std::move(reconciler.result);
}

}  // namespace teller
