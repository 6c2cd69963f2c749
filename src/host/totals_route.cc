#include "host/totals_route.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "deliver/unit_meant.h"
#include "host/as_of.h"
#include "host/earlier_totals.h"
#include "host/recent_totals.h"
#include "http/query.h"
#include "publish/figure_json.h"
#include "publish/figures.h"

namespace teller {
namespace {

// What by=unit lists at most, over all contests: each is a line for each of their options.
constexpr std::size_t units_listed_max = 20'000;

struct Asked {
  std::optional<ContestId> contest;
  FigureScope scope;
  FiguresBy by = FiguresBy::option;
  std::optional<std::uint64_t> as_of;  // A commit; neither: the last one.
  std::optional<std::int64_t> at_us;   // Or a time, in microseconds since 1970.
};

std::unexpected<Error> unknown(Code code, std::string detail) {
  return fail(Remedy::reject, code, std::move(detail));
}

Result<void> read_as_of(std::string_view text, Asked& asked) {
  std::uint64_t commit = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), commit);
  if (wrong == std::errc() && end == text.data() + text.size()) {
    asked.as_of = commit;
    return {};
  }
  asked.at_us = parse_time(text);
  if (asked.at_us) return {};
  return unknown("http.query_invalid",
                 "as_of is the number of a commit, as answers have it, or a time, as "
                 "2026-05-03T20:15:00Z");
}

// Errors: reject http.query_invalid, entry.contest.unknown, entry.method.unknown, delivery.none.
Result<Asked> asked_of(const HttpRequest& request, const Rules& rules) {
  const auto query = parse_query(request.query, {"contest", "unit", "method", "by", "as_of"});
  if (!query) return std::unexpected(query.error());
  Asked asked;
  if (const std::string id = value_of(*query, "contest"); query->contains("contest")) {
    asked.contest = rules.find_contest(id);
    if (!asked.contest) {
      return unknown("entry.contest.unknown", "no contest has this id; /v1/rules lists them");
    }
  }
  if (query->contains("unit")) {
    const auto unit = unit_meant(rules, value_of(*query, "unit"));
    if (!unit) return std::unexpected(unit.error());
    asked.scope.under = *unit;
  }
  if (const std::string id = value_of(*query, "method"); query->contains("method")) {
    asked.scope.method = rules.find_method(id);
    if (!asked.scope.method) {
      return unknown("entry.method.unknown", "no voting method has this id; /v1/rules lists them");
    }
  }
  if (const std::string name = value_of(*query, "by"); query->contains("by")) {
    constexpr std::array all{FiguresBy::option, FiguresBy::party, FiguresBy::candidate,
                             FiguresBy::unit};
    const auto* const by =
        std::ranges::find_if(all, [&](FiguresBy one) { return to_text(one) == name; });
    if (by == all.end()) {
      return unknown("http.query_invalid", "by is option, party, candidate or unit");
    }
    asked.by = *by;
  }
  if (query->contains("as_of")) {
    const auto read = read_as_of(value_of(*query, "as_of"), asked);
    if (!read) return std::unexpected(read.error());
  }
  return asked;
}

// The contests that are asked for. By unit there may be millions of lines: then it says which part of
// them to ask for.
Result<nlohmann::ordered_json> contests_of(const Rules& rules, const Snapshot& snapshot,
                                           const Asked& asked) {
  nlohmann::ordered_json contests = nlohmann::ordered_json::array();
  const auto rows = rows_by_contest(rules, snapshot.totals);
  std::size_t listed = 0;
  for (std::uint32_t c = 0; c < rows.size(); ++c) {
    if (asked.contest && asked.contest->value != c) continue;
    const ContestFigures figures = ContestFigures(rules, {c}, rows[c]).within(asked.scope);
    auto json = contest_json(rules, {c}, figures, asked.by);
    if (asked.by == FiguresBy::unit) {
      const auto units = figures.units_heard();
      listed += units.size();
      if (listed > units_listed_max) {
        return unknown("http.query_invalid",
                       fmt::format("more than {} units; name a contest, or a unit above fewer of "
                                   "them, or read totals.csv of the published files",
                                   units_listed_max));
      }
      for (const UnitId unit : units) {
        for (auto& line : unit_json(rules, {c}, figures.in(unit), unit)) {
          json["by_unit"].push_back(std::move(line));
        }
      }
    }
    contests.push_back(std::move(json));
  }
  return contests;
}

void answer_asked(const Definition& definition, const Snapshot& snapshot, const Asked& asked,
                  const HttpResponder& responder) {
  const Rules& rules = *definition.rules;
  auto json = as_of(definition, snapshot.head);
  if (asked.scope.under) json["unit"] = rules.units.at(asked.scope.under->value).id;
  if (asked.scope.method) json["method"] = rules.methods.at(asked.scope.method->value).id;
  auto contests = contests_of(rules, snapshot, asked);
  if (!contests) {
    responder.send(error_response(400, contests.error().code, contests.error().detail));
    return;
  }
  json["contests"] = *std::move(contests);
  responder.send(compressible(response_as_of(json, snapshot.head)));
}

// Where those of a moment ago are not these, of what was kept.
Result<std::shared_ptr<const Snapshot>> as_of_commit(RecentTotals& recent,
                                                     const EarlierTotals* earlier,
                                                     std::uint64_t commit) {
  auto told = recent.as_of(commit);
  if (told || earlier == nullptr || told.error().code != Code("http.query_invalid")) return told;
  auto kept = earlier->as_of(commit);
  if (!kept || *kept != nullptr) return kept;
  const auto all = earlier->list();
  if (!all) return std::unexpected(all.error());
  const auto next = std::ranges::lower_bound(*all, commit, {}, &EarlierTotals::Kept::commit);
  std::vector<std::uint64_t> near;
  if (next != all->begin()) near.push_back((next - 1)->commit);
  if (next != all->end()) near.push_back(next->commit);
  return fail(Remedy::reject, "http.query_invalid",
              fmt::format("{}; of earlier hours there are {}{}", told.error().detail,
                          near.empty() ? "none" : "those of commit ", fmt::join(near, " and ")));
}

// What stood at a time: the last that was kept until then.
Result<std::shared_ptr<const Snapshot>> as_of_time(RecentTotals& recent,
                                                   const EarlierTotals* earlier,
                                                   std::int64_t at_us) {
  auto now = recent.newest();
  if (!now || (*now)->head.committed_at_us <= at_us) return now;
  std::vector<EarlierTotals::Kept> all;
  if (earlier != nullptr) {
    auto list = earlier->list();
    if (!list) return std::unexpected(list.error());
    all = *std::move(list);
  }
  const auto behind = std::ranges::upper_bound(all, at_us, {}, &EarlierTotals::Kept::at_us);
  if (behind != all.begin()) {
    auto kept = earlier->as_of((behind - 1)->commit);
    if (!kept || *kept != nullptr) return kept;
  }
  return fail(Remedy::reject, "http.query_invalid",
              all.empty()
                  ? std::string("no figures of an earlier time are kept")
                  : "the first figures that are kept are of " + format_utc(all.front().at_us));
}

}  // namespace

void answer_totals(const Definition& definition, CountReader& store, RecentTotals& recent,
                   const EarlierTotals* earlier, const HttpRequest& request,
                   const HttpResponder& responder) {
  const auto asked = asked_of(request, *definition.rules);
  if (!asked) {
    const bool nobody = asked.error().code != Code("http.query_invalid");
    responder.send(error_response(nobody ? 404 : 400, asked.error().code, asked.error().detail));
    return;
  }
  // Without the figures: who may have them already is answered without reading a million rows.
  if (!asked->as_of && !asked->at_us && !request.header("if-none-match").empty()) {
    const auto head = decided(store.totals_since(after_all_commits), *definition.count, store);
    if (head && is_known(request, head->head)) {
      return responder.send(compressible(not_modified(head->head)));
    }
  }
  const auto snapshot = asked->as_of   ? as_of_commit(recent, earlier, *asked->as_of)
                        : asked->at_us ? as_of_time(recent, earlier, *asked->at_us)
                                       : recent.newest();
  if (!snapshot) {
    const Error& error = snapshot.error();
    const bool not_kept = error.code == Code("http.query_invalid");
    responder.send(not_kept ? error_response(400, error.code, error.detail)
                            : busy_response(error.code, error.detail));
    return;
  }
  if (is_known(request, (*snapshot)->head)) {
    return responder.send(compressible(not_modified((*snapshot)->head)));
  }
  answer_asked(definition, **snapshot, *asked, responder);
}

}  // namespace teller
