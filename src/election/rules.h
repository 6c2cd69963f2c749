// The rules of an election: what is voted on, where and how. Frozen before the first entry; their
// SHA-256 (over the bytes of the file as they are, so that `sha256sum rules.json` prints it) is
// hashed into everything.
//
// Entries, segments and totals name things by number: the place in the file's lists, from 0.
// People, JSON and files name them by `id`, a string that the election office chose.
//
// A Rules is immutable once parsed and safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/id.h"

namespace teller {

using ContestId = Id<struct ContestTag>;
using OptionId = Id<struct OptionTag>;  // Within its contest.
using PartyId = Id<struct PartyTag>;
using UnitId = Id<struct UnitTag>;
using StyleId = Id<struct StyleTag>;
using MethodId = Id<struct MethodTag>;

// plurality: up to votes_allowed marks, each a vote (NIST: N-of-M when votes_allowed > 1).
// ranked: options in order; totals are first preferences (rounds of the runoff are not counted).
// approval, list, cumulative and weighted have their names and are refused:
// contest.kind_unsupported.
enum class ContestKind : std::uint8_t { plurality, ranked };

[[nodiscard]] std::string_view to_text(ContestKind kind);

// A contest is counted, by method, from ballots or from result sheets, never from both.
enum class CountedFrom : std::uint8_t { ballots, sheets };

enum class OptionKind : std::uint8_t { candidate, none_of_the_above, measure };
[[nodiscard]] std::string_view to_text(OptionKind kind);

struct Candidate {
  std::string id, name;
};

struct Party {
  std::string id, name;
};

struct Option {
  std::string id, name;
  OptionKind kind = OptionKind::candidate;
  std::vector<Candidate> candidates;  // Two or more: a ticket.
  std::vector<PartyId> parties;       // Two or more: fusion or an alliance.
};

struct Contest {
  std::string id, name;
  ContestKind kind = ContestKind::plurality;
  std::uint16_t seats = 1;
  std::uint16_t votes_allowed = 1;  // plurality: marks; ranked: the longest ranking.
  bool write_ins = false;
  std::string share_base;  // "votes" (valid votes) or "cards" (all cards that carry the contest).
  std::string decides;     // For people: "most votes", "more than half of the votes", …
  UnitId unit{0};          // The reporting unit in which it is decided.
  std::vector<Option> options;
  std::vector<CountedFrom> counted_from;  // By method.
};

struct Card {
  std::vector<ContestId> contests;  // Ascending.
};

struct Style {
  std::string id, name;
  std::vector<Card> cards;
  // Where it is given to voters: in these units and in all below them, ascending. Without the list:
  // everywhere. It says whose report is waited for and refuses nothing.
  std::optional<std::vector<UnitId>> units = std::nullopt;
};

struct Unit {
  std::string id, name, kind;
  std::optional<UnitId> parent;  // A parent stands before its children.
};

struct Method {
  std::string id, name;
};

class Rules {
 public:
  // A million units are about 110 MB and 9 million values. Whoever reads the file, perhaps out of
  // something compressed, reads no more than this.
  static constexpr std::size_t file_bytes_max = std::size_t{192} << 20;

  // Reads and checks the whole file. `name` is for messages. On errors the detail has one line
  // per fault, "name:line: /json/pointer: what is wrong and what would be right", at most 20.
  //
  // Errors: reject rules.invalid, rules.syntax, contest.kind_unsupported.
  [[nodiscard]] static Result<Rules> parse(std::string_view json, std::string_view name);

  [[nodiscard]] const Hash& hash() const { return hash_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

  std::string election, date, time_zone;  // date: YYYY-MM-DD; time_zone: IANA name.
  std::vector<Party> parties;
  std::vector<Contest> contests;
  std::vector<Style> styles;
  std::vector<Unit> units;
  std::vector<Method> methods;

  [[nodiscard]] std::optional<ContestId> find_contest(std::string_view id) const;
  [[nodiscard]] std::optional<OptionId> find_option(ContestId contest, std::string_view id) const;
  [[nodiscard]] std::optional<PartyId> find_party(std::string_view id) const;
  [[nodiscard]] std::optional<UnitId> find_unit(std::string_view id) const;
  [[nodiscard]] std::optional<StyleId> find_style(std::string_view id) const;
  [[nodiscard]] std::optional<MethodId> find_method(std::string_view id) const;

  // How many reporting units that have none below them lie at or below this one; 1 of such a unit.
  [[nodiscard]] std::uint32_t leaf_units(UnitId unit) const { return leaf_units_.at(unit.value); }
  [[nodiscard]] bool is_leaf(UnitId unit) const { return is_leaf_.at(unit.value); }
  // The units whose report of the contest is waited for, ascending: those that have none below them,
  // at or below the unit in which it is decided, and where styles say where they are given, only
  // those in which some style carries it.
  [[nodiscard]] std::vector<UnitId> units_expected(ContestId contest) const;
  // How many these are.
  [[nodiscard]] std::uint32_t count_expected(ContestId contest) const {
    return expected_.at(contest.value);
  }

  [[nodiscard]] const Contest& contest(ContestId id) const { return contests.at(id.value); }
  [[nodiscard]] bool counted_from(ContestId contest, MethodId method, CountedFrom from) const {
    return contests.at(contest.value).counted_from.at(method.value) == from;
  }

 private:
  friend class RulesParser;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Index = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

  std::string bytes_;
  Hash hash_{};
  Index party_index_, contest_index_, unit_index_, style_index_, method_index_;
  std::vector<Index> option_index_;
  std::vector<std::uint32_t> leaf_units_;  // By unit.
  std::vector<bool> is_leaf_;
  std::vector<std::vector<StyleId>> styles_with_;  // By contest.
  std::vector<std::uint32_t> expected_;            // By contest.
  void find_leaf_units();
  void find_expected();
  [[nodiscard]] std::vector<UnitId> given_in(ContestId contest) const;
};

}  // namespace teller
