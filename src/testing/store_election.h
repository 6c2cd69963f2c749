// For tests of stores and of what comes after them: a small election, and the changes that the
// steps of its partitions would be.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "count/step.h"
#include "election/count_file.h"
#include "election/presentation.h"

namespace teller {

// The election of these tests: a city of two districts, of which one has two polling places; a
// mayor counted from ballots, a council counted from ballots in person and from sheets by post.
struct ContractElection {
  static constexpr UnitId north{1}, north_1{2}, north_2{3}, south{4};
  static constexpr ContestId mayor{0}, council{1};
  static constexpr std::uint16_t ada = 0, bell = 1;   // Of the mayor.
  static constexpr std::uint16_t cruz = 0, none = 1;  // Of the council.
  static constexpr MethodId in_person{0}, postal{1};
  static constexpr std::uint16_t partitions = 4;

  static Rules rules() {
    auto parsed = Rules::parse(
        R"({"teller": "rules/1",
            "election": {"name": "City of Ash", "date": "2030-05-05", "time_zone": "Europe/Vienna"},
            "parties": [{"id": "green", "name": "Greens"}, {"id": "tool", "name": "Toolmakers"}],
            "methods": [{"id": "in-person", "name": "In person"}, {"id": "postal", "name": "By post"}],
            "units": [{"id": "ash", "name": "Ash", "kind": "city"},
                      {"id": "ash/north", "name": "North", "kind": "district", "parent": "ash"},
                      {"id": "ash/north/1", "name": "School", "kind": "polling place", "parent": "ash/north"},
                      {"id": "ash/north/2", "name": "Fire station", "kind": "polling place", "parent": "ash/north"},
                      {"id": "ash/south", "name": "South", "kind": "district", "parent": "ash"}],
            "contests": [
              {"id": "mayor", "name": "Mayor", "kind": "plurality", "seats": 1, "votes_allowed": 1,
               "write_ins": true, "share_base": "votes", "decides": "most votes", "unit": "ash",
               "counted_from": "ballots",
               "options": [{"id": "ada", "name": "Ada", "kind": "candidate",
                            "candidates": [{"id": "ada", "name": "Ada"}], "parties": ["tool", "green"]},
                           {"id": "bell", "name": "Bell", "kind": "candidate",
                            "candidates": [{"id": "bell", "name": "Bell"}], "parties": ["green"]}]},
              {"id": "council", "name": "Council", "kind": "plurality", "seats": 1, "votes_allowed": 1,
               "write_ins": false, "share_base": "cards", "decides": "most votes", "unit": "ash",
               "counted_from": {"in-person": "ballots", "postal": "sheets"},
               "options": [{"id": "cruz", "name": "Cruz", "kind": "candidate",
                            "candidates": [{"id": "cruz", "name": "Cruz"}], "parties": []},
                           {"id": "none", "name": "None of them", "kind": "none_of_the_above"}]}],
            "styles": [{"id": "all", "name": "All", "cards": [["mayor", "council"]]}]})",
        "rules.json");
    EXPECT_TRUE(parsed) << to_text(parsed.error());
    return *std::move(parsed);
  }

  static Presentation presentation(const Rules& rules) {
    auto parsed = Presentation::parse(
        R"({"teller": "presentation/1", "title": "Ash votes",
            "options": {"mayor/ada": {"colour": "#aa0000", "short_name": "A.", "photo": "ada.jpg"}},
            "parties": {"green": {"colour": "#00aa00"}, "tool": {"colour": "#0000aa"}},
            "registered": {"ash": 1000, "ash/north/1": 200}})",
        "presentation.json", rules);
    EXPECT_TRUE(parsed) << to_text(parsed.error());
    return *std::move(parsed);
  }

  static CountFile count(const Rules& rules, const Presentation& presentation, std::uint8_t tag) {
    CountId id;
    id.bytes.fill(tag);
    return count(rules, presentation, id);
  }
  static CountFile count(const Rules& rules, const Presentation& presentation, const CountId& id) {
    CountFile count;
    count.id = id;
    count.mode = Mode::test;
    count.label = "REPLAY: made up";
    count.rules = rules.hash();
    count.presentation = presentation.hash();
    count.partitions = partitions;
    count.origin = "ash.example/2030/mayor";
    count.seal();
    return count;
  }
};

// Makes the changes that the steps of one partition would be.
class ContractPartition {
 public:
  ContractPartition(const CountId& count, std::uint16_t number) {
    next_.count = count;
    next_.partition = number;
  }

  // `votes` ballots for an option of the mayor, counted in one unit.
  ContractPartition& ballots(UnitId unit, std::uint16_t option, std::int64_t votes) {
    add({ContractElection::mayor, option, unit, ContractElection::in_person}, {votes, 0, 0});
    add({ContractElection::mayor, slot::cards, unit, ContractElection::in_person}, {votes, 0, 0});
    add({whole_unit, slot::cards, unit, ContractElection::in_person}, {votes, 0, 0});
    next_.outcomes.counted += static_cast<std::uint64_t>(votes);
    return *this;
  }
  ContractPartition& add(TotalKey key, Total by) {
    Total& total = totals_[key];
    total.value += by.value;
    total.known = static_cast<std::int8_t>(total.known + by.known);
    total.withheld = static_cast<std::int8_t>(total.withheld + by.withheld);
    return *this;
  }
  ContractPartition& outcome(Outcomes more) {
    next_.outcomes += more;
    return *this;
  }
  ContractPartition& incident(Incident incident) {
    next_.incidents.push_back(incident);
    (incident.outcome == Outcome::conflict ? next_.outcomes.conflict : next_.outcomes.rejected)++;
    return *this;
  }
  // Officers' decision about the stage: the store asks for no signature.
  ContractPartition& decision(Control::Action action, std::uint32_t number, std::uint8_t id) {
    Control control;
    control.action = action;
    control.reason = "The board of elections decided so; \"unanimously\".";
    control.partition = next_.partition;
    control.number = number;
    control.signatures = {{"a.huber", {}}, {"b.meier", {}}};
    EntryId named;
    named.bytes.fill(id);
    return decision(encode({make_uuid(named.bytes, 4), std::move(control)}, next_.count));
  }
  ContractPartition& decision(Bytes entry) {
    next_.decisions.push_back(std::move(entry));
    ++next_.outcomes.counted;
    return *this;
  }
  ContractPartition& decrease(FigureDecrease decrease) {
    next_.decreases.push_back(std::move(decrease));
    return *this;
  }

  // The step over the next `records` records; the next one follows it.
  Change step(std::uint64_t records = 1) {
    Change change = next_;
    change.number = at_.number + 1;
    change.from = at_.position;
    change.to = at_.position + records;
    for (const auto& [key, by] : totals_) {
      if (!by.is_zero()) change.totals.push_back({key, by});
    }
    change.log_size = at_.log_size + change.outcomes.counted;
    const std::string name = fmt::format("{}/{}", change.partition, change.number);
    change.root = sha256(as_bytes("root " + name));
    change.segment = sha256(as_bytes("segment " + name));
    at_ = change.after();
    Change empty;
    empty.count = change.count;
    empty.partition = change.partition;
    next_ = empty;
    totals_.clear();
    return change;
  }

 private:
  Change next_;
  Committed at_;
  std::map<TotalKey, Total> totals_;
};

}  // namespace teller
