// Figures, and the head they are as of, as JSON, in one shape wherever they go: `teller totals --format json`, GET
// /v1/totals, options.json, Elasticsearch.
//
// Of a figure: its value (null unless it is a number or partial), `how` (to_text(FigureState)), and
// unless it is a number also `withheld_in`, `unknown_in` and `of`, in reports of units. A share
// stands beside it as `share` with `share_of` ("all", or "known" where parts are missing); both are
// left out where no share may be shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "publish/figures.h"
#include "publish/sink.h"

namespace teller {

enum class FiguresBy : std::uint8_t { option, party, candidate, unit };
[[nodiscard]] std::string_view to_text(FiguresBy by);

// Sets `name`, "how" and what belongs to them; "share" too where there is one.
void put_figure(nlohmann::ordered_json& object, const char* name, const TotalFigure& figure);
void put_share(nlohmann::ordered_json& object, const std::optional<Share>& share);

// Everything that is said of a contest: votes, reporting units, counters, and last the lines as
// "by_option" and so on, in their order. "by_unit" is left empty: there may be millions of them.
[[nodiscard]] nlohmann::ordered_json contest_json(const Rules& rules, ContestId contest,
                                                  const ContestFigures& figures, FiguresBy by);

// The lines of "by_unit" that are of one unit: `figures` are its own (ContestFigures::in).
[[nodiscard]] nlohmann::ordered_json unit_json(const Rules& rules, ContestId contest,
                                               const ContestFigures& figures, UnitId unit);

// The names of the parties of an option, with ", " between them.
[[nodiscard]] std::string party_names(const Rules& rules, const Option& option);

// The counters of a contest that something is known of, in their order; cards are always there.
[[nodiscard]] std::vector<std::pair<std::string_view, TotalFigure>> counters_of(
    const ContestFigures& figures);

// What readers are told of a count as of one commit, but for its figures.
[[nodiscard]] nlohmann::ordered_json head_json(const Publication& publication, const Rules& rules,
                                               const CountFile& count,
                                               std::uint64_t statements_before);

// Said of ranked contests wherever their votes are shown.
inline constexpr std::string_view first_preferences_only =
    "First preferences; rounds are not counted here";

}  // namespace teller
