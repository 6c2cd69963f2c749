#include "voters/voters_file.h"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/file.h"
#include "embedded/sql_voters.h"
#include "store/store_sqlite_connection.h"

namespace teller {
namespace {

namespace fs = std::filesystem;
using sqlite::Statement;

constexpr std::int64_t tables_version = 1;
constexpr std::int64_t quarter_us = std::int64_t{15} * 60 * 1'000'000;

// A WAL would hold who came in the order in which they did; what SQLite keeps instead is deleted with each transaction,
// and what is overwritten is overwritten with zeros.
constexpr std::string_view pragmas =
    "pragma journal_mode = delete; pragma synchronous = full; pragma secure_delete = on; "
    "pragma cache_size = -65536";

using Came = std::array<std::uint8_t, 3>;
constexpr Came not_yet{};
Came came_by(MethodId method) {
  return {1, static_cast<std::uint8_t>(method.value >> 8U),
          static_cast<std::uint8_t>(method.value & 0xFFU)};
}
std::optional<MethodId> method_of(const Came& came) {
  if (came[0] == 0) return std::nullopt;
  return MethodId{(std::uint32_t{came[1]} << 8U) | came[2]};
}

// Of a fixed width, so that a growing number moves nothing in the file.
std::string ten_digits(std::uint64_t number) { return fmt::format("{:010}", number); }

// The quarter of an hour that a moment is in.
std::int64_t quarter_of(const Clock& clock) { return clock.now_us() / quarter_us; }

Error closed_already() { return {Remedy::reject, "voters.closed", "nobody was checked in"}; }

}  // namespace

VotersFile::VotersFile(Definition definition, VoterKey key,
                       std::unique_ptr<sqlite::Connection> connection)
    : definition_(definition), key_(key), connection_(std::move(connection)) {}
VotersFile::~VotersFile() = default;

bool VotersFile::is_in(const fs::path& home) {
  std::error_code ignored;
  return fs::exists(home / file_name, ignored);
}

Result<std::unique_ptr<VotersFile>> VotersFile::open(const fs::path& home, Definition definition) {
  std::error_code ignored;
  if (!is_in(home)) {
    if (fs::exists(home / turnout_name, ignored)) {
      return fail(Remedy::reject, "voters.retired", home.string() + " had a roll");
    }
    return fail(Remedy::reject, "voters.none", home.string() + " has no " + std::string(file_name));
  }
  auto key = VoterKey::read(home / VoterKey::file_name);
  if (!key) return std::unexpected(key.error());
  return open_with(home / file_name, definition, *key);
}

Result<std::unique_ptr<VotersFile>> VotersFile::open_or_make(const fs::path& home,
                                                             Definition definition) {
  std::error_code ignored;
  if (is_in(home) || fs::exists(home / turnout_name, ignored)) return open(home, definition);
  auto key = VoterKey::read_or_make(home / VoterKey::file_name);
  if (!key) return std::unexpected(key.error());
  // Made whole under another name: nobody ever finds a file without tables.
  const fs::path file = home / file_name, fresh = home / "voters.sqlite.new";
  fs::remove(fresh, ignored);
  if (auto made = open_file(fresh, O_WRONLY | O_CREAT | O_EXCL, 0600); !made) {
    return std::unexpected(made.error());
  }
  {
    auto connection = sqlite::open_other_file(fresh, pragmas);
    if (!connection) return std::unexpected(connection.error());
    VotersFile made(definition, *key, std::move(*connection));
    if (auto tables = made.make_tables(); !tables) return std::unexpected(tables.error());
  }
  std::error_code wrong;
  fs::rename(fresh, file, wrong);
  if (wrong) return fail(Remedy::stop, "file.io", file.string() + ": " + wrong.message());
  if (auto synced = sync_folder(home); !synced) return std::unexpected(synced.error());
  return open_with(file, definition, *key);
}

Result<void> VotersFile::make_tables() {
  return connection_->writing([&] {
    connection_->run(embedded::sql_voters);
    Statement(connection_->db, "insert into voters_about values (1, ?, ?, ?, ?, 0, 0, ?, ?)")
        .bind(tables_version, definition_.count->id.bytes, definition_.rules->hash(), key_.mark(),
              ten_digits(0), ten_digits(0))
        .run();
  });
}

Result<std::unique_ptr<VotersFile>> VotersFile::open_with(const fs::path& file,
                                                          Definition definition, VoterKey key) {
  auto connection = sqlite::open_other_file(file, pragmas);
  if (!connection) return std::unexpected(connection.error());
  std::unique_ptr<VotersFile> opened(new VotersFile(definition, key, std::move(*connection)));
  if (auto right = opened->check_about(); !right) return std::unexpected(right.error());
  return opened;
}

Result<void> VotersFile::check_about() {
  return connection_->reading([&] {
    Statement about(connection_->db, "select version, count_id, rules, key_mark from voters_about");
    if (!about.step()) throw Error{Remedy::stop, "store.io", "voters_about holds no row"};
    if (about.number(0) > tables_version) {
      throw Error{Remedy::reject, "store.newer",
                  fmt::format("the roll's tables are of version {}, this program knows {}",
                              about.number(0), tables_version)};
    }
    if (about.array<16>(1) != definition_.count->id.bytes ||
        about.array<32>(2) != definition_.rules->hash()) {
      throw Error{Remedy::reject, "voters.other", "it names another count or other rules"};
    }
    if (about.array<32>(3) != key_.mark()) {
      throw Error{Remedy::stop, "voters.key", "voters.key is not the key of this roll"};
    }
  });
}

Result<void> VotersFile::retire(const fs::path& home, Definition definition, const Clock& clock) {
  if (!is_in(home)) return {};
  std::error_code ignored;
  if (!fs::exists(home / turnout_name, ignored)) {
    const auto voters = open(home, definition);
    if (!voters) return std::unexpected(voters.error());
    auto figures = (*voters)->figures(clock);
    if (!figures) return std::unexpected(figures.error());
    figures->closed = true;  // Nobody comes any more.
    const std::string text = to_json(turnout(*figures, *definition.rules), definition);
    if (auto kept = write_file(home / turnout_name, as_bytes(text)); !kept) return kept;
  }
  return remove(home);
}

Result<void> VotersFile::remove(const fs::path& home) {
  // The key first: without it nobody can say whose a row is.
  for (const std::string_view name : {VoterKey::file_name, file_name}) {
    for (const char* const beside : {"", "-journal"}) {
      std::error_code wrong;
      fs::remove(home / (std::string(name) + beside), wrong);
      if (wrong) return fail(Remedy::stop, "file.io", home.string() + ": " + wrong.message());
    }
  }
  return sync_folder(home);
}

void VotersFile::must_be_open() {
  Statement about(connection_->db, "select closed from voters_about");
  about.step();
  if (about.number(0) != 0) throw closed_already();
}

// By the number of a group in the file: its number in the table.
std::array<std::vector<std::uint8_t>, demographics> VotersFile::groups_of(const Roll& roll) {
  std::array<std::vector<std::uint8_t>, demographics> numbers;
  for (std::size_t kind = 0; kind < demographics; ++kind) {
    const std::string_view of = demographic_names.at(kind);
    numbers.at(kind).push_back(0);
    for (const std::string& name : roll.groups.at(kind)) {
      Statement found(connection_->db,
                      "select number from voter_groups where kind = ? and name = ?");
      if (found.bind(of, name).step()) {
        numbers.at(kind).push_back(static_cast<std::uint8_t>(found.number(0)));
        continue;
      }
      Statement last(connection_->db,
                     "select coalesce(max(number), 0) from voter_groups where kind = ?");
      last.bind(of).step();
      const std::int64_t next = last.number(0) + 1;
      if (next > static_cast<std::int64_t>(groups_max)) {
        throw Error{Remedy::reject, "voters.not_coarse",
                    fmt::format("with those that are there, \"{}\" has more than {} groups", of,
                                groups_max)};
      }
      Statement(connection_->db, "insert into voter_groups values (?, ?, ?)")
          .bind(of, next, name)
          .run();
      numbers.at(kind).push_back(static_cast<std::uint8_t>(next));
    }
  }
  return numbers;
}

void VotersFile::put(const Roll& roll, Loaded& loaded,
                     const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const auto numbers = groups_of(roll);
  Statement find(connection_->db, "select unit, style, age, sex, came from voters where voter = ?");
  Statement insert(connection_->db, "insert into voters values (?, ?, ?, ?, ?, ?)");
  Statement change(connection_->db,
                   "update voters set unit = ?, style = ?, age = ?, sex = ? where voter = ?");
  std::uint64_t done = 0;
  for (const RollRow& row : roll.rows) {
    const std::uint8_t age = numbers[0].at(row.groups[0]), sex = numbers[1].at(row.groups[1]);
    if (!find.bind(row.voter).step()) {
      insert.bind(row.voter, row.unit.value, row.style.value, age, sex, not_yet).run();
      ++loaded.added;
    } else if (find.number(0) == row.unit.value && find.number(1) == row.style.value &&
               find.number(2) == age && find.number(3) == sex) {
      ++loaded.same;
    } else if (find.array<3>(4) != not_yet) {
      loaded.came_already.push_back(row.line);
    } else {
      change.bind(row.unit.value, row.style.value, age, sex, row.voter).run();
      ++loaded.changed;
    }
    if (progress) progress(++done, roll.rows.size());
  }
}

Result<VotersFile::Loaded> VotersFile::load(
    const Roll& roll, const std::function<Result<void>(const Loaded&)>& agree,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  return connection_->writing([&] {
    must_be_open();
    Loaded loaded;
    put(roll, loaded, progress);
    Statement all(connection_->db, "select count(*) from voters");
    all.step();
    loaded.absent = all.count(0) - roll.rows.size();
    std::ranges::sort(loaded.came_already);
    if (loaded.changes()) {
      if (auto agreed = agree(loaded); !agreed) throw agreed.error();
    }
    return loaded;
  });
}

VotersFile::Voter VotersFile::must_find(std::string_view id) {
  const std::string_view wanted = voter_id(id);
  Statement find(connection_->db, "select unit, style, came from voters where voter = ?");
  if (wanted.empty() || !find.bind(key_.voter(wanted)).step()) {
    throw Error{Remedy::reject, "voters.unknown", "the roll has no such id"};
  }
  return {UnitId{static_cast<std::uint32_t>(find.number(0))},
          StyleId{static_cast<std::uint32_t>(find.number(1))}, method_of(find.array<3>(2))};
}

Result<VotersFile::Voter> VotersFile::find(std::string_view id) {
  return connection_->reading([&] { return must_find(id); });
}

// With the first one who comes in a new quarter of an hour, those before may be published.
void VotersFile::turn_to(std::int64_t quarter) {
  Statement(connection_->db,
            "update voters_about set quarter = ?, let_out = came where quarter < ?")
      .bind(quarter, quarter)
      .run();
}

Result<std::vector<Result<VotersFile::Voter>>> VotersFile::check_in(
    std::span<const std::string> ids, MethodId method, std::optional<UnitId> at,
    const Clock& clock) {
  const Rules& rules = *definition_.rules;
  return connection_->writing([&] {
    must_be_open();
    std::vector<Result<Voter>> answers;
    Statement come(connection_->db, "update voters set came = ? where voter = ?");
    std::uint64_t came = 0;
    turn_to(quarter_of(clock));
    for (const std::string& id : ids) {
      try {
        Voter voter = must_find(id);
        if (voter.came) {
          throw Error{Remedy::reject, "voters.checked_in",
                      fmt::format("checked in at \"{}\", {}", rules.units.at(voter.unit.value).id,
                                  rules.methods.at(voter.came->value).name)};
        }
        if (at && voter.unit != *at) {
          throw Error{Remedy::reject, "voters.elsewhere",
                      fmt::format("on the roll of \"{}\", {}", rules.units.at(voter.unit.value).id,
                                  rules.units.at(voter.unit.value).name)};
        }
        come.bind(came_by(method), key_.voter(voter_id(id))).run();
        voter.came = method;
        ++came;
        answers.emplace_back(voter);
      } catch (Error& error) {
        if (error.remedy != Remedy::reject) throw;
        answers.emplace_back(std::unexpected(std::move(error)));
      }
    }
    Statement about(connection_->db, "select came from voters_about");
    about.step();
    const std::uint64_t before = std::stoull(about.text(0));
    if (came > 0) {
      Statement(connection_->db, "update voters_about set came = ?")
          .bind(ten_digits(before + came))
          .run();
    }
    return answers;
  });
}

Result<void> VotersFile::close(const std::function<Result<void>()>& agree) {
  return connection_->writing([&] {
    must_be_open();
    if (auto agreed = agree(); !agreed) throw agreed.error();
    connection_->run("update voters_about set closed = 1, let_out = came");
  });
}

Result<VoterFigures> VotersFile::figures(const Clock& clock) {
  const Rules& rules = *definition_.rules;
  return connection_->reading([&] {
    VoterFigures figures;
    figures.by_unit.resize(rules.units.size());
    figures.by_method.resize(rules.methods.size());
    {
      Statement about(connection_->db, "select closed, quarter, came, let_out from voters_about");
      about.step();
      figures.closed = about.number(0) != 0;
      const bool over = quarter_of(clock) > about.number(1);
      figures.let_out = std::stoull(about.text(over ? 2 : 3));
    }
    std::array<std::vector<VoterTally>, demographics> by_group;
    for (auto& groups : by_group) groups.resize(groups_max + 1);
    Statement read(connection_->db,
                   "select unit, age, sex, came, count(*) from voters group by 1, 2, 3, 4");
    while (read.step()) {
      const std::uint64_t voters = read.count(4);
      const auto method = method_of(read.array<3>(3));
      const auto add = [&](VoterTally& tally) {
        tally.registered += voters;
        tally.came += method ? voters : 0;
      };
      add(figures.all);
      add(figures.by_unit.at(static_cast<std::size_t>(read.number(0))));
      if (method) figures.by_method.at(method->value) += voters;
      for (std::size_t kind = 0; kind < demographics; ++kind) {
        add(by_group.at(kind).at(
            static_cast<std::size_t>(read.number(static_cast<int>(kind) + 1))));
      }
    }
    for (std::size_t kind = 0; kind < demographics; ++kind) {
      std::vector<std::string> names(groups_max + 1);
      Statement named(connection_->db, "select number, name from voter_groups where kind = ?");
      named.bind(demographic_names.at(kind));
      while (named.step()) names.at(static_cast<std::size_t>(named.number(0))) = named.text(1);
      for (std::size_t number = 0; number < names.size(); ++number) {
        const VoterTally& tally = by_group.at(kind).at(number);
        if (tally.registered > 0) figures.by_group.at(kind).push_back({names[number], tally});
      }
      std::ranges::sort(figures.by_group.at(kind), {}, &VoterFigures::Group::name);
    }
    return figures;
  });
}

}  // namespace teller
