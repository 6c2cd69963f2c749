#include "results/ballot_table.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "base/grouped.h"
#include "results/ballot_sources.h"
#include "results/row_faults.h"
#include "results/table_reader.h"
#include "tables/delimiter.h"
#include "tables/table_files.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Mark = BallotRecord::Mark;

// Where the marks of one contest stand in a row.
struct Place {
  const BallotMapping::Contest* from = nullptr;
  ContestId contest{};
  bool ranked = false;
  std::size_t column = 0;                 // Of `column`.
  std::vector<std::size_t> columns = {};  // Of `columns` or `ranks`.
  std::vector<std::string> options = {};  // What each of `columns` is called.
  std::size_t write_in = 0;
};

std::vector<std::string_view> parts_of(std::string_view cell, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = cell.find(separator);
    parts.push_back(cell.substr(0, end));
    if (end == std::string_view::npos) return parts;
    cell.remove_prefix(end + separator.size());
  }
}

// One table. Reads its rows into records, and has entries made of them.
class BallotRows {
 public:
  BallotRows(BallotMapping& mapping, const Rules& rules, BallotMaker& maker, BallotsRead& out)
      : mapping_(mapping), rules_(rules), maker_(maker), out_(out) {}

  [[nodiscard]] Result<void> bind(std::vector<std::string> header);
  void row(const CsvRow& row);
  void malformed(std::uint64_t line, const Error& error);
  void finish();

 private:
  void note_wholes();
  [[nodiscard]] Result<std::size_t> place_of(const std::string& column);
  [[nodiscard]] Result<void> bind_template(Template& pattern);
  [[nodiscard]] Result<void> bind_contest(const BallotMapping::Contest& contest);
  [[nodiscard]] Result<void> check_ids(const BallotMapping::Contest& contest, ContestId id) const;

  // False: the cell holds nothing of a contest, or all that it can say of it is in `said` now.
  [[nodiscard]] bool take_word(const std::string& text, BallotRecord::Contest& said) const;
  [[nodiscard]] Mark mark_of(const Place& place, std::string text, std::size_t column) const;
  [[nodiscard]] bool read_contest(const Place& place, BallotRecord& record);
  [[nodiscard]] std::vector<Mark> marks_in(const Place& place, std::size_t column,
                                           std::string_view cell) const;
  void read_names(const Place& place, BallotRecord::Contest& said);
  void read_ranks(const Place& place, BallotRecord::Contest& said);
  [[nodiscard]] bool read_columns(const Place& place, BallotRecord::Contest& said);
  [[nodiscard]] bool read_ranked_column(const Place& place, std::size_t i, const std::string& text,
                                        BallotRecord::Contest& said);
  void refuse(Code code, std::string detail, std::size_t column);
  [[nodiscard]] std::string column_of(const std::string& name) const;

  BallotMapping& mapping_;
  const Rules& rules_;
  BallotMaker& maker_;
  BallotsRead& out_;
  std::vector<std::string> header_;
  std::unordered_set<std::size_t> used_;
  std::vector<Place> places_;
  CleanFields clean_;
  std::span<const std::string_view> fields_;
  std::uint64_t line_ = 0;
  std::uint64_t overvotes_unsaid_ = 0;
};

Result<std::size_t> BallotRows::place_of(const std::string& column) {
  const auto found = std::find(header_.begin(), header_.end(), column);
  if (found == header_.end()) {
    return fail(Remedy::reject, "import.column_missing",
                fmt::format("{}: the file has no column {}; it has {}", mapping_.name,
                            shown(column), fmt::join(header_, ", ")));
  }
  if (std::find(found + 1, header_.end(), column) != header_.end()) {
    return fail(Remedy::reject, "import.column_repeated",
                fmt::format("{}: two columns of the file have the name {}, which is needed; rename "
                            "one",
                            mapping_.name, shown(column)));
  }
  const auto place = static_cast<std::size_t>(found - header_.begin());
  used_.insert(place);
  return place;
}

Result<void> BallotRows::bind_template(Template& pattern) {
  for (const std::string& column : pattern.columns()) {
    if (const auto place = place_of(column); !place) return std::unexpected(place.error());
  }
  check(!pattern.bind(header_), "all columns of a template were found");
  return {};
}

// What the mapping calls an option is one of the contest.
Result<void> BallotRows::check_ids(const BallotMapping::Contest& contest, ContestId id) const {
  for (const auto& [from, option] : contest.ids) {
    if (rules_.find_option(id, option)) continue;
    return fail(Remedy::reject, "import.option_unknown",
                fmt::format("{}: [contest.ids] {} = {}: contest {} has no option with this id",
                            mapping_.name, shown(from), shown(option), contest.id));
  }
  return {};
}

Result<void> BallotRows::bind_contest(const BallotMapping::Contest& contest) {
  auto id = rules_.find_contest(contest.id);
  for (std::uint32_t i = 0; !id && i < rules_.contests.size(); ++i) {
    if (cleaned(rules_.contests[i].name) == contest.id) id = ContestId{i};
  }
  if (!id) {
    return fail(Remedy::reject, "import.contest_unknown",
                fmt::format("{}: the rules have no contest {}; they have {}", mapping_.name,
                            shown(contest.id), shown(rules_.contests.front().id)));
  }
  if (auto good = check_ids(contest, *id); !good) return good;
  const bool ranked = rules_.contest(*id).kind == ContestKind::ranked;
  Place place{.from = &contest, .contest = *id, .ranked = ranked};
  if (!contest.ranks.empty() && !ranked) {
    return fail(Remedy::reject, "mapping.invalid",
                fmt::format("{}: contest {} has ranks in the mapping, and is not ranked by the "
                            "rules",
                            mapping_.name, contest.id));
  }
  if (!contest.column.empty()) {
    const auto at = place_of(contest.column);
    if (!at) return std::unexpected(at.error());
    place.column = *at;
  }
  for (const auto* const names : {&contest.columns, &contest.ranks}) {
    for (const std::string& name : *names) {
      const auto at = place_of(name);
      if (!at) return std::unexpected(at.error());
      place.columns.push_back(*at);
      const auto own = contest.ids.find(name);
      place.options.push_back(own == contest.ids.end() ? name : own->second);
    }
  }
  if (!contest.write_in.empty()) {
    const auto at = place_of(contest.write_in);
    if (!at) return std::unexpected(at.error());
    place.write_in = *at;
  }
  places_.push_back(std::move(place));
  return {};
}

Result<void> BallotRows::bind(std::vector<std::string> header) {
  header_ = std::move(header);
  for (Template* const pattern : {&mapping_.number, &mapping_.card, &mapping_.style.text,
                                  &mapping_.unit.text, &mapping_.method.text}) {
    if (auto bound = bind_template(*pattern); !bound) return bound;
  }
  for (const auto& contest : mapping_.contests) {
    if (auto bound = bind_contest(contest); !bound) return bound;
  }
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (!used_.contains(i)) unused.push_back(shown(header_[i]));
  }
  if (!unused.empty()) {
    out_.notes.push_back(
        fmt::format("columns that the mapping does not name, and nothing was read of: {}",
                    fmt::join(unused, ", ")));
  }
  return {};
}

// The column of the file in which what we call `name` stands.
std::string BallotRows::column_of(const std::string& name) const {
  for (const auto& [ours, pattern] :
       {std::pair("number", &mapping_.number), std::pair("card", &mapping_.card),
        std::pair("style", &mapping_.style.text), std::pair("unit", &mapping_.unit.text),
        std::pair("method", &mapping_.method.text)}) {
    if (name == ours && !pattern->columns().empty())
      return fmt::format("{}", fmt::join(pattern->columns(), " + "));
  }
  return name;
}

void BallotRows::refuse(Code code, std::string detail, std::size_t column) {
  refuse_row(out_, {.line = line_,
                    .code = code,
                    .detail = std::move(detail),
                    .column = header_[column],
                    .found = shown(fields_[column])});
}

bool BallotRows::take_word(const std::string& text, BallotRecord::Contest& said) const {
  if (text.empty() || mapping_.empty.contains(text)) return true;
  if (mapping_.blank.contains(text)) return said.blank = true;
  if (mapping_.invalid.contains(text)) return said.invalid = true;
  return false;
}

// An option as the file calls it, "write-in", "write-in: Zoe", or that there are too many.
Mark BallotRows::mark_of(const Place& place, std::string text, std::size_t column) const {
  Mark mark{.text = std::move(text), .column = header_[column]};
  if (mapping_.overvote.contains(mark.text)) {
    mark.kind = Mark::Kind::too_many;
    return mark;
  }
  const std::size_t colon = mark.text.find(':');
  const std::string word = cleaned(mark.text.substr(0, colon));
  if (mapping_.write_in.contains(word)) {
    mark.kind = Mark::Kind::write_in;
    mark.text = colon == std::string::npos ? "" : cleaned(mark.text.substr(colon + 1));
    return mark;
  }
  if (const auto own = place.from->ids.find(mark.text); own != place.from->ids.end())
    mark.text = own->second;
  return mark;
}

// What stands in one cell, with the separator between: what is no mark is left out.
std::vector<Mark> BallotRows::marks_in(const Place& place, std::size_t column,
                                       std::string_view cell) const {
  std::vector<Mark> marks;
  std::string text = cleaned(cell);
  if (!text.empty() && !mapping_.empty.contains(text))
    marks.push_back(mark_of(place, std::move(text), column));
  return marks;
}

// Names of options in one cell; of a ranked contest in the order of their ranks.
void BallotRows::read_names(const Place& place, BallotRecord::Contest& said) {
  for (const std::string_view part : parts_of(fields_[place.column], place.from->separator)) {
    auto marks = marks_in(place, place.column, part);
    if (place.ranked || said.ranks.empty()) said.ranks.emplace_back();
    auto& into = said.ranks.back();
    std::move(marks.begin(), marks.end(), std::back_inserter(into));
  }
}

// A column for each rank, each with one option, or several with the separator between them.
void BallotRows::read_ranks(const Place& place, BallotRecord::Contest& said) {
  for (const std::size_t column : place.columns) {
    auto& rank = said.ranks.emplace_back();
    for (const std::string_view part : parts_of(fields_[column], place.from->separator)) {
      auto marks = marks_in(place, column, part);
      std::move(marks.begin(), marks.end(), std::back_inserter(rank));
    }
  }
}

bool BallotRows::read_ranked_column(const Place& place, std::size_t i, const std::string& text,
                                    BallotRecord::Contest& said) {
  const std::size_t column = place.columns[i];
  std::size_t rank = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), rank);
  const Contest& contest = rules_.contest(place.contest);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || rank < 1 ||
      rank > contest.votes_allowed) {
    refuse("ballots.mark_invalid",
           fmt::format("must be a rank from 1 to {}, or nothing", contest.votes_allowed), column);
    return false;
  }
  if (said.ranks.size() < rank) said.ranks.resize(rank);
  said.ranks[rank - 1].push_back({.text = place.options[i], .column = header_[column]});
  return true;
}

// A column for each option, with its mark or its rank. False: the row was refused.
bool BallotRows::read_columns(const Place& place, BallotRecord::Contest& said) {
  if (!place.ranked) said.ranks.emplace_back();
  for (std::size_t i = 0; i < place.columns.size(); ++i) {
    const std::size_t column = place.columns[i];
    const std::string text(fields_[column]);
    if (take_word(text, said) || mapping_.unmarked.contains(text)) continue;
    if (place.ranked) {
      if (!read_ranked_column(place, i, text, said)) return false;
    } else if (mapping_.marked.contains(text)) {
      said.ranks.front().push_back({.text = place.options[i], .column = header_[column]});
    } else {
      refuse("ballots.mark_invalid",
             fmt::format("must be a mark ({}) or nothing", fmt::join(mapping_.marked, ", ")),
             column);
      return false;
    }
  }
  return true;
}

bool BallotRows::read_contest(const Place& place, BallotRecord& record) {
  BallotRecord::Contest& said = record.contests.emplace_back();
  said.contest = place.contest;
  if (!place.from->column.empty()) {
    if (!take_word(std::string(fields_[place.column]), said)) read_names(place, said);
  } else if (!place.from->ranks.empty()) {
    // "blank" of the whole contest stands in the first rank, and nothing behind it.
    BallotRecord::Contest whole;
    if (take_word(std::string(fields_[place.columns.front()]), whole) && !whole.says_nothing()) {
      said.blank = whole.blank;
      said.invalid = whole.invalid;
    } else {
      read_ranks(place, said);
    }
  } else if (!read_columns(place, said)) {
    return false;
  }
  if (!place.from->write_in.empty() && !fields_[place.write_in].empty()) {
    if (said.ranks.empty()) said.ranks.emplace_back();
    said.ranks.front().push_back({.kind = Mark::Kind::write_in,
                                  .text = std::string(fields_[place.write_in]),
                                  .column = header_[place.write_in]});
  }
  const bool has_marks = std::any_of(said.ranks.begin(), said.ranks.end(),
                                     [](const auto& rank) { return !rank.empty(); });
  if ((said.blank || said.invalid) && (has_marks || (said.blank && said.invalid))) {
    refuse("ballots.mark_invalid",
           fmt::format("contest {} is blank or invalid as a whole, and something is marked in it",
                       place.from->id),
           place.columns.empty() ? place.column : place.columns.front());
    return false;
  }
  for (const auto& rank : said.ranks) {
    overvotes_unsaid_ +=
        static_cast<std::uint64_t>(std::count_if(rank.begin(), rank.end(), [](const Mark& mark) {
          return mark.kind == Mark::Kind::too_many;
        }));
  }
  return true;
}

void BallotRows::row(const CsvRow& row) {
  ++out_.rows_read;
  line_ = RowFaults::line_of(out_.files.size() - 1, row.line);
  clean_.row(row.fields);
  fields_ = clean_.fields();
  BallotRecord record;
  record.line = line_;
  std::string text;
  const auto expand = [&](const Template& pattern) {
    pattern.expand(fields_, text);
    return cleaned(text);
  };
  record.number = expand(mapping_.number);
  record.card = expand(mapping_.card);
  record.style = mapping_.style.id_of(expand(mapping_.style.text));
  record.unit = mapping_.unit.id_of(expand(mapping_.unit.text));
  record.method = mapping_.method.id_of(expand(mapping_.method.text));
  if (!mapping_.card.empty() && record.card.empty()) {
    refuse_row(out_, {.line = line_,
                      .code = "import.value_missing",
                      .detail = "is empty: write which card of the ballot it is, as 1",
                      .column = column_of("card")});
    return;
  }
  for (const Place& place : places_) {
    if (!read_contest(place, record)) return;
  }
  if (auto made = maker_.make(record, out_.ballots); !made) {
    made.error().column = column_of(made.error().column);
    refuse_row(out_, std::move(made.error()));
  }
}

void BallotRows::malformed(std::uint64_t line, const Error& error) {
  ++out_.rows_read;
  refuse_row(out_, {.line = RowFaults::line_of(out_.files.size() - 1, line),
                    .code = error.code,
                    // The line stands in front of the detail already, and in the fault.
                    .detail = error.detail.substr(error.detail.find(": ") + 2)});
}

// Of two rows that are one card nobody but the papers can tell which is right: neither is taken.
void BallotRows::finish() {
  auto& ballots = out_.ballots;
  std::vector<std::pair<std::string, std::size_t>> plain;
  for (std::size_t i = 0; i < ballots.size(); ++i)
    plain.emplace_back(plain_number(ballots[i].number), i);
  std::sort(plain.begin(), plain.end(), [&](const auto& a, const auto& b) {
    const MadeBallot &first = ballots[a.second], &other = ballots[b.second];
    return std::tie(a.first, first.card, first.line) < std::tie(b.first, other.card, other.line);
  });
  const auto same_card = [&](std::size_t a, std::size_t b) {
    return plain[a].first == plain[b].first &&
           ballots[plain[a].second].card == ballots[plain[b].second].card;
  };
  std::vector<MadeBallot> kept;
  std::unordered_set<std::uint64_t> told;  // A row of two cards is refused once.
  for (std::size_t from = 0; from < plain.size();) {
    std::size_t to = from + 1;
    while (to < plain.size() && same_card(from, to)) ++to;
    if (to - from == 1) kept.push_back(std::move(ballots[plain[from].second]));
    for (std::size_t i = from; to - from > 1 && i < to; ++i) {
      const MadeBallot& one = ballots[plain[i].second];
      const MadeBallot& other = ballots[plain[i == from ? from + 1 : from].second];
      if (!told.insert(one.line).second) continue;
      refuse_row(out_, {.line = one.line,
                        .code = "ballots.number_repeated",
                        .detail = fmt::format(
                            "card {} of ballot {} stands on {} too{}{}", one.card,
                            shown(one.number), out_.in_words(other.line),
                            one.number == other.number ? "" : ", written " + shown(other.number),
                            one.number == other.number && one.entry == other.entry
                                ? ", with the same marks"
                                : "")});
    }
    from = to;
  }
  ballots = std::move(kept);
  std::sort(ballots.begin(), ballots.end(),
            [](const MadeBallot& a, const MadeBallot& b) { return a.id < b.id; });
  // A row whose other card was refused goes with it: a paper is taken whole or not at all.
  settle_faults(out_);
  std::erase_if(ballots, [&](const MadeBallot& ballot) {
    return std::binary_search(out_.refused_lines.begin(), out_.refused_lines.end(), ballot.line);
  });
  note_wholes();
  if (overvotes_unsaid_ > 0) {
    out_.notes.push_back(
        fmt::format("{} cells say that too many are marked, and not which: all options of the "
                    "contest stand there, so that none of them gets a vote",
                    grouped(overvotes_unsaid_)));
  }
}

// Papers of a unit that has parts are right where it counts some itself (all that came by post, say), and wrong
// where the part was forgotten.
void BallotRows::note_wholes() {
  std::map<UnitId, std::set<std::string>> papers;
  for (const MadeBallot& ballot : out_.ballots) papers[ballot.unit].insert(ballot.number);
  for (const auto& [unit, numbers] : papers) {
    const auto part = std::ranges::find_if(
        rules_.units, [&](const Unit& other) { return other.parent && *other.parent == unit; });
    if (part == rules_.units.end()) continue;
    out_.notes.push_back(
        fmt::format("{} paper{} {} of {}, which has parts ({}, …): {} counted there and in none of "
                    "its parts; where "
                    "a part is meant, name it",
                    grouped(numbers.size()), numbers.size() == 1 ? "" : "s",
                    numbers.size() == 1 ? "is" : "are", shown(rules_.units.at(unit.value).name),
                    shown(part->name), numbers.size() == 1 ? "it is" : "they are"));
  }
}

std::vector<std::string> names_in(const CsvRow& row) {
  std::vector<std::string> header;
  for (const std::string_view field : row.fields) header.push_back(cleaned(field));
  return header;
}

}  // namespace

Result<BallotsRead> read_ballots(const std::string& path, BallotMapping mapping, const Rules& rules,
                                 BallotMaker& maker) {
  auto files = TableFiles::list_one(path, mapping.sheet_name);
  if (!files) return std::unexpected(files.error());
  const char stated = mapping.csv.delimiter;
  mapping.csv.delimiter = fitting_delimiter(*files, 0, mapping.csv, [&](CsvReader& tried) {
    BallotsRead none;
    CsvRow row;
    const auto first = tried.next(row);
    return first && *first && BallotRows(mapping, rules, maker, none).bind(names_in(row));
  });
  const bool is_other = mapping.csv.delimiter != stated;
  const std::string_view cut_at = delimiter_in_words(mapping.csv.delimiter);
  auto csv = files->open(0, mapping.csv);
  if (!csv) return std::unexpected(csv.error());
  auto out = read_ballots(*csv, path, std::move(mapping), rules, maker);
  if (out && !files->note().empty()) out->notes.push_back(files->note());
  if (out && is_other) out->notes.push_back(cut_otherwise(cut_at));
  return out;
}

Result<BallotsRead> read_ballots(CsvReader& csv, const std::string& name, BallotMapping mapping,
                                 const Rules& rules, BallotMaker& maker) {
  BallotsRead out;
  out.files = {name};
  CsvRow row;
  const auto first = csv.next(row);
  if (!first) return std::unexpected(first.error());
  if (!*first) {
    return fail(Remedy::reject, "file.damaged",
                "the file has no rows at all: was it fetched to its end?");
  }
  BallotRows rows(mapping, rules, maker, out);
  if (auto bound = rows.bind(names_in(row)); !bound) return std::unexpected(bound.error());
  for (;;) {
    const auto more = csv.next(row);
    if (!more && !CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
    if (more && !*more) break;
    if (more) {
      rows.row(row);
    } else {
      rows.malformed(row.line, more.error());
    }
  }
  if (!csv.encoding_note().empty()) out.notes.push_back(csv.encoding_note());
  if (csv.empty_rows().number > 0) {
    out.notes.push_back(fmt::format("{} empty rows were passed over, the first on line {}",
                                    grouped(csv.empty_rows().number), csv.empty_rows().first_line));
  }
  if (csv.skipped().number > 0) {
    out.notes.push_back(fmt::format("{} lines were passed over, as skip in [csv] says",
                                    grouped(csv.skipped().number)));
  }
  rows.finish();
  return out;
}

}  // namespace teller
