// Where the voters' roll of a count is (voters/voters_roll.h), for commands of the roll and for those that look at it beside
// other things.
#pragma once

#include <optional>
#include <vector>

#include "base/error.h"
#include "checks/check_count.h"
#include "cli/open.h"
#include "home/home.h"
#include "settings/config.h"
#include "voters/voters_roll.h"

namespace teller::cli {

// `config`: of a count on servers. Errors: reject config.invalid.
[[nodiscard]] Result<VotersPlace> voters_place(const HomeFolder& home,
                                               const std::optional<Config>& config);
// The same, of a count that may have no roll: nothing then. On servers any account (`asks_as`) may ask whether there is one; who
// reads it does so as the registrar's. Errors: also those of PostgreSQL.
[[nodiscard]] Result<std::optional<VotersPlace>> place_of_roll(const HomeFolder& home,
                                                               const std::optional<Config>& config,
                                                               std::string_view asks_as);
// What the roll says of each unit; empty: the count has none. Errors: those of VotersRoll.
[[nodiscard]] Result<std::vector<UnitVoters>> read_unit_voters(const Opened& opened);

}  // namespace teller::cli
