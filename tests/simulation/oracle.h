// What the count must be, by a program that shares nothing with src/count: plain maps over what
// clients sent, in the journal's order.
//
// It knows every entry by its bytes, because it made them: what a card says is kept as it was
// drawn, and never read back from the bytes. Records and segments it reads by itself, from
// schema/entry.md.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "election/officers.h"
#include "faults.h"

namespace teller::simulation {

// The rules of every run: "council" for two seats, "mayor" ranked, "hall" from result sheets.
std::string rules_json();

// One entry, as it was drawn. Nonsense is what nobody may count: a card of no unit, a check-in, a decision of
// somebody who is no officer.
struct Plain {
  enum class Kind { card_of_council, card_of_mayor, sheet, about_stage, about_ballot, nonsense };
  Kind kind = Kind::nonsense;
  std::string id;
  std::uint32_t unit = 1, method = 0;
  // A card: whole = 1 blank, 2 invalid; else marks (options) and write-ins, or ranks.
  int whole = 0;
  std::set<std::uint32_t> marks;
  std::vector<std::string> write_ins;
  std::vector<std::set<std::uint32_t>> ranks;
  // A sheet: figures by column; -1 withheld. Without any it is a withdrawal.
  std::uint32_t version = 1;
  std::map<std::uint32_t, std::int64_t> figures;
  // A decision: open, close, certify, reopen, of a partition and with a number; void and reinstate, of
  // a card by its bytes; supersede and keep, of two with one id.
  std::string action, target, other;
  std::uint32_t number = 0, partition = 0;
  bool forged = false;           // Of its last officer the signature is none.
  std::uint32_t signers = 0b11;  // A bit each of the three officers.
  std::string signed_text;
  // What is certified: a statement, and how many entries the partition had counted.
  std::uint64_t statement = 0, entries = 0;
  Hash statement_hash{}, digest{};
};

struct Figures {
  std::int64_t value = 0;
  int known = 0, withheld = 0;
  [[nodiscard]] bool zero() const { return value == 0 && known == 0 && withheld == 0; }
  [[nodiscard]] bool operator==(const Figures&) const = default;
};
// contest, column, unit, method
using Cell = std::array<std::uint32_t, 4>;

struct Counted {
  std::map<Cell, Figures> totals;
  std::uint64_t counted = 0, duplicate = 0, conflict = 0, rejected = 0;
  std::map<std::string, std::string> first;   // By id: the bytes that count.
  std::map<Cell, Plain> sheets;               // (contest, 0, unit, method): the one that stands.
  std::string stage;                          // "" before the first step of a count with officers.
  std::uint32_t number = 0;                   // Of the last decision about the stage.
  std::uint64_t before = 0;                   // Counted before the step that is counted.
  std::set<std::string> voided;               // Ids.
  std::map<std::string, std::string> stands;  // By id: the bytes that superseded those that count.
  std::map<std::string, std::string> stood;   // The same before the step that is counted.
  std::set<std::string> decided;              // Ids, in the step that is counted.
  std::set<std::pair<std::string, std::string>> kept;  // What counts, and what does not.
};

class Oracle {
 public:
  // The officers of a count that has some: two of three sign each decision. Without it nobody decides.
  [[nodiscard]] std::vector<Officer> appoint(std::uint16_t partitions);
  // Draws an entry that may or may not be like one drawn before, and encodes it. Its ids meet in
  // their first or last eight bytes on purpose.
  std::string draw(Faults& faults, const std::array<std::uint8_t, 16>& count);
  // The next decision about the stage of a partition, as officers make it who see that it has had
  // `number` of them; `certified`: what the last statement says.
  std::string decide(std::uint16_t partition, std::uint32_t number, const Plain& certified,
                     const std::array<std::uint8_t, 16>& count);
  [[nodiscard]] const Plain& plain(const std::string& entry) const;
  [[nodiscard]] std::size_t drawn() const { return order_.size(); }
  [[nodiscard]] const std::string& entry(std::size_t n) const { return order_[n]; }

  // Counts the entries of a step, and gives those that count.
  [[nodiscard]] std::vector<std::string> count(const std::vector<std::string>& step,
                                               Counted& counted) const;
  // The digest of some totals.
  [[nodiscard]] static Hash digest(const Hash& rules, const std::map<Cell, Figures>& totals);

 private:
  std::string draw_id();
  std::string add(const Plain& plain, const std::array<std::uint8_t, 16>& count);
  void draw_decision(Faults& faults, Plain& plain) const;
  // What was sent before, once more; a decision may have other signatures then.
  std::string draw_again(Faults& faults, const std::array<std::uint8_t, 16>& count);
  bool count_one(const std::string& entry, Counted& counted) const;
  // Whether what is new and well-formed counts now.
  bool let_in(const Plain& entry, Counted& counted) const;
  static void add_card(const Plain& card, std::int64_t by, Counted& counted);
  static void add_sheet(const Plain& sheet, Counted& counted);
  std::vector<Officer> officers_;
  std::uint32_t partitions_ = 0;
  std::map<std::string, Plain> known_;  // By bytes.
  std::vector<std::string> order_;
  std::uint64_t next_id_ = 0;
};

// The entries of a record, and the leaves of a segment. Broken if they are not such.
[[nodiscard]] std::vector<std::string> entries_of_record(const std::string& record);
[[nodiscard]] std::vector<std::string> leaves_of_segment(const std::string& segment);
// RFC 6962, 2.1, as it is written there.
[[nodiscard]] Hash merkle_root(const std::vector<Hash>& leaves, std::size_t begin, std::size_t end);

}  // namespace teller::simulation
