// teller totals and teller digest: the committed figures, for people and for programs.
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "cli/common.h"
#include "publish/digest.h"

namespace teller::cli {
namespace {

struct Options {
  Where where;
  std::string by = "option", format = "table", contest;
};

// Votes of one contest by option: what the rest is made of.
struct ContestView {
  std::map<std::uint16_t, std::int64_t> sums;
  std::map<std::uint16_t, bool> withheld;

  [[nodiscard]] std::uint64_t at(std::uint16_t column) const {
    const auto found = sums.find(column);
    return found == sums.end() ? 0 : static_cast<std::uint64_t>(found->second);
  }
  [[nodiscard]] std::uint64_t votes() const {
    std::uint64_t votes = at(slot::write_ins);
    for (const auto& [column, value] : sums) {
      if (column < slot::first_counter) votes += static_cast<std::uint64_t>(value);
    }
    return votes;
  }
  [[nodiscard]] std::uint64_t base(const Contest& contest) const {
    return contest.share_base == "cards" ? at(slot::cards) : votes();
  }
};

std::string share_of(std::uint64_t votes, std::uint64_t base) {
  if (base == 0) return "";
  char text[16];
  std::snprintf(text, sizeof text, "%.2f %%",
                100.0 * static_cast<double>(votes) / static_cast<double>(base));
  return text;
}

std::string party_names(const Rules& rules, const Option& option) {
  std::string names;
  for (const PartyId party : option.parties) {
    names += (names.empty() ? "" : ", ") + rules.parties[party.value].name;
  }
  return names;
}

// "Lai Ching-te / Hsiao Bi-khim" beside an official name in another script.
std::string shown_name(const Home& home, const Contest& contest, const Option& option) {
  const auto look = home.presentation.options.find(contest.id + "/" + option.id);
  if (look == home.presentation.options.end() || look->second.short_name.empty() ||
      look->second.short_name == option.name) {
    return option.name;
  }
  return option.name + " (" + look->second.short_name + ")";
}

int totals(const Options& options) {
  const auto opened = open_store(options.where, "teller_publisher");
  if (!opened) return report(opened.error());
  const auto snapshot = opened->store->snapshot();
  if (!snapshot) return report(snapshot.error());
  const Home& home = *opened->home;
  const Rules& rules = home.rules;

  std::vector<ContestView> contests(rules.contests.size());
  std::map<std::pair<std::uint32_t, std::uint32_t>, ContestView> by_unit;
  for (const TotalRow& row : snapshot->totals) {
    if (row.key.contest == whole_unit) continue;
    for (ContestView* view :
         {&contests[row.key.contest.value],
          options.by == "unit" ? &by_unit[{row.key.contest.value, row.key.unit.value}] : nullptr}) {
      if (view == nullptr) continue;
      view->sums[row.key.slot] += row.total.value;
      if (row.total.withheld > 0) view->withheld[row.key.slot] = true;
    }
  }

  std::vector<std::string> head =
      options.by == "party"  ? std::vector<std::string>{"Party", "Votes>", "Share>"}
      : options.by == "unit" ? std::vector<std::string>{"Unit", "Option", "Votes>", "Share>"}
                             : std::vector<std::string>{"Option", "Party", "Votes>", "Share>"};
  nlohmann::ordered_json json;
  json["count"] = home.count.id.hex();
  json["mode"] = to_text(home.count.mode);
  json["label"] = home.count.label;
  json["status"] = snapshot->head.status;
  json["commit"] = snapshot->head.commit;
  json["as_of"] = format_utc(snapshot->head.committed_at_us);
  std::string text, csv;
  bool first = true;
  for (std::uint32_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& contest = rules.contests[i];
    if (!options.contest.empty() && contest.id != options.contest) continue;
    std::vector<std::vector<std::string>> rows;
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    const auto add = [&](std::vector<std::string> cells, nlohmann::ordered_json item,
                         std::uint64_t votes, std::uint64_t base, bool withheld) {
      cells.push_back(withheld ? "withheld" : grouped(votes));
      cells.push_back(withheld ? "" : share_of(votes, base));
      item["votes"] = withheld ? nlohmann::ordered_json("withheld") : nlohmann::ordered_json(votes);
      if (base > 0 && !withheld) {
        item["share"] = static_cast<double>(votes) / static_cast<double>(base);
      }
      std::vector<std::string> line{contest.id};
      for (const auto& [key, value] : item.items()) {
        if (key != "share")
          line.push_back(value.is_string() ? value.get<std::string>() : value.dump());
      }
      csv += csv_line(line);
      rows.push_back(std::move(cells));
      list.push_back(std::move(item));
    };
    const ContestView& all = contests[i];
    if (options.by == "party") {
      std::map<std::uint32_t, std::uint64_t> votes;
      for (std::uint16_t k = 0; k < contest.options.size(); ++k) {
        for (const PartyId party : contest.options[k].parties) votes[party.value] += all.at(k);
      }
      std::vector<std::pair<std::uint32_t, std::uint64_t>> order(votes.begin(), votes.end());
      // The most votes first, and equals in the order of the rules.
      std::ranges::sort(order, [](const auto& a, const auto& b) {
        return std::pair(b.second, a.first) < std::pair(a.second, b.first);
      });
      for (const auto& [party, sum] : order) {
        add({rules.parties[party].name},
            {{"party", rules.parties[party].id}, {"name", rules.parties[party].name}}, sum,
            all.base(contest), false);
      }
    } else {
      const auto options_of = [&](const ContestView& view, const Unit* unit) {
        std::vector<std::uint16_t> order;
        for (std::uint16_t k = 0; k < contest.options.size(); ++k) order.push_back(k);
        if (unit == nullptr) {
          std::ranges::sort(order, [&](auto a, auto b) {
            return std::pair(view.at(b), a) < std::pair(view.at(a), b);
          });
        }
        for (const std::uint16_t k : order) {
          const Option& option = contest.options[k];
          const bool withheld = view.withheld.contains(k);
          if (unit != nullptr) {
            add({unit->name, shown_name(home, contest, option)},
                {{"unit", unit->id}, {"option", option.id}}, view.at(k), view.base(contest),
                withheld);
          } else {
            add({shown_name(home, contest, option), party_names(rules, option)},
                {{"option", option.id},
                 {"name", option.name},
                 {"party", party_names(rules, option)}},
                view.at(k), view.base(contest), withheld);
          }
        }
      };
      if (options.by == "unit") {
        for (std::uint32_t unit = 0; unit < rules.units.size(); ++unit) {
          const auto found = by_unit.find({i, unit});
          if (found != by_unit.end()) options_of(found->second, &rules.units[unit]);
        }
      } else {
        options_of(all, nullptr);
      }
    }
    nlohmann::ordered_json item{
        {"contest", contest.id}, {"name", contest.name}, {"votes", all.votes()}};
    for (const std::uint16_t column : {slot::cards, slot::undervotes, slot::overvotes, slot::blank,
                                       slot::invalid, slot::write_ins, slot::exhausted}) {
      if (all.sums.contains(column)) item[std::string(slot::name(column))] = all.at(column);
    }
    item["by_" + options.by] = std::move(list);
    json["contests"].push_back(std::move(item));
    text += (first ? "" : "\n") + contest.name + "\n" + table(head, rows) + "Votes " +
            grouped(all.votes());
    for (const std::uint16_t column : {slot::cards, slot::undervotes, slot::overvotes, slot::blank,
                                       slot::invalid, slot::write_ins, slot::exhausted}) {
      if (all.sums.contains(column)) {
        text += " · " + std::string(slot::name(column)) + " " + grouped(all.at(column));
      }
    }
    text += "\n";
    first = false;
  }
  if (first && !options.contest.empty()) {
    return report({Remedy::reject, "entry.contest.unknown",
                   "no contest has the id \"" + options.contest + "\""});
  }
  if (options.format == "json") {
    std::printf("%s\n", json.dump(2).c_str());
  } else if (options.format == "csv") {
    const char* columns = options.by == "party"  ? "contest,party,name,votes\n"
                          : options.by == "unit" ? "contest,unit,option,votes\n"
                                                 : "contest,option,name,party,votes\n";
    std::printf("%s%s", columns, csv.c_str());
  } else {
    std::printf("%s · %s%s%s · %s totals as of commit %s, %s\n\n%s", rules.election.c_str(),
                std::string(to_text(home.count.mode)).c_str(),
                home.count.label.empty() ? "" : " · ", home.count.label.c_str(),
                snapshot->head.status.c_str(), grouped(snapshot->head.commit).c_str(),
                format_utc(snapshot->head.committed_at_us).c_str(), text.c_str());
  }
  return done;
}

}  // namespace

void add_totals(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, "totals", "Show the totals as of the last commit",
                                  "Examples:\n"
                                  "  teller totals --home my-count\n"
                                  "  teller totals --home my-count --by party --format json\n"
                                  "  teller totals --config teller.toml --by unit --format csv");
  add_where(command, options->where);
  command->add_option("--by", options->by, "option, party or unit")
      ->check(CLI::IsMember({"option", "party", "unit"}))
      ->capture_default_str();
  command->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  command->add_option("--contest", options->contest, "Only this contest")->type_name("ID");
  on_run(command, [options] { return totals(*options); });
}

void add_digest(CLI::App& app) {
  auto where = std::make_shared<Where>();
  CLI::App* command =
      add_command(app, "digest", "Print one hash that says what was counted and nothing about how",
                  "Examples:\n"
                  "  teller digest --home my-count\n"
                  "Equal in both forms, for any number of partitions and any cutting into steps;\n"
                  "schema/entry.md says over which bytes it goes.");
  add_where(command, *where);
  on_run(command, [where] {
    const auto opened = open_store(*where, "teller_publisher");
    if (!opened) return report(opened.error());
    const auto snapshot = opened->store->snapshot();
    if (!snapshot) return report(snapshot.error());
    std::printf("%s\n", to_hex(digest_of(opened->home->rules.hash(), snapshot->totals)).c_str());
    return done;
  });
}

}  // namespace teller::cli
