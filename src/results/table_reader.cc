#include "results/table_reader.h"

namespace teller {
namespace {

template <typename Key>
std::uint32_t intern(std::unordered_map<std::string, std::uint32_t>& index, const Key& id,
                     std::size_t next) {
  return index.try_emplace(id, static_cast<std::uint32_t>(next)).first->second;
}

auto key_of(const ResultsTable::Cell& cell) {
  return std::tuple(cell.unit, cell.method, cell.contest, cell.column);
}

}  // namespace

template <typename Keys>
bool TableReader::fits(const Keys& keys, const std::string& text) {
  const auto found = keys.find(text);
  if (found == keys.end()) return false;
  used_.insert(&*found);
  return true;
}

template <typename T>
std::optional<std::uint32_t> TableReader::named_thing(
    const Mapping::Naming& naming, std::string_view what, std::vector<T>& things,
    std::unordered_map<std::string, std::uint32_t>& index) {
  naming.id.expand(fields_, text_);
  if (&naming == &mapping_.contest) {
    if (const auto each = mapping_.contest_each.find(text_); each != mapping_.contest_each.end()) {
      used_.insert(&*each);
      each->second.expand(fields_, text_);
    }
  }
  if (!good_id(text_, what)) return std::nullopt;
  const auto ours = naming.ids.find(text_);
  if (ours != naming.ids.end()) used_.insert(&*ours);
  const std::string& id = ours == naming.ids.end() ? text_ : ours->second;
  const std::uint32_t place = intern(index, id, things.size());
  if (place == things.size()) {
    T& made = things.emplace_back();
    made.id = id;
    made.name = text_;
    if (!naming.name.empty()) naming.name.expand(fields_, made.name);
  }
  return place;
}

void TableReader::begin_file() {
  unit_columns_ = unit_columns();
  base_ = ResultsTable::line_of(table_.files.size() - 1, 0);
  lost_letters_ = {};
  garbled_ = {};
}

void TableReader::row(const CsvRow& row, bool is_more) {
  if (!is_more) ++table_.rows_read;
  line_ = base_ + row.line;
  clean_.row(row.fields);
  fields_ = clean_.fields();
  if (!clean_.is_plain()) look_for_damage();
  place_ = {};
  if (is_passed_over()) {
    if (!is_more) ++table_.rows_passed_over;
    return;
  }
  if (mapping_.figures_at && !mapping_.figures_at->column.empty())
    table_.times.emplace(fields_[mapping_.figures_at->at]);
  if (!read_row()) {
    look_up_place();
    table_.refused.insert(place_);
  }
}

void TableReader::malformed(std::uint64_t line, const Error& error, std::string_view raw) {
  ++table_.rows_read;
  // The line stands in front of the detail already, and in the fault.
  const std::string& detail = error.detail;
  refuse_row(table_, {.line = base_ + line,
                      .code = error.code,
                      .detail = detail.substr(detail.find(": ") + 2),
                      .found = shown(raw)});
  if (malformed_.size() < malformed_max) {
    malformed_.push_back({std::string(raw.substr(0, raw_bytes_max)), error.code});
  } else {
    table_.refused.insert(ResultsTable::Refused{});
  }
}

void TableReader::finish() {
  auto& cells = table_.cells;
  // Of two with one key, the one that stands first in the file is first.
  const auto by_key = [](const auto& a, const auto& b) {
    return std::pair(key_of(a), a.line) < std::pair(key_of(b), b.line);
  };
  std::sort(cells.begin(), cells.end(), by_key);
  std::size_t kept = 0;
  // Rows of several times repeat each other: timed_results.h takes them apart.
  const bool is_time_line = table_.times.size() > 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (kept == 0 || key_of(cells[kept - 1]) != key_of(cells[i])) {
      cells[kept++] = cells[i];
    } else if (is_time_line) {
      continue;
    } else if (mapping_.repeated == Mapping::Repeated::add) {
      ResultsTable::Cell& first = cells[kept - 1];
      if (first.value + cells[i].value >= Figure::limit) {
        refuse_cell(cells[i], "import.number_too_large",
                    fmt::format("with this row the sum of rows from {} on would be 2^53 or more",
                                table_.in_words(first.line)));
        continue;
      }
      first.withheld = first.withheld || cells[i].withheld;
      first.value += cells[i].value;
      ++rows_added_;
    } else {
      refuse_cell(
          cells[i], "import.row_repeated",
          fmt::format("the same unit, contest, method and option stand on {}, and it "
                      "cannot be told which is right, or whether both are; take one away, or, "
                      "if they are to be added up, set repeated = \"add\" in [[votes]]",
                      table_.in_words(cells[kept - 1].line)));
    }
  }
  cells.resize(kept);

  std::sort(sheet_cells_.begin(), sheet_cells_.end(), by_key);
  const std::size_t votes = cells.size();
  for (const ResultsTable::Cell& cell : sheet_cells_) {
    if (cells.size() == votes || key_of(cells.back()) != key_of(cell)) {
      cells.push_back(cell);
    } else if (!is_time_line &&
               (cells.back().value != cell.value || cells.back().withheld != cell.withheld)) {
      refuse_cell(cell, "import.figure_differs",
                  fmt::format("a figure of the whole unit is not the one of {}",
                              table_.in_words(cells.back().line)));
    }
  }
  std::sort(cells.begin(), cells.end(), by_key);
  place_malformed();
  compare_control_totals();
  list_unused();
  if (rows_added_ > 0) {
    table_.notes.push_back(
        fmt::format("{} rows were added to rows of the same unit, contest, method and option, as "
                    "repeated = \"add\" says; nothing can tell a copy of a row from a second place",
                    rows_added_));
  }
  settle_faults(table_);
}

void TableReader::fault(Code code, std::string detail, const std::string& column,
                        std::string found) {
  refuse_row(table_, {.line = line_,
                      .code = code,
                      .detail = std::move(detail),
                      .column = column,
                      .found = std::move(found)});
}

void TableReader::look_for_damage() {
  const auto holds = [&](std::string_view part) {
    return std::any_of(fields_.begin(), fields_.end(),
                       [&](std::string_view field) { return field.contains(part); });
  };
  if (holds("\uFFFD")) lost_letters_.note(line_);
  if (holds("\u00C3\u0083") || holds("\u00C3\u00A9") || holds("\u00C3\u00B1") ||
      holds("\u00C3\u00BC") || holds("\u00C3\u00B6") || holds("\u00C3\u00A4") ||
      holds("\u00C3\u00A1") || holds("\u00C3\u00B3") || holds("\u00C3\u00AD") ||
      holds("\u00C3\u00A8") || holds("\u00C3\u00A7") || holds("\u00C2\u00A0") ||
      holds("\u00E2\u20AC\u2122") || holds("\u00E2\u20AC\u201C"))
    garbled_.note(line_);
}

void TableReader::refuse_cell(const ResultsTable::Cell& cell, Code code, std::string detail) {
  line_ = cell.line;
  fault(code, std::move(detail));
  table_.refused.insert(place_of(cell));
}

ResultsTable::Refused TableReader::place_of(const ResultsTable::Cell& cell) {
  return {.unit = cell.unit, .contest = cell.contest, .method = cell.method, .certain = true};
}

bool TableReader::is_passed_over() {
  bool is_in = true, is_out = false;
  for (const Mapping::Where& condition : mapping_.where) {
    if (!fits(condition.values, std::string(fields_[condition.at]))) is_in = false;
  }
  for (const Mapping::Where& condition : mapping_.leave_out) {
    if (fits(condition.values, std::string(fields_[condition.at]))) is_out = true;
  }
  if (!is_in || is_out) return true;
  for (const Mapping::Where& condition : mapping_.expect) {
    if (!fits(condition.values, std::string(fields_[condition.at]))) continue;
    take_control_total(condition.at);
    return true;
  }
  mapping_.option.id.expand(fields_, text_);
  return fits(mapping_.option_skip, text_);
}

void TableReader::take_control_total(std::size_t at) {
  const auto id_of = [&](const Mapping::Naming& naming) {
    naming.id.expand(fields_, text_);
    const auto ours = naming.ids.find(text_);
    if (ours != naming.ids.end()) used_.insert(&*ours);
    return ours == naming.ids.end() ? text_ : ours->second;
  };
  ControlTotal total;
  total.line = line_;
  total.all_options = true;
  for (std::size_t i = 0; i < mapping_.units.size(); ++i) {
    const auto places = mapping_.units[i].id.places();
    if (std::find(places.begin(), places.end(), at) != places.end()) {
      total.all_options = false;
      break;
    }
    mapping_.units[i].id.expand(fields_, text_);
    joiner_.append(total.unit, text_, i);
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
    const NumberKind kind = read_number(fields_[votes.at], mapping_.numbers, total.value);
    if (kind != NumberKind::number) continue;  // Masked, or not there: nothing to compare with.
    total.method = votes.method.empty() ? id_of(mapping_.method) : votes.method;
    totals_.push_back(total);
  }
}

void TableReader::compare_control_totals() {
  if (totals_.empty()) return;
  // By unit (or a parent of it, or -1), contest, method and column; -1: all options.
  std::map<std::array<std::int64_t, 4>, std::optional<std::uint64_t>> sums;
  const auto add = [&](const std::array<std::int64_t, 4>& key, const ResultsTable::Cell& cell) {
    auto& sum = sums.try_emplace(key, 0).first->second;
    if (cell.withheld) sum.reset();
    if (sum) *sum += cell.value;
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
    const std::int64_t contest = place(contest_index_, total.contest);
    std::int64_t column = total.all_options ? -1 : total.slot;
    if (column == 0 && contest >= 0)
      column = place(table_.contests[static_cast<std::size_t>(contest)].option_index, total.option);
    const auto sum = sums.find({total.unit.empty() ? -1 : place(unit_index_, total.unit), contest,
                                place(method_index_, total.method), column});
    if (sum != sums.end() && (!sum->second || *sum->second == total.value)) continue;
    line_ = total.line;
    fault("import.figure_differs",
          fmt::format("the control total is {}, and its rows add up to {}", grouped(total.value),
                      sum == sums.end() ? "nothing" : grouped(*sum->second)));
  }
}

void TableReader::list_unused() {
  const auto look = [&](std::string_view table, const auto& keys, const auto& name_of) {
    for (const auto& key : keys) {
      if (!used_.contains(&key))
        table_.unused_keys.push_back(fmt::format("{} {}", table, shown(name_of(key))));
    }
  };
  const auto itself = [](const std::string& key) -> const std::string& { return key; };
  const auto first = [](const auto& pair) -> const std::string& { return pair.first; };
  for (const Mapping::Where& condition : mapping_.where)
    look(fmt::format("[where] {}", condition.column), condition.values, itself);
  for (const Mapping::Where& condition : mapping_.leave_out)
    look(fmt::format("[leave_out] {}", condition.column), condition.values, itself);
  for (const Mapping::Where& condition : mapping_.expect)
    look(fmt::format("[expect] {}", condition.column), condition.values, itself);
  look("[contest.ids]", mapping_.contest.ids, first);
  look("[contest.each]", mapping_.contest_each, first);
  look("[option.ids]", mapping_.option.ids, first);
  look("[option] skip", mapping_.option_skip, itself);
  look("[option.figures]", mapping_.option_figures, first);
  look("[method.ids]", mapping_.method.ids, first);
  if (mapping_.party) look("[party.ids]", mapping_.party->ids, first);
  const auto is_option = [&](const std::string& id) {
    return std::any_of(table_.contests.begin(), table_.contests.end(),
                       [&](const auto& contest) { return contest.option_index.contains(id); });
  };
  for (const auto& [id, kind] : mapping_.option_kinds) {
    if (!is_option(id)) table_.unused_keys.push_back(fmt::format("[option.kinds] {}", shown(id)));
  }
  for (const auto& [id, candidates] : mapping_.candidate_ids) {
    if (!is_option(id))
      table_.unused_keys.push_back(fmt::format("[option.candidates] {}", shown(id)));
  }
}

bool TableReader::read_row() {
  std::uint16_t column = no_column;
  mapping_.option.id.expand(fields_, text_);
  if (const auto figure = mapping_.option_figures.find(text_);
      figure != mapping_.option_figures.end()) {
    column = figure->second;
    used_.insert(&*figure);
  }
  const auto unit = read_unit();
  if (!unit) return false;
  const auto contest = named_thing(mapping_.contest, "contest", table_.contests, contest_index_);
  if (!contest) return false;
  place_.contest = *contest;
  bool good_option = true;
  if (column == no_column) {
    const auto option = read_option(table_.contests[*contest]);
    good_option = option.has_value();
    column = option.value_or(no_column);
  }
  for (const Mapping::Votes& votes : mapping_.votes) {
    const auto method = read_method(votes);
    if (!method) return false;
    ResultsTable::Cell cell{.unit = *unit,
                            .contest = static_cast<std::uint16_t>(*contest),
                            .method = static_cast<std::uint16_t>(*method),
                            .column = column,
                            .line = line_};
    if (!good_option) {
      table_.refused.insert(place_of(cell));
      continue;
    }
    if (take_number(votes.column, votes.at, cell)) table_.cells.push_back(cell);
    for (const auto& [slot, figure] : mapping_.sheet) {
      cell.column = slot;
      cell.withheld = false;
      if (take_number(figure.column, figure.at, cell)) sheet_cells_.push_back(cell);
    }
  }
  return true;
}

std::optional<std::uint32_t> TableReader::read_method(const Mapping::Votes& votes) {
  if (votes.method.empty())
    return named_thing(mapping_.method, "method", table_.methods, method_index_);
  const std::uint32_t method = intern(method_index_, votes.method, table_.methods.size());
  if (method == table_.methods.size()) {
    table_.methods.push_back(
        {votes.method, votes.method_name.empty() ? votes.method : votes.method_name});
  }
  return method;
}

void TableReader::look_up_place() {
  const auto known = [&](const Mapping::Naming& naming, const auto& index) -> std::int64_t {
    naming.id.expand(fields_, text_);
    if (&naming == &mapping_.contest) {
      if (const auto each = mapping_.contest_each.find(text_); each != mapping_.contest_each.end())
        each->second.expand(fields_, text_);
    }
    const auto ours = naming.ids.find(text_);
    const auto found = index.find(ours == naming.ids.end() ? text_ : ours->second);
    return found == index.end() ? -1 : static_cast<std::int64_t>(found->second);
  };
  if (place_.contest < 0) place_.contest = known(mapping_.contest, contest_index_);
  if (place_.contest < 0) return;
  mapping_.option.id.expand(fields_, text_);
  const auto figure = mapping_.option_figures.find(text_);
  place_.column = figure != mapping_.option_figures.end()
                      ? figure->second
                      : known(mapping_.option, contest_of_place().option_index);
  if (mapping_.votes.size() == 1) place_.method = known(mapping_.method, method_index_);
}

const ResultsTable::Contest& TableReader::contest_of_place() const {
  return table_.contests[static_cast<std::size_t>(place_.contest)];
}

std::vector<std::size_t> TableReader::unit_columns() const {
  std::vector<std::size_t> columns;
  for (const Mapping::Level& level : mapping_.units) {
    for (const std::size_t at : level.id.places()) columns.push_back(at);
  }
  return columns;
}

void TableReader::place_malformed() {
  for (const Malformed& line : malformed_) {
    const bool is_text = line.code == Code("csv.field_count") ||
                         line.code == Code("csv.quote_in_field") ||
                         line.code == Code("csv.text_after_quote");
    bool found = false;
    std::set<std::string, std::less<>> parts;
    for (std::string_view left = line.raw; is_text && !left.empty();) {
      const std::size_t end = std::min(left.find_first_of("\",;\t|\r\n"), left.size());
      parts.emplace(trimmed(left.substr(0, end)));
      left.remove_prefix(std::min(end + 1, left.size()));
    }
    for (const std::string& part : parts) {
      const auto [from, to] = units_by_name_.equal_range(part);
      for (auto unit = from; unit != to; ++unit) {
        const auto& names = unit_names_.at(unit->second);
        if (!std::all_of(names.begin(), names.end(),
                         [&](const std::string& name) { return parts.contains(name); })) {
          continue;
        }
        found = true;
        table_.refused.insert({.unit = unit->second});
      }
    }
    if (!found) table_.refused.insert(ResultsTable::Refused{});
  }
}

bool TableReader::good_id(const std::string& id, std::string_view what) {
  if (id.empty()) {
    fault("import.value_missing", "the " + std::string(what) + " is empty");
    return false;
  }
  if (id.size() > id_bytes_max || !is_clean_utf8(id)) {
    fault("import.value_invalid",
          "the " + std::string(what) + " makes an id of more than 200 bytes or with a line break");
    return false;
  }
  return true;
}

std::optional<std::uint32_t> TableReader::read_unit() {
  std::int32_t parent = -1;
  unit_id_.clear();
  bool is_new_unit = false;
  for (std::size_t i = 0; i < mapping_.units.size(); ++i) {
    const Mapping::Level& level = mapping_.units[i];
    level.id.expand(fields_, text_);
    if (!good_id(text_, level.kind)) return std::nullopt;
    joiner_.append(unit_id_, text_, i);
    const auto [found, is_new] =
        unit_index_.try_emplace(unit_id_, static_cast<std::uint32_t>(table_.units.size()));
    if (is_new) {
      if (!good_id(unit_id_, level.kind)) {
        unit_index_.erase(found);
        return std::nullopt;
      }
      if (!level.name.empty()) level.name.expand(fields_, text_);
      table_.units.push_back({unit_id_, text_, level.kind, parent});
    }
    is_new_unit = is_new;
    parent = static_cast<std::int32_t>(found->second);
    place_.unit = parent;
  }
  if (is_new_unit) {
    auto& names = unit_names_[static_cast<std::uint32_t>(parent)];
    for (const std::size_t at : unit_columns_) names.emplace_back(trimmed(fields_[at]));
    if (!names.empty()) units_by_name_.emplace(names.back(), static_cast<std::uint32_t>(parent));
  }
  return static_cast<std::uint32_t>(parent);
}

std::optional<std::uint16_t> TableReader::read_option(ResultsTable::Contest& contest) {
  const auto place = named_thing(mapping_.option, "option", contest.options, contest.option_index);
  if (!place) return std::nullopt;
  if (*place >= slot::first_counter) {
    fault("import.value_invalid", "the contest has more options than fit (65,280)");
    return std::nullopt;
  }
  if (mapping_.party) {
    mapping_.party->id.expand(fields_, text_);
    if (!text_.empty()) {
      const auto party = named_thing(*mapping_.party, "party", table_.parties, party_index_);
      if (!party) return std::nullopt;
      auto& parties = contest.options[*place].parties;
      if (std::find(parties.begin(), parties.end(), *party) == parties.end()) {
        if (!parties.empty() && mapping_.repeated == Mapping::Repeated::refuse) {
          fault("import.party_differs", "\"" + contest.options[*place].id + "\" stands for \"" +
                                            table_.parties[*party].id + "\" here and for \"" +
                                            table_.parties[parties.front()].id + "\" before");
          return std::nullopt;
        }
        parties.push_back(*party);
      }
    }
  }
  return static_cast<std::uint16_t>(*place);
}

bool TableReader::take_number(const std::string& column, std::size_t at, ResultsTable::Cell& cell) {
  const std::string_view text = fields_[at];
  if (mapping_.is_withheld(text)) {
    cell.withheld = true;
    cell.value = 0;
    return true;
  }
  if (mapping_.unknown.contains(std::string(text)) ||
      mapping_.not_on_ballot.contains(std::string(text)))
    return false;
  const NumberKind kind = read_number(text, mapping_.numbers, cell.value);
  if (kind == NumberKind::number) return true;
  fault(
      kind == NumberKind::too_large ? Code("import.number_too_large") : Code("import.not_a_number"),
      std::string(words(kind)), column, shown(text));
  table_.refused.insert(place_of(cell));
  return false;
}

}  // namespace teller
