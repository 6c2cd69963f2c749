#include "publish/status.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "election/decisions.h"
#include "publish/good_decisions.h"

namespace teller {
namespace {

// Why a row of the store is no decision that follows; empty when it is one.
std::string why_no_decision(const DecisionRow& row, const StageReached::Partition& walk,
                            const CountFile& count) {
  const auto read = read_control(row.entry, count.id);
  const Control* control = read ? std::get_if<Control>(&read->body) : nullptr;
  if (control == nullptr || !control->about_stage()) return "its entry is none";
  if (control->partition != row.partition || control->number != row.number ||
      row.action != to_text(control->action)) {
    return "its entry says something else";
  }
  if (const auto wrong = good_decisions().why_not(read->id, *control, count, row.entry)) {
    return std::string(sentence_of(*wrong));
  }
  if (control->number != walk.number + 1 || !allowed_at(walk.stage, control->action)) {
    return "it does not follow the one before it";
  }
  return {};
}

}  // namespace

Result<StageReached> stage_reached(const CountFile& count, CountReader& store,
                                   std::uint64_t commit) {
  StageReached reached;
  const Stage begins = count.officers.empty() ? Stage::open : Stage::setup;
  auto& walks = reached.partitions;
  walks.assign(count.partitions, {begins, 0});
  const auto rows = store.stage_decisions();
  if (!rows) return std::unexpected(rows.error());
  for (const DecisionRow& row : *rows) {
    if (row.commit > commit) continue;
    std::string wrong = row.partition < walks.size()
                            ? why_no_decision(row, walks[row.partition], count)
                            : "there is no such partition";
    if (!wrong.empty()) {
      reached.believed = false;
      reached.wrong = fmt::format("decision {} of partition {}: {}", row.number, row.partition,
                                  std::move(wrong));
      continue;
    }
    StageReached::Partition& walk = walks[row.partition];
    walk.number = row.number;
    walk.stage = stage_after(walk.stage, *action_named(row.action));
  }
  const auto [least, most] = std::ranges::minmax(walks, {}, &StageReached::Partition::stage);
  reached.all = least.stage;
  reached.first = most.stage;
  return reached;
}

Stage voting_stage(const StageReached& reached) {
  return reached.first > Stage::open ? reached.first : reached.all;
}

Result<bool> is_certified_once(const CountFile& count, CountReader& store, std::uint64_t commit) {
  const auto reached = stage_reached(count, store, commit);
  if (!reached) return std::unexpected(reached.error());
  if (!reached->believed || reached->all != Stage::certified) return false;
  auto rows = store.stage_decisions();
  if (!rows) return std::unexpected(rows.error());
  std::erase_if(*rows, [&](const DecisionRow& row) { return row.commit > commit; });
  std::ranges::sort(*rows, {}, [](const DecisionRow& row) {
    return std::tuple(row.commit, row.partition, row.number);
  });
  // As whoever looked after each commit saw it.
  std::vector<Stage> reached_now(count.partitions, Stage::setup);
  bool was_certified = false;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const DecisionRow& row = (*rows)[i];
    Stage& stage = reached_now.at(row.partition);
    stage = stage_after(stage, *action_named(row.action));
    if (i + 1 < rows->size() && (*rows)[i + 1].commit == row.commit) continue;
    const bool is_certified = std::ranges::min(reached_now) == Stage::certified;
    if (was_certified && !is_certified) return false;
    was_certified = is_certified;
  }
  return was_certified;
}

bool publishes_after_close(const CountFile& count) {
  return count.publication == "after_close" || publishes_result_alone(count);
}

bool publishes_result_alone(const CountFile& count) { return count.publication == "certified"; }

Result<bool> is_held_back(const CountFile& count, CountReader& store) {
  if (!publishes_after_close(count)) return false;
  if (publishes_result_alone(count)) return true;
  const auto reached = stage_reached(count, store, ~std::uint64_t{0});
  if (!reached) return std::unexpected(reached.error());
  return !reached->believed || reached->all < Stage::closed;
}

Result<void> may_publish(const CountFile& count, CountReader& store) {
  const auto held_back = is_held_back(count, store);
  if (!held_back) return std::unexpected(held_back.error());
  if (*held_back) return std::unexpected(why_not_told(count));
  return {};
}

Error why_not_told(const CountFile& count) {
  if (!publishes_result_alone(count)) return not_before_close();
  return {Remedy::reject, "publication.result_alone",
          "only the certified result of this count is published, in files of its own"};
}

bool is_not_told(const Error& error) {
  return error.code == Code("publication.before_close") ||
         error.code == Code("publication.result_alone");
}

Error not_before_close() {
  return {Remedy::reject, "publication.before_close",
          "nothing is published before the close of voting"};
}

Result<void> check_status(const Head& head, const CountFile& count, CountReader& store) {
  if (count.officers.empty() && head.status == unofficial) return {};  // Nobody decides anything.
  const auto reached = stage_reached(count, store, head.commit);
  if (!reached) return std::unexpected(reached.error());
  const bool certified = reached->believed && reached->all == Stage::certified;
  const std::string decided = certified ? official : unofficial;
  if (reached->believed && head.status == decided) return {};
  return fail(
      Remedy::stop, "status.undecided",
      fmt::format("the store says that the count is {}, and by what officers signed it is "
                  "{}{}{}: nothing is shown or signed of it",
                  head.status, decided, reached->wrong.empty() ? "" : "; ", reached->wrong));
}

}  // namespace teller
