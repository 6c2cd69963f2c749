#include "results/ballot_maker.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Mark = BallotRecord::Mark;
constexpr std::uint32_t several = ~std::uint32_t{0};
// As an entry's bytes have room for (schema/entry.md).
constexpr std::size_t marks_max = 255, write_in_bytes_max = 255;

RowFault fault_of(const BallotRecord& record, Code code, std::string detail,
                  const std::string& column = {}, std::string found = {}) {
  return {.line = record.line,
          .code = code,
          .detail = std::move(detail),
          .column = column,
          .found = std::move(found)};
}

std::unexpected<RowFault> refused(RowFault fault) { return std::unexpected(std::move(fault)); }

std::unexpected<RowFault> refused(const BallotRecord& record, const Mark& mark, Code code,
                                  std::string detail) {
  return refused(fault_of(record, code, std::move(detail), mark.column, shown(mark.text)));
}

const BallotRecord::Contest* said_of(const BallotRecord& record, ContestId contest) {
  const auto found = std::find_if(record.contests.begin(), record.contests.end(),
                                  [&](const auto& said) { return said.contest == contest; });
  return found == record.contests.end() ? nullptr : &*found;
}

}  // namespace

void BallotMaker::Names::add(const std::string& id, const std::string& name, std::uint32_t place) {
  for (const auto& [index, text] : {std::pair(&by_id_, &id), std::pair(&by_name_, &name)}) {
    const auto [found, is_new] = index->emplace(cleaned(*text), place);
    if (!is_new && found->second != place) found->second = several;
  }
}

std::optional<std::uint32_t> BallotMaker::Names::find(const std::string& text) const {
  for (const auto* const index : {&by_id_, &by_name_}) {
    const auto found = index->find(text);
    if (found != index->end() && found->second != several) return found->second;
  }
  return std::nullopt;
}

template <typename Things>
BallotMaker::Names BallotMaker::names_of(const Things& things) {
  Names names;
  for (std::uint32_t i = 0; i < things.size(); ++i) names.add(things[i].id, things[i].name, i);
  return names;
}

BallotMaker::BallotMaker(const Rules& rules, const CountId& count, ByteView secret,
                         std::string source)
    : rules_(rules),
      count_(count),
      secret_(secret.begin(), secret.end()),
      source_(std::move(source)),
      units_(names_of(rules.units)),
      methods_(names_of(rules.methods)),
      styles_(names_of(rules.styles)) {
  check(source_.size() <= source_bytes_max, "a source's name is short");
  for (const Contest& contest : rules.contests) options_.push_back(names_of(contest.options));
}

// A unit, method or style by its id or name; where the record says nothing, the only one there is.
std::expected<std::uint32_t, RowFault> BallotMaker::find(const BallotRecord& record,
                                                         const Names& names,
                                                         const std::string& text,
                                                         std::size_t number_of_them, Code code,
                                                         std::string_view what) const {
  if (text.empty() && number_of_them == 1) return 0;
  if (text.empty()) {
    return refused(fault_of(record, "import.value_missing",
                            fmt::format("is empty, and the rules have {}: write one, or name it in "
                                        "the mapping, as [{}] id = …",
                                        number_of_them, what),
                            std::string(what)));
  }
  if (const auto found = names.find(text)) return *found;
  return refused(fault_of(record, code,
                          fmt::format("is no {} of the rules; write its id, or its name where no "
                                      "other has it",
                                      what),
                          std::string(what), shown(text)));
}

std::expected<std::vector<std::uint8_t>, RowFault> BallotMaker::cards_of(const BallotRecord& record,
                                                                         const Style& style) const {
  std::vector<std::uint8_t> cards;
  if (record.card.empty()) {
    for (std::size_t n = 1; n <= style.cards.size(); ++n)
      cards.push_back(static_cast<std::uint8_t>(n));
    return cards;
  }
  std::uint8_t card = 0;
  const auto read =
      std::from_chars(record.card.data(), record.card.data() + record.card.size(), card);
  if (read.ec != std::errc{} || read.ptr != record.card.data() + record.card.size() || card < 1 ||
      card > style.cards.size()) {
    return refused(fault_of(record, "ballots.row_unfit",
                            fmt::format("is no card of ballot style {}: it must be a number from 1 "
                                        "to {}",
                                        style.id, style.cards.size()),
                            "card", shown(record.card)));
  }
  cards.push_back(card);
  return cards;
}

// The options that are marked, ascending; names that were written in go into `write_ins`.
std::expected<void, RowFault> BallotMaker::take_marks(const BallotRecord& record,
                                                      const std::vector<Mark>& marks,
                                                      const BallotRecord::Contest& said,
                                                      std::vector<OptionId>& options,
                                                      std::vector<std::string>* write_ins) const {
  const Contest& contest = rules_.contest(said.contest);
  bool too_many = false;
  for (const Mark& mark : marks) {
    switch (mark.kind) {
      case Mark::Kind::too_many:
        too_many = true;
        break;
      case Mark::Kind::write_in:
        if (!contest.write_ins || write_ins == nullptr) {
          return refused(record, mark, "entry.write_in.not_allowed",
                         fmt::format("contest {} takes no write-ins", contest.id));
        }
        if (mark.text.size() > write_in_bytes_max) {
          return refused(record, mark, "entry.write_in.invalid",
                         fmt::format("a name has at most {} bytes", write_in_bytes_max));
        }
        write_ins->push_back(mark.text);
        break;
      case Mark::Kind::option: {
        const auto option = options_[said.contest.value].find(mark.text);
        if (!option) {
          return refused(record, mark, "import.option_unknown",
                         fmt::format("contest {} has no such option; it has {}{}", contest.id,
                                     shown(contest.options.front().name),
                                     contest.options.size() > 1 ? ", …" : ""));
        }
        if (std::find(options.begin(), options.end(), OptionId{*option}) != options.end()) {
          return refused(record, mark, "entry.marks.repeated",
                         "is marked twice here; write it once");
        }
        options.push_back(OptionId{*option});
        break;
      }
    }
  }
  if (too_many) {
    const std::size_t needed = contest.kind == ContestKind::ranked ? 2 : contest.votes_allowed + 1U;
    if (contest.options.size() < needed || needed > marks_max) {
      return refused(
          record, marks.front(), "ballots.mark_invalid",
          fmt::format("contest {} cannot be overvoted: write the options that are marked",
                      contest.id));
    }
    options.clear();
    const auto all = static_cast<std::uint32_t>(std::min(contest.options.size(), marks_max));
    for (std::uint32_t i = 0; i < all; ++i) options.push_back(OptionId{i});
  }
  if (options.size() > marks_max || (write_ins != nullptr && write_ins->size() > marks_max)) {
    return refused(record, marks.front(), "ballots.mark_invalid",
                   fmt::format("more than {} marks in one contest are not taken", marks_max));
  }
  std::sort(options.begin(), options.end());
  return {};
}

std::expected<Selection, RowFault> BallotMaker::selection_of(
    const BallotRecord& record, const BallotRecord::Contest& said) const {
  const Contest& contest = rules_.contest(said.contest);
  Selection selection;
  selection.contest = said.contest;
  const bool ranked = contest.kind == ContestKind::ranked;
  selection.form = ranked ? Selection::Form::ranking : Selection::Form::marks;
  if (said.blank || said.invalid) {
    selection.form = said.blank ? Selection::Form::blank : Selection::Form::invalid;
    return selection;
  }
  for (const std::vector<Mark>& rank : said.ranks) {
    std::vector<OptionId>& into = ranked ? selection.ranks.emplace_back() : selection.marks;
    auto taken = take_marks(record, rank, said, into, ranked ? nullptr : &selection.write_ins);
    if (!taken) return std::unexpected(std::move(taken.error()));
  }
  while (!selection.ranks.empty() && selection.ranks.back().empty()) selection.ranks.pop_back();
  if (selection.ranks.size() > contest.votes_allowed) {
    const Mark& last = said.ranks[selection.ranks.size() - 1].front();
    return refused(record, last, "entry.ranking.too_long",
                   fmt::format("stands at rank {}, and contest {} has {}", selection.ranks.size(),
                               contest.id, contest.votes_allowed));
  }
  // A name that stands twice is one write-in; those that nobody can read may be different persons.
  auto& names = selection.write_ins;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end(),
                          [](const auto& a, const auto& b) { return !a.empty() && a == b; }),
              names.end());
  return selection;
}

std::expected<void, RowFault> BallotMaker::make(const BallotRecord& record,
                                                std::vector<MadeBallot>& made) {
  if (record.number.empty()) {
    return refused(fault_of(record, "import.value_missing",
                            "is empty: write the number on the paper, which is the ballot's own",
                            "number"));
  }
  if (record.number.size() > number_bytes_max ||
      std::any_of(record.number.begin(), record.number.end(),
                  [](unsigned char c) { return c < 0x20; })) {
    return refused(fault_of(
        record, "import.value_invalid",
        fmt::format("a ballot's number has at most {} bytes on one line", number_bytes_max),
        "number", shown(record.number)));
  }
  const auto unit =
      find(record, units_, record.unit, rules_.units.size(), "import.unit_unknown", "unit");
  if (!unit) return refused(unit.error());
  const auto method = find(record, methods_, record.method, rules_.methods.size(),
                           "import.method_unknown", "method");
  if (!method) return refused(method.error());
  const auto of_style =
      find(record, styles_, record.style, rules_.styles.size(), "ballots.row_unfit", "style");
  if (!of_style) return refused(of_style.error());
  const Style& style = rules_.styles[*of_style];
  const auto cards = cards_of(record, style);
  if (!cards) return refused(cards.error());

  std::vector<ContestId> carried;
  std::vector<MadeBallot> fresh;
  for (const std::uint8_t card : *cards) {
    Ballot ballot{.unit = UnitId{*unit},
                  .style = StyleId{*of_style},
                  .card = card,
                  .method = MethodId{*method},
                  .selections = {}};
    for (const ContestId contest : style.cards[card - 1U].contests) {
      const auto* const said = said_of(record, contest);
      if (said == nullptr) {
        return refused(
            fault_of(record, "ballots.row_unfit",
                     fmt::format("card {} of ballot style {} carries the contest {}, and "
                                 "the mapping has no [[contest]] for it: left out is not "
                                 "left empty",
                                 card, style.id, rules_.contest(contest).id)));
      }
      auto selection = selection_of(record, *said);
      if (!selection) return std::unexpected(std::move(selection.error()));
      ballot.selections.push_back(std::move(*selection));
      carried.push_back(contest);
    }
    // Neither source nor number holds a line end, so that no two records are one text.
    const EntryId id =
        derived_id(secret_, fmt::format("ballot 1\n{}\n{}\n{}", source_, record.number, card));
    Bytes bytes = encode({id, std::move(ballot)}, count_);
    Entry entry;
    if (const auto reason = decode(bytes, rules_, count_, entry)) {
      return refused(fault_of(record, code_of(*reason), std::string(sentence_of(*reason))));
    }
    fresh.push_back({id, std::move(bytes), record.line, record.number, card, UnitId{*unit}});
  }
  for (const auto& said : record.contests) {
    if (said.says_nothing() ||
        std::find(carried.begin(), carried.end(), said.contest) != carried.end())
      continue;
    return refused(
        fault_of(record, "ballots.row_unfit",
                 fmt::format("the row says something of the contest {}, which is not on "
                             "{} of ballot style {}",
                             rules_.contest(said.contest).id,
                             record.card.empty() ? "a card" : "card " + record.card, style.id)));
  }
  std::move(fresh.begin(), fresh.end(), std::back_inserter(made));
  return {};
}

}  // namespace teller
