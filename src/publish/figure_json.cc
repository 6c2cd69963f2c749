#include "publish/figure_json.h"

#include <array>

#include <nlohmann/json.hpp>

#include "base/time.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

void put_line(Json& item, const FigureLine& line) {
  put_figure(item, "votes", line.votes);
  put_share(item, line.share);
}

Json options_of(const Rules& rules, ContestId contest, const ContestFigures& figures,
                const Unit* unit) {
  Json list = Json::array();
  for (const FigureLine& line : figures.by_option()) {
    const Option& option = rules.contest(contest).options.at(line.slots.front());
    Json item = unit == nullptr ? Json::object() : Json{{"unit", unit->id}};
    item["option"] = option.id;
    item["name"] = option.name;
    item["kind"] = to_text(option.kind);
    item["parties"] = Json::array();
    for (const PartyId party : option.parties) {
      item["parties"].push_back(rules.parties.at(party.value).id);
    }
    put_line(item, line);
    list.push_back(std::move(item));
  }
  return list;
}

Json lines_of(const std::vector<FigureLine>& lines, const char* id) {
  Json list = Json::array();
  for (const FigureLine& line : lines) {
    Json item{{id, line.id}, {"name", line.name}};
    put_line(item, line);
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace

std::string_view to_text(FiguresBy by) {
  constexpr std::array<std::string_view, 4> names{"option", "party", "candidate", "unit"};
  return names.at(static_cast<std::size_t>(by));
}

void put_figure(Json& object, const char* name, const TotalFigure& figure) {
  object[name] = figure.value() ? Json(*figure.value()) : Json();
  object["how"] = to_text(figure.state());
  if (figure.state() == FigureState::number) return;
  object["withheld_in"] = figure.withheld_in;
  object["unknown_in"] = figure.unknown_in;
  object["of"] = figure.of;
}

void put_share(Json& object, const std::optional<Share>& share) {
  if (!share) return;
  object["share"] = share->share;
  object["share_of"] = share->of_known ? "known" : "all";
}

std::vector<std::pair<std::string_view, TotalFigure>> counters_of(const ContestFigures& figures) {
  std::vector<std::pair<std::string_view, TotalFigure>> counters;
  for (std::uint16_t s = slot::first_counter; s <= slot::registered; ++s) {
    const TotalFigure figure = figures.column(s);
    const FigureState state = figure.state();
    const bool nothing = state == FigureState::unknown || state == FigureState::not_reported;
    if (s == slot::cards || !nothing) counters.emplace_back(slot::name(s), figure);
  }
  return counters;
}

Json contest_json(const Rules& rules, ContestId contest, const ContestFigures& figures,
                  FiguresBy by) {
  const Contest& about = rules.contest(contest);
  Json json{{"contest", about.id}, {"name", about.name}};
  if (about.kind == ContestKind::ranked) json["first_preferences"] = true;
  put_figure(json, "votes", figures.votes());
  const auto [units, of] = figures.reporting();
  json["reporting"] = {{"units", units}, {"of", of}};
  json["share_base"] = about.share_base;
  for (const auto& [name, figure] : counters_of(figures)) {
    Json& counter = json["counters"][std::string(name)];
    put_figure(counter, "value", figure);
  }
  Json& list = json["by_" + std::string(to_text(by))];
  switch (by) {
    case FiguresBy::option:
      list = options_of(rules, contest, figures, nullptr);
      break;
    case FiguresBy::party:
      list = lines_of(figures.by_party(), "party");
      break;
    case FiguresBy::candidate:
      list = lines_of(figures.by_candidate(), "candidate");
      break;
    case FiguresBy::unit:
      list = Json::array();
      break;
  }
  return json;
}

Json unit_json(const Rules& rules, ContestId contest, const ContestFigures& figures, UnitId unit) {
  return options_of(rules, contest, figures, &rules.units.at(unit.value));
}

std::string party_names(const Rules& rules, const Option& option) {
  std::string names;
  for (const PartyId party : option.parties) {
    names += (names.empty() ? "" : ", ") + rules.parties.at(party.value).name;
  }
  return names;
}

Json head_json(const Publication& publication, const Rules& rules, const CountFile& count,
               std::uint64_t statements_before) {
  const Snapshot& snapshot = publication.snapshot;
  const Outcomes outcomes = publication.outcomes();
  return {{"count_id", count.id.hex()},
          {"mode", to_text(count.mode)},
          {"label", count.label},
          {"status", snapshot.head.status},
          {"publication", count.publication},
          {"election", rules.election},
          {"date", rules.date},
          {"time_zone", rules.time_zone},
          {"rules_hash", to_hex(count.rules)},
          {"presentation_hash", to_hex(snapshot.presentation)},
          {"commit_number", snapshot.head.commit},
          {"committed_at",
           snapshot.head.commit == 0 ? Json() : Json(format_utc(snapshot.head.committed_at_us))},
          {"counted", outcomes.counted},
          {"duplicate", outcomes.duplicate},
          {"conflict", outcomes.conflict},
          {"rejected", outcomes.rejected},
          {"recorded", outcomes.recorded()},
          {"partitions", count.partitions},
          {"halted", publication.halted()},
          {"statements", publication.statements_after(statements_before)}};
}

}  // namespace teller
