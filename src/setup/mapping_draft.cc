#include "setup/mapping_draft.h"

#include <algorithm>

#include <fmt/format.h>

#include "tables/unicode.h"

namespace teller {
namespace {

// A text of TOML. What nobody sees, and what TOML does not take, is written out.
std::string toml_text(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    const std::string_view one = text.substr(0, next.bytes);
    if (one == "\"" || one == "\\") {
      out += '\\';
      out += one;
    } else if (next.point >= 0 && next.point != ' ' &&
               (next.point < 0x20 || next.point == 0x7F || is_unseen(next.point))) {
      out += fmt::format("\\U{:08X}", next.point);
    } else {
      out += one;
    }
    text.remove_prefix(next.bytes);
  }
  return out + "\"";
}

// As a comment has it: cells may hold line ends.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::string listed(const auto& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + toml_text(text);
  return "[" + out + "]";
}

class Writer {
 public:
  explicit Writer(const MappingDraft& draft) : draft_(draft) {}

  // The reasons of a table, and the questions that are about it.
  void reasons(const std::string& table) {
    if (const auto found = draft_.why.find(table); found != draft_.why.end()) {
      for (const std::string& sentence : found->second) out_ += "# " + one_line(sentence) + "\n";
    }
    for (const MappingQuestion& question : draft_.open) {
      if (question.key.substr(0, question.key.find(' ')) == table)
        out_ += one_line(fmt::format("# ? {}: {}", question.key, question.text)) + "\n";
    }
  }
  void head(const std::string& name, const std::string& table) {
    out_ += '\n';
    reasons(table);
    out_ += name + "\n";
  }
  void line(std::string_view key, std::string_view text) {
    if (!text.empty()) out_ += fmt::format("{} = {}\n", key, toml_text(text));
  }
  template <typename Texts>
  void list(std::string_view key, const Texts& texts) {
    if (!texts.empty()) out_ += fmt::format("{} = {}\n", key, listed(texts));
  }
  void flag(std::string_view key, bool value) { out_ += fmt::format("{} = {}\n", key, value); }
  void number(std::string_view key, std::uint64_t value) {
    out_ += fmt::format("{} = {}\n", key, value);
  }
  void pairs(const std::string& name, const std::map<std::string, std::string>& texts) {
    if (texts.empty()) return;
    out_ += name + "\n";
    for (const auto& [from, to] : texts)
      out_ += fmt::format("{} = {}\n", toml_text(from), toml_text(to));
  }
  void conditions(const std::string& table,
                  const std::map<std::string, std::set<std::string>>& all) {
    if (all.empty()) return;
    head("[" + table + "]", table);
    for (const auto& [column, texts] : all)
      out_ += fmt::format("{} = {}\n", toml_text(column), listed(texts));
  }
  [[nodiscard]] std::string& text() { return out_; }

 private:
  const MappingDraft& draft_;
  std::string out_;
};

void write_csv(const MappingDraft& draft, Writer& out) {
  const CsvForm& form = draft.front.form;
  const bool plain = form.delimiter == ',' && form.quotes && form.header_line == 1 &&
                     form.last_line == 0 && draft.front.has_header &&
                     draft.front.header_rows == 1 && draft.skip_rows == 0 && draft.skip.empty() &&
                     draft.fill_down.empty() && draft.encoding.empty() && draft.sheets.empty() &&
                     draft.hidden.empty() && !draft.empty_extra_columns;
  if (plain) {
    out.text() += '\n';
    out.reasons("csv");
    return;
  }
  out.head("[csv]", "csv");
  if (draft.sheets.size() == 1) {
    out.line(draft.sheets.front() == TableFiles::all_sheets ? "sheets" : "sheet",
             draft.sheets.front());
  } else {
    out.list("sheets", draft.sheets);
  }
  out.line("hidden", draft.hidden);
  out.line("encoding", draft.encoding);
  if (form.delimiter != ',') out.line("delimiter", std::string(1, form.delimiter));
  if (!form.quotes) out.flag("quotes", false);
  if (!draft.front.has_header) out.flag("header", false);
  if (form.header_line > 1) out.number("header_line", form.header_line);
  if (form.last_line > 0) out.number("last_line", form.last_line);
  if (draft.front.header_rows > 1) out.number("header_rows", draft.front.header_rows);
  if (draft.skip_rows > 0) out.number("skip_rows", draft.skip_rows);
  out.list("skip", draft.skip);
  out.list("fill_down", draft.fill_down);
  if (draft.empty_extra_columns) out.flag("empty_extra_columns", true);
}

void write_units(const MappingDraft& draft, Writer& out) {
  bool first = true;
  for (const MappingDraft::Level& level : draft.units) {
    if (first) {
      out.head("[[unit]]", "unit");
    } else {
      out.text() += "[[unit]]\n";
    }
    first = false;
    out.line("kind", level.kind);
    out.line("id", level.id);
    out.list("empty", level.empty);
  }
}

void write_votes(const MappingDraft& draft, Writer& out) {
  out.text() += '\n';
  out.reasons("votes");
  const auto rest = [&] {
    out.list("withheld", draft.withheld);
    out.list("unknown", draft.unknown);
    out.list("not_on_ballot", draft.not_on_ballot);
    out.list("zero", draft.zero);
    out.line("sum_column", draft.sum_column);
    out.line("repeated", draft.repeated);
  };
  if (!draft.wide_columns.empty()) {
    out.text() += "[votes]\n";
    out.list("columns", draft.wide_columns);
    out.list("name_columns", draft.name_columns);
    return rest();
  }
  if (!draft.wide_from.empty()) {
    out.text() += "[votes]\n";
    out.line("columns_from", draft.wide_from);
    out.line("columns_to", draft.wide_to);
    out.list("columns_except", draft.wide_except);
    out.list("header_form", draft.header_forms);
    return rest();
  }
  for (const MappingDraft::Votes& votes : draft.votes) {
    out.text() += "[[votes]]\n";
    out.line("column", votes.column);
    out.line("method", votes.method);
    out.line("method_name", votes.method_name);
  }
  rest();
}

}  // namespace

void MappingDraft::because(const std::string& table, std::string sentence) {
  auto& sentences = why[table];
  if (std::find(sentences.begin(), sentences.end(), sentence) == sentences.end())
    sentences.push_back(std::move(sentence));
}

std::string mapping_text(const MappingDraft& draft, const std::string& file) {
  Writer out(draft);
  out.text() = fmt::format("# What the columns of {} mean, as `teller mapping new` guesses it.\n",
                           shown(file));
  for (const std::string& sentence : draft.takes) out.text() += "# " + one_line(sentence) + "\n";
  if (!draft.open.empty()) {
    out.text() += fmt::format(
        "# {} open: each line that begins with \"# ?\" asks one; the mapping says what is "
        "likely.\n",
        draft.open.size() == 1 ? "One question is"
                               : fmt::format("{} questions are", draft.open.size()));
  }
  out.reasons("file");
  out.text() += "# Every key is explained in docs/reference/mapping.md.\nteller = \"mapping/1\"\n";
  out.list("no_sums", draft.no_sums);
  out.head("[election]", "election");
  out.line("name", draft.name);
  out.line("date", draft.date);
  out.line("time_zone", draft.time_zone);
  write_csv(draft, out);
  if (draft.is_json) {
    out.head("[json]", "json");
    out.list("records", draft.json_records);
  }
  if (!draft.group_from.empty()) {
    out.head("[groups]", "groups");
    out.line("from", draft.group_from);
    out.line("to", draft.group_to);
  }
  if (!draft.thousands.empty() || draft.other_digits) {
    out.head("[numbers]", "numbers");
    out.list("thousands", draft.thousands);
    if (draft.indian) out.line("grouping", "indian");
    if (draft.other_digits) out.flag("other_digits", true);
  }
  out.conditions("where", draft.where);
  out.conditions("leave_out", draft.leave_out);
  out.conditions("expect", draft.expect);
  write_units(draft, out);
  out.head("[contest]", "contest");
  out.line("id", draft.contest_id);
  out.line("name", draft.contest_name);
  out.line("seats_column", draft.size_column);
  out.line("votes_allowed_column", draft.size_column);
  out.pairs("[contest.ids]", draft.contest_ids);
  out.pairs("[contest.each]", draft.contest_each);
  out.pairs("[contest.figures]", draft.contest_figures);
  out.head("[option]", "option");
  out.line("id", draft.option_id);
  out.list("skip", draft.option_skip);
  out.pairs("[option.ids]", draft.option_ids);
  out.pairs("[option.figures]", draft.option_figures);
  if (!draft.party.empty()) {
    out.head("[party]", "party");
    out.line("id", draft.party);
  }
  if (!draft.method_id.empty()) {
    out.head("[method]", "method");
    out.line("id", draft.method_id);
    out.line("name", draft.method_name);
  }
  write_votes(draft, out);
  if (!draft.sheet_figures.empty()) {
    out.head("[sheet]", "sheet");
    for (const auto& [figure, column] : draft.sheet_figures) out.line(figure, column);
  }
  return out.text();
}

}  // namespace teller
