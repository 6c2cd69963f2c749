#include "deck.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/check.h"
#include "election/decisions.h"
#include "entries.h"
#include "intake/accept.h"
#include "log/merkle.h"

namespace teller::deck {
namespace {

// "duplicate 5 conflict 1": those that are not 0.
std::string in_words(const Outcomes& outcomes) {
  std::string text;
  for (const auto& [name, number] : {std::pair{"counted", outcomes.counted},
                                     {"duplicate", outcomes.duplicate},
                                     {"conflict", outcomes.conflict},
                                     {"rejected", outcomes.rejected}}) {
    if (number == 0) continue;
    text += (text.empty() ? "" : " ") + std::string(name) + " " + std::to_string(number);
  }
  return text;
}

}  // namespace

struct Deck::Verb {
  std::string_view name;
  bool declares;
  void (*run)(Deck& deck, Words& words);
};

const Deck::Verb Deck::verb_table[] = {
    {"methods", true, [](Deck& deck, Words& words) { deck.definition_.methods(words); }},
    {"units", true, [](Deck& deck, Words& words) { deck.definition_.units(words); }},
    {"parties", true, [](Deck& deck, Words& words) { deck.definition_.parties(words); }},
    {"contest", true, [](Deck& deck, Words& words) { deck.definition_.contest(words); }},
    {"style", true, [](Deck& deck, Words& words) { deck.definition_.style(words); }},
    {"officers", true, [](Deck& deck, Words& words) { deck.definition_.officers(words); }},
    {"cast", false, [](Deck& deck, Words& words) { deck.cast(words); }},
    {"sheet", false, [](Deck& deck, Words& words) { deck.sheet(words); }},
    {"damaged", false, [](Deck& deck, Words& words) { deck.damaged(words); }},
    {"decide", false, [](Deck& deck, Words& words) { deck.decide(words); }},
    {"state", false, [](Deck& deck, Words&) { deck.state(); }},
    {"replay", false, [](Deck& deck, Words& words) { deck.replay(words); }},
    {"backwards", false, [](Deck& deck, Words& words) { deck.backwards(words); }},
    {"tally", false, [](Deck& deck, Words& words) { deck.tally(words); }},
    {"outcomes", false, [](Deck& deck, Words& words) { deck.outcomes(words); }},
    {"falls", false, [](Deck& deck, Words& words) { deck.falls(words); }},
    {"fall", false, [](Deck& deck, Words& words) { deck.fall(words); }},
};

std::vector<std::string_view> Deck::verbs() {
  std::vector<std::string_view> names;
  for (const Verb& verb : verb_table) names.push_back(verb.name);
  return names;
}

void Deck::run(const std::string& line) {
  Words words(line);
  const std::string name = words.next();
  const Verb* const verb = std::ranges::find(verb_table, name, &Verb::name);
  if (verb == std::end(verb_table)) throw Wrong("unknown verb '" + name + "'");
  if (!verb->declares) {
    begin();
  } else if (count_) {
    throw Wrong("'" + name + "' must stand before the first card");
  }
  verb->run(*this, words);
  if (!words.done()) throw Wrong("one word too many: '" + words.next() + "'");
}

void Deck::finish() const {
  if (!tallied_) throw Wrong("a deck must have a tally");
  for (const std::uint16_t partitions : std::array<std::uint16_t, 3>{1, 2, 7}) {
    count_again(partitions, false);
    // Of two entries with one id the first stays, so only their order may matter.
    if (count_->outcomes.conflict == 0) count_again(partitions, true);
  }
}

void Deck::begin() {
  if (count_) return;
  rules_ = definition_.finish();
  file_.id.bytes = {1, 2, 3, 4, 5, 6, 7, 8};
  file_.rules = rules_.hash();
  file_.officers = definition_.officers();
  count_.emplace(rules_, file_, std::uint16_t{3});
}

void Deck::cast(Words& words) { send(ballot_json(rules_, file_.id, words), words.outcome()); }

void Deck::sheet(Words& words) { send(sheet_json(rules_, file_.id, words), words.outcome()); }

void Deck::send(const std::string& json, const std::string& expected) {
  const auto accepted = accept_json({&rules_, &count_->file()}, json);
  const std::string actual = accepted ? record(accepted->entry, accepted->entry)
                                      : "refused " + std::string(accepted.error().code);
  expect_equal("outcome", expected, actual);
}

void Deck::damaged(Words& words) {
  if (!words.take("cast")) throw Wrong("only a card can be 'damaged': damaged cast …");
  const auto accepted =
      accept_json({&rules_, &count_->file()}, ballot_json(rules_, file_.id, words));
  if (!accepted) throw Wrong("before it was damaged it was " + std::string(accepted.error().code));
  Bytes bytes = accepted->entry;
  bytes.push_back(0);
  expect_equal("outcome", words.outcome(), record(bytes, accepted->entry));
}

void Deck::decide(Words& words) {
  const std::string name = words.next();
  if (name == "again") return decide_again(words);
  SaidDecision decision;
  decision.line = ++decisions_;
  const auto action = action_named(name);
  if (!action) throw Wrong("officers cannot decide '" + name + "'");
  decision.control.action = *action;
  if (!decision.control.about_stage()) about_card(decision.control, words);
  who_and_why(decision, count_->file(), words);
  if (!decision.control.about_stage()) last_about_card_ = decision;
  const Bytes entry = decision.entry(file_.id);
  const auto accepted = accept({&rules_, &count_->file()}, entry);
  if (!accepted) {
    expect_equal("outcome", words.outcome(), "refused " + std::string(accepted.error().code));
  } else if (decision.control.about_stage()) {
    happened_.push_back({.what = Happened::What::stage_decision, .decision = decision});
    expect_equal("outcome", words.outcome(), count_->decide(decision));
  } else {
    expect_equal("outcome", words.outcome(), record(entry, entry));
  }
}

void Deck::decide_again(Words& words) {
  if (!last_about_card_) throw Wrong("nothing was decided about a card yet");
  SaidDecision decision = *last_about_card_;
  decision.signers.clear();
  who_and_why(decision, count_->file(), words);
  const Bytes entry = decision.entry(file_.id);
  const auto accepted = accept({&rules_, &count_->file()}, entry);
  expect_equal("outcome", words.outcome(),
               accepted ? record(entry, entry) : "refused " + std::string(accepted.error().code));
}

void Deck::state() {
  happened_.push_back({.what = Happened::What::statement});
  count_->state();
}

void Deck::about_card(Control& control, Words& words) const {
  const std::string name = words.next();
  control.target = recorded_content(name, words);
  if (control.action != Control::Action::supersede && control.action != Control::Action::keep) {
    return;
  }
  const Bytes other = recorded_content(name, words);
  if (control.action == Control::Action::supersede) {
    control.other = other;
  } else {
    control.kept = {
        EntryKind::ballot, card_id(name), {}, leaf_hash(control.target), leaf_hash(other)};
    control.target.clear();
  }
}

const Bytes& Deck::recorded_content(const std::string& name, Words& words) const {
  std::vector<const Bytes*> contents;
  for (const Happened& one : happened_) {
    if (id_of(one.undamaged) != card_id(name)) continue;
    const auto is_known = [&](const Bytes* known) { return *known == one.undamaged; };
    if (std::ranges::none_of(contents, is_known)) contents.push_back(&one.undamaged);
  }
  if (contents.empty()) throw Wrong("no card '" + name + "' was recorded");
  std::size_t at = 0;
  for (const char* ordinal : {"first", "second", "third"}) {
    if (words.take(ordinal)) {
      if (at >= contents.size()) throw Wrong("card '" + name + "' has no " + ordinal + " content");
      return *contents[at];
    }
    ++at;
  }
  return *contents.front();
}

std::string Deck::record(const Bytes& entry, const Bytes& undamaged) {
  const auto accepted = accept({&rules_, &count_->file()}, undamaged);
  check(accepted.has_value(), "what was accepted once is accepted again");
  const Change change = count_->step(accepted->partition, {entry});
  happened_.push_back({.bytes = entry, .undamaged = undamaged});
  count_->check_balance();
  return outcome_of(change);
}

void Deck::replay(Words& words) {
  const auto totals = count_->totals;
  Outcomes before = count_->outcomes;
  const std::vector<Happened> all = happened_;
  for (const Happened& one : all) {
    if (one.what == Happened::What::entry) record(one.bytes, one.undamaged);
    if (one.what == Happened::What::stage_decision) {
      happened_.push_back(one);
      count_->decide(one.decision);
    }
  }
  const Outcomes& after = count_->outcomes;
  expect_equal("outcome", words.outcome(),
               in_words({after.counted - before.counted, after.duplicate - before.duplicate,
                         after.conflict - before.conflict, after.rejected - before.rejected}));
  if (count_->totals != totals) throw Wrong("other totals after the replay");
}

void Deck::backwards(Words&) { count_again(1, true); }

void Deck::count_again(std::uint16_t partitions, bool backwards) const {
  Count other(rules_, file_, partitions);
  std::map<std::uint16_t, std::vector<Bytes>> entries;
  const auto count_them = [&] {
    for (auto& [partition, all] : entries) {
      if (backwards) std::ranges::reverse(all);
      other.step(partition, all);
    }
    entries.clear();
  };
  for (const Happened& one : happened_) {
    const bool decided = one.what != Happened::What::entry || is_control(one.bytes);
    if (decided) count_them();
    if (one.what == Happened::What::entry) {
      const auto accepted = accept({&rules_, &other.file()}, one.undamaged);
      check(accepted.has_value(), "what was accepted once is accepted again");
      entries[accepted->partition].push_back(one.bytes);
    } else if (one.what == Happened::What::stage_decision) {
      other.decide(one.decision);
    } else {
      other.state();
    }
    if (decided) count_them();
  }
  count_them();
  const std::string how = " when counted " + std::string(backwards ? "backwards " : "") +
                          "in one step from " + std::to_string(partitions) + " partitions";
  if (other.totals != count_->totals) throw Wrong("other totals" + how);
  if (!(other.outcomes == count_->outcomes)) throw Wrong("other outcomes" + how);
}

void Deck::tally(Words& words) {
  const UnitId at = unit(words);
  const std::string name = words.next();
  const auto contest = name == "WHOLE-UNIT" ? std::optional(whole_unit) : rules_.find_contest(name);
  if (!contest) throw Wrong("there is no contest '" + name + "'");
  const auto by = method(words);
  if (words.done()) throw Wrong("a tally must say at least one figure");
  while (!words.done()) {
    const std::string column = words.next();
    expect_equal(column, words.next(), count_->figure(*contest, slot_of(*contest, column), at, by));
  }
  tallied_ = true;
}

void Deck::outcomes(Words& words) {
  const Outcomes& all = count_->outcomes;
  const std::map<std::string, std::uint64_t> actual = {{"recorded", all.recorded()},
                                                       {"counted", all.counted},
                                                       {"duplicate", all.duplicate},
                                                       {"conflict", all.conflict},
                                                       {"rejected", all.rejected}};
  while (!words.done()) {
    const std::string name = words.next();
    const auto found = actual.find(name);
    if (found == actual.end()) throw Wrong("there is no outcome '" + name + "'");
    expect_equal(name, words.next(), std::to_string(found->second));
  }
}

void Deck::falls(Words& words) {
  expect_equal("falls", words.next(), std::to_string(count_->decreases.size()));
}

void Deck::fall(Words& words) {
  const UnitId at = unit(words);
  const std::string name = words.next();
  const auto contest = rules_.find_contest(name);
  if (!contest) throw Wrong("there is no contest '" + name + "'");
  const MethodId by = method(words).value_or(MethodId{0});
  const std::uint16_t column = slot_of(*contest, words.next());
  if (!words.take("from")) throw Wrong("'from' is missing");
  const std::uint64_t from = words.number();
  if (!words.take("to")) throw Wrong("'to' is missing");
  const std::uint64_t to = words.number();
  const std::string reason = words.take("because") ? words.quoted() : "";
  const FigureDecrease expected{{*contest, column, at, by}, from, to, reason};
  if (std::ranges::find(count_->decreases, expected) == count_->decreases.end()) {
    throw Wrong("no such fall was reported");
  }
}

UnitId Deck::unit(Words& words) const {
  const std::string name = words.next();
  const auto found = rules_.find_unit(name);
  if (!found) throw Wrong("there is no unit '" + name + "'");
  return *found;
}

std::optional<MethodId> Deck::method(Words& words) const {
  if (!words.take("by")) return std::nullopt;
  const std::string name = words.next();
  const auto found = rules_.find_method(name);
  if (!found) throw Wrong("there is no method '" + name + "'");
  return found;
}

std::uint16_t Deck::slot_of(ContestId contest, const std::string& name) const {
  if (const auto column = counter_named(name)) return *column;
  const auto option = contest == whole_unit ? std::nullopt : rules_.find_option(contest, name);
  if (!option) throw Wrong("there is no option or counter '" + name + "'");
  return static_cast<std::uint16_t>(option->value);
}

}  // namespace teller::deck
