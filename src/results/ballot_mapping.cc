#include "results/ballot_mapping.h"

#include "settings/toml_file.h"
#include "tables/unicode.h"

namespace teller {
namespace {

void read_ballot_pattern(const TomlTable& table, std::string_view key, Template& out, Need need) {
  std::string text;
  if (!table.text(key, text, need) || text.empty()) return;
  auto parsed = Template::parse(text);
  if (!parsed) return table.fault(key, "is wrong: " + parsed.error().detail);
  out = std::move(*parsed);
}

void read_ids(const TomlTable& table, std::map<std::string, std::string>& out) {
  const auto ids = table.table("ids");
  if (!ids) return;
  for (const std::string& from : ids->keys()) {
    std::string id;
    if (ids->text(from, id, Need::required)) out[cleaned(from)] = std::move(id);
  }
}

void read_naming(const TomlTable& root, std::string_view key, Need need,
                 BallotMapping::Naming& out) {
  const auto table = root.table(key, need);
  if (!table) return;
  read_ballot_pattern(*table, "id", out.text, Need::required);
  read_ids(*table, out.ids);
}

std::vector<std::string> read_columns(const TomlTable& table, std::string_view key) {
  std::vector<std::string> columns;
  for (const std::string& column : table.texts(key, Need::not_empty))
    columns.push_back(cleaned(column));
  return columns;
}

void read_contest(const TomlTable& table, BallotMapping& out) {
  BallotMapping::Contest& contest = out.contests.emplace_back();
  table.text("id", contest.id, Need::required);
  contest.id = cleaned(contest.id);
  table.text("column", contest.column, Need::not_empty);
  contest.column = cleaned(contest.column);
  table.text("separator", contest.separator, Need::not_empty);
  contest.columns = read_columns(table, "columns");
  contest.ranks = read_columns(table, "ranks");
  table.text("write_in", contest.write_in, Need::not_empty);
  contest.write_in = cleaned(contest.write_in);
  read_ids(table, contest.ids);
  const int ways =
      int{!contest.column.empty()} + int{!contest.columns.empty()} + int{!contest.ranks.empty()};
  if (ways != 1) {
    table.fault("column",
                "must say where the marks stand: column (names, in one), columns (one for each "
                "option) or ranks (one for each rank), and one of them alone");
  }
  for (const auto& other : out.contests) {
    if (&other != &contest && other.id == contest.id)
      table.fault("id", "is that of another [[contest]] too");
  }
}

void read_marks(const TomlTable& root, BallotMapping& out) {
  const auto marks = root.table("marks");
  if (!marks) return;
  std::map<std::string, std::string> meaning;
  for (const auto& [key, texts] :
       {std::pair("marked", &out.marked), std::pair("unmarked", &out.unmarked),
        std::pair("empty", &out.empty), std::pair("blank", &out.blank),
        std::pair("invalid", &out.invalid), std::pair("overvote", &out.overvote),
        std::pair("write_in", &out.write_in)}) {
    const auto given = marks->texts(key);
    if (!given.empty()) texts->clear();
    for (const std::string& text : given) {
      texts->insert(cleaned(text));
      if (const auto [other, is_new] = meaning.emplace(cleaned(text), key); !is_new)
        marks->fault(key, "has " + shown(text) + ", which stands in " + other->second + " too");
    }
  }
}

void read_csv(const TomlTable& root, BallotMapping& out) {
  const auto csv = root.table("csv");
  if (!csv) return;
  std::string delimiter = ",";
  out.csv.delimiter_stated = csv->text("delimiter", delimiter);
  if (delimiter.size() != 1 || delimiter.find_first_of("\"\n\r") != std::string::npos) {
    csv->fault("delimiter", "must be one character, as in delimiter = \";\"");
  } else {
    out.csv.delimiter = delimiter[0];
  }
  csv->text("encoding", out.csv.encoding);
  csv->text("sheet", out.sheet_name);
  csv->flag("quotes", out.csv.quotes);
  csv->number("header_line", out.csv.header_line, 1, 1'000);
  out.csv.skip = csv->texts("skip", Need::not_empty);
  csv->flag("empty_extra_columns", out.csv.empty_extra_columns);
}

}  // namespace

const std::string& BallotMapping::Naming::id_of(const std::string& found) const {
  const auto own = ids.find(found);
  return own == ids.end() ? found : own->second;
}

bool BallotMapping::is_one(std::string_view text) {
  const auto file = TomlFile::parse(text, "", "mapping.invalid");
  std::string kind;
  return file && file->root().text("kind", kind) && kind == "ballots";
}

Result<BallotMapping> BallotMapping::parse(std::string_view text, std::string_view name) {
  auto file = TomlFile::parse(text, std::string(name), "mapping.invalid");
  if (!file) return std::unexpected(file.error());
  const TomlTable root = file->root();
  BallotMapping mapping;
  mapping.name = name;
  std::string version, kind;
  root.text("teller", version);
  if (version != "mapping/1")
    root.fault("teller", "must be \"mapping/1\": begin the file with teller = \"mapping/1\"");
  root.text("kind", kind);
  read_csv(root, mapping);
  if (const auto ballot = root.table("ballot", Need::required)) {
    read_ballot_pattern(*ballot, "number", mapping.number, Need::required);
    if (!mapping.number.empty() && mapping.number.columns().empty())
      ballot->fault("number",
                    "must name a column, as in number = \"{No}\": it is the ballot's own");
    read_ballot_pattern(*ballot, "card", mapping.card, Need::not_empty);
  }
  read_naming(root, "style", Need::optional, mapping.style);
  read_naming(root, "unit", Need::required, mapping.unit);
  read_naming(root, "method", Need::optional, mapping.method);
  for (const TomlTable& contest : root.tables("contest")) read_contest(contest, mapping);
  read_marks(root, mapping);
  if (auto good = file->finish(); !good) return std::unexpected(good.error());
  return mapping;
}

}  // namespace teller
