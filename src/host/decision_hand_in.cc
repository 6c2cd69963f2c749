#include "host/decision_hand_in.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "gateway/recorder_sender.h"
#include "intake/accept.h"
#include "store/each_decision.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t told_max = 100;
constexpr int joins_max = 20;

// The entry without who signed it.
Bytes unsigned_bytes(Entry entry, const CountId& count) {
  std::get<Control>(entry.body).signatures.clear();
  return encode(entry, count);
}

Result<std::vector<RecordPlace>> record_decision(const HandInParts& parts, const Decision& decision,
                                                 const std::string& by) {
  constexpr std::size_t body_bytes = std::size_t{1} << 20;
  RecorderSender sender(parts.definition, *parts.recorder, by, 60s, parts.stop);
  std::vector<RecordPlace> records;
  BatchWriter batch(decision.count);
  for (std::size_t i = 0; i < decision.entries.size(); ++i) {
    batch.add(encode(decision.entries[i], decision.count));
    if (batch.bytes() < body_bytes && i + 1 < decision.entries.size()) continue;
    auto sent =
        sender.send({.format = BodyFormat::packed, .bytes = std::string(as_text(batch.finish()))});
    if (!sent) return std::unexpected(sent.error());
    const EntriesAnswer& answer = sent->answer;
    if (!answer.refused.empty()) {
      return fail(Remedy::reject, "decision.invalid",
                  answer.refused.front().code + ": " + answer.refused.front().detail);
    }
    records.insert(records.end(), answer.records.begin(), answer.records.end());
  }
  return records;
}

Result<void> tell_outcome(const HandInParts& parts, std::vector<RecordPlace> records,
                          HandedIn& handed) {
  std::uint64_t wrong = 0, waiting = 0;
  const auto ballots = targets_by_entry(handed.decision);
  while (!records.empty()) {
    auto answer = parts.outcomes->ask(records, std::nullopt);
    if (!answer) return std::unexpected(answer.error());
    wrong += answer->conflict + answer->rejected;
    for (const OutcomesAnswer::Told& told : answer->incidents) {
      if (handed.incidents.size() >= told_max) continue;
      const auto json = nlohmann::json::parse(told.json, nullptr, false);
      const auto ballot = ballots.find(json.is_object() ? json.value("id", "") : "");
      handed.incidents.push_back(
          (ballot == ballots.end() ? "" : "ballot " + ballot->second + ": ") + told.words);
    }
    waiting = answer->waiting;
    if (answer->ask_again.size() >= records.size()) break;
    records = std::move(answer->ask_again);
  }
  handed.became = wrong > 0 ? "rejected" : waiting > 0 ? "recorded" : "counted";
  return {};
}

// With the signatures that wait of it; where these are too few, it waits with them.
Result<HandedIn> join_or_wait(const HandInParts& parts, const Decision& decision,
                              const std::string& by) {
  for (int tries = 0; tries < joins_max; ++tries) {
    auto both = parts.approvals->joined(decision);
    if (!both) return std::unexpected(both.error());
    HandedIn handed{.became = "waiting", .decision = both->decision};
    if (both->decision.first().signatures.size() >= parts.definition.count->approvals) {
      return handed;
    }
    auto waits = parts.approvals->put(*both, by);
    if (!waits) return std::unexpected(waits.error());
    handed.approval = std::move(*waits);
    if (handed.approval) return handed;
  }
  return fail(Remedy::retry, "decision.busy", "others keep signing what waits of it");
}

}  // namespace

Result<bool> is_counted(const HandInParts& parts, const Decision& decision) {
  const CountId& count = parts.definition.count->id;
  std::map<EntryId, Bytes> missing;
  for (const Entry& entry : decision.entries) {
    missing.emplace(entry.id, unsigned_bytes(entry, count));
  }
  const auto look_at = [&](const DecisionRow& row) {
    const auto read = read_control(row.entry, count);
    const auto found = read ? missing.find(read->id) : missing.end();
    if (found != missing.end() && found->second == unsigned_bytes(*read, count)) {
      missing.erase(found);
    }
    return !missing.empty();
  };
  if (decision.first().about_stage()) {
    const auto rows = parts.store->stage_decisions();
    if (!rows) return std::unexpected(rows.error());
    for (const DecisionRow& row : *rows) look_at(row);
    return missing.empty();
  }
  if (auto read = for_each_decision(*parts.store, 0, look_at); !read) {
    return std::unexpected(read.error());
  }
  return missing.empty();
}

Result<HandedIn> hand_in(const HandInParts& parts, const Decision& decision,
                         const std::string& by) {
  const CountFile& count = *parts.definition.count;
  // What came is looked at by itself first, so that nothing that is wrong comes among what waits.
  if (auto good = check_signed_so_far(decision, count); !good) {
    return std::unexpected(good.error());
  }
  auto joined = join_or_wait(parts, decision, by);
  if (!joined) return std::unexpected(joined.error());
  HandedIn handed = std::move(*joined);
  if (handed.approval) return handed;
  if (auto good = check_signed(handed.decision, count); !good) {
    return std::unexpected(good.error());
  }
  auto records = record_decision(parts, handed.decision, by);
  if (!records) return std::unexpected(records.error());
  if (auto counted = parts.counted(); !counted) return std::unexpected(counted.error());
  if (auto told = tell_outcome(parts, std::move(*records), handed); !told) {
    return std::unexpected(told.error());
  }
  // Recorded and not counted yet: whoever sends it again joins what waits, and is told what became of it.
  if (handed.became == "recorded") return handed;
  if (auto removed = parts.approvals->remove(handed.decision); !removed) {
    return std::unexpected(removed.error());
  }
  return handed;
}

}  // namespace teller
