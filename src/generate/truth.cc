// The list of what was sent, for something else than us to say what the count must be.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/csv_text.h"
#include "base/json_text.h"
#include "generate/generate.h"

namespace teller {
namespace {

// What each contest of the ballot must come to, before any rule of ours is asked.
std::string contests_json(const Ballot& ballot, const Rules& rules) {
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
    json += fmt::format(":{{\"allowed\":{}", contest.votes_allowed);
    switch (selection.form) {
      case Selection::Form::marks:
        json += ",\"marks\":";
        options(selection.marks);
        json += fmt::format(",\"write_ins\":{}", selection.write_ins.size());
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
  return json;
}

}  // namespace

void append_truth(std::string& out, const GeneratedItem& item, const Rules& rules) {
  const auto cell = [&](std::string_view text) { out += "," + csv_text(text); };
  out += fmt::format("{},{}", item.part, item.index);
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
  cell(contests_json(ballot, rules));
  out += '\n';
}

}  // namespace teller
