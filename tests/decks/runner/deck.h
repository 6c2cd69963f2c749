// A deck: a small election in lines, each of which does something or says what must be so.
//
// Every line goes the real way: JSON, accept_json(), the partition's step, its change. After each
// entry every contest must balance. At the end all entries are counted again, in one step, from
// 1, 2 and 7 partitions, and backwards: the totals must be the same. What officers decided keeps its
// place among them: it is a step of its own, and so is what stands between two decisions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "count.h"
#include "decisions.h"
#include "definition.h"
#include "election/count_file.h"
#include "words.h"

namespace teller::deck {

class Deck {
 public:
  // The first words of lines that are known.
  [[nodiscard]] static std::vector<std::string_view> verbs();

  // Throws Wrong with what is wrong with `line`.
  void run(const std::string& line);
  // After the last line. Throws Wrong.
  void finish() const;

 private:
  struct Verb;
  static const Verb verb_table[];

  // What a line did that is done again when all is counted again.
  struct Happened {
    enum class What { entry, stage_decision, statement };
    What what = What::entry;
    // What stands in the journal. A damaged entry keeps the place of the one that it was.
    Bytes bytes = {}, undamaged = {};
    SaidDecision decision = {};  // About the stage: no entry, but one for each partition.
  };

  void begin();  // The first line that declares nothing freezes the rules.
  void cast(Words& words);
  void sheet(Words& words);
  void damaged(Words& words);
  void decide(Words& words);
  // The last decision about a card once more, as other officers sign it.
  void decide_again(Words& words);
  void state();
  void replay(Words& words);
  void backwards(Words& words);
  void tally(Words& words);
  void outcomes(Words& words);
  void falls(Words& words);
  void fall(Words& words);

  void send(const std::string& json, const std::string& expected);
  // The outcome in words.
  std::string record(const Bytes& entry, const Bytes& undamaged);
  // `decide ACTION CARD [first|second|third]`, and of a conflict both sides of it.
  void about_card(Control& control, Words& words) const;
  // The bytes of a card that was recorded: the first ones, or those that `words` say.
  [[nodiscard]] const Bytes& recorded_content(const std::string& name, Words& words) const;
  // Throws Wrong if all entries, counted once more like this, give anything else.
  void count_again(std::uint16_t partitions, bool backwards) const;

  [[nodiscard]] UnitId unit(Words& words) const;
  [[nodiscard]] std::optional<MethodId> method(Words& words) const;
  [[nodiscard]] std::uint16_t slot_of(ContestId contest, const std::string& name) const;

  Definition definition_;
  Rules rules_;
  CountFile file_;
  std::optional<Count> count_;
  std::vector<Happened> happened_;
  std::uint32_t decisions_ = 0;
  std::optional<SaidDecision> last_about_card_;
  bool tallied_ = false;
};

}  // namespace teller::deck
