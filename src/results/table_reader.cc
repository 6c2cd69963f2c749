#include "results/table_reader.h"

#include <utility>

#include <fmt/ranges.h>

#include "results/name_skeleton.h"

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

// Of two with one key, the one that stands first in the file is first.
bool stands_before(const ResultsTable::Cell& a, const ResultsTable::Cell& b) {
  return std::pair(key_of(a), a.line) < std::pair(key_of(b), b.line);
}

// "A", "B", … "AA", as spreadsheets name columns.
std::string letters_of(std::size_t column) {
  std::string letters;
  for (std::size_t left = column + 1; left > 0; left = (left - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('A' + (left - 1) % 26));
  return letters;
}

}  // namespace

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
  const auto ours = naming.ids.find(text_);
  if (ours != naming.ids.end()) used_.insert(&*ours);
  const std::string& id = ours == naming.ids.end() ? text_ : ours->second;
  // A ballot measure may be called by a whole sentence; what is measured is the id that it gets.
  if (!good_id(id, what, naming.id, std::string(what) + ".ids")) return std::nullopt;
  const std::uint32_t place = intern(index, id, things.size());
  if (place == things.size()) {
    ++names_;
    T& made = things.emplace_back();
    made.id = id;
    made.name = text_;
    if (!naming.name.empty()) naming.name.expand(fields_, made.name);
    if (const auto called = naming.names.find(id); called != naming.names.end()) {
      used_.insert(&*called);
      made.name = called->second;
    }
  }
  return place;
}

void TableReader::begin_file() {
  unit_columns_ = unit_columns();
  base_ = ResultsTable::line_of(table_.files.size() - 1, 0);
  lost_letters_ = {};
  garbled_ = {};
}

void TableReader::row(const CsvRow& row, bool is_more, std::size_t wide_column) {
  if (!is_more) {
    ++table_.rows_read;
    compare_row_sum();
  }
  wide_column_ = wide_column;
  line_ = base_ + row.line;
  table_.last_line = line_;
  clean_.row(row.fields);
  fields_ = clean_.fields();
  if (!clean_.is_plain()) look_for_damage();
  place_ = {.line = line_};
  if (is_passed_over()) {
    if (!is_more) ++table_.rows_passed_over;
    if (trace_ != nullptr) trace_passed_over();
    return;
  }
  if (mapping_.figures_at && !mapping_.figures_at->column.empty())
    table_.times.emplace(fields_[mapping_.figures_at->at]);
  if (!row_sum_.is_open) begin_row_sum();
  if (!read_row()) {
    row_sum_.can_compare = false;
    look_up_place();
    table_.refused.insert(place_);
  }
}

void TableReader::malformed(std::uint64_t line, const Error& error, std::string_view raw) {
  table_.last_line = base_ + line;
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

Result<void> TableReader::within_limits() const {
  const std::uint64_t figures = std::max<std::uint64_t>(
      table_.rows_read, table_.cells.size() + sheet_cells_.size() + table_.unknown.size());
  if (figures <= figures_max && names_ <= names_max) return {};
  return fail(Remedy::reject, "file.too_large",
              fmt::format("it has more than {} {}: give it in parts",
                          grouped(figures > figures_max ? figures_max : names_max),
                          figures > figures_max ? "rows or figures" : "names"));
}

void TableReader::finish() {
  compare_row_sum();
  say_nameless();
  join_repeated();
  spread_unit_figures();
  join_sheet_figures();
  std::sort(table_.cells.begin(), table_.cells.end(), stands_before);
  place_malformed();
  compare_control_totals();
  note_not_compared();
  list_unused();
  list_idle();
  if (rows_added_ > 0) {
    table_.notes.push_back(fmt::format(
        "{} rows were added to rows of the same unit, contest, method and option, as repeated = "
        "\"{}\" says{}",
        grouped(rows_added_),
        mapping_.repeated == Mapping::Repeated::add         ? "add"
        : mapping_.repeated == Mapping::Repeated::add_names ? "add_names"
                                                            : "add_parties",
        mapping_.repeated == Mapping::Repeated::add
            ? "; nothing can tell a copy of a row from a second place"
            : ""));
  }
  settle_faults(table_);
}

void TableReader::join_repeated() {
  auto& cells = table_.cells;
  std::sort(cells.begin(), cells.end(), stands_before);
  std::size_t kept = 0;
  using Repeated = Mapping::Repeated;
  std::set<std::uint16_t> parties;  // Of the rows of one key; or how their option is called there.
  for (const ResultsTable::Cell& cell : cells) {
    if (kept == 0 || key_of(cells[kept - 1]) != key_of(cell)) {
      parties = {cell.party};
      cells[kept++] = cell;
      continue;
    }
    if (is_time_line()) continue;
    ResultsTable::Cell& first = cells[kept - 1];
    const bool adds = mapping_.repeated == Repeated::add ||
                      (mapping_.repeated != Repeated::refuse && parties.insert(cell.party).second);
    if (!adds) {
      const bool by_party = mapping_.repeated == Repeated::add_parties;
      first.doubted = true;
      refuse_cell(cell, "import.row_repeated",
                  fmt::format("the same unit, contest, method{} and option stand on {}, and it "
                              "cannot be told which is right, or whether both are; take one away, "
                              "or, if they are to be added up, set repeated = \"add\" in [[votes]]",
                              by_party                                   ? ", party"
                              : mapping_.repeated == Repeated::add_names ? ", name"
                                                                         : "",
                              table_.in_words(first.line)));
    } else if (first.value + cell.value >= Figure::limit) {
      first.doubted = true;
      refuse_cell(cell, "import.number_too_large",
                  fmt::format("with this row the sum of rows from {} on would be 2^53 or more",
                              table_.in_words(first.line)));
    } else {
      first.withheld = first.withheld || cell.withheld;
      first.value += cell.value;
      ++rows_added_;
    }
  }
  cells.resize(kept);
}

void TableReader::join_sheet_figures() {
  auto& cells = table_.cells;
  std::sort(sheet_cells_.begin(), sheet_cells_.end(), stands_before);
  const std::size_t votes = cells.size();
  for (const ResultsTable::Cell& cell : sheet_cells_) {
    if (cells.size() == votes || key_of(cells.back()) != key_of(cell)) {
      cells.push_back(cell);
    } else if (!is_time_line() &&
               (cells.back().value != cell.value || cells.back().withheld != cell.withheld)) {
      cells.back().doubted = true;
      refuse_cell(cell, "import.figure_differs",
                  fmt::format("a figure of the whole unit is not the one of {}",
                              table_.in_words(cells.back().line)));
    }
  }
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
  ResultsTable::Refused place{.unit = cell.unit,
                              .contest = cell.contest,
                              .method = cell.method,
                              .certain = true,
                              .line = cell.line};
  if (cell.column != no_column) place.column = cell.column;
  return place;
}

bool TableReader::is_passed_over() {
  bool is_in = true, is_out = false;
  for (const Mapping::Where& condition : mapping_.where) {
    if (!fits(condition.values, std::string(fields_[condition.at]))) is_in = false;
  }
  for (const Mapping::Where& condition : mapping_.leave_out) {
    if (!fits(condition.values, std::string(fields_[condition.at]))) continue;
    is_out = true;
    if (is_in && fields_[condition.at].empty()) note_nameless(condition.column);
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

void TableReader::note_nameless(const std::string& column) {
  CsvReader::PassedOver& seen = nameless_[column];
  std::uint64_t& last = last_nameless_[column];
  if (seen.number > 0 && last == line_) return;
  const auto is_figure = [&](const Mapping::Votes& votes) {
    return is_number_in_any_form(fields_[votes.at]);
  };
  if (std::ranges::none_of(mapping_.votes, is_figure)) return;
  seen.note(line_);
  last = line_;
}

void TableReader::say_nameless() {
  for (const auto& [column, seen] : nameless_) {
    if (seen.number == 0) continue;
    table_.left_out.push_back(fmt::format(
        "{} with figures and nothing in {}, left out as leave_out says, the first on {}: where "
        "they are of no sum, their votes are in no sheet",
        seen.number == 1 ? "1 row" : grouped(seen.number) + " rows", shown(column),
        table_.in_words(seen.first_line)));
    table_.notes.push_back(table_.left_out.back());
  }
}

void TableReader::note_number_form(std::string_view text) {
  if (text.find_first_not_of("0123456789") == std::string_view::npos) return;
  for (const std::string& separator : mapping_.numbers.thousands) {
    if (text.contains(separator)) used_.insert(&separator);
  }
  const auto needs = [&](auto NumberFormat::* member, auto plain) {
    NumberFormat without = mapping_.numbers;
    if (without.*member == plain) return false;
    without.*member = plain;
    std::uint64_t value = 0;
    return read_number(text, without, value) != NumberKind::number;
  };
  used_other_digits_ = used_other_digits_ || needs(&NumberFormat::other_digits, false);
  used_indian_ = used_indian_ || needs(&NumberFormat::grouping, NumberFormat::Grouping::western);
}

void TableReader::note_withheld(const std::string& text) {
  if (fits(mapping_.withheld, text)) return;
  for (const std::string& form : mapping_.withheld) {
    if (form.contains('#')) used_.insert(&form);
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
  mapping_.contest.id.expand(fields_, text_);
  if (const auto figure = mapping_.contest_figures.find(text_);
      figure != mapping_.contest_figures.end()) {
    used_.insert(&*figure);
    row_sum_.can_compare = false;
    return read_unit_figures(*unit, figure->second);
  }
  const auto contest = named_thing(mapping_.contest, "contest", table_.contests, contest_index_);
  if (!contest) return false;
  place_.contest = *contest;
  if (!read_contest_size(table_.contests[*contest])) return false;
  bool good_option = true;
  row_party_ = 0;
  refused_column_ = no_column;
  const bool is_figure = column != no_column;
  if (!is_figure) {
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
                            .party = row_party_,
                            .line = line_};
    if (!good_option) {
      cell.column = refused_column_;
      table_.refused.insert(place_of(cell));
      row_sum_.can_compare = false;
      continue;
    }
    if (take_number(votes.column, votes.at, cell, place_of(cell))) {
      table_.cells.push_back(cell);
      add_to_row_sum(cell, is_figure);
    } else {
      row_sum_.can_compare = false;
    }
    if (mapping_.sheet_method.empty()) take_sheet_figures(cell);
  }
  if (!mapping_.sheet_method.empty()) {
    const auto method = method_named(mapping_.sheet_method, mapping_.sheet_method);
    take_sheet_figures({.unit = *unit,
                        .contest = static_cast<std::uint16_t>(*contest),
                        .method = static_cast<std::uint16_t>(method),
                        .line = line_});
  }
  return true;
}

void TableReader::take_sheet_figures(ResultsTable::Cell cell) {
  for (const auto& [slot, figure] : mapping_.sheet) {
    cell.column = slot;
    cell.party = 0;
    cell.withheld = false;
    if (take_number(figure.column, figure.at, cell, place_of(cell))) sheet_cells_.push_back(cell);
  }
}

bool TableReader::read_unit_figures(std::uint32_t unit, std::uint16_t slot) {
  for (const Mapping::Votes& votes : mapping_.votes) {
    // What is given once for all methods stands in one column, and the others are empty.
    if (mapping_.votes.size() > 1 && fields_[votes.at].empty()) continue;
    const auto method = read_method(votes);
    if (!method) return false;
    ResultsTable::Cell cell{
        .unit = unit, .method = static_cast<std::uint16_t>(*method), .column = slot, .line = line_};
    if (mapping_.party) {
      mapping_.party->id.expand(fields_, text_);
      const auto next = static_cast<std::uint32_t>(figure_party_index_.size() + 1);
      if (!text_.empty())
        cell.party =
            static_cast<std::uint16_t>(figure_party_index_.try_emplace(text_, next).first->second);
    }
    ResultsTable::Refused place{.unit = unit, .column = slot};
    if (slot != slot::registered) place.method = *method;
    if (take_number(votes.column, votes.at, cell, place)) unit_figures_.push_back(cell);
  }
  return true;
}

bool TableReader::read_contest_size(ResultsTable::Contest& contest) {
  constexpr std::uint16_t seats_max = 1'000, votes_allowed_max = 255;
  return read_size(mapping_.seats_column, seats_max, contest.seats) &&
         read_size(mapping_.votes_allowed_column, votes_allowed_max, contest.votes_allowed);
}

bool TableReader::read_size(const std::optional<Mapping::SheetColumn>& column, std::uint16_t max,
                            std::uint16_t& size) {
  if (!column || fields_[column->at].empty()) return true;
  const std::string_view text = fields_[column->at];
  std::uint64_t value = 0;
  if (read_number(text, mapping_.numbers, value) != NumberKind::number || value == 0 ||
      value > max) {
    fault("import.value_invalid", fmt::format("must be a number from 1 to {}", max), column->column,
          shown(text));
    return false;
  }
  if (size != 0 && size != value) {
    fault("import.figure_differs",
          fmt::format("is not what other rows of the contest say, which is {}", size),
          column->column, shown(text));
    return false;
  }
  size = static_cast<std::uint16_t>(value);
  return true;
}

std::optional<std::uint32_t> TableReader::read_method(const Mapping::Votes& votes) {
  if (votes.method.empty())
    return named_thing(mapping_.method, "method", table_.methods, method_index_);
  return method_named(votes.method, votes.method_name.empty() ? votes.method : votes.method_name);
}

std::uint32_t TableReader::method_named(const std::string& id, const std::string& name) {
  const std::uint32_t method = intern(method_index_, id, table_.methods.size());
  if (method == table_.methods.size()) table_.methods.push_back({id, name});
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
    const auto names = level.id.columns();
    const auto places = level.id.places();
    for (std::size_t i = 0; i < names.size(); ++i) {
      // What a file is called stands on none of its lines.
      if (names[i] != Mapping::file_column && names[i] != Mapping::sheet_column)
        columns.push_back(places[i]);
    }
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

bool TableReader::good_id(const std::string& id, std::string_view what, const Template& from,
                          std::string_view ids) {
  if (id.empty()) {
    fault(
        "import.value_missing",
        "the " + std::string(what) +
            " is empty; where the cell above is meant, name the column in fill_down in [csv], and "
            "leave out what is no row of results with [leave_out]");
    return false;
  }
  const bool is_long = id.size() > id_bytes_max;
  if (!is_long && is_clean_utf8(id)) return true;
  constexpr std::size_t bytes_shown = 60;
  const std::string_view front = cut_at_character(id, bytes_shown);
  fault(
      "import.value_invalid",
      (is_long ? fmt::format("is longer than the {} bytes of an id, for the {}", id_bytes_max, what)
               : fmt::format("has a character that no id may have, for the {}", what)) +
          (ids.empty() ? std::string("; make the id of another column, as of a number or a code")
                       : fmt::format("; give the whole text a shorter id in [{}], as in \"…\" = "
                                     "\"measure-1\"; people read the text all the same",
                                     ids)),
      fmt::format("{}", fmt::join(from.columns(), ", ")),
      shown(front.size() < id.size() ? std::string(front) + "…" : id));
  return false;
}

std::optional<std::uint32_t> TableReader::read_unit() {
  std::int32_t parent = -1;
  unit_id_.clear();
  bool is_new_unit = false;
  for (std::size_t i = 0; i < mapping_.units.size(); ++i) {
    const Mapping::Level& level = mapping_.units[i];
    level.id.expand(fields_, text_);
    if (fits(level.empty, text_)) {
      if (!is_empty_below(i)) return std::nullopt;
      break;
    }
    if (!good_id(text_, level.kind, level.id, {})) return std::nullopt;
    joiner_.append(unit_id_, text_, i);
    const auto [found, is_new] =
        unit_index_.try_emplace(unit_id_, static_cast<std::uint32_t>(table_.units.size()));
    if (is_new) {
      if (!good_id(unit_id_, level.kind, level.id, {})) {
        unit_index_.erase(found);
        return std::nullopt;
      }
      if (!level.name.empty()) level.name.expand(fields_, text_);
      ++names_;
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

// Whether a row of the unit above level `above` names none below it.
bool TableReader::is_empty_below(std::size_t above) {
  for (std::size_t i = above + 1; i < mapping_.units.size(); ++i) {
    const Mapping::Level& level = mapping_.units[i];
    level.id.expand(fields_, text_);
    if (fits(level.empty, text_)) continue;
    fault("import.value_missing",
          fmt::format("the {} is empty, and below it stands the {} {}", mapping_.units[above].kind,
                      level.kind, shown(text_)));
    return false;
  }
  return true;
}

// A name that is written in two ways is one: a copy may be typed otherwise.
std::uint16_t TableReader::name_in_file(const std::string& text) {
  const auto known = option_name_index_.find(text);
  if (known != option_name_index_.end()) return static_cast<std::uint16_t>(known->second);
  const auto next = static_cast<std::uint32_t>(option_skeletons_.size() + 1);
  const auto place = option_skeletons_.try_emplace(name_skeleton(text), next).first->second;
  option_name_index_.emplace(text, place);
  return static_cast<std::uint16_t>(place);
}

std::optional<std::uint16_t> TableReader::read_option(ResultsTable::Contest& contest) {
  const auto place = named_thing(mapping_.option, "option", contest.options, contest.option_index);
  if (!place) return std::nullopt;
  if (*place >= slot::first_counter) {
    fault("import.value_invalid", "the contest has more options than fit (65,280)");
    return std::nullopt;
  }
  const bool adds_names = mapping_.repeated == Mapping::Repeated::add_names;
  const std::uint16_t called = adds_names ? name_in_file(text_) : std::uint16_t{0};
  if (mapping_.party) {
    mapping_.party->id.expand(fields_, text_);
    if (!text_.empty()) {
      const auto party = named_thing(*mapping_.party, "party", table_.parties, party_index_);
      if (!party) return std::nullopt;
      row_party_ = static_cast<std::uint16_t>(*party + 1);
      auto& parties = contest.options[*place].parties;
      if (std::find(parties.begin(), parties.end(), *party) == parties.end()) {
        if (!parties.empty() && mapping_.repeated == Mapping::Repeated::refuse) {
          refused_column_ = static_cast<std::uint16_t>(*place);
          fault("import.party_differs", "\"" + contest.options[*place].id + "\" stands for \"" +
                                            table_.parties[*party].id + "\" here and for \"" +
                                            table_.parties[parties.front()].id + "\" before");
          return std::nullopt;
        }
        parties.push_back(*party);
      }
    }
  }
  if (adds_names) row_party_ = called;
  return static_cast<std::uint16_t>(*place);
}

bool TableReader::take_number(const std::string& column, std::size_t at, ResultsTable::Cell& cell,
                              const ResultsTable::Refused& place) {
  const std::string_view text = fields_[at];
  if (mapping_.is_withheld(text)) {
    cell.withheld = true;
    cell.value = 0;
    note_withheld(std::string(text));
    note_cell(column, at, cell, "withheld");
    return true;
  }
  const std::string whole(text);
  if (fits(mapping_.unknown, whole) || fits(mapping_.not_on_ballot, whole)) {
    note_cell(column, at, cell,
              mapping_.unknown.contains(whole) ? "unknown" : "not on this ballot");
    if (!place.certain) return false;
    table_.unknown.push_back(cell);
    table_.unknown.back().masked = !whole.empty();
    return false;
  }
  if (fits(mapping_.zero, whole)) {
    cell.value = 0;
    note_cell(column, at, cell, "0");
    return true;
  }
  const NumberKind kind = read_number(text, mapping_.numbers, cell.value);
  note_cell(
      column, at, cell,
      kind == NumberKind::number ? grouped(cell.value) : fmt::format("refused: {}", words(kind)));
  if (kind == NumberKind::number) {
    note_number_form(text);
    return true;
  }
  fault(
      kind == NumberKind::too_large ? Code("import.number_too_large") : Code("import.not_a_number"),
      std::string(words(kind)), column, shown(text));
  table_.refused.insert(place);
  return false;
}

void TableReader::note_cell(const std::string& column, std::size_t at,
                            const ResultsTable::Cell& cell, std::string_view became) {
  if (trace_ == nullptr) return;
  const ResultsTable::Unit& unit = table_.units[cell.unit];
  if (unit.id != trace_->unit && unit.name != trace_->unit) return;
  const bool is_wide = wide_column_ != no_wide_column && column == mapping_.votes.front().column;
  CellTrace::Figure& seen = trace_->figures.emplace_back();
  seen.line = line_;
  seen.unit = unit.id;
  seen.column = fmt::format("{} ({})", column, letters_of(is_wide ? wide_column_ : at));
  seen.text = fields_[at];
  seen.contest = table_.contests.empty() ? "" : table_.contests[cell.contest].id;
  seen.method = table_.methods[cell.method].id;
  seen.figure = cell.column < slot::first_counter
                    ? table_.contests[cell.contest].options[cell.column].id
                    : std::string(figure_name(cell.column));
  seen.became = became;
}

void TableReader::trace_passed_over() {
  std::string id, name;
  for (std::size_t i = 0; i < mapping_.units.size(); ++i) {
    mapping_.units[i].id.expand(fields_, text_);
    if (mapping_.units[i].empty.contains(text_)) break;
    joiner_.append(id, text_, i);
    name = text_;
    if (!mapping_.units[i].name.empty()) mapping_.units[i].name.expand(fields_, name);
  }
  if (id != trace_->unit && name != trace_->unit) return;
  CellTrace::Figure& seen = trace_->figures.emplace_back();
  seen.line = line_;
  seen.unit = id;
  for (const Mapping::Votes& votes : mapping_.votes) {
    if (!seen.text.empty()) seen.text += ", ";
    seen.text += fields_[votes.at];
    seen.column = fmt::format("{} ({})", votes.column,
                              letters_of(wide_column_ != no_wide_column ? wide_column_ : votes.at));
  }
  mapping_.contest.id.expand(fields_, seen.contest);
  mapping_.option.id.expand(fields_, seen.figure);
  seen.became = "passed over, as the mapping says";
}

}  // namespace teller
