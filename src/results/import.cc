#include "results/import.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <tuple>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/utf8.h"
#include "count/step.h"
#include "election/entry.h"
#include "results/unit_id.h"

namespace teller {
namespace {

constexpr std::size_t faults_kept = 1'000;
constexpr std::size_t id_bytes_max = 200;
constexpr std::uint16_t no_column = 0xFFFF;

template <typename Key>
std::uint32_t intern(std::unordered_map<std::string, std::uint32_t>& index, const Key& id,
                     std::size_t next) {
  return index.try_emplace(id, static_cast<std::uint32_t>(next)).first->second;
}

// Notes a fault of a row; the row itself is left out by whoever calls.
void refuse(ResultsTable& table, std::uint64_t line, std::string_view code, std::string detail) {
  table.refused_lines.push_back(line);
  if (table.faults.size() < faults_kept) table.faults.push_back({line, code, std::move(detail)});
}

void settle_faults(ResultsTable& table) {
  std::sort(table.faults.begin(), table.faults.end(), [](const RowFault& a, const RowFault& b) {
    return std::tie(a.line, a.code, a.detail) < std::tie(b.line, b.code, b.detail);
  });
  auto& lines = table.refused_lines;
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
}

auto key_of(const ResultsTable::Cell& cell) {
  return std::tuple(cell.unit, cell.method, cell.contest, cell.column);
}

// Reads rows into a table. Holds what one row needs again and again.
class TableReader {
 public:
  TableReader(const Mapping& mapping, ResultsTable& table)
      : mapping_(mapping), table_(table), joiner_(mapping.unit_separator, mapping.units.size()) {}

  void row(const CsvRow& row) {
    ++table_.rows_read;
    for (const Mapping::Where& where : mapping_.where) {
      if (!where.values.contains(std::string(row.fields[where.at]))) {
        ++table_.rows_passed_over;
        return;
      }
    }
    line_ = row.line;
    fields_ = row.fields;
    mapping_.option.id.expand(fields_, text_);
    if (mapping_.option_skip.contains(text_)) {
      ++table_.rows_passed_over;
      return;
    }
    std::uint16_t column = no_column;
    if (const auto figure = mapping_.option_figures.find(text_);
        figure != mapping_.option_figures.end()) {
      column = figure->second;
    }
    const auto unit = read_unit();
    if (!unit) return;
    const auto contest = thing(mapping_.contest, "contest", table_.contests, contest_index_);
    if (!contest) return;
    if (column == no_column) {
      const auto option = read_option(table_.contests[*contest]);
      if (!option) return;
      column = *option;
    }
    for (const Mapping::Votes& votes : mapping_.votes) {
      std::optional<std::uint32_t> method;
      if (votes.method.empty()) {
        method = thing(mapping_.method, "method", table_.methods, method_index_);
      } else {
        method = intern(method_index_, votes.method, table_.methods.size());
        if (*method == table_.methods.size()) {
          table_.methods.push_back(
              {votes.method, votes.method_name.empty() ? votes.method : votes.method_name});
        }
      }
      if (!method) return;
      ResultsTable::Cell cell{.unit = *unit,
                              .contest = static_cast<std::uint16_t>(*contest),
                              .method = static_cast<std::uint16_t>(*method),
                              .column = column,
                              .line = line_};
      if (read_number(votes.column, votes.at, cell)) table_.cells.push_back(cell);
      for (const auto& [slot, figure] : mapping_.sheet) {
        cell.column = slot;
        cell.withheld = false;
        if (read_number(figure.column, figure.at, cell)) sheet_cells_.push_back(cell);
      }
    }
  }

  // Puts the cells in order and finds those that are there twice.
  void finish() {
    auto& cells = table_.cells;
    // Of two with one key, the one that stands first in the file is first.
    const auto by_key = [](const auto& a, const auto& b) {
      return std::pair(key_of(a), a.line) < std::pair(key_of(b), b.line);
    };
    std::sort(cells.begin(), cells.end(), by_key);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (kept == 0 || key_of(cells[kept - 1]) != key_of(cells[i])) {
        cells[kept++] = cells[i];
      } else if (mapping_.repeated == Mapping::Repeated::add) {
        ResultsTable::Cell& first = cells[kept - 1];
        first.withheld = first.withheld || cells[i].withheld;
        first.value += cells[i].value;
      } else {
        fault(cells[i].line, "import.row_repeated",
              "the same unit, contest, method and option stand on line " +
                  std::to_string(cells[kept - 1].line) +
                  ", which was kept; if they are to be added up, set repeated = \"add\" in "
                  "[[votes]]");
      }
    }
    cells.resize(kept);

    std::sort(sheet_cells_.begin(), sheet_cells_.end(), by_key);
    const std::size_t votes = cells.size();
    for (const ResultsTable::Cell& cell : sheet_cells_) {
      if (cells.size() == votes || key_of(cells.back()) != key_of(cell)) {
        cells.push_back(cell);
      } else if (cells.back().value != cell.value || cells.back().withheld != cell.withheld) {
        fault(cell.line, "import.figure_differs",
              "a figure of the whole unit is not the one of line " +
                  std::to_string(cells.back().line) + ", which was kept");
      }
    }
    std::sort(cells.begin(), cells.end(), by_key);
    settle_faults(table_);
  }

 private:
  void fault(std::uint64_t line, std::string_view code, std::string detail) {
    refuse(table_, line, code, std::move(detail));
  }

  // An id that has just been put together in `id`.
  bool good_id(const std::string& id, std::string_view what) {
    if (id.empty()) {
      fault(line_, "import.value_missing", "the " + std::string(what) + " is empty");
      return false;
    }
    if (id.size() > id_bytes_max || !is_clean_utf8(id)) {
      fault(
          line_, "import.value_invalid",
          "the " + std::string(what) + " makes an id of more than 200 bytes or with a line break");
      return false;
    }
    return true;
  }

  std::optional<std::uint32_t> read_unit() {
    std::int32_t parent = -1;
    unit_id_.clear();
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
      parent = static_cast<std::int32_t>(found->second);
    }
    return static_cast<std::uint32_t>(parent);
  }

  // A contest, method or party by its mapped id.
  template <typename T>
  std::optional<std::uint32_t> thing(const Mapping::Named& named, std::string_view what,
                                     std::vector<T>& things,
                                     std::unordered_map<std::string, std::uint32_t>& index) {
    named.id.expand(fields_, text_);
    if (!good_id(text_, what)) return std::nullopt;
    const auto ours = named.ids.find(text_);
    const std::string& id = ours == named.ids.end() ? text_ : ours->second;
    const std::uint32_t place = intern(index, id, things.size());
    if (place == things.size()) {
      T& made = things.emplace_back();
      made.id = id;
      made.name = text_;
      if (!named.name.empty()) named.name.expand(fields_, made.name);
    }
    return place;
  }

  std::optional<std::uint16_t> read_option(ResultsTable::Contest& contest) {
    const auto place = thing(mapping_.option, "option", contest.options, contest.option_index);
    if (!place) return std::nullopt;
    if (*place >= slot::first_counter) {
      fault(line_, "import.value_invalid", "the contest has more options than fit (65,280)");
      return std::nullopt;
    }
    if (mapping_.party) {
      mapping_.party->id.expand(fields_, text_);
      if (!text_.empty()) {
        const auto party = thing(*mapping_.party, "party", table_.parties, party_index_);
        if (!party) return std::nullopt;
        auto& parties = contest.options[*place].parties;
        if (std::find(parties.begin(), parties.end(), *party) == parties.end()) {
          if (!parties.empty() && mapping_.repeated == Mapping::Repeated::refuse) {
            fault(line_, "import.party_differs",
                  "\"" + contest.options[*place].id + "\" stands for \"" +
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

  // False if there is no figure: unknown, or a fault.
  bool read_number(const std::string& column, std::size_t at, ResultsTable::Cell& cell) {
    const std::string_view text = fields_[at];
    if (!mapping_.withheld.empty() && mapping_.withheld.contains(std::string(text))) {
      cell.withheld = true;
      cell.value = 0;
      return true;
    }
    if (!mapping_.unknown.empty() && mapping_.unknown.contains(std::string(text))) return false;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, cell.value);
    if (read.ec == std::errc::result_out_of_range ||
        (read.ec == std::errc{} && read.ptr == end && cell.value >= Figure::limit)) {
      fault(cell.line, "import.number_too_large", column + " must be below 2^53");
      return false;
    }
    if (text.empty() || read.ec != std::errc{} || read.ptr != end) {
      fault(
          cell.line, "import.not_a_number",
          column + " is \"" + std::string(text.substr(0, 40)) +
              "\"; it must be digits only (if it means withheld or unknown, say so in [[votes]])");
      return false;
    }
    return true;
  }

  const Mapping& mapping_;
  ResultsTable& table_;
  UnitIdJoiner joiner_;
  std::uint64_t line_ = 0;
  std::span<const std::string_view> fields_;
  std::string text_, unit_id_;
  std::unordered_map<std::string, std::uint32_t> unit_index_, contest_index_, method_index_,
      party_index_;
  std::vector<ResultsTable::Cell> sheet_cells_;
};

}  // namespace

Result<ResultsTable> read_results(CsvReader& csv, Mapping& mapping) {
  ResultsTable table;
  TableReader reader(mapping, table);
  CsvRow row;
  const auto first = csv.next(row);
  if (!first) return std::unexpected(first.error());
  std::vector<std::string> header;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    header.push_back(mapping.header ? std::string(row.fields[i]) : std::to_string(i + 1));
    if (!header.back().empty() &&
        std::find(header.begin(), header.end() - 1, header.back()) != header.end() - 1) {
      return fail(Remedy::reject, "import.column_repeated",
                  "two columns have the name " + header.back() + "; rename one of them");
    }
  }
  if (const auto bound = mapping.bind(header); !bound) return std::unexpected(bound.error());
  if (*first && !mapping.header) reader.row(row);
  for (;;) {
    const auto more = csv.next(row);
    if (!more) {
      if (!CsvReader::is_row_error(more.error())) return std::unexpected(more.error());
      ++table.rows_read;
      // The line stands in front of the detail already, and in the fault.
      const std::string& detail = more.error().detail;
      refuse(table, row.line, more.error().code, detail.substr(detail.find(": ") + 2));
      continue;
    }
    if (!*more) break;
    reader.row(row);
  }
  reader.finish();
  return table;
}

std::string starter_rules(const ResultsTable& table, const Mapping& mapping, CountedFrom from) {
  using Json = nlohmann::ordered_json;
  // One thing a line: it can be read, compared and pointed at.
  std::string out;
  const auto list = [&](const std::string& name, const std::vector<Json>& items,
                        bool last = false) {
    out += " \"" + name + "\": [";
    for (std::size_t i = 0; i < items.size(); ++i)
      out += (i == 0 ? "\n  " : ",\n  ") + items[i].dump();
    out += last ? "\n ]\n" : "\n ],\n";
  };

  std::vector<Json> parties, methods, units, contests, styles;
  for (const auto& party : table.parties)
    parties.push_back({{"id", party.id}, {"name", party.name}});
  for (const auto& method : table.methods) {
    methods.push_back({{"id", method.id}, {"name", method.name}});
  }
  for (const auto& unit : table.units) {
    Json item{{"id", unit.id}, {"name", unit.name}, {"kind", unit.kind}};
    if (unit.parent >= 0) item["parent"] = table.units[static_cast<std::size_t>(unit.parent)].id;
    units.push_back(std::move(item));
  }

  // A contest is decided where all its units meet. A unit's contests make its ballot style.
  std::vector<std::int64_t> meets(table.contests.size(), -1);
  std::map<std::uint32_t, std::vector<std::uint16_t>> on_ballot;
  const auto parent = [&](std::int64_t unit) {
    return static_cast<std::int64_t>(table.units[static_cast<std::size_t>(unit)].parent);
  };
  for (const auto& cell : table.cells) {
    auto& here = on_ballot[cell.unit];
    if (std::find(here.begin(), here.end(), cell.contest) == here.end()) {
      here.push_back(cell.contest);
      std::int64_t& meet = meets[cell.contest];
      if (meet < 0) {
        meet = cell.unit;
        continue;
      }
      // A parent has the smaller number: the larger of the two climbs until they are one.
      std::int64_t other = cell.unit;
      while (meet != other && meet >= 0 && other >= 0) {
        (meet > other ? meet : other) = parent(std::max(meet, other));
      }
      if (meet != other) meet = 0;
    }
  }
  for (std::size_t i = 0; i < table.contests.size(); ++i) {
    const auto& contest = table.contests[i];
    std::vector<Json> options;
    for (const auto& option : contest.options) {
      Json item{{"id", option.id}, {"name", option.name}};
      const auto kind = mapping.option_kinds.find(option.id);
      const bool candidate =
          kind == mapping.option_kinds.end() || kind->second == OptionKind::candidate;
      item["kind"] = candidate                                       ? "candidate"
                     : kind->second == OptionKind::none_of_the_above ? "none_of_the_above"
                                                                     : "measure";
      if (candidate && !mapping.candidate_separator.empty()) {
        Json people = Json::array();
        const auto ids = mapping.candidate_ids.find(option.id);
        std::string_view left = option.name;
        for (std::size_t n = 0; !left.empty(); ++n) {
          const std::size_t at = left.find(mapping.candidate_separator);
          const std::string name(left.substr(0, at));
          left.remove_prefix(
              at == std::string_view::npos ? left.size() : at + mapping.candidate_separator.size());
          people.push_back(
              {{"id", ids != mapping.candidate_ids.end() && n < ids->second.size() ? ids->second[n]
                                                                                   : name},
               {"name", name}});
        }
        item["candidates"] = std::move(people);
      }
      if (!option.parties.empty()) {
        item["parties"] = Json::array();
        for (const auto party : option.parties) item["parties"].push_back(table.parties[party].id);
      }
      options.push_back(std::move(item));
    }
    Json item{{"id", contest.id},
              {"name", contest.name},
              {"kind", "plurality"},
              {"seats", mapping.seats},
              {"votes_allowed", mapping.votes_allowed},
              {"write_ins", mapping.write_ins},
              {"share_base", mapping.share_base}};
    if (!mapping.decides.empty()) item["decides"] = mapping.decides;
    if (meets[i] >= 0) item["unit"] = table.units[static_cast<std::size_t>(meets[i])].id;
    item["counted_from"] = from == CountedFrom::ballots ? "ballots" : "sheets";
    item["options"] = options;
    contests.push_back(std::move(item));
  }
  std::map<std::vector<std::uint16_t>, std::size_t> style_of;
  for (auto& [unit, here] : on_ballot) {
    std::sort(here.begin(), here.end());
    style_of.try_emplace(here, style_of.size());
  }
  std::vector<std::pair<std::size_t, std::vector<std::uint16_t>>> in_order;
  for (const auto& [on, number] : style_of) in_order.emplace_back(number, on);
  std::sort(in_order.begin(), in_order.end());
  for (const auto& [number, on] : in_order) {
    const std::string id = in_order.size() == 1 ? "all" : "style-" + std::to_string(number + 1);
    Json cards = Json::array();
    for (std::size_t at = 0; at < on.size(); at += 255) {
      Json card = Json::array();
      for (std::size_t i = at; i < std::min(on.size(), at + 255); ++i) {
        card.push_back(table.contests[on[i]].id);
      }
      cards.push_back(std::move(card));
    }
    styles.push_back({{"id", id}, {"name", in_order.size() == 1 ? "All" : id}, {"cards", cards}});
  }

  const Json election{{"name", mapping.election},
                      {"date", mapping.date},
                      {"time_zone", mapping.time_zone.empty() ? "UTC" : mapping.time_zone}};
  out = "{\n \"teller\": \"rules/1\",\n \"election\": " + election.dump() + ",\n";
  list("parties", parties);
  list("methods", methods);
  list("units", units);
  list("contests", contests);
  list("styles", styles, true);
  return out + "}\n";
}

BoundResults bind(ResultsTable& table, const Rules& rules) {
  BoundResults bound;
  std::vector<std::optional<UnitId>> units;
  std::vector<std::optional<ContestId>> contests;
  std::vector<std::optional<MethodId>> methods;
  for (const auto& unit : table.units) units.push_back(rules.find_unit(unit.id));
  for (const auto& method : table.methods) methods.push_back(rules.find_method(method.id));
  struct BoundOption {
    std::optional<OptionId> id;
    std::string wrong_party;
  };
  std::vector<std::vector<BoundOption>> options;
  for (const auto& contest : table.contests) {
    const auto found = rules.find_contest(contest.id);
    contests.push_back(found);
    auto& here = options.emplace_back();
    for (const auto& option : contest.options) {
      BoundOption& made = here.emplace_back();
      if (!found) continue;
      made.id = rules.find_option(*found, option.id);
      if (!made.id) continue;
      const auto& known = rules.contest(*found).options.at(made.id->value).parties;
      for (const auto party : option.parties) {
        const std::string& id = table.parties[party].id;
        if (std::none_of(known.begin(), known.end(), [&](const PartyId candidate) {
              return rules.parties.at(candidate.value).id == id;
            })) {
          made.wrong_party = id;
        }
      }
    }
  }
  for (const Contest& contest : rules.contests) bound.sums.emplace_back(contest.options.size());

  for (const auto& cell : table.cells) {
    const auto wrong = [&](std::string_view code, const char* what, const std::string& id,
                           const char* advice) {
      refuse(table, cell.line, code,
             std::string("the rules have no ") + what + " \"" + id + "\"" + advice);
    };
    const auto& contest = table.contests[cell.contest];
    if (!units[cell.unit]) {
      wrong("import.unit_unknown", "reporting unit", table.units[cell.unit].id, "");
    } else if (!contests[cell.contest]) {
      wrong("import.contest_unknown", "contest", contest.id,
            "; give it its id in [contest.ids], or leave such rows out with [where]");
    } else if (!methods[cell.method]) {
      wrong("import.method_unknown", "voting method", table.methods[cell.method].id,
            "; give it its id in [method.ids]");
    } else if (cell.column < slot::first_counter && !options[cell.contest][cell.column].id) {
      wrong("import.option_unknown", "option", contest.options[cell.column].id,
            "; give it its id in [option.ids], or name it in figures or skip of [option]");
    } else if (cell.column < slot::first_counter &&
               !options[cell.contest][cell.column].wrong_party.empty()) {
      refuse(table, cell.line, "import.party_differs",
             "\"" + contest.options[cell.column].id + "\" stands for the party \"" +
                 options[cell.contest][cell.column].wrong_party + "\" here, not in the rules");
    } else {
      BoundResults::Row row{.unit = *units[cell.unit],
                            .method = *methods[cell.method],
                            .contest = *contests[cell.contest],
                            .column = cell.column,
                            .withheld = cell.withheld,
                            .value = cell.value};
      if (cell.column < slot::first_counter) {
        row.column = static_cast<std::uint16_t>(options[cell.contest][cell.column].id->value);
        bound.sums[row.contest.value][row.column] += row.value;
      }
      bound.rows.push_back(row);
    }
  }
  std::sort(bound.rows.begin(), bound.rows.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.unit, a.method, a.contest, a.column) <
           std::tuple(b.unit, b.method, b.contest, b.column);
  });
  settle_faults(table);
  return bound;
}

namespace {

using Row = BoundResults::Row;

Hash keyed(ByteView secret, std::string_view text) {
  check(secret.size() == 32, "an import's secret has 32 bytes");
  Bytes bytes(secret.begin(), secret.end());
  ByteWriter(bytes).raw(text);
  return sha256(bytes);
}

std::uint64_t seed_of(ByteView secret, std::string_view text) {
  const Hash hash = keyed(secret, text);
  std::uint64_t seed;
  std::memcpy(&seed, hash.data(), sizeof(seed));
  return seed;
}

// The rows cut by unit, in the order in which the units come in: one that has few votes to count
// is rather early, and each works at its own pace.
std::vector<std::span<const Row>> by_arrival(const BoundResults& results, std::uint64_t seed) {
  struct Arrival {
    double time;
    std::span<const Row> rows;
  };
  std::vector<Arrival> arrivals;
  const std::span<const Row> rows = results.rows;
  for (std::size_t from = 0, to = 0; from < rows.size(); from = to) {
    std::uint64_t votes = 0;
    for (to = from; to < rows.size() && rows[to].unit == rows[from].unit; ++to) {
      if (rows[to].column < slot::first_counter) votes += rows[to].value;
    }
    const double pace = 0.5 + SeededRandom(seed, rows[from].unit.value).unit();
    arrivals.push_back({static_cast<double>(votes) * pace, rows.subspan(from, to - from)});
  }
  std::sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) {
    return std::pair(a.time, a.rows.front().unit) < std::pair(b.time, b.rows.front().unit);
  });
  std::vector<std::span<const Row>> ordered;
  for (const Arrival& arrival : arrivals) ordered.push_back(arrival.rows);
  return ordered;
}

// That the rules count everything in `results` from this kind of entry.
Result<void> check_counted_from(const BoundResults& results, const Rules& rules, CountedFrom from) {
  for (const Row& row : results.rows) {
    if (rules.counted_from(row.contest, row.method, from)) continue;
    const bool ballots = from == CountedFrom::ballots;
    return fail(Remedy::reject, "import.counted_from",
                "the rules count " + rules.contest(row.contest).id + " by " +
                    rules.methods.at(row.method.value).id + " from " +
                    (ballots ? "result sheets: import without --synthesise-ballots"
                             : "ballots: import with --synthesise-ballots, or change counted_from "
                               "in the rules"));
  }
  return {};
}

}  // namespace

Result<std::uint64_t> write_sheets(const BoundResults& results, const Rules& rules,
                                   const CountId& count, ByteView secret, const Portion& portion,
                                   const EntrySink& sink) {
  if (const auto good = check_counted_from(results, rules, CountedFrom::sheets); !good) {
    return std::unexpected(good.error());
  }
  std::uint64_t number = 0;
  for (const auto rows : by_arrival(results, seed_of(secret, "order"))) {
    for (std::size_t from = 0, to = 0; from < rows.size(); from = to) {
      Entry entry;
      Sheet& sheet = entry.body.emplace<Sheet>();
      sheet.unit = rows[from].unit;
      sheet.method = rows[from].method;
      sheet.contest = rows[from].contest;
      for (to = from;
           to < rows.size() && rows[to].method == sheet.method && rows[to].contest == sheet.contest;
           ++to) {
        const Row& row = rows[to];
        const Figure figure = row.withheld ? Figure::withheld() : Figure::of(row.value);
        switch (row.column) {
          case slot::cards:
            sheet.cards = figure;
            break;
          case slot::undervotes:
            sheet.undervotes = figure;
            break;
          case slot::overvotes:
            sheet.overvotes = figure;
            break;
          case slot::blank:
            sheet.blank = figure;
            break;
          case slot::invalid:
            sheet.invalid = figure;
            break;
          case slot::write_ins:
            sheet.write_ins = figure;
            break;
          case slot::registered:
            sheet.registered = figure;
            break;
          default:
            sheet.votes.emplace_back(OptionId{row.column}, figure);
        }
      }
      entry.id = sheet_id(sheet);
      if (number >= portion.skip && number - portion.skip < portion.take) {
        const auto sent = sink(encode(entry, count));
        if (!sent) return std::unexpected(sent.error());
      }
      ++number;
    }
  }
  return number;
}

Result<std::uint64_t> write_ballots(const BoundResults& results, const Rules& rules,
                                    const CountId& count, ByteView secret, const Portion& portion,
                                    const EntrySink& sink) {
  const auto unsupported = [](std::string what) {
    return fail(Remedy::reject, "import.synthesise_unsupported",
                what +
                    "; only a vote-for-one contest that is alone on its ballot can be turned "
                    "into ballots, the rest into result sheets");
  };
  if (results.rows.empty()) return 0;
  if (const auto good = check_counted_from(results, rules, CountedFrom::ballots); !good) {
    return std::unexpected(good.error());
  }
  const ContestId contest = results.rows.front().contest;
  const Contest& about = rules.contest(contest);
  if (about.kind != ContestKind::plurality || about.votes_allowed != 1) {
    return unsupported(about.id + " is not vote-for-one");
  }
  std::optional<StyleId> style;
  for (std::uint32_t i = 0; i < rules.styles.size() && !style; ++i) {
    const Style& candidate = rules.styles[i];
    if (candidate.cards.size() == 1 && candidate.cards[0].contests.size() == 1 &&
        candidate.cards[0].contests[0] == contest) {
      style = StyleId{i};
    }
  }
  if (!style) return unsupported("no ballot style holds " + about.id + " and nothing else");
  for (const Row& row : results.rows) {
    if (row.contest != contest) {
      return unsupported("the results are of " + about.id + " and " +
                         rules.contest(row.contest).id);
    }
    // Figures of the whole unit say nothing about a single ballot.
    if (row.column == slot::cards || row.column == slot::registered) continue;
    if (row.column >= slot::first_counter) {
      return unsupported("the results have " + std::string(slot::name(row.column)));
    }
    if (row.withheld) return unsupported("the results have figures that are withheld");
  }

  // Of each row: where its ballots begin in the order of arrival, the bytes that they share, and
  // the key of their ids.
  struct Source {
    std::uint64_t end = 0;
    Bytes bytes;
    Hash key{};
  };
  std::vector<Source> sources;
  std::uint64_t total = 0;
  for (const auto rows : by_arrival(results, seed_of(secret, "order"))) {
    for (const Row& row : rows) {
      if (row.value == 0 || row.column >= slot::first_counter) continue;
      Selection selection;
      selection.contest = contest;
      selection.marks = {OptionId{row.column}};
      const Entry entry{
          .id = {},
          .body = Ballot{
              .unit = row.unit, .style = *style, .method = row.method, .selections = {selection}}};
      total += row.value;
      sources.push_back({total, encode(entry, count),
                         keyed(secret, "ballot|" + about.id + "|" + rules.units[row.unit.value].id +
                                           "|" + rules.methods[row.method.value].id + "|" +
                                           about.options[row.column].id)});
    }
  }

  // A window of the order is filled and shuffled in itself: it is some hundred units wide.
  constexpr std::uint64_t window_ballots = 1 << 17;
  constexpr std::size_t id_at = entry_head_bytes - sizeof(EntryId::bytes);
  struct BallotOfSource {
    std::uint32_t source;
    std::uint64_t number;
  };
  std::vector<BallotOfSource> window;
  const std::uint64_t seed = seed_of(secret, "window");
  const std::uint64_t stop =
      portion.take < total - std::min(total, portion.skip) ? portion.skip + portion.take : total;
  for (std::uint64_t begin = portion.skip / window_ballots * window_ballots; begin < stop;
       begin += window_ballots) {
    const std::uint64_t end = std::min(begin + window_ballots, total);
    window.clear();
    auto source = static_cast<std::size_t>(
        std::upper_bound(sources.begin(), sources.end(), begin,
                         [](std::uint64_t at, const Source& each) { return at < each.end; }) -
        sources.begin());
    for (std::uint64_t at = begin; at < end; ++at) {
      if (at == sources[source].end) ++source;
      window.push_back({static_cast<std::uint32_t>(source), sources[source].end - at});
    }
    SeededRandom(seed, begin).shuffle(std::span(window));
    for (std::uint64_t at = std::max(begin, portion.skip); at < std::min(end, stop); ++at) {
      const BallotOfSource& place = window[at - begin];
      Source& from = sources[place.source];
      std::array<char, 8> number;
      std::memcpy(number.data(), &place.number, sizeof(place.number));
      const EntryId id = derived_id(from.key, std::string_view(number.data(), number.size()));
      std::copy(id.bytes.begin(), id.bytes.end(), from.bytes.begin() + id_at);
      const auto sent = sink(from.bytes);
      if (!sent) return std::unexpected(sent.error());
    }
  }
  return total;
}

Result<Bytes> import_secret(const std::string& home) {
  const std::string path = home + "/import.key";
  const auto trouble = [&] {
    return fail(Remedy::stop, "import.key", path + ": " + std::strerror(errno));
  };
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (const int in = ::open(path.c_str(), O_RDONLY | O_CLOEXEC); in >= 0) {
      Bytes secret(33);
      const ssize_t got = ::read(in, secret.data(), secret.size());
      ::close(in);
      if (got != 32) {
        return fail(Remedy::stop, "import.key", path + ": must hold 32 bytes; restore it");
      }
      secret.resize(32);
      return secret;
    }
    if (errno != ENOENT) return trouble();
    // Made under another name and linked, so that nobody ever reads half a secret and of two that
    // begin at once both use the first.
    std::string fresh = path + ".XXXXXX";
    const int out = mkostemp(fresh.data(), O_CLOEXEC);  // 0600
    if (out < 0) return trouble();
    std::array<std::uint8_t, 32> secret;
    const bool written = getrandom(secret.data(), secret.size(), 0) == 32 &&
                         ::write(out, secret.data(), secret.size()) == 32 && ::fsync(out) == 0;
    const bool linked = written && (::link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int why = errno;
    ::close(out);
    ::unlink(fresh.c_str());
    errno = why;
    if (!linked) return trouble();
  }
  return fail(Remedy::stop, "import.key", path + ": cannot be read after it was made");
}

}  // namespace teller
