#include "results/mapping.h"

#include <algorithm>
#include <ranges>

#include <fmt/ranges.h>

#include "count/step.h"
#include "results/unit_id.h"
#include "settings/toml_file.h"
#include "tables/unicode.h"

namespace teller {
namespace {

const std::map<std::string, std::uint16_t, std::less<>> figure_names = {
    {"cards", slot::cards},          {"undervotes", slot::undervotes},
    {"overvotes", slot::overvotes},  {"blank", slot::blank},
    {"invalid", slot::invalid},      {"write_ins", slot::write_ins},
    {"registered", slot::registered}};

const std::map<std::string, OptionKind, std::less<>> kind_names = {
    {"candidate", OptionKind::candidate},
    {"none_of_the_above", OptionKind::none_of_the_above},
    {"measure", OptionKind::measure}};

const std::map<std::string, NumberFormat::Grouping, std::less<>> grouping_names = {
    {"western", NumberFormat::Grouping::western}, {"indian", NumberFormat::Grouping::indian}};

const std::map<std::string, Mapping::Repeated, std::less<>> repeated_names = {
    {"add", Mapping::Repeated::add},
    {"add_names", Mapping::Repeated::add_names},
    {"add_parties", Mapping::Repeated::add_parties},
    {"refuse", Mapping::Repeated::refuse}};

// What `names` has for the text at `key`; nothing when that is a fault.
template <typename Names>
std::optional<typename Names::mapped_type> one_of(const TomlTable& table, std::string_view key,
                                                  const Names& names, Need need = Need::required) {
  std::string name;
  if (!table.text(key, name, need) || (name.empty() && need == Need::optional)) return std::nullopt;
  if (const auto found = names.find(name); found != names.end()) return found->second;
  table.fault(key, fmt::format("must be one of {}", fmt::join(std::views::keys(names), ", ")));
  return std::nullopt;
}

void read_pattern(const TomlTable& table, std::string_view key, Template& out,
                  Need need = Need::optional) {
  std::string text;
  if (!table.text(key, text, need) || text.empty()) return;
  auto parsed = Template::parse(text);
  if (!parsed) return table.fault(key, fmt::format("is wrong: {}", parsed.error().detail));
  out = std::move(*parsed);
}

void read_naming(const TomlTable& table, Mapping::Naming& out) {
  read_pattern(table, "id", out.id, Need::required);
  read_pattern(table, "name", out.name);
  for (const auto& [key, to] : {std::pair{"ids", &out.ids}, std::pair{"names", &out.names}}) {
    const auto texts = table.table(key);
    if (!texts) continue;
    for (const std::string& from : texts->keys()) {
      std::string text;
      if (texts->text(from, text)) (*to)[cleaned(from)] = std::move(text);
    }
  }
}

void read_texts(const TomlTable& table, std::string_view key, std::set<std::string>& out) {
  for (const std::string& text : table.texts(key)) out.insert(cleaned(text));
}

void read_head(const TomlTable& root, Mapping& out) {
  std::string version;
  root.text("teller", version);
  if (version != "mapping/1")
    root.fault("teller", "must be \"mapping/1\": begin the file with teller = \"mapping/1\"");
  std::string kind = "results";
  root.text("kind", kind);
  if (kind != "results")  // Of ballots: ballot_mapping.h.
    root.fault("kind", "must be \"results\" or \"ballots\"");
  root.text("unit_separator", out.unit_separator);
  read_texts(root, "no_sums", out.no_sums);
  std::string unused = "refuse";
  root.text("unused", unused);
  if (unused != "refuse" && unused != "allow")
    root.fault("unused", "must be \"refuse\" or \"allow\"");
  out.unused_allowed = unused == "allow";
  if (!UnitIdJoiner::can_join(out.unit_separator))
    root.fault("unit_separator", "must be a text that does not begin with %, a digit or a letter");
  if (const auto election = root.table("election")) {
    election->text("name", out.election);
    election->text("date", out.date);
    election->text("time_zone", out.time_zone);
  }
}

void read_figures_at(const TomlTable& root, Mapping& out) {
  const auto table = root.table("figures_at");
  if (!table) return;
  Mapping::FiguresAt& at = *(out.figures_at = Mapping::FiguresAt());
  std::string form, name, zone;
  table->text("column", at.column, Need::not_empty);
  table->text("file_name", name, Need::not_empty);
  table->text("form", form, Need::not_empty);
  table->text("zone", zone, Need::not_empty);
  at.column = cleaned(at.column);
  if (at.column.empty() == name.empty())
    table->fault("column", "or file_name says where the time stands: give one of them");
  if (!name.empty() && !form.empty())
    table->fault("form", "is for column; file_name is one itself");
  auto parsed = TimeForm::parse(name.empty() ? form : name, zone);
  if (!parsed) return table->fault(name.empty() ? "form" : "file_name", parsed.error().detail);
  at.form = std::move(*parsed);
}

void read_json(const TomlTable& root, Mapping& out) {
  const auto json = root.table("json");
  if (!json) return;
  out.json.is_used = true;
  out.json.records = json->texts("records", Need::not_empty);
}

void read_conditions(const TomlTable& root, std::string_view key,
                     std::vector<Mapping::Where>& out) {
  const auto conditions = root.table(key);
  if (!conditions) return;
  for (const std::string& column : conditions->keys()) {
    Mapping::Where& condition = out.emplace_back();
    condition.column = cleaned(column);
    read_texts(*conditions, column, condition.values);
  }
}

void read_hidden(const TomlTable& csv, Mapping& out) {
  using Hidden = TableFiles::Wanted::Hidden;
  std::string hidden;
  if (!csv.text("hidden", hidden)) return;
  if (hidden == "read") {
    out.hidden = Hidden::read;
  } else if (hidden == "leave_out") {
    out.hidden = Hidden::leave_out;
  } else {
    csv.fault("hidden", "must be \"read\" or \"leave_out\"");
  }
}

void read_sheet_names(const TomlTable& csv, Mapping& out) {
  std::string one;
  csv.text("sheet", one, Need::not_empty);
  out.sheets = csv.texts("sheets", Need::not_empty);
  if (one.empty()) return;
  if (!out.sheets.empty())
    csv.fault("sheet", "and sheets say the same thing: leave one of them out");
  out.sheets = {one};
}

void read_csv_and_where(const TomlTable& root, Mapping& out) {
  if (const auto csv = root.table("csv")) {
    std::string delimiter = ",";
    out.csv.delimiter_stated = csv->text("delimiter", delimiter);
    if (delimiter.size() == 1 && delimiter.find_first_of("\"\n\r") == std::string::npos) {
      out.csv.delimiter = delimiter[0];
    } else {
      csv->fault("delimiter", "must be one character, as in delimiter = \";\"");
    }
    csv->flag("header", out.header);
    csv->text("encoding", out.csv.encoding);
    read_sheet_names(*csv, out);
    read_hidden(*csv, out);
    csv->flag("quotes", out.csv.quotes);
    constexpr std::uint64_t lines_max = 100'000'000;
    csv->number("header_line", out.csv.header_line, 1, lines_max);
    csv->number("last_line", out.csv.last_line, 1, lines_max);
    if (out.csv.last_line > 0 && out.csv.last_line < out.csv.header_line)
      csv->fault("last_line", "is above header_line: it is the line on which the table ends");
    csv->number("skip_rows", out.skip_rows, 0, 1'000);
    csv->number("header_rows", out.header_rows, 1, 10);
    out.csv.skip = csv->texts("skip", Need::not_empty);
    out.fill_down = csv->texts("fill_down", Need::not_empty);
    csv->flag("empty_extra_columns", out.csv.empty_extra_columns);
  }
  read_conditions(root, "where", out.where);
  read_conditions(root, "leave_out", out.leave_out);
  read_conditions(root, "expect", out.expect);
}

void read_numbers(const TomlTable& root, Mapping& out) {
  const auto numbers = root.table("numbers");
  if (!numbers) return;
  out.numbers.thousands = numbers->texts("thousands", Need::not_empty);
  for (const std::string& separator : out.numbers.thousands) {
    if (NumberFormat::is_separator(separator)) continue;
    numbers->fault("thousands",
                   "must be of , . ' \u2019 \u066C and the blanks \u0020 \u00A0 \u2007 "
                   "\u2009 \u202F, as in thousands = [\",\"]");
  }
  if (const auto grouping = one_of(*numbers, "grouping", grouping_names, Need::optional))
    out.numbers.grouping = *grouping;
  numbers->flag("other_digits", out.numbers.other_digits);
}

void read_units(const TomlTable& root, Mapping& out) {
  for (const TomlTable& level : root.tables("unit")) {
    Mapping::Level& unit = out.units.emplace_back();
    level.text("kind", unit.kind, Need::required);
    read_pattern(level, "id", unit.id, Need::required);
    read_pattern(level, "name", unit.name);
    read_texts(level, "empty", unit.empty);
    if (out.units.size() == 1 && !unit.empty.empty())
      level.fault("empty", "is for levels that have one above them");
  }
}

void read_column(const TomlTable& table, std::string_view key,
                 std::optional<Mapping::SheetColumn>& out) {
  std::string column;
  if (table.text(key, column, Need::not_empty) && !column.empty())
    out = Mapping::SheetColumn{cleaned(column)};
}

void read_figures(const TomlTable& table, std::map<std::string, std::uint16_t>& out) {
  const auto figures = table.table("figures");
  if (!figures) return;
  for (const std::string& from : figures->keys()) {
    if (const auto figure = one_of(*figures, from, figure_names)) out[cleaned(from)] = *figure;
  }
}

void read_contest(const TomlTable& root, Mapping& out) {
  const auto contest = root.table("contest", Need::required);
  if (!contest) return;
  read_naming(*contest, out.contest);
  if (const auto each = contest->table("each")) {
    for (const std::string& from : each->keys())
      read_pattern(*each, from, out.contest_each[cleaned(from)], Need::required);
  }
  std::string elsewhere = "refuse";
  contest->text("elsewhere", elsewhere);
  if (elsewhere != "refuse" && elsewhere != "allow")
    contest->fault("elsewhere", "must be \"refuse\" or \"allow\"");
  out.elsewhere_allowed = elsewhere == "allow";
  std::string kind = "plurality";
  contest->text("kind", kind);
  if (kind != "plurality") contest->fault("kind", "must be \"plurality\"");
  read_figures(*contest, out.contest_figures);
  contest->number("seats", out.seats, 1, 1'000);
  contest->number("votes_allowed", out.votes_allowed, 1, 255);
  read_column(*contest, "seats_column", out.seats_column);
  read_column(*contest, "votes_allowed_column", out.votes_allowed_column);
  contest->flag("write_ins", out.write_ins);
  contest->text("share_base", out.share_base);
  contest->text("decides", out.decides);
}

void read_option(const TomlTable& root, Mapping& out) {
  const auto option = root.table("option", Need::required);
  if (!option) return;
  read_naming(*option, out.option);
  if (const auto kinds = option->table("kinds")) {
    for (const std::string& id : kinds->keys()) {
      if (const auto kind = one_of(*kinds, id, kind_names)) out.option_kinds[id] = *kind;
    }
  }
  read_figures(*option, out.option_figures);
  read_texts(*option, "skip", out.option_skip);
  option->text("candidate_separator", out.candidate_separator);
  if (const auto candidates = option->table("candidates")) {
    for (const std::string& id : candidates->keys()) {
      auto ids = candidates->texts(id);
      if (!ids.empty()) out.candidate_ids[id] = std::move(ids);
    }
  }
}

void read_party(const TomlTable& root, Mapping& out) {
  if (const auto party = root.table("party")) read_naming(*party, out.party.emplace());
}

void read_wide(const TomlTable& votes, Mapping::Wide& out) {
  for (const std::string& column : votes.texts("columns", Need::not_empty))
    out.columns.push_back(cleaned(column));
  for (const std::string& column : votes.texts("name_columns", Need::not_empty))
    out.names.push_back(cleaned(column));
  if (!out.names.empty() && out.names.size() != out.columns.size())
    votes.fault("name_columns", "must be as many as columns: one that names each of them");
  for (const std::string& text : votes.texts("header_form", Need::not_empty)) {
    auto form = HeaderForm::parse(text);
    if (!form) {
      votes.fault("header_form", fmt::format("is wrong: {}", form.error().detail));
    } else {
      out.forms.push_back(std::move(*form));
    }
  }
  votes.text("columns_from", out.from, Need::not_empty);
  votes.text("columns_to", out.to, Need::not_empty);
  read_texts(votes, "columns_except", out.except);
  out.from = cleaned(out.from);
  out.to = cleaned(out.to);
  for (const auto& [key, is_there] : {std::pair("columns_to", !out.to.empty()),
                                      std::pair("columns_except", !out.except.empty())}) {
    if (is_there && out.from.empty())
      votes.fault(key, "is for columns_from: say where the columns begin");
  }
  if (!out.forms.empty() && (!out.is_used() || !out.names.empty()))
    votes.fault("header_form",
                "takes apart what stands above columns or columns_from, where no name_columns are");
  if (!out.columns.empty() && !out.from.empty())
    votes.fault("columns_from", "is another way to say columns: leave one of them out");
}

void read_groups(const TomlTable& root, Mapping& out) {
  const auto groups = root.table("groups");
  if (!groups) return;
  groups->text("from", out.groups.from, Need::required);
  groups->text("to", out.groups.to, Need::required);
  out.groups.from = cleaned(out.groups.from);
  out.groups.to = cleaned(out.groups.to);
  if (out.wide.is_used())
    root.fault("groups",
               "and columns of [votes] are two ways to read a line: leave one of them out");
}

void read_votes_and_method(const TomlTable& root, Mapping& out) {
  bool own_methods = false;
  for (const TomlTable& column : root.tables("votes")) {
    Mapping::Votes& votes = out.votes.emplace_back();
    read_wide(column, out.wide);
    if (out.wide.is_used()) {
      votes.column = Mapping::wide_figure;
    } else if (column.text("column", votes.column, Need::required)) {
      votes.column = cleaned(votes.column);
    }
    column.text("method", votes.method);
    column.text("method_name", votes.method_name);
    own_methods = own_methods || !votes.method.empty();
    if (votes.method.empty() && !votes.method_name.empty())
      column.fault("method_name", "is the name of a method: give its id, as in method = \"mail\"");
    if (votes.method.empty() && out.votes.size() > 1)
      column.fault("method", "is missing: each of several [[votes]] needs its own");
    read_texts(column, "withheld", out.withheld);
    read_texts(column, "unknown", out.unknown);
    read_texts(column, "not_on_ballot", out.not_on_ballot);
    read_texts(column, "zero", out.zero);
    read_column(column, "sum_column", out.sum);
    if (const auto repeated = one_of(column, "repeated", repeated_names, Need::optional))
      out.repeated = *repeated;
    std::string missing_rows = "unknown";
    column.text("missing_rows", missing_rows);
    if (missing_rows != "unknown" && missing_rows != "zero")
      column.fault("missing_rows", "must be \"unknown\" or \"zero\"");
    out.missing_rows_zero = out.missing_rows_zero || missing_rows == "zero";
  }
  const auto method = root.table("method", own_methods ? Need::optional : Need::required);
  if (method) read_naming(*method, out.method);
}

void read_sheet(const TomlTable& root, Mapping& out) {
  const auto sheet = root.table("sheet");
  if (!sheet) return;
  for (const auto& [figure, slot] : figure_names) {
    std::string column;
    if (sheet->text(figure, column)) out.sheet[slot] = {cleaned(column)};
  }
  sheet->text("method", out.sheet_method);
  if (out.sheet.empty() && !out.sheet_method.empty())
    sheet->fault("method", "says whose sheet the figures here are of, and there are none");
  const bool only_registered =
      std::all_of(out.sheet.begin(), out.sheet.end(),
                  [](const auto& figure) { return figure.first == slot::registered; });
  const auto method_columns = out.method.id.columns();
  const bool of_header =
      std::any_of(method_columns.begin(), method_columns.end(),
                  [&](const std::string& name) { return name.starts_with("header"); });
  if ((out.votes.size() > 1 || (out.wide.is_used() && of_header)) && !only_registered &&
      out.sheet_method.empty()) {
    sheet->fault("method",
                 "is missing: a column has one figure for all methods, and each of [[votes]] would "
                 "have it again; name the method whose sheet it is of");
  }
}

}  // namespace

std::string_view figure_name(std::uint16_t slot) {
  for (const auto& [name, mine] : figure_names) {
    if (mine == slot) return name;
  }
  return "figure";
}

Result<Template> Template::parse(std::string_view text) {
  Template result;
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    if (brace == std::string_view::npos) {
      result.pieces_.push_back({std::string(text)});
      break;
    }
    const std::size_t close = text.find('}', brace);
    if (text[brace] == '}' || close == std::string_view::npos || close == brace + 1) {
      return fail(Remedy::reject, "mapping.invalid",
                  "\"" + std::string(text) + "\": write a column as {name}");
    }
    if (brace > 0) result.pieces_.push_back({std::string(text.substr(0, brace))});
    result.pieces_.push_back({cleaned(text.substr(brace + 1, close - brace - 1)), true});
    text.remove_prefix(close + 1);
  }
  return result;
}

std::vector<std::string> Template::columns() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) {
    if (piece.is_column) names.push_back(piece.text);
  }
  return names;
}

std::vector<std::size_t> Template::places() const {
  std::vector<std::size_t> found;
  for (const Piece& piece : pieces_) {
    if (piece.is_column) found.push_back(piece.at);
  }
  return found;
}

std::size_t place_of_column(const std::vector<std::string>& header, const std::string& name) {
  const auto found = std::find(header.begin(), header.end(), name);
  constexpr std::size_t digits_max = 5;
  if (found != header.end() || !name.starts_with('#') || name.size() < 2 ||
      name.size() > digits_max + 1 || name.find_first_not_of("0123456789", 1) != std::string::npos)
    return static_cast<std::size_t>(found - header.begin());
  const std::size_t place = std::stoul(name.substr(1));
  return place > 0 && place <= header.size() && header[place - 1].empty() ? place - 1
                                                                          : header.size();
}

std::optional<std::string> Template::bind(const std::vector<std::string>& header) {
  for (Piece& piece : pieces_) {
    if (!piece.is_column) continue;
    piece.at = place_of_column(header, piece.text);
    if (piece.at == header.size()) return piece.text;
  }
  return std::nullopt;
}

void Template::expand(std::span<const std::string_view> row, std::string& out) const {
  out.clear();
  bool is_empty = false;  // The column before.
  for (const Piece& piece : pieces_) {
    std::string_view text = piece.is_column ? row[piece.at] : std::string_view(piece.text);
    // Of two columns one may be empty, and the blank between them says nothing.
    if (is_empty && text.starts_with(' ') && (out.empty() || out.ends_with(' ')))
      text.remove_prefix(1);
    is_empty = piece.is_column && text.empty();
    out.append(text);
  }
  if (pieces_.size() < 2) return;
  const std::string_view kept = trimmed(out);
  if (kept.size() != out.size()) out = std::string(kept);
}

Result<Mapping> Mapping::parse(std::string_view text, std::string_view name) {
  auto file = TomlFile::parse(text, std::string(name), "mapping.invalid");
  if (!file) return std::unexpected(file.error());
  const TomlTable root = file->root();
  Mapping mapping;
  mapping.name = name;
  read_head(root, mapping);
  read_figures_at(root, mapping);
  read_json(root, mapping);
  read_csv_and_where(root, mapping);
  read_numbers(root, mapping);
  read_units(root, mapping);
  read_contest(root, mapping);
  read_option(root, mapping);
  read_party(root, mapping);
  read_votes_and_method(root, mapping);
  read_groups(root, mapping);
  read_sheet(root, mapping);
  if (auto good = file->finish(); !good) return std::unexpected(good.error());
  return mapping;
}

bool Mapping::is_withheld(std::string_view text) const {
  if (withheld.empty()) return false;
  if (withheld.contains(std::string(text))) return true;
  const std::string form = digits_as_marks(text);
  // Of digits alone: that is a number.
  return form != "#" && text.find('#') == std::string_view::npos && withheld.contains(form);
}

Result<void> Mapping::bind(const std::vector<std::string>& header_names) {
  std::vector<std::string> missing;
  std::string twice;
  const auto look_at = [&](const std::string& column) {
    named.insert(column);
    if (std::count(header_names.begin(), header_names.end(), column) > 1) twice = column;
  };
  const auto miss = [&](const std::string& column) {
    if (std::find(missing.begin(), missing.end(), column) == missing.end()) {
      missing.push_back(column);
    }
  };
  const auto pattern = [&](Template& value) {
    for (const std::string& column : value.columns()) look_at(column);
    if (const auto gone = value.bind(header_names)) miss(*gone);
  };
  const auto place = [&](const std::string& column, std::size_t& at) {
    at = place_of_column(header_names, column);
    if (at == header_names.size()) return miss(column);
    look_at(column);
  };
  const auto both = [&](Naming& naming) {
    pattern(naming.id);
    pattern(naming.name);
  };
  for (Level& level : units) {
    pattern(level.id);
    pattern(level.name);
  }
  both(method);
  both(contest);
  for (auto& [from, id] : contest_each) pattern(id);
  both(option);
  if (party) both(*party);
  if (figures_at && !figures_at->column.empty()) place(figures_at->column, figures_at->at);
  for (Votes& column : votes) place(column.column, column.at);
  for (auto& [slot, column] : sheet) place(column.column, column.at);
  for (auto* const column : {&sum, &seats_column, &votes_allowed_column}) {
    if (*column) place((*column)->column, (*column)->at);
  }
  for (Where& condition : where) place(condition.column, condition.at);
  for (Where& condition : leave_out) place(condition.column, condition.at);
  for (Where& condition : expect) place(condition.column, condition.at);
  if (missing.empty() && !twice.empty()) {
    return fail(Remedy::reject, "import.column_repeated",
                fmt::format("{}: two columns of the file have the name {}, which is needed; rename "
                            "one, or write header = false in [csv] and name columns by number",
                            name, shown(twice)));
  }
  if (missing.empty()) return {};
  std::string text = name + ": the file has no column ";
  for (std::size_t i = 0; i < missing.size(); ++i) text += (i == 0 ? "" : ", ") + missing[i];
  text += "; it has ";
  for (std::size_t i = 0; i < header_names.size(); ++i) {
    if (header_names[i] != file_column && header_names[i] != sheet_column)
      text += (i == 0 ? "" : ", ") + header_names[i];
  }
  return fail(Remedy::reject, "import.column_missing", text);
}

}  // namespace teller
