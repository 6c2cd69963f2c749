#include "deliver/delivery_json.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/time.h"
#include "intake/accept.h"
#include "results/entry_output.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t first_line_bytes_max = 64U << 10;

std::unexpected<Error> unreadable(std::string why) {
  return fail(Remedy::reject, "delivery.invalid", std::move(why));
}

// A figure as people and programs read it: a number, "withheld", or null for what is not known.
Json figure_json(Figure figure) {
  if (figure.is_number()) return figure.raw;
  if (figure.is_withheld()) return "withheld";
  return nullptr;
}

// Each figure that is not what it was, with its name.
Json changes_json(const Sheet* before, const Sheet& after, const Contest& contest) {
  std::map<std::uint16_t, std::pair<Figure, Figure>> both;
  if (before != nullptr) {
    for (const auto& [column, figure] : figures_of(*before)) both[column].first = figure;
  }
  for (const auto& [column, figure] : figures_of(after)) both[column].second = figure;
  Json all = Json::array();
  for (const auto& [column, figures] : both) {
    if (figures.first == figures.second) continue;
    Json one;
    if (column < slot::first_counter) {
      one["option"] = contest.options.at(column).id;
      one["name"] = contest.options.at(column).name;
    } else {
      one["figure"] = slot::name(column);
    }
    one["before"] = figure_json(figures.first);
    one["after"] = figure_json(figures.second);
    all.push_back(std::move(one));
  }
  return all;
}

Json place_json(const Sheet& sheet, const Rules& rules) {
  const Unit& unit = rules.units.at(sheet.unit.value);
  const Contest& contest = rules.contest(sheet.contest);
  return {{"unit", unit.id},
          {"unit_name", unit.name},
          {"method", rules.methods.at(sheet.method.value).id},
          {"contest", contest.id},
          {"contest_name", contest.name}};
}

Json sheet_json(const SheetReport& report, const Rules& rules) {
  Json json = place_json(report.sheet, rules);
  json["became"] = to_text(report.became);
  if (report.sheet.version > 0) json["version"] = report.sheet.version;
  if (report.became == Became::refused || report.became == Became::waiting) {
    if (!report.code.empty()) json["code"] = report.code;
    json["detail"] = report.detail;
  }
  json["changes"] = changes_json(report.before ? &*report.before : nullptr, report.sheet,
                                 rules.contest(report.sheet.contest));
  if (report.before && report.became != Became::withdrawn) {
    json["falls"] = falls(*report.before, report.sheet).size();
  }
  return json;
}

Result<void> read_head(std::string_view line, Delivery& delivery) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("delivery") ||
      !json["delivery"].is_object()) {
    return unreadable("the first line is no {\"delivery\": {…}}");
  }
  std::string act = "update", figures_at, came_at;
  const std::map<std::string, std::string*> members{{"source", &delivery.source},
                                                    {"file", &delivery.file},
                                                    {"figures_at", &figures_at},
                                                    {"came_at", &came_at},
                                                    {"act", &act},
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

}  // namespace

std::string to_body(const Delivery& delivery, const Definition& definition) {
  Json head{{"source", delivery.source}};
  if (!delivery.file.empty()) head["file"] = delivery.file;
  if (delivery.figures_at_us) head["figures_at"] = format_utc(*delivery.figures_at_us);
  if (delivery.came_at_us) head["came_at"] = format_utc(*delivery.came_at_us);
  head["act"] = to_text(delivery.act);
  if (!delivery.reason.empty()) head["reason"] = delivery.reason;
  std::string body = Json{{"delivery", head}}.dump() + "\n";
  for (Sheet sheet : delivery.sheets) {
    sheet.version = 1;
    sheet.act = Sheet::Act::update;
    sheet.reason.clear();
    body += to_json({sheet_id(sheet), sheet}, *definition.rules, definition.count->id) + "\n";
  }
  return body;
}

Result<DeliveryBody> parse_body(std::string_view body, const Definition& definition) {
  const std::size_t end = std::min(body.find('\n'), body.size());
  if (end > first_line_bytes_max) return unreadable("the first line is longer than 64 KiB");
  DeliveryBody read;
  if (auto good = read_head(body.substr(0, end), read.delivery); !good) {
    return std::unexpected(good.error());
  }
  const std::string_view rest = end == body.size() ? std::string_view() : body.substr(end + 1);
  Entry entry;
  std::uint64_t line = 1;
  const auto whole = accept_body(
      definition, BodyFormat::ndjson, as_bytes(rest),
      [&](std::uint64_t, std::expected<Accepted, Refusal> outcome) {
        ++line;
        if (!outcome) {
          const Refusal& refusal = outcome.error();
          read.refused.push_back({refusal.line > 0 ? refusal.line + 1 : line,
                                  std::string(refusal.code.text()), refusal.detail});
          return;
        }
        const auto reason = decode(outcome->entry, *definition.rules, definition.count->id, entry);
        const auto* sheet = reason ? nullptr : std::get_if<Sheet>(&entry.body);
        if (sheet == nullptr || sheet->version != 1 || sheet->act != Sheet::Act::update) {
          read.refused.push_back({line, std::string(Code("delivery.invalid").text()),
                                  "a delivery holds result sheets, without version and act"});
          return;
        }
        read.delivery.sheets.push_back(*sheet);
      });
  if (!whole) return unreadable(whole.error().detail);
  return read;
}

Json report_json(const Delivery& delivery, const DeliveryReport& report,
                 const std::vector<RefusedDeliveryLine>& refused, const Rules& rules) {
  Json json;
  json["delivery"] = report.number;
  if (report.again > 0) json["again"] = report.again;
  json["source"] = delivery.source;
  json["file"] = delivery.file;
  json["act"] = to_text(delivery.act);
  if (report.figures_at_us) json["figures_at"] = format_utc(*report.figures_at_us);
  for (const Became became : {Became::fresh, Became::updated, Became::corrected, Became::withdrawn,
                              Became::unchanged, Became::stale, Became::refused, Became::waiting}) {
    json["became"][std::string(to_text(became))] = report.count_of(became);
  }
  json["sheets"] = Json::array();
  for (const SheetReport& sheet : report.sheets) {
    if (sheet.became != Became::unchanged) json["sheets"].push_back(sheet_json(sheet, rules));
  }
  json["missing"] = Json::array();
  for (const Sheet& sheet : report.missing) json["missing"].push_back(place_json(sheet, rules));
  json["refused_lines"] = Json::array();
  for (const RefusedDeliveryLine& line : refused) {
    json["refused_lines"].push_back(
        {{"line", line.line}, {"code", line.code}, {"detail", line.detail}});
  }
  json["all_stand"] = report.all_stand() && refused.empty();
  return json;
}

}  // namespace teller
