// The files that define a count: rules, presentation, count file. Written by people, so whatever is
// wrong in them is said with a code; what is taken names nothing that is not there. The first byte
// of the input says which file it is: r, c or p.
#include "election/presentation.h"
#include "fuzz/target.h"

using namespace teller;

namespace {

void must_be_told(const Error& error) {
  check(fuzz::is_known(error.code) && !error.detail.empty(), "a refusal has a code and a sentence");
  check(error.remedy == Remedy::reject, "a wrong file is refused");
}

void try_rules(std::string_view text) {
  const auto rules = Rules::parse(text, "rules.json");
  if (!rules) return must_be_told(rules.error());
  check(rules->bytes() == text && rules->hash() == sha256(as_bytes(text)), "a file is as it is");
  check(!rules->units.empty() && !rules->methods.empty() && !rules->contests.empty(),
        "something is voted on, somewhere, somehow");
  for (std::uint32_t i = 0; i < rules->units.size(); ++i) {
    const Unit& unit = rules->units[i];
    check(rules->find_unit(unit.id) == UnitId{i}, "a unit is found by its id");
    check(!unit.parent || unit.parent->value < i, "a parent stands before its children");
  }
  for (std::uint32_t i = 0; i < rules->contests.size(); ++i) {
    const Contest& contest = rules->contests[i];
    check(rules->find_contest(contest.id) == ContestId{i}, "a contest is found by its id");
    check(contest.unit.value < rules->units.size() && !contest.options.empty() &&
              contest.counted_from.size() == rules->methods.size() && contest.votes_allowed > 0,
          "a contest is whole");
    for (std::uint32_t k = 0; k < contest.options.size(); ++k) {
      check(rules->find_option({i}, contest.options[k].id) == OptionId{k},
            "an option is found by its id");
      for (const PartyId party : contest.options[k].parties) {
        check(party.value < rules->parties.size(), "a party that is named is there");
      }
    }
  }
  for (const Style& style : rules->styles) {
    check(!style.cards.empty() && style.cards.size() <= 255, "a style has cards");
    for (const Card& card : style.cards) {
      check(!card.contests.empty() && std::ranges::is_sorted(card.contests) &&
                card.contests.back().value < rules->contests.size(),
            "a card carries contests that are there");
    }
  }
}

void try_count_file(std::string_view text) {
  const auto count = CountFile::parse(text, "count.json");
  if (!count) return must_be_told(count.error());
  CountFile sealed = *count;
  sealed.seal();
  const auto again = CountFile::parse(sealed.bytes, "count.json");
  check(again && again->id == count->id && again->mode == count->mode &&
            again->label == count->label && again->rules == count->rules &&
            again->partitions == count->partitions && again->step == count->step &&
            again->origin == count->origin && again->public_key == count->public_key,
        "what is written says what was read");
  CountFile twice = *again;
  twice.seal();
  check(twice.bytes == sealed.bytes, "one content, one byte string");
}

}  // namespace

FUZZ_TARGET(definition) {
  if (input.empty()) return;
  const std::string_view text = as_text(input.subspan(1));
  if (input[0] == 'r') return try_rules(text);
  if (input[0] == 'c') return try_count_file(text);
  const auto shown = Presentation::parse(text, "presentation.json", *fuzz::definition().rules);
  if (!shown) return must_be_told(shown.error());
  check(shown->bytes == text, "a file is as it is");
}
