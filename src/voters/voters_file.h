// What is kept of voters: voters.sqlite of a home, beside voters.key. Nothing else holds any of it.
//
// What always holds:
//   - The first check-in of a voter counts; a second one changes nothing and is named.
//   - No time of a check-in is kept but the quarter of an hour in which somebody came last, and the
//     bytes of the file are the same in whatever order the same people came (schema/sql/voters.sql).
//   - While check-ins are open, what may be published of them (let_out) stays the same for a quarter of an hour.
//
// If the process dies here: a load or a check-in is there whole or not at all.
// Several processes of one machine may check in at once; SQLite orders them. One object: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "election/definition.h"
#include "voters/roll.h"
#include "voters/turnout.h"
#include "voters/voter_key.h"

namespace teller {

namespace sqlite {
struct Connection;
}

class VotersFile {
 public:
  static constexpr std::string_view file_name = "voters.sqlite";
  // What may be said of the turnout, once the roll is deleted.
  static constexpr std::string_view turnout_name = "turnout.json";

  // Whether the home has a roll.
  [[nodiscard]] static bool is_in(const std::filesystem::path& home);
  // `definition` outlives it. Errors: reject voters.none, voters.retired, voters.other, store.newer; stop
  // voters.key; those of SQLite (store.unavailable, store.io) and of files.
  [[nodiscard]] static Result<std::unique_ptr<VotersFile>> open(const std::filesystem::path& home,
                                                                Definition definition);
  // The same, and makes it and its key when the home has none.
  [[nodiscard]] static Result<std::unique_ptr<VotersFile>> open_or_make(
      const std::filesystem::path& home, Definition definition);
  // After certification: keeps what may be said of the turnout (turnout.json), and deletes roll, check-ins and key.
  // Nothing where there is no roll; the same again after a crash. Errors: those of open() and of files.
  [[nodiscard]] static Result<void> retire(const std::filesystem::path& home, Definition definition,
                                           const Clock& clock);
  // Deletes roll, check-ins and key. Errors: those of files.
  [[nodiscard]] static Result<void> remove(const std::filesystem::path& home);
  ~VotersFile();
  VotersFile(const VotersFile&) = delete;
  VotersFile& operator=(const VotersFile&) = delete;

  [[nodiscard]] const VoterKey& key() const { return key_; }

  struct Loaded {
    std::uint64_t added = 0, changed = 0, same = 0;
    std::uint64_t absent = 0;  // On the roll, and not in this file: they stay.
    // Of `rows`: they came already with another unit or style, which stays.
    std::vector<std::uint32_t> came_already;
    [[nodiscard]] bool changes() const { return added + changed > 0; }
  };
  // Puts rows in or changes those that differ; loaded twice is loaded once. `agree` is asked before anything of
  // it is kept. Errors: reject voters.closed, voters.not_coarse (together with the groups that are there); its own.
  [[nodiscard]] Result<Loaded> load(
      const Roll& roll, const std::function<Result<void>(const Loaded&)>& agree,
      const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

  struct Voter {
    UnitId unit{};
    StyleId style{};
    std::optional<MethodId> came;  // By which method; nothing: not checked in.
  };
  // Errors: reject voters.unknown.
  [[nodiscard]] Result<Voter> find(std::string_view id);

  // One after the other, in one transaction. `at`: where they stand, if they must be of that unit.
  // The errors of a voter: reject voters.unknown, voters.checked_in, voters.elsewhere. Those of all: reject
  // voters.closed; those of SQLite.
  [[nodiscard]] Result<std::vector<Result<Voter>>> check_in(std::span<const std::string> ids,
                                                            MethodId method,
                                                            std::optional<UnitId> at,
                                                            const Clock& clock);

  // No more check-ins, for good. `agree` as of load(). Errors: reject voters.closed (already); its own.
  [[nodiscard]] Result<void> close(const std::function<Result<void>()>& agree);

  // All there is to say, before anything of it is hidden.
  [[nodiscard]] Result<VoterFigures> figures(const Clock& clock);

 private:
  VotersFile(Definition definition, VoterKey key, std::unique_ptr<sqlite::Connection> connection);
  [[nodiscard]] static Result<std::unique_ptr<VotersFile>> open_with(
      const std::filesystem::path& file, Definition definition, VoterKey key);
  [[nodiscard]] Result<void> make_tables();
  [[nodiscard]] Result<void> check_about();
  // These throw what the transaction makes an error of.
  void must_be_open();
  [[nodiscard]] std::array<std::vector<std::uint8_t>, demographics> groups_of(const Roll& roll);
  void put(const Roll& roll, Loaded& loaded,
           const std::function<void(std::uint64_t, std::uint64_t)>& progress);
  void turn_to(std::int64_t quarter);
  [[nodiscard]] Voter must_find(std::string_view id);

  Definition definition_;
  VoterKey key_;
  std::unique_ptr<sqlite::Connection> connection_;
};

}  // namespace teller
