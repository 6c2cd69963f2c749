#include "entries.h"

#include <algorithm>
#include <array>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "count/step.h"

namespace teller::deck {
namespace {

using Json = nlohmann::ordered_json;

// What a card says in a contest before any word behind its colon.
Json nothing_said(const Rules& rules, const std::string& contest) {
  const auto found = rules.find_contest(contest);
  if (found && rules.contest(*found).kind == ContestKind::ranked) {
    return {{"ranking", Json::array()}};
  }
  return Json::array();
}

// One word behind a contest's colon.
void say(Json& said, const std::string& word) {
  if (word == "BLANK") {
    said = {{"blank", true}};
  } else if (word == "INVALID") {
    said = {{"invalid", true}};
  } else if (said.contains("ranking")) {  // A rank: a, a=b, or - where it was skipped.
    Json rank = Json::array();
    std::istringstream options(word == "-" ? "" : word);
    for (std::string option; std::getline(options, option, '=');) rank.push_back(option);
    said["ranking"].push_back(std::move(rank));
  } else if (!said.is_array()) {
    throw Wrong("nothing can stand behind BLANK or INVALID");
  } else if (word.front() == '"') {
    said.push_back({{"write_in", word.substr(1)}});
  } else {
    said.push_back(word);
  }
}

Json head(const char* kind, const CountId& count) {
  return {{"kind", kind}, {"count", count.hex()}};
}

}  // namespace

EntryId card_id(const std::string& name) {
  std::array<std::uint8_t, 16> bytes{};
  const Hash hash = sha256(as_bytes(name));
  std::copy_n(hash.begin(), bytes.size(), bytes.begin());
  return make_uuid(bytes, 4);
}

std::string ballot_json(const Rules& rules, const CountId& count, Words& words) {
  Json ballot = head("ballot", count);
  ballot["id"] = to_text(card_id(words.next()));
  ballot["unit"] = words.next();
  ballot["method"] = rules.methods.front().id;
  ballot["style"] = "all";
  ballot["contests"] = Json::object();
  std::string contest;
  while (!words.done()) {
    const std::string word = words.next();
    if (word.back() == ':' && word.front() != '"') {
      contest = word.substr(0, word.size() - 1);
      if (ballot["contests"].contains(contest)) throw Wrong(contest + " stands twice");
      ballot["contests"][contest] = nothing_said(rules, contest);
    } else if (!contest.empty()) {
      say(ballot["contests"][contest], word);
    } else if (word == "by") {
      ballot["method"] = words.next();
    } else if (word == "style") {
      ballot["style"] = words.next();
    } else if (word == "card") {
      ballot["card"] = words.number();
    } else if (word == "for-another-count") {
      ballot["count"] = std::string(32, '0');
    } else {
      throw Wrong("unknown word '" + word + "'");
    }
  }
  return ballot.dump();
}

std::string sheet_json(const Rules& rules, const CountId& count, Words& words) {
  Json sheet = head("sheet", count);
  sheet["unit"] = words.next();
  sheet["contest"] = words.next();
  sheet["method"] = rules.methods.front().id;
  while (!words.done()) {
    const std::string name = words.next();
    if (name == "version") {
      sheet["version"] = words.number();
    } else if (name == "by") {
      sheet["method"] = words.next();
    } else if (name == "update" || name == "correction" || name == "withdrawal") {
      sheet["act"] = name;
      sheet["reason"] = words.quoted();
    } else {
      const std::string value = words.next();
      const bool word = value == "withheld" || value == "unknown";
      (counter_named(name) ? sheet[name] : sheet["votes"][name]) =
          word ? Json(value) : Json(number_of(value));
    }
  }
  return sheet.dump();
}

std::optional<std::uint16_t> counter_named(std::string_view name) {
  for (std::uint16_t column = slot::first_counter; !slot::name(column).empty(); ++column) {
    if (slot::name(column) == name) return column;
  }
  return std::nullopt;
}

}  // namespace teller::deck
