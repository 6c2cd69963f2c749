#include "host/check_loop.h"

#include <utility>
#include <vector>

#include "checks/complete_units.h"
#include "host/conduct.h"
#include "publish/status.h"

namespace teller {

Result<void> CheckLoop::look() {
  const Home& home = *options_.home;
  if (options_.ready) {
    if (auto ready = options_.ready(); !ready) return ready;
  }
  const auto held_back = is_held_back(home.count, *options_.store);
  if (!held_back) return std::unexpected(held_back.error());
  std::optional<CountChecked> checked;
  std::optional<Error> missing;
  std::uint64_t commit = 0, lines = 0;
  if (!*held_back) {
    const auto head = options_.store->head();
    if (!head) return std::unexpected(head.error());
    commit = head->commit;
    const auto line = options_.store->last_audit();
    if (!line) return std::unexpected(line.error());
    lines = *line ? (*line)->number + 1 : 0;
    if (last_ && commit == commit_ && lines == lines_ && !without_conduct_) {
      const std::scoped_lock lock(mutex_);
      at_ = std::chrono::steady_clock::now();
      return {};
    }
    const auto snapshot = options_.store->snapshot();
    if (!snapshot) return std::unexpected(snapshot.error());
    const auto falls = fallen_figures(*options_.store);
    if (!falls) return std::unexpected(falls.error());
    const auto complete = complete_units(home.count, home.rules, *options_.store);
    if (!complete) return std::unexpected(complete.error());
    auto read = read_conduct(home.count, options_.rules, *options_.store, options_.journal);
    // Notes alone are made of it: the figures do not wait for it.
    if (!read) missing = std::move(read.error());
    const Conduct conduct = read ? *std::move(read) : Conduct{};
    auto made = check_count({.rules = home.rules,
                             .registered = home.presentation.registered,
                             .totals = snapshot->totals,
                             .falls = *falls,
                             .senders = conduct.senders,
                             .audit = conduct.audit,
                             .undone = conduct.undone,
                             .complete = *complete},
                            options_.rules);
    if (!made) return std::unexpected(made.error());
    checked = std::move(*made);
    commit = snapshot->head.commit;
  }
  if (checked && options_.told) options_.told(*checked, commit);
  lines_ = lines;
  without_conduct_ = missing.has_value();
  {
    const std::scoped_lock lock(mutex_);
    last_ = std::move(checked);
    commit_ = commit;
    at_ = std::chrono::steady_clock::now();
  }
  if (missing) return std::unexpected(*missing);
  return {};
}

bool CheckLoop::pass() {
  const auto looked = look();
  const std::string wrong = looked ? std::string() : to_text(looked.error());
  if (std::exchange(wrong_, wrong) != wrong && !looked) {
    options_.event(Event("checks.trouble", looked.error()));
  }
  return true;
}

void CheckLoop::watch(Metrics& metrics) {
  metrics.watch_each(
      "check_findings", "What `teller check` finds, by check and severity", "check", "severity",
      [this] {
        const std::scoped_lock lock(mutex_);
        std::vector<Metrics::Labelled> found;
        for (std::size_t i = 0; i < check_kinds; ++i) {
          const auto kind = static_cast<CheckKind>(i);
          const CheckRules::Rule& rule = options_.rules.of(kind);
          if (!rule.made) continue;
          const std::uint64_t findings = last_ ? last_->tallies.at(i).found : 0;
          found.push_back({std::string(to_text(kind)), std::string(to_text(rule.severity)),
                           static_cast<double>(findings)});
        }
        return found;
      });
  metrics.watch("check_commit", "As of which commit the findings are", false, [this] {
    const std::scoped_lock lock(mutex_);
    return static_cast<double>(commit_);
  });
  metrics.watch("check_age_seconds", "Since the last look that could be taken, or the start", false,
                [this] {
                  const std::scoped_lock lock(mutex_);
                  const auto age = std::chrono::steady_clock::now() - at_;
                  return std::chrono::duration<double>(age).count();
                });
}

}  // namespace teller
