// teller write-ins: names that voters wrote in, and the decision that gives them to an option.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/grouped.h"
#include "cli/ballot_ids.h"
#include "cli/command.h"
#include "cli/decision_way.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "decide/write_in_decision.h"
#include "log/segments_directory.h"
#include "publish/current_totals.h"
#include "search/alike_names.h"
#include "tables/unicode.h"

namespace teller::cli {
namespace {

struct WriteInsOptions {
  Where where;
  DecisionWay way;
  std::string contest, option, names_file, overvotes;
  std::vector<std::string> names;
  bool take_back = false;
};

// Spellings that look like one name.
struct WrittenName {
  std::vector<std::size_t>
      spellings;                     // Places in the names of the contest, the most frequent first.
  std::vector<std::size_t> perhaps;  // Others that may be the same, from 1, as people see them.
  std::vector<std::string> options;  // Ids of options that it looks like.
  WriteInVotes sum;
};

struct WrittenContest {
  std::vector<std::pair<std::string, WriteInVotes>> names;
  std::vector<WrittenName> groups;  // The most frequent first.
  WriteInVotes sum;                 // With what nobody can read.
};

void add_votes(WriteInVotes& to, const WriteInVotes& votes) {
  to.votes += votes.votes;
  to.in_overvotes += votes.in_overvotes;
  to.on_void += votes.on_void;
}

std::uint64_t all_of(const WriteInVotes& votes) {
  return votes.votes + votes.in_overvotes + votes.on_void;
}

// Names of options stand behind those that were written, so that one question groups them all.
WrittenContest group_names(const Contest& contest, const WriteIns& written) {
  WrittenContest grouped_names{{written.names.begin(), written.names.end()}, {}, {}};
  const auto& names = grouped_names.names;
  std::vector<std::string> texts;
  for (const auto& [name, votes] : names) texts.push_back(name);
  for (const Option& option : contest.options) texts.push_back(option.name);
  const auto option_id = [&](std::size_t at) { return contest.options[at - names.size()].id; };
  const std::vector<AlikeNames> alike = alike_names(texts);
  std::vector<std::size_t> order;  // Of the groups that somebody wrote.
  std::vector<WrittenName> made(alike.size());
  for (std::size_t g = 0; g < alike.size(); ++g) {
    for (const std::size_t at : alike[g].names) {
      if (at < names.size()) {
        made[g].spellings.push_back(at);
        add_votes(made[g].sum, names[at].second);
      } else {
        made[g].options.push_back(option_id(at));
      }
    }
    if (!made[g].spellings.empty()) order.push_back(g);
    std::ranges::sort(made[g].spellings, [&](std::size_t a, std::size_t b) {
      return std::pair(all_of(names[b].second), a) < std::pair(all_of(names[a].second), b);
    });
  }
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::pair(all_of(made[b].sum), a) < std::pair(all_of(made[a].sum), b);
  });
  std::vector<std::size_t> number(alike.size(), 0);
  for (std::size_t i = 0; i < order.size(); ++i) number[order[i]] = i + 1;
  for (const std::size_t g : order) {
    for (const std::size_t other : alike[g].perhaps) {
      if (number[other] > 0) made[g].perhaps.push_back(number[other]);
      for (const std::size_t at : alike[other].names) {
        if (at >= names.size()) made[g].options.push_back(option_id(at));
      }
    }
    std::ranges::sort(made[g].perhaps);
    add_votes(grouped_names.sum, made[g].sum);
    grouped_names.groups.push_back(std::move(made[g]));
  }
  add_votes(grouped_names.sum, written.unreadable);
  return grouped_names;
}

nlohmann::ordered_json votes_json(const WriteInVotes& votes) {
  return {{"votes", votes.votes}, {"in_overvotes", votes.in_overvotes}, {"void", votes.on_void}};
}

nlohmann::ordered_json written_json(const Contest& contest, const WrittenContest& written,
                                    const WriteIns& all, bool on_sheets) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const WrittenName& group : written.groups) {
    nlohmann::ordered_json spellings = nlohmann::ordered_json::array();
    for (const std::size_t at : group.spellings) {
      auto one = votes_json(written.names[at].second);
      one["name"] = written.names[at].first;
      spellings.push_back(std::move(one));
    }
    auto json = votes_json(group.sum);
    json["spellings"] = std::move(spellings);
    json["perhaps"] = group.perhaps;
    json["options"] = group.options;
    names.push_back(std::move(json));
  }
  nlohmann::ordered_json json{{"contest", contest.id}};
  json.update(votes_json(written.sum));
  json["unreadable"] = votes_json(all.unreadable);
  json["names"] = std::move(names);
  json["sheets_bring_more"] = on_sheets;
  return json;
}

void print_contest(const Contest& contest, const WrittenContest& written, const WriteIns& all) {
  std::vector<std::vector<std::string>> cells;
  const auto add = [&](const std::string& group, const WriteInVotes& votes, const std::string& name,
                       const std::string& perhaps) {
    cells.push_back({group, grouped(votes.votes), grouped(votes.in_overvotes),
                     grouped(votes.on_void), name, perhaps});
  };
  for (std::size_t g = 0; g < written.groups.size(); ++g) {
    const WrittenName& group = written.groups[g];
    std::vector<std::string> perhaps;
    for (const std::size_t other : group.perhaps) perhaps.push_back(fmt::format("name {}", other));
    for (const std::string& option : group.options) perhaps.push_back("option " + option);
    std::string words = fmt::format("{}", fmt::join(perhaps, ", "));
    for (const std::size_t at : group.spellings) {
      add(std::to_string(g + 1), written.names[at].second, written.names[at].first,
          std::exchange(words, ""));
    }
  }
  if (all_of(all.unreadable) > 0) add("", all.unreadable, "(nobody can read it)", "");
  const std::vector<std::string> head{"Name>", "Votes>",     "In overvotes>",
                                      "Void>", "Written as", "Perhaps"};
  std::printf("%s: %s vote(s) for names that were written in\n", contest.id.c_str(),
              grouped(written.sum.votes).c_str());
  std::fputs(table(head, cells).c_str(), stdout);
}

int list_write_ins(const WriteInsOptions& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const Rules& rules = opened->home->rules;
  if (!options.contest.empty() && !rules.find_contest(options.contest)) {
    say("the rules have no contest " + shown(options.contest));
    return usage;
  }
  DirectorySegments segments(segments_folder(*opened));
  const auto all = write_ins_now(opened->home->definition(), *opened->store, segments);
  if (!all) return report(all.error());
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::uint64_t votes = 0;
  for (std::size_t c = 0; c < all->size(); ++c) {
    const Contest& contest = rules.contests[c];
    if (!contest.write_ins || (!options.contest.empty() && contest.id != options.contest)) continue;
    const bool on_sheets = std::ranges::count(contest.counted_from, CountedFrom::sheets) > 0;
    const WriteIns& written = (*all)[c];
    const WrittenContest names = group_names(contest, written);
    votes += names.sum.votes;
    if (names.groups.size() + contest.options.size() > nearly_alike_max) {
      say(fmt::format("teller: {}: more than {} different names; misspellings are not looked for",
                      contest.id, grouped(nearly_alike_max)));
    }
    if (options.way.json) {
      json.push_back(written_json(contest, names, written, on_sheets));
      continue;
    }
    if (all_of(names.sum) > 0) print_contest(contest, names, written);
    if (on_sheets) {
      std::printf("%s: result sheets bring write-ins too, without names\n", contest.id.c_str());
    }
  }
  if (options.way.json) {
    print_as_json(json);
  } else {
    std::printf("%s vote(s) for names that were written in\n", grouped(votes).c_str());
  }
  return done;
}

// A file has a name a line, as `list --json` gives them.
Result<std::set<std::string>> names_asked(const WriteInsOptions& options) {
  constexpr std::uint64_t bytes_max = std::uint64_t{16} << 20;
  std::set<std::string> names(options.names.begin(), options.names.end());
  if (!options.names_file.empty()) {
    const auto text = read_file(options.names_file, bytes_max);
    if (!text) return std::unexpected(text.error());
    for (std::string_view left = *text; !left.empty();) {
      std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(line.size() + 1, left.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.empty()) names.emplace(line);
    }
  }
  return names;
}

// Nothing, once it is said what is wrong with it.
std::optional<GivingAsked> read_asked(const WriteInsOptions& options, const Rules& rules) {
  const auto contest = rules.find_contest(options.contest);
  const auto option =
      contest ? rules.find_option(*contest, options.option) : std::optional<OptionId>();
  auto names = names_asked(options);
  if (!contest) {
    say("the rules have no contest " + shown(options.contest));
  } else if (!option) {
    say("the contest " + options.contest + " has no option " + shown(options.option));
  } else if (!names) {
    report(names.error());
  } else if (names->empty()) {
    say("give --name or --names");
  } else if (names->contains("")) {
    say("what nobody can read may be several persons, and is given to nobody");
  } else {
    GivingAsked asked{*contest, *option, std::move(*names), Overvotes::ask, options.take_back};
    if (!options.overvotes.empty()) {
      asked.overvotes = options.overvotes == "give" ? Overvotes::give : Overvotes::leave;
    }
    return asked;
  }
  return std::nullopt;
}

nlohmann::ordered_json found_json(const GivingFound& found, const WriteInsOptions& options,
                                  const GivingAsked& asked, const Rules& rules) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const std::string& name : asked.names) {
    const auto on = found.names.find(name);
    names.push_back({{"name", name}, {"ballots", on == found.names.end() ? 0 : on->second}});
  }
  nlohmann::ordered_json moves = nlohmann::ordered_json::object();
  for (const auto& [slot, by] : found.moves) {
    moves[std::string(column_id(rules, asked.contest, slot))] = by;
  }
  return {{"contest", options.contest},
          {"option", options.option},
          {"undo", options.take_back},
          {"ballots", found.ballots.size()},
          {"names", std::move(names)},
          {"moves", std::move(moves)},
          {"marked_too", ids_json(found.marked_too)},
          {"overvotes", ids_json(found.overvotes)},
          {"still_overvotes", ids_json(found.still_overvotes)},
          {"void", ids_json(found.on_void)},
          {"otherwise", ids_json(found.otherwise)},
          {"too_long", ids_json(found.too_long)},
          {"settled", ids_json(found.settled)}};
}

void say_listed(const std::vector<EntryId>& some, const std::string& what) {
  constexpr std::size_t shown_max = 20;
  if (some.empty()) return;
  say(fmt::format("teller: {} {}:", grouped(some.size()), what));
  for (const EntryId& id : std::span(some).first(std::min(some.size(), shown_max))) {
    say("teller:   " + to_text(id));
  }
  if (some.size() > shown_max) {
    say(fmt::format("teller:   and {} more (--json has all)", grouped(some.size() - shown_max)));
  }
}

// What becomes of which ballots, before anything is made.
void say_found(const GivingFound& found, const WriteInsOptions& options, const GivingAsked& asked,
               const Rules& rules) {
  std::vector<std::string> names, moves;
  for (const std::string& name : asked.names) {
    const auto on = found.names.find(name);
    names.push_back(
        fmt::format("{} on {}", shown(name), grouped(on == found.names.end() ? 0 : on->second)));
  }
  for (const auto& [slot, by] : found.moves) {
    moves.push_back(fmt::format("{} {}", column_id(rules, asked.contest, slot), grouped_move(by)));
  }
  say(fmt::format("teller: {}: {} ballot(s), {}; {}", options.contest,
                  grouped(found.ballots.size()), fmt::join(names, ", "),
                  options.take_back
                      ? "the names stand there again as they were written"
                      : "each gets a mark for " + options.option + " in place of the name"));
  say(fmt::format("teller: totals move by: {}",
                  moves.empty() ? "nothing" : fmt::format("{}", fmt::join(moves, ", "))));
  say_listed(found.marked_too,
             "of them mark " + options.option + " too: name and mark are one vote");
  say_listed(found.overvotes, asked.overvotes == Overvotes::leave
                                  ? "left: whether they are overvotes would change"
                              : options.take_back ? "ballot(s) that become overvotes by it"
                                                  : "overvote(s) that end by it");
  say_listed(found.still_overvotes, "of them stay overvotes, and move no total");
  say_listed(found.on_void, "on void ballots, which stay as they are (reinstate them first)");
  say_listed(found.otherwise,
             "left: more names were given there, or the contest was decided about since");
  say_listed(found.too_long, "left: these ballots are too long for one decision");
  say_listed(found.settled,
             "left: no name was given there, a conflict was settled; `teller resolve --undo` takes "
             "that back");
}

// A decision, of which count, and what was found; or the exit code of what was said instead.
struct MadeGiving {
  std::optional<Decision> decision;
  CountFile count;
  nlohmann::ordered_json told;
  int code = done;
};

// The store is closed again before anything is sent: whoever counts it is its only user then.
MadeGiving make_giving(const WriteInsOptions& options) {
  MadeGiving made;
  const auto failed = [&](const Error& error) {
    made.code = report(error);
    return std::move(made);
  };
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return failed(opened.error());
  const Home& home = *opened->home;
  made.count = home.count;
  const auto asked = read_asked(options, home.rules);
  if (!asked) {
    made.code = usage;
    return made;
  }
  DirectorySegments segments(segments_folder(*opened));
  const auto found = find_write_ins(home.definition(), *opened->store, segments, *asked);
  if (!found) return failed(found.error());
  made.told = found_json(*found, options, *asked, home.rules);
  say_found(*found, options, *asked, home.rules);
  if (!found->overvotes.empty() && asked->overvotes == Overvotes::ask) {
    say("whether a ballot is an overvote is for the law: say --overvotes give (name and mark, or "
        "two "
        "spellings, are one vote) or --overvotes leave (these ballots stay as they are)");
    if (options.way.json) print_as_json(nlohmann::ordered_json{{"named", made.told}});
    made.code = usage;
    return made;
  }
  auto decision = new_write_in_decision(home.count, *opened->store, *found, options.where.reason);
  if (!decision) return failed(decision.error());
  if (auto good = sign_with(*decision, options.way.keys); !good) return failed(good.error());
  made.decision = std::move(*decision);
  return made;
}

int give_write_ins(const WriteInsOptions& options) {
  const MadeGiving made = make_giving(options);
  if (!made.decision) return made.code;
  return go_on_with(options.way, options.where.home, *made.decision, made.count, made.told);
}

void add_list(CLI::App* write_ins) {
  const auto options = std::make_shared<WriteInsOptions>();
  CLI::App* command = write_ins->add_subcommand(
      "list", "Names as they were written, those that look alike together");
  add_where(command, options->where);
  command->add_option("--contest", options->contest, "This contest alone")->type_name("ID");
  add_before_close(command, options->where);
  options->where.command = "write-ins list";
  command->add_flag("--json", options->way.json, "For a program to read");
  on_run(command, [options] { return list_write_ins(*options); });
}

void add_give(CLI::App* write_ins) {
  const auto options = std::make_shared<WriteInsOptions>();
  CLI::App* command = write_ins->add_subcommand(
      "give", "Count ballots with these names for an option; by decision of the officers");
  add_where(command, options->where);
  command->add_option("--contest", options->contest, "The contest in which it was written")
      ->type_name("ID")
      ->required();
  command
      ->add_option("--name", options->names,
                   "A spelling, letter by letter as `list` has it; several: several times")
      ->type_name("NAME");
  command->add_option("--names", options->names_file, "A file of spellings, one a line")
      ->type_name("FILE");
  command->add_option("--option", options->option, "The option that it is a vote for")
      ->type_name("ID")
      ->required();
  command
      ->add_option(
          "--overvotes", options->overvotes,
          "What to do with ballots that are an overvote with the name and none without it: "
          "give or leave; else nothing is made while there are any")
      ->check(CLI::IsMember({"give", "leave"}));
  command->add_flag("--undo", options->take_back,
                    "Put the names back where this command gave them to this option");
  command->add_option("--reason", options->where.reason, "Why; it is published")
      ->type_name("TEXT")
      ->required();
  add_way(command, options->way);
  on_run(command, [options] { return give_write_ins(*options); });
}

}  // namespace

void add_write_ins(CLI::App& app) {
  CLI::App* command = add_command(
      app, "write-ins", "Names that voters wrote in: list them, give them to an option",
      "Examples:\n"
      "  teller write-ins list --home count\n"
      "  teller write-ins give --home count --contest council --name \"Zoe Unal\" \\\n"
      "    --name \"Zoë Ünal\" --option zoe --reason \"She was qualified on 3 May\" \\\n"
      "    --sign a.key --out give.json\n"
      "  teller write-ins give --home count --contest council --name \"Zoe Unal\" --option zoe \\\n"
      "    --undo --reason \"It is another one\" --sign a.key --sign b.key\n"
      "A name that is given to nobody stays a write-in. What is given is a decision like those of\n"
      "`teller decide`: it takes as many officers, its file is signed and sent by `teller decide\n"
      "sign` and `send`, and it is undone by another one.");
  command->require_subcommand(1);
  add_list(command);
  add_give(command);
}

}  // namespace teller::cli
