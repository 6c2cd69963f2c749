#include "voters/voters_roll.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/file.h"
#include "voters/voters_tables_postgres.h"
#include "voters/voters_tables_sqlite.h"

namespace teller {
namespace {

constexpr std::int64_t quarter_us = std::int64_t{15} * 60 * 1'000'000;

// The quarter of an hour that a moment is in.
std::int64_t quarter_of(const Clock& clock) { return clock.now_us() / quarter_us; }

std::filesystem::path key_file(const VotersPlace& place) {
  return place.home / VoterKey::file_name;
}

bool has_turnout(const VotersPlace& place) {
  std::error_code ignored;
  return std::filesystem::exists(place.home / VotersRoll::turnout_name, ignored);
}

Result<bool> is_there(const VotersPlace& place) {
  return place.on_servers() ? PostgresVoters::are_in(place.conninfo)
                            : Result<bool>(VotersRoll::is_in(place.home));
}

Result<void> remove_file(const std::filesystem::path& file) {
  std::error_code wrong;
  std::filesystem::remove(file, wrong);
  if (wrong) return fail(Remedy::stop, "file.io", file.string() + ": " + wrong.message());
  return {};
}

}  // namespace

bool VotersRoll::is_in(const std::filesystem::path& home) {
  std::error_code ignored;
  return std::filesystem::exists(home / file_name, ignored);
}

const VoterKey& VotersRoll::key() const {
  check(key_.has_value(), "who asks for voters has opened the roll with its key");
  return *key_;
}

Result<std::unique_ptr<VotersRoll>> VotersRoll::open(const VotersPlace& place,
                                                     Definition definition, Use use) {
  const auto there = is_there(place);
  if (!there) return std::unexpected(there.error());
  if (!*there && has_turnout(place)) {
    return fail(Remedy::reject, "voters.retired", place.home.string() + " had a roll");
  }
  if (!*there) {
    return fail(Remedy::reject, "voters.none",
                place.on_servers() ? "the count's database has none"
                                   : place.home.string() + " has no " + std::string(file_name));
  }
  if (use == Use::figures && place.on_servers()) return open_with(place, definition, std::nullopt);
  const auto key = VoterKey::read(key_file(place));
  if (!key) return std::unexpected(key.error());
  return open_with(place, definition, *key);
}

Result<std::unique_ptr<VotersRoll>> VotersRoll::open_or_make(const VotersPlace& place,
                                                             Definition definition) {
  const auto there = is_there(place);
  if (!there) return std::unexpected(there.error());
  if (*there || has_turnout(place)) return open(place, definition);
  const auto key = VoterKey::read_or_make(key_file(place));
  if (!key) return std::unexpected(key.error());
  const auto made = place.on_servers()
                        ? PostgresVoters::make(place.conninfo, definition, *key)
                        : SqliteVoters::make(place.home / file_name, definition, *key);
  if (!made) return std::unexpected(made.error());
  return open_with(place, definition, *key);
}

Result<std::unique_ptr<VotersRoll>> VotersRoll::open_with(const VotersPlace& place,
                                                          Definition definition,
                                                          std::optional<VoterKey> key) {
  auto tables = place.on_servers() ? PostgresVoters::open(place.conninfo)
                                   : SqliteVoters::open(place.home / file_name);
  if (!tables) return std::unexpected(tables.error());
  std::unique_ptr<VotersRoll> opened(new VotersRoll(definition, key, std::move(*tables)));
  const auto right = opened->tables_->look([&] { return opened->check_about(); });
  if (!right) return std::unexpected(right.error());
  return opened;
}

Result<void> VotersRoll::check_about() {
  const auto about = tables_->about();
  if (!about) return std::unexpected(about.error());
  if (about->version > voters_tables_version) {
    return fail(Remedy::reject, "store.newer",
                fmt::format("the roll's tables are of version {}, this program knows {}",
                            about->version, voters_tables_version));
  }
  if (!(about->count == definition_.count->id) || about->rules != definition_.rules->hash()) {
    return fail(Remedy::reject, "voters.other", "it names another count or other rules");
  }
  if (key_ && about->key_mark != key_->mark()) {
    return fail(Remedy::stop, "voters.key", "voters.key is not the key of this roll");
  }
  return {};
}

Result<void> VotersRoll::retire(const VotersPlace& place, Definition definition,
                                const Clock& clock) {
  const auto there = is_there(place);
  if (!there) return std::unexpected(there.error());
  // Who died between the tables and the key has the turnout already.
  if (!*there) return has_turnout(place) ? remove(place) : Result<void>();
  if (!has_turnout(place)) {
    const auto voters = open(place, definition, Use::figures);
    if (!voters) return std::unexpected(voters.error());
    auto figures = (*voters)->figures(clock);
    if (!figures) return std::unexpected(figures.error());
    figures->closed = true;  // Nobody comes any more.
    const std::string text = to_json(turnout(*figures, *definition.rules), definition);
    if (auto kept = write_file(place.home / turnout_name, as_bytes(text)); !kept) return kept;
  }
  return remove(place);
}

Result<void> VotersRoll::remove(const VotersPlace& place) {
  // The key first: without it nobody can say whose a row is.
  if (auto gone = remove_file(key_file(place)); !gone) return gone;
  if (place.on_servers()) {
    if (auto gone = PostgresVoters::remove(place.conninfo); !gone) return gone;
  } else {
    for (const char* const beside : {"", "-journal"}) {
      if (auto gone = remove_file(place.home / (std::string(file_name) + beside)); !gone) {
        return gone;
      }
    }
  }
  return sync_folder(place.home);
}

Result<void> VotersRoll::must_be_open() {
  const auto about = tables_->about();
  if (!about) return std::unexpected(about.error());
  if (about->closed) return fail(Remedy::reject, "voters.closed", "nobody was checked in");
  return {};
}

Result<VotersTables::Numbers> VotersRoll::numbers_of(const Roll& roll) {
  const auto there = tables_->groups();
  if (!there) return std::unexpected(there.error());
  VotersTables::Numbers numbers;
  for (std::size_t kind = 0; kind < demographics; ++kind) {
    std::vector<std::string> names = there->at(kind);
    numbers.at(kind).push_back(0);
    for (const std::string& name : roll.groups.at(kind)) {
      auto found = std::ranges::find(names.begin() + 1, names.end(), name);
      if (found == names.end()) {
        found = std::ranges::find(names.begin() + 1, names.end(), "");  // The first that is free.
        if (found == names.end()) {
          return fail(Remedy::reject, "voters.not_coarse",
                      fmt::format("with those that are there, \"{}\" has more than {} groups",
                                  demographic_names.at(kind), groups_max));
        }
        *found = name;
        const auto number = static_cast<std::size_t>(found - names.begin());
        if (auto added = tables_->add_group(kind, number, name); !added) {
          return std::unexpected(added.error());
        }
      }
      numbers.at(kind).push_back(static_cast<std::uint8_t>(found - names.begin()));
    }
  }
  return numbers;
}

Result<VotersRoll::Loaded> VotersRoll::load(const Roll& roll,
                                            const std::function<Result<void>(const Loaded&)>& agree,
                                            const VotersTables::Progress& progress) {
  Loaded loaded;
  const auto done = tables_->change(VotersTables::Beside::nobody, [&]() -> Result<void> {
    if (auto open = must_be_open(); !open) return open;
    const auto numbers = numbers_of(roll);
    if (!numbers) return std::unexpected(numbers.error());
    auto put = tables_->put(roll.rows, *numbers, progress);
    if (!put) return std::unexpected(put.error());
    loaded = std::move(*put);
    std::ranges::sort(loaded.came_already);
    return loaded.changes() ? agree(loaded) : Result<void>();
  });
  if (!done) return std::unexpected(done.error());
  return loaded;
}

Result<VotersRoll::Voter> VotersRoll::must_find(const Hash& voter) {
  const auto found = tables_->find(voter);
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Remedy::reject, "voters.unknown", "the roll has no such id");
  return **found;
}

Result<VotersRoll::Voter> VotersRoll::find(std::string_view id) {
  const std::string_view wanted = voter_id(id);
  Result<Voter> voter = fail(Remedy::reject, "voters.unknown", "the roll has no such id");
  if (wanted.empty()) return voter;
  const auto done = tables_->look([&]() -> Result<void> {
    voter = must_find(key().voter(wanted));
    if (!voter) return std::unexpected(voter.error());
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return voter;
}

Error VotersRoll::came_already(const Voter& voter) const {
  const Rules& rules = *definition_.rules;
  const MethodId method = voter.came.value_or(MethodId{});
  return {Remedy::reject, "voters.checked_in",
          fmt::format("checked in at \"{}\", {}", rules.units.at(voter.unit.value).id,
                      rules.methods.at(method.value).name)};
}

Result<VotersRoll::Voter> VotersRoll::come(const Hash& voter, MethodId method,
                                           std::optional<UnitId> at) {
  auto found = must_find(voter);
  if (!found) return found;
  if (found->came) return std::unexpected(came_already(*found));
  if (at && found->unit != *at) {
    const Unit& unit = definition_.rules->units.at(found->unit.value);
    return fail(Remedy::reject, "voters.elsewhere",
                fmt::format("on the roll of \"{}\", {}", unit.id, unit.name));
  }
  const auto first = tables_->come(voter, method);
  if (!first) return std::unexpected(first.error());
  if (*first) {
    found->came = method;
    return found;
  }
  // Another desk was faster by a moment.
  found = must_find(voter);
  if (!found) return found;
  return std::unexpected(came_already(*found));
}

Result<std::vector<Result<VotersRoll::Voter>>> VotersRoll::check_in(
    std::span<const std::string> ids, MethodId method, std::optional<UnitId> at,
    const Clock& clock) {
  if (auto turned = tables_->turn_to(quarter_of(clock)); !turned) {
    return std::unexpected(turned.error());
  }
  // In the order of their hashes: of two desks with the same voters none waits for the other one that waits for it, and
  // nothing says in which order a file has them.
  std::vector<std::pair<Hash, std::size_t>> order;
  std::vector<Result<Voter>> answers(
      ids.size(), fail(Remedy::reject, "voters.unknown", "the roll has no such id"));
  for (std::size_t place = 0; place < ids.size(); ++place) {
    const std::string_view id = voter_id(ids[place]);
    if (!id.empty()) order.emplace_back(key().voter(id), place);
  }
  std::ranges::sort(order);
  const auto done = tables_->change(VotersTables::Beside::check_ins, [&]() -> Result<void> {
    if (auto open = must_be_open(); !open) return open;
    for (const auto& [voter, place] : order) {
      answers[place] = come(voter, method, at);
      if (!answers[place] && answers[place].error().remedy != Remedy::reject) {
        return std::unexpected(answers[place].error());
      }
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return answers;
}

Result<void> VotersRoll::close(const std::function<Result<void>()>& agree) {
  return tables_->change(VotersTables::Beside::nobody, [&]() -> Result<void> {
    if (auto open = must_be_open(); !open) return open;
    if (auto agreed = agree(); !agreed) return agreed;
    return tables_->close();
  });
}

Result<VoterFigures> VotersRoll::figures(const Clock& clock) {
  Result<VoterFigures> figures;
  const auto done = tables_->look([&]() -> Result<void> {
    figures = read_figures(quarter_of(clock));
    if (!figures) return std::unexpected(figures.error());
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return figures;
}

Result<VoterFigures> VotersRoll::read_figures(std::int64_t quarter) {
  VoterFigures figures;
  figures.by_unit.resize(definition_.rules->units.size());
  figures.by_method.resize(definition_.rules->methods.size());
  std::array<std::vector<VoterTally>, demographics> by_group;
  for (auto& groups : by_group) groups.resize(groups_max + 1);
  const auto read = tables_->each_cell([&](const VotersTables::Cell& cell) {
    const auto add = [&](VoterTally& tally) {
      tally.registered += cell.voters;
      tally.came += cell.came ? cell.voters : 0;
    };
    add(figures.all);
    add(figures.by_unit.at(cell.unit.value));
    if (cell.came) figures.by_method.at(cell.came->value) += cell.voters;
    for (std::size_t kind = 0; kind < demographics; ++kind) {
      add(by_group.at(kind).at(cell.groups.at(kind)));
    }
  });
  if (!read) return std::unexpected(read.error());
  const auto about = tables_->about();
  if (!about) return std::unexpected(about.error());
  figures.closed = about->closed;
  figures.let_out = quarter > about->quarter ? figures.all.came : about->let_out;
  const auto names = tables_->groups();
  if (!names) return std::unexpected(names.error());
  for (std::size_t kind = 0; kind < demographics; ++kind) {
    auto& groups = figures.by_group.at(kind);
    for (std::size_t number = 0; number <= groups_max; ++number) {
      const VoterTally& tally = by_group.at(kind).at(number);
      if (tally.registered > 0) groups.push_back({names->at(kind).at(number), tally});
    }
    std::ranges::sort(groups, {}, &VoterFigures::Group::name);
  }
  return figures;
}

}  // namespace teller
