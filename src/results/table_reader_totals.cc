// Figures that a table has beside the votes and that are held against them: control totals ([expect]), the sum of a
// row (sum_column), and those of a whole unit, of which each has one.
#include <utility>

#include "results/table_reader.h"

namespace teller {
namespace {

// Of a total of all methods whose option stands in no row of one.
std::string in_no_method(const auto& total, std::string_view unit) {
  return fmt::format(
      "the control total of {} is {}, and no method has this option ({}, {}): its votes stand in "
      "no other row; "
      "deliver the rows of its methods too, or give it a method of its own",
      shown(total.option), grouped(total.value), unit.empty() ? "all units" : shown(unit),
      shown(total.contest));
}

}  // namespace

void TableReader::take_control_total(std::size_t at) {
  const auto id_of = [&](const Mapping::Naming& naming) {
    naming.id.expand(fields_, text_);
    const auto ours = naming.ids.find(text_);
    if (ours != naming.ids.end()) used_.insert(&*ours);
    return ours == naming.ids.end() ? text_ : ours->second;
  };
  ControlTotal total;
  total.line = line_;
  total.of_its_unit = true;
  const auto method_places = mapping_.method.id.places();
  total.of_all_methods = std::ranges::find(method_places, at) != method_places.end();
  mapping_.option.id.expand(fields_, text_);
  if (total.of_all_methods && fits(mapping_.option_skip, text_)) return;
  std::string unit;
  for (std::size_t i = 0; i < mapping_.units.size(); ++i) {
    const auto places = mapping_.units[i].id.places();
    if (std::find(places.begin(), places.end(), at) != places.end()) {
      total.of_its_unit = false;
      break;
    }
    mapping_.units[i].id.expand(fields_, text_);
    if (text_.empty() || fits(mapping_.units[i].empty, text_)) break;
    joiner_.append(unit, text_, i);
    total.units.push_back(unit);
  }
  total.contest = id_of(mapping_.contest);
  if (const auto each = mapping_.contest_each.find(total.contest);
      each != mapping_.contest_each.end())
    each->second.expand(fields_, total.contest);
  mapping_.option.id.expand(fields_, text_);
  const auto figure = mapping_.option_figures.find(text_);
  if (figure != mapping_.option_figures.end()) {
    used_.insert(&*figure);
    total.slot = figure->second;
  } else {
    total.option = id_of(mapping_.option);
  }
  for (const Mapping::Votes& votes : mapping_.votes) {
    const auto value = control_figure(votes);
    if (!value) continue;
    total.value = *value;
    total.method = votes.method.empty() ? id_of(mapping_.method) : votes.method;
    total.column = votes.column;
    totals_.push_back(total);
  }
}

std::optional<std::uint64_t> TableReader::control_figure(const Mapping::Votes& votes) {
  const std::string text(fields_[votes.at]);
  std::uint64_t value = 0;
  if (fits(mapping_.zero, text)) return value;
  const NumberKind kind = read_number(text, mapping_.numbers, value);
  if (kind == NumberKind::number) {
    note_number_form(text);
    return value;
  }
  if (mapping_.is_withheld(text)) {
    note_withheld(text);
    not_compared_.note(line_);
  } else if (fits(mapping_.unknown, text) || fits(mapping_.not_on_ballot, text)) {
    not_compared_.note(line_);
  } else {
    fault(kind == NumberKind::too_large ? Code("import.number_too_large")
                                        : Code("import.not_a_number"),
          fmt::format("a control total {}", words(kind)), votes.column, shown(text));
  }
  return std::nullopt;
}

void TableReader::note_not_compared() {
  if (not_compared_.number == 0) return;
  table_.notes.push_back(fmt::format(
      "{} control total{} not compared to the end, for a figure is withheld or not known; the "
      "first stands on {}",
      grouped(not_compared_.number), not_compared_.number == 1 ? " was" : "s were",
      table_.in_words(not_compared_.first_line)));
}

void TableReader::compare_control_totals() {
  if (totals_.empty()) return;
  // By unit (or a parent of it, or -1), contest, method and column; -1: all methods, all options.
  struct Sum {
    std::uint64_t known = 0, withheld = 0;  // What is known of it, and how many figures are not.
  };
  std::map<std::array<std::int64_t, 4>, Sum> sums;
  const bool has_all_methods =
      std::ranges::any_of(totals_, [](const auto& total) { return total.of_all_methods; });
  const auto add = [&](std::array<std::int64_t, 4> key, const ResultsTable::Cell& cell) {
    for (const bool all_methods : {false, true}) {
      if (all_methods && !has_all_methods) return;
      if (all_methods) key[2] = -1;
      Sum& sum = sums[key];
      sum.withheld += cell.withheld ? 1 : 0;
      sum.known += cell.value;
    }
  };
  for (const ResultsTable::Cell& cell : table_.cells) {
    for (std::int64_t unit = cell.unit;;) {
      add({unit, cell.contest, cell.method, cell.column}, cell);
      if (cell.column < slot::first_counter) add({unit, cell.contest, cell.method, -1}, cell);
      if (unit < 0) break;
      unit = table_.units[static_cast<std::size_t>(unit)].parent;
    }
  }
  const auto place = [](const auto& index, const std::string& id) {
    const auto found = index.find(id);
    return found == index.end() ? std::int64_t{-2} : static_cast<std::int64_t>(found->second);
  };
  for (const ControlTotal& total : totals_) {
    line_ = total.line;
    const auto unit = unit_of(total);
    if (!unit) {
      fault("import.figure_differs",
            fmt::format("the control total {} is of {}, of which no other row is",
                        grouped(total.value), shown(total.units.front())),
            total.column);
      continue;
    }
    const std::int64_t contest = place(contest_index_, total.contest);
    std::int64_t column = total.slot;
    if (column == 0 && contest >= 0)
      column = place(table_.contests[static_cast<std::size_t>(contest)].option_index, total.option);
    // A name that is no option's is one for all of them: "TOTAL VOTES CAST".
    const bool all_options = column == -2 && total.of_its_unit;
    if (all_options) column = -1;
    const std::int64_t method = total.of_all_methods ? -1 : place(method_index_, total.method);
    const auto sum = sums.find({*unit, contest, method, column});
    if (sum != sums.end() && sum->second.withheld > 0 && sum->second.known <= total.value) {
      not_compared_.note(total.line);
      continue;
    }
    if (sum != sums.end() && sum->second.known == total.value) continue;
    const std::string_view unit_called =
        *unit < 0 ? "" : std::string_view(table_.units[static_cast<std::size_t>(*unit)].id);
    if (all_options && total.of_all_methods) {
      fault("import.figure_differs", in_no_method(total, unit_called), total.column);
      continue;
    }
    fault("import.figure_differs",
          fmt::format(
              "the control total is {}, and its rows add up to {}{}: {}, {}, {}",
              grouped(total.value), sum == sums.end() ? "nothing" : grouped(sum->second.known),
              sum == sums.end() || sum->second.withheld == 0
                  ? ""
                  : fmt::format(" without {} that {} withheld", grouped(sum->second.withheld),
                                sum->second.withheld == 1 ? "is" : "are"),
              unit_called.empty() ? "all units" : shown(unit_called), shown(total.contest),
              all_options       ? "all options"
              : total.slot == 0 ? shown(total.option)
                                : std::string(slot::name(total.slot))),
          total.column);
  }
}

std::optional<std::int64_t> TableReader::unit_of(const ControlTotal& total) const {
  for (auto id = total.units.rbegin(); id != total.units.rend(); ++id) {
    if (const auto found = unit_index_.find(*id); found != unit_index_.end()) return found->second;
  }
  return total.units.empty() ? std::optional<std::int64_t>(-1) : std::nullopt;
}

void TableReader::begin_row_sum() {
  if (!mapping_.sum) return;
  row_sum_ = {};
  const std::string_view text = fields_[mapping_.sum->at];
  row_sum_.is_open = true;
  row_sum_.line = line_;
  row_sum_.text = text;
  const NumberKind kind = read_number(text, mapping_.numbers, row_sum_.stands);
  const bool is_left_out = text.empty() || mapping_.is_withheld(text) ||
                           mapping_.unknown.contains(row_sum_.text) ||
                           mapping_.not_on_ballot.contains(row_sum_.text);
  const bool is_zero = mapping_.zero.contains(row_sum_.text);
  if (is_zero) row_sum_.stands = 0;
  row_sum_.can_compare = kind == NumberKind::number || is_zero;
  if (!row_sum_.can_compare && !is_left_out)
    fault("import.not_a_number", std::string(words(kind)), mapping_.sum->column, shown(text));
}

void TableReader::add_to_row_sum(const ResultsTable::Cell& cell, bool is_figure) {
  if (!row_sum_.is_open || !row_sum_.can_compare) return;
  row_sum_.is_withheld = row_sum_.is_withheld || cell.withheld;
  // Beside the options of a wide table stand what is no vote for one.
  if ((mapping_.wide.is_used() || mapping_.groups.is_used()) && is_figure) return;
  row_sum_.added += cell.value;
  row_sum_.places.insert(place_of(cell));
}

void TableReader::compare_row_sum() {
  const bool is_compared = row_sum_.is_open && row_sum_.can_compare;
  used_sum_ = used_sum_ || is_compared;
  // Of figures that are kept back the sum is at least that of the others.
  if (is_compared && row_sum_.is_withheld && row_sum_.added <= row_sum_.stands) {
    not_compared_.note(row_sum_.line);
  } else if (is_compared && row_sum_.added != row_sum_.stands) {
    const std::uint64_t line = std::exchange(line_, row_sum_.line);
    fault("import.figure_differs",
          fmt::format("is the sum of its row, and the votes there add up to {}{}",
                      grouped(row_sum_.added),
                      row_sum_.is_withheld ? " without those that are withheld" : ""),
          mapping_.sum->column, shown(row_sum_.text));
    table_.refused.insert(row_sum_.places.begin(), row_sum_.places.end());
    line_ = line;
  }
  row_sum_.is_open = false;
}

void TableReader::spread_unit_figures() {
  std::uint64_t alone = 0, first_line = 0;
  const auto spread = [&](const ResultsTable::Cell& figure) {
    const auto& cells = table_.cells;
    const auto of_unit = [](const ResultsTable::Cell& a, const ResultsTable::Cell& b) {
      return a.unit < b.unit;
    };
    const auto [from, to] = std::equal_range(cells.begin(), cells.end(), figure, of_unit);
    bool is_used = false;
    for (auto cell = from; cell != to; ++cell) {
      if (figure.column != slot::registered && cell->method != figure.method) continue;
      is_used = true;
      if (cell != from && std::prev(cell)->method == cell->method &&
          std::prev(cell)->contest == cell->contest)
        continue;
      ResultsTable::Cell mine = figure;
      mine.method = cell->method;
      mine.contest = cell->contest;
      mine.party = 0;
      sheet_cells_.push_back(mine);
    }
    if (is_used) return;
    if (alone++ == 0 || figure.line < first_line) first_line = figure.line;
  };
  // Registered voters are of a unit, and a unit that names them for several methods names one number.
  std::map<std::tuple<std::uint32_t, std::uint16_t, std::uint16_t>, std::vector<ResultsTable::Cell>>
      figures;
  for (const ResultsTable::Cell& row : unit_figures_) {
    const auto method = row.column == slot::registered ? std::uint16_t{0} : row.method;
    figures[{row.unit, row.column, method}].push_back(row);
  }
  for (const auto& [key, rows] : figures) {
    if (const auto figure = one_figure_of(rows)) spread(*figure);
  }
  if (alone > 0) {
    table_.notes.push_back(
        fmt::format("{} figures are of units and methods that have no votes in the file, and were "
                    "passed over; the first stands on {}",
                    grouped(alone), table_.in_words(first_line)));
  }
}

std::optional<ResultsTable::Cell> TableReader::one_figure_of(
    const std::vector<ResultsTable::Cell>& rows) {
  using Cell = ResultsTable::Cell;
  const Cell& most = *std::ranges::max_element(rows, {}, &Cell::value);
  // Where a method has no voters of its own, or none is named, 0 stands beside the number.
  const bool may_lack = most.column == slot::registered;
  // A number for each party, and maybe their sum.
  std::uint64_t sum = 0;
  std::map<std::uint16_t, std::uint64_t> by_party;
  bool each_is_of_a_party = true;
  for (const Cell& row : rows) {
    sum += row.value;
    each_is_of_a_party = each_is_of_a_party && row.party != 0 && !row.withheld &&
                         by_party.try_emplace(row.party, row.value).first->second == row.value;
  }
  const bool adds_parties = mapping_.repeated == Mapping::Repeated::add ||
                            mapping_.repeated == Mapping::Repeated::add_parties;
  if (each_is_of_a_party && by_party.size() > 1 && adds_parties) {
    Cell added = most;
    added.value = 0;
    for (const auto& [party, value] : by_party) added.value += value;
    rows_added_ += by_party.size() - 1;
    if (added.value < Figure::limit) return added;
  }
  const auto other = std::ranges::find_if(rows, [&](const Cell& row) {
    return row.value != most.value && !(may_lack && row.value == 0);
  });
  if (other == rows.end() || sum - most.value == most.value) return most;
  const Cell& first = rows.front();
  const Cell& second = other->line == first.line || other->value == first.value ? most : *other;
  line_ = second.line;
  fault("import.figure_differs",
        fmt::format(
            "{} has {} {} here and {} on {}: which is it? {}", shown(table_.units[second.unit].id),
            grouped(second.value), figure_name(second.column), grouped(first.value),
            table_.in_words(first.line),
            each_is_of_a_party
                ? "If each is of a party, repeated = \"add_parties\" in [[votes]] adds them up"
                : "Pass the others over: [leave_out], a column, and what stands in it"));
  ResultsTable::Refused place{.unit = second.unit, .line = second.line};
  if (second.column != slot::registered) place.method = second.method;
  table_.refused.insert(place);
  return std::nullopt;
}

}  // namespace teller
