// One count of a deck's entries: some partitions, and what their changes add up to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "count/partition.h"
#include "decisions.h"

namespace teller::deck {

class Count {
 public:
  Count(const Rules& rules, const CountFile& file, std::uint16_t partitions);
  Count(const Count&) = delete;  // The partitions point to file_.
  Count& operator=(const Count&) = delete;

  [[nodiscard]] const CountFile& file() const { return file_; }

  // Counts entries of one partition as one step.
  Change step(std::uint16_t partition, const std::vector<Bytes>& entries);
  // Counts a decision about the stage: the entry of each partition that is to go there, as a step of
  // its own. Said again, the same entries come again. Gives its outcome in words; a partition that
  // rejects it speaks for all. Among the outcomes it is one, however many partitions there are.
  std::string decide(const SaidDecision& decision);
  // What is counted now is stated: this is what a certification is of.
  void state();

  // The total in the words of a deck: a number, `withheld` or `unknown`. Without a method: the sum
  // of all of them; throws Wrong if some of them are numbers and others are not.
  [[nodiscard]] std::string figure(ContestId contest, std::uint16_t slot, UnitId unit,
                                   std::optional<MethodId> method) const;

  // Throws Wrong if, for any contest, unit and method that counts ballots, it is not so that
  //   votes + undervotes + overvotes = votes allowed × cards that carry the contest
  // without the cards that are blank or invalid as a whole; in a ranked contest
  //   first preferences + exhausted + overvoted = those cards.
  void check_balance() const;

  std::map<TotalKey, Total> totals;
  Outcomes outcomes;
  std::vector<FigureDecrease> decreases;

 private:
  const Rules& rules_;
  CountFile file_;
  std::vector<Partition> partitions_;
  // Of each partition: where it stands, how many decisions brought it there, what was stated of it.
  std::vector<Stage> stages_;
  std::vector<std::uint32_t> numbers_;
  std::vector<std::uint64_t> stated_;
  std::map<std::uint32_t, std::map<std::uint16_t, Bytes>> decided_;  // By line of the deck.
};

// In the words of a deck: `counted`, `rejected CODE`, …
[[nodiscard]] std::string outcome_of(const Change& change);

}  // namespace teller::deck
