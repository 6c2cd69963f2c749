#include "results/generate.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <span>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/hash.h"
#include "base/random.h"
#include "results/entry_output.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

// Draws a place with the probability of its weight, in constant time (Vose's alias method).
class WeightedDraw {
 public:
  explicit WeightedDraw(const std::vector<double>& weights) : keep_(weights.size()) {
    const std::size_t n = weights.size();
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    other_.resize(n);
    std::vector<std::uint32_t> small, large;
    for (std::uint32_t i = 0; i < n; ++i) {
      keep_[i] = weights[i] / sum * static_cast<double>(n);
      other_[i] = i;
      (keep_[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const std::uint32_t less = small.back(), more = large.back();
      small.pop_back();
      other_[less] = more;
      keep_[more] -= 1 - keep_[less];
      if (keep_[more] < 1) {
        large.pop_back();
        small.push_back(more);
      }
    }
  }

  // Zipf-like: the place at rank r weighs 1 / (r + 1)^skew; ranks are dealt out by `random`.
  static WeightedDraw zipf(std::size_t n, double skew, SeededRandom random) {
    std::vector<double> weights(n);
    for (std::size_t i = 0; i < n; ++i) weights[i] = std::pow(static_cast<double>(i + 1), -skew);
    random.shuffle(std::span(weights));
    return WeightedDraw(weights);
  }

  [[nodiscard]] std::uint32_t draw(SeededRandom& random) const {
    const std::uint32_t at = random.below(keep_.size());
    return random.unit() < keep_[at] ? at : other_[at];
  }

 private:
  std::vector<double> keep_;
  std::vector<std::uint32_t> other_;
};

constexpr std::string_view write_in_names[] = {"Zoë Ünal", "Jean-Luc Moreau", "李小龍", "A. Nother",
                                               "Bob \"Bobby\" Tables"};

// Which of several independent streams of one seed.
enum Stream : std::uint64_t {
  units_stream = 0x1'0000'0000'0000,
  places_stream,
  fate_stream,
  ballot_stream,
  invalid_stream,
  options_stream = 0x2'0000'0000'0000,
};

// The things that can be wrong with an entry, in bytes.
constexpr std::string_view byte_faults[] = {
    "entry.version.unknown",
    "entry.kind.unknown",
    "entry.count.other",
    "entry.id.not_uuid",
    "entry.truncated",
    "entry.trailing_bytes",
    "entry.unit.unknown",
    "entry.style.unknown",
    "entry.card.unknown",
    "entry.method.unknown",
    "entry.contest.unknown",
    "entry.contest.order",
    "entry.contest.not_on_card",
    "entry.contest.missing",
    "entry.form.unknown",
    "entry.form.not_of_kind",
    "entry.option.unknown",
    "entry.marks.unsorted",
    "entry.marks.repeated",
    "entry.write_in.not_allowed",
    "entry.kind_not_counted_here",
    "entry.check_in.unsupported",
    "entry.control.unsupported",
};
// And in JSON.
constexpr std::string_view json_faults[] = {
    "entry.json.syntax",           "entry.json.member_unknown",
    "entry.json.member_missing",   "entry.json.type",
    "entry.kind.unknown",          "entry.count.other",
    "entry.id.not_uuid",           "entry.unit.unknown",
    "entry.style.unknown",         "entry.card.unknown",
    "entry.method.unknown",        "entry.contest.unknown",
    "entry.contest.missing",       "entry.contest.not_on_card",
    "entry.form.not_of_kind",      "entry.option.unknown",
    "entry.marks.repeated",        "entry.write_in.not_allowed",
    "entry.kind_not_counted_here",
};

class Generator {
 public:
  Generator(const Rules& rules, const CountId& count, const GenerateOptions& options)
      : rules_(rules), count_(count), options_(options) {
    std::vector<bool> has_children(rules.units.size());
    for (const Unit& unit : rules.units) {
      if (unit.parent) has_children[unit.parent->value] = true;
    }
    for (std::uint32_t i = 0; i < has_children.size(); ++i) {
      if (!has_children[i]) leaves_.push_back(UnitId{i});
    }
    for (std::uint32_t style = 0; style < rules.styles.size(); ++style) {
      for (std::size_t card = 0; card < rules.styles[style].cards.size(); ++card) {
        for (std::uint32_t method = 0; method < rules.methods.size(); ++method) {
          const auto& contests = rules.styles[style].cards[card].contests;
          if (std::all_of(contests.begin(), contests.end(), [&](ContestId contest) {
                return rules.counted_from(contest, MethodId{method}, CountedFrom::ballots);
              })) {
            places_.push_back(
                {StyleId{style}, static_cast<std::uint8_t>(card + 1), MethodId{method}});
          }
        }
      }
    }
    if (places_.empty()) return;
    draw_unit_ = std::make_unique<WeightedDraw>(
        WeightedDraw::zipf(leaves_.size(), options.skew, SeededRandom(options.seed, units_stream)));
    draw_place_ = std::make_unique<WeightedDraw>(WeightedDraw::zipf(
        places_.size(), options.skew, SeededRandom(options.seed, places_stream)));
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

  [[nodiscard]] bool has_ballots() const { return !places_.empty(); }

  [[nodiscard]] EntryId id_of_item(std::uint64_t number) const {
    std::array<char, 8> raw;
    std::memcpy(raw.data(), &number, sizeof(number));
    return derived_id(id_key_, std::string_view(raw.data(), raw.size()));
  }

  // Ballot `number`; with another variant other marks under the same id.
  void ballot(std::uint64_t number, std::uint64_t variant, Entry& entry) const {
    SeededRandom random(options_.seed + variant * 0x5851'F42D'4C95'7F2DU,
                        number ^ (std::uint64_t{ballot_stream} << 8));
    entry.id = id_of_item(number);
    if (!std::holds_alternative<Ballot>(entry.body)) entry.body.emplace<Ballot>();
    Ballot& ballot = std::get<Ballot>(entry.body);
    const PollingPlace& place = places_[draw_place_->draw(random)];
    ballot.unit = leaves_[draw_unit_->draw(random)];
    ballot.style = place.style;
    ballot.card = place.card;
    ballot.method = place.method;
    const auto& contests = rules_.styles[place.style.value].cards[place.card - 1U].contests;
    ballot.selections.resize(contests.size());
    for (std::size_t i = 0; i < contests.size(); ++i) {
      select(contests[i], random, ballot.selections[i]);
    }
  }

  // Invalid item `number`: its bytes or its line, and the code.
  std::string_view spoil(std::uint64_t number, Entry& entry, Bytes& bytes,
                         std::string& line) const {
    ballot(invalid_id + number, 0, entry);
    const std::span<const std::string_view> faults =
        options_.json ? std::span<const std::string_view>(json_faults) : byte_faults;
    // Not every fault is possible under every rules; the next one that is.
    for (std::uint64_t n = number;; ++n) {
      const std::string_view code = faults[n % faults.size()];
      if (options_.json ? spoil_json(code, entry, line) : spoil_bytes(code, entry, bytes)) {
        return code;
      }
    }
  }

  // Behind the ids of any ballots.
  static constexpr std::uint64_t invalid_id = std::uint64_t{1} << 63;

 private:
  struct PollingPlace {
    StyleId style;
    std::uint8_t card;
    MethodId method;
  };

  void pick(ContestId contest, std::size_t wanted, SeededRandom& random,
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

  void select(ContestId id, SeededRandom& random, Selection& out) const {
    const Contest& contest = rules_.contest(id);
    out.contest = id;
    out.form = Selection::Form::marks;
    out.marks.clear();
    out.write_ins.clear();
    out.ranks.clear();
    const double fate = random.unit();
    const double blank = options_.blank, over = blank + options_.overvotes,
                 under = over + options_.undervotes, write_in = under + options_.write_ins;
    if (fate < blank) {
      out.form = Selection::Form::blank;
      return;
    }
    const std::size_t allowed = contest.votes_allowed;
    if (contest.kind == ContestKind::ranked) {
      out.form = Selection::Form::ranking;
      if (fate >= over && fate < under) return;  // Nothing ranked.
      std::vector<OptionId> order;
      pick(id, 1 + random.below(std::min(allowed, contest.options.size())), random, order);
      for (const OptionId option : order) out.ranks.push_back({option});
      if (fate < over && order.size() >= 2) {  // Two in the first rank.
        out.ranks[0].push_back(out.ranks.back()[0]);
        std::sort(out.ranks[0].begin(), out.ranks[0].end());
        out.ranks.pop_back();
      } else if (fate < write_in && out.ranks.size() < allowed) {  // The first rank skipped.
        out.ranks.insert(out.ranks.begin(), std::vector<OptionId>{});
      }
      return;
    }
    std::size_t marks = allowed;
    if (fate < over) {
      marks = allowed + 1;
    } else if (fate < under) {
      marks = random.below(allowed);
    } else if (fate < write_in && contest.write_ins) {
      out.write_ins.emplace_back(write_in_names[random.below(std::size(write_in_names))]);
      --marks;
    }
    pick(id, marks, random, out.marks);
    std::sort(out.marks.begin(), out.marks.end());
  }

  // The first selection in a contest of that kind; nothing if the card has none.
  static Selection* first_of(const Rules& rules, Ballot& ballot, ContestKind kind,
                             std::size_t options_min) {
    for (Selection& selection : ballot.selections) {
      const Contest& contest = rules.contest(selection.contest);
      if (contest.kind == kind && contest.options.size() >= options_min) return &selection;
    }
    return nullptr;
  }

  [[nodiscard]] std::optional<ContestId> not_on_card(const Ballot& ballot) const {
    for (std::uint32_t i = 0; i < rules_.contests.size(); ++i) {
      if (std::none_of(ballot.selections.begin(), ballot.selections.end(),
                       [&](const Selection& each) { return each.contest.value == i; })) {
        return ContestId{i};
      }
    }
    return std::nullopt;
  }

  // A plain vote, so that the fault that follows is the only one.
  static void plain(Selection& selection) {
    selection.form = Selection::Form::marks;
    selection.marks.clear();
    selection.write_ins.clear();
    selection.ranks.clear();
  }

  [[nodiscard]] Entry sheet_of(const Ballot& ballot) const {
    Sheet sheet;
    sheet.unit = ballot.unit;
    sheet.method = ballot.method;
    sheet.contest = ballot.selections.front().contest;
    sheet.votes.emplace_back(OptionId{0}, Figure::of(1));
    return {sheet_id(sheet), sheet};
  }

  bool spoil_bytes(std::string_view code, Entry entry, Bytes& bytes) const {
    constexpr std::size_t body = entry_head_bytes;  // unit u32, style u16, card u8, method u8.
    Ballot& ballot = std::get<Ballot>(entry.body);
    const auto made = [&] {
      bytes = encode(entry, count_);
      return true;
    };
    if (ballot.selections.empty()) return false;
    if (code == "entry.contest.unknown") {
      ballot.selections.front().contest = ContestId{0xFFFE};
      return made();
    }
    if (code == "entry.contest.order") {
      if (ballot.selections.size() < 2) return false;
      ballot.selections[1] = ballot.selections[0];
      return made();
    }
    if (code == "entry.contest.not_on_card") {
      const auto other = not_on_card(ballot);
      if (!other) return false;
      ballot.selections.front().contest = *other;
      return made();
    }
    if (code == "entry.contest.missing") {
      ballot.selections.pop_back();
      return made();
    }
    if (code == "entry.form.unknown") {
      ballot.selections.front().form = static_cast<Selection::Form>(9);
      return made();
    }
    if (code == "entry.form.not_of_kind") {
      Selection* const selection = first_of(rules_, ballot, ContestKind::plurality, 1);
      if (selection == nullptr) return false;
      plain(*selection);
      selection->form = Selection::Form::ranking;
      return made();
    }
    if (code == "entry.option.unknown" || code.starts_with("entry.marks.")) {
      Selection* const selection = first_of(rules_, ballot, ContestKind::plurality, 2);
      if (selection == nullptr) return false;
      plain(*selection);
      selection->marks = code == "entry.option.unknown"   ? std::vector<OptionId>{{0}, {0xFFFE}}
                         : code == "entry.marks.repeated" ? std::vector<OptionId>{{0}, {0}}
                                                          : std::vector<OptionId>{{1}, {0}};
      return made();
    }
    if (code == "entry.write_in.not_allowed") {
      Selection* const selection = first_of(rules_, ballot, ContestKind::plurality, 1);
      if (selection == nullptr || rules_.contest(selection->contest).write_ins) return false;
      plain(*selection);
      selection->write_ins = {"Nobody"};
      return made();
    }
    if (code == "entry.kind_not_counted_here") {
      entry = sheet_of(ballot);
      return made();
    }
    if (code == "entry.check_in.unsupported") {
      entry.body = CheckIn{.unit = ballot.unit, .method = ballot.method};
      return made();
    }
    if (code == "entry.control.unsupported") {
      Control control;
      control.actor = "nobody";
      entry.body = control;
      return made();
    }
    bytes = encode(entry, count_);
    const auto put = [&](std::size_t at, std::initializer_list<std::uint8_t> values) {
      std::copy(values.begin(), values.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    };
    if (code == "entry.version.unknown") put(0, {9});
    if (code == "entry.kind.unknown") put(1, {77});
    if (code == "entry.count.other") put(2, {static_cast<std::uint8_t>(~bytes[2])});
    if (code == "entry.id.not_uuid") {
      put(16,
          {static_cast<std::uint8_t>((bytes[16] & 0x0F) | 0x10)});  // Version 1: it has a clock.
    }
    if (code == "entry.truncated") bytes.resize(body + 5);
    if (code == "entry.trailing_bytes") bytes.push_back(0);
    if (code == "entry.unit.unknown") put(body, {0xFE, 0xFF, 0xFF, 0xFF});
    if (code == "entry.style.unknown") put(body + 4, {0xFF, 0xFF});
    if (code == "entry.card.unknown") put(body + 6, {0});
    if (code == "entry.method.unknown") put(body + 7, {0xFF});
    return true;
  }

  bool spoil_json(std::string_view code, const Entry& entry, std::string& line) const {
    const Ballot& ballot = std::get<Ballot>(entry.body);
    if (ballot.selections.empty()) return false;
    const Contest& first = rules_.contest(ballot.selections.front().contest);
    const bool plurality = first.kind == ContestKind::plurality;
    if (code == "entry.kind_not_counted_here") {
      line = to_json(sheet_of(ballot), rules_, count_);
      return true;
    }
    line = to_json(entry, rules_, count_);
    if (code == "entry.json.syntax") {
      line.resize(line.size() - 2);
      return true;
    }
    Json json = Json::parse(line);
    Json& contests = json["contests"];
    if (code == "entry.json.member_unknown") {
      json["voter"] = "somebody";
    } else if (code == "entry.json.member_missing") {
      json.erase("unit");
    } else if (code == "entry.json.type") {
      json["card"] = "one";
    } else if (code == "entry.kind.unknown") {
      json["kind"] = "vote";
    } else if (code == "entry.count.other") {
      json["count"] = "00000000000000000000000000000000";
    } else if (code == "entry.id.not_uuid") {
      std::string id = to_text(entry.id);
      id[14] = '1';
      json["id"] = id;
    } else if (code == "entry.unit.unknown") {
      json["unit"] = "no such unit";
    } else if (code == "entry.style.unknown") {
      json["style"] = "no such style";
    } else if (code == "entry.card.unknown") {
      json["card"] = 0;
    } else if (code == "entry.method.unknown") {
      json["method"] = "no such method";
    } else if (code == "entry.contest.unknown") {
      contests["no such contest"] = Json::array();
    } else if (code == "entry.contest.missing") {
      contests.erase(first.id);
    } else if (code == "entry.contest.not_on_card") {
      const auto other = not_on_card(ballot);
      if (!other) return false;
      contests[rules_.contest(*other).id] = Json{{"blank", true}};
    } else if (code == "entry.form.not_of_kind") {
      if (!plurality) return false;
      contests[first.id] = Json{{"ranking", Json::array()}};
    } else if (code == "entry.option.unknown") {
      if (!plurality) return false;
      contests[first.id] = Json::array({"no such option"});
    } else if (code == "entry.marks.repeated") {
      if (!plurality) return false;
      contests[first.id] = Json::array({first.options[0].id, first.options[0].id});
    } else if (code == "entry.write_in.not_allowed") {
      if (!plurality || first.write_ins) return false;
      contests[first.id] = Json::array({Json{{"write_in", "Nobody"}}});
    }
    line = json.dump();
    return true;
  }

  const Rules& rules_;
  const CountId& count_;
  const GenerateOptions& options_;
  std::vector<UnitId> leaves_;
  std::vector<PollingPlace> places_;
  std::unique_ptr<WeightedDraw> draw_unit_, draw_place_;
  std::vector<WeightedDraw> draw_option_;
  Hash id_key_{};
};

// A copy that is still to come.
struct Copy {
  std::uint64_t due;
  std::uint64_t number;
  bool conflict;
  bool operator>(const Copy& other) const {
    return std::tie(due, number, conflict) > std::tie(other.due, other.number, other.conflict);
  }
};

}  // namespace

std::string_view to_text(GeneratedItem::Kind kind) {
  switch (kind) {
    case GeneratedItem::Kind::first:
      return "first";
    case GeneratedItem::Kind::duplicate:
      return "duplicate";
    case GeneratedItem::Kind::conflict:
      return "conflict";
    case GeneratedItem::Kind::invalid:
      return "invalid";
  }
  return "";
}

Result<GenerateSummary> generate(const Rules& rules, const CountId& count,
                                 const GenerateOptions& options, const ItemSink& sink) {
  const Generator generator(rules, count, options);
  if (!generator.has_ballots()) {
    return fail(Remedy::reject, "generate.no_ballots",
                "the rules have no ballot card whose contests are all counted from ballots");
  }
  check(options.parts > 0, "there is at least one part");
  GenerateSummary summary;
  std::vector<std::uint64_t> next_index(options.parts);
  std::priority_queue<Copy, std::vector<Copy>, std::greater<>> copies;
  Entry entry, other;
  Bytes bytes;
  std::string line;

  const auto send = [&](GeneratedItem& item, std::uint64_t number) {
    item.part = SeededRandom(options.seed, number ^ fate_stream).below(options.parts);
    item.index = next_index[item.part]++;
    return sink(item);
  };
  const auto send_ballot = [&](GeneratedItem::Kind kind, std::uint64_t number, const Entry& what) {
    bytes = encode(what, count);
    GeneratedItem item{.kind = kind, .id = what.id, .entry = &what, .bytes = bytes};
    return send(item, number);
  };
  const auto send_copy = [&](const Copy& copy) {
    generator.ballot(copy.number, 0, entry);
    if (!copy.conflict) {
      ++summary.duplicate;
      return send_ballot(GeneratedItem::Kind::duplicate, copy.number, entry);
    }
    ++summary.conflict;
    // Other content under the same id: the first variant that is not by chance the same.
    const Bytes first = encode(entry, count);
    std::uint64_t variant = 0;
    do {
      check(++variant < 1'000, "a ballot can be marked in more than one way");
      generator.ballot(copy.number, variant, other);
    } while (encode(other, count) == first);
    return send_ballot(GeneratedItem::Kind::conflict, copy.number, other);
  };

  for (std::uint64_t number = 0; number < options.ballots; ++number) {
    while (!copies.empty() && copies.top().due <= number) {
      const Copy copy = copies.top();
      copies.pop();
      if (const auto sent = send_copy(copy); !sent) return std::unexpected(sent.error());
    }
    SeededRandom fate(options.seed, number ^ (std::uint64_t{fate_stream} << 8));
    if (fate.unit() < options.invalid) {
      const std::uint64_t number_of_it = Generator::invalid_id + summary.invalid;
      GeneratedItem item{.kind = GeneratedItem::Kind::invalid};
      item.code = generator.spoil(summary.invalid++, entry, bytes, line);
      item.id = entry.id;
      if (options.json) {
        item.line = line;
      } else {
        item.bytes = bytes;
        if (const auto id = id_of(bytes)) item.id = *id;
      }
      if (const auto sent = send(item, number_of_it); !sent) return std::unexpected(sent.error());
    }
    generator.ballot(number, 0, entry);
    ++summary.first;
    if (const auto sent = send_ballot(GeneratedItem::Kind::first, number, entry); !sent) {
      return std::unexpected(sent.error());
    }
    // Half of the copies come soon, as retries do; the others any time later.
    const auto later = [&] {
      const std::uint64_t soon = 1 + fate.below(1'000);
      const double far = fate.unit();
      return fate.unit() < 0.5 ? number + soon
                               : number + 1 +
                                     static_cast<std::uint64_t>(
                                         far * static_cast<double>(options.ballots - number));
    };
    if (fate.unit() < options.duplicates) copies.push({later(), number, false});
    if (fate.unit() < options.conflicts) copies.push({later(), number, true});
  }
  for (; !copies.empty(); copies.pop()) {
    if (const auto sent = send_copy(copies.top()); !sent) return std::unexpected(sent.error());
  }
  return summary;
}

void append_truth(std::string& out, const GeneratedItem& item, const Rules& rules) {
  const auto cell = [&](std::string_view text) {
    out += ',';
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
      out += text;
      return;
    }
    out += '"';
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  };
  out += std::to_string(item.part) + "," + std::to_string(item.index);
  cell(to_text(item.id));
  cell(to_text(item.kind));
  cell(item.code);
  if (item.entry == nullptr) {
    out += ",,,,,\n";
    return;
  }
  const Ballot& ballot = std::get<Ballot>(item.entry->body);
  cell(rules.units[ballot.unit.value].id);
  cell(rules.styles[ballot.style.value].id);
  cell(std::to_string(ballot.card));
  cell(rules.methods[ballot.method.value].id);
  std::string json = "{";
  for (const Selection& selection : ballot.selections) {
    const Contest& contest = rules.contest(selection.contest);
    const auto options = [&](const std::vector<OptionId>& marked) {
      json += '[';
      for (std::size_t i = 0; i < marked.size(); ++i) {
        if (i > 0) json += ',';
        append_json_text(json, contest.options[marked[i].value].id);
      }
      json += ']';
    };
    if (json.size() > 1) json += ',';
    append_json_text(json, contest.id);
    json += ":{\"allowed\":" + std::to_string(contest.votes_allowed);
    switch (selection.form) {
      case Selection::Form::marks:
        json += ",\"marks\":";
        options(selection.marks);
        json += ",\"write_ins\":" + std::to_string(selection.write_ins.size());
        break;
      case Selection::Form::ranking:
        json += ",\"ranking\":[";
        for (std::size_t i = 0; i < selection.ranks.size(); ++i) {
          if (i > 0) json += ',';
          options(selection.ranks[i]);
        }
        json += ']';
        break;
      case Selection::Form::blank:
        json += ",\"blank\":true";
        break;
      case Selection::Form::invalid:
        json += ",\"invalid\":true";
        break;
    }
    json += '}';
  }
  json += '}';
  cell(json);
  out += '\n';
}

namespace {

constexpr const char* palette[] = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728",
                                   "#9467bd", "#8c564b", "#e377c2", "#7f7f7f",
                                   "#bcbd22", "#17becf", "#393b79", "#637939"};

std::string numbered(const char* word, std::uint32_t number) {
  return std::string(word) + "-" + std::to_string(number + 1);
}

std::string named(const char* word, std::uint32_t number) {
  return std::string(word) + " " + std::to_string(number + 1);
}

}  // namespace

std::string generate_rules(const GenerateRulesOptions& options) {
  Json parties = Json::array(), methods = Json::array(), units = Json::array(),
       contests = Json::array(), styles = Json::array();
  for (std::uint32_t i = 0; i < options.parties; ++i) {
    parties.push_back({{"id", numbered("party", i)}, {"name", named("Party", i)}});
  }
  for (std::uint32_t i = 0; i < options.methods; ++i) {
    constexpr const char* ids[] = {"in-person", "postal", "early"};
    constexpr const char* names[] = {"In person", "By post", "Early"};
    methods.push_back({{"id", i < 3 ? ids[i] : numbered("method", i)},
                       {"name", i < 3 ? names[i] : named("Method", i)}});
  }
  units.push_back({{"id", "land"}, {"name", "The land"}, {"kind", "country"}});
  const auto regions =
      std::max(1U, static_cast<std::uint32_t>(std::sqrt(static_cast<double>(options.units))));
  for (std::uint32_t i = 0; i < regions; ++i) {
    units.push_back({{"id", "land/" + numbered("region", i)},
                     {"name", named("Region", i)},
                     {"kind", "region"},
                     {"parent", "land"}});
  }
  for (std::uint32_t i = 0; i < options.units; ++i) {
    const std::string region = "land/" + numbered("region", i % regions);
    units.push_back({{"id", region + "/" + numbered("precinct", i)},
                     {"name", named("Precinct", i)},
                     {"kind", "precinct"},
                     {"parent", region}});
  }
  SeededRandom random(options.seed, options_stream);
  Json cards = Json::array();
  for (std::uint32_t i = 0; i < options.contests; ++i) {
    Json list = Json::array();
    for (std::uint32_t k = 0; k < options.options; ++k) {
      Json option{{"id", numbered("option", k)}, {"name", named("Candidate", k)}};
      if (options.parties > 0 && k < options.parties) {
        option["parties"] =
            Json::array({numbered("party", (k + random.below(options.parties)) % options.parties)});
      }
      list.push_back(std::move(option));
    }
    const bool ranked = options.contests - i <= options.ranked;
    // The first is vote-for-one; the others for one to three, every third takes write-ins.
    const std::uint32_t allowed =
        ranked ? std::min(options.options, 5U) : std::min(1 + i % 3, options.options);
    contests.push_back({{"id", numbered("contest", i)},
                        {"name", named("Contest", i)},
                        {"kind", ranked ? "ranked" : "plurality"},
                        {"seats", ranked ? 1U : allowed},
                        {"votes_allowed", allowed},
                        {"write_ins", !ranked && i % 3 == 1},
                        {"share_base", "votes"},
                        {"decides", ranked ? "more than half of the votes" : "most votes"},
                        {"unit", "land"},
                        {"counted_from", "ballots"},
                        {"options", std::move(list)}});
    if (i % 8 == 0) cards.push_back(Json::array());
    cards.back().push_back(numbered("contest", i));
  }
  styles.push_back({{"id", "full"}, {"name", "Full"}, {"cards", cards}});
  if (options.contests > 1) {
    styles.push_back({{"id", "short"},
                      {"name", "First contest only"},
                      {"cards", Json::array({Json::array({numbered("contest", 0)})})}});
  }
  std::string out = "{\n \"teller\": \"rules/1\",\n \"election\": ";
  out += Json{{"name", "Generated election"}, {"date", "2026-01-01"}, {"time_zone", "UTC"}}.dump();
  const std::pair<const char*, const Json*> lists[] = {{"parties", &parties},
                                                       {"methods", &methods},
                                                       {"units", &units},
                                                       {"contests", &contests},
                                                       {"styles", &styles}};
  for (const auto& [name, list] : lists) {
    out += std::string(",\n \"") + name + "\": [";
    for (std::size_t i = 0; i < list->size(); ++i) {
      out += (i == 0 ? "\n  " : ",\n  ") + (*list)[i].dump();
    }
    out += "\n ]";
  }
  return out + "\n}\n";
}

std::string generate_presentation(const GenerateRulesOptions& options) {
  Json parties = Json::object(), looks = Json::object();
  for (std::uint32_t i = 0; i < options.parties; ++i) {
    parties[numbered("party", i)] = {{"colour", palette[i % std::size(palette)]}};
  }
  for (std::uint32_t i = 0; i < options.contests; ++i) {
    for (std::uint32_t k = 0; k < options.options; ++k) {
      looks[numbered("contest", i) + "/" + numbered("option", k)] = {
          {"colour", palette[k % std::size(palette)]}};
    }
  }
  const Json all{{"teller", "presentation/1"},
                 {"title", "Generated election"},
                 {"subtitle", "Nobody cast these ballots"},
                 {"options", looks},
                 {"parties", parties}};
  return all.dump(1) + "\n";
}

}  // namespace teller
