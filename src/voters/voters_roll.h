// What is kept of voters: the roll, who of it came, and what may be said of that. Nothing of the count holds any of it.
//
// What always holds, in a home and on servers:
//   - The first check-in of a voter counts; a second one changes nothing and is named.
//   - No time of a check-in is kept but the quarter of an hour in which somebody came last. In which order people came is not
//     kept: of a home to the byte, on servers as far as voters_tables_postgres.h says.
//   - While check-ins are open, what may be published of them (let_out) stays the same for a quarter of an hour.
//
// If the process dies here: a load or a check-in is there whole or not at all.
// Several processes may check in at once; the database orders them. One object: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "election/definition.h"
#include "voters/roll.h"
#include "voters/turnout.h"
#include "voters/voter_key.h"
#include "voters/voters_tables.h"

namespace teller {

// Where a count's roll is: voters.sqlite of its home, or on servers a schema of the count's database. Its key is in the home.
struct VotersPlace {
  std::filesystem::path home;
  std::string conninfo =
      {};  // Of the registrar's account (PostgresVoters::account); empty: of a home.
  [[nodiscard]] bool on_servers() const { return !conninfo.empty(); }
};

class VotersRoll {
 public:
  static constexpr std::string_view file_name = "voters.sqlite";
  // What may be said of the turnout, once the roll is deleted.
  static constexpr std::string_view turnout_name = "turnout.json";
  // Who only counts needs no key on servers, where the roll may be read without the home of the desks.
  enum class Use { whole, figures };

  using Voter = VotersTables::Voter;
  using Loaded = VotersTables::Loaded;

  // Whether the home has a roll of its own.
  [[nodiscard]] static bool is_in(const std::filesystem::path& home);
  // `definition` outlives it. Errors: reject voters.none, voters.retired, voters.other, store.newer; stop
  // voters.key; those of the tables and of files.
  [[nodiscard]] static Result<std::unique_ptr<VotersRoll>> open(const VotersPlace& place,
                                                                Definition definition,
                                                                Use use = Use::whole);
  // The same, and makes it and its key when there is none.
  [[nodiscard]] static Result<std::unique_ptr<VotersRoll>> open_or_make(const VotersPlace& place,
                                                                        Definition definition);
  // After certification: keeps what may be said of the turnout (turnout.json), and deletes roll, check-ins and key.
  // Nothing where there is no roll; the same again after a crash. Errors: those of open() and of files.
  [[nodiscard]] static Result<void> retire(const VotersPlace& place, Definition definition,
                                           const Clock& clock);
  // Deletes roll, check-ins and key. Errors: those of the tables and of files.
  [[nodiscard]] static Result<void> remove(const VotersPlace& place);

  // Of one that was opened whole.
  [[nodiscard]] const VoterKey& key() const;

  // Puts rows in or changes those that differ; loaded twice is loaded once. `agree` is asked before anything of
  // it is kept. Errors: reject voters.closed, voters.not_coarse (together with the groups that are there); its own.
  [[nodiscard]] Result<Loaded> load(const Roll& roll,
                                    const std::function<Result<void>(const Loaded&)>& agree,
                                    const VotersTables::Progress& progress = {});

  // Errors: reject voters.unknown.
  [[nodiscard]] Result<Voter> find(std::string_view id);

  // All in one transaction; of an id that is there twice the first one counts. `at`: where they stand, if they must be of that
  // unit. The errors of a voter: reject voters.unknown, voters.checked_in, voters.elsewhere. Those of all: reject
  // voters.closed; those of the tables.
  [[nodiscard]] Result<std::vector<Result<Voter>>> check_in(std::span<const std::string> ids,
                                                            MethodId method,
                                                            std::optional<UnitId> at,
                                                            const Clock& clock);

  // No more check-ins, for good. `agree` as of load(). Errors: reject voters.closed (already); its own.
  [[nodiscard]] Result<void> close(const std::function<Result<void>()>& agree);

  // All there is to say, before anything of it is hidden.
  [[nodiscard]] Result<VoterFigures> figures(const Clock& clock);

 private:
  VotersRoll(Definition definition, std::optional<VoterKey> key,
             std::unique_ptr<VotersTables> tables)
      : definition_(definition), key_(key), tables_(std::move(tables)) {}
  [[nodiscard]] static Result<std::unique_ptr<VotersRoll>> open_with(const VotersPlace& place,
                                                                     Definition definition,
                                                                     std::optional<VoterKey> key);
  // Within a transaction.
  [[nodiscard]] Result<void> check_about();
  [[nodiscard]] Result<void> must_be_open();
  [[nodiscard]] Result<VotersTables::Numbers> numbers_of(const Roll& roll);
  [[nodiscard]] Result<Voter> must_find(const Hash& voter);
  [[nodiscard]] Result<Voter> come(const Hash& voter, MethodId method, std::optional<UnitId> at);
  [[nodiscard]] Result<VoterFigures> read_figures(std::int64_t quarter);
  [[nodiscard]] Error came_already(const Voter& voter) const;

  Definition definition_;
  std::optional<VoterKey> key_;
  std::unique_ptr<VotersTables> tables_;
};

}  // namespace teller
