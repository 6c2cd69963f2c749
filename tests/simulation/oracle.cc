#include "oracle.h"

#include "election/entry.h"

namespace teller::simulation {

const char* const rules_json = R"({
  "teller": "rules/1",
  "election": {"name": "Simulated", "date": "2026-05-03", "time_zone": "Europe/Zurich"},
  "methods": [{"id": "in-person"}, {"id": "postal"}],
  "units": [{"id": "town", "kind": "town"}, {"id": "north", "kind": "precinct", "parent": "town"},
            {"id": "south", "kind": "precinct", "parent": "town"}],
  "contests": [
    {"id": "council", "kind": "plurality", "seats": 2, "votes_allowed": 2, "write_ins": true,
     "options": [{"id": "ada"}, {"id": "bell"}, {"id": "cruz"}]},
    {"id": "mayor", "kind": "ranked", "votes_allowed": 3,
     "options": [{"id": "x"}, {"id": "y"}, {"id": "z"}]},
    {"id": "hall", "kind": "plurality", "counted_from": "sheets",
     "options": [{"id": "yes"}, {"id": "no"}]}],
  "styles": [{"id": "all", "cards": [["council"], ["mayor"]]}]})";

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

}  // namespace

const Plain& Oracle::plain(const std::string& entry) const {
  const auto found = known_.find(entry);
  must(found != known_.end(), "there is an entry that nobody sent");
  return found->second;
}

std::string Oracle::draw(Faults& faults, const std::array<std::uint8_t, 16>& count) {
  // Something sent before, once more.
  if (!order_.empty() && faults.one_in(5)) return order_[faults.below(order_.size())];
  Plain plain;
  plain.unit = 1 + faults.below(2);
  plain.method = faults.below(2);
  // Number n gives ids that differ from others only in their first, or only in their last half.
  const std::uint64_t n = next_id_++;
  std::array<std::uint8_t, 16> raw{};
  const std::uint64_t first = n % 4 == 1 ? n - 1 : n, last = n % 4 == 2 ? n - 2 : n;
  std::memcpy(raw.data(), &first, 4);
  std::memcpy(raw.data() + 10, &last, 4);
  const EntryId id = make_uuid(raw, 8);
  plain.id.assign(id.bytes.begin(), id.bytes.end());
  // Other content under an id that was there before.
  if (!order_.empty() && faults.one_in(8)) {
    const Plain& before = known_.at(order_[faults.below(order_.size())]);
    if (before.kind != Plain::Kind::sheet) plain.id = before.id;
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

std::string Oracle::add(const Plain& plain, const std::array<std::uint8_t, 16>& count) {
  Entry entry;
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
  if (known_.emplace(text, std::move(kept)).second) order_.push_back(text);
  return text;
}

bool Oracle::count(const std::string& bytes, Counted& counted) const {
  const Plain& entry = plain(bytes);
  if (entry.kind == Plain::Kind::nonsense) {
    ++counted.rejected;
    return false;
  }
  const auto [first, is_first] = counted.first.emplace(entry.id, bytes);
  if (!is_first) {
    ++(first->second == bytes ? counted.duplicate : counted.conflict);
    return false;
  }
  ++counted.counted;
  const auto at = [&](std::uint32_t contest, std::uint32_t column) -> Figures& {
    return counted.totals[{contest, column, entry.unit, entry.method}];
  };
  if (entry.kind == Plain::Kind::card_of_council) {
    ++at(whole_unit_contest, cards).value;
    ++at(council, cards).value;
    const auto said = static_cast<std::int64_t>(entry.marks.size() + entry.write_ins.size());
    if (entry.whole == 1) {
      ++at(council, blank).value;
    } else if (entry.whole == 2) {
      ++at(council, invalid).value;
    } else if (said > 2) {
      at(council, overvotes).value += 2;
    } else {
      for (const std::uint32_t option : entry.marks) ++at(council, option).value;
      at(council, write_ins).value += static_cast<std::int64_t>(entry.write_ins.size());
      at(council, undervotes).value += 2 - said;
    }
  } else if (entry.kind == Plain::Kind::card_of_mayor) {
    ++at(whole_unit_contest, cards).value;
    ++at(mayor, cards).value;
    std::set<std::uint32_t> used;
    for (auto rank = entry.ranks.rbegin(); rank != entry.ranks.rend(); ++rank) {
      if (!rank->empty()) used = *rank;
    }
    if (used.empty()) {
      ++at(mayor, exhausted).value;
    } else if (used.size() > 1) {
      ++at(mayor, overvotes).value;
    } else {
      ++at(mayor, *used.begin()).value;
    }
  } else {
    const Cell key{hall, 0, entry.unit, entry.method};
    const auto standing = counted.sheets.find(key);
    if (standing != counted.sheets.end() && standing->second.version > entry.version) return true;
    const bool stood = standing != counted.sheets.end() && !standing->second.figures.empty();
    const bool stands = !entry.figures.empty();
    if (stands && !stood) ++at(whole_unit_contest, sheets).value;
    if (stood && !stands) --at(whole_unit_contest, sheets).value;
    // The figures of a sheet that stands are the totals: written over, not added.
    std::erase_if(counted.totals, [&](const auto& total) {
      return total.first[0] == hall && total.first[2] == entry.unit &&
             total.first[3] == entry.method;
    });
    for (const auto& [column, figure] : entry.figures) {
      at(hall, column) = figure < 0 ? Figures{0, 0, 1} : Figures{figure, 1, 0};
    }
    counted.sheets[key] = entry;
  }
  return true;
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
