// Port: where a voters' roll and its check-ins are kept. What is done with them, the same wherever they are, is voters_roll.h.
//
// What always holds:
//   - Nothing that is kept says in which order people came: an adapter says how far it can hold that, and what it cannot.
//   - What runs in change() is there whole or not at all, and what runs in look() changes nothing. Everything below these two may
//     be called within one of them alone.
//
// Adapters: a file of a home (voters_tables_sqlite.h), a schema of PostgreSQL (voters_tables_postgres.h). One contract for both:
// voters_test.cc. One object: one thread; several processes may have the same tables open.
//
// Errors of all: those of the store's clients (store.unavailable, store.io, store.unknown).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "election/definition.h"
#include "voters/roll.h"

namespace teller {

class VotersTables {
 public:
  using Progress = std::function<void(std::uint64_t, std::uint64_t)>;

  struct About {
    std::int64_t version = 0;
    CountId count;
    Hash rules{}, key_mark{};
    std::int64_t quarter = 0;   // In which somebody came last: quarters of an hour since 1970.
    std::uint64_t let_out = 0;  // How many had come when it began.
    bool closed = false;
  };
  struct Voter {
    UnitId unit{};
    StyleId style{};
    std::optional<MethodId> came;  // By which method; nothing: not checked in.
  };
  // Voters of whom all of this is the same.
  struct Cell {
    UnitId unit{};
    std::array<std::size_t, demographics> groups{};
    std::optional<MethodId> came;
    std::uint64_t voters = 0;
  };
  struct Loaded {
    std::uint64_t added = 0, changed = 0, same = 0;
    std::uint64_t absent = 0;  // On the roll, and not in this file: they stay.
    // Of the rows: they came already with another unit or style, which stays.
    std::vector<std::uint32_t> came_already;
    [[nodiscard]] bool changes() const { return added + changed > 0; }
  };
  // Of each kind the names by their numbers; number 0 has none.
  using Groups = std::array<std::vector<std::string>, demographics>;
  // By the number of a group in a Roll: its number in these tables.
  using Numbers = std::array<std::vector<std::uint8_t>, demographics>;
  // Who else may change what about() tells while this goes on: check-ins go on beside each other, anything else alone.
  enum class Beside { check_ins, nobody };

  VotersTables() = default;
  VotersTables(const VotersTables&) = delete;
  VotersTables& operator=(const VotersTables&) = delete;
  virtual ~VotersTables() = default;

  [[nodiscard]] virtual Result<void> change(Beside beside,
                                            const std::function<Result<void>()>& work) = 0;
  [[nodiscard]] virtual Result<void> look(const std::function<Result<void>()>& work) = 0;
  // A change of its own. With the first one who comes in a new quarter of an hour, those before may be told, and what says in
  // which order they came is removed. Nothing if that quarter began already, or check-ins are closed.
  [[nodiscard]] virtual Result<void> turn_to(std::int64_t quarter) = 0;

  [[nodiscard]] virtual Result<About> about() = 0;
  [[nodiscard]] virtual Result<Groups> groups() = 0;
  [[nodiscard]] virtual Result<void> add_group(std::size_t kind, std::size_t number,
                                               const std::string& name) = 0;
  // Puts rows in or changes those that differ, but those of voters who came. `rows` ascending by voter.
  [[nodiscard]] virtual Result<Loaded> put(std::span<const RollRow> rows, const Numbers& numbers,
                                           const Progress& progress) = 0;
  [[nodiscard]] virtual Result<std::optional<Voter>> find(const Hash& voter) = 0;
  // False, and nothing is changed: this voter of the roll came already.
  [[nodiscard]] virtual Result<bool> come(const Hash& voter, MethodId method) = 0;
  [[nodiscard]] virtual Result<void> each_cell(const std::function<void(const Cell&)>& cell) = 0;
  // All who came may be told, and nobody comes any more.
  [[nodiscard]] virtual Result<void> close() = 0;
};

// The version of both adapters' tables that this program makes and reads.
inline constexpr std::int64_t voters_tables_version = 1;

}  // namespace teller
