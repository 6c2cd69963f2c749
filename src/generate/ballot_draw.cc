#include "generate/ballot_draw.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "generate/seed_streams.h"

namespace teller {
namespace {

constexpr std::string_view write_in_names[] = {"Zoë Ünal", "Jean-Luc Moreau", "李小龍", "A. Nother",
                                               "Bob \"Bobby\" Tables"};

std::vector<UnitId> leaves_of(const Rules& rules) {
  std::vector<bool> has_children(rules.units.size());
  for (const Unit& unit : rules.units) {
    if (unit.parent) has_children[unit.parent->value] = true;
  }
  std::vector<UnitId> leaves;
  for (std::uint32_t i = 0; i < has_children.size(); ++i) {
    if (!has_children[i]) leaves.push_back(UnitId{i});
  }
  return leaves;
}

// The number of a random choice below which each fate of a selection ends, one behind the other.
struct FateLimits {
  double blank, over, under, write_in;
  explicit FateLimits(const GenerateOptions& shares)
      : blank(shares.blank),
        over(blank + shares.overvotes),
        under(over + shares.undervotes),
        write_in(under + shares.write_ins) {}
};

}  // namespace

BallotDraw::BallotDraw(const Rules& rules, const GenerateOptions& options)
    : rules_(rules), options_(options), leaves_(leaves_of(rules)), cards_(cards_in_use(rules)) {
  if (cards_.empty()) return;
  draw_unit_ =
      WeightedDraw::zipf(leaves_.size(), options.skew, SeededRandom(options.seed, units_stream));
  draw_card_ =
      WeightedDraw::zipf(cards_.size(), options.skew, SeededRandom(options.seed, cards_stream));
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    draw_option_.push_back(WeightedDraw::zipf(rules.contests[i].options.size(), options.skew,
                                              SeededRandom(options.seed, options_stream + i)));
  }
  Bytes seed;
  ByteWriter writer(seed);
  writer.raw("teller generate 1\n");
  writer.u64(options.seed);
  id_key_ = sha256(seed);
}

EntryId BallotDraw::id_of(std::uint64_t number) const {
  std::array<char, 8> raw;
  std::memcpy(raw.data(), &number, sizeof(number));
  return derived_id(id_key_, std::string_view(raw.data(), raw.size()));
}

void BallotDraw::draw(std::uint64_t number, std::uint64_t variant, Entry& entry) const {
  SeededRandom random(options_.seed + variant * 0x5851'F42D'4C95'7F2DU,
                      number ^ (std::uint64_t{ballot_stream} << 8));
  entry.id = id_of(number);
  if (!std::holds_alternative<Ballot>(entry.body)) entry.body.emplace<Ballot>();
  Ballot& ballot = std::get<Ballot>(entry.body);
  const CardInUse& in_use = cards_[draw_card_->draw(random)];
  ballot.unit = leaves_[draw_unit_->draw(random)];
  ballot.style = in_use.style;
  ballot.card = in_use.card;
  ballot.method = in_use.method;
  const auto& contests = rules_.styles[in_use.style.value].cards[in_use.card - 1U].contests;
  ballot.selections.resize(contests.size());
  for (std::size_t i = 0; i < contests.size(); ++i) {
    mark(contests[i], random, ballot.selections[i]);
  }
}

void BallotDraw::pick(ContestId contest, std::size_t wanted, SeededRandom& random,
                      std::vector<OptionId>& out) const {
  const std::size_t n = rules_.contest(contest).options.size();
  wanted = std::min({wanted, n, std::size_t{255}});
  for (int misses = 0; out.size() < wanted;) {
    OptionId option{draw_option_[contest.value].draw(random)};
    while (std::find(out.begin(), out.end(), option) != out.end()) {
      // The few that everybody marks are taken: go to a neighbour rather than draw for ever.
      option = ++misses < 20 ? OptionId{draw_option_[contest.value].draw(random)}
                             : OptionId{static_cast<std::uint32_t>((option.value + 1) % n)};
    }
    out.push_back(option);
  }
}

void BallotDraw::mark(ContestId id, SeededRandom& random, Selection& out) const {
  const Contest& contest = rules_.contest(id);
  out.contest = id;
  out.form = Selection::Form::marks;
  out.marks.clear();
  out.write_ins.clear();
  out.ranks.clear();
  const double fate = random.unit();
  const FateLimits limits(options_);
  if (fate < limits.blank) {
    out.form = Selection::Form::blank;
    return;
  }
  if (contest.kind == ContestKind::ranked) return mark_ranks(id, fate, random, out);
  const std::size_t allowed = contest.votes_allowed;
  std::size_t marks = allowed;
  if (fate < limits.over) {
    marks = allowed + 1;
  } else if (fate < limits.under) {
    marks = random.below(allowed);
  } else if (fate < limits.write_in && contest.write_ins) {
    out.write_ins.emplace_back(write_in_names[random.below(std::size(write_in_names))]);
    --marks;
  }
  pick(id, marks, random, out.marks);
  std::sort(out.marks.begin(), out.marks.end());
}

// `fate` is that of the selection, not a blank one.
void BallotDraw::mark_ranks(ContestId id, double fate, SeededRandom& random, Selection& out) const {
  const Contest& contest = rules_.contest(id);
  const std::size_t allowed = contest.votes_allowed;
  const FateLimits limits(options_);
  out.form = Selection::Form::ranking;
  if (fate >= limits.over && fate < limits.under) return;  // Nothing ranked.
  std::vector<OptionId> order;
  pick(id, 1 + random.below(std::min(allowed, contest.options.size())), random, order);
  for (const OptionId option : order) out.ranks.push_back({option});
  if (fate < limits.over && order.size() >= 2) {  // Two in the first rank.
    out.ranks[0].push_back(out.ranks.back()[0]);
    std::sort(out.ranks[0].begin(), out.ranks[0].end());
    out.ranks.pop_back();
  } else if (fate < limits.write_in && out.ranks.size() < allowed) {  // The first rank skipped.
    out.ranks.insert(out.ranks.begin(), std::vector<OptionId>{});
  }
}

}  // namespace teller
