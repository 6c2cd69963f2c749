#include "cli/voters_place.h"

#include <string>

#include "base/time.h"
#include "voters/voters_tables_postgres.h"

namespace teller::cli {

Result<VotersPlace> voters_place(const HomeFolder& home, const std::optional<Config>& config) {
  if (!config) return VotersPlace{.home = home.path};
  const auto postgres = need(*config, config->postgres, "postgres");
  if (!postgres) return std::unexpected(postgres.error());
  return VotersPlace{.home = home.path, .conninfo = postgres->conninfo_as(PostgresVoters::account)};
}

Result<std::optional<VotersPlace>> place_of_roll(const HomeFolder& home,
                                                 const std::optional<Config>& config,
                                                 std::string_view asks_as) {
  const auto place = voters_place(home, config);
  if (!place) return std::unexpected(place.error());
  Result<bool> there = VotersRoll::is_in(home.path);
  if (config && config->postgres) {
    there = PostgresVoters::are_in(config->postgres->conninfo_as(asks_as));
  }
  if (!there) return std::unexpected(there.error());
  return *there ? std::optional(*place) : std::nullopt;
}

Result<std::vector<UnitVoters>> read_unit_voters(const Opened& opened) {
  const Home& home = *opened.home;
  std::vector<UnitVoters> units;
  const auto place = place_of_roll(home, opened.config, "teller_publisher");
  if (!place) return std::unexpected(place.error());
  if (!*place) return units;
  const auto voters = VotersRoll::open(**place, home.definition(), VotersRoll::Use::figures);
  if (!voters) {
    Error why = voters.error();
    if ((*place)->on_servers() && why.code == Code("store.unavailable")) {
      why.detail += "; the count has a voters' roll, which " +
                    std::string(PostgresVoters::account) +
                    " alone reads: run this where that account's certificate is";
    }
    return std::unexpected(std::move(why));
  }
  const auto figures = (*voters)->figures(SystemClock());
  if (!figures) return std::unexpected(figures.error());
  for (const VoterTally& tally : figures->by_unit) units.push_back({tally.registered, tally.came});
  return units;
}

}  // namespace teller::cli
