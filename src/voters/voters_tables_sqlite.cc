#include "voters/voters_tables_sqlite.h"

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

// A WAL would hold who came in the order in which they did; what SQLite keeps instead is deleted with each transaction,
// and what is overwritten is overwritten with zeros.
constexpr std::string_view voters_pragmas =
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

Result<void> make_voters_tables(const fs::path& file, Definition definition, const VoterKey& key) {
  const auto connection = sqlite::open_other_file(file, voters_pragmas);
  if (!connection) return std::unexpected(connection.error());
  return (*connection)->writing([&] {
    (*connection)->run(embedded::sql_voters);
    Statement((*connection)->db, "insert into voters_about values (1, ?, ?, ?, ?, 0, 0, ?, ?)")
        .bind(voters_tables_version, definition.count->id.bytes, definition.rules->hash(),
              key.mark(), ten_digits(0), ten_digits(0))
        .run();
  });
}

}  // namespace

SqliteVoters::SqliteVoters(std::unique_ptr<sqlite::Connection> connection)
    : connection_(std::move(connection)) {}
SqliteVoters::~SqliteVoters() = default;

Result<std::unique_ptr<VotersTables>> SqliteVoters::open(const fs::path& file) {
  auto connection = sqlite::open_other_file(file, voters_pragmas);
  if (!connection) return std::unexpected(connection.error());
  return std::unique_ptr<VotersTables>(new SqliteVoters(std::move(*connection)));
}

Result<void> SqliteVoters::make(const fs::path& file, Definition definition, const VoterKey& key) {
  // Made whole under another name: nobody ever finds a file without tables.
  const fs::path fresh = file.string() + ".new";
  std::error_code wrong;
  fs::remove(fresh, wrong);
  if (auto made = open_file(fresh, O_WRONLY | O_CREAT | O_EXCL, 0600); !made) {
    return std::unexpected(made.error());
  }
  if (auto made = make_voters_tables(fresh, definition, key); !made) return made;
  fs::rename(fresh, file, wrong);
  if (wrong) return fail(Remedy::stop, "file.io", file.string() + ": " + wrong.message());
  return sync_folder(file.parent_path());
}

// What a statement throws within `work` passes through it, and ends in the connection.
Result<void> SqliteVoters::change(Beside, const std::function<Result<void>()>& work) {
  return connection_->writing([&] {
    if (auto done = work(); !done) throw done.error();
  });
}

Result<void> SqliteVoters::look(const std::function<Result<void>()>& work) {
  return connection_->reading([&] {
    if (auto done = work(); !done) throw done.error();
  });
}

Result<void> SqliteVoters::turn_to(std::int64_t quarter) {
  return connection_->writing([&] {
    Statement(
        connection_->db,
        "update voters_about set quarter = ?, let_out = came where quarter < ? and closed = 0")
        .bind(quarter, quarter)
        .run();
  });
}

Result<VotersTables::About> SqliteVoters::about() {
  Statement row(
      connection_->db,
      "select version, count_id, rules, key_mark, closed, quarter, let_out from voters_about");
  if (!row.step()) return fail(Remedy::stop, "store.io", "voters_about holds no row");
  About about;
  about.version = row.number(0);
  if (about.version > voters_tables_version) return about;  // The rest may be otherwise there.
  about.count.bytes = row.array<16>(1);
  about.rules = row.array<32>(2);
  about.key_mark = row.array<32>(3);
  about.closed = row.number(4) != 0;
  about.quarter = row.number(5);
  about.let_out = std::stoull(row.text(6));
  return about;
}

Result<VotersTables::Groups> SqliteVoters::groups() {
  Groups names;
  for (std::size_t kind = 0; kind < demographics; ++kind) {
    names.at(kind).resize(groups_max + 1);
    Statement named(connection_->db, "select number, name from voter_groups where kind = ?");
    named.bind(demographic_names.at(kind));
    while (named.step()) {
      names.at(kind).at(static_cast<std::size_t>(named.number(0))) = named.text(1);
    }
  }
  return names;
}

Result<void> SqliteVoters::add_group(std::size_t kind, std::size_t number,
                                     const std::string& name) {
  Statement(connection_->db, "insert into voter_groups values (?, ?, ?)")
      .bind(demographic_names.at(kind), number, name)
      .run();
  return {};
}

Result<VotersTables::Loaded> SqliteVoters::put(std::span<const RollRow> rows,
                                               const Numbers& numbers, const Progress& progress) {
  Statement find(connection_->db, "select unit, style, age, sex, came from voters where voter = ?");
  Statement insert(connection_->db, "insert into voters values (?, ?, ?, ?, ?, ?)");
  Statement change(connection_->db,
                   "update voters set unit = ?, style = ?, age = ?, sex = ? where voter = ?");
  Loaded loaded;
  std::uint64_t done = 0;
  for (const RollRow& row : rows) {
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
    if (progress) progress(++done, rows.size());
  }
  Statement all(connection_->db, "select count(*) from voters");
  all.step();
  loaded.absent = all.count(0) - rows.size();
  return loaded;
}

Result<std::optional<VotersTables::Voter>> SqliteVoters::find(const Hash& voter) {
  Statement found(connection_->db, "select unit, style, came from voters where voter = ?");
  if (!found.bind(voter).step()) return std::optional<Voter>();
  return std::optional(Voter{UnitId{static_cast<std::uint32_t>(found.number(0))},
                             StyleId{static_cast<std::uint32_t>(found.number(1))},
                             method_of(found.array<3>(2))});
}

Result<bool> SqliteVoters::come(const Hash& voter, MethodId method) {
  const int changed =
      Statement(connection_->db, "update voters set came = ? where voter = ? and came = ?")
          .bind(came_by(method), voter, not_yet)
          .run();
  if (changed == 0) return false;
  Statement(connection_->db,
            "update voters_about set came = printf('%010d', cast(came as integer) + 1)")
      .run();
  return true;
}

Result<void> SqliteVoters::each_cell(const std::function<void(const Cell&)>& cell) {
  Statement read(connection_->db,
                 "select unit, age, sex, came, count(*) from voters group by 1, 2, 3, 4");
  while (read.step()) {
    cell({.unit = UnitId{static_cast<std::uint32_t>(read.number(0))},
          .groups = {read.count(1), read.count(2)},
          .came = method_of(read.array<3>(3)),
          .voters = read.count(4)});
  }
  return {};
}

Result<void> SqliteVoters::close() {
  connection_->run("update voters_about set closed = 1, let_out = came");
  return {};
}

}  // namespace teller
