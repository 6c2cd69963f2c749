// The roll of a home: voters.sqlite, a file of its own (schema/sql/voters.sql).
//
// Always true: the bytes of the file are the same in whatever order the same people came. Every voter has a row from the load on,
// and a check-in changes bytes of it in place; there is no WAL, and what is overwritten is overwritten with zeros.
#pragma once

#include <filesystem>
#include <memory>

#include "voters/voter_key.h"
#include "voters/voters_tables.h"

namespace teller {

namespace sqlite {
struct Connection;
}

class SqliteVoters final : public VotersTables {
 public:
  // Errors: those of SQLite and of files.
  [[nodiscard]] static Result<std::unique_ptr<VotersTables>> open(
      const std::filesystem::path& file);
  // Makes it, whole or not at all. Errors: the same.
  [[nodiscard]] static Result<void> make(const std::filesystem::path& file, Definition definition,
                                         const VoterKey& key);
  ~SqliteVoters() override;

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
  explicit SqliteVoters(std::unique_ptr<sqlite::Connection> connection);

  std::unique_ptr<sqlite::Connection> connection_;
};

}  // namespace teller
