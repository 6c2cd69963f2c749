// Runs test decks: ballots and result sheets with a predetermined outcome, one deck a file. An
// election official can write and check them; tests/decks/README.md has the words.
//
// Every line goes the real way: JSON, accept_json(), the partition's step, its change. After each
// line the law of every contest must hold. At the end the deck is counted once more with all
// entries in one step, and from 1, 2 and 7 partitions: the totals must be the same.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "count/partition.h"
#include "intake/accept.h"

namespace {

using namespace teller;
using Json = nlohmann::ordered_json;
using Totals = std::map<TotalKey, Total>;

void add(Totals& totals, const Change& change) {
  for (const TotalChange& by : change.totals) {
    Total& total = totals[by.key];
    total.value += by.by.value;
    total.known = static_cast<std::int8_t>(total.known + by.by.known);
    total.withheld = static_cast<std::int8_t>(total.withheld + by.by.withheld);
    if (total.is_zero()) totals.erase(by.key);
  }
}

// The words of a line; "quoted words" are one, and keep their first quote.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  std::string word;
  while (in >> std::ws && in.peek() != EOF) {
    if (in.peek() == '"') {
      in.get();
      std::getline(in, word, '"');
      words.push_back("\"" + word);
    } else {
      in >> word;
      words.push_back(word);
    }
  }
  return words;
}

// One count: some partitions, and what their changes add up to.
class Count {
 public:
  Count(const Rules& rules, const CountFile& file, std::uint16_t partitions) : file_(file) {
    file_.partitions = partitions;
    for (std::uint16_t i = 0; i < partitions; ++i) partitions_.emplace_back(rules, file_, i);
  }
  Count(const Count&) = delete;  // The partitions point to file_.
  Count& operator=(const Count&) = delete;

  [[nodiscard]] const CountFile& file() const { return file_; }

  // Counts entries of one partition as one step.
  Outcomes step(std::uint16_t partition, const std::vector<Bytes>& entries) {
    Partition& counter = partitions_.at(partition);
    const std::uint64_t from = counter.at().position;
    std::vector<RecordedEntry> recorded;
    for (const Bytes& entry : entries) recorded.push_back({from + recorded.size(), 0, entry});
    const Step step = counter.step(from + recorded.size(), recorded);
    const auto change = decode_change(step.change);
    check(change.has_value(), "a step's change can be read");
    check(counter.settle(change->after()).has_value(), "what was computed can be committed");
    add(totals, *change);
    outcomes += change->outcomes;
    falls += change->falls.size();
    return change->outcomes;
  }

  Totals totals;
  Outcomes outcomes;
  std::size_t falls = 0;

 private:
  CountFile file_;
  std::vector<Partition> partitions_;
};

class Deck {
 public:
  // Returns what is wrong with `line`, or nothing.
  std::string run(const std::string& line) {
    std::vector<std::string> words = words_of(line);
    const std::string verb = words.front();
    words.erase(words.begin());
    if (verb == "methods") return methods(words);
    if (verb == "units") return units(words);
    if (verb == "contest") return contest(words);
    if (verb == "style") return style(words);
    if (const std::string wrong = freeze(); !wrong.empty()) return wrong;
    if (verb == "cast") return cast(words);
    if (verb == "sheet") return sheet(words);
    if (verb == "tally") return tally(words);
    if (verb == "outcomes") return outcomes(words);
    if (verb == "falls") {
      const std::string actual = std::to_string(count_->falls);
      return words.size() == 1 && words[0] == actual ? "" : "there were " + actual;
    }
    return "unknown verb '" + verb + "'";
  }

  // Counts the whole deck again in other ways.
  [[nodiscard]] std::string again() const {
    if (!count_) return "nothing was counted";
    for (const std::uint16_t partitions : std::array<std::uint16_t, 3>{1, 2, 7}) {
      Count other(parsed_, file_, partitions);
      std::map<std::uint16_t, std::vector<Bytes>> entries;
      for (const Bytes& entry : recorded_) {
        const auto accepted = accept({&parsed_, &other.file()}, entry);
        check(accepted.has_value(), "what was accepted once is accepted again");
        entries[accepted->partition].push_back(entry);
      }
      for (const auto& [partition, all] : entries) other.step(partition, all);
      const std::string how =
          " when counted in one step from " + std::to_string(partitions) + " partitions";
      if (other.totals != count_->totals) return "other totals" + how;
      if (!(other.outcomes == count_->outcomes)) return "other outcomes" + how;
    }
    return {};
  }

 private:
  std::string methods(const std::vector<std::string>& names) {
    for (const std::string& name : names) rules_["methods"].push_back({{"id", name}});
    return {};
  }

  std::string units(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      rules_["units"].push_back({{"id", name}, {"kind", "precinct"}});
    }
    return {};
  }

  // contest NAME [vote-for N] [ranked N] [write-ins] [sheets] [sheets-by METHOD] OPTION...
  std::string contest(const std::vector<std::string>& words) {
    Json contest = {{"id", words.at(0)}, {"kind", "plurality"}};
    std::size_t at = 1;
    for (; at < words.size(); ++at) {
      if (words[at] == "vote-for" || words[at] == "ranked") {
        if (words[at] == "ranked") contest["kind"] = "ranked";
        contest["votes_allowed"] = std::stoi(words.at(++at));
      } else if (words[at] == "write-ins") {
        contest["write_ins"] = true;
      } else if (words[at] == "sheets") {
        contest["counted_from"] = "sheets";
      } else if (words[at] == "sheets-by") {
        for (const auto& method : rules_["methods"]) {
          contest["counted_from"][method["id"].get<std::string>()] = "ballots";
        }
        contest["counted_from"][words.at(++at)] = "sheets";
      } else {
        break;
      }
    }
    for (; at < words.size(); ++at) contest["options"].push_back({{"id", words[at]}});
    rules_["contests"].push_back(std::move(contest));
    return {};
  }

  // style NAME  card: CONTEST...  card: CONTEST...
  std::string style(const std::vector<std::string>& words) {
    Json style = {{"id", words.at(0)}, {"cards", Json::array()}};
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i] == "card:") {
        style["cards"].push_back(Json::array());
      } else {
        style["cards"].back().push_back(words[i]);
      }
    }
    rules_["styles"].push_back(std::move(style));
    return {};
  }

  // Makes the rules out of what was declared, before the first entry.
  std::string freeze() {
    if (count_) return {};
    if (rules_["methods"].empty()) rules_["methods"].push_back({{"id", "in-person"}});
    Json card = Json::array();
    for (const auto& contest : rules_["contests"]) {
      if (!contest.contains("counted_from") || contest["counted_from"].is_object()) {
        card.push_back(contest["id"]);
      }
    }
    if (!card.empty()) {
      Json style = {{"id", "all"}, {"cards", Json::array()}};
      style["cards"].push_back(card);
      rules_["styles"].push_back(style);
    }
    auto parsed = Rules::parse(rules_.dump(1), "deck");
    if (!parsed) return parsed.error().detail;
    parsed_ = std::move(*parsed);
    file_.id.bytes = {1, 2, 3, 4, 5, 6, 7, 8};
    file_.rules = parsed_.hash();
    count_.emplace(parsed_, file_, std::uint16_t{3});
    return {};
  }

  // Takes `-> OUTCOME` off the end.
  static std::string take_expected(std::vector<std::string>& words) {
    const auto arrow = std::find(words.begin(), words.end(), "->");
    std::string outcome;
    for (auto word = arrow; word != words.end(); ++word) {
      if (word != arrow) outcome += (outcome.empty() ? "" : " ") + *word;
    }
    words.erase(arrow, words.end());
    return outcome;
  }

  // Sends `entry` the real way and holds the outcome against what the deck says.
  std::string send(const Json& entry, const std::string& expected) {
    const auto accepted = accept_json({&parsed_, &count_->file()}, entry.dump());
    std::string actual;
    if (!accepted) {
      actual = "refused " + accepted.error().code;
    } else {
      recorded_.push_back(accepted->entry);
      const Outcomes one = count_->step(accepted->partition, {accepted->entry});
      actual = one.counted != 0     ? "counted"
               : one.duplicate != 0 ? "duplicate"
               : one.conflict != 0  ? "conflict"
                                    : "rejected";
    }
    if (actual != expected) return "expected '" + expected + "', got '" + actual + "'";
    return law();
  }

  // cast ID UNIT [by METHOD] [style NAME] [card N]  CONTEST: WHAT...  -> OUTCOME
  std::string cast(std::vector<std::string> words) {
    const std::string expected = take_expected(words);
    Json ballot = head("ballot");
    ballot["id"] = uuid(words.at(0));
    ballot["unit"] = words.at(1);
    ballot["method"] = rules_["methods"][0]["id"];
    ballot["style"] = "all";
    ballot["contests"] = Json::object();
    std::string contest;
    for (std::size_t i = 2; i < words.size(); ++i) {
      const std::string& word = words[i];
      if (word.back() == ':') {
        contest = word.substr(0, word.size() - 1);
        ballot["contests"][contest] = Json::array();
        if (is_ranked(contest)) ballot["contests"][contest] = {{"ranking", Json::array()}};
      } else if (!contest.empty()) {
        selection(ballot["contests"][contest], word);
      } else if (word == "by") {
        ballot["method"] = words.at(++i);
      } else if (word == "style") {
        ballot["style"] = words.at(++i);
      } else if (word == "card") {
        ballot["card"] = std::stoi(words.at(++i));
      } else {
        return "unknown word '" + word + "'";
      }
    }
    return send(ballot, expected);
  }

  static void selection(Json& said, const std::string& word) {
    if (word == "BLANK") {
      said = {{"blank", true}};
    } else if (word == "INVALID") {
      said = {{"invalid", true}};
    } else if (said.is_object()) {  // A rank: a, a=b, or - where it was skipped.
      Json rank = Json::array();
      std::istringstream options(word == "-" ? "" : word);
      for (std::string option; std::getline(options, option, '=');) rank.push_back(option);
      said["ranking"].push_back(std::move(rank));
    } else if (word.front() == '"') {
      said.push_back({{"write_in", word.substr(1)}});
    } else {
      said.push_back(word);
    }
  }

  // sheet UNIT CONTEST version N [by METHOD] [correction "REASON"]  NAME FIGURE...  -> OUTCOME
  std::string sheet(std::vector<std::string> words) {
    const std::string expected = take_expected(words);
    Json sheet = head("sheet");
    sheet["unit"] = words.at(0);
    sheet["contest"] = words.at(1);
    sheet["method"] = rules_["methods"][0]["id"];
    for (std::size_t i = 2; i + 1 < words.size(); i += 2) {
      const std::string& name = words[i];
      const std::string& value = words[i + 1];
      if (name == "version") {
        sheet["version"] = std::stoul(value);
      } else if (name == "by") {
        sheet["method"] = value;
      } else if (name == "correction") {
        sheet["act"] = name;
        sheet["reason"] = value.substr(1);
      } else {
        const bool word = value == "withheld" || value == "unknown";
        (counter(name) ? sheet[name] : sheet["votes"][name]) =
            word ? Json(value) : Json(std::stoull(value));
      }
    }
    return send(sheet, expected);
  }

  // tally UNIT CONTEST [by METHOD]  NAME EXPECTED...
  [[nodiscard]] std::string tally(const std::vector<std::string>& words) const {
    const auto unit = parsed_.find_unit(words.at(0));
    const bool whole = words.at(1) == "WHOLE-UNIT";
    const auto contest = whole ? std::optional(whole_unit) : parsed_.find_contest(words.at(1));
    if (!unit || !contest) return "no such unit or contest";
    std::optional<MethodId> method;
    for (std::size_t i = 2; i + 1 < words.size(); i += 2) {
      if (words[i] == "by") {
        method = parsed_.find_method(words[i + 1]);
        if (!method) return "no such method";
        continue;
      }
      const auto column = slot_of(*contest, words[i]);
      if (!column) return "no option or counter '" + words[i] + "'";
      const std::string actual = figure(*contest, *column, *unit, method);
      if (actual != words[i + 1]) {
        return words[i] + ": expected " + words[i + 1] + ", got " + actual;
      }
    }
    return {};
  }

  [[nodiscard]] std::string figure(ContestId contest, std::uint16_t column, UnitId unit,
                                   std::optional<MethodId> method) const {
    std::int64_t value = 0;
    int known = 0, withheld = 0;
    for (std::uint32_t m = 0; m < parsed_.methods.size(); ++m) {
      if (method && method->value != m) continue;
      const auto found = count_->totals.find({contest, column, unit, MethodId{m}});
      if (found == count_->totals.end()) continue;
      value += found->second.value;
      known += found->second.known;
      withheld += found->second.withheld;
    }
    if (withheld > 0) return "withheld";
    const bool of_a_sheet = method && contest != whole_unit &&
                            parsed_.counted_from(contest, *method, CountedFrom::sheets);
    if (of_a_sheet && known == 0) return "unknown";
    return std::to_string(value);
  }

  [[nodiscard]] std::string outcomes(const std::vector<std::string>& words) const {
    const Outcomes& all = count_->outcomes;
    const std::map<std::string, std::uint64_t> actual = {{"recorded", all.recorded()},
                                                         {"counted", all.counted},
                                                         {"duplicate", all.duplicate},
                                                         {"conflict", all.conflict},
                                                         {"rejected", all.rejected}};
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
      const auto found = actual.find(words[i]);
      if (found == actual.end()) return "no outcome '" + words[i] + "'";
      if (std::to_string(found->second) != words[i + 1]) {
        return words[i] + ": expected " + words[i + 1] + ", got " + std::to_string(found->second);
      }
    }
    return {};
  }

  // votes + undervotes + overvotes = votes allowed × cards that carry the contest, without those
  // blank or invalid as a whole; ranked: first preferences + exhausted + overvoted = those cards.
  [[nodiscard]] std::string law() const {
    struct Sides {
      std::int64_t said = 0, carried = 0;
    };
    std::map<std::array<std::uint32_t, 3>, Sides> lines;
    for (const auto& [key, total] : count_->totals) {
      if (key.contest == whole_unit) continue;
      if (!parsed_.counted_from(key.contest, key.method, CountedFrom::ballots)) continue;
      const Contest& contest = parsed_.contest(key.contest);
      Sides& line = lines[{key.contest.value, key.unit.value, key.method.value}];
      const std::int64_t each = contest.kind == ContestKind::ranked ? 1 : contest.votes_allowed;
      if (key.slot == slot::cards) {
        line.carried += each * total.value;
      } else if (key.slot == slot::blank || key.slot == slot::invalid) {
        line.carried -= each * total.value;
      } else {
        line.said += total.value;
      }
    }
    for (const auto& [key, line] : lines) {
      if (line.said != line.carried) {
        return "the law of contest " + parsed_.contests[key[0]].id + " does not hold";
      }
    }
    return {};
  }

  [[nodiscard]] Json head(const char* kind) const {
    return {{"kind", kind}, {"count", count_->file().id.hex()}};
  }
  static std::string uuid(const std::string& name) {
    std::array<std::uint8_t, 16> bytes{};
    const Hash hash = sha256(as_bytes(name));
    std::copy_n(hash.begin(), bytes.size(), bytes.begin());
    return to_text(make_uuid(bytes, 4));
  }
  [[nodiscard]] bool is_ranked(const std::string& contest) const {
    const auto found = parsed_.find_contest(contest);
    return found && parsed_.contest(*found).kind == ContestKind::ranked;
  }
  static std::optional<std::uint16_t> counter(std::string_view name) {
    for (std::uint16_t column = slot::first_counter; !slot::name(column).empty(); ++column) {
      if (slot::name(column) == name) return column;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::uint16_t> slot_of(ContestId contest,
                                                     std::string_view name) const {
    if (const auto column = counter(name)) return column;
    if (contest == whole_unit) return std::nullopt;
    const auto option = parsed_.find_option(contest, name);
    if (!option) return std::nullopt;
    return static_cast<std::uint16_t>(option->value);
  }

  Json rules_ = {{"teller", "rules/1"},
                 {"election", {{"name", "Deck"}, {"date", "2026-01-01"}, {"time_zone", "UTC"}}},
                 {"methods", Json::array()},
                 {"units", Json::array()},
                 {"contests", Json::array()},
                 {"styles", Json::array()}};
  Rules parsed_;
  CountFile file_;
  std::optional<Count> count_;
  std::vector<Bytes> recorded_;
};

}  // namespace

int main(int argc, char** argv) {
  int failures = 0;
  for (int i = 1; i < argc; ++i) {
    const auto report = [&](int line, const std::string& wrong) {
      if (wrong.empty()) return;
      std::cerr << argv[i] << ":" << line << ": " << wrong << "\n";
      ++failures;
    };
    std::ifstream file(argv[i]);
    if (!file) report(0, "cannot be read");
    Deck deck;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      if (line.find_first_not_of(" \t") == std::string::npos || line.front() == '#') continue;
      report(number, deck.run(line));
    }
    report(number, deck.again());
  }
  if (argc < 2) std::cerr << "usage: deck_runner DECK...\n";
  return argc < 2 ? 2 : failures == 0 ? 0 : 1;
}
