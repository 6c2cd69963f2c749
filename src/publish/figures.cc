#include "publish/figures.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "election/joined_id.h"

namespace teller {
namespace {

bool says_something(const TotalRow& row) {
  return row.total.known + row.total.withheld > 0 ||
         (row.key.slot == slot::cards && row.total.value > 0);
}

bool lies_in(const Rules& rules, UnitId unit, UnitId whole) {
  for (std::optional<UnitId> at = unit; at; at = rules.units.at(at->value).parent) {
    if (*at == whole) return true;
  }
  return false;
}

// Of which line an option is a part.
struct LineOf {
  std::vector<std::string> key;
  std::string id, name;
};

}  // namespace

ContestFigures::ContestFigures(const Rules& rules, ContestId contest,
                               std::span<const TotalRow> rows)
    : rules_(&rules), contest_(contest), rows_(rows) {
  std::vector<std::pair<UnitId, MethodId>> heard;
  for (const TotalRow& row : rows) {
    check(row.key.contest == contest, "the rows are of the contest");
    if (says_something(row)) heard.emplace_back(row.key.unit, row.key.method);
  }
  std::ranges::sort(heard);
  const auto repeated = std::ranges::unique(heard);
  heard.erase(repeated.begin(), repeated.end());
  cells_.reserve(heard.size());
  for (const auto& [unit, method] : heard) {
    cells_.push_back({unit, method, rules.counted_from(contest, method, CountedFrom::sheets)});
  }
  find_votes();
}

ContestFigures ContestFigures::in(UnitId unit) const {
  ContestFigures one;
  one.rules_ = rules_;
  one.contest_ = contest_;
  one.rows_ = rows_;
  one.only_ = unit;
  const auto cells = std::ranges::equal_range(cells_, unit, {}, &Cell::unit);
  one.cells_.assign(cells.begin(), cells.end());
  one.find_votes();
  return one;
}

ContestFigures ContestFigures::within(const FigureScope& scope) const {
  if (!scope.under && !scope.method) return *this;
  ContestFigures part = *this;
  if (scope.under) part.under_ = scope.under;
  std::erase_if(part.cells_, [&](const Cell& cell) {
    return (scope.under && !lies_in(*rules_, cell.unit, *scope.under)) ||
           (scope.method && cell.method != *scope.method);
  });
  part.find_votes();
  return part;
}

std::vector<UnitId> ContestFigures::units_heard() const {
  std::vector<UnitId> units;
  for (const Cell& cell : cells_) {
    if (units.empty() || units.back() != cell.unit) units.push_back(cell.unit);
  }
  return units;
}

std::vector<ContestFigures::Part> ContestFigures::parts(std::uint16_t slot) const {
  std::vector<Part> parts(cells_.size());
  const TotalKey first{contest_, slot, only_.value_or(UnitId{0}), {}};
  auto row = std::ranges::lower_bound(rows_, first, {}, &TotalRow::key);
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const Cell& cell = cells_[i];
    const TotalKey key{contest_, slot, cell.unit, cell.method};
    while (row != rows_.end() && row->key < key) ++row;
    const bool there = row != rows_.end() && row->key == key;
    if (!cell.from_sheets) {
      parts[i].value = there ? row->total.value : 0;
    } else if (there && row->total.known > 0) {
      parts[i].value = row->total.value;
    } else {
      parts[i].known = there && row->total.withheld > 0 ? Known::withheld : Known::unknown;
    }
  }
  return parts;
}

TotalFigure ContestFigures::column(std::uint16_t slot) const {
  if (slot == slot::registered) return registered();
  return columns(std::span(&slot, 1));
}

TotalFigure ContestFigures::columns(std::span<const std::uint16_t> slots) const {
  struct HeardCell {
    bool number = false, withheld = false, unknown = false;
  };
  std::vector<HeardCell> seen(cells_.size());
  TotalFigure figure;
  for (const std::uint16_t slot : slots) {
    const std::vector<Part> column = parts(slot);
    // Where no write-ins are allowed, sheets that say nothing of them leave nothing out.
    const bool needed =
        slot != slot::write_ins || slots.size() == 1 || rules_->contest(contest_).write_ins;
    for (std::size_t i = 0; i < column.size(); ++i) {
      if (!needed && column[i].known == Known::unknown) continue;
      figure.sum += column[i].value;
      (column[i].known == Known::number     ? seen[i].number
       : column[i].known == Known::withheld ? seen[i].withheld
                                            : seen[i].unknown) = true;
    }
  }
  if (slots.empty()) return figure;
  figure.of = static_cast<std::uint32_t>(cells_.size());
  for (const HeardCell& cell : seen) {
    figure.numbers_in += cell.number;
    figure.withheld_in += cell.withheld;
    figure.unknown_in += cell.unknown && !cell.withheld;
  }
  return figure;
}

TotalFigure ContestFigures::registered() const {
  const std::vector<Part> column = parts(slot::registered);
  TotalFigure figure;
  for (std::size_t i = 0; i < cells_.size();) {
    const UnitId unit = cells_[i].unit;
    std::optional<std::int64_t> most;
    bool withheld = false;
    for (; i < cells_.size() && cells_[i].unit == unit; ++i) {
      // A ballot says nothing of the registered voters; only a sheet does.
      if (!cells_[i].from_sheets || column[i].known == Known::unknown) continue;
      if (column[i].known == Known::withheld) {
        withheld = true;
      } else {
        most = std::max(most.value_or(0), column[i].value);
      }
    }
    ++figure.of;
    figure.numbers_in += most.has_value();
    figure.withheld_in += !most && withheld;
    figure.unknown_in += !most && !withheld;
    figure.sum += most.value_or(0);
  }
  return figure;
}

void ContestFigures::find_votes() {
  const Contest& contest = rules_->contest(contest_);
  std::vector<std::uint16_t> slots;
  bool all_known = true;
  for (std::uint16_t o = 0; o < contest.options.size(); ++o) {
    slots.push_back(o);
    all_known = all_known && column(o).value().has_value();
  }
  slots.push_back(slot::write_ins);
  votes_ = columns(slots);
  base_ = contest.share_base == "cards" ? column(slot::cards) : votes_;
  share_of_known_ = contest.share_base == "votes" && all_known && base_.value().has_value();
}

std::optional<Share> ContestFigures::share(const TotalFigure& figure) const {
  if (!figure.value() || !base_.value() || base_.sum <= 0) return std::nullopt;
  const double share = static_cast<double>(figure.sum) / static_cast<double>(base_.sum);
  if (figure.state() == FigureState::number && base_.state() == FigureState::number) {
    return Share{share, false};
  }
  if (!share_of_known_) return std::nullopt;
  return Share{share, true};
}

// Options for which `spell` gives the same key are one line; the first one names it. Keys are
// lists: an id may hold any character, so that joined ones could be those of another list.
template <typename Spell>
std::vector<FigureLine> ContestFigures::lines_by(Spell spell) const {
  std::vector<FigureLine> lines;
  std::map<std::vector<std::string>, std::size_t> known;
  const Contest& contest = rules_->contest(contest_);
  for (std::uint16_t o = 0; o < contest.options.size(); ++o) {
    auto [key, id, name] = spell(contest.options[o]);
    const auto [at, fresh] = known.emplace(std::move(key), lines.size());
    if (fresh) lines.push_back({std::move(id), std::move(name), {}, {}, {}});
    lines[at->second].slots.push_back(o);
  }
  for (FigureLine& line : lines) {
    line.votes = columns(line.slots);
    line.share = share(line.votes);
  }
  std::ranges::sort(lines, {}, [](const FigureLine& line) {
    return std::pair(-line.votes.value().value_or(-1), line.slots.front());
  });
  return lines;
}

std::vector<FigureLine> ContestFigures::by_option() const {
  return lines_by([](const Option& option) { return LineOf{{option.id}, option.id, option.name}; });
}

std::vector<FigureLine> ContestFigures::by_party() const {
  return lines_by([this](const Option& option) {
    LineOf line;
    for (const PartyId id : option.parties) {
      const Party& party = rules_->parties.at(id.value);
      line.key.push_back(party.id);
      join_id(line.id, party.id);
      line.name += (line.name.empty() ? "" : " + ") + party.name;
    }
    if (option.parties.empty()) line.name = "No party";
    return line;
  });
}

std::vector<FigureLine> ContestFigures::by_candidate() const {
  return lines_by([](const Option& option) {
    if (option.candidates.empty()) return LineOf{{"option", option.id}, option.id, option.name};
    LineOf line{{"candidates"}, {}, {}};
    for (const Candidate& each : option.candidates) {
      line.key.push_back(each.id);
      join_id(line.id, each.id);
      line.name += (line.name.empty() ? "" : " / ") + each.name;
    }
    return line;
  });
}

ContestFigures::Reporting ContestFigures::reporting() const {
  const std::vector<UnitId> heard = units_heard();
  if (only_) return {static_cast<std::uint32_t>(heard.size()), 1};
  // A unit that reports and has units below it stands beside those below it.
  std::uint32_t of = 0;
  if (!under_) {
    of = rules_->count_expected(contest_);
  } else {
    for (const UnitId unit : rules_->units_expected(contest_))
      of += lies_in(*rules_, unit, *under_);
  }
  for (const UnitId unit : heard) of += !rules_->is_leaf(unit);
  const auto units = static_cast<std::uint32_t>(heard.size());
  return {units, std::max(units, of)};
}

std::string_view ContestFigures::cell_word() const {
  return rules_->methods.size() > 1 ? "report" : "unit";
}

std::vector<std::span<const TotalRow>> rows_by_contest(const Rules& rules,
                                                       std::span<const TotalRow> rows) {
  std::vector<std::span<const TotalRow>> all(rules.contests.size());
  auto begin = rows.begin();
  for (std::uint32_t c = 0; c < rules.contests.size(); ++c) {
    const auto end = std::ranges::upper_bound(begin, rows.end(), ContestId{c}, {},
                                              [](const TotalRow& row) { return row.key.contest; });
    all[c] = {begin, end};
    begin = end;
  }
  return all;
}

std::string_view state_of(const Rules& rules, const TotalRow& row) {
  if (row.total.withheld > 0) return "withheld";
  const bool from_sheets = row.key.contest != whole_unit &&
                           rules.counted_from(row.key.contest, row.key.method, CountedFrom::sheets);
  return from_sheets && row.total.known == 0 ? "unknown" : "number";
}

}  // namespace teller
