// What officers decide, through a partition: each cell of roles x stages x decisions, and what a
// decision does to the totals, to restoring and to counting again.
#include "election/decisions.h"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/ed25519.h"
#include "count/partition.h"
#include "log/merkle.h"
#include "log/segment.h"
#include "testing/example_election.h"

namespace teller {
namespace {

using namespace example;
using Action = Control::Action;

constexpr Action every_action[] = {Action::open,      Action::close,       Action::certify,
                                   Action::reopen,    Action::void_ballot, Action::reinstate,
                                   Action::supersede, Action::keep};

Ed25519Seed seed_of(const std::string& officer) {
  Ed25519Seed seed{};
  std::ranges::copy(as_bytes(officer), seed.begin());
  return seed;
}

class DecisionsTest : public testing::Test {
 protected:
  // Two officers of each role: "tabulation 1", "tabulation 2" …
  DecisionsTest() {
    for (std::uint8_t role = 0; role < roles; ++role) {
      for (const char* which : {" 1", " 2"}) {
        const std::string name = std::string(to_text(static_cast<OfficerRole>(role))) + which;
        governed.officers.push_back(
            {name, static_cast<OfficerRole>(role), Ed25519Pair(seed_of(name)).key()});
      }
    }
  }

  // A signed entry; `number` and what is certified are those that fit a partition at `at_number` and
  // `counted`.
  Bytes decision(Action action, const std::vector<std::string>& officers,
                 std::uint32_t of_number = 0, std::uint64_t counted = 0, Bytes target = {}) {
    Control control;
    control.action = action;
    control.reason = "Because.";
    control.number = of_number;
    control.certified.entries = counted;
    control.target = std::move(target);
    return sealed(std::move(control), officers);
  }

  // Of the two contents of a conflict the second one counts, or the first one goes on counting.
  Bytes settled(Action action, const std::vector<std::string>& officers, const Bytes& counts,
                const Bytes& other) {
    Control control;
    control.action = action;
    control.reason = "The paper says so.";
    if (action == Action::supersede) {
      control.target = counts;
      control.other = other;
    } else {
      control.kept = {EntryKind::ballot, *id_of(counts), {}, leaf_hash(counts), leaf_hash(other)};
    }
    return sealed(std::move(control), officers);
  }

  Bytes sealed(Control control, const std::vector<std::string>& officers) {
    return sealed_as(example::id(1'000'000 + ++ids_), std::move(control), officers);
  }

  // The same decision, with the signatures of these officers and of nobody else.
  Bytes signed_again(const Bytes& decision, const std::vector<std::string>& officers) {
    Control control = std::get<Control>(read_control(decision, governed.id)->body);
    control.signatures.clear();
    return sealed_as(*id_of(decision), std::move(control), officers);
  }

  Bytes sealed_as(const EntryId& id, Control control, const std::vector<std::string>& officers) {
    const Bytes text = signed_bytes(id, control, governed.id);
    for (const std::string& officer : officers) {
      control.signatures.push_back({officer, Ed25519Pair(seed_of(officer)).sign(text)});
    }
    return encode({id, control}, governed.id);
  }

  const std::vector<std::string> two{"tabulation 1", "tabulation 2"};
  const Rules rules = example::rules();
  CountFile governed = example::count();
  std::uint32_t ids_ = 0;
};

Reason rejected_as(const Change& change) {
  EXPECT_EQ(change.outcomes.rejected, 1U);
  return change.incidents.empty() ? Reason::entry_conflict : change.incidents.front().reason;
}

TEST_F(DecisionsTest, EachRoleAtEachStageMayDoWhatTheTableSaysAndNothingElse) {
  const Bytes counted = ballot(1, {0}), voided = ballot(2, {0});
  for (std::uint8_t at = 0; at < stages; ++at) {
    for (std::uint8_t role = 0; role < roles; ++role) {
      for (const Action action : every_action) {
        Partition partition(rules, governed, 0);
        std::uint32_t number = 0;
        std::uint64_t leaves = 0;
        const auto reach = [&](const std::vector<Bytes>& entries) {
          leaves += committed_step(partition, entries).outcomes.counted;
        };
        if (at >= 1) reach({decision(Action::open, two, ++number)});
        if (at >= 1) reach({counted, voided});
        if (at >= 1) reach({decision(Action::void_ballot, two, 0, 0, voided)});
        if (at >= 2) reach({decision(Action::close, two, ++number)});
        if (at >= 3) reach({decision(Action::certify, two, ++number, leaves)});
        const std::string name(to_text(static_cast<OfficerRole>(role)));
        const Bytes& target = action == Action::reinstate ? voided : counted;
        const bool of_ballot = action == Action::void_ballot || action == Action::reinstate;
        const bool of_conflict = action == Action::supersede || action == Action::keep;
        const std::vector<std::string> officers{name + " 1", name + " 2"};
        const Change change =
            step(partition, {of_conflict ? settled(action, officers, counted, ballot(1, {1}))
                                         : decision(action, officers, of_ballot ? 0 : number + 1,
                                                    leaves, of_ballot ? target : Bytes{})});
        const bool allowed = may(static_cast<OfficerRole>(role), action) &&
                             allowed_at(static_cast<Stage>(at), action);
        EXPECT_EQ(change.outcomes.counted, allowed ? 1U : 0U)
            << name << ", stage " << int{at} << ", " << to_text(action);
        if (allowed) continue;
        const Reason reason = rejected_as(change);
        EXPECT_EQ(reason == Reason::control_role, !may(static_cast<OfficerRole>(role), action));
      }
    }
  }
}

TEST_F(DecisionsTest, WhoIsNoOfficerOrSignsForAnotherOrAloneDecidesNothing) {
  const auto why = [&](const Bytes& entry) {
    Partition partition(rules, governed, 0);
    return rejected_as(step(partition, {entry}));
  };
  EXPECT_EQ(why(decision(Action::open, {"nobody", "tabulation 1"}, 1)),
            Reason::control_officer_unknown);
  EXPECT_EQ(why(decision(Action::open, {"tabulation 1"}, 1)), Reason::control_approvals);
  EXPECT_EQ(why(decision(Action::open, {"auditor 1", "tabulation 1"}, 1)), Reason::control_role);
  Bytes forged = decision(Action::open, two, 1);
  forged.back() ^= 1;
  EXPECT_EQ(why(forged), Reason::control_signature);
  // Signed for another partition, number or count it is another text.
  const Bytes good = decision(Action::open, two, 1);
  auto read = read_control(good, governed.id);
  ASSERT_TRUE(read);
  Control& control = std::get<Control>(read->body);
  control.number = 2;
  EXPECT_EQ(why(encode(*read, governed.id)), Reason::control_signature);
}

TEST_F(DecisionsTest, ACountWithoutOfficersIsOpenAndRejectsEveryDecision) {
  const CountFile plain = example::count();
  Partition partition(rules, plain, 0);
  const Bytes close = decision(Action::close, two, 1);
  const Change change = committed_step(partition, {ballot(1, {0}), close, close});
  EXPECT_EQ(change.outcomes, (Outcomes{1, 0, 0, 2}));
  EXPECT_EQ(change.incidents.front().reason, Reason::control_no_officers);
  EXPECT_TRUE(change.decisions.empty());
}

TEST_F(DecisionsTest, BallotsCountFromOpeningToCertification) {
  Partition partition(rules, governed, 0);
  const Change early = committed_step(partition, {ballot(1, {0})});
  EXPECT_EQ(rejected_as(early), Reason::count_not_open);
  committed_step(partition, {decision(Action::open, two, 1)});
  EXPECT_EQ(committed_step(partition, {ballot(1, {0})}).outcomes.counted, 1U);
  committed_step(partition, {decision(Action::close, two, 2)});
  EXPECT_EQ(committed_step(partition, {ballot(2, {1})}).outcomes.counted, 1U);
  EXPECT_EQ(rejected_as(committed_step(partition, {decision(Action::certify, two, 3, 3)})),
            Reason::control_certified_other);
  EXPECT_EQ(committed_step(partition, {decision(Action::certify, two, 3, 4)}).outcomes.counted, 1U);
  const Change late = committed_step(partition, {ballot(3, {1}), ballot(2, {1}), ballot(2, {0})});
  EXPECT_EQ(late.outcomes, (Outcomes{0, 1, 1, 1}));
  EXPECT_EQ(late.incidents.front().reason, Reason::count_certified);
  committed_step(partition, {decision(Action::reopen, two, 4)});
  EXPECT_EQ(committed_step(partition, {ballot(3, {1})}).outcomes.counted, 1U);
}

TEST_F(DecisionsTest, AVoidTakesOutExactlyWhatItsBallotAddedAndReinstatingPutsItBack) {
  Partition partition(rules, governed, 0);
  committed_step(partition, {decision(Action::open, two, 1)});
  const Change added = committed_step(partition, {ballot(1, {0, 1})});
  const Change voided =
      committed_step(partition, {decision(Action::void_ballot, two, 0, 0, ballot(1, {0, 1}))});
  ASSERT_EQ(voided.totals.size(), added.totals.size());
  for (std::size_t i = 0; i < added.totals.size(); ++i) {
    EXPECT_EQ(voided.totals[i].key, added.totals[i].key);
    EXPECT_EQ(voided.totals[i].by.value, -added.totals[i].by.value);
  }
  const auto why = [&](Bytes entry) { return rejected_as(step(partition, {std::move(entry)})); };
  EXPECT_EQ(why(decision(Action::void_ballot, two, 0, 0, ballot(1, {0, 1}))),
            Reason::control_target_settled);
  EXPECT_EQ(why(decision(Action::reinstate, two, 0, 0, ballot(1, {0}))), Reason::control_target);
  EXPECT_EQ(why(decision(Action::void_ballot, two, 0, 0, ballot(2, {0}))), Reason::control_target);
  // A copy of a void ballot stays a duplicate: the ballot is decided about, not forgotten.
  EXPECT_EQ(step(partition, {ballot(1, {0, 1})}).outcomes.duplicate, 1U);
  const Change again =
      committed_step(partition, {decision(Action::reinstate, two, 0, 0, ballot(1, {0, 1}))});
  EXPECT_EQ(again.totals, added.totals);
}

TEST_F(DecisionsTest, WhatSupersedesABallotCountsExactlyInItsPlaceAndBackAgain) {
  Partition partition(rules, governed, 0), other(rules, governed, 0);
  const Bytes first = ballot(1, {0, 1}), second = ballot(1, {1});
  committed_step(partition, {decision(Action::open, two, 1)});
  committed_step(other, {decision(Action::open, two, 1)});
  const Change added = committed_step(partition, {first, second});
  EXPECT_EQ(added.outcomes, (Outcomes{1, 0, 1, 0}));
  const Change as_if = committed_step(other, {second});
  const auto sum = [](const std::vector<const Change*>& changes) {
    std::map<TotalKey, Total> totals;
    for (const Change* change : changes) {
      for (const TotalChange& by : change->totals) totals[by.key] += by.by;
    }
    std::erase_if(totals, [](const auto& one) { return one.second.is_zero(); });
    return totals;
  };
  const Change superseded =
      committed_step(partition, {settled(Action::supersede, two, first, second)});
  EXPECT_EQ(sum({&added, &superseded}), sum({&as_if}));
  EXPECT_EQ(superseded.decisions.size(), 1U);

  const auto why = [&](Bytes entry) { return rejected_as(step(partition, {std::move(entry)})); };
  EXPECT_EQ(why(decision(Action::void_ballot, two, 0, 0, first)), Reason::control_target);
  EXPECT_EQ(why(settled(Action::supersede, two, first, second)), Reason::control_target);
  EXPECT_EQ(why(settled(Action::keep, two, first, second)), Reason::control_target);
  // Copies are what they were: the log has the first content.
  EXPECT_EQ(step(partition, {first, second}).outcomes, (Outcomes{0, 1, 1, 0}));

  const Change voided =
      committed_step(partition, {decision(Action::void_ballot, two, 0, 0, second)});
  EXPECT_TRUE(sum({&added, &superseded, &voided}).empty());
  EXPECT_EQ(why(settled(Action::supersede, two, second, first)), Reason::control_target_settled);
  committed_step(partition, {decision(Action::reinstate, two, 0, 0, second)});
  const Change back = committed_step(partition, {settled(Action::supersede, two, second, first)});
  EXPECT_EQ(sum({&added, &superseded, &back}), sum({&added}));
}

TEST_F(DecisionsTest, WhatIsKeptChangesNoTotalAndNothingThatMeetsItInTheStep) {
  Partition partition(rules, governed, 0);
  const Bytes first = ballot(1, {0}), second = ballot(1, {1}), third = ballot(1, {0, 1});
  committed_step(partition, {decision(Action::open, two, 1), first, second, third});
  const Bytes keep = settled(Action::keep, two, first, second);
  EXPECT_TRUE(step(partition, {keep}).totals.empty());
  EXPECT_EQ(step(partition, {keep, settled(Action::keep, two, first, third),
                             settled(Action::supersede, two, first, third)})
                .outcomes.counted,
            3U);
  const auto why = [&](Bytes entry) { return rejected_as(step(partition, {std::move(entry)})); };
  EXPECT_EQ(why(settled(Action::keep, two, second, first)), Reason::control_target);
  EXPECT_EQ(why(settled(Action::keep, two, ballot(2, {0}), second)), Reason::control_target);
}

// What was kept is kept: the same decision once more says nothing, in the step or after a restart.
TEST_F(DecisionsTest, WhatIsKeptAlreadyIsNotKeptAgain) {
  Partition partition(rules, governed, 0), restored(rules, governed, 0);
  const Bytes first = ballot(1, {0}), second = ballot(1, {1}), third = ballot(1, {0, 1});
  const auto keep = [&] { return settled(Action::keep, two, first, second); };
  Step made;
  const Change change =
      step(partition, {decision(Action::open, two, 1), first, keep(), keep()}, &made);
  EXPECT_EQ(change.outcomes, (Outcomes{3, 0, 0, 1}));
  EXPECT_EQ(rejected_as(change), Reason::control_target_settled);
  ASSERT_TRUE(partition.settle(change.after()));
  ASSERT_TRUE(restored.restore(made.segment, change.to));
  for (Partition* one : {&partition, &restored}) {
    EXPECT_EQ(rejected_as(step(*one, {keep()})), Reason::control_target_settled);
    EXPECT_EQ(step(*one, {settled(Action::keep, two, first, third)}).outcomes.counted, 1U);
  }
}

// A decision that is sent once more, signed by another officer too, decides nothing else.
TEST_F(DecisionsTest, ADecisionWithOtherSignaturesIsTheOneThatWasCounted) {
  governed.officers.push_back(
      {"tabulation 3", OfficerRole::tabulation, Ed25519Pair(seed_of("tabulation 3")).key()});
  Partition partition(rules, governed, 0), restored(rules, governed, 0);
  const Bytes open = decision(Action::open, two, 1), counted = ballot(1, {0});
  const Bytes voids = decision(Action::void_ballot, two, 0, 0, counted);
  const std::vector<Bytes> again{signed_again(open, {"tabulation 2", "tabulation 3"}),
                                 signed_again(voids, {"tabulation 1", "tabulation 3"})};
  Step made;
  const Change change =
      step(partition, {open, counted, voids, again[0], again[1], open, voids}, &made);
  EXPECT_EQ(change.outcomes, (Outcomes{3, 4, 0, 0}));
  EXPECT_EQ(change.decisions, (std::vector<Bytes>{open, voids}));
  ASSERT_TRUE(partition.settle(change.after()));
  ASSERT_TRUE(restored.restore(made.segment, change.to));
  for (Partition* one : {&partition, &restored}) {
    EXPECT_EQ(step(*one, again).outcomes, (Outcomes{0, 2, 0, 0}));
    EXPECT_TRUE(step(*one, again).totals.empty());
  }
}

// Else whoever can write into the journal could leave a conflict that nobody can settle.
TEST_F(DecisionsTest, ADecisionUnderAnIdThatWasCountedIsRejectedByNameAndNoConflict) {
  Partition partition(rules, governed, 0);
  const Bytes open = decision(Action::open, two, 1), counted = ballot(1, {0});
  committed_step(partition, {open, counted});
  Bytes forged = open;
  forged.back() ^= 1;
  Control other;
  other.action = Action::close;
  other.reason = "Because.";
  other.number = 2;
  const auto why = [&](const Bytes& entry) {
    const Change change = step(partition, {entry});
    EXPECT_EQ(change.incidents.front().outcome, Outcome::rejected);
    EXPECT_EQ(change.incidents.front().leaf, leaf_hash(entry));
    return rejected_as(change);
  };
  EXPECT_EQ(why(forged), Reason::control_signature);
  EXPECT_EQ(why(signed_again(open, {"tabulation 1"})), Reason::control_approvals);
  EXPECT_EQ(why(signed_again(open, {"auditor 1", "auditor 2"})), Reason::control_role);
  EXPECT_EQ(why(sealed_as(*id_of(open), other, two)), Reason::entry_conflict);
  EXPECT_EQ(why(sealed_as(*id_of(counted), other, two)), Reason::entry_conflict);
  // A ballot that came under the id of a decision is somebody's vote, and a conflict as ever.
  Entry card = entry(1, {0});
  card.id = *id_of(open);
  EXPECT_EQ(step(partition, {encode(card, governed.id)}).outcomes, (Outcomes{0, 0, 1, 0}));
  // The one that was rejected is made anew, and counts.
  EXPECT_EQ(committed_step(partition, {sealed(other, two)}).outcomes.counted, 1U);
}

// The leaves of a superseding stand by hash like all others, and a process that starts from them
// knows which content stands.
TEST_F(DecisionsTest, WhatWasSupersededIsKnownAfterARestart) {
  const Bytes first = ballot(1, {0}), second = ballot(1, {1});
  const std::vector<Bytes> entries{settled(Action::supersede, two, first, second),
                                   decision(Action::open, two, 1),
                                   second,
                                   first,
                                   decision(Action::void_ballot, two, 0, 0, ballot(2, {1})),
                                   ballot(2, {1})};
  // Which of two contents counts is the journal's order; then the decision is about that one.
  Partition partition(rules, governed, 0), restored(rules, governed, 0);
  Step made;
  const Change change = step(
      partition, {entries[1], entries[3], entries[2], entries[0], entries[4], entries[5]}, &made);
  EXPECT_EQ(change.outcomes, (Outcomes{5, 0, 1, 0}));
  const auto segment = decode_segment(made.segment, governed.id);
  ASSERT_TRUE(segment);
  Partition again(rules, governed, 0);
  std::vector<Bytes> leaves;
  for (const ByteView leaf : segment->leaves) leaves.emplace_back(leaf.begin(), leaf.end());
  Step remade;
  step(again, leaves, &remade);
  EXPECT_EQ(remade.segment, made.segment);
  EXPECT_EQ(decode_change(remade.change)->totals, change.totals);
  ASSERT_TRUE(restored.restore(made.segment, change.to));
  ASSERT_TRUE(partition.settle(change.after()));
  for (Partition* one : {&partition, &restored}) {
    EXPECT_EQ(rejected_as(step(*one, {decision(Action::void_ballot, two, 0, 0, first)})),
              Reason::control_target);
    EXPECT_EQ(step(*one, {decision(Action::void_ballot, two, 0, 0, second)}).outcomes.counted, 1U);
  }
}

// The leaves of a step stand by hash: whatever order they are read in gives the step again.
TEST_F(DecisionsTest, TheOrderInsideAStepDecidesNothing) {
  std::vector<Bytes> entries{ballot(1, {0}),
                             decision(Action::void_ballot, two, 0, 0, ballot(2, {1})),
                             decision(Action::close, two, 2),
                             ballot(2, {1}),
                             decision(Action::open, two, 1),
                             decision(Action::void_ballot, two, 0, 0, ballot(1, {0}))};
  Partition first(rules, governed, 0);
  Step made;
  const Change change = step(first, entries, &made);
  EXPECT_EQ(change.outcomes.counted, entries.size());
  EXPECT_EQ(change.decisions.size(), 4U);
  const auto segment = decode_segment(made.segment, governed.id);
  ASSERT_TRUE(segment);
  Partition again(rules, governed, 0), restored(rules, governed, 0);
  Step remade;
  std::vector<Bytes> leaves;
  for (const ByteView leaf : segment->leaves) leaves.emplace_back(leaf.begin(), leaf.end());
  step(again, leaves, &remade);
  EXPECT_EQ(remade.segment, made.segment);
  auto remade_change = decode_change(remade.change);
  ASSERT_TRUE(remade_change);
  EXPECT_EQ(remade_change->decisions, change.decisions);
  // And a process that starts from the log knows what was decided.
  ASSERT_TRUE(restored.restore(made.segment, change.to));
  ASSERT_TRUE(first.settle(change.after()));
  for (Partition* partition : {&first, &restored}) {
    EXPECT_EQ(rejected_as(step(*partition, {decision(Action::open, two, 3)})),
              Reason::control_stage);
    EXPECT_EQ(
        step(*partition, {decision(Action::reinstate, two, 0, 0, ballot(1, {0}))}).outcomes.counted,
        1U);
  }
}

TEST_F(DecisionsTest, OnlyOneDecisionAboutABallotAStep) {
  Partition partition(rules, governed, 0);
  committed_step(partition, {decision(Action::open, two, 1), ballot(1, {0})});
  const Change change = step(partition, {decision(Action::void_ballot, two, 0, 0, ballot(1, {0})),
                                         decision(Action::reinstate, two, 0, 0, ballot(1, {0}))});
  EXPECT_EQ(change.outcomes, (Outcomes{1, 0, 0, 1}));
  EXPECT_EQ(rejected_as(change), Reason::control_target_settled);
}

// What is certified is what was counted when the step began; what falls into the same step is late.
TEST_F(DecisionsTest, ABallotInTheStepOfTheCertificationIsLateWhereverItStands) {
  Partition partition(rules, governed, 0);
  committed_step(partition, {decision(Action::open, two, 1), ballot(1, {0})});
  committed_step(partition, {decision(Action::close, two, 2)});
  const Change change =
      step(partition, {ballot(2, {0}), decision(Action::certify, two, 3, 3), ballot(3, {0})});
  EXPECT_EQ(change.outcomes, (Outcomes{1, 0, 0, 2}));
  for (const Incident& incident : change.incidents) {
    EXPECT_EQ(incident.reason, Reason::count_certified);
  }
}

TEST_F(DecisionsTest, AStepThatIsNotCommittedDecidedNothing) {
  Partition partition(rules, governed, 0);
  const Committed before = partition.at();
  step(partition, {decision(Action::open, two, 1)});
  ASSERT_TRUE(partition.settle(before));
  EXPECT_EQ(rejected_as(step(partition, {ballot(1, {0})})), Reason::count_not_open);
}

TEST_F(DecisionsTest, AChangeWithoutDecisionsIsOfVersionOne) {
  Partition partition(rules, governed, 0);
  Step opened, counted;
  step(partition, {decision(Action::open, two, 1)}, &opened);
  const auto change = decode_change(opened.change);
  ASSERT_TRUE(change && partition.settle(change->after()));
  step(partition, {ballot(1, {0})}, &counted);
  EXPECT_EQ(opened.change[4], 2);
  EXPECT_EQ(counted.change[4], 1);
  EXPECT_EQ(encode(*change), opened.change);
}

}  // namespace
}  // namespace teller
