#include "voters/turnout.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/grouped.h"

namespace teller {
namespace {

using How = ShownFigure::How;
using Number = std::int64_t;
constexpr Number no_limit = Number{1} << 40;  // More voters than there are people.

struct Range {
  Number low = 0, high = no_limit;
};

// The rows of a table whose sums are said, and which of them are hidden.
class Rows {
 public:
  Rows(std::span<const VoterTally> cells, Number least, Number small)
      : least_(least), small_(small) {
    for (const VoterTally& cell : cells) {
      rows_.push_back({static_cast<Number>(cell.registered), static_cast<Number>(cell.came)});
      registered_ += rows_.back().registered;
      came_ += rows_.back().came;
    }
    for (Row& row : rows_) {
      row.hidden =
          row.came < small_ || (some_did_not() && row.did_not() < small_ && cells.size() > 1);
    }
  }

  // Hides as many as it takes; false: all are, and a figure of them can be worked out.
  [[nodiscard]] bool protect() {
    while (any_hidden() && (!could_be_each_other() || is_worked_out())) {
      if (!hide_more()) return !is_worked_out();
    }
    return true;
  }
  [[nodiscard]] bool is_hidden(std::size_t at) const { return rows_[at].hidden; }

 private:
  struct Row {
    Number registered = 0, came = 0;
    bool hidden = false;
    [[nodiscard]] Number did_not() const { return registered - came; }
  };
  [[nodiscard]] bool some_did_not() const { return registered_ > came_; }
  [[nodiscard]] bool any_hidden() const {
    return std::ranges::any_of(rows_, [](const Row& row) { return row.hidden; });
  }

  // Exchanging hidden rows among their places gives a table that looks the same, for what is hidden does not depend on
  // places. So a figure is safe from whoever has this code if the hidden ones are not all the same.
  [[nodiscard]] bool could_be_each_other() const {
    const auto differ = [&](auto figure) {
      std::optional<Number> first;
      for (const Row& row : rows_) {
        if (!row.hidden) continue;
        if (!first) first = figure(row);
        if (*first != figure(row)) return true;
      }
      return false;
    };
    return differ([](const Row& row) { return row.registered; }) &&
           differ([](const Row& row) { return row.came; }) &&
           (!some_did_not() || differ([](const Row& row) { return row.did_not(); }));
  }

  // Whether the sums leave a hidden figure no choice, even to somebody who knows from elsewhere how many are registered.
  [[nodiscard]] bool is_worked_out() const {
    return is_exact(
               registered_, [](const Row& row) { return row.registered; },
               [&](const Row&) { return Range{least_, no_limit}; }) ||
           is_exact(
               came_, [](const Row& row) { return row.came; },
               // Where everybody came the two sums say so, and a size is no limit.
               [&](const Row& row) {
                 return Range{0, some_did_not() ? row.registered : no_limit};
               });
  }
  [[nodiscard]] bool is_exact(Number sum, auto figure, auto range_of) const {
    Range rest{sum, sum};
    // Beside a sum that is too small to be said all rows are hidden.
    if (sum < small_) rest = {0, small_ - 1};
    Range together{0, 0};
    for (const Row& row : rows_) {
      const Range range = row.hidden ? range_of(row) : Range{figure(row), figure(row)};
      together.low += range.low;
      together.high += range.high;
    }
    return std::ranges::any_of(rows_, [&](const Row& row) {
      // Of nobody nobody came: that is no secret of anybody.
      if (!row.hidden || row.registered == 0) return false;
      const Range range = range_of(row);
      return std::max(range.low, rest.low - (together.high - range.high)) >=
             std::min(range.high, rest.high - (together.low - range.low));
    });
  }

  // Hides the smallest that are still said, all that are alike: which of them was chosen would tell. False: there is none.
  bool hide_more() {
    std::optional<Number> least;
    for (const Row& row : rows_) {
      if (!row.hidden && (!least || row.registered < *least)) least = row.registered;
    }
    for (Row& row : rows_) row.hidden = row.hidden || row.registered == least;
    return least.has_value();
  }

  std::vector<Row> rows_;
  Number least_, small_;
  Number registered_ = 0, came_ = 0;
};

// Of what nothing can be said, no row is left.
void put(const std::vector<ShownTally>& shown, Turnout::Table& table) {
  if (shown.empty()) table.rows.clear();
  for (std::size_t at = 0; at < shown.size(); ++at) {
    table.rows[at].registered = shown[at].registered;
    table.rows[at].came = shown[at].came;
  }
}

Turnout::Table table_of_places(const VoterFigures& figures, const Rules& rules) {
  Turnout::Table table{"place", {}};
  std::vector<VoterTally> cells;
  for (std::uint32_t unit = 0; unit < rules.units.size(); ++unit) {
    if (!rules.is_leaf(UnitId{unit})) continue;
    table.rows.push_back({rules.units[unit].id, rules.units[unit].name, {}, {}});
    cells.push_back(figures.by_unit.at(unit));
  }
  const auto shown = shown_cells(cells, 0);
  put(shown, table);
  return table;
}

Turnout::Table table_of_methods(const VoterFigures& figures, const Rules& rules) {
  Turnout::Table table{"method", {}};
  const auto shown = shown_counts(figures.by_method);
  for (std::size_t at = 0; at < shown.size(); ++at) {
    table.rows.push_back({rules.methods[at].id, rules.methods[at].name, {}, shown[at]});
  }
  return table;
}

Turnout::Table table_of_groups(std::string of, const std::vector<VoterFigures::Group>& groups) {
  Turnout::Table table{std::move(of), {}};
  std::vector<VoterTally> cells;
  for (const VoterFigures::Group& group : groups) {
    table.rows.push_back({group.name, group.name.empty() ? "not given" : group.name, {}, {}});
    cells.push_back(group.tally);
  }
  const auto shown = shown_cells(cells, 1);
  put(shown, table);
  return table;
}

}  // namespace

ShownFigure shown_sum(std::uint64_t sum) {
  return sum < small_cell ? ShownFigure{How::small, 0} : ShownFigure{How::number, sum};
}

std::vector<ShownTally> shown_cells(std::span<const VoterTally> cells, std::uint64_t least,
                                    std::uint64_t small) {
  Rows rows(cells, static_cast<Number>(least), static_cast<Number>(small));
  if (!rows.protect()) return {};
  std::vector<ShownTally> shown;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    if (rows.is_hidden(at)) {
      shown.push_back({{How::hidden, 0}, {How::hidden, 0}});
    } else {
      shown.push_back({{How::number, cells[at].registered}, {How::number, cells[at].came}});
    }
  }
  return shown;
}

std::vector<ShownFigure> shown_counts(std::span<const std::uint64_t> counts, std::uint64_t small) {
  std::vector<VoterTally> cells;  // As if all who could come had come.
  for (const std::uint64_t count : counts) cells.push_back({count, count});
  std::vector<ShownFigure> shown;
  for (const ShownTally& cell : shown_cells(cells, 0, small)) shown.push_back(cell.came);
  return shown;
}

Turnout turnout(const VoterFigures& figures, const Rules& rules) {
  Turnout said;
  said.closed = figures.closed;
  said.registered = shown_sum(figures.all.registered);
  if (!figures.closed) {
    const std::uint64_t tens = figures.let_out / small_cell * small_cell;
    said.came = shown_sum(tens);
    return said;
  }
  said.came = shown_sum(figures.all.came);
  said.tables.push_back(table_of_places(figures, rules));
  if (figures.by_method.size() > 1) said.tables.push_back(table_of_methods(figures, rules));
  for (std::size_t kind = 0; kind < demographics; ++kind) {
    const auto& groups = figures.by_group.at(kind);
    // One group, or none, is the whole roll.
    if (groups.size() < 2) continue;
    said.tables.push_back(table_of_groups(std::string(demographic_names.at(kind)), groups));
  }
  std::erase_if(said.tables, [](const Turnout::Table& table) { return table.rows.empty(); });
  return said;
}

std::string to_text(const ShownFigure& figure) {
  switch (figure.how) {
    case How::none:
      return "";
    case How::number:
      return grouped(figure.number);
    case How::small:
      return "<10";
    case How::hidden:
      return "<10*";
  }
  return "";
}

std::string to_json(const Turnout& turnout, const Definition& definition) {
  using Json = nlohmann::ordered_json;
  const auto put_figure = [](Json& json, const char* name, const ShownFigure& figure) {
    if (figure.how == How::none) return;
    json[name] = figure.how == How::number ? Json(figure.number) : Json(to_text(figure));
  };
  Json json{{"teller", "turnout/1"},
            {"count_id", definition.count->id.hex()},
            {"mode", to_text(definition.count->mode)},
            {"election", definition.rules->election},
            {"check_ins", turnout.closed ? "closed" : "open"}};
  put_figure(json, "registered", turnout.registered);
  put_figure(json, turnout.closed ? "checked_in" : "checked_in_at_least", turnout.came);
  json["by"] = Json::object();
  for (const Turnout::Table& table : turnout.tables) {
    Json& rows = json["by"][table.of] = Json::array();
    for (const Turnout::Row& row : table.rows) {
      Json& one = rows.emplace_back(Json{{"id", row.id}, {"name", row.name}});
      put_figure(one, "registered", row.registered);
      put_figure(one, "checked_in", row.came);
    }
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace teller
