#include "oracle.h"

#include <algorithm>
#include <tuple>

#include "base/ed25519.h"
#include "election/entry.h"
#include "testing/example_rules.h"

namespace teller::simulation {

std::string rules_json() {
  return example::rules_text(R"([{"id": "in-person"}, {"id": "postal"}])");
}

namespace {

constexpr std::uint32_t council = 0, mayor = 1, hall = 2, whole_unit_contest = 0xFFFF;
constexpr std::uint32_t cards = 0xFF00, undervotes = 0xFF01, overvotes = 0xFF02, blank = 0xFF03,
                        invalid = 0xFF04, write_ins = 0xFF05, exhausted = 0xFF06,
                        registered = 0xFF07, sheets = 0xFF08;

// Reads little-endian numbers; Broken at the end.
class Reader {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}
  std::uint64_t number(std::size_t size) {
    const std::string raw = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(raw[i]);
    return value;
  }
  std::string take(std::size_t size) {
    must(at_ + size <= bytes_.size(), "a record or segment ends too early");
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

 private:
  const std::string& bytes_;
  std::size_t at_ = 0;
};

EntryId id_of_plain(const Plain& plain) {
  EntryId id;
  std::copy(plain.id.begin(), plain.id.end(), id.bytes.begin());
  return id;
}

Figure figure_of(const std::map<std::uint32_t, std::int64_t>& figures, std::uint32_t column) {
  const auto found = figures.find(column);
  if (found == figures.end()) return {};
  return found->second < 0 ? Figure::withheld()
                           : Figure::of(static_cast<std::uint64_t>(found->second));
}

Ed25519Pair pair_of(std::size_t officer) {
  Ed25519Seed seed{};
  seed[0] = static_cast<std::uint8_t>(officer + 1);
  return Ed25519Pair(seed);
}

// RFC 6962, 2.1.
Hash leaf_of(const std::string& entry) { return sha256(as_bytes(std::string(1, '\0') + entry)); }

Control control_of(const Plain& plain) {
  using Action = Control::Action;
  static const std::map<std::string, Action> actions{
      {"open", Action::open},           {"close", Action::close},
      {"certify", Action::certify},     {"reopen", Action::reopen},
      {"void", Action::void_ballot},    {"reinstate", Action::reinstate},
      {"supersede", Action::supersede}, {"keep", Action::keep}};
  Control control;
  control.action = actions.at(plain.action);
  control.reason = "decided so";
  control.partition = static_cast<std::uint16_t>(plain.partition);
  control.number = plain.number;
  control.target.assign(plain.target.begin(), plain.target.end());
  control.other.assign(plain.other.begin(), plain.other.end());
  if (plain.action == "keep") {
    EntryId of;
    std::copy_n(plain.target.begin() + 10, 16, of.bytes.begin());
    control.kept = {EntryKind::ballot, of, {}, leaf_of(plain.target), leaf_of(plain.other)};
    control.target.clear();
    control.other.clear();
  }
  control.certified = {plain.statement, plain.statement_hash, plain.digest, plain.entries};
  return control;
}

}  // namespace

std::vector<Officer> Oracle::appoint(std::uint16_t partitions) {
  partitions_ = partitions;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    officers_.push_back({name, OfficerRole::tabulation, pair_of(i).key()});
  }
  return officers_;
}

const Plain& Oracle::plain(const std::string& entry) const {
  const auto found = known_.find(entry);
  must(found != known_.end(), "there is an entry that nobody sent");
  return found->second;
}

std::string Oracle::draw(Faults& faults, const std::array<std::uint8_t, 16>& count) {
  if (!order_.empty() && faults.one_in(5)) return draw_again(faults, count);
  Plain plain;
  plain.unit = 1 + faults.below(2);
  plain.method = faults.below(2);
  plain.id = draw_id();
  // Other content under an id that was there before.
  if (!order_.empty() && faults.one_in(8)) {
    const Plain& before = known_.at(order_[faults.below(order_.size())]);
    if (before.kind != Plain::Kind::sheet) plain.id = before.id;
  }
  if (!officers_.empty() && faults.one_in(6)) {
    draw_decision(faults, plain);
    return add(plain, count);
  }
  const std::uint32_t kind = faults.below(16);
  if (kind == 0) {
    plain.kind = Plain::Kind::nonsense;
  } else if (kind <= 3) {
    plain.kind = Plain::Kind::sheet;
    plain.version = 1 + faults.below(4);
    for (const std::uint32_t column : {0U, 1U, cards, undervotes, blank, registered}) {
      if (faults.one_in(3)) continue;
      // Enough cards for all the rest: verify holds sheets to them.
      const std::int64_t least = column == cards ? 200 : 0;
      plain.figures[column] =
          faults.one_in(8) ? -1 : least + static_cast<std::int64_t>(faults.below(50));
    }
    if (plain.figures.empty()) plain.figures[0] = 1;
    if (plain.version > 1 && faults.one_in(4)) plain.figures.clear();
  } else if (kind <= 6) {
    plain.kind = Plain::Kind::card_of_mayor;
    const std::uint32_t ranks = faults.below(4);
    for (std::uint32_t i = 0; i < ranks; ++i) {
      std::set<std::uint32_t> rank;
      for (std::uint32_t option = 0; option < 3; ++option) {
        if (faults.one_in(3)) rank.insert(option);
      }
      plain.ranks.push_back(std::move(rank));
    }
    while (!plain.ranks.empty() && plain.ranks.back().empty()) plain.ranks.pop_back();
  } else {
    plain.kind = Plain::Kind::card_of_council;
    plain.whole = faults.one_in(10) ? 1 + static_cast<int>(faults.below(2)) : 0;
    if (plain.whole == 0) {
      for (std::uint32_t option = 0; option < 3; ++option) {
        if (faults.one_in(2)) plain.marks.insert(option);
      }
      if (faults.one_in(8)) plain.write_ins.emplace_back("somebody");
    }
  }
  return add(plain, count);
}

std::string Oracle::draw_again(Faults& faults, const std::array<std::uint8_t, 16>& count) {
  const std::string& before = order_[faults.below(order_.size())];
  Plain plain = known_.at(before);
  const bool decides =
      plain.kind == Plain::Kind::about_stage || plain.kind == Plain::Kind::about_ballot;
  if (!decides || faults.one_in(2)) return before;
  plain.signers = faults.one_in(2) ? 0b110 : 0b111;
  plain.forged = faults.one_in(4);
  return add(plain, count);
}

// Number n gives ids that differ from others only in their first, or only in their last half.
std::string Oracle::draw_id() {
  const std::uint64_t n = next_id_++;
  std::array<std::uint8_t, 16> raw{};
  const std::uint64_t first = n % 4 == 1 ? n - 1 : n, last = n % 4 == 2 ? n - 2 : n;
  std::memcpy(raw.data(), &first, 4);
  std::memcpy(raw.data() + 10, &last, 4);
  const EntryId id = make_uuid(raw, 8);
  return {id.bytes.begin(), id.bytes.end()};
}

std::string Oracle::decide(std::uint16_t partition, std::uint32_t number, const Plain& certified,
                           const std::array<std::uint8_t, 16>& count) {
  Plain plain = certified;
  plain.kind = Plain::Kind::about_stage;
  plain.id = draw_id();
  plain.partition = partition;
  plain.number = number + 1;
  plain.action = number == 0       ? "open"
                 : number == 1     ? "close"
                 : number % 2 == 0 ? "certify"
                                   : "reopen";
  return add(plain, count);
}

// Of decisions about ballots some are about what is no card, or was never sent to be counted.
void Oracle::draw_decision(Faults& faults, Plain& plain) const {
  plain.kind = Plain::Kind::about_stage;
  plain.forged = faults.one_in(6);
  plain.partition = faults.below(partitions_);
  plain.number = 1 + faults.below(5);
  plain.action = plain.number == 1 ? "open" : plain.number % 2 == 0 ? "close" : "reopen";
  if (order_.empty() || faults.one_in(3)) return;
  const std::string& target = order_[faults.below(order_.size())];
  const Plain::Kind of = known_.at(target).kind;
  if (of != Plain::Kind::card_of_council && of != Plain::Kind::card_of_mayor) return;
  plain.kind = Plain::Kind::about_ballot;
  plain.action = faults.one_in(3) ? "reinstate" : "void";
  plain.target = target;
  plain.number = 0;
  if (!faults.one_in(2)) return;
  // Of a conflict: the other content with this id, if one was drawn.
  std::vector<const std::string*> others;
  for (const std::string& one : order_) {
    const Plain& is = known_.at(one);
    const bool card =
        is.kind == Plain::Kind::card_of_council || is.kind == Plain::Kind::card_of_mayor;
    if (card && is.id == known_.at(target).id && one != target) others.push_back(&one);
  }
  if (others.empty()) return;
  plain.other = *others[faults.below(others.size())];
  plain.action = faults.one_in(3) ? "keep" : "supersede";
}

std::string Oracle::add(const Plain& plain, const std::array<std::uint8_t, 16>& count) {
  Entry entry;
  std::string signed_text;
  entry.id = id_of_plain(plain);
  if (plain.kind == Plain::Kind::sheet) {
    Sheet sheet;
    sheet.unit = {plain.unit};
    sheet.method = {plain.method};
    sheet.contest = {hall};
    sheet.version = plain.version;
    if (plain.figures.empty()) {
      sheet.act = Sheet::Act::withdrawal;
      sheet.reason = "keyed to the wrong precinct";
    }
    sheet.cards = figure_of(plain.figures, cards);
    sheet.undervotes = figure_of(plain.figures, undervotes);
    sheet.blank = figure_of(plain.figures, blank);
    sheet.registered = figure_of(plain.figures, registered);
    for (const std::uint32_t option : {0U, 1U}) {
      if (plain.figures.contains(option)) {
        sheet.votes.emplace_back(OptionId{option}, figure_of(plain.figures, option));
      }
    }
    entry.id = sheet_id(sheet);
    entry.body = std::move(sheet);
  } else if (plain.kind == Plain::Kind::about_stage || plain.kind == Plain::Kind::about_ballot) {
    CountId of;
    of.bytes = count;
    Control control = control_of(plain);
    const Bytes text = signed_bytes(entry.id, control, of);
    for (std::size_t i = 0; i < officers_.size(); ++i) {
      if ((plain.signers >> i & 1U) == 0) continue;
      control.signatures.push_back({officers_[i].name, pair_of(i).sign(text)});
    }
    if (plain.forged) control.signatures.back().bytes[9] ^= 1;
    signed_text.assign(text.begin(), text.end());
    entry.body = std::move(control);
  } else if (plain.kind == Plain::Kind::nonsense && order_.size() % 3 == 1) {
    entry.body = CheckIn{{plain.unit}, {plain.method}, 3, 0};
  } else if (plain.kind == Plain::Kind::nonsense && order_.size() % 3 == 2) {
    // By somebody who is no officer, of this count or of a count that has none.
    Control control;
    control.reason = "decided so";
    control.number = 1;
    control.signatures.push_back({"nobody", {}});
    entry.body = std::move(control);
  } else {
    Ballot ballot;
    ballot.unit = {plain.kind == Plain::Kind::nonsense ? 77 : plain.unit};
    ballot.method = {plain.method};
    ballot.card = plain.kind == Plain::Kind::card_of_mayor ? 2 : 1;
    Selection selection;
    selection.contest = {plain.kind == Plain::Kind::card_of_mayor ? mayor : council};
    if (plain.kind == Plain::Kind::card_of_mayor) selection.form = Selection::Form::ranking;
    if (plain.whole == 1) selection.form = Selection::Form::blank;
    if (plain.whole == 2) selection.form = Selection::Form::invalid;
    for (const std::uint32_t option : plain.marks) selection.marks.push_back({option});
    selection.write_ins = plain.write_ins;
    for (const auto& rank : plain.ranks) {
      auto& at = selection.ranks.emplace_back();
      for (const std::uint32_t option : rank) at.push_back({option});
    }
    ballot.selections.push_back(std::move(selection));
    entry.body = std::move(ballot);
  }
  CountId id;
  id.bytes = count;
  const Bytes bytes = encode(entry, id);
  std::string text(bytes.begin(), bytes.end());
  Plain kept = plain;
  kept.id.assign(entry.id.bytes.begin(), entry.id.bytes.end());
  kept.signed_text = std::move(signed_text);
  if (known_.emplace(text, std::move(kept)).second) order_.push_back(text);
  return text;
}

std::vector<std::string> Oracle::count(const std::vector<std::string>& step,
                                       Counted& counted) const {
  if (counted.stage.empty()) counted.stage = officers_.empty() ? "open" : "setup";
  // Decisions about the stage first, those about cards last; the rest as it came.
  std::vector<std::tuple<int, std::uint32_t, std::size_t>> places;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const Plain& is = plain(step[i]);
    const bool about_stage = is.kind == Plain::Kind::about_stage;
    const int turn = about_stage ? 0 : is.kind == Plain::Kind::about_ballot ? 2 : 1;
    places.emplace_back(turn, about_stage ? is.number : 0, i);
  }
  std::ranges::sort(places);
  std::vector<std::string> sorted;
  for (const auto& [turn, number, place] : places) sorted.push_back(step[place]);
  counted.decided.clear();
  counted.stood = counted.stands;
  counted.before = counted.counted;
  std::erase_if(sorted, [&](const std::string& entry) { return !count_one(entry, counted); });
  return sorted;
}

bool Oracle::count_one(const std::string& bytes, Counted& counted) const {
  const Plain& entry = plain(bytes);
  if (entry.kind == Plain::Kind::nonsense) {
    ++counted.rejected;
    return false;
  }
  if (const auto first = counted.first.find(entry.id); first != counted.first.end()) {
    if (first->second == bytes) {
      ++counted.duplicate;
    } else if (entry.signed_text.empty()) {
      ++counted.conflict;
    } else {
      // A decision: the one that was counted, signed by others too, or none that can be taken.
      const bool is_same = plain(first->second).signed_text == entry.signed_text;
      ++(is_same && !entry.forged ? counted.duplicate : counted.rejected);
    }
    return false;
  }
  if (!let_in(entry, counted)) {
    ++counted.rejected;
    return false;
  }
  counted.first.emplace(entry.id, bytes);
  ++counted.counted;
  if (entry.kind == Plain::Kind::sheet) add_sheet(entry, counted);
  if (entry.kind == Plain::Kind::card_of_council || entry.kind == Plain::Kind::card_of_mayor) {
    add_card(entry, 1, counted);
  }
  if (entry.kind == Plain::Kind::about_ballot) {
    if (entry.action != "keep") {
      add_card(plain(entry.target), entry.action == "reinstate" ? 1 : -1, counted);
    }
    if (entry.action == "supersede") add_card(plain(entry.other), 1, counted);
  }
  return true;
}

bool Oracle::let_in(const Plain& entry, Counted& counted) const {
  if (entry.forged) return false;
  if (entry.kind == Plain::Kind::about_stage) {
    // From where, and to where.
    static const std::map<std::string, std::pair<std::string, std::string>> ways{
        {"open", {"setup", "open"}},
        {"close", {"open", "closed"}},
        {"certify", {"closed", "certified"}},
        {"reopen", {"certified", "closed"}}};
    const auto& [from, to] = ways.at(entry.action);
    if (entry.number != counted.number + 1 || counted.stage != from) return false;
    if (entry.action == "certify" && entry.entries != counted.before) return false;
    ++counted.number;
    counted.stage = to;
    return true;
  }
  if (counted.stage == "setup" || counted.stage == "certified") return false;
  if (entry.kind != Plain::Kind::about_ballot) return true;
  const std::string& id = plain(entry.target).id;
  const auto first = counted.first.find(id);
  if (first == counted.first.end()) return false;
  // What stood before the step.
  const auto other = counted.stood.find(id);
  if ((other == counted.stood.end() ? first->second : other->second) != entry.target) return false;
  if (entry.action == "keep") return counted.kept.emplace(entry.target, entry.other).second;
  if (counted.voided.contains(id) != (entry.action == "reinstate")) return false;
  if (!counted.decided.insert(id).second) return false;
  if (entry.action == "supersede") counted.stands[id] = entry.other;
  if (entry.action == "void") counted.voided.insert(id);
  if (entry.action == "reinstate") counted.voided.erase(id);
  return true;
}

void Oracle::add_card(const Plain& card, std::int64_t by, Counted& counted) {
  const auto add = [&](std::uint32_t contest, std::uint32_t column, std::int64_t n = 1) {
    counted.totals[{contest, column, card.unit, card.method}].value += n * by;
  };
  add(whole_unit_contest, cards);
  if (card.kind == Plain::Kind::card_of_council) {
    add(council, cards);
    const auto said = static_cast<std::int64_t>(card.marks.size() + card.write_ins.size());
    if (card.whole == 1) {
      add(council, blank);
    } else if (card.whole == 2) {
      add(council, invalid);
    } else if (said > 2) {
      add(council, overvotes, 2);
    } else {
      for (const std::uint32_t option : card.marks) add(council, option);
      add(council, write_ins, static_cast<std::int64_t>(card.write_ins.size()));
      add(council, undervotes, 2 - said);
    }
    return;
  }
  add(mayor, cards);
  std::set<std::uint32_t> used;
  for (auto rank = card.ranks.rbegin(); rank != card.ranks.rend(); ++rank) {
    if (!rank->empty()) used = *rank;
  }
  add(mayor, used.empty() ? exhausted : used.size() > 1 ? overvotes : *used.begin());
}

void Oracle::add_sheet(const Plain& entry, Counted& counted) {
  const auto at = [&](std::uint32_t contest, std::uint32_t column) -> Figures& {
    return counted.totals[{contest, column, entry.unit, entry.method}];
  };
  const Cell key{hall, 0, entry.unit, entry.method};
  const auto standing = counted.sheets.find(key);
  if (standing != counted.sheets.end() && standing->second.version > entry.version) return;
  const bool stood = standing != counted.sheets.end() && !standing->second.figures.empty();
  const bool stands = !entry.figures.empty();
  if (stands && !stood) ++at(whole_unit_contest, sheets).value;
  if (stood && !stands) --at(whole_unit_contest, sheets).value;
  // The figures of a sheet that stands are the totals: written over, not added.
  std::erase_if(counted.totals, [&](const auto& total) {
    return total.first[0] == hall && total.first[2] == entry.unit && total.first[3] == entry.method;
  });
  for (const auto& [column, figure] : entry.figures) {
    at(hall, column) = figure < 0 ? Figures{0, 0, 1} : Figures{figure, 1, 0};
  }
  counted.sheets[key] = entry;
}

Hash Oracle::digest(const Hash& rules, const std::map<Cell, Figures>& totals) {
  std::string text = "teller digest 1\n";
  text.append(rules.begin(), rules.end());
  const auto number = [&](std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  };
  for (const auto& [cell, figures] : totals) {
    if (figures.withheld == 0 && figures.value == 0) continue;
    number(cell[0], 2);
    number(cell[1], 2);
    number(cell[2], 4);
    number(cell[3], 1);
    number(figures.withheld != 0 ? ~std::uint64_t{1} : static_cast<std::uint64_t>(figures.value),
           8);
  }
  return sha256(as_bytes(text));
}

std::vector<std::string> entries_of_record(const std::string& record) {
  Reader in(record);
  must(in.take(4) == "TREC", "a record begins with TREC");
  (void)in.take(1 + 16 + 2);
  const std::uint64_t said = in.number(4);
  std::vector<std::string> entries;
  while (in.left() > 4) {
    (void)in.take(in.number(1));
    (void)in.take(in.number(1));
    (void)in.number(4);
    for (std::uint64_t n = in.number(4); n > 0; --n) {
      (void)in.number(8);
      const std::uint64_t length = in.number(2);
      entries.push_back(in.take(length));
    }
  }
  must(entries.size() == said, "a record has as many entries as it says");
  return entries;
}

std::vector<std::string> leaves_of_segment(const std::string& segment) {
  Reader in(segment);
  must(in.take(4) == "TSEG", "a segment begins with TSEG");
  (void)in.take(1 + 16 + 2 + 8 + 8);
  std::vector<std::string> leaves;
  const std::uint64_t n = in.number(4);
  (void)in.take(32 + 32);
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t length = in.number(2);
    leaves.push_back(in.take(length));
  }
  must(in.left() == 0, "nothing stands behind a segment");
  return leaves;
}

Hash merkle_root(const std::vector<Hash>& leaves, std::size_t begin, std::size_t end) {
  if (begin == end) return sha256({});
  if (end - begin == 1) return leaves[begin];
  std::size_t k = 1;
  while (2 * k < end - begin) k *= 2;
  const Hash left = merkle_root(leaves, begin, begin + k),
             right = merkle_root(leaves, begin + k, end);
  std::string text = "\x01";
  text.append(left.begin(), left.end());
  text.append(right.begin(), right.end());
  return sha256(as_bytes(text));
}

}  // namespace teller::simulation
