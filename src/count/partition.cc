#include "count/partition.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/check.h"
#include "count/counted_ids.h"
#include "log/merkle.h"
#include "log/segment.h"

namespace teller {
namespace {

struct SheetKey {
  UnitId unit{};
  MethodId method{};
  ContestId contest{};
  [[nodiscard]] auto operator<=>(const SheetKey&) const = default;
};

// The figures that stand for a sheet's key: those of its highest version.
struct SheetState {
  std::uint32_t version = 0;
  std::vector<std::pair<std::uint16_t, Figure>> figures;  // By slot, ascending; unknown left out.
};

using Sheets = std::map<SheetKey, SheetState>;

HalfHash half(const Hash& hash) {
  HalfHash result;
  std::copy_n(hash.begin(), result.size(), result.begin());
  return result;
}

// The totals one step touches. Sorting at the end is cheaper than keeping order: cells are few
// and hit often.
class Deltas {
 public:
  Total& at(const TotalKey& key) {
    const std::uint64_t packed = pack(key);
    const auto [found, added] = places_.try_emplace(packed, changes_.size());
    if (added) changes_.push_back({key, {}});
    return changes_[found->second].by;
  }
  void add(const TotalKey& key, std::int64_t by) { at(key).value += by; }

  std::vector<TotalChange> finish() {
    std::erase_if(changes_, [](const TotalChange& change) { return change.by.is_zero(); });
    std::sort(changes_.begin(), changes_.end(),
              [](const TotalChange& a, const TotalChange& b) { return a.key < b.key; });
    return std::move(changes_);
  }

 private:
  // contest 16, slot 16, unit 24, method 8: the limits of the rules.
  static std::uint64_t pack(const TotalKey& key) {
    return (std::uint64_t{key.contest.value} << 48) | (std::uint64_t{key.slot} << 32) |
           (std::uint64_t{key.unit.value} << 8) | key.method.value;
  }
  struct Mix {
    std::size_t operator()(std::uint64_t key) const {
      return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> 20);
    }
  };
  std::unordered_map<std::uint64_t, std::size_t, Mix> places_;
  std::vector<TotalChange> changes_;
};

// Adds a ballot and holds the law: votes + undervotes + overvotes = votes allowed × cards that
// carry the contest, without those that are blank or invalid as a whole.
void count_ballot(const Rules& rules, const Ballot& ballot, Deltas& deltas) {
  deltas.add({whole_unit, slot::cards, ballot.unit, ballot.method}, 1);
  for (const Selection& selection : ballot.selections) {
    const Contest& contest = rules.contests[selection.contest.value];
    const auto add = [&](std::uint16_t column, std::int64_t by) {
      if (by != 0) deltas.add({selection.contest, column, ballot.unit, ballot.method}, by);
    };
    add(slot::cards, 1);
    switch (selection.form) {
      case Selection::Form::blank:
        add(slot::blank, 1);
        break;
      case Selection::Form::invalid:
        add(slot::invalid, 1);
        break;
      case Selection::Form::marks: {
        const std::size_t marks = selection.marks.size() + selection.write_ins.size();
        if (marks > contest.votes_allowed) {
          // We cannot know which marks were meant, so none of them counts.
          add(slot::overvotes, contest.votes_allowed);
        } else {
          for (const OptionId option : selection.marks) {
            add(static_cast<std::uint16_t>(option.value), 1);
          }
          add(slot::write_ins, static_cast<std::int64_t>(selection.write_ins.size()));
          add(slot::undervotes, static_cast<std::int64_t>(contest.votes_allowed - marks));
        }
        break;
      }
      case Selection::Form::ranking: {
        // First preference: the first rank that was used. Several options there: overvoted.
        const auto first =
            std::ranges::find_if(selection.ranks, [](const auto& rank) { return !rank.empty(); });
        if (first == selection.ranks.end()) {
          add(slot::exhausted, 1);
        } else if (first->size() > 1) {
          add(slot::overvotes, 1);
        } else {
          add(static_cast<std::uint16_t>(first->front().value), 1);
        }
        break;
      }
    }
  }
}

std::vector<std::pair<std::uint16_t, Figure>> figures_of(const Sheet& sheet) {
  std::vector<std::pair<std::uint16_t, Figure>> figures;
  for (const auto& [option, figure] : sheet.votes) {
    figures.emplace_back(static_cast<std::uint16_t>(option.value), figure);
  }
  for (const auto& [column, figure] : {std::pair{slot::cards, sheet.cards},
                                       {slot::undervotes, sheet.undervotes},
                                       {slot::overvotes, sheet.overvotes},
                                       {slot::blank, sheet.blank},
                                       {slot::invalid, sheet.invalid},
                                       {slot::write_ins, sheet.write_ins},
                                       {slot::registered, sheet.registered}}) {
    if (!figure.is_unknown()) figures.emplace_back(column, figure);
  }
  return figures;
}

Total total_of(Figure figure) {
  if (figure.is_number()) return {static_cast<std::int64_t>(figure.raw), 1, 0};
  return {0, 0, static_cast<std::int8_t>(figure.is_withheld() ? 1 : 0)};
}

}  // namespace

// What a step would add to the state, kept until the store says what became of it.
struct Overlay {
  Committed after;
  CompactRange log;
  std::vector<std::pair<EntryId, HalfHash>> ids;
  Sheets sheets;
};

struct Partition::State {
  const Rules* rules;
  const CountFile* count;
  std::uint16_t number;

  Committed at;
  CompactRange log;
  CountedIds seen;
  Sheets sheets;
  std::optional<Overlay> overlay;
  Entry scratch;

  [[nodiscard]] const SheetState* sheet_state(const SheetKey& key, const Sheets& fresh) const {
    if (const auto found = fresh.find(key); found != fresh.end()) return &found->second;
    if (const auto found = sheets.find(key); found != sheets.end()) return &found->second;
    return nullptr;
  }

  // The version that stands, after this sheet; `deltas` and `decreases` may be null (restoring).
  void count_sheet(const Sheet& sheet, Sheets& fresh, Deltas* deltas,
                   std::vector<FigureDecrease>* decreases) {
    const SheetKey key{sheet.unit, sheet.method, sheet.contest};
    const SheetState* before = sheet_state(key, fresh);
    if (before != nullptr && sheet.version < before->version) return;  // Stale: a leaf, no change.
    SheetState after{sheet.version, figures_of(sheet)};
    if (deltas != nullptr) {
      const auto total_key = [&](std::uint16_t column) {
        return TotalKey{sheet.contest, column, sheet.unit, sheet.method};
      };
      if (before == nullptr) {
        deltas->add({whole_unit, slot::sheets, sheet.unit, sheet.method}, 1);
      } else {
        for (const auto& [column, figure] : before->figures) {
          deltas->at(total_key(column)) -= total_of(figure);
        }
      }
      for (const auto& [column, figure] : after.figures) {
        deltas->at(total_key(column)) += total_of(figure);
      }
      if (before != nullptr && sheet.act == Sheet::Act::update) {
        for (const auto& [column, was] : before->figures) {
          const auto is =
              std::ranges::find(after.figures, column, &std::pair<std::uint16_t, Figure>::first);
          if (was.is_number() && is != after.figures.end() && is->second.is_number() &&
              is->second.raw < was.raw) {
            decreases->push_back({total_key(column), was.raw, is->second.raw, sheet.reason});
          }
        }
      }
    }
    fresh.insert_or_assign(key, std::move(after));
  }
};

Partition::Partition(const Rules& rules, const CountFile& count, std::uint16_t number)
    : state_(std::make_unique<State>()) {
  state_->rules = &rules;
  state_->count = &count;
  state_->number = number;
  check(number < count.partitions, "a partition is one of the count's");
}
Partition::~Partition() = default;
Partition::Partition(Partition&&) noexcept = default;
Partition& Partition::operator=(Partition&&) noexcept = default;

const Committed& Partition::at() const { return state_->at; }
std::uint64_t Partition::counted() const { return state_->seen.size(); }

Result<void> Partition::settle(const Committed& committed) {
  State& state = *state_;
  if (state.overlay && state.overlay->after == committed) {
    Overlay& overlay = *state.overlay;
    for (const auto& [id, hash] : overlay.ids) state.seen.insert(id, hash);
    for (auto& [key, sheet] : overlay.sheets) state.sheets.insert_or_assign(key, std::move(sheet));
    state.log = std::move(overlay.log);
    state.at = committed;
    state.overlay.reset();
    check(state.log.size() == committed.log_size && state.seen.size() == committed.log_size,
          "a partition has seen exactly what its log holds");
    return {};
  }
  state.overlay.reset();
  if (state.at == committed) return {};
  return fail(Remedy::abort, "count.behind",
              "partition " + std::to_string(state.number) + " stands at step " +
                  std::to_string(state.at.number) + ", the store at step " +
                  std::to_string(committed.number));
}

Result<void> Partition::restore(ByteView bytes, std::uint64_t position) {
  State& state = *state_;
  state.overlay.reset();
  const auto segment = decode_segment(bytes, state.count->id);
  if (!segment) return std::unexpected(segment.error());
  const SegmentHead& head = segment->head;
  if (head.partition != state.number || head.number != state.at.number + 1 ||
      head.first_leaf != state.at.log_size || head.root_before != state.at.root) {
    return fail(Remedy::stop, "segment.out_of_chain",
                "segment " + std::to_string(head.number) + " of partition " +
                    std::to_string(head.partition) + " does not follow step " +
                    std::to_string(state.at.number));
  }
  // Nothing is taken before all of it is checked: a segment that lies leaves no trace.
  CompactRange log = state.log;
  for (const Hash& hash : segment->hashes) log.append(hash);
  const auto lies = [&](const std::string& what) {
    return fail(Remedy::stop, "segment.invalid",
                "segment " + std::to_string(head.number) + " of partition " +
                    std::to_string(state.number) + ": " + what);
  };
  if (log.root() != head.root_after) return lies("its leaves do not give its root");
  std::vector<EntryId> ids;
  ids.reserve(segment->leaves.size());
  Sheets fresh;
  CountedIds here;
  here.reserve(segment->leaves.size());
  for (std::size_t i = 0; i < segment->leaves.size(); ++i) {
    if (const auto wrong =
            decode(segment->leaves[i], *state.rules, state.count->id, state.scratch)) {
      return lies("a leaf is no entry: " + std::string(code_of(*wrong)));
    }
    const EntryId id = state.scratch.id;
    if (state.seen.find(id) != nullptr || here.find(id) != nullptr)
      return lies("an id stands twice");
    here.insert(id, {});
    ids.push_back(id);
    if (const Sheet* sheet = std::get_if<Sheet>(&state.scratch.body)) {
      state.count_sheet(*sheet, fresh, nullptr, nullptr);
    }
  }
  state.seen.reserve(state.seen.size() + ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    state.seen.insert(ids[i], half(segment->hashes[i]));
  }
  for (auto& [key, sheet] : fresh) state.sheets.insert_or_assign(key, std::move(sheet));
  state.log = std::move(log);
  state.at = {head.number, position, state.log.size(), head.root_after};
  return {};
}

Step Partition::step(std::uint64_t to, std::span<const RecordedEntry> entries) {
  State& state = *state_;
  const std::uint64_t from = state.at.position;
  check(from <= to, "a step never counts backwards");

  Change change;
  change.count = state.count->id;
  change.partition = state.number;
  change.number = state.at.number + 1;
  change.from = from;
  change.to = to;

  Overlay overlay;
  CountedIds fresh;  // Ids of this step.
  fresh.reserve(entries.size());
  overlay.ids.reserve(entries.size());
  Deltas deltas;
  struct Leaf {
    Hash hash;
    ByteView bytes;
  };
  std::vector<Leaf> leaves;
  leaves.reserve(entries.size());

  constexpr std::size_t ahead = 16;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i + ahead < entries.size()) {
      if (const auto id = id_of(entries[i + ahead].bytes)) state.seen.prefetch(*id);
    }
    const RecordedEntry& recorded = entries[i];
    check(recorded.position >= from && recorded.position < to &&
              (i == 0 || recorded.position > entries[i - 1].position ||
               (recorded.position == entries[i - 1].position &&
                recorded.index > entries[i - 1].index)),
          "a step gets its records whole and in order");
    const Hash hash = leaf_hash(recorded.bytes);
    Entry& entry = state.scratch;
    if (const auto wrong = decode(recorded.bytes, *state.rules, state.count->id, entry)) {
      ++change.outcomes.rejected;
      Incident incident{Outcome::rejected, *wrong, recorded.position, recorded.index, {}, hash, {}};
      if (const auto id = id_of(recorded.bytes)) incident.id = *id;
      change.incidents.push_back(incident);
      continue;
    }
    const HalfHash* counted = state.seen.find(entry.id);
    if (counted == nullptr) counted = fresh.find(entry.id);
    if (counted != nullptr) {
      if (*counted == half(hash)) {
        ++change.outcomes.duplicate;
      } else {
        ++change.outcomes.conflict;
        change.incidents.push_back({Outcome::conflict, Reason::entry_conflict, recorded.position,
                                    recorded.index, entry.id, hash, *counted});
      }
      continue;
    }
    ++change.outcomes.counted;
    fresh.insert(entry.id, half(hash));
    overlay.ids.emplace_back(entry.id, half(hash));
    leaves.push_back({hash, recorded.bytes});
    if (const Ballot* ballot = std::get_if<Ballot>(&entry.body)) {
      count_ballot(*state.rules, *ballot, deltas);
    } else if (const Sheet* sheet = std::get_if<Sheet>(&entry.body)) {
      state.count_sheet(*sheet, overlay.sheets, &deltas, &change.decreases);
    } else {
      check(false, "an entry that decode() lets through can be counted");
    }
  }

  // The order of arrival ends here.
  std::sort(leaves.begin(), leaves.end(),
            [](const Leaf& a, const Leaf& b) { return a.hash < b.hash; });
  overlay.log = state.log;
  std::vector<ByteView> bytes;
  bytes.reserve(leaves.size());
  for (const Leaf& leaf : leaves) {
    overlay.log.append(leaf.hash);
    bytes.push_back(leaf.bytes);
  }

  change.totals = deltas.finish();
  change.log_size = overlay.log.size();
  change.root = overlay.log.root();
  SegmentHead head{state.count->id,
                   state.number,
                   change.number,
                   state.at.log_size,
                   static_cast<std::uint32_t>(leaves.size()),
                   state.at.root,
                   change.root};
  Step step;
  step.segment = encode_segment(head, bytes);
  change.segment = sha256(step.segment);
  step.change = encode(change);
  overlay.after = change.after();
  state.overlay = std::move(overlay);

  check(change.outcomes.recorded() == entries.size(),
        "recorded = counted + duplicate + conflict + rejected");
  check(change.log_size == state.at.log_size + change.outcomes.counted,
        "every counted entry is one leaf");
  return step;
}

}  // namespace teller
