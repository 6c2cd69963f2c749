// The roll of a count on servers: a schema of PostgreSQL that belongs to the registrar's account (schema/sql/voters_postgres.sql).
//
// Always true:
//   - Desks check in beside each other; of two who check the same voter in, one is told that the other was first.
//   - Rows of check-ins of a quarter of an hour that is over, and all of them after the close, stand in the order of their hashes
//     and were written by one transaction. In the quarter that goes on they say in which order they were written, and so does
//     what PostgreSQL keeps beside its tables (WAL, replicas, copies of its files): decision 0043.
//   - A server that notes when rows are written, or with which values, is refused.
//
// Errors of open() and make(): also reject voters.no_schema, voters.server_notes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "voters/voter_key.h"
#include "voters/voters_tables.h"

namespace teller {

namespace postgres {
class Database;
class Session;
}  // namespace postgres

class PostgresVoters final : public VotersTables {
 public:
  static constexpr std::string_view account = "teller_registrar";

  // Whether the database has a roll. Any account of it may ask.
  [[nodiscard]] static Result<bool> are_in(const std::string& conninfo);
  // `conninfo` as that account, as PostgresStore has it; the tables are there.
  [[nodiscard]] static Result<std::unique_ptr<VotersTables>> open(std::string conninfo);
  // Makes the tables, whole or not at all; nothing if they are there.
  [[nodiscard]] static Result<void> make(const std::string& conninfo, Definition definition,
                                         const VoterKey& key);
  // Writes the rows of check-ins anew in the order of their hashes, for whoever copies them as they lie.
  [[nodiscard]] static Result<void> put_in_order(const std::string& conninfo);
  // Deletes them and all they hold; nothing if they are not there.
  [[nodiscard]] static Result<void> remove(const std::string& conninfo);
  ~PostgresVoters() override;

  [[nodiscard]] Result<void> change(Beside beside,
                                    const std::function<Result<void>()>& work) override;
  [[nodiscard]] Result<void> look(const std::function<Result<void>()>& work) override;
  [[nodiscard]] Result<void> turn_to(std::int64_t quarter) override;
  [[nodiscard]] Result<About> about() override;
  [[nodiscard]] Result<Groups> groups() override;
  [[nodiscard]] Result<void> add_group(std::size_t kind, std::size_t number,
                                       const std::string& name) override;
  [[nodiscard]] Result<Loaded> put(std::span<const RollRow> rows, const Numbers& numbers,
                                   const Progress& progress) override;
  [[nodiscard]] Result<std::optional<Voter>> find(const Hash& voter) override;
  [[nodiscard]] Result<bool> come(const Hash& voter, MethodId method) override;
  [[nodiscard]] Result<void> each_cell(const std::function<void(const Cell&)>& cell) override;
  [[nodiscard]] Result<void> close() override;

 private:
  explicit PostgresVoters(std::unique_ptr<postgres::Session> session);
  [[nodiscard]] Result<void> put_some(std::span<const RollRow> rows, const Numbers& numbers,
                                      Loaded& loaded);

  std::unique_ptr<postgres::Session> session_;
  postgres::Database* now_ = nullptr;  // That of the transaction that runs.
};

}  // namespace teller
