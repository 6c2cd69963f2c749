#include "setup/settle_alike.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "results/name_hints.h"
#include "results/name_skeleton.h"
#include "tables/unicode.h"

namespace teller {
namespace {

class AlikeInDraft {
 public:
  AlikeInDraft(MappingDraft& draft, const MappingAnswers& answers, std::set<std::string>& asked)
      : draft_(draft), answers_(answers), asked_(asked) {}

  // Names that look the same on paper, or are written in two ways.
  bool settle(const ResultsTable& table) {
    std::vector<std::string> contests;
    bool changed = false;
    for (std::size_t i = 0; i < table.contests.size(); ++i) {
      std::vector<std::string> options;
      for (const auto& option : table.contests[i].options) options.push_back(option.id);
      if (join_alike("option", options, draft_.option_ids)) return true;
      changed = join_spellings(table, i) || changed;
      contests.push_back(table.contests[i].id);
    }
    return join_contests(table) || changed || join_alike("contest", contests, draft_.contest_ids);
  }

 private:
  std::string ask(MappingQuestion question) {
    return answer_to(draft_, answers_, std::move(question));
  }

  // "MAYOR" beside "Mayor".
  bool join_contests(const ResultsTable& table) {
    std::vector<std::string_view> ids;
    for (const auto& contest : table.contests) ids.emplace_back(contest.id);
    bool changed = false;
    for (const LikeNames& pair : like_names(ids)) {
      const std::string kept(ids[pair.one]), other(ids[pair.other]);
      if (as_seen(kept) == as_seen(other) || draft_.contest_ids.contains(other) ||
          draft_.contest_ids.contains(kept) ||
          !asked_.insert("contest\n" + kept + "\n" + other).second)
        continue;
      const std::string answer =
          ask({"contest " + shown(other),
               fmt::format("{} is written nearly as {}: is it the same contest?", shown(other),
                           shown(kept)),
               "yes",
               {"yes", "no"}});
      if (answer == "no") continue;
      draft_.contest_ids[other] = kept;
      changed = true;
    }
    return changed;
  }

  // "ADA MOSS" beside "Ada Moss": one option, if they stand in no sheet beside each other.
  bool join_spellings(const ResultsTable& table, std::size_t contest) {
    const auto& options = table.contests[contest].options;
    std::vector<std::string_view> ids;
    for (const auto& option : options) ids.emplace_back(option.id);
    bool changed = false;
    for (const LikeNames& pair : like_names(ids)) {
      const std::string &kept = options[pair.one].id, &other = options[pair.other].id;
      if (as_seen(kept) == as_seen(other) || draft_.option_ids.contains(other) ||
          draft_.option_ids.contains(kept) || !asked_.insert(kept + "\n" + other).second)
        continue;
      const std::string answer =
          ask({"option " + shown(other),
               fmt::format("{} of {} is written nearly as {}: is it the same?", shown(other),
                           shown(table.contests[contest].id), shown(kept)),
               stand_together(table, contest, pair) ? "no" : "yes",
               {"yes", "no"}});
      if (answer == "no") continue;
      draft_.option_ids[other] = kept;
      changed = true;
    }
    return changed;
  }

  [[nodiscard]] static bool stand_together(const ResultsTable& table, std::size_t contest,
                                           const LikeNames& pair) {
    std::set<std::pair<std::uint32_t, std::uint16_t>> sheets;
    for (const auto& cell : table.cells) {
      if (cell.contest == contest && cell.column == pair.one)
        sheets.emplace(cell.unit, cell.method);
    }
    return std::ranges::any_of(table.cells, [&](const auto& cell) {
      return cell.contest == contest && cell.column == pair.other &&
             sheets.contains({cell.unit, cell.method});
    });
  }

  bool join_alike(const std::string& what, const std::vector<std::string>& ids,
                  std::map<std::string, std::string>& joined) {
    std::map<std::string, std::string> by_look;
    bool changed = false;
    for (const std::string& id : ids) {
      const auto [found, is_new] = by_look.emplace(as_seen(id), id);
      if (is_new || joined.contains(id)) continue;
      const std::string answer =
          ask({what + " " + shown(id),
               fmt::format("{} looks like {}: is it the same?", shown(id), shown(found->second)),
               "yes",
               {"yes", "no"}});
      if (answer == "no") continue;
      joined[id] = found->second;
      changed = true;
    }
    return changed;
  }

  MappingDraft& draft_;
  const MappingAnswers& answers_;
  std::set<std::string>& asked_;
};

}  // namespace

bool settle_alike_names(const ResultsTable& table, MappingDraft& draft,
                        const MappingAnswers& answers, std::set<std::string>& asked) {
  return AlikeInDraft(draft, answers, asked).settle(table);
}

}  // namespace teller
