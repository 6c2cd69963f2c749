#include "generate/spoil.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include "intake/entry_output.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

// The things that can be wrong with an entry, in bytes.
constexpr Code byte_faults[] = {
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
constexpr Code json_faults[] = {
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

// The first selection in a contest of that kind; nothing if the card has none.
Selection* first_of(const Rules& rules, Ballot& ballot, ContestKind kind, std::size_t options_min) {
  for (Selection& selection : ballot.selections) {
    const Contest& contest = rules.contest(selection.contest);
    if (contest.kind == kind && contest.options.size() >= options_min) return &selection;
  }
  return nullptr;
}

std::optional<ContestId> not_on_card(const Ballot& ballot, const Rules& rules) {
  for (std::uint32_t i = 0; i < rules.contests.size(); ++i) {
    if (std::none_of(ballot.selections.begin(), ballot.selections.end(),
                     [&](const Selection& each) { return each.contest.value == i; })) {
      return ContestId{i};
    }
  }
  return std::nullopt;
}

// A plain vote, so that the fault that follows is the only one.
void make_plain(Selection& selection) {
  selection.form = Selection::Form::marks;
  selection.marks.clear();
  selection.write_ins.clear();
  selection.ranks.clear();
}

Entry sheet_of(const Ballot& ballot) {
  Sheet sheet;
  sheet.unit = ballot.unit;
  sheet.method = ballot.method;
  sheet.contest = ballot.selections.front().contest;
  sheet.votes.emplace_back(OptionId{0}, Figure::of(1));
  return {sheet_id(sheet), sheet};
}

enum class Spoiled { yes, impossible, not_here };

// Faults that an entry can be encoded with. `entry` is a ballot and becomes what is wrong.
Spoiled spoil_entry(Code code, const Rules& rules, Entry& entry) {
  Ballot& ballot = std::get<Ballot>(entry.body);
  if (ballot.selections.empty()) return Spoiled::impossible;
  if (code == Code("entry.contest.unknown")) {
    ballot.selections.front().contest = ContestId{0xFFFE};
    return Spoiled::yes;
  }
  if (code == Code("entry.contest.order")) {
    if (ballot.selections.size() < 2) return Spoiled::impossible;
    ballot.selections[1] = ballot.selections[0];
    return Spoiled::yes;
  }
  if (code == Code("entry.contest.not_on_card")) {
    const auto other = not_on_card(ballot, rules);
    if (!other) return Spoiled::impossible;
    ballot.selections.front().contest = *other;
    return Spoiled::yes;
  }
  if (code == Code("entry.contest.missing")) {
    ballot.selections.pop_back();
    return Spoiled::yes;
  }
  if (code == Code("entry.form.unknown")) {
    ballot.selections.front().form = static_cast<Selection::Form>(9);
    return Spoiled::yes;
  }
  if (code == Code("entry.form.not_of_kind")) {
    Selection* const selection = first_of(rules, ballot, ContestKind::plurality, 1);
    if (selection == nullptr) return Spoiled::impossible;
    make_plain(*selection);
    selection->form = Selection::Form::ranking;
    return Spoiled::yes;
  }
  if (code == Code("entry.option.unknown") || code.text().starts_with("entry.marks.")) {
    Selection* const selection = first_of(rules, ballot, ContestKind::plurality, 2);
    if (selection == nullptr) return Spoiled::impossible;
    make_plain(*selection);
    selection->marks = code == Code("entry.option.unknown")   ? std::vector<OptionId>{{0}, {0xFFFE}}
                       : code == Code("entry.marks.repeated") ? std::vector<OptionId>{{0}, {0}}
                                                              : std::vector<OptionId>{{1}, {0}};
    return Spoiled::yes;
  }
  if (code == Code("entry.write_in.not_allowed")) {
    Selection* const selection = first_of(rules, ballot, ContestKind::plurality, 1);
    if (selection == nullptr || rules.contest(selection->contest).write_ins)
      return Spoiled::impossible;
    make_plain(*selection);
    selection->write_ins = {"Nobody"};
    return Spoiled::yes;
  }
  if (code == Code("entry.kind_not_counted_here")) {
    entry = sheet_of(ballot);
    return Spoiled::yes;
  }
  if (code == Code("entry.check_in.unsupported")) {
    entry.body = CheckIn{.unit = ballot.unit, .method = ballot.method};
    return Spoiled::yes;
  }
  if (code == Code("entry.control.unsupported")) {
    Control control;
    control.action = Control::Action::complete;
    entry.body = control;
    return Spoiled::yes;
  }
  return Spoiled::not_here;
}

// Faults of the bytes that no entry can be encoded with. `bytes` is a good ballot.
void spoil_encoded(Code code, Bytes& bytes) {
  constexpr std::size_t body = entry_head_bytes;  // unit u32, style u16, card u8, method u8.
  const auto put = [&](std::size_t at, std::initializer_list<std::uint8_t> values) {
    std::copy(values.begin(), values.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  };
  if (code == Code("entry.version.unknown")) put(0, {9});
  if (code == Code("entry.kind.unknown")) put(1, {77});
  if (code == Code("entry.count.other")) put(2, {static_cast<std::uint8_t>(~bytes[2])});
  if (code == Code("entry.id.not_uuid")) {
    put(16, {static_cast<std::uint8_t>((bytes[16] & 0x0F) | 0x10)});  // Version 1: it has a clock.
  }
  if (code == Code("entry.truncated")) bytes.resize(body + 5);
  if (code == Code("entry.trailing_bytes")) bytes.push_back(0);
  if (code == Code("entry.unit.unknown")) put(body, {0xFE, 0xFF, 0xFF, 0xFF});
  if (code == Code("entry.style.unknown")) put(body + 4, {0xFF, 0xFF});
  if (code == Code("entry.card.unknown")) put(body + 6, {0});
  if (code == Code("entry.method.unknown")) put(body + 7, {0xFF});
}

bool spoil_line(Code code, const Entry& entry, const Rules& rules, const CountId& count,
                std::string& line) {
  const Ballot& ballot = std::get<Ballot>(entry.body);
  if (ballot.selections.empty()) return false;
  const Contest& first = rules.contest(ballot.selections.front().contest);
  const bool plurality = first.kind == ContestKind::plurality;
  if (code == Code("entry.kind_not_counted_here")) {
    line = to_json(sheet_of(ballot), rules, count);
    return true;
  }
  line = to_json(entry, rules, count);
  if (code == Code("entry.json.syntax")) {
    line.resize(line.size() - 2);
    return true;
  }
  Json json = Json::parse(line);
  Json& contests = json["contests"];
  if (code == Code("entry.json.member_unknown")) {
    json["voter"] = "somebody";
  } else if (code == Code("entry.json.member_missing")) {
    json.erase("unit");
  } else if (code == Code("entry.json.type")) {
    json["card"] = "one";
  } else if (code == Code("entry.kind.unknown")) {
    json["kind"] = "vote";
  } else if (code == Code("entry.count.other")) {
    json["count"] = "00000000000000000000000000000000";
  } else if (code == Code("entry.id.not_uuid")) {
    std::string id = to_text(entry.id);
    id[14] = '1';
    json["id"] = id;
  } else if (code == Code("entry.unit.unknown")) {
    json["unit"] = "no such unit";
  } else if (code == Code("entry.style.unknown")) {
    json["style"] = "no such style";
  } else if (code == Code("entry.card.unknown")) {
    json["card"] = 0;
  } else if (code == Code("entry.method.unknown")) {
    json["method"] = "no such method";
  } else if (code == Code("entry.contest.unknown")) {
    contests["no such contest"] = Json::array();
  } else if (code == Code("entry.contest.missing")) {
    contests.erase(first.id);
  } else if (code == Code("entry.contest.not_on_card")) {
    const auto other = not_on_card(ballot, rules);
    if (!other) return false;
    contests[rules.contest(*other).id] = Json{{"blank", true}};
  } else if (code == Code("entry.form.not_of_kind")) {
    if (!plurality) return false;
    contests[first.id] = Json{{"ranking", Json::array()}};
  } else if (code == Code("entry.option.unknown")) {
    if (!plurality) return false;
    contests[first.id] = Json::array({"no such option"});
  } else if (code == Code("entry.marks.repeated")) {
    if (!plurality) return false;
    contests[first.id] = Json::array({first.options[0].id, first.options[0].id});
  } else if (code == Code("entry.write_in.not_allowed")) {
    if (!plurality || first.write_ins) return false;
    contests[first.id] = Json::array({Json{{"write_in", "Nobody"}}});
  }
  line = json.dump();
  return true;
}

}  // namespace

Code spoil_bytes(std::uint64_t number, const Entry& ballot, const Rules& rules,
                 const CountId& count, Bytes& out) {
  for (;; ++number) {
    const Code code = byte_faults[number % std::size(byte_faults)];
    Entry entry = ballot;
    const Spoiled spoiled = spoil_entry(code, rules, entry);
    if (spoiled == Spoiled::impossible) continue;
    out = encode(entry, count);
    if (spoiled == Spoiled::not_here) spoil_encoded(code, out);
    return code;
  }
}

Code spoil_json(std::uint64_t number, const Entry& ballot, const Rules& rules, const CountId& count,
                std::string& out) {
  for (;; ++number) {
    const Code code = json_faults[number % std::size(json_faults)];
    if (spoil_line(code, ballot, rules, count, out)) return code;
  }
}

}  // namespace teller
