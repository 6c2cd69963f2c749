#include "intake/entry_json.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/utf8.h"
#include "election/sheet_act.h"

namespace teller {
namespace {

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

// Leaves the reading of one entry with the first fault found.
struct Wrong {
  Refusal refusal;
};

[[noreturn]] void wrong(Reason reason, const std::string& path, const std::string& what = {}) {
  std::string detail = path.empty() ? "" : path + ": ";
  detail += what.empty() ? std::string(sentence_of(reason)) : what;
  throw Wrong{{code_of(reason), detail}};
}

// An object's members, each looked at once; what nobody asked for is an error. Within a contest
// what nobody knows is not repeated: it may be an option, and then the refusal would name a mark.
class Members {
 public:
  enum class Unknown { is_named, is_secret };

  Members(const Object& object, std::string path, std::initializer_list<std::string_view> known,
          Unknown unknown = Unknown::is_named)
      : object_(object), path_(std::move(path)) {
    std::vector<std::string_view> seen;
    for (const auto& field : object) {
      if (std::find(known.begin(), known.end(), field.key) == known.end()) {
        wrong(Reason::entry_json_member_unknown,
              unknown == Unknown::is_named ? at(field.key) : path_);
      }
      if (std::find(seen.begin(), seen.end(), field.key) != seen.end()) {
        wrong(Reason::entry_json_syntax, at(field.key), "stands twice");
      }
      seen.push_back(field.key);
    }
  }

  [[nodiscard]] std::string at(std::string_view member) const {
    return path_ + "/" + std::string(member);
  }
  [[nodiscard]] bool has(std::string_view member) const {
    return object_[member].error() == simdjson::SUCCESS;
  }
  [[nodiscard]] Element any(std::string_view member) const {
    Element element;
    if (object_[member].get(element)) wrong(Reason::entry_json_member_missing, at(member));
    return element;
  }
  [[nodiscard]] std::string_view text(std::string_view member) const {
    std::string_view value;
    if (any(member).get(value)) wrong(Reason::entry_json_type, at(member), "must be a text");
    return value;
  }
  [[nodiscard]] std::string_view text_or(std::string_view member,
                                         std::string_view otherwise) const {
    return has(member) ? text(member) : otherwise;
  }
  [[nodiscard]] std::uint64_t number(std::string_view member, std::uint64_t highest) const {
    std::uint64_t value = 0;
    if (any(member).get(value) || value > highest) {
      wrong(Reason::entry_json_type, at(member),
            fmt::format("must be a whole number up to {}", highest));
    }
    return value;
  }
  [[nodiscard]] Object object(std::string_view member) const {
    Object value;
    if (any(member).get(value)) wrong(Reason::entry_json_type, at(member), "must be an object");
    return value;
  }
  [[nodiscard]] Figure figure(std::string_view member) const {
    return has(member) ? figure_of(any(member), at(member)) : Figure{};
  }

  static Figure figure_of(const Element& element, const std::string& path) {
    std::uint64_t value = 0;
    std::string_view word;
    if (element.get(value) == simdjson::SUCCESS) {
      if (value >= Figure::limit) wrong(Reason::entry_figure_too_large, path);
      return Figure::of(value);
    }
    if (element.get(word) == simdjson::SUCCESS) {
      if (word == "withheld") return Figure::withheld();
      if (word == "unknown") return Figure{};
    }
    wrong(Reason::entry_json_type, path, "a figure is a whole number, \"withheld\" or \"unknown\"");
  }

 private:
  Object object_;
  std::string path_;
};

template <typename Id>
Id known(std::optional<Id> found, Reason reason, const std::string& path, std::string_view id) {
  if (!found) {
    wrong(reason, path,
          "\"" + std::string(id.substr(0, 200)) + "\": " + std::string(sentence_of(reason)));
  }
  return *found;
}

// Which option was named is never said: an error may end in a log, and a log must not hold marks.
OptionId option(const Rules& rules, ContestId contest, const Element& element,
                const std::string& path) {
  std::string_view id;
  if (element.get(id)) wrong(Reason::entry_json_type, path, "an option is named by its id");
  const auto found = rules.find_option(contest, id);
  if (!found) wrong(Reason::entry_option_unknown, path);
  return *found;
}

void sort_marks(std::vector<OptionId>& marks, const std::string& path) {
  std::sort(marks.begin(), marks.end());
  if (std::adjacent_find(marks.begin(), marks.end()) != marks.end()) {
    wrong(Reason::entry_marks_repeated, path);
  }
  if (marks.size() > 255) wrong(Reason::entry_json_type, path, "at most 255 marks");
}

// A person has at most one vote of a card in a contest, so a name that is written in twice is one
// write-in. Those that nobody can read (empty) may be different persons and stay as many.
void merge_write_ins(std::vector<std::string>& write_ins) {
  std::sort(write_ins.begin(), write_ins.end());
  const auto same_name = [](const std::string& a, const std::string& b) {
    return a == b && !a.empty();
  };
  write_ins.erase(std::unique(write_ins.begin(), write_ins.end(), same_name), write_ins.end());
}

Selection selection(const Rules& rules, ContestId contest, const Element& element,
                    const std::string& path) {
  Selection result;
  result.contest = contest;
  simdjson::dom::array list;
  if (element.get(list) == simdjson::SUCCESS) {
    for (const Element& item : list) {
      Object object;
      if (item.get(object) == simdjson::SUCCESS) {
        const Members members(object, path, {"write_in"}, Members::Unknown::is_secret);
        result.write_ins.emplace_back(members.text("write_in"));
      } else {
        result.marks.push_back(option(rules, contest, item, path));
      }
    }
    sort_marks(result.marks, path);
    for (const std::string& text : result.write_ins) {
      if (text.size() > 255 || !is_clean_utf8(text)) wrong(Reason::entry_write_in_invalid, path);
    }
    merge_write_ins(result.write_ins);
    if (result.write_ins.size() > 255) wrong(Reason::entry_write_in_invalid, path);
    return result;
  }
  Object object;
  if (element.get(object)) {
    wrong(Reason::entry_json_type, path,
          "must be a list of options, {\"ranking\": …}, {\"blank\": true} or {\"invalid\": true}");
  }
  const Members members(object, path, {"ranking", "blank", "invalid"}, Members::Unknown::is_secret);
  if (object.size() != 1) wrong(Reason::entry_json_type, path, "exactly one of its members");
  const auto is_true = [&](std::string_view member) {
    bool value = false;
    if (members.any(member).get(value) || !value) {
      wrong(Reason::entry_json_type, members.at(member), "can only be true");
    }
  };
  if (members.has("blank")) {
    is_true("blank");
    result.form = Selection::Form::blank;
  } else if (members.has("invalid")) {
    is_true("invalid");
    result.form = Selection::Form::invalid;
  } else {
    result.form = Selection::Form::ranking;
    if (members.any("ranking").get(list)) {
      wrong(Reason::entry_json_type, members.at("ranking"), "must be a list of lists of options");
    }
    for (const Element& rank : list) {
      simdjson::dom::array at_rank;
      if (rank.get(at_rank)) {
        wrong(Reason::entry_json_type, members.at("ranking"), "a rank is a list of options");
      }
      auto& options = result.ranks.emplace_back();
      for (const Element& item : at_rank) options.push_back(option(rules, contest, item, path));
      sort_marks(options, path);
    }
    // Ranks left empty at the end say nothing; the canonical form does not have them.
    while (!result.ranks.empty() && result.ranks.back().empty()) result.ranks.pop_back();
    if (result.ranks.size() > 255) wrong(Reason::entry_ranking_too_long, path);
  }
  return result;
}

Ballot ballot(const Rules& rules, const Members& members) {
  Ballot result;
  const std::string_view unit = members.text("unit"), style = members.text("style"),
                         method = members.text("method");
  result.unit = known(rules.find_unit(unit), Reason::entry_unit_unknown, "/unit", unit);
  result.style = known(rules.find_style(style), Reason::entry_style_unknown, "/style", style);
  result.method = known(rules.find_method(method), Reason::entry_method_unknown, "/method", method);
  result.card = members.has("card") ? static_cast<std::uint8_t>(members.number("card", 255)) : 1;
  for (const auto& field : members.object("contests")) {
    const auto contest = rules.find_contest(field.key);
    // What stands where a contest should may be an option: its place is said, and not its name.
    if (!contest)
      wrong(Reason::entry_contest_unknown,
            fmt::format("/contests, member {}", result.selections.size() + 1));
    result.selections.push_back(
        selection(rules, *contest, field.value, "/contests/" + std::string(field.key)));
  }
  std::sort(result.selections.begin(), result.selections.end(),
            [](const Selection& a, const Selection& b) { return a.contest < b.contest; });
  if (result.selections.size() > 255) wrong(Reason::entry_contest_not_on_card, "/contests");
  return result;
}

Sheet sheet(const Rules& rules, const Members& members) {
  Sheet result;
  const std::string_view unit = members.text("unit"), contest = members.text("contest"),
                         method = members.text("method");
  result.unit = known(rules.find_unit(unit), Reason::entry_unit_unknown, "/unit", unit);
  result.method = known(rules.find_method(method), Reason::entry_method_unknown, "/method", method);
  result.contest =
      known(rules.find_contest(contest), Reason::entry_contest_unknown, "/contest", contest);
  result.version = members.has("version")
                       ? static_cast<std::uint32_t>(members.number("version", ~std::uint32_t{0}))
                       : 1;
  const auto act = sheet_act_named(members.text_or("act", to_text(Sheet::Act::update)));
  if (!act) wrong(Reason::entry_sheet_act_unknown, "/act");
  result.act = *act;
  result.reason = members.text_or("reason", "");
  if (result.reason.size() > 2'000) wrong(Reason::entry_text_invalid, "/reason");
  result.cards = members.figure("cards");
  result.undervotes = members.figure("undervotes");
  result.overvotes = members.figure("overvotes");
  result.blank = members.figure("blank");
  result.invalid = members.figure("invalid");
  result.write_ins = members.figure("write_ins");
  result.registered = members.figure("registered");
  if (members.has("votes")) {
    for (const auto& field : members.object("votes")) {
      const std::string path = "/votes/" + std::string(field.key);
      const OptionId option = known(rules.find_option(result.contest, field.key),
                                    Reason::entry_option_unknown, path, field.key);
      const Figure figure = Members::figure_of(field.value, path);
      if (!figure.is_unknown()) result.votes.emplace_back(option, figure);
    }
  }
  std::sort(result.votes.begin(), result.votes.end());
  for (std::size_t i = 1; i < result.votes.size(); ++i) {
    if (result.votes[i].first == result.votes[i - 1].first) {
      wrong(Reason::entry_marks_repeated, "/votes");
    }
  }
  return result;
}

EntryId uuid(const Members& members) {
  const auto id = parse_uuid(members.text("id"));
  if (!id) wrong(Reason::entry_id_not_uuid, "/id");
  return *id;
}

Entry read_entry(const Definition& definition, const Element& element) {
  Object object;
  if (element.get(object)) wrong(Reason::entry_json_type, "", "an entry is an object");
  std::string_view kind;
  if (object["kind"].get(kind)) wrong(Reason::entry_json_member_missing, "/kind");
  std::string_view count;
  if (object["count"].get(count)) wrong(Reason::entry_json_member_missing, "/count");
  CountId id;
  if (!from_hex(count, id.bytes) || !(id == definition.count->id)) {
    wrong(Reason::entry_count_other, "/count");
  }
  if (kind == "ballot") {
    const Members members(object, "",
                          {"kind", "count", "id", "unit", "style", "card", "method", "contests"});
    return {uuid(members), ballot(*definition.rules, members)};
  }
  if (kind == "sheet") {
    const Members members(
        object, "",
        {"kind", "count", "id", "unit", "method", "contest", "version", "act", "reason", "cards",
         "undervotes", "overvotes", "blank", "invalid", "write_ins", "registered", "votes"});
    Sheet read = sheet(*definition.rules, members);
    const EntryId derived = sheet_id(read);
    const EntryId given = members.has("id") ? uuid(members) : derived;
    if (given != derived) wrong(Reason::entry_id_not_derived, "/id");
    return {derived, std::move(read)};
  }
  if (kind == "check_in") wrong(Reason::entry_check_in_unsupported, "/kind");
  if (kind == "control") wrong(Reason::entry_control_unsupported, "/kind");
  wrong(Reason::entry_kind_unknown, "/kind");
}

simdjson::dom::parser& thread_parser() {
  thread_local simdjson::dom::parser parser;
  return parser;
}

std::expected<Element, Refusal> parse(std::string_view json) {
  Element element;
  const simdjson::padded_string padded(json);
  const auto error = thread_parser().parse(padded).get(element);
  if (error) {
    return std::unexpected(
        Refusal{code_of(Reason::entry_json_syntax),
                std::string("this is not JSON: ") + simdjson::error_message(error)});
  }
  return element;
}

std::unexpected<Refusal> broken_frame(std::string detail) {
  return std::unexpected(Refusal{"batch.json_syntax", std::move(detail)});
}

// The elements of a list, one after the other.
class JsonList {
 public:
  explicit JsonList(std::string_view text) : rest_(text) {}

  // Whether it is a list at all.
  bool begins() { return take('['); }

  // The next element; none at the end, and where the frame is broken.
  std::optional<std::string_view> next() {
    if (ended_) return std::nullopt;
    if (is_first_ && take(']')) {
      ended_ = true;
      return std::nullopt;
    }
    is_first_ = false;
    skip_white();
    const std::string_view from_here = rest_;
    if (!skip_value()) return std::nullopt;
    std::string_view value = from_here.substr(0, from_here.size() - rest_.size());
    if (take(']')) {
      ended_ = true;
    } else if (!take(',')) {
      return std::nullopt;
    }
    while (!value.empty() && white.find(value.back()) != std::string_view::npos)
      value.remove_suffix(1);
    if (value.empty()) {
      ended_ = false;
      rest_ = {};
      return std::nullopt;
    }
    return value;
  }

  // Whether the list was closed and nothing stands behind it.
  bool ended_well() {
    skip_white();
    return ended_ && rest_.empty();
  }

 private:
  static constexpr std::string_view white = " \t\r\n";

  void skip_white() { rest_.remove_prefix(std::min(rest_.find_first_not_of(white), rest_.size())); }
  bool take(char c) {
    skip_white();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Up to the comma or the bracket behind the value.
  bool skip_value() {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      switch (rest_[i]) {
        case '"':
          for (++i; i < rest_.size() && rest_[i] != '"'; ++i)
            if (rest_[i] == '\\') ++i;
          break;
        case '[':
        case '{':
          ++depth;
          break;
        case ']':
        case '}':
          if (depth == 0) {
            rest_.remove_prefix(i);
            return true;
          }
          --depth;
          break;
        case ',':
          if (depth > 0) break;
          rest_.remove_prefix(i);
          return true;
        default:
          break;
      }
    }
    return false;
  }

  std::string_view rest_;
  bool is_first_ = true, ended_ = false;
};

}  // namespace

std::expected<Entry, Refusal> entry_from_json(const Definition& definition, std::string_view json) {
  if (json.size() > json_entry_bytes_max)
    return std::unexpected(
        Refusal{code_of(Reason::entry_too_long), "no entry has more than 1 MiB of JSON"});
  const auto element = parse(json);
  if (!element) return std::unexpected(element.error());
  try {
    return read_entry(definition, *element);
  } catch (Wrong& fault) {
    return std::unexpected(std::move(fault.refusal));
  }
}

std::expected<std::uint64_t, Refusal> each_json_value(
    std::string_view body,
    const std::function<void(std::uint64_t index, std::string_view value)>& each) {
  JsonList list(body);
  if (!list.begins()) {
    if (body.size() <= json_entry_bytes_max) {
      if (const auto element = parse(body); !element) return broken_frame(element.error().detail);
    }
    each(0, body);
    return 1;
  }
  std::uint64_t index = 0;
  while (const auto value = list.next()) each(index++, *value);
  if (!list.ended_well()) return broken_frame("this is not a JSON list: it ends within a value");
  return index;
}

}  // namespace teller
