#include "decide/count_now.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "election/decisions.h"

namespace teller {
namespace {

std::string where_it_stands(const StageReached& stage) {
  if (stage.same_everywhere()) return fmt::format("the count's stage is {}", to_text(stage.all));
  const std::string again =
      stage.first == Stage::certified
          ? "or, where it was rejected, take it back (teller decide reopen) and certify anew"
          : "or decide it anew";
  return fmt::format(
      "the count is {} in some partitions and {} in others: send the file of that decision again, "
      "{}",
      to_text(stage.all), to_text(stage.first), again);
}

}  // namespace

Result<CountNow> count_now(const CountFile& count, Store& store, Control::Action action,
                           const std::string& reason) {
  if (count.officers.empty()) {
    return fail(Remedy::reject, "control.no_officers",
                "count.json names no officers; they are named when a count is made");
  }
  if (reason.empty()) return fail(Remedy::reject, "control.reason_missing", "give --reason");
  if (!is_clean_line(reason)) {
    return fail(Remedy::reject, "audit.text_invalid",
                "reason: is one line of clean UTF-8, without controls of direction");
  }
  auto snapshot = store.snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  if (auto good = check_status(snapshot->head, count, store); !good) {
    return std::unexpected(good.error());
  }
  const auto stage = stage_reached(count, store, snapshot->head.commit);
  if (!stage) return std::unexpected(stage.error());
  // What opens, closes or reopens goes to where it is possible: so it brings a partition after that
  // a decision did not reach, and takes back a certification that one of them rejected.
  const bool everywhere = action != Control::Action::open && action != Control::Action::close &&
                          action != Control::Action::reopen;
  const auto possible = std::ranges::count_if(stage->partitions, [&](const auto& partition) {
    return allowed_at(partition.stage, action);
  });
  if (possible == 0 || (everywhere && possible < std::ssize(stage->partitions))) {
    return fail(
        Remedy::reject, "control.stage",
        fmt::format("{}; \"{}\" is not possible there", where_it_stands(*stage), to_text(action)));
  }
  return CountNow{std::move(*snapshot), *stage};
}

}  // namespace teller
