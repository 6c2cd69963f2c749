#include "decide/approvals.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace teller {
namespace {

constexpr std::uint64_t approval_bytes_max = std::uint64_t{64} << 20;

std::string id_of_decided(const Decision& decision) {
  return to_hex(hash_of_decided(decision)).substr(0, 16);
}

Approval row_of_waiting(const Decision& decision) {
  Approval row;
  row.id = id_of_decided(decision);
  row.action = decision.action;
  row.reason = decision.reason;
  row.entries = decision.entries.size();
  row.officers = decision.officers();
  return row;
}

std::string head_of(const Approval& row) {
  const nlohmann::ordered_json head{
      {"by", row.by}, {"came_us", row.came_us}, {"expires_us", row.expires_us}};
  return head.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// The file that officers sign.
std::string_view file_in(std::string_view text) {
  const std::size_t end = text.find('\n');
  return end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
}

// Nothing: it is not one of ours, or of another id.
std::optional<Approval> read_waiting(std::string_view text, std::string_view id) {
  const auto head = nlohmann::json::parse(text.substr(0, text.find('\n')), nullptr, false);
  const auto decision = parse_decision(file_in(text), "what waits as " + std::string(id));
  if (!decision || !head.is_object() || !head.contains("by") || !head["by"].is_string() ||
      !head.contains("came_us") || !head["came_us"].is_number_integer() ||
      !head.contains("expires_us") || !head["expires_us"].is_number_integer()) {
    return std::nullopt;
  }
  Approval row = row_of_waiting(*decision);
  if (row.id != id) return std::nullopt;
  row.by = head["by"].get<std::string>();
  row.came_us = head["came_us"].get<std::int64_t>();
  row.expires_us = head["expires_us"].get<std::int64_t>();
  row.bytes = text.size();
  return row;
}

}  // namespace

Result<void> Approvals::look() {
  const auto there = rows_->waiting();
  if (!there) return std::unexpected(there.error());
  std::map<std::string, Known, std::less<>> now;
  for (const ApprovalRows::Row& row : *there) {
    const auto before = known_.find(row.id);
    if (before != known_.end() && before->second.version == row.version) {
      now.insert(*before);
      continue;
    }
    const auto text = rows_->read_waiting(row.id);
    if (!text) return std::unexpected(text.error());
    if (!*text) continue;  // Gone in between.
    now.emplace(row.id, Known{sha256(as_bytes(**text)), read_waiting(**text, row.id)});
  }
  known_ = std::move(now);
  return {};
}

Result<std::optional<std::string>> Approvals::text(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  if (auto looked = look(); !looked) return std::unexpected(looked.error());
  const auto found = known_.find(id);
  if (found == known_.end() || !found->second.row) return std::optional<std::string>();
  const auto text = rows_->read_waiting(found->first);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::optional<std::string>();
  return std::optional(std::string(file_in(**text)));
}

Result<Approvals::Joined> Approvals::joined(const Decision& decision) {
  const auto text = rows_->read_waiting(id_of_decided(decision));
  if (!text) return std::unexpected(text.error());
  Joined both{.decision = decision};
  if (!*text) return both;
  both.waits = sha256(as_bytes(**text));
  const auto waits = parse_decision(file_in(**text), "what waits of it");
  if (!waits) return both;  // What came is as good without it.
  if (auto added = add_signatures(both.decision, *waits); !added) {
    return std::unexpected(added.error());
  }
  return both;
}

Result<std::optional<Approval>> Approvals::put(const Joined& joined, const std::string& by) {
  const std::scoped_lock lock(mutex_);
  if (auto looked = look(); !looked) return std::unexpected(looked.error());
  Approval row = row_of_waiting(joined.decision);
  row.by = by;
  row.came_us = clock_->now_us();
  row.expires_us =
      row.came_us + std::chrono::duration_cast<std::chrono::microseconds>(patience_).count();
  const auto before = known_.find(row.id);
  const bool is_there = before != known_.end();
  if (is_there != joined.waits.has_value() ||
      (is_there && before->second.version != *joined.waits)) {
    return std::optional<Approval>();
  }
  std::uint64_t others = 0;
  for (const auto& [id, one] : known_) others += id == row.id || !one.row ? 0 : one.row->bytes;
  if (is_there && before->second.row) {
    row.by = before->second.row->by;
    row.came_us = before->second.row->came_us;
    row.expires_us = before->second.row->expires_us;
  }
  const std::string text = head_of(row) + to_text(joined.decision);
  row.bytes = text.size();
  if ((!is_there && known_.size() >= waiting_max) || others + row.bytes > bytes_max ||
      row.bytes > approval_bytes_max) {
    return fail(Remedy::reject, "decision.approvals_full",
                fmt::format("{} decisions of {} bytes wait already", known_.size(), others));
  }
  const auto written = rows_->put_waiting(row.id, text, joined.waits);
  if (!written) return std::unexpected(written.error());
  if (!*written) return std::optional<Approval>();
  return row;
}

Result<void> Approvals::remove(const Decision& decision) {
  const auto removed = rows_->remove_waiting(id_of_decided(decision), std::nullopt);
  if (!removed) return std::unexpected(removed.error());
  return {};
}

Result<std::vector<Approval>> Approvals::list() {
  const std::scoped_lock lock(mutex_);
  if (auto looked = look(); !looked) return std::unexpected(looked.error());
  std::vector<Approval> rows;
  for (const auto& [id, one] : known_) {
    if (one.row) rows.push_back(*one.row);
  }
  std::ranges::sort(rows, {}, &Approval::came_us);
  return rows;
}

Result<std::vector<Approval>> Approvals::take_expired() {
  const std::scoped_lock lock(mutex_);
  if (auto looked = look(); !looked) return std::unexpected(looked.error());
  std::vector<Approval> expired;
  const std::int64_t now_us = clock_->now_us();
  for (const auto& [id, one] : known_) {
    if (!one.row || one.row->expires_us > now_us) continue;
    const auto removed = rows_->remove_waiting(id, one.version);
    if (!removed) return std::unexpected(removed.error());
    if (*removed) expired.push_back(*one.row);
  }
  return expired;
}

}  // namespace teller
