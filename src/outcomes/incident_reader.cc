#include "outcomes/incident_reader.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "count/sheets.h"
#include "election/sheet_act.h"
#include "journal/record.h"
#include "log/merkle.h"

namespace teller {
namespace {

// As much of the journal as is read ahead: incidents often stand close together.
constexpr std::size_t read_bytes = std::size_t{256} << 10;
// Figures that differ are named up to here; a city's contest may have a hundred.
constexpr std::size_t figures_named_max = 12;

std::string_view kind_of(ByteView entry) {
  if (entry.size() < 2) return "";
  switch (static_cast<EntryKind>(entry[1])) {
    case EntryKind::ballot:
      return "ballot";
    case EntryKind::sheet:
      return "sheet";
    case EntryKind::check_in:
      return "check-in";
    case EntryKind::control:
      return "control";
  }
  return "";
}

std::string to_text(const Figure& figure) {
  if (figure.is_number()) return fmt::format("{}", figure.raw);
  return figure.is_withheld() ? "withheld" : "unknown";
}

// The figures of a sheet by name: options in the order of the rules, then the rest.
std::vector<std::pair<std::string, Figure>> figures_of(const Sheet& sheet, const Rules& rules) {
  std::vector<std::pair<std::string, Figure>> figures;
  const Contest& contest = rules.contest(sheet.contest);
  for (const Option& option : contest.options) figures.emplace_back(option.id, Figure{});
  for (const auto& [option, figure] : sheet.votes) figures[option.value].second = figure;
  for (const auto& [column, member] : sheet_counters) {
    figures.emplace_back(slot::name(column), sheet.*member);
  }
  return figures;
}

std::string act_of(const Sheet& sheet) {
  return sheet.reason.empty() ? std::string(to_text(sheet.act))
                              : fmt::format("{} ({})", to_text(sheet.act), sheet.reason);
}

// "counted Ada 120, Ben 80; sent Ada 150, Ben 75": what differs.
std::string compare(const Sheet& counted, const Sheet& sent, const Rules& rules) {
  const auto before = figures_of(counted, rules), after = figures_of(sent, rules);
  std::string left, right;
  std::size_t differ = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].second == after[i].second || ++differ > figures_named_max) continue;
    const std::string_view comma = differ > 1 ? ", " : "";
    left += fmt::format("{}{} {}", comma, before[i].first, to_text(before[i].second));
    right += fmt::format("{}{} {}", comma, after[i].first, to_text(after[i].second));
  }
  if (differ == 0) {
    return fmt::format("the same figures, counted as {}, sent as {}", act_of(counted),
                       act_of(sent));
  }
  // Which has no figures.
  if (counted.act == Sheet::Act::withdrawal) left = act_of(counted);
  if (sent.act == Sheet::Act::withdrawal) right = act_of(sent);
  std::string said = fmt::format("counted {}; sent {}", left, right);
  if (differ > figures_named_max) {
    said += fmt::format("; and {} more figures differ", differ - figures_named_max);
  }
  return said;
}

std::string words_of(const ToldIncident& told, const Rules& rules) {
  const std::string what =
      told.kind == "sheet" && !told.unit.empty()
          ? fmt::format("{}, {}, {}, version {}", told.unit, told.method, told.contest,
                        told.version)
      : told.kind == "ballot"
          ? fmt::format("a ballot{}{}", told.unit.empty() ? "" : " of " + told.unit,
                        told.id.empty() ? "" : ", id " + told.id)
      : told.kind.empty() ? std::string("something that is no entry")
                          : "a " + told.kind;
  if (told.outcome == Outcome::rejected) {
    return fmt::format("{}: {}: {}", what, code_of(told.reason).text(), sentence_of(told.reason));
  }
  if (!told.sent || !told.counted) {
    return what + ": another entry with this id was counted before it";
  }
  return fmt::format(
      "{}: {}. A new version brings it in: \"version\": {}, or the next that is free", what,
      compare(*told.counted, *told.sent, rules), told.version + 1);
}

nlohmann::ordered_json figures_json(const Sheet& sheet, const Rules& rules) {
  const auto value = [](const Figure& figure) -> nlohmann::ordered_json {
    if (figure.is_number()) return figure.raw;
    return to_text(figure);
  };
  nlohmann::ordered_json votes = nlohmann::ordered_json::object(), json;
  const std::size_t options = rules.contest(sheet.contest).options.size();
  std::size_t at = 0;
  for (const auto& [name, figure] : figures_of(sheet, rules)) {
    if (!figure.is_unknown()) (at < options ? votes : json)[name] = value(figure);
    ++at;
  }
  json["votes"] = std::move(votes);
  json["act"] = to_text(sheet.act);
  json["reason"] = sheet.reason;
  return json;
}

}  // namespace

// What the journal says of each: rows of one record, or of records that stand together, are read
// at once.
Result<void> IncidentReader::read_sent(std::span<const IncidentRow> rows, ToldTo to,
                                       std::vector<ToldIncident>& told) {
  std::map<EntryPlace, std::size_t> by_place;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Incident& incident = rows[i].incident;
    ToldIncident& one = told[i];
    one.place = {rows[i].partition, incident.position, incident.index};
    one.outcome = incident.outcome;
    one.reason = incident.reason;
    by_place[one.place] = i;
  }
  std::vector<JournalRecord> ahead;
  std::uint16_t ahead_of = 0;
  Entry entry;
  for (auto it = by_place.begin(); it != by_place.end();) {
    const auto [partition, position, first] = it->first;
    const std::string where = fmt::format("record {} of partition {}", position, partition);
    const auto is_it = [&](const JournalRecord& record) { return record.position == position; };
    auto record = std::ranges::find_if(ahead, is_it);
    if (record == ahead.end() || ahead_of != partition) {
      auto read = journal_->read(partition, position, read_bytes);
      if (!read) return std::unexpected(read.error());
      ahead = std::move(*read);
      ahead_of = partition;
      record = std::ranges::find_if(ahead, is_it);
      if (record == ahead.end()) {
        return fail(Remedy::stop, "journal.gap", where + ", which was counted, is gone");
      }
    }
    auto reader = RecordReader::open(record->bytes, definition_.count->id, partition);
    if (!reader) return std::unexpected(during(where, reader.error()));
    std::uint32_t index = 0;
    for (auto item = reader->next(); item && it != by_place.end(); item = reader->next(), ++index) {
      if (it->first != EntryPlace{partition, position, index}) continue;
      ToldIncident& one = told[it->second];
      if (leaf_hash(item->entry) != rows[it->second].incident.leaf) {
        return fail(Remedy::stop, "journal.corrupt",
                    fmt::format("{}: entry {} is another one than was counted", where, index));
      }
      ++it;
      one.number = item->envelope.number;
      one.kind = kind_of(item->entry);
      const bool well = !decode(item->entry, *definition_.rules, definition_.count->id, entry);
      const Rules& rules = *definition_.rules;
      if ((one.kind == "ballot" || one.kind == "control") && to == ToldTo::sender) {
        if (const auto id = id_of(item->entry)) one.id = to_text(*id);
      }
      if (!well) continue;
      if (const auto* ballot = std::get_if<Ballot>(&entry.body)) {
        one.unit = rules.units.at(ballot->unit.value).id;
      }
      if (const auto* sheet = std::get_if<Sheet>(&entry.body)) {
        one.unit = rules.units.at(sheet->unit.value).id;
        one.method = rules.methods.at(sheet->method.value).id;
        one.contest = rules.contest(sheet->contest).id;
        one.version = sheet->version;
        one.sent = *sheet;
      }
    }
    if (it != by_place.end() && it->first.partition == partition &&
        it->first.position == position) {
      return fail(Remedy::stop, "journal.corrupt", where + " has fewer entries than it had");
    }
  }
  return {};
}

Result<void> IncidentReader::find_counted(std::span<const IncidentRow> rows,
                                          std::vector<ToldIncident>& told) {
  std::map<std::uint16_t, std::set<LeafBegin>> wanted;
  const auto wants = [&](std::size_t i) {
    return told[i].outcome == Outcome::conflict && told[i].sent.has_value();
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (wants(i)) wanted[rows[i].partition].insert(rows[i].incident.counted);
  }
  for (const auto& [partition, leaves] : wanted) {
    const auto found = sheets_.find(partition, leaves);
    if (!found) return std::unexpected(found.error());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].partition != partition || !wants(i)) continue;
      const auto sheet = found->find(rows[i].incident.counted);
      if (sheet != found->end()) told[i].counted = sheet->second;
    }
  }
  return {};
}

Result<std::vector<ToldIncident>> IncidentReader::tell(std::span<const IncidentRow> rows,
                                                       ToldTo to) {
  std::vector<ToldIncident> told(rows.size());
  if (auto read = read_sent(rows, to, told); !read) return std::unexpected(read.error());
  if (auto found = find_counted(rows, told); !found) return std::unexpected(found.error());
  for (ToldIncident& one : told) one.words = words_of(one, *definition_.rules);
  return told;
}

std::string to_json(const ToldIncident& told, const Rules& rules) {
  nlohmann::ordered_json json{{"partition", told.place.partition},
                              {"position", told.place.position},
                              {"index", told.place.index},
                              {"number", told.number},
                              {"outcome", teller::to_text(told.outcome)},
                              {"code", code_of(told.reason).text()},
                              {"kind", told.kind}};
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
  };
  add("id", told.id);
  add("unit", told.unit);
  add("method", told.method);
  add("contest", told.contest);
  if (told.version > 0) json["version"] = told.version;
  if (told.counted) json["counted"] = figures_json(*told.counted, rules);
  if (told.sent) json["sent"] = figures_json(*told.sent, rules);
  json["words"] = told.words;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace teller
