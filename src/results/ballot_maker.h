// From what a source says of a ballot to entries by the rules: an entry for each card, with an id that
// is derived from the source, the ballot's own number and the card.
//
// What always holds:
//   - The same record gives the same bytes; a record that says something else gives the same id with
//     other bytes, which the count calls a conflict. Two cards never share an id.
//   - Nobody can guess an id, or tell which two are of one ballot, who does not have the secret.
//   - What is not understood is refused with its column; of a ballot that is refused nothing is made.
//   - A mark that the source does not explain is not guessed. "Too many" without saying which are all
//     options of the contest: as many as the rules need for an overvote, and nobody is favoured.
//
// Pure but for its lists; not thread-safe.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "election/rules.h"
#include "results/ballot_record.h"
#include "results/import.h"

namespace teller {

struct MadeBallot {
  EntryId id;
  Bytes entry;  // Canonical.
  std::uint64_t line = 0;
  std::string number;
  std::uint8_t card = 1;
  UnitId unit{};
};

class BallotMaker {
 public:
  // `rules` outlives this. `source`: whose ballots these are; at most source_bytes_max.
  BallotMaker(const Rules& rules, const CountId& count, ByteView secret, std::string source);

  // Appends an entry for each card to `made`. Nothing is appended when it is refused.
  // Faults: import.value_missing, import.value_invalid, import.unit_unknown, import.method_unknown,
  // import.option_unknown, ballots.mark_invalid, ballots.row_unfit, entry.….
  [[nodiscard]] std::expected<void, RowFault> make(const BallotRecord& record,
                                                   std::vector<MadeBallot>& made);

  static constexpr std::size_t source_bytes_max = 200, number_bytes_max = 100;

 private:
  // Ids first; a name where it is one thing's alone.
  class Names {
   public:
    void add(const std::string& id, const std::string& name, std::uint32_t place);
    [[nodiscard]] std::optional<std::uint32_t> find(const std::string& text) const;

   private:
    std::map<std::string, std::uint32_t> by_id_, by_name_;
  };
  template <typename Things>
  static Names names_of(const Things& things);

  [[nodiscard]] std::expected<std::uint32_t, RowFault> find(const BallotRecord& record,
                                                            const Names& names,
                                                            const std::string& text,
                                                            std::size_t number_of_them, Code code,
                                                            std::string_view what) const;
  [[nodiscard]] std::expected<std::vector<std::uint8_t>, RowFault> cards_of(
      const BallotRecord& record, const Style& style) const;
  [[nodiscard]] std::expected<Selection, RowFault> selection_of(
      const BallotRecord& record, const BallotRecord::Contest& said) const;
  [[nodiscard]] std::expected<void, RowFault> take_marks(
      const BallotRecord& record, const std::vector<BallotRecord::Mark>& marks,
      const BallotRecord::Contest& said, std::vector<OptionId>& options,
      std::vector<std::string>* write_ins) const;

  const Rules& rules_;
  const CountId count_;
  const Bytes secret_;
  const std::string source_;
  Names units_, methods_, styles_;
  std::vector<Names> options_;  // By contest.
};

}  // namespace teller
