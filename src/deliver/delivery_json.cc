#include "deliver/delivery_json.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/time.h"
#include "count/sheets.h"
#include "count/step.h"
#include "deliver/plan.h"
#include "deliver/sheet_json.h"
#include "intake/entry_output.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;
using ReadJson = nlohmann::json;  // The other one looks for each name among all before it.

constexpr std::size_t first_line_bytes_max = 64U << 10;
// Of a line about a sheet that is none itself. A tree of it is many times as large.
constexpr std::size_t line_bytes_max = 1U << 20;

std::unexpected<Error> unreadable(std::string why) {
  return fail(Remedy::reject, "delivery.invalid", std::move(why));
}

Json sheet_json(const SheetReport& report, const Rules& rules) {
  const Sheet& sheet = report.sheet;
  Json json = place_json(sheet.unit, sheet.method, sheet.contest, rules);
  json["became"] = to_text(report.became);
  if (report.became == Became::held) {
    json["detail"] = report.detail;
    if (report.not_whole) json["not_whole"] = true;
    json["changes"] = Json::array();
    return json;
  }
  if (report.sheet.version > 0) json["version"] = report.sheet.version;
  const bool left_out = report.became == Became::refused || report.became == Became::waiting;
  if (!report.code.empty()) json["code"] = report.code;
  if (left_out || !report.detail.empty()) json["detail"] = report.detail;
  if (!report.against_cards.empty()) json["against_cards"] = report.against_cards;
  json["changes"] = changes_json(report.before ? &*report.before : nullptr, report.sheet,
                                 rules.contest(report.sheet.contest));
  if (report.before && report.became != Became::withdrawn) {
    json["falls"] = smaller_figures(*report.before, report.sheet);
  }
  return json;
}

// Figures that stand and that the delivery does not mention; null if there are none, or the sheet did not become any of
// these.
Json kept_json(const SheetReport& report, const Rules& rules) {
  const Sheet& sheet = report.sheet;
  if (report.kept.empty() || (!is_sent(report.became) && report.became != Became::unchanged))
    return {};
  Json json = place_json(sheet.unit, sheet.method, sheet.contest, rules);
  json["figures"] = figures_json(report.kept, rules.contest(sheet.contest));
  return json;
}

// Appends the member `name`, a list of what `item` makes of each of `all` (null: nothing).
template <class All, class Item>
void append_list(std::string& text, std::string_view name, const All& all, const Item& item) {
  text += fmt::format(R"(,"{}":[)", name);
  for (std::string_view between; const auto& one : all) {
    const Json json = item(one);
    if (json.is_null()) continue;
    text += between;
    text += json.dump();
    between = ",";
  }
  text += ']';
}

Result<void> read_head(std::string_view line, Delivery& delivery) {
  const ReadJson json = ReadJson::parse(line, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("delivery") ||
      !json["delivery"].is_object()) {
    return unreadable("the first line is no {\"delivery\": {…}}");
  }
  std::string act = "update", figures_at, came_at, incomplete = "hold", elsewhere = "hold";
  const std::map<std::string, std::string*> members{{"source", &delivery.source},
                                                    {"file", &delivery.file},
                                                    {"figures_at", &figures_at},
                                                    {"came_at", &came_at},
                                                    {"act", &act},
                                                    {"incomplete", &incomplete},
                                                    {"elsewhere", &elsewhere},
                                                    {"noted", &delivery.noted},
                                                    {"reason", &delivery.reason}};
  for (const auto& [name, value] : json["delivery"].items()) {
    const auto member = members.find(name);
    if (member == members.end()) {
      return unreadable("the first line has a member that is not known here");
    }
    if (!value.is_string()) return unreadable(fmt::format("{} is a text", name));
    *member->second = value.get<std::string>();
  }
  const auto named = sheet_act_named(act);
  if (!named) return unreadable("act is update, correction or withdrawal");
  delivery.act = *named;
  if (incomplete != "hold" && incomplete != "take") return unreadable("incomplete is hold or take");
  delivery.in_part = incomplete == "take";
  if (elsewhere != "hold" && elsewhere != "take") return unreadable("elsewhere is hold or take");
  delivery.elsewhere = elsewhere == "take";
  for (const auto& [name, text, time] :
       {std::tuple{"figures_at", &figures_at, &delivery.figures_at_us},
        std::tuple{"came_at", &came_at, &delivery.came_at_us}}) {
    if (text->empty()) continue;
    *time = parse_time(*text);
    if (!*time) {
      return unreadable(fmt::format("{} is a time with its zone, as 2026-05-03T21:00:00Z", name));
    }
  }
  return {};
}

constexpr std::string_view held_begin = "{\"held\":";

std::string held_line(const HeldSheet& held, const Rules& rules) {
  const Json place{{"unit", rules.units.at(held.key.unit.value).id},
                   {"method", rules.methods.at(held.key.method.value).id},
                   {"contest", rules.contest(held.key.contest).id},
                   {"why", held.why}};
  // The name comes first, and without a blank: so whoever reads knows the line by how it begins.
  return std::string(held_begin) + place.dump(-1, ' ', false, Json::error_handler_t::replace) +
         "}\n";
}

// Nothing if it is none of this count.
std::optional<HeldSheet> read_held(std::string_view line, const Rules& rules) {
  const ReadJson json = ReadJson::parse(line, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("held") ||
      !json["held"].is_object()) {
    return std::nullopt;
  }
  std::map<std::string, std::string> members;
  for (const auto& [name, value] : json["held"].items()) {
    if (!value.is_string()) return std::nullopt;
    members[name] = value.get<std::string>();
  }
  const auto unit = rules.find_unit(members["unit"]);
  const auto method = rules.find_method(members["method"]);
  const auto contest = rules.find_contest(members["contest"]);
  if (!unit || !method || !contest || members.size() > 4) return std::nullopt;
  return HeldSheet{.key = {.unit = *unit, .method = *method, .contest = *contest},
                   .why = members["why"]};
}

constexpr std::string_view unknown_begin = "{\"unknown\":";

std::string unknown_line(const UnknownFigures& unknown, const Rules& rules) {
  const Contest& contest = rules.contest(unknown.key.contest);
  Json place{{"unit", rules.units.at(unknown.key.unit.value).id},
             {"method", rules.methods.at(unknown.key.method.value).id},
             {"contest", contest.id}};
  for (const std::uint16_t column : unknown.columns) {
    if (column < slot::first_counter) {
      place["options"].push_back(contest.options.at(column).id);
    } else {
      place["figures"].push_back(slot::name(column));
    }
  }
  return std::string(unknown_begin) + place.dump() + "}\n";
}

// Nothing if it is none of this count.
std::optional<UnknownFigures> read_unknown(std::string_view line, const Rules& rules) {
  const ReadJson json = ReadJson::parse(line, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("unknown")) return std::nullopt;
  const ReadJson& place = json["unknown"];
  std::map<std::string, std::string> members;
  std::vector<std::string> options, figures;
  if (!place.is_object()) return std::nullopt;
  for (const auto& [name, value] : place.items()) {
    const bool is_list = name == "options" || name == "figures";
    if (!is_list && value.is_string()) {
      members[name] = value.get<std::string>();
      continue;
    }
    if (!is_list || !value.is_array()) return std::nullopt;
    for (const ReadJson& one : value) {
      if (!one.is_string()) return std::nullopt;
      (name == "options" ? options : figures).push_back(one.get<std::string>());
    }
  }
  const auto unit = rules.find_unit(members["unit"]);
  const auto method = rules.find_method(members["method"]);
  const auto contest = rules.find_contest(members["contest"]);
  if (!unit || !method || !contest || members.size() > 3) return std::nullopt;
  UnknownFigures unknown{.key = {.unit = *unit, .method = *method, .contest = *contest},
                         .columns = {}};
  for (const std::string& id : options) {
    const auto option = rules.find_option(*contest, id);
    if (!option) return std::nullopt;
    unknown.columns.push_back(static_cast<std::uint16_t>(option->value));
  }
  for (const std::string& name : figures) {
    const auto found = std::ranges::find_if(
        sheet_counters, [&](const auto& counter) { return slot::name(counter.first) == name; });
    if (found == sheet_counters.end()) return std::nullopt;
    unknown.columns.push_back(found->first);
  }
  return unknown;
}

constexpr std::string_view cut_begin = "{\"cut\":";

std::string cut_line(const SheetKey& key, const Rules& rules) {
  const Json place{{"unit", rules.units.at(key.unit.value).id},
                   {"method", rules.methods.at(key.method.value).id},
                   {"contest", rules.contest(key.contest).id}};
  return std::string(cut_begin) + place.dump() + "}\n";
}

// Nothing if it is none of this count.
std::optional<SheetKey> read_cut(std::string_view line, const Rules& rules) {
  const ReadJson json = ReadJson::parse(line, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("cut") || !json["cut"].is_object())
    return std::nullopt;
  std::map<std::string, std::string> members;
  for (const auto& [name, value] : json["cut"].items()) {
    if (!value.is_string()) return std::nullopt;
    members[name] = value.get<std::string>();
  }
  const auto unit = rules.find_unit(members["unit"]);
  const auto method = rules.find_method(members["method"]);
  const auto contest = rules.find_contest(members["contest"]);
  if (!unit || !method || !contest || members.size() > 3) return std::nullopt;
  return SheetKey{.unit = *unit, .method = *method, .contest = *contest};
}

UnitId unit_of(const SheetKey& key) { return key.unit; }
UnitId unit_of(const HeldSheet& held) { return held.key.unit; }
UnitId unit_of(const UnknownFigures& unknown) { return unknown.key.unit; }

// Takes the lines of held sheets, of unknown figures and of sheets that were cut off from the front of
// `rest`; `line` is the one that was read last.
void take_front(std::string_view& rest, std::uint64_t& line, const Rules& rules,
                const EntryGate& gate, DeliveryBody& read) {
  const auto take = [&](auto read_one, auto& list, std::string_view what_it_has) {
    if (!read_one) return read.refused.add(line, "delivery.invalid", what_it_has);
    const auto kept_out = gate ? gate(EntryKind::sheet, unit_of(*read_one)) : std::nullopt;
    if (kept_out) return read.refused.add(line, kept_out->code, kept_out->detail);
    list.push_back(std::move(*read_one));
  };
  while (rest.starts_with(held_begin) || rest.starts_with(unknown_begin) ||
         rest.starts_with(cut_begin)) {
    ++line;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view text = rest.substr(0, end);
    if (text.size() > line_bytes_max) {
      read.refused.add(line, "delivery.invalid", "the line is longer than 1 MiB");
    } else if (rest.starts_with(unknown_begin)) {
      take(read_unknown(text, rules), read.delivery.unknown,
           "unknown figures have unit, method and contest of this count, and the options and "
           "figures that are not known");
    } else if (rest.starts_with(cut_begin)) {
      take(read_cut(text, rules), read.delivery.cut,
           "a sheet of a cut line has unit, method and contest of this count");
    } else {
      take(read_held(text, rules), read.delivery.held,
           "a held sheet has unit, method and contest of this count, and why");
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

void RefusedDeliveryLines::add(std::uint64_t line, Code code, std::string_view detail) {
  if (++total <= listed_max) first.push_back({line, std::string(code.text()), std::string(detail)});
}

std::string to_body(const Delivery& delivery, const Definition& definition) {
  Json head{{"source", delivery.source}};
  if (!delivery.file.empty()) head["file"] = delivery.file;
  if (delivery.figures_at_us) head["figures_at"] = format_utc(*delivery.figures_at_us);
  if (delivery.came_at_us) head["came_at"] = format_utc(*delivery.came_at_us);
  head["act"] = to_text(delivery.act);
  if (!delivery.reason.empty()) head["reason"] = delivery.reason;
  if (!delivery.noted.empty()) head["noted"] = delivery.noted;
  if (delivery.in_part) head["incomplete"] = "take";
  if (delivery.elsewhere) head["elsewhere"] = "take";
  std::string body = Json{{"delivery", head}}.dump() + "\n";
  for (const HeldSheet& held : delivery.held) body += held_line(held, *definition.rules);
  for (const UnknownFigures& unknown : delivery.unknown)
    body += unknown_line(unknown, *definition.rules);
  for (const SheetKey& key : delivery.cut) body += cut_line(key, *definition.rules);
  for (Sheet sheet : delivery.sheets) {
    sheet.version = 1;
    sheet.act = Sheet::Act::update;
    sheet.reason.clear();
    body += to_json({sheet_id(sheet), sheet}, *definition.rules, definition.count->id) + "\n";
  }
  return body;
}

Result<DeliveryBody> parse_body(std::string_view body, const Definition& definition,
                                const EntryGate& gate) {
  const std::size_t end = std::min(body.find('\n'), body.size());
  if (end > first_line_bytes_max) return unreadable("the first line is longer than 64 KiB");
  DeliveryBody read;
  if (auto good = read_head(body.substr(0, end), read.delivery); !good) {
    return std::unexpected(good.error());
  }
  std::string_view rest = end == body.size() ? std::string_view() : body.substr(end + 1);
  Entry entry;
  std::uint64_t line = 1;
  take_front(rest, line, *definition.rules, gate, read);
  const std::uint64_t before = line;
  const auto whole = accept_body(
      definition, BodyFormat::ndjson, as_bytes(rest),
      [&](std::uint64_t, const std::expected<Accepted, Refusal>& outcome) {
        ++line;
        if (!outcome) {
          const Refusal& refusal = outcome.error();
          read.refused.add(refusal.line > 0 ? refusal.line + before : line, refusal.code,
                           refusal.detail);
          return;
        }
        const auto reason = decode(outcome->entry, *definition.rules, definition.count->id, entry);
        const auto* sheet = reason ? nullptr : std::get_if<Sheet>(&entry.body);
        if (sheet == nullptr || sheet->version != 1 || sheet->act != Sheet::Act::update) {
          read.refused.add(line, "delivery.invalid",
                           "a delivery holds result sheets, without version and act");
          return;
        }
        read.delivery.sheets.push_back(*sheet);
      },
      gate);
  read.lines = line - 1;
  if (!whole) return unreadable(whole.error().detail);
  return read;
}

std::string report_json(const Delivery& delivery, const DeliveryReport& report,
                        const RefusedDeliveryLines& refused, const Rules& rules) {
  Json json;
  json["delivery"] = report.number;
  if (report.again > 0) json["again"] = report.again;
  json["source"] = delivery.source;
  json["file"] = delivery.file;
  json["act"] = to_text(delivery.act);
  if (!delivery.noted.empty()) {
    json["noted"] = delivery.noted;
    json["noted_new"] = report.noted_is_new;
  }
  if (report.figures_at_us) json["figures_at"] = format_utc(*report.figures_at_us);
  for (const Became became :
       {Became::fresh, Became::updated, Became::corrected, Became::withdrawn, Became::unchanged,
        Became::stale, Became::refused, Became::held, Became::waiting}) {
    json["became"][std::string(to_text(became))] = report.count_of(became);
  }
  std::string text = json.dump();
  text.pop_back();  // Its last brace: the long lists follow one item after the other, as text.
  append_list(text, "sheets", report.sheets, [&](const SheetReport& sheet) {
    return sheet.became == Became::unchanged ? Json() : sheet_json(sheet, rules);
  });
  append_list(text, "missing", report.missing, [&](const Sheet& sheet) {
    return place_json(sheet.unit, sheet.method, sheet.contest, rules);
  });
  append_list(text, "kept", report.sheets,
              [&](const SheetReport& sheet) { return kept_json(sheet, rules); });
  append_list(text, "refused_lines", refused.first, [](const RefusedDeliveryLine& line) {
    return Json{{"line", line.line}, {"code", line.code}, {"detail", line.detail}};
  });
  text += fmt::format(R"(,"refused_total":{},"all_stand":{}}})", refused.total,
                      report.all_stand() && refused.total == 0);
  return text;
}

}  // namespace teller
